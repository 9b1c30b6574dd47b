"""What an action must bring, and whether it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xiancheng.foundation.text import Text
from xiancheng.operations.states.case import Action, CaseState
from xiancheng.operations.states.table import ActionSpec, StateTable


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that an action must bring.

    Attributes
    ----------
    given
        Whether an action brings it to a case.
    field
        Field of `Action` that only actions that ask for it may fill; empty for what anybody may add.
    """

    title: Text
    given: Callable[[Action, CaseState], bool]
    field: str = ""


PRE_FILING_CHECK = "pre_filing_check"
"""A requirement of the case rather than of the action: see :func:`pre_filing_check_due`."""


def _later(action: Action, _: CaseState) -> bool:
    end = action.planned_end
    return end is not None and end.tzinfo is not None and end > action.at


def _assisting(action: Action, case: CaseState) -> bool:
    lead = action.unit or case.unit
    return bool(action.assisting) and all(action.assisting) and lead not in action.assisting


REQUIREMENTS: dict[str, Requirement] = {
    "reason": Requirement(Text("理由", "a reason"), lambda a, _: bool(a.reason.strip())),
    "opinion": Requirement(Text("意见", "an opinion"), lambda a, _: bool(a.opinion.strip())),
    "source": Requirement(Text("来源", "a source"), lambda a, _: bool(a.source), "source"),
    "standard": Requirement(
        Text("立结案标准", "a row of the filing standard"), lambda a, c: bool(a.standard or c.standard), "standard"
    ),
    "new_standard": Requirement(
        Text("另一条立结案标准", "another row of the filing standard"),
        lambda a, c: bool(a.standard) and a.standard != c.standard,
        "standard",
    ),
    "unit": Requirement(Text("处置单位", "a handling unit"), lambda a, _: bool(a.unit), "unit"),
    "assisting": Requirement(
        Text("协办单位（不含主办单位）", "assisting units other than the lead unit"), _assisting, "assisting"
    ),
    "worker": Requirement(Text("处置人员", "a worker"), lambda a, _: bool(a.worker), "worker"),
    "checker": Requirement(Text("监督员", "an inspector"), lambda a, _: bool(a.checker), "checker"),
    "photo_before": Requirement(
        Text("处置前照片", "a photograph before"), lambda a, c: bool(a.photos_before or c.photos_before)
    ),
    "photo_after": Requirement(Text("处置后照片", "a photograph after"), lambda a, _: bool(a.photos_after)),
    "limit": Requirement(Text("延长的时限", "by how long"), lambda a, _: a.limit is not None, "limit"),
    "planned_end": Requirement(Text("预计恢复时间", "when it shall end"), _later, "planned_end"),
    "main_case": Requirement(
        Text("主案件（不能是本案）", "the main case, which is another one"),
        lambda a, c: bool(a.main_case) and a.main_case != c.case_id,
        "main_case",
    ),
}
"""By name. What a photograph or a row must be beyond that, its own module checks."""


def required(table: StateTable, spec: ActionSpec, source: str = "") -> tuple[str, ...]:
    """Return what an action must bring; a report also what its source demands."""
    names = [name for name in spec.requires if name != PRE_FILING_CHECK]
    if spec.creates and source in table.sources:
        names += [name for name in table.sources[source].requires if name not in names]
    return tuple(names)


def missing(table: StateTable, spec: ActionSpec, action: Action, case: CaseState) -> tuple[str, ...]:
    """Return what the action must bring and does not."""
    names = required(table, spec, action.source)
    return tuple(name for name in names if not REQUIREMENTS[name].given(action, case))


def unasked(spec: ActionSpec, action: Action, case: CaseState) -> tuple[str, ...]:
    """Return the fields that the action fills and may not: a worker's report must not change the unit."""
    may = {REQUIREMENTS[name].field for name in (*spec.requires, *spec.takes) if name in REQUIREMENTS}
    if not (spec.files or "new_standard" in spec.requires) and action.standard != case.standard:
        may.discard("standard")
    only = {r.field for r in REQUIREMENTS.values() if r.field}
    return tuple(sorted(name for name in only - may if getattr(action, name)))


def pre_filing_check_due(table: StateTable, case: CaseState) -> bool:
    """Whether the case's source asks for a check on site that was neither done nor waived."""
    source = table.sources.get(case.source)
    return source is not None and source.pre_filing_check and "pre_checked" not in case.marks
