"""The API against its own OpenAPI documents, by schemathesis: no server error, nothing undocumented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.test import Client

from .stories import Teller
from .walking import Story, Walk

EXAMPLES = 6
PLAIN = {"Accept-Encoding": "identity"}
LENIENT = {
    # What is wrong in one place may be passed over: a date may be a number of seconds, an upload holds any bytes, and
    # what is gone answers 410 before anything else is looked at. That such requests do no harm is checked.
    "negative_data_rejection",
    # The document cannot say everything that must hold: that a date is reasonable, a filter readable, a place near.
    "positive_data_acceptance",
    # These two belong to a phase of the tool's own runner; methods are tested below.
    "unsupported_method",
    "missing_required_header",
}
REFUSED_ALWAYS = 0.15
"""Share of operations that may never succeed: logging in with a password that was made up …"""
BY_BROWSER = ("/api/session", "POST /api/people/tokens")
"""What a token may not do, however strong: one's own password, sessions and tokens."""


@pytest.fixture
def token(writable_site) -> dict[str, Any]:
    """An administrator's token, as headers."""
    from xiancheng.site.accounts.making import make_account
    from xiancheng.site.accounts.tokens import make_token
    from xiancheng.site.policy.permission import Scope

    _, text = make_token(make_account("fuzz", password=None, roles=["administrator"]), "fuzz", list(Scope))
    return {"headers": {"Authorization": f"Bearer {text}", **PLAIN}}


@pytest.fixture
def stories(token, log_in) -> list[Story]:
    """What there is in the county that addresses and bodies may name."""
    log_in("planner")
    return Teller(Client(headers=token["headers"])).stories()


@pytest.fixture
def browser(log_in) -> Callable[[], dict[str, Any]]:
    """Return how to make the headers and cookies of somebody who has just logged in."""
    from xiancheng.site.accounts.models import User

    log_in("administrator")
    user = User.objects.get(username="administrator-none")

    def begin() -> dict[str, Any]:
        client = Client()
        client.force_login(user)
        client.get("/api/session")
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        return {"cookies": cookies, "headers": {"X-CSRFToken": cookies["xiancheng_csrf"], **PLAIN}}

    return begin


@pytest.mark.slow
def test_api_keeps_its_promises(token, stories, browser):
    from xiancheng.site.wsgi import application

    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    walk = Walk(schema, stories, without=LENIENT)

    def person(label: str) -> dict[str, Any]:
        if any(part in label for part in BY_BROWSER):
            return browser()
        return token

    walk.ask_all(person, EXAMPLES)
    assert walk.report() == ""
    # A walk that is refused everywhere shows nothing.
    assert len(walk.in_vain()) <= len(walk.statuses) * REFUSED_ALWAYS, walk.in_vain()


@pytest.mark.slow
def test_ogc_api_keeps_its_promises(token, stories):
    from xiancheng.site.wsgi import application

    schema = schemathesis.openapi.from_wsgi("/ogc/api?f=json", application, headers=token["headers"])
    building = stories[0] | {"collectionId": "building", "name": "tileset.json"}
    walk = Walk(schema, [*stories, building], without=LENIENT)
    walk.ask_all(lambda label: token, EXAMPLES)
    assert walk.report() == ""
    # A walk that is refused everywhere shows nothing.
    assert len(walk.in_vain()) <= len(walk.statuses) * REFUSED_ALWAYS, walk.in_vain()


def test_the_document_says_what_every_answer_is(site, client):
    document = client.get("/api/openapi.json").json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                empty = status in {"204", "304"}
                assert bool(response.get("content")) is not empty, f"{method} {path}: {status}"


def test_a_method_that_an_address_does_not_know(site, client):
    answer = client.put("/api/model/classes")
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Allow"] == "GET"
