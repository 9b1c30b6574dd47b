"""What can be recorded of a case: one frozen dataclass a kind, with a version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

import orjson

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.ledger.canonical import canonical
from xiancheng.operations.ledger.codec import from_plain, to_plain
from xiancheng.operations.states.case import Action

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


class Event(Protocol):
    """A dataclass registered by :func:`recorded`."""

    __dataclass_fields__: ClassVar[Any]


Class = TypeVar("Class", bound=type[Any])
_classes: dict[str, tuple[type[Any], int]] = {}
_kinds: dict[type[Any], str] = {}
_upgrades: dict[tuple[str, int], Upgrade] = {}


class UnreadableEventError(XianchengError):
    """An event of a kind or version that this program does not know."""


def recorded(kind: str, version: int = 1) -> Callable[[Class], Class]:
    """Register a frozen dataclass as an event.

    Parameters
    ----------
    kind
        Its name in the record; it is never used for something else.
    version
        Raised whenever a field is taken away, renamed or given another meaning; the versions before stay readable by
        :func:`upgraded`.

    Raises
    ------
    ValueError
        If the kind is taken.
    """

    def register(cls: Class) -> Class:
        if kind in _classes:
            raise ValueError(kind)
        _classes[kind], _kinds[cls] = (cls, version), kind
        return cls

    return register


def upgraded(kind: str, version: int) -> Callable[[Upgrade], Upgrade]:
    """Register the function that turns what `version` recorded into what the next one would have recorded."""

    def register(function: Upgrade) -> Upgrade:
        _upgrades[kind, version] = function
        return function

    return register


def encode(event: Event) -> tuple[str, int, bytes]:
    """Return kind, version and canonical bytes of an event.

    Raises
    ------
    CanonicalError
        If it holds something that has no canonical form.
    """
    kind = _kinds[type(event)]
    return kind, _classes[kind][1], canonical(to_plain(event))


def decode(kind: str, version: int, body: bytes) -> Event:
    """Return the event of what was recorded, by whatever version.

    Raises
    ------
    UnreadableEventError
        If the kind or version is not known.
    CodecError
        If the content does not fit it.
    """
    if kind not in _classes:
        raise _unreadable(Text(f"没有名为“{kind}”的事件", f"no event {kind!r}"))
    cls, now = _classes[kind]
    content = orjson.loads(body)
    for step in range(version, now):
        if (kind, step) not in _upgrades:
            raise _unreadable(Text(f"{kind} 第 {step} 版没有升级方法", f"{kind}: no upgrade from version {step}"))
        content = _upgrades[kind, step](content)
    if version > now:
        raise _unreadable(
            Text(f"{kind} 第 {version} 版比本程序新", f"{kind}: version {version} is newer than this program")
        )
    found: Event = from_plain(cls, content)
    return found


def kinds() -> Mapping[str, int]:
    """Return the kinds of events, and the version of each."""
    return {kind: version for kind, (_, version) in _classes.items()}


def commitment(salt: bytes, content: Mapping[str, Any]) -> str:
    """Return what is recorded in place of personal data: they can be shown to be the ones recorded, and be erased.

    Parameters
    ----------
    salt
        At least 16 random bytes, kept with the data and erased with them.

    Raises
    ------
    ValueError
        If the salt is shorter: names and telephone numbers could be found by trying.
    """
    if len(salt) < 16:
        raise ValueError(len(salt))
    return hashlib.sha256(b"xiancheng-personal-1\n" + len(salt).to_bytes(2) + salt + canonical(content)).hexdigest()


def _unreadable(message: Text) -> UnreadableEventError:
    return UnreadableEventError(
        message,
        Text("升级程序后再读；哈希仍可核对", "read it with a newer program; its hash can be verified all the same"),
    )


@recorded("acted")
@dataclass(frozen=True, slots=True)
class Acted:
    """An action was done; `table` is the fingerprint of the table of states that it was done under."""

    table: str
    action: Action


@recorded("described")
@dataclass(frozen=True, slots=True)
class Described:
    """What was reported, and where.

    Attributes
    ----------
    category
        As `CategoryKey` is written.
    longitude, latitude
        CGCS2000, in ten-millionths of a degree; None if no place is known.
    personal
        Commitment to the reporter's data and words, see :func:`commitment`.
    """

    category: str
    longitude: int | None = None
    latitude: int | None = None
    area: str = ""
    grid: str = ""
    component: str = ""
    personal: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after."""

    field: str
    before: str
    after: str


@recorded("amended")
@dataclass(frozen=True, slots=True)
class Amended:
    """What was reported was corrected."""

    by: str
    reason: str
    changes: tuple[Change, ...]


@recorded("noted")
@dataclass(frozen=True, slots=True)
class Noted:
    """A remark was made; `text` is a commitment to its words, which may name people."""

    by: str
    text: str


@recorded("attached")
@dataclass(frozen=True, slots=True)
class Attached:
    """A file was added; `sha256` is of its content as stored, `role` such as ``before``, ``after``, ``document``."""

    by: str
    sha256: str
    media_type: str
    size: int
    role: str = ""


@recorded("linked")
@dataclass(frozen=True, slots=True)
class Linked:
    """The case belongs to something: an alarm, a finding, a component, a work order of the hotline, another case."""

    by: str
    relation: str
    to: str
    ended: bool = False


@recorded("notified")
@dataclass(frozen=True, slots=True)
class Notified:
    """Somebody was told something; `recipient` is a commitment, `receipt` what the channel answered."""

    channel: str
    recipient: str
    subject: str
    receipt: str = ""


@recorded("rated")
@dataclass(frozen=True, slots=True)
class Rated:
    """What the person who reported says of the result: 5 (very satisfied) to 1; `solved` None if not asked."""

    rating: int
    solved: bool | None = None
    channel: str = ""
