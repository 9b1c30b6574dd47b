"""Trial run and commit of an uploaded workbook, as jobs."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from xiancheng.city.history import ChangeSet
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Language, Text
from xiancheng.site.audit.chain import record
from xiancheng.site.audit.models import Entry
from xiancheng.site.county import catalogue, folder, reading, writing
from xiancheng.site.jobs.outcomes import change_marked, mark_of
from xiancheng.site.jobs.registry import Recorded, job
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ConflictError
from xiancheng.site.registers.editing import SOURCE
from xiancheng.site.registers.listing import version_times
from xiancheng.site.registers.sheets.comparing import Comparison, apply_upload, compare_upload
from xiancheng.site.registers.sheets.marking import field_title, write_marked
from xiancheng.site.registers.sheets.reading import Upload, read_upload
from xiancheng.site.registers.telling import announce_register

CHECK, COMMIT, UPLOADED = "register.check", "register.commit", "register.upload"
LISTED = 200
KEPT_DAYS = 14


def uploads() -> Path:
    """Return the folder of uploaded workbooks."""
    return folder() / "uploads" / "registers"


def keep(content: bytes) -> str:
    """Keep an uploaded workbook; return its token. Old ones are thrown away."""
    home = uploads()
    home.mkdir(parents=True, exist_ok=True)
    for old in home.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_DAYS * 86400:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(12)
    uploaded(token).write_bytes(content)
    return token


def uploaded(token: str) -> Path:
    """Return where an uploaded workbook lies."""
    return uploads() / f"{token}.xlsx"


def marked(token: str) -> Path:
    """Return where the workbook with its faults marked lies."""
    return uploads() / f"{token}-checked.xlsx"


@job(CHECK, repeatable=True)
def check(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Read a workbook, compare it with the register, write the marked one; change nothing."""
    class_name, token, language = parameters["class"], parameters["token"], _language(parameters)
    subject.require_class(class_name, edit=True)
    upload = _read(class_name, token, progress)
    progress.step(Text("与登记册比较", "comparing with the register"), len(upload))
    with reading() as store:
        found = compare_upload(store, catalogue()[class_name], upload, date.fromisoformat(parameters["valid_from"]))
        times = version_times(store, class_name, [i for i in upload.ids.tolist() if i is not None])
    progress.advance(len(upload))
    progress.step(Text("写出校核后的表", "writing the checked workbook"))
    write_marked(marked(token), found, catalogue()[class_name], catalogue(), language)
    return {**_report(found, class_name), "expected": max(times.values(), default="")}


def recorded(parameters: Mapping[str, Any]) -> Recorded | None:
    """Return what the model has of a commit that broke off."""
    change = change_marked(parameters)
    return None if change is None else _recorded(parameters["class"], None, change, change.detail["counts"])


@job(COMMIT, recorded=recorded)
def commit(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Record what the trial run showed; rejected rows are left out."""
    class_name, token, expected = parameters["class"], parameters["token"], parameters["expected"]
    subject.require_class(class_name, edit=True)
    feature_class, on = catalogue()[class_name], date.fromisoformat(parameters["valid_from"])
    upload = _read(class_name, token, progress)
    progress.step(Text("写入登记册", "writing to the register"), len(upload))
    file, digest = str(parameters["file"])[:200], hashlib.sha256(uploaded(token).read_bytes()).hexdigest()
    with (
        writing() as store,
        store.change(
            source=SOURCE, reason=parameters["reason"], kind="edit", who=subject.name, file=file, sha256=digest,
            valid_from=on, detail=mark_of(parameters),
        ) as change,
    ):  # fmt: skip
        later = [
            object_id
            for object_id, moment in version_times(store, class_name, [i for i in upload.ids if i is not None]).items()
            if moment > expected
        ]
        if later:
            raise ConflictError(
                Text(f"试算之后有 {len(later)} 个对象被改过", f"{len(later)} objects were changed since the trial run"),
                Text("请重新上传试算", "upload and check again"),
            )
        found = compare_upload(store, feature_class, upload, on)
        ids = apply_upload(change, feature_class, found, on)
        change.detail["counts"] = found.counts()
        progress.advance(len(upload))
    if change.id is None:
        return {"counts": found.counts(), "change": None}
    made = ChangeSet(change.id, change.recorded_at, change.kind, SOURCE, parameters["reason"], subject.name, file)
    known = _recorded(class_name, ids, made, found.counts())
    known.note(subject)
    return known.result


def _recorded(class_name: str, ids: Sequence[str] | None, change: ChangeSet, counts: Mapping[str, int]) -> Recorded:
    def note(subject: Subject) -> None:
        said = Entry.objects.filter(action=UPLOADED, target=class_name, detail__change=change.id)
        with transaction.atomic():
            if not said.exists():
                record(None, UPLOADED, class_name, user_name=subject.name, change=change.id, file=change.file, **counts)
                announce_register(class_name, ids, change)

    return Recorded({"counts": dict(counts), "change": change.id}, note)


def _read(class_name: str, token: str, progress: Progress) -> Upload:
    progress.step(Text("读取工作簿", "reading the workbook"))
    return read_upload(uploaded(token), catalogue()[class_name], catalogue())


def _language(parameters: Mapping[str, Any]) -> Language:
    return "en" if parameters.get("language") == "en" else "zh"


def _report(found: Comparison, class_name: str) -> dict[str, Any]:
    """Return counts, and the first rejected and changed rows."""
    feature_class, upload = catalogue()[class_name], found.upload
    names = upload.columns.get("name")

    def about(row: int) -> dict[str, Any]:
        return {
            "row": upload.numbers[row] + 1,
            "object_id": upload.ids[row],
            "name": None if names is None else names[row],
        }

    return {
        "counts": found.counts(),
        "sheet": upload.name,
        "ignored": list(upload.layout.ignored),
        "rejected": [
            {
                **about(row),
                "faults": [
                    {
                        "column": upload.layout.names[f.column] if 0 <= f.column < len(upload.layout.names) else "",
                        "value": f.value[:80],
                        "reason": f.reason.as_dict(),
                    }
                    for f in faults
                ],
            }
            for row, faults in sorted(found.rejected.items())[:LISTED]
        ],
        "changed": [
            {**about(row), "fields": [field_title(feature_class, name).as_dict() for name in fields]}
            for row, fields in list(zip(found.changed, found.fields, strict=True))[:LISTED]
        ],
        "new": [about(row) for row in found.new[:LISTED]],
    }
