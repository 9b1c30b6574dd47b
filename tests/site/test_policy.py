"""The one filter: what roles add up to, what tokens leave, what units and catalogues may say."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiancheng.city.classes import load_catalogue
from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.toml_file import read_toml
from xiancheng.site.policy.middleware import token_of
from xiancheng.site.policy.needs import ACCOUNT, PUBLIC, UNREADY_ACCOUNT, needs
from xiancheng.site.policy.permission import SCOPE_OF, Permission, Scope
from xiancheng.site.policy.roles import load_roles, load_stewardship, role_named
from xiancheng.site.policy.subject import Subject, subject_from
from xiancheng.site.problems import AuthenticationNeededError, ForbiddenError

ROLES = sorted(read_toml(data_folder("catalogues") / "site" / "roles.toml"))
STEWARDSHIP = read_toml(data_folder("catalogues") / "site" / "stewardship.toml")
BUREAUS = ["", *STEWARDSHIP["bureaus"]]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

memberships = st.lists(
    st.tuples(st.sampled_from(ROLES), st.sampled_from(["", "150221-x"]), st.sampled_from(BUREAUS)), max_size=4
)
scopes = st.frozensets(st.sampled_from(Scope))


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    return [c.name for c in load_catalogue(tmp_path_factory.mktemp("none"))]


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def subject(held, folder, names, public=()):
    return subject_from(user_id=1, name="x", memberships=held, county_folder=folder, class_names=names, public=public)


@QUICK
@given(memberships, memberships)
def test_a_role_more_never_allows_less(folder, names, held, more):
    less, all_of_them = subject(held, folder, names), subject([*held, *more], folder, names)
    assert less.permissions <= all_of_them.permissions
    assert less.sees <= all_of_them.sees
    assert less.edits <= all_of_them.edits


@QUICK
@given(memberships, memberships)
def test_all_roles_allow_what_they_allow_one_by_one(folder, names, one, other):
    both = subject([*one, *other], folder, names)
    parts = [subject([held], folder, names) for held in [*one, *other]]
    assert both.permissions == frozenset().union(*(p.permissions for p in parts))
    assert both.sees == frozenset().union(*(p.sees for p in parts))
    assert both.edits == frozenset().union(*(p.edits for p in parts))


@QUICK
@given(memberships, scopes, scopes)
def test_a_token_never_allows_more_than_its_owner_and_less_with_fewer_scopes(folder, names, held, some, others):
    owner = subject(held, folder, names)
    token, wider = owner.narrowed(some, 7), owner.narrowed(some | others, 7)
    assert token.permissions <= wider.permissions <= owner.permissions
    assert token.sees <= wider.sees <= owner.sees
    assert token.edits <= wider.edits <= owner.edits
    assert all(SCOPE_OF[p] in some for p in token.permissions)
    for name in names:
        assert not token.may_edit(name) or owner.may_edit(name)
        assert not token.may_see(name) or owner.may_see(name)
    assert token.narrowed(Scope, 7).permissions == token.permissions, "narrowing twice gives nothing back"


@QUICK
@given(memberships)
def test_whoever_edits_a_class_sees_it(folder, names, held):
    found = subject(held, folder, names)
    assert found.edits <= found.sees <= set(names)
    assert found.visible(names) == [n for n in names if n in found.sees]


@QUICK
@given(memberships)
def test_before_the_password_is_changed_nothing_is_permitted(folder, names, held):
    waiting = subject(held, folder, names).before_change(["park"])
    assert (waiting.permissions, waiting.edits, waiting.sees) == (frozenset(), frozenset(), {"park"})
    with pytest.raises(ForbiddenError, match="password"):
        waiting.require_account()


@pytest.mark.parametrize("bureau", list(STEWARDSHIP["bureaus"]))
def test_a_steward_edits_exactly_what_the_bureau_keeps(folder, names, bureau):
    found = subject([("steward", "u", bureau)], folder, names)
    assert found.edits == (set(STEWARDSHIP["bureaus"][bureau]) | set(STEWARDSHIP["common"]["classes"])) & set(names)
    assert found.sees == found.edits | set(STEWARDSHIP["shared"]) & set(names)


def test_catalogues_name_classes_that_exist(names):
    named = {c for classes in STEWARDSHIP["bureaus"].values() for c in classes}
    named |= {*STEWARDSHIP["shared"], *STEWARDSHIP["common"]["classes"]}
    for role in read_toml(data_folder("catalogues") / "site" / "roles.toml").values():
        named |= {*role.get("sees", []), *role.get("edits", [])} - {"all", "own", "shared"}
    assert named <= set(names)


def test_a_county_adds_a_role_with_classes_by_name(folder, names):
    (folder / "roles.toml").write_text(
        '[tree]\ntitle="古树"\ngrants=["model.edit"]\nsees=["park"]\nedits=["old_tree", "no_such_class"]\n',
        encoding="utf-8",
    )
    found = subject([("tree", "", "")], folder, names)
    assert (found.edits, found.sees) == ({"old_tree"}, {"old_tree", "park"})
    assert "administrator" in load_roles(folder)


def test_a_county_replaces_who_keeps_what(folder, names):
    (folder / "stewardship.toml").write_text('shared=["road"]\n[bureaus]\neducation=["library"]\n', encoding="utf-8")
    assert load_stewardship(folder).shared == {"road"}
    found = subject([("steward", "u", "education")], folder, names)
    assert found.edits == {"library", "document", "statistic"}


@pytest.mark.parametrize("text", ['[x]\ngrants=["fly"]\n', '[x]\ngrants="model.eidt"\n'])
def test_a_permission_that_does_not_exist_is_refused(folder, text):
    (folder / "roles.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        load_roles(folder)


def test_unknown_roles(folder, names):
    assert subject([("gone", "", "")], folder, names).permissions == frozenset()
    with pytest.raises(UnknownNameError):
        role_named(folder, "stewart")


@pytest.mark.parametrize(
    ("what", "nobody", "somebody", "unready"),
    [
        (PUBLIC, True, True, True),
        (ACCOUNT, False, True, False),
        (UNREADY_ACCOUNT, False, True, True),
        (Permission.MODEL_EDIT, False, False, False),
    ],
)
def test_needs(what, nobody, somebody, unready):
    @needs(what)
    def view(request):
        return True

    class Request:
        def __init__(self, subject):
            self.subject = subject

    def served(subject):
        try:
            return view(Request(subject))
        except (AuthenticationNeededError, ForbiddenError):
            return False

    assert served(Subject()) is nobody
    assert served(Subject(user_id=1)) is somebody
    assert served(Subject(user_id=1).before_change([])) is unready


@given(st.text(max_size=40))
def test_any_authorization_header_is_a_token_or_none(header):
    found = token_of(header)
    assert found is None or isinstance(found, str)


def test_public_classes_are_seen_by_everybody(folder, names):
    assert subject([], folder, names, public=["park"]).sees == {"park"}
