"""Who asks, and the one filter of what they may see and do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from xiancheng.foundation.text import Text
from xiancheng.site.policy.permission import SCOPE_OF, Permission, Scope
from xiancheng.site.policy.roles import ALL, OWN, SHARED, load_roles, load_stewardship
from xiancheng.site.problems import AuthenticationNeededError, ForbiddenError


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: a person, a token of a person, or nobody.

    Attributes
    ----------
    user_id, name
        The account; None and empty for somebody who is not logged in.
    roles, units
        Names of the roles and codes of the units in which they are held.
    permissions
        What the roles grant, less what the token's scopes leave out.
    sees, edits
        Names of the feature classes that may be seen and edited.
    token_id
        The token by which the request was made; None for a browser's session.
    must_change_password
        The password was given by somebody else: until it is changed nothing but that is permitted.
    """

    user_id: int | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    bureaus: frozenset[str] = frozenset()
    permissions: frozenset[Permission] = frozenset()
    sees: frozenset[str] = frozenset()
    edits: frozenset[str] = frozenset()
    token_id: int | None = None
    must_change_password: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is logged in."""
        return self.user_id is None

    def may(self, permission: Permission) -> bool:
        """Whether `permission` is granted."""
        return permission in self.permissions

    def require(self, *permissions: Permission) -> None:
        """Refuse unless all `permissions` are granted.

        Raises
        ------
        AuthenticationNeededError, ForbiddenError
            If they are not.
        """
        missing = [p for p in permissions if p not in self.permissions]
        if missing:
            raise self._refusal(
                Text(f"您没有权限：{'、'.join(missing)}", f"you lack the permission {', '.join(missing)}")
            )

    def may_see(self, class_name: str) -> bool:
        """Whether features of a class may be seen."""
        return class_name in self.sees

    def may_edit(self, class_name: str) -> bool:
        """Whether features of a class may be changed."""
        return class_name in self.edits and Permission.MODEL_EDIT in self.permissions

    def visible(self, class_names: Iterable[str]) -> list[str]:
        """Return those of `class_names` that may be seen, in their order."""
        return [name for name in class_names if name in self.sees]

    def require_class(self, class_name: str, *, edit: bool = False) -> None:
        """Refuse unless a class may be seen, or edited.

        Raises
        ------
        AuthenticationNeededError, ForbiddenError
            If it may not.
        """
        if edit and not self.may_edit(class_name):
            raise self._refusal(
                Text(f"您不是“{class_name}”登记册的管理员", f"you do not keep the register {class_name!r}")
            )
        if not edit and not self.may_see(class_name):
            raise self._refusal(Text(f"您不能查看“{class_name}”", f"you may not see {class_name!r}"))

    def narrowed(self, scopes: Iterable[Scope], token_id: int) -> Subject:
        """Return this subject as a token with `scopes` acts for it."""
        allowed = frozenset(scopes)
        return Subject(
            user_id=self.user_id,
            name=self.name,
            roles=self.roles,
            units=self.units,
            bureaus=self.bureaus,
            permissions=frozenset(p for p in self.permissions if SCOPE_OF[p] in allowed),
            sees=self.sees if Scope.READ in allowed else frozenset(),
            edits=self.edits if Scope.WRITE in allowed else frozenset(),
            token_id=token_id,
        )

    def before_change(self, public: Iterable[str]) -> Subject:
        """Return this subject as it acts before it has changed a password that somebody else gave."""
        return Subject(
            user_id=self.user_id,
            name=self.name,
            roles=self.roles,
            units=self.units,
            bureaus=self.bureaus,
            sees=frozenset(public),
            must_change_password=True,
        )

    def require_account(self) -> None:
        """Refuse unless somebody is logged in, with a password of their own.

        Raises
        ------
        AuthenticationNeededError, ForbiddenError
            If not.
        """
        if self.is_anonymous or self.must_change_password:
            raise self._refusal(Text("请先登录", "please log in"))

    def require_browser(self) -> None:
        """Refuse a token: with one that leaked nobody may make another, or take the account over.

        Raises
        ------
        ForbiddenError
            If the request was made by a token.
        """
        if self.token_id is not None:
            raise ForbiddenError(
                Text("用令牌不能做这件事", "a token cannot do this"),
                Text("请在浏览器里登录后操作", "log in with a browser"),
            )

    def _refusal(self, message: Text) -> AuthenticationNeededError | ForbiddenError:
        if self.is_anonymous:
            return AuthenticationNeededError()
        if self.must_change_password:
            return ForbiddenError(
                Text("请先修改口令", "change your password first"),
                Text(
                    "您的口令是别人设的，在“账号”页改成自己的",
                    "somebody else set it; make it your own on the account page",
                ),
            )
        return ForbiddenError(message, Text("需要时请联系系统管理员", "ask an administrator if you need it"))


def subject_from(
    *,
    user_id: int,
    name: str,
    memberships: Iterable[tuple[str, str, str]],
    county_folder: Path,
    class_names: Iterable[str],
    public: Iterable[str] = (),
) -> Subject:
    """Return what an account may do in all its roles.

    Parameters
    ----------
    memberships
        Role name, code of the unit in which it is held, and the bureau which that unit belongs to ("" for none).
    class_names
        All classes of the catalogue.
    public
        Classes that anybody may see.
    """
    roles, stewardship, every = load_roles(county_folder), load_stewardship(county_folder), frozenset(class_names)

    def named(words: Iterable[str], bureau: str) -> frozenset[str]:
        found: set[str] = set()
        for word in words:
            if word == ALL:
                found |= every
            elif word == OWN:
                found |= stewardship.own(bureau)
            elif word == SHARED:
                found |= stewardship.shared
            else:
                found.add(word)
        return frozenset(found) & every

    held = [(roles[role], unit, bureau) for role, unit, bureau in memberships if role in roles]
    edits = frozenset().union(*(named(role.edits, bureau) for role, _, bureau in held))
    sees = frozenset(public).union(edits, *(named(role.sees, bureau) for role, _, bureau in held))
    return Subject(
        user_id=user_id,
        name=name,
        roles=frozenset(role.name for role, _, _ in held),
        units=frozenset(unit for _, unit, _ in held if unit),
        bureaus=frozenset(bureau for _, _, bureau in held if bureau),
        permissions=frozenset().union(*(role.grants for role, _, _ in held)),
        sees=sees,
        edits=edits,
    )
