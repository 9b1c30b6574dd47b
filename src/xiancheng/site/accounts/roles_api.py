"""Roles, explained: the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from ninja import Router, Schema

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Membership
from xiancheng.site.county import catalogue, folder
from xiancheng.site.policy.needs import needs
from xiancheng.site.policy.permission import TITLES, Permission
from xiancheng.site.policy.roles import ALL, OWN, SHARED, load_roles
from xiancheng.site.schemas import Problem, TextOut

router = Router(tags=["people"])
WORDS = {
    ALL: Text("所有登记册", "all registers"),
    OWN: Text("本部门负责的登记册", "the registers that the unit's bureau keeps"),
    SHARED: Text("基础底图", "the base map"),
}


class Named(Schema):
    """A permission, a feature class or a set of classes, and what it is called."""

    name: str
    title: TextOut


class RoleOut(Schema):
    """A role: what it allows, whose registers it sees and edits, and how many accounts hold it."""

    name: str
    title: TextOut
    grants: list[Named]
    sees: list[Named]
    edits: list[Named]
    accounts: int


@router.get("", response={200: list[RoleOut], 401: Problem, 403: Problem}, summary="roles and what they allow")
@needs(Permission.PEOPLE_VIEW)
def list_roles(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the roles of the site and the county's own, in words."""
    del request
    titles = WORDS | {c.name: c.title for c in catalogue()}
    counts = dict(
        Membership.objects.filter(user__is_active=True)
        .values_list("role")
        .annotate(Count("user", distinct=True))
        .order_by()
    )

    def named(names: tuple[str, ...]) -> list[dict[str, Any]]:
        return [{"name": n, "title": titles.get(n, Text(n, n)).as_dict()} for n in names]

    return [
        {
            "name": role.name,
            "title": role.title.as_dict(),
            "grants": [{"name": p, "title": TITLES[p].as_dict()} for p in Permission if p in role.grants],
            "sees": named(role.sees),
            "edits": named(role.edits),
            "accounts": counts.get(role.name, 0),
        }
        for role in load_roles(folder()).values()
    ]
