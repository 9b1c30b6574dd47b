"""Whether the log is what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.audit.anchor import FILE, read_anchors
from xiancheng.site.audit.chain import START, seal
from xiancheng.site.audit.models import Entry
from xiancheng.site.audit.triggers import are_there
from xiancheng.site.problems import ConflictError

CHUNK = 10_000
CONTENT = ("at", "user_id", "user_name", "token_id", "address", "action", "target", "detail")


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found.

    Attributes
    ----------
    entries
        How many entries are in order, from the first on.
    anchors
        How many anchors agree with them.
    head
        Hash of the last entry in order.
    bad_number, fault
        The first entry that is wrong and why; None if all are in order.
    append_only
        Whether the database refuses to change entries.
    """

    entries: int
    anchors: int
    head: str
    bad_number: int | None
    fault: Text | None
    append_only: bool

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None and self.append_only

    def summary(self) -> Text:
        """Return the result in one sentence."""
        if self.fault is not None:
            return self.fault
        if not self.append_only:
            return Text("数据库的防改触发器不见了", "the database's triggers against changes are gone")
        return Text(
            f"{self.entries:,} 条记录完整，与 {self.anchors} 个锚点一致",
            f"{self.entries:,} entries are in order and agree with {self.anchors} anchors",
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        return {
            "in_order": self.in_order,
            "entries": self.entries,
            "anchors": self.anchors,
            "head": self.head,
            "bad_number": self.bad_number,
            "append_only": self.append_only,
            "summary": self.summary().as_dict(),
        }


def verify(progress: Progress | None = None) -> Verification:
    """Go through the whole log, in order and without holding it in memory, up to the first entry that is wrong."""
    try:
        anchors = read_anchors()
    except ConflictError as error:
        return Verification(0, 0, START, 0, error.message, are_there(connection))
    rows = Entry.objects.order_by("number").values_list("number", "previous", "hash", *CONTENT)
    if progress is not None:
        progress.step(Text("核对审计链", "verifying the audit log"), Entry.objects.count())
    agreeing, last, head = 0, 0, START
    bad: tuple[int, Text] | None = None
    for number, previous, written, *content in rows.iterator(chunk_size=CHUNK):
        fault = _fault(last, head, number, previous, written, dict(zip(CONTENT, content, strict=True)))
        if fault is None and anchors.get(number, written) != written:
            fault = Text(f"与 {FILE} 中的锚点不符", f"it is not what {FILE} says")
        if fault is not None:
            first = min(number, last + 1)
            bad = (first, Text(f"第 {first} 条：{fault.zh}", f"entry {first}: {fault.en}"))
            break
        agreeing += number in anchors
        last, head = number, written
        if progress is not None and number % CHUNK == 0:
            progress.advance(CHUNK)
    if bad is None:
        bad = _cut_off(last, anchors)
    return Verification(
        entries=last,
        anchors=agreeing,
        head=head,
        bad_number=bad[0] if bad else None,
        fault=bad[1] if bad else None,
        append_only=are_there(connection),
    )


def _fault(last: int, head: str, number: int, previous: str, written: str, content: dict[str, Any]) -> Text | None:
    if number != last + 1:
        return Text(f"缺失（下一条是第 {number} 条）", f"it is missing (the next is {number})")
    if previous != head:
        return Text("与前一条接不上", "it does not follow the one before")
    try:
        sealed = seal(previous, number, content)
    except (TypeError, ValueError):
        sealed = ""
    return None if sealed == written else Text("内容被改过", "its content was altered")


def _cut_off(last: int, anchors: dict[int, str]) -> tuple[int, Text] | None:
    """Return the first entry that an anchor proves to have existed after the last one."""
    beyond = max(anchors, default=0)
    if beyond <= last:
        return None
    return last + 1, Text(
        f"第 {last + 1} 条及以后被截去：锚点记到第 {beyond} 条",
        f"entry {last + 1} and later were cut off: there is an anchor of entry {beyond}",
    )
