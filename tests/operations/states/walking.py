"""Random walks through the states, by people in roles: shared by the tests of the states and of the ledger."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from xiancheng.operations.states.case import Action, CaseState
from xiancheng.operations.states.engine import Actor, IllegalActionError, allowed, apply
from xiancheng.operations.states.table import StateTable
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

START = datetime(2026, 2, 13, 8, 30, tzinfo=BEIJING)
UNITS = ("城管局", "住建局", "供水公司")


@dataclass(frozen=True)
class Person:
    name: str
    role: str
    unit: str = ""


PEOPLE = [
    *(Person(f"{role}{i}", role) for role in ("inspector", "resident", "duty_officer", "intake_operator", "dispatcher",
      "leader", "integrator") for i in (1, 2)),
    *(Person(f"{unit}{i}", "handling_unit", unit) for unit in UNITS for i in (1, 2)),
]  # fmt: skip
CHECKERS = [p.name for p in PEOPLE if p.role == "inspector"]


def filled(rng: random.Random, name: str, requires, person: Person, case: CaseState, at: datetime) -> Action:
    """An action that brings what is asked for."""
    values = {
        "reason": "不属于本单位职责",
        "opinion": "已处理",
        "source": rng.choice(("inspector", "resident", "hotline", "sensor")),
        "standard": rng.choice(("06-010-1", "06-010-2")),
        "new_standard": "01-002-1" if case.standard != "01-002-1" else "01-002-2",
        "unit": rng.choice(UNITS),
        "assisting": tuple(u for u in UNITS if u != case.unit)[:1],
        "worker": person.name,
        "checker": rng.choice(CHECKERS),
        "limit": Limit(2, LimitUnit.WORK_DAY),
        "planned_end": at + timedelta(days=30),
        "main_case": "main",
    }
    fields = {("standard" if n == "new_standard" else n): values[n] for n in requires if n in values}
    action = Action(name, person.name, at, unit_of_actor=person.unit, **fields)
    if "photo_before" in requires or action.source in {"inspector", "video"}:
        action = replace(action, photos_before=(f"before{case.number}",))
    return replace(action, photos_after=(f"after{case.number}",)) if "photo_after" in requires else action


def _weight(table: StateTable, name: str) -> float:
    """What ends a case, or leaves it where it is, is chosen less often, so that walks get far."""
    action = table.actions[name]
    if action.kind == "close" and name != "close":
        return 0.02
    return 0.15 if action.to == "@same" else 0.3 if action.kind in {"aside", "return"} else 1


def walk(table: StateTable, seed: int, steps: int = 45, case_id: str = "c1"):
    """Yield case, action and case afterwards; the walk also tries what is not allowed and sees that it is refused."""
    rng, case, at = random.Random(seed), CaseState(case_id), START
    roles = table.roles()
    names = list(table.actions)
    for _ in range(steps):
        at += timedelta(seconds=rng.randrange(0, 40_000))
        # Whoever comes by; if they cannot move the case, mostly somebody else is asked.
        for person in rng.sample(PEOPLE, len(PEOPLE)):
            may = allowed(table, case, roles[person.role], actor=Actor(person.name, person.unit), now=at)
            if any(table.actions[a.name].to != "@same" for a in may) or rng.random() < 0.05:
                break
        wild = rng.choice(names)
        if wild not in {a.name for a in may}:
            spec = table.actions[wild]
            attempt = filled(rng, wild, spec.requires, person, case, at)
            with pytest.raises(IllegalActionError) as refused:
                apply(table, case, attempt, roles[person.role])
            assert refused.value.message.zh
        if not may:
            continue
        weights = [_weight(table, a.name) for a in may]
        chosen = rng.choices(may, weights)[0]
        action = filled(rng, chosen.name, chosen.requires, person, case, at)
        after = apply(table, case, action, roles[person.role])
        yield case, action, after
        case = after
