"""One root a day over the heads of all chains that grew that day.

A chain alone does not show that its end was cut off, or that all of it was written anew. The day's root does: it
covers the head of every case that has an entry of the day, and the root of the day before. It is short enough to be
printed and deposited where nobody of the centre can change it: on paper with the archive, in another bureau's file. The
signature, an HMAC with a key that the centre keeps, only shows that the root was made by somebody who has the key;
whoever has the key can sign another history. What cannot be changed afterwards is the deposited root.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.ledger import merkle
from xiancheng.operations.ledger.canonical import canonical
from xiancheng.operations.ledger.chain import START, Entry
from xiancheng.operations.terms import BEIJING

_DOMAIN = b"xiancheng-day-1\n"
SHORTEST_KEY = 32


class KeyTooShortError(XianchengError):
    """The key for signing roots could be guessed."""


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The last entry that a case has by the end of a day: the case, its number and its hash."""

    case_id: str
    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class DailyRoot:
    """What covers all entries of a day.

    Attributes
    ----------
    day
        In Beijing time.
    cases
        Cases with an entry of the day.
    previous
        Hash of the root of the day before; of the first `START`.
    tree
        Merkle root (RFC 6962) of the heads in order of the cases.
    hash
        Of all of it: what is deposited.
    signature
        HMAC-SHA256 of `hash`; empty if there is no key.
    """

    day: date
    cases: int
    previous: str
    tree: str
    hash: str
    signature: str = ""

    def printed(self) -> str:
        """Return the line to deposit: the day, the number of cases, and the hash in groups that can be read aloud."""
        groups = " ".join(self.hash[i : i + 4] for i in range(0, 64, 4))
        return f"{self.day.isoformat()} / {self.cases} / {groups}"


@dataclass(frozen=True, slots=True)
class Proof:
    """That a case stood at `head` when the root of `day` was made; it names no other case."""

    day: date
    head: Head
    path: merkle.Path


def day_of(at: datetime) -> date:
    """Return the day of an instant in Beijing."""
    return at.astimezone(BEIJING).date()


def heads_by_day(entries: Iterable[Entry]) -> Iterator[tuple[date, Head]]:
    """Give, case by case, the head of every day on which it grew.

    Parameters
    ----------
    entries
        In order of case and number.
    """
    for case_id, group in groupby(entries, key=lambda e: e.case_id):
        for day, of_day in groupby(group, key=lambda e: day_of(e.at)):
            *_, last = of_day
            yield day, Head(case_id, last.number, last.hash)


def make_root(day: date, heads: Sequence[Head], before: DailyRoot | None = None, key: bytes | None = None) -> DailyRoot:
    """Return the root of a day that is over.

    Parameters
    ----------
    heads
        Of every case that has an entry of the day, in any order.
    before
        The root of the day before; None for the first day.
    key
        At least 32 random bytes, kept away from the database; None leaves the root unsigned.

    Raises
    ------
    KeyTooShortError
        If the key is shorter.
    ValueError
        If a case is given twice, or `before` is not of the day before.
    """
    ordered = sorted(heads)
    if len({h.case_id for h in ordered}) < len(ordered):
        raise ValueError(day)
    if before is not None and (day - before.day).days != 1:
        raise ValueError(day)
    tree = merkle.root_of([_leaf(head) for head in ordered]).hex()
    root = DailyRoot(day, len(ordered), before.hash if before else START, tree, "")
    root = replace(root, hash=hash_of(root))
    return replace(root, signature=_signature(root, key)) if key is not None else root


def hash_of(root: DailyRoot) -> str:
    """Return the hash that a root must have by its content."""
    content = {"cases": root.cases, "day": root.day.isoformat(), "previous": root.previous, "tree": root.tree}
    return hashlib.sha256(_DOMAIN + canonical(content)).hexdigest()


def signed_by(root: DailyRoot, key: bytes) -> bool:
    """Whether the signature is of this root and by this key."""
    return hmac.compare_digest(root.signature, _signature(root, key))


def prove(day: date, heads: Sequence[Head], case_id: str) -> Proof:
    """Return the proof for one case.

    Raises
    ------
    KeyError
        If the case has no entry of the day.
    """
    ordered = sorted(heads)
    at = next((i for i, head in enumerate(ordered) if head.case_id == case_id), None)
    if at is None:
        raise KeyError(case_id)
    return Proof(day, ordered[at], merkle.path_of([_leaf(head) for head in ordered], at))


def proved(proof: Proof, root: DailyRoot) -> bool:
    """Whether a proof leads to a root that is whole itself."""
    found = merkle.root_by(proof.path, _leaf(proof.head))
    sizes = (proof.day, proof.path.size) == (root.day, root.cases)
    return found is not None and sizes and found.hex() == root.tree and hash_of(root) == root.hash


def _leaf(head: Head) -> bytes:
    return canonical([head.case_id, head.number, head.hash])


def _signature(root: DailyRoot, key: bytes) -> str:
    if len(key) < SHORTEST_KEY:
        raise KeyTooShortError(
            Text(f"签名密钥只有 {len(key)} 字节", f"the key for signing has only {len(key)} bytes"),
            Text("用 32 个以上随机字节，如 openssl rand 32", "use 32 random bytes or more, as of openssl rand 32"),
        )
    return hmac.new(key, _DOMAIN + bytes.fromhex(root.hash), hashlib.sha256).hexdigest()
