"""API tokens: made in a browser, shown once, never more than their owner may do."""

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from xiancheng.site.accounts.models import Token

JSON = "application/json"


@pytest.fixture
def browser(site, log_in):
    return log_in("steward", "education")


def make(browser, **more):
    return browser.post("/api/people/tokens", {"name": "qgis", "scopes": ["read"], **more}, JSON)


def bearer(token):
    return Client(headers={"Authorization": f"Bearer {token}"}, enforce_csrf_checks=True)


def test_a_token_is_shown_once_and_only_its_hash_is_kept(browser):
    made = make(browser).json()
    assert made["token"].startswith(made["record"]["prefix"])
    listed = browser.get("/api/people/tokens").json()
    assert [row["name"] for row in listed] == ["qgis"]
    assert made["token"] not in str(listed)
    assert made["token"] not in str(Token.objects.values())


def test_a_token_acts_within_its_scopes(browser):
    account = bearer(make(browser).json()["token"]).get("/api/session").json()["account"]
    assert "school" in account["sees"]
    assert account["edits"] == []
    assert "model.edit" not in account["permissions"]
    account = bearer(make(browser, scopes=["write"]).json()["token"]).get("/api/session").json()["account"]
    assert account["sees"] == []
    assert "model.edit" in account["permissions"]


def test_basic_authentication_takes_the_token_as_password(browser):
    text = base64.b64encode(f"anything:{make(browser).json()['token']}".encode()).decode()
    answer = Client(headers={"Authorization": f"Basic {text}"}).get("/api/session")
    assert answer.json()["account"]["username"] == "steward-education"


@pytest.mark.parametrize("header", ["Bearer xc_wrong", "Bearer", "Basic !!!", "Basic eDp5", "bearer \x7f"])
def test_a_wrong_token_is_refused_even_where_nothing_is_needed(site, header):
    answer = Client(headers={"Authorization": header}).get("/api/session")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends_when_revoked_or_expired(browser, monkeypatch):
    first, second = make(browser).json(), make(browser, days=30).json()
    assert browser.delete(f"/api/people/tokens/{first['record']['id']}").status_code == 204
    assert bearer(first["token"]).get("/api/session").status_code == 401
    assert bearer(second["token"]).get("/api/session").status_code == 200
    later = timezone.now() + timedelta(days=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert bearer(second["token"]).get("/api/session").status_code == 401


def test_a_token_cannot_make_tokens_or_take_the_account_over(browser):
    everything = make(browser, scopes=["read", "export", "write", "manage"], days=None).json()
    client = bearer(everything["token"])
    assert make(client).status_code == 403
    change = {"current": "x", "new": "y"}
    assert client.post("/api/session/password", change, JSON).status_code == 403
    assert client.post("/api/session/logout-everywhere").status_code == 403
    other = make(browser).json()["record"]["id"]
    assert client.delete(f"/api/people/tokens/{other}").status_code == 403
    assert client.delete(f"/api/people/tokens/{everything['record']['id']}").status_code == 204


def test_administrators_see_and_revoke_all(browser, log_in):
    made = make(browser).json()
    planner, admin = log_in("planner"), log_in("administrator")
    path = f"/api/people/tokens/{made['record']['id']}"
    assert planner.get("/api/people/tokens/all").status_code == 403
    assert planner.delete(path).status_code == 404, "not told that it exists"
    rows = admin.get("/api/people/tokens/all", {"q": "education"}).json()["items"]
    assert [row["owner"] for row in rows] == ["steward-education"]
    assert admin.delete(path).status_code == 204
    assert admin.get("/api/people/tokens/all").json()["total"] == 0


@pytest.mark.parametrize("more", [{"scopes": []}, {"scopes": ["everything"]}, {"name": ""}, {"days": 0}])
def test_tokens_that_cannot_be_made(browser, more):
    assert make(browser, **more).status_code == 422
