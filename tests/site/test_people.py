"""Units, accounts and roles: who may change them, what is refused, what the audit log says."""

from io import BytesIO

import openpyxl
import pytest
from django.test import Client

from xiancheng.site.accounts.lockout import lock, locked_until
from xiancheng.site.accounts.models import Membership, Unit, User
from xiancheng.site.audit.models import Entry
from xiancheng.site.policy.permission import SCOPE_OF, SCOPE_TITLES, TITLES, Permission, Scope

from .conftest import PASSWORD

JSON = "application/json"


@pytest.fixture
def admin(site, log_in):
    return log_in("administrator")


def send(browser, method, path, body=None):
    return getattr(browser, method)(f"/api/people/{path}", body if body is not None else {}, content_type=JSON)


def unit_id(code):
    return Unit.objects.get(code=code).pk


def account_id(name):
    return User.objects.get(username=name).pk


def test_units_come_as_a_tree_with_parents_first(admin):
    rows = admin.get("/api/people/units").json()["items"]
    seen = set()
    for row in rows:
        assert row["parent_id"] is None or row["parent_id"] in seen
        seen.add(row["id"])
    assert {"id", "code", "name", "bureau", "active", "accounts"} <= rows[0].keys()
    assert any(row["bureau"] == "education" for row in rows)


def test_a_unit_is_added_below_its_bureau_and_inherits_it(admin):
    made = send(
        admin, "post", "units",
        {"code": "150221-education-1", "name_zh": "第一中学", "parent_id": unit_id("150221-education")},
    ).json()  # fmt: skip
    assert made["bureau"] == "education"
    assert made["name"] == {"zh": "第一中学", "en": "第一中学"}
    assert Entry.objects.get(action="unit.create").detail["after"]["parent"] == "150221-education"


def test_unit_codes_are_unique_and_no_unit_is_below_itself(admin):
    parent, child = unit_id("150221"), unit_id("150221-education")
    assert send(admin, "post", "units", {"code": "150221", "name_zh": "又一个"}).status_code == 409
    assert send(admin, "patch", f"units/{parent}", {"parent_id": child}).status_code == 409
    assert send(admin, "patch", f"units/{parent}", {"parent_id": parent}).status_code == 409
    assert send(admin, "patch", f"units/{child}", {"code": "150221"}).status_code == 409
    assert send(admin, "patch", f"units/{child}", {"bureau": "no-such"}).status_code == 422
    assert send(admin, "patch", f"units/{child}", {"code": "有空 格"}).status_code == 422
    assert send(admin, "patch", "units/99999", {"active": False}).status_code == 404
    assert send(admin, "patch", f"units/{child}", {"parent_id": None}).json()["parent_id"] is None


def test_deactivating_a_unit_takes_what_was_granted_in_it(admin, log_in):
    steward = log_in("steward", "education")
    unit = unit_id("150221-education")
    assert "school" in steward.get("/api/session").json()["account"]["edits"]
    assert send(admin, "patch", f"units/{unit_id('150221')}", {"active": False}).status_code == 409, "others below"
    assert send(admin, "patch", f"units/{unit}", {"active": False}).status_code == 200
    account = steward.get("/api/session").json()["account"]
    assert (account["edits"], account["permissions"]) == ([], [])
    body = {"username": "late", "roles": [{"role": "steward", "unit": "150221-education"}]}
    assert send(admin, "post", "accounts", body).status_code == 409


def test_an_account_is_made_with_a_password_for_the_first_login(admin):
    made = send(
        admin, "post", "accounts",
        {"username": "王芳", "full_name": "王芳", "roles": [{"role": "steward", "unit": "150221-education"}]},
    )  # fmt: skip
    assert made.status_code == 201
    assert made.json()["account"]["roles"][0]["unit"]["code"] == "150221-education"
    login = Client().post("/api/session/login", {"username": "王芳", "password": made.json()["password"]}, JSON)
    assert login.json()["account"]["must_change_password"]
    entry = Entry.objects.get(action="account.create", target="王芳")
    assert entry.user_name == "administrator-none"
    assert made.json()["password"] not in str(Entry.objects.values_list("detail", flat=True))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"username": "administrator-none"}, 409),
        ({"username": "ADMINISTRATOR-none"}, 409),
        ({"username": "two words"}, 422),
        ({"username": "x\x00"}, 422),
        ({"username": ""}, 422),
        ({"username": "x", "roles": [{"role": "king"}]}, 404),
        ({"username": "x", "roles": [{"role": "leader", "unit": "nowhere"}]}, 404),
        ({"username": "xiaoming", "password": "12345678"}, 422),
        ({"username": "xiaoming", "password": "xiaoming1"}, 422),
    ],
)
def test_accounts_that_cannot_be_made(admin, body, status):
    assert send(admin, "post", "accounts", body).status_code == status
    assert User.objects.count() == 1


def test_accounts_are_filtered_and_paged(admin, log_in):
    log_in("steward", "education")
    log_in("steward", "health")
    log_in("leader")
    send(admin, "post", "units", {"code": "sub", "name_zh": "科室", "parent_id": unit_id("150221-health")})
    send(admin, "post", "accounts", {"username": "clerk", "roles": [{"role": "steward", "unit": "sub"}]})

    def names(**query):
        return [row["username"] for row in admin.get("/api/people/accounts", query).json()["items"]]

    assert names(q="EDU") == ["steward-education"]
    assert names(role="steward") == ["clerk", "steward-education", "steward-health"]
    assert names(unit="150221-health") == ["clerk", "steward-health"], "units below count"
    assert names(active="false") == []
    page = admin.get("/api/people/accounts", {"limit": 2, "offset": 2}).json()
    assert (page["total"], page["more"], len(page["items"])) == (5, True, 2)
    assert admin.get("/api/people/accounts", {"unit": "no"}).status_code == 404
    assert Entry.objects.filter(action="account.list").exists()


def test_the_last_administrator_stays(admin):
    me = account_id("administrator-none")
    for refused in (
        send(admin, "patch", f"accounts/{me}", {"active": False}),
        send(admin, "put", f"accounts/{me}/roles", [{"role": "leader"}]),
        send(admin, "put", f"accounts/{me}/roles", []),
    ):
        assert refused.status_code == 409
    assert admin.get("/api/people/accounts").status_code == 200
    send(admin, "post", "accounts", {"username": "second", "roles": [{"role": "administrator"}]})
    assert send(admin, "patch", f"accounts/{me}", {"active": False}).status_code == 200


def test_the_unit_of_the_last_administrator_stays_active(admin):
    me = account_id("administrator-none")
    roles = [{"role": "administrator", "unit": "150221-education"}]
    assert send(admin, "put", f"accounts/{me}/roles", roles).status_code == 200
    assert send(admin, "patch", f"units/{unit_id('150221-education')}", {"active": False}).status_code == 409


def test_deactivated_means_logged_out_and_tokens_dead(admin, log_in):
    planner = log_in("planner")
    token = planner.post("/api/people/tokens", {"name": "t", "scopes": ["read"]}, JSON).json()["token"]
    bearer = Client(headers={"Authorization": f"Bearer {token}"})
    assert bearer.get("/api/session").json()["account"]["username"] == "planner-none"
    send(admin, "patch", f"accounts/{account_id('planner-none')}", {"active": False})
    assert planner.get("/api/session").json()["account"] is None
    assert bearer.get("/api/session").status_code == 401
    assert (
        Client().post("/api/session/login", {"username": "planner-none", "password": PASSWORD}, JSON).status_code == 422
    )
    entry = Entry.objects.filter(action="account.update").latest("number")
    assert (entry.detail["before"], entry.detail["after"]) == ({"is_active": True}, {"is_active": False})


def test_resetting_a_password_ends_sessions_and_the_waiting(admin, log_in):
    planner = log_in("planner")
    lock("planner-none")
    password = send(admin, "post", f"accounts/{account_id('planner-none')}/password").json()["password"]
    assert planner.get("/api/session").json()["account"] is None
    assert locked_until("planner-none") is None
    login = Client().post("/api/session/login", {"username": "planner-none", "password": password}, JSON)
    assert login.json()["account"]["must_change_password"]


def test_an_administrator_unlocks_and_logs_out(admin, log_in):
    planner = log_in("planner")
    lock("planner-none")
    path = f"accounts/{account_id('planner-none')}"
    assert admin.get(f"/api/people/{path}").json()["locked_until"] is not None
    assert send(admin, "post", f"{path}/unlock").json()["locked_until"] is None
    send(admin, "post", f"{path}/logout")
    assert planner.get("/api/session").json()["account"] is None


def test_who_manages_people_cannot_rise_above_themselves(writable_site, log_in):
    (writable_site / "roles.toml").write_text(
        '[clerk]\ntitle = {zh="人事", en="clerk"}\ngrants=["people.view","people.manage","programme.view"]\n',
        encoding="utf-8",
    )
    log_in("administrator")
    log_in("planner")
    clerk = log_in("clerk")
    boss, mine = account_id("administrator-none"), account_id("clerk-none")
    assert send(clerk, "put", f"accounts/{mine}/roles", [{"role": "administrator"}]).status_code == 403
    assert send(clerk, "post", f"accounts/{boss}/password").status_code == 403
    assert send(clerk, "patch", f"accounts/{boss}", {"active": False}).status_code == 403
    body = {"username": "friend", "roles": [{"role": "administrator"}]}
    assert send(clerk, "post", "accounts", body).status_code == 403
    assert send(clerk, "post", "accounts", {"username": "duty", "roles": [{"role": "duty_officer"}]}).status_code == 201
    assert not Membership.objects.filter(user__username="clerk-none", role="administrator").exists()


def test_roles_are_explained(admin):
    rows = {row["name"]: row for row in admin.get("/api/people/roles").json()}
    assert rows["steward"]["edits"][0]["title"]["zh"] == "本部门负责的登记册"
    assert rows["epidemiologist"]["sees"][1]["title"]["en"].lower().startswith("hospital")
    assert len(rows["administrator"]["grants"]) == len(Permission)
    assert rows["administrator"]["accounts"] == 1


def test_every_permission_and_scope_has_words():
    assert set(TITLES) == set(Permission) == set(SCOPE_OF)
    assert set(SCOPE_TITLES) == set(Scope)


def test_accounts_as_a_workbook(admin, log_in):
    log_in("steward", "education")
    send(admin, "post", "accounts", {"username": "evil", "full_name": "=1+1"})
    answer = admin.get("/api/people/accounts/export.xlsx", {"lang": "en"})
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert "synthetic" in rows[0][0]
    assert rows[1][:2] == ("account", "name")
    assert [row[0] for row in rows[2:]] == ["administrator-none", "evil", "steward-education"]
    assert rows[3][1] == "=1+1"
    assert "data steward" in rows[4][3]
    assert Entry.objects.get(action="account.export").detail["rows"] == 3


def test_only_some_see_people_and_fewer_change_them(site, log_in):
    office, leader = log_in("programme_office"), log_in("leader")
    assert office.get("/api/people/accounts").status_code == 200
    assert send(office, "post", "accounts", {"username": "x"}).status_code == 403
    assert leader.get("/api/people/accounts").status_code == 403
    assert Client().get("/api/people/accounts").status_code == 401
