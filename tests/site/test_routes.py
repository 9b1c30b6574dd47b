"""Every route, as every role: the answer is what the policy says, and no route is without a policy.

New routes are found by themselves. A new path parameter needs a sample value in ``routes.py``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date

import pytest
from django.test import Client

from xiancheng.city.classes import load_catalogue
from xiancheng.foundation.resources import data_folder
from xiancheng.site.accounts.models import User
from xiancheng.site.accounts.tokens import make_token
from xiancheng.site.policy.needs import ACCOUNT, PUBLIC, UNREADY_ACCOUNT
from xiancheng.site.policy.permission import SCOPE_OF, Permission, Scope

from .routes import CLASS_PARAMETERS, SAMPLES, all_routes

OWN, SHARED, FOREIGN = "school", "building", "hospital"
"""Classes as the education bureau sees them."""

ROLES = tomllib.loads((data_folder("catalogues") / "site" / "roles.toml").read_text(encoding="utf-8"))
STEWARDS = tomllib.loads((data_folder("catalogues") / "site" / "stewardship.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Who:
    """Somebody who asks, and what they may do: worked out from the catalogues, not by the code that is tested."""

    role: str | None
    bureau: str | None = None
    scopes: tuple[Scope, ...] | None = None

    @property
    def permissions(self) -> set[str]:
        grants = ROLES[self.role]["grants"] if self.role else []
        held = set(Permission) if "*" in grants else set(grants)
        return {p for p in held if self.scopes is None or SCOPE_OF[p] in self.scopes}

    def classes(self, key: str) -> set[str]:
        if self.role is None or (
            self.scopes is not None and {"sees": "read", "edits": "write"}[key] not in self.scopes
        ):
            return set()
        found: set[str] = set()
        for word in ROLES[self.role].get(key, []):
            if word == "all":
                found |= {OWN, SHARED, FOREIGN}
            elif word == "shared":
                found |= set(STEWARDS["shared"])
            elif word == "own":
                found |= set(STEWARDS["bureaus"].get(self.bureau, []))
            else:
                found.add(word)
        return found

    def refusal(self, mark, class_name: str | None) -> int | None:
        """Return 401 or 403 if the policy refuses, else None."""
        what, sees, edits = mark
        if what and set(what) & {ACCOUNT, UNREADY_ACCOUNT} and self.role is None:
            return 401
        refused = {p for p in what if isinstance(p, Permission)} - self.permissions
        reads = self.scopes is None or Scope.READ in self.scopes
        sees_it = reads and class_name in self.classes("sees") | self.classes("edits")
        edits_it = class_name in self.classes("edits") and "model.edit" in self.permissions
        if refused or (sees and not sees_it) or (edits and not edits_it):
            return 401 if self.role is None else 403
        return None

    def __str__(self) -> str:
        scopes = f" token {'+'.join(self.scopes)}" if self.scopes is not None else ""
        return f"{self.role or 'nobody'}{f'@{self.bureau}' if self.bureau else ''}{scopes}"


WHO = [
    Who(None),
    *(Who(role, "education" if role in {"steward", "handling_unit"} else None) for role in ROLES),
    Who("administrator", scopes=(Scope.READ,)),
    Who("administrator", scopes=(Scope.WRITE,)),
    Who("steward", "education", scopes=(Scope.READ, Scope.EXPORT)),
]


@pytest.fixture(scope="module")
def routes():
    return all_routes()


@pytest.fixture(scope="module")
def usable(routes):
    """Routes that can be asked; that none is left out is a test of its own."""
    return [route for route in routes if route.mark is not None and not route.unknown()]


@pytest.fixture
def as_client(site, log_in):
    def make(who: Who) -> Client:
        if who.role is None:
            return Client()
        client = log_in(who.role, who.bureau)
        if who.scopes is None:
            return client
        user = User.objects.get(username=f"{who.role}-{who.bureau or 'none'}")
        return Client(headers={"Authorization": f"Bearer {make_token(user, 'test', who.scopes)[1]}"})

    return make


@pytest.fixture(scope="module")
def object_ids(sample_county):
    """An object of each of the three classes."""
    from xiancheng.city.county import County
    from xiancheng.city.store import open_store

    with open_store(County.load(sample_county), load_catalogue(sample_county), read_only=True) as store:
        return {name: store.as_of(name, date(2025, 12, 31)).object_id[0] for name in (OWN, SHARED, FOREIGN)}


def test_every_route_says_what_it_needs(routes):
    assert [route.label for route in routes if route.mark is None] == []
    assert len(routes) > 60


def test_every_route_with_a_class_is_checked_by_class(routes):
    loose = [
        route.label
        for route in routes
        if CLASS_PARAMETERS & {*route.parameters, *route.query}
        and route.class_parameter not in {*route.parameters, *route.query}
    ]
    assert loose == [], "name the parameter: @needs(…, sees='class_name') or edits="


def test_every_parameter_has_a_sample(routes):
    unknown = {route.label: route.unknown() for route in routes if route.unknown()}
    assert unknown == {}, "add a sample value to SAMPLES in tests/site/routes.py"


@pytest.mark.parametrize("who", WHO, ids=str)
def test_every_page_answers_as_the_policy_says(who, usable, as_client, object_ids):
    client, wrong = as_client(who), []
    for route in usable:
        if route.method != "GET":
            continue
        for class_name in (OWN, SHARED, FOREIGN) if route.class_parameter else (None,):
            address = route.address(samples(class_name, object_ids))
            status = status_of(client, "GET", address)
            refusal = who.refusal(route.mark, class_name)
            if (status in {401, 403} or refusal) and status != refusal:
                wrong.append(f"{address}: {status}, the policy says {refusal or 'not refused'}")
            if status >= 500 and status != 503:
                wrong.append(f"{address}: {status}")
    assert wrong == []


def test_a_class_that_is_only_a_filter_shows_nothing_hidden(usable, as_client, object_ids):
    client, wrong = as_client(Who("steward", "education")), []
    for route in usable:
        if route.method == "GET" and route.optional_class is not None:
            address = route.address(samples(FOREIGN, object_ids))
            joint = "&" if "?" in address else "?"
            response = client.get(f"{address}{joint}{route.sent_as(route.optional_class)}={FOREIGN}")
            if response.status_code < 400 and object_ids[FOREIGN].encode() in response.getvalue():
                wrong.append(address)
    assert wrong == []


@pytest.mark.parametrize("who", [w for w in WHO if w.role in {None, "resident", "leader"}], ids=str)
def test_no_change_succeeds_that_the_policy_refuses(who, usable, as_client, object_ids):
    client, wrong = as_client(who), []
    for route in usable:
        if route.method in {"GET", "HEAD"} or PUBLIC in route.mark[0]:
            continue
        for class_name in (OWN, SHARED, FOREIGN) if route.class_parameter else (None,):
            if who.refusal(route.mark, class_name) is None:
                continue
            address = route.address(samples(class_name, object_ids))
            status = status_of(client, route.method, address)
            if status < 400 or status >= 500:
                wrong.append(f"{route.method} {address}: {status}")
    assert wrong == []


def test_plain_views_refuse_changes_by_nobody(usable, client, site, object_ids):
    """Views that answer several methods are declared by what reading needs: who is nobody must not write there."""
    wrong = []
    for route in usable:
        if route.method in {"GET", "HEAD"} or PUBLIC not in route.mark[0] or not route.pattern.startswith("ogc/"):
            continue
        address = route.address(samples(OWN if route.class_parameter else None, object_ids))
        status = status_of(client, route.method, address)
        if status < 400 or status >= 500:
            wrong.append(f"{route.label}: {status}")
    assert wrong == []


def samples(class_name, object_ids):
    values = dict(SAMPLES)
    for name in CLASS_PARAMETERS:
        values[name] = class_name or OWN
    values["object_id"] = values["feature_id"] = object_ids[class_name or OWN]
    return values


def status_of(client, method, address):
    response = client.generic(method, address)
    response.close()
    return response.status_code
