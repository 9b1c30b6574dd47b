"""What may be done with a case, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.states.case import Action, CaseState
from xiancheng.operations.states.effects import after
from xiancheng.operations.states.requirements import (
    PRE_FILING_CHECK,
    REQUIREMENTS,
    missing,
    pre_filing_check_due,
    required,
    unasked,
)
from xiancheng.operations.states.table import ActionSpec, StateTable
from xiancheng.operations.terms import BEIJING

TableOf = Callable[[str], StateTable]
"""Finds a table by its fingerprint."""


class IllegalActionError(XianchengError):
    """An action that may not be done; `allowed` names those that may."""

    def __init__(self, message: Text, hint: Text, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Actor:
    """Who wants to act: it decides about what only the case's own unit, worker or inspector may do."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An action that may be done; `requires` names what it must still bring, see `REQUIREMENTS`."""

    name: str
    title: Text
    permission: str
    requires: tuple[str, ...]
    own: str = ""


def allowed(
    table: StateTable,
    case: CaseState,
    permissions: Collection[str] | None = None,
    *,
    actor: Actor | None = None,
    now: datetime | None = None,
) -> list[Allowed]:
    """Return what may be done with a case, in the order of the table.

    Parameters
    ----------
    permissions
        What the person has; None for whatever anybody might do.
    actor
        Who it is; without, an action that only the case's own unit or worker may do is listed with `own`.
    now
        For actions that are only possible for some days; without, these are listed.
    """
    nothing = Action("", "", now or case.at or datetime.now(BEIJING))
    return [
        Allowed(spec.name, spec.title, spec.permission, _to_bring(table, spec, case, nothing), spec.own)
        for spec in table.leaving.get(case.state, ())
        if (permissions is None or spec.permission in permissions) and not _refused(table, spec, case, actor, now)
    ]


def apply(table: StateTable, case: CaseState, action: Action, permissions: Collection[str] | None = None) -> CaseState:
    """Return the case after an action; the case given stays as it is.

    Parameters
    ----------
    permissions
        What the person has. None checks no permission: what was done already is done again.

    Raises
    ------
    IllegalActionError
        If it may not be done, or does not bring what it must; says what may be done instead.
    """
    spec = table.actions.get(action.name)
    if spec is None:
        raise _illegal(table, case, permissions, Text(f"没有名为“{action.name}”的动作", f"no action {action.name!r}"))
    reason = (
        _wrong_time(case, action)
        or _no_permission(spec, permissions)
        or _wrong_state(table, spec, case)
        or _refused(table, spec, case, Actor(action.actor, action.unit_of_actor), action.at)
        or _not_brought(table, spec, case, action)
    )
    if reason is not None:
        raise _illegal(table, case, permissions, reason)
    return after(table, spec, case, action)


def replay(table: StateTable | TableOf, case_id: str, events: Iterable[tuple[str, Action]]) -> CaseState:
    """Return a case from all that was done to it.

    Parameters
    ----------
    table
        The table, or a function that finds the one that an action was done under by its fingerprint.
    events
        Fingerprint of the table, and action, from the first to the last.

    Raises
    ------
    IllegalActionError
        If an action was not possible.
    """
    case = CaseState(case_id)
    for fingerprint, action in events:
        case = apply(table if isinstance(table, StateTable) else table(fingerprint), case, action)
    return case


def _to_bring(table: StateTable, spec: ActionSpec, case: CaseState, nothing: Action) -> tuple[str, ...]:
    return tuple(n for n in required(table, spec, case.source) if not REQUIREMENTS[n].given(nothing, case))


def _wrong_time(case: CaseState, action: Action) -> Text | None:
    if not action.actor:
        return Text("没有写明是谁做的", "it is not said who does it")
    if action.at.tzinfo is None:
        return Text("时间没有时区", "the time has no time zone")
    if case.at is not None and action.at < case.at:
        return Text(
            f"时间 {action.at.isoformat()} 早于本案最近的动作 {case.at.isoformat()}",
            f"the time {action.at.isoformat()} is before the last action, {case.at.isoformat()}",
        )
    return None


def _no_permission(spec: ActionSpec, permissions: Collection[str] | None) -> Text | None:
    if permissions is None or spec.permission in permissions:
        return None
    return Text(f"“{spec.title.zh}”需要权限 {spec.permission}", f"{spec.title.en!r} needs {spec.permission}")


def _wrong_state(table: StateTable, spec: ActionSpec, case: CaseState) -> Text | None:
    if spec.creates != (not case.state) or (case.state and case.state not in spec.from_states):
        state = table.states[case.state].title if case.state else Text("尚未上报", "not reported yet")
        return Text(
            f"案件“{state.zh}”时不能“{spec.title.zh}”", f"{spec.title.en!r} is not possible while it is {state.en!r}"
        )
    return None


def _refused(
    table: StateTable, spec: ActionSpec, case: CaseState, actor: Actor | None, now: datetime | None
) -> Text | None:
    """Return why the case does not let this be done by this actor now, whatever the action brings."""
    for name in sorted(spec.needs - case.marks):
        title = table.marks[name].title
        return Text(f"案件没有“{title.zh}”", f"the case is not {title.en!r}")
    for name in sorted(spec.forbids & case.marks):
        title = table.marks[name].title
        return Text(f"案件已是“{title.zh}”", f"the case is {title.en!r} already")
    if PRE_FILING_CHECK in spec.requires and pre_filing_check_due(table, case):
        word = table.words.get(PRE_FILING_CHECK, Text("核实", "pre-filing check"))
        return Text(f"这一来源的上报须先{word.zh}", f"a report of this source needs the {word.en} first")
    if now is not None and spec.within_days is not None:
        last = [done.at for name in spec.since if (done := case.last(name)) is not None]
        # The day itself does not count, as in every Chinese limit of days.
        day = max(last).astimezone(BEIJING).date() + timedelta(days=spec.within_days) if last else None
        if day is not None and now.astimezone(BEIJING).date() > day:
            return Text(f"已过 {day} 的期限", f"the last day for it was {day}")
    return _not_theirs(table, spec, case, actor) if actor is not None else None


def _not_theirs(table: StateTable, spec: ActionSpec, case: CaseState, actor: Actor) -> Text | None:
    if spec.own:
        owner = getattr(case, spec.own)
        if not owner or owner != (actor.unit if spec.own == "unit" else actor.name):
            words = _OWNERS[spec.own]
            return Text(f"只有{words.zh}可以“{spec.title.zh}”", f"only {words.en} may do {spec.title.en!r}")
    for name in spec.other_than:
        done = case.last(name)
        if done is not None and done.actor == actor.name:
            title = table.actions[name].title
            return Text(
                f"“{title.zh}”的人不能再“{spec.title.zh}”，须由他人复核",
                f"whoever did {title.en!r} may not do {spec.title.en!r}: another person reviews it",
            )
    return None


def _not_brought(table: StateTable, spec: ActionSpec, case: CaseState, action: Action) -> Text | None:
    if action.source and action.source not in table.sources:
        return Text(f"没有名为“{action.source}”的来源", f"no source {action.source!r}")
    lacking = [REQUIREMENTS[name].title for name in missing(table, spec, action, case)]
    if lacking:
        return Text(
            f"“{spec.title.zh}”必须有：" + "、".join(t.zh for t in lacking),
            f"{spec.title.en!r} needs " + ", ".join(t.en for t in lacking),
        )
    extra = unasked(spec, action, case)
    if extra:
        return Text(
            f"“{spec.title.zh}”不能改变 {'、'.join(extra)}", f"{spec.title.en!r} cannot change {', '.join(extra)}"
        )
    return None


def _illegal(
    table: StateTable, case: CaseState, permissions: Collection[str] | None, reason: Text
) -> IllegalActionError:
    possible = allowed(table, case, permissions)
    hint = Text("现在不能做任何动作", "nothing can be done now")
    if possible:
        hint = Text(
            "现在可以：" + "、".join(f"{a.title.zh}（{a.name}）" for a in possible),
            "possible now: " + ", ".join(f"{a.title.en} ({a.name})" for a in possible),
        )
    return IllegalActionError(
        Text(f"案件 {case.case_id}：{reason.zh}", f"case {case.case_id}: {reason.en}"),
        hint,
        tuple(a.name for a in possible),
    )


_OWNERS: dict[str, Text] = {
    "unit": Text("本案的处置单位", "the case's handling unit"),
    "worker": Text("本案的处置人员", "the case's worker"),
    "checker": Text("受派的监督员", "the inspector asked"),
    "reporter": Text("上报人", "who reported it"),
    "operator": Text("本案的受理员", "the case's intake operator"),
}
