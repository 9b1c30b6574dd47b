"""What is wrong with the records of cases, told case by case without holding more than one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

import orjson

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.ledger.chain import START, Entry, seal
from xiancheng.operations.ledger.daily import DailyRoot, Head, day_of, hash_of, make_root, signed_by

FaultKind = Literal[
    "tampered", "missing", "reordered", "duplicate", "unlinked", "backdated", "scattered", "cut", "rewritten",
    "unsealed", "root",
]  # fmt: skip
Sealed = Iterable[tuple[date, Head]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong: with entry `number` of a case, or with the root of a day."""

    kind: FaultKind
    message: Text
    case_id: str = ""
    number: int | None = None
    day: date | None = None


def verify(entries: Iterable[Entry], sealed: Sealed = (), days: Collection[date] = ()) -> Iterator[Fault]:
    """Give what is wrong with the records of cases; of each case the first fault of its chain, and of its heads.

    Parameters
    ----------
    entries
        All entries, in the order of the cases' identifiers and as stored within a case.
    sealed
        Heads that the days' roots cover, in order of case and day: without them, an end that was cut off and a chain
        that was written anew cannot be seen. Verify the roots too, by :func:`verify_roots`.
    days
        Days that have a root; an entry of such a day that no head covers came in afterwards.
    """
    heads = ((case_id, list(g)) for case_id, g in groupby(sealed, key=lambda pair: pair[1].case_id))
    expected = next(heads, None)
    last: str | None = None
    for case_id, group in groupby(entries, key=lambda e: e.case_id):
        if last is not None and case_id <= last:
            text = Text(f"案件 {case_id} 的记录不在一起", f"the entries of case {case_id} are not together")
            yield Fault("scattered", text, case_id)
            continue
        last, found = case_id, list(group)
        while expected is not None and expected[0] < case_id:
            yield _absent(*expected)
            expected = next(heads, None)
        of_case: list[tuple[date, Head]] = []
        if expected is not None and expected[0] == case_id:
            of_case, expected = expected[1], next(heads, None)
        for faults in (check_chain(found), _check_heads(found, of_case, days)):
            first = next(faults, None)
            if first is not None:
                yield first
    while expected is not None:
        yield _absent(*expected)
        expected = next(heads, None)


def check_chain(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Give every fault of one case's chain, in the order of the entries as stored."""
    hashes = {entry.number: entry.hash for entry in entries}
    seen: set[int] = set()
    before: Entry | None = None
    for entry in entries:
        number, case_id = entry.number, entry.case_id
        if not _whole(entry):
            yield _fault("tampered", entry, Text("内容与哈希不符", "its content does not match its hash"))
        if number in seen:
            yield _fault("duplicate", entry, Text("出现两次", "is there twice"))
        elif seen and number < max(seen):
            yield _fault("reordered", entry, Text("次序不对", "is out of order"))
        elif number > max(seen, default=0) + 1:
            for gap in range(max(seen, default=0) + 1, number):
                if gap not in hashes:
                    message = Text(f"案件 {case_id} 缺第 {gap} 条记录", f"case {case_id}: entry {gap} is missing")
                    yield Fault("missing", message, case_id, gap)
            if any(gap in hashes for gap in range(max(seen, default=0) + 1, number)):
                yield _fault("reordered", entry, Text("次序不对", "is out of order"))
        if number == 1 or number - 1 in hashes:
            follows = START if number == 1 else hashes[number - 1]
            if entry.previous != follows:
                yield _fault("unlinked", entry, Text("与上一条不相接", "does not follow the entry before"))
        if before is not None and entry.at < before.at:
            yield _fault("backdated", entry, Text("时间早于上一条", "is dated before the entry before"))
        seen.add(number)
        before = entry


def verify_roots(
    roots: Iterable[DailyRoot],
    heads: Callable[[date], Sequence[Head]] | None = None,
    *,
    key: bytes | None = None,
    deposited: Mapping[date, str] | None = None,
) -> Iterator[Fault]:
    """Give what is wrong with the roots of days.

    Parameters
    ----------
    roots
        From the first day on.
    heads
        Returns the heads kept with the root of a day; None if only the roots are verified.
    key
        Key of the signatures; None does not look at them.
    deposited
        Day → hash deposited elsewhere (spaces do not matter): the only thing that shows that everything was written
        anew by somebody who has the key.
    """
    before: DailyRoot | None = None
    found: set[date] = set()
    for root in roots:
        found.add(root.day)
        if before is not None and (root.day - before.day).days != 1:
            yield _root_fault(
                root, Text(f"前一个是 {before.day} 的，中间有缺", f"follows that of {before.day}: days are missing")
            )
        elif root.previous != (before.hash if before is not None else START):
            yield _root_fault(root, Text("与前一天不相接", "does not follow that of the day before"))
        if root.hash != hash_of(root):
            yield _root_fault(root, Text("内容与哈希不符", "its content does not match its hash"))
        if key is not None and not signed_by(root, key):
            yield _root_fault(root, Text("签名不对", "its signature is wrong"))
        if heads is not None and not _covers(root, heads(root.day)):
            yield _root_fault(root, Text("与保存的链头不符", "does not match the heads kept with it"))
        kept = (deposited or {}).get(root.day)
        if kept is not None and "".join(kept.split()).lower() != root.hash:
            yield _root_fault(root, Text("与存放在别处的不符", "differs from the one deposited elsewhere"))
        before = root
    for day in sorted(set(deposited or {}) - found):
        yield Fault("root", Text(f"缺 {day} 的日根", f"the root of {day} is missing"), day=day)


def _whole(entry: Entry) -> bool:
    try:
        if orjson.dumps(orjson.loads(entry.body), option=orjson.OPT_SORT_KEYS) != entry.body:
            return False
        expected = seal(entry.case_id, entry.number, entry.at, entry.kind, entry.version, entry.body, entry.previous)
    except (ValueError, XianchengError):
        return False
    return expected == entry.hash


def _check_heads(
    entries: Sequence[Entry], sealed: Sequence[tuple[date, Head]], days: Collection[date]
) -> Iterator[Fault]:
    by_number = {entry.number: entry for entry in entries}
    most = max(by_number, default=0)
    covered: dict[date, int] = {}
    for day, head in sealed:
        covered[day] = head.number
        entry = by_number.get(head.number)
        case_id = head.case_id
        if entry is None:
            if head.number > most:
                message = Text(
                    f"案件 {case_id} 在 {day} 有 {head.number} 条记录，现在只有 {most} 条",
                    f"case {case_id} had {head.number} entries on {day} and has only {most}",
                )
                yield Fault("cut", message, case_id, most + 1, day)
        elif entry.hash != head.hash:
            yield _fault("rewritten", entry, Text(f"与 {day} 的日根不符", f"differs from the root of {day}"), day)
    for entry in entries:
        day = day_of(entry.at)
        if day in days and entry.number > covered.get(day, 0):
            yield _fault("unsealed", entry, Text(f"{day} 的日根之后才加入", f"came in after the root of {day}"), day)


def _covers(root: DailyRoot, heads: Sequence[Head]) -> bool:
    try:
        made = make_root(root.day, heads)
    except ValueError:
        return False
    return (made.tree, made.cases) == (root.tree, root.cases)


def _absent(case_id: str, heads: Sequence[tuple[date, Head]]) -> Fault:
    day, head = heads[-1]
    text = Text(
        f"案件 {case_id} 的 {head.number} 条记录全部没有了", f"all {head.number} entries of case {case_id} are gone"
    )
    return Fault("cut", text, case_id, 1, day)


def _fault(kind: FaultKind, entry: Entry, what: Text, day: date | None = None) -> Fault:
    message = Text(
        f"案件 {entry.case_id} 第 {entry.number} 条记录{what.zh}",
        f"case {entry.case_id}: entry {entry.number} {what.en}",
    )
    return Fault(kind, message, entry.case_id, entry.number, day)


def _root_fault(root: DailyRoot, what: Text) -> Fault:
    return Fault("root", Text(f"{root.day} 的日根{what.zh}", f"the root of {root.day} {what.en}"), day=root.day)
