"""Accounts, units, tokens and the audit log from the command line."""

import json

import openpyxl
import orjson
import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from xiancheng.cli.app import _register, root
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import set_language
from xiancheng.site.accounts.lockout import lock as lock_logins
from xiancheng.site.accounts.lockout import locked_until
from xiancheng.site.accounts.models import User
from xiancheng.site.audit.models import Entry
from xiancheng.site.audit.triggers import lifted

PASSWORD = "county-2025-cli"


@pytest.fixture
def run(writable_site):
    _register()

    def go(*arguments, code=0, lang="en"):
        arguments = ["-C", str(writable_site), "--lang", lang, "-q", *arguments]
        result = CliRunner().invoke(root, arguments, catch_exceptions=True)
        if isinstance(result.exception, XianchengError):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout

    yield go
    set_language(None)


def add(run, name, *more):
    return run("user", "add", name, "--password", PASSWORD, *more)


def test_accounts(run):
    add(run, "admin", "--role", "administrator")
    add(run, "edu", "--role", "steward", "--unit", "150221-education", "--full-name", "王芳")
    rows = json.loads(run("user", "list", "--role", "steward", "--json"))
    assert rows == [
        {
            "name": "edu",
            "full_name": "王芳",
            "roles": ["steward@150221-education"],
            "active": True,
            "locked_until": None,
        }
    ]
    assert run("user", "roles", "edu", "planner", "steward@150221-health").split() == [
        "planner", "steward@150221-health",
    ]  # fmt: skip
    assert "王芳" in run("user", "list", lang="zh")
    run("user", "lock", "edu")
    assert not User.objects.get(username="edu").is_active
    lock_logins("edu")
    run("user", "unlock", "edu")
    assert User.objects.get(username="edu").is_active
    assert locked_until("edu") is None
    once = run("user", "password", "edu", "--one-time").strip()
    login = Client().post("/api/session/login", {"username": "edu", "password": once}, "application/json")
    assert login.json()["account"]["must_change_password"]
    actions = set(Entry.objects.filter(user_name="cli").values_list("action", flat=True))
    assert actions == {"account.create", "account.roles", "account.update", "account.unlock", "password.reset"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["user", "lock", "admin"], "administrator"),
        (["user", "roles", "admin", "leader"], "administrator"),
        (["user", "roles", "admin", "king"], "king"),
        (["user", "roles", "admin", "steward@nowhere"], "nowhere"),
        (["user", "lock", "nobody"], "nobody"),
        (["user", "password", "admin", "--password", "short"], "weak"),
        (["user", "add", "admin", "--role", "leader", "--password", PASSWORD], "exists"),
        (["token", "make", "nobody", "--name", "x", "--scope", "read"], "nobody"),
        (["audit", "export", "log.pdf"], "pdf"),
    ],
)
def test_what_cannot_be_done_is_explained(run, arguments, word):
    add(run, "admin", "--role", "administrator")
    with pytest.raises(XianchengError) as refused:
        run(*arguments)
    assert word in refused.value.message.en


def test_roles_can_be_given_where_nobody_is_an_administrator_yet(run):
    add(run, "li", "--role", "leader")
    assert run("user", "roles", "li", "administrator").split() == ["administrator"]


def test_units_and_tokens(run):
    add(run, "admin", "--role", "administrator")
    units = {row["code"]: row for row in json.loads(run("unit", "list", "--json"))}
    assert units["150221-education"]["parent"] == "150221"
    assert "150221-education" in run("unit", "list")
    token = run("token", "make", "admin", "--name", "sync", "--scope", "read", "--days", "1").strip()
    answer = Client(headers={"Authorization": f"Bearer {token}"}).get("/api/session")
    assert answer.json()["account"]["username"] == "admin"


def test_the_log_is_verified_and_exported(run, tmp_path):
    add(run, "admin", "--role", "administrator")
    assert "in order" in run("audit", "verify")
    assert "完整" in run("audit", "verify", lang="zh")
    run("audit", "export", str(tmp_path / "log.jsonl"))
    lines = [orjson.loads(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
    assert [line["action"] for line in lines] == ["account.create"]
    run("audit", "export", "--user", "cli", "--from", "2020-01-01", str(tmp_path / "log.xlsx"))
    assert openpyxl.load_workbook(tmp_path / "log.xlsx").active.max_row == 4
    with lifted(connection):
        Entry.objects.filter(number=1).update(target="somebody")
    found = json.loads(run("audit", "verify", "--json", code=1))
    assert (found["in_order"], found["bad_number"]) == (False, 1)
    assert "entry 1" in run("audit", "verify", code=1)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "words",
    ["user add", "user list", "user lock", "user unlock", "user password", "user roles", "unit list", "token make",
     "audit verify", "audit export"],
)  # fmt: skip
def test_help_has_examples_in_both_languages(run, words, lang):
    text = run(*words.split(), "--help", lang=lang)
    assert f"xiancheng -C baotou-tumed {words}" in text
    assert ("示例" if lang == "zh" else "Examples") in text
