"""Logging in and out, the origin check, the addresses that anybody may ask."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from xiancheng.site.accounts.lockout import ACCOUNT, ADDRESS, PAIR, lock, locked_until, unlock
from xiancheng.site.accounts.models import Attempts, BrowserSession
from xiancheng.site.audit.models import Entry
from xiancheng.site.configuration import secret_key
from xiancheng.site.policy.address import client_address

from .conftest import PASSWORD


def test_health_names_the_parts(site, client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert {"county": True, "database": True}.items() <= answer.json()["parts"].items()


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


def log_in_with(browser, name, password=PASSWORD):
    return browser.post("/api/session/login", {"username": name, "password": password}, content_type="application/json")


def test_wrong_passwords_wait_longer_and_longer(site, log_in, monkeypatch):
    log_in("leader")
    browser, waits = Client(), []
    for _ in range(4):
        assert log_in_with(browser, "leader-none", "wrong").status_code == 422
    now = timezone.now()
    for _ in range(4):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        assert log_in_with(browser, "leader-none", "wrong").status_code == 422
        refused = log_in_with(browser, "leader-none")
        assert refused.status_code == 429, "even the right password has to wait"
        assert refused["Retry-After"] == str(refused.json()["seconds"])
        waits.append(refused.json()["seconds"])
        now += timedelta(seconds=waits[-1])
    assert waits == [30, 60, 120, 240]
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert log_in_with(browser, "leader-none").status_code == 200
    assert not Attempts.objects.filter(account="leader-none", failures__gt=0).exists()
    assert Entry.objects.filter(action="session.locked", target="leader-none").count() == 4


def test_names_without_account_wait_alike(site, db):
    for _ in range(5):
        assert log_in_with(Client(), "nobody", "wrong").status_code == 422
    assert log_in_with(Client(), "NOBODY", "wrong").status_code == 429


def test_nobody_locks_the_account_of_a_colleague(site, log_in):
    log_in("leader")
    colleague, owner = Client(REMOTE_ADDR="10.1.1.7"), Client(REMOTE_ADDR="10.1.1.8")
    for _ in range(PAIR.free):
        assert log_in_with(colleague, "leader-none", "wrong").status_code == 422
    assert log_in_with(colleague, "leader-none").status_code == 429
    assert log_in_with(owner, "leader-none").status_code == 200
    assert log_in_with(colleague, "leader-none").status_code == 429, "which does not let the other guess on"


def test_somebody_with_many_addresses_is_slowed_but_not_where_the_owner_works(site, log_in):
    log_in("leader")
    desk = "10.1.1.8"
    assert log_in_with(Client(REMOTE_ADDR=desk), "leader-none").status_code == 200
    for i in range(ACCOUNT.free):
        assert log_in_with(Client(REMOTE_ADDR=f"10.9.{i // 4}.1"), "leader-none", "wrong").status_code == 422
    assert log_in_with(Client(REMOTE_ADDR="10.8.0.1"), "Leader-None", "wrong").status_code == 429
    assert locked_until("leader-none") is not None
    at_the_desk = log_in_with(Client(REMOTE_ADDR=desk), "leader-none", "wrong")
    assert (at_the_desk.status_code, at_the_desk.json()["hint"]) == (422, None)
    assert log_in_with(Client(REMOTE_ADDR=desk), "leader-none").status_code == 200
    assert log_in_with(Client(REMOTE_ADDR="10.8.0.1"), "leader-none", "wrong").status_code == 422, "begun anew"


def test_an_address_is_known_for_a_month(site, log_in, monkeypatch):
    log_in("leader")
    now = timezone.now()
    assert log_in_with(Client(), "leader-none").status_code == 200
    for days, answer in ((29, 422), (31, 429)):
        monkeypatch.setattr(timezone, "now", lambda days=days: now + timedelta(days=days))
        lock("leader-none")
        assert log_in_with(Client(), "leader-none", "wrong").status_code == answer


def test_an_administrator_ends_the_waiting_everywhere(site, log_in):
    log_in("leader")
    for address in ("10.1.1.7", "10.1.1.8"):
        for _ in range(PAIR.free):
            log_in_with(Client(REMOTE_ADDR=address), "leader-none", "wrong")
    assert locked_until("leader-none") is not None
    assert unlock("leader-none")
    assert locked_until("leader-none") is None
    assert log_in_with(Client(REMOTE_ADDR="10.1.1.7"), "leader-none").status_code == 200
    assert not unlock("leader-none")


def test_an_address_that_tries_many_names_waits(site, log_in):
    log_in("leader")
    for i in range(ADDRESS.free):
        assert log_in_with(Client(), f"name-{i}", "wrong").status_code == 422
    assert log_in_with(Client(), "leader-none").status_code == 429
    elsewhere = Client(REMOTE_ADDR="10.1.1.1")
    assert log_in_with(elsewhere, "leader-none").status_code == 200


def test_a_header_does_not_give_another_address(site, settings):
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "1.2.3.4, 10.0.0.7"}, REMOTE_ADDR="192.168.1.9")
    assert client_address(request) == "192.168.1.9"
    settings.SITE = replace(settings.SITE, https=True)
    assert client_address(request) == "10.0.0.7", "behind a proxy: what the proxy added, not what was sent to it"


def test_old_failures_are_forgotten_and_removed(site, db, monkeypatch):
    for i in range(3):
        log_in_with(Client(), f"name-{i}", "wrong")
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr(timezone, "now", lambda: later)
    log_in_with(Client(), "other", "wrong")
    kept = {"pair|127.0.0.1|other", "address|127.0.0.1", "account|other"}
    assert set(Attempts.objects.values_list("key", flat=True)) == kept


def test_login_changes_the_key_of_the_session(site, log_in):
    log_in("leader")
    browser = Client()
    session = browser.session
    session["planted"] = 1
    session.save()
    browser.cookies["xiancheng_session"] = session.session_key
    assert log_in_with(browser, "leader-none").status_code == 200
    assert browser.cookies["xiancheng_session"].value != session.session_key
    assert not BrowserSession.objects.filter(session_key=session.session_key).exists()


def test_a_session_ends_when_idle_and_when_too_old(site, log_in, monkeypatch, settings):
    log_in("leader")
    browser = Client()
    log_in_with(browser, "leader-none")
    start = timezone.now()

    def who(hours):
        monkeypatch.setattr(timezone, "now", lambda: start + timedelta(hours=hours))
        return browser.get("/api/session").json()["account"]

    assert who(11) is not None
    assert who(22) is not None, "used meanwhile, so not idle"
    assert who(35) is None, "idle for 13 hours"
    monkeypatch.setattr(timezone, "now", lambda: start)
    log_in_with(browser, "leader-none")
    for hours in range(0, 24 * 7, 10):
        assert who(hours) is not None
    assert who(24 * 7 + 1) is None, "a week at the longest"


def test_changing_the_password_ends_other_sessions(site, log_in):
    log_in("leader")
    here, there = Client(), Client()
    for browser in (here, there):
        assert log_in_with(browser, "leader-none").status_code == 200
    key = here.cookies["xiancheng_session"].value

    def change(current, new):
        return here.post("/api/session/password", {"current": current, "new": new}, content_type="application/json")

    assert "current" in change("wrong", "a-new-password-7").json()["fields"]
    assert "new" in change(PASSWORD, "short").json()["fields"]
    assert "new" in change(PASSWORD, PASSWORD).json()["fields"]
    assert change(PASSWORD, "a-new-password-7").status_code == 200
    assert here.get("/api/session").json()["account"] is not None
    assert here.cookies["xiancheng_session"].value != key
    assert there.get("/api/session").json()["account"] is None
    assert log_in_with(Client(), "leader-none").status_code == 422
    assert log_in_with(Client(), "leader-none", "a-new-password-7").status_code == 200


def test_a_given_password_must_be_changed_before_anything_else(site, log_in):
    admin = log_in("administrator")
    made = admin.post(
        "/api/people/accounts", {"username": "li", "roles": [{"role": "leader"}]}, content_type="application/json"
    ).json()
    browser = Client()
    account = log_in_with(browser, "li", made["password"]).json()["account"]
    assert account["must_change_password"]
    assert account["permissions"] == []
    for address in ("/api/people/tokens", "/api/people/accounts", "/api/jobs"):
        refused = browser.get(f"{address}?lang=en")
        assert refused.status_code == 403, address
        assert refused.json()["title"] == "change your password first"
    answer = browser.post(
        "/api/session/password",
        {"current": made["password"], "new": "my-own-password-3"},
        content_type="application/json",
    )
    assert "programme.view" in answer.json()["account"]["permissions"]
    assert browser.get("/api/people/tokens").status_code == 200


def test_sessions_are_listed_and_ended(site, log_in):
    log_in("leader")
    here, there = Client(headers={"User-Agent": "Here/1"}), Client(headers={"User-Agent": "There/2"})
    log_in_with(here, "leader-none")
    log_in_with(there, "leader-none")
    rows = {row["agent"]: row for row in here.get("/api/session/sessions").json()}
    assert rows["Here/1"]["this"]
    assert not rows["There/2"]["this"]
    assert here.delete(f"/api/session/sessions/{rows['There/2']['id']}").status_code == 204
    assert there.get("/api/session").json()["account"] is None
    other = log_in("planner")
    assert other.delete(f"/api/session/sessions/{rows['Here/1']['id']}").status_code == 404, "not one's own"
    log_in_with(there, "leader-none")
    assert here.post("/api/session/logout-everywhere").json()["account"] is None
    assert there.get("/api/session").json()["account"] is None


def test_own_telephone_number(site, log_in):
    browser = log_in("leader")
    answer = browser.patch("/api/session/account", {"phone": " 13900001111 "}, content_type="application/json")
    assert answer.json()["account"]["phone"] == "13900001111"
    assert (
        browser.patch("/api/session/account", {"phone": "1\x002"}, content_type="application/json").status_code == 422
    )


def test_pages_may_not_be_framed_and_private_answers_not_be_kept(site, log_in):
    answer = log_in("leader").get("/api/session")
    assert answer["X-Frame-Options"] == "DENY"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_djangos_own_checks_for_deployment_find_nothing_behind_https(tmp_path):
    (tmp_path / "county.toml").write_text(
        'name = "县"\ncode = "150221"\n[site]\nhttps = true\nallowed_hosts = ["county.example"]\n', encoding="utf-8"
    )
    environment = os.environ | {"XIANCHENG_COUNTY": str(tmp_path), "DJANGO_SETTINGS_MODULE": "xiancheng.site.settings"}
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_signing_key_stays_and_only_its_owner_reads_it(tmp_path):
    assert secret_key(tmp_path, {}) == secret_key(tmp_path, {})
    assert (tmp_path / ".site-key").stat().st_mode & 0o077 == 0
