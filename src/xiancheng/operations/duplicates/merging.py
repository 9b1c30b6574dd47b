"""Merging duplicates: one primary case, its followers, and everybody who reported any of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


class MergeError(XianchengError):
    """A merge or its undoing that cannot be."""


@dataclass(frozen=True, slots=True)
class Member:
    """One case of a group.

    Attributes
    ----------
    case
        Its name.
    reporters
        Who reported it; all of them are to be informed.
    follows
        The case that it was merged into; None for the primary.
    by, at, reason
        Who merged it, when and why.
    """

    case: str
    reporters: tuple[str, ...]
    follows: str | None = None
    by: str = ""
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """Cases that are one matter. The first member is the primary: it is handled, the others follow it.

    A value: every function returns new ones. A case alone is a group of one.
    """

    members: tuple[Member, ...]

    @classmethod
    def of(cls, case: str, reporters: tuple[str, ...] = ()) -> MergeGroup:
        """Return the group of a single case."""
        return cls((Member(case, tuple(dict.fromkeys(reporters))),))

    @property
    def primary(self) -> str:
        """The case that is handled."""
        return self.members[0].case

    @property
    def followers(self) -> tuple[str, ...]:
        """The cases that follow it."""
        return tuple(member.case for member in self.members[1:])

    def to_inform(self) -> dict[str, tuple[str, ...]]:
        """Return everybody to be informed → the cases that they reported, in the order of the members."""
        out: dict[str, tuple[str, ...]] = {}
        for member in self.members:
            for reporter in member.reporters:
                out[reporter] = (*out.get(reporter, ()), member.case)
        return out

    def merge(self, other: MergeGroup, *, by: str, at: datetime, reason: str) -> MergeGroup:
        """Let another group follow this one: its primary follows ours, its followers go on following it.

        Raises
        ------
        MergeError
            If both have a case in common, or no reason is given.
        """
        common = {m.case for m in self.members} & {m.case for m in other.members}
        if common:
            raise MergeError(
                Text(
                    f"{'、'.join(sorted(common))} 已在同一组", f"{', '.join(sorted(common))}: in the same group already"
                ),
                Text("选择另一件案件", "choose another case"),
            )
        if not reason.strip():
            raise MergeError(
                Text("没有写明理由", "no reason is given"), Text("写明为何是同一件事", "say why it is one matter")
            )
        first, *rest = other.members
        joined = replace(first, follows=self.primary, by=by, at=at, reason=reason)
        return MergeGroup((*self.members, joined, *rest))

    def unmerge(self, case: str) -> tuple[MergeGroup, MergeGroup]:
        """Take a follower out with whatever was merged into it; return what stays and what is on its own again.

        Raises
        ------
        MergeError
            If the case is not in the group, or is its primary.
        """
        self._member(case)
        if case == self.primary:
            raise MergeError(
                Text(f"{case} 是主案，不能拆出", f"{case} is the primary: it cannot be taken out"),
                Text("先把另一件设为主案", "make another case the primary first"),
            )
        gone = {case}
        while True:
            more = {m.case for m in self.members if m.follows in gone} - gone
            if not more:
                break
            gone |= more
        out = [m for m in self.members if m.case in gone]
        root = next(m for m in out if m.case == case)
        alone = replace(root, follows=None, by="", at=None, reason="")
        rest = tuple(m for m in out if m.case != case)
        return MergeGroup(tuple(m for m in self.members if m.case not in gone)), MergeGroup((alone, *rest))

    def promote(self, case: str, *, by: str, at: datetime, reason: str) -> MergeGroup:
        """Make a follower the primary: the former primary follows it, and so does everything on the way between.

        Raises
        ------
        MergeError
            If the case is not in the group, or no reason is given.
        """
        member = self._member(case)
        if not reason.strip():
            raise MergeError(
                Text("没有写明理由", "no reason is given"), Text("写明为何换主案", "say why the primary changes")
            )
        if member.follows is None:
            return self
        turned = {member.case: replace(member, follows=None, by="", at=None, reason="")}
        below = member
        while below.follows is not None:
            above = self._member(below.follows)
            turned[above.case] = replace(above, follows=below.case, by=by, at=at, reason=reason)
            below = above
        return MergeGroup(
            (turned[case], *(turned.get(m.case, m) for m in self.members if m.case != case))
        )  # fmt: skip

    def _member(self, case: str) -> Member:
        for member in self.members:
            if member.case == case:
                return member
        raise MergeError(
            Text(f"{case} 不在这一组", f"{case} is not in this group"),
            Text("有：" + "、".join(m.case for m in self.members), "it has " + ", ".join(m.case for m in self.members)),
        )
