"""Logging in and out, the origin check, the addresses that anybody may ask."""

import pytest
from django.test import Client

from .conftest import PASSWORD


def test_health_names_the_parts(site, client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["parts"] == {"county": True, "database": True}


def test_session_of_nobody_then_of_somebody(site, log_in):
    assert Client().get("/api/session").json()["account"] is None
    account = log_in("steward", "education").get("/api/session").json()["account"]
    assert account["bureaus"] == ["education"]
    assert "school" in account["edits"]
    assert "hospital" not in account["sees"]


def test_login_needs_the_origin_token(site, log_in):
    log_in("leader")
    browser = Client(enforce_csrf_checks=True)
    body = {"username": "leader-none", "password": PASSWORD}
    assert browser.post("/api/session/login", body, content_type="application/json").status_code == 403
    browser.get("/api/session")
    token = browser.cookies["xiancheng_csrf"].value
    answer = browser.post("/api/session/login", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200
    assert answer.json()["account"]["roles"] == ["leader"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_wrong_password_is_told_in_the_askers_language(site, client, language):
    answer = client.post(
        f"/api/session/login?lang={language}", {"username": "x", "password": "y"}, content_type="application/json"
    )
    assert answer.status_code == 422
    assert answer.json()["title"] == {"zh": "账号或口令不对", "en": "wrong name or password"}[language]


def test_pages_forbid_outside_hosts(site, client):
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
