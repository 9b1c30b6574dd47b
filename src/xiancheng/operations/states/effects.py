"""What an action changes on a case. Nothing here asks whether it may be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from xiancheng.operations.states.case import Action, CaseState, Done, Extension, Timer
from xiancheng.operations.states.table import BEFORE, EVERY, SAME, ActionSpec, StateTable


def after(table: StateTable, spec: ActionSpec, case: CaseState, action: Action) -> CaseState:
    """Return the case with an action done to it."""
    state = {SAME: case.state, BEFORE: case.before}.get(spec.to, spec.to)
    timers, paused = _timers(spec, case, action.at)
    put_aside = table.states[state].aside and state != case.state
    stays_aside = table.states[state].aside and state == case.state
    return replace(
        case,
        state=state,
        number=case.number + 1,
        at=action.at,
        source=action.source or case.source,
        standard=action.standard or case.standard,
        unit=action.unit or ("" if "unit" in spec.forgets else case.unit),
        last_unit=case.unit or case.last_unit,
        # Whoever assists, assists one lead unit: a new one starts without.
        assisting=_joined(() if action.unit else case.assisting, action.assisting),
        worker=action.worker or ("" if "worker" in spec.forgets else case.worker),
        checker=action.checker or ("" if "checker" in spec.forgets else case.checker),
        operator=action.actor if spec.claims else "" if "operator" in spec.forgets else case.operator,
        reporter=action.actor if spec.creates else case.reporter,
        before=case.state if put_aside else case.before if stays_aside else "",
        held=paused if put_aside else case.held if stays_aside else (),
        planned_end=action.planned_end or (case.planned_end if stays_aside else None),
        main_case=action.main_case or (case.main_case if stays_aside else ""),
        photos_before=_joined(case.photos_before, action.photos_before),
        photos_after=_joined(case.photos_after, action.photos_after),
        marks=(case.marks - spec.clears) | spec.sets,
        counters=_counted(case.counters, spec.counts),
        timers=timers,
        extensions=_extended(spec, case, action),
        did=(*(d for d in case.did if d.action != spec.name), Done(spec.name, action.actor, action.at)),
    )


def _joined(had: tuple[str, ...], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*had, *new)))


def _counted(counters: tuple[tuple[str, int], ...], name: str) -> tuple[tuple[str, int], ...]:
    if not name:
        return counters
    found = dict(counters)
    found[name] = found.get(name, 0) + 1
    return tuple(sorted(found.items()))


def _extended(spec: ActionSpec, case: CaseState, action: Action) -> tuple[Extension, ...]:
    if not spec.extends or action.limit is None:
        return case.extensions
    timer = case.timer(spec.extends)
    return (*case.extensions, Extension(spec.extends, timer.round if timer else 1, action.limit))


def _timers(spec: ActionSpec, case: CaseState, at: datetime) -> tuple[tuple[Timer, ...], tuple[str, ...]]:
    """Return the timers afterwards, and which of them were paused just now."""
    timers = {t.name: t for t in case.timers}
    paused = [name for name in _chosen(spec.pauses, timers) if timers[name].status == "running"]
    for name in paused:
        timers[name] = replace(timers[name], status="paused", spans=_stopped(timers[name], at))
    for name in _chosen(spec.finishes, timers):
        timer = timers[name]
        if timer.status != "finished":
            timers[name] = replace(timer, status="finished", spans=_stopped(timer, at))
    # What ran before the case was put aside goes on, and nothing that stood still already.
    for name in case.held if EVERY in spec.resumes else spec.resumes:
        timer = timers[name]
        if timer.status == "paused":
            timers[name] = replace(timer, status="running", spans=(*timer.spans, (at, None)))
    for name in spec.starts:
        before = timers.get(name)
        if before is None or before.status == "finished":
            timers[name] = Timer(name, "running", before.round + 1 if before else 1, ((at, None),))
    return tuple(timers[name] for name in sorted(timers)), tuple(paused)


def _chosen(names: tuple[str, ...], timers: dict[str, Timer]) -> list[str]:
    return list(timers) if EVERY in names else [name for name in names if name in timers]


def _stopped(timer: Timer, at: datetime) -> tuple[tuple[datetime, datetime | None], ...]:
    begin, end = timer.spans[-1]
    return (*timer.spans[:-1], (begin, at)) if end is None else timer.spans
