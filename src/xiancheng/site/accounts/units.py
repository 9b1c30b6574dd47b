"""The tree of units: the county government, its bureaus and their units."""

from __future__ import annotations

from collections import defaultdict

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Unit
from xiancheng.site.accounts.people import keeping_an_administrator, lock_people
from xiancheng.site.county import county, programme
from xiancheng.site.problems import ConflictError, InvalidError, NotFoundError


def unit_by_id(unit_id: int) -> Unit:
    """Return a unit.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None:
        raise NotFoundError(Text("没有这个单位", "no such unit"))
    return unit


def below(unit: Unit) -> set[int]:
    """Return the ids of a unit and of all units below it."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Unit.objects.values_list("pk", "parent_id"):
        children[parent].append(pk)
    found, waiting = set(), [unit.pk]
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting += children[pk]
    return found


def bureau_titles() -> dict[str, Text]:
    """Return the bureaus of the county's programmes by id."""
    found: dict[str, Text] = {}
    for name in county().programmes:
        found |= programme(name).bureaus
    return found


def save_unit(unit: Unit) -> None:
    """Save a new or changed unit; call within a transaction.

    Raises
    ------
    ConflictError
        If the code is taken, the unit would be below itself, or is deactivated while others are active below it.
    InvalidError
        If its bureau is not one of the programme.
    """
    lock_people()
    if Unit.objects.filter(code=unit.code).exclude(pk=unit.pk).exists():
        raise ConflictError(Text(f"单位代码 {unit.code} 已被使用", f"the code {unit.code} is taken"))
    if unit.bureau and unit.bureau not in bureau_titles():
        text = Text(f"方案里没有部门“{unit.bureau}”", f"the programme has no bureau {unit.bureau!r}")
        raise InvalidError(text, fields={"bureau": text})
    if unit.pk is not None and unit.parent_id is not None and unit.parent_id in below(unit):
        raise ConflictError(Text("单位不能隶属于自己或自己的下级", "a unit cannot be below itself"))
    if unit.active and unit.parent is not None and not unit.parent.active:
        raise ConflictError(Text("上级单位已停用", "the unit above is not active"))
    if not unit.active and unit.pk is not None and Unit.objects.filter(parent=unit, active=True).exists():
        raise ConflictError(
            Text("还有启用的下级单位", "there are active units below it"),
            Text("先停用或移走下级单位", "deactivate or move those first"),
        )
    with keeping_an_administrator():
        unit.save()
