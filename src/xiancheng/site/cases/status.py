"""Where a case stands, as its row keeps it: the value that the table of states works on, to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xiancheng.operations.ledger.codec import read_instant, write_instant
from xiancheng.operations.states.case import CaseState, Done, Extension, Timer
from xiancheng.operations.terms import Limit, LimitUnit

_TEXTS = (
    "state", "source", "standard", "unit", "last_unit", "worker", "checker", "reporter", "operator", "main_case",
    "before",
)  # fmt: skip
_LISTS = ("assisting", "held", "photos_before", "photos_after")


def to_json(state: CaseState) -> dict[str, Any]:
    """Return what the row keeps; what is empty is left out."""
    found: dict[str, Any] = {name: getattr(state, name) for name in _TEXTS if getattr(state, name)}
    found |= {name: list(getattr(state, name)) for name in _LISTS if getattr(state, name)}
    found |= {"number": state.number, "marks": sorted(state.marks), "counters": dict(state.counters)}
    found["at"], found["planned_end"] = _written(state.at), _written(state.planned_end)
    found["timers"] = [
        [t.name, t.status, t.round, [[_written(a), _written(b)] for a, b in t.spans]] for t in state.timers
    ]
    found["extensions"] = [[e.timer, e.round, e.limit.amount, e.limit.unit, e.limit.note] for e in state.extensions]
    found["did"] = [[d.action, d.actor, _written(d.at)] for d in state.did]
    return found


def from_json(case_id: str, kept: Mapping[str, Any]) -> CaseState:
    """Return where the case stands."""
    if not kept:
        return CaseState(case_id)
    return CaseState(
        case_id,
        number=kept["number"],
        at=_read(kept["at"]),
        planned_end=_read(kept["planned_end"]),
        marks=frozenset(kept["marks"]),
        counters=tuple(kept["counters"].items()),
        timers=tuple(
            Timer(name, status, count, tuple((read_instant(a), _read(b)) for a, b in spans))
            for name, status, count, spans in kept["timers"]
        ),
        extensions=tuple(
            Extension(timer, count, Limit(amount, LimitUnit(unit), note))
            for timer, count, amount, unit, note in kept["extensions"]
        ),
        did=tuple(Done(action, actor, read_instant(at)) for action, actor, at in kept["did"]),
        **_texts_and_lists(kept),
    )


def _texts_and_lists(kept: Mapping[str, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = {name: kept.get(name, "") for name in _TEXTS}
    return texts | {name: tuple(kept.get(name, ())) for name in _LISTS}


def _written(at: datetime | None) -> str | None:
    return None if at is None else write_instant(at)


def _read(text: str | None) -> datetime | None:
    return None if text is None else read_instant(text)
