"""The job that brings a previewed file into the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from django.db import transaction

from xiancheng.city.importing import import_file
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.audit.chain import record
from xiancheng.site.audit.models import Entry
from xiancheng.site.county import catalogue, county, writing
from xiancheng.site.imports.choices import Choices, check_names, options_of
from xiancheng.site.imports.models import Remembered, Upload
from xiancheng.site.imports.reading_files import understood
from xiancheng.site.imports.storing import path_of
from xiancheng.site.imports.wording import in_page_words
from xiancheng.site.jobs.events import tell
from xiancheng.site.jobs.outcomes import change_marked, mark_of
from xiancheng.site.jobs.registry import Recorded, job
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ForbiddenError, GoneError

COMMIT = "import.commit"


def recorded(parameters: Mapping[str, Any]) -> Recorded | None:
    """Return what the model has of an import that broke off."""
    change = change_marked(parameters)
    if change is None:
        return None
    counts = dict(sorted(change.detail["classes"].items()))
    return _recorded(
        parameters,
        file=change.file or "",
        sha256=change.sha256 or "",
        change_id=change.id,
        source=change.source,
        valid_from="" if change.valid_from is None else change.valid_from.isoformat(),
        classes=counts,
        rejections=sum(reason["count"] for reason in change.detail["reasons"]),
        notes=[in_page_words(Text.of(note)).as_dict() for note in change.detail["notes"]],
    )


@job(COMMIT, recorded=recorded)
def commit(parameters: Mapping[str, Any], subject: Subject, progress: Progress) -> dict[str, Any]:
    """Import an upload as its choices say: one transaction, so that all of it is recorded or nothing.

    Raises
    ------
    GoneError
        If the upload was deleted meanwhile.
    ForbiddenError
        If whoever asked may no longer import.
    """
    upload = Upload.objects.filter(pk=parameters["upload"], owner_id=subject.user_id).first()
    if upload is None:
        raise GoneError(Text("上传的文件已删除", "the upload was deleted"))
    if not subject.may(Permission.MODEL_IMPORT):
        raise ForbiddenError(Text("您没有导入的权限", "you may not import"))
    classes, choices = catalogue(), Choices.model_validate(parameters["choices"])
    check_names(choices, classes, subject)
    path = path_of(upload, choices.file)
    progress.step(Text(f"读取 {path.name}", f"reading {path.name}"))
    options = options_of(choices, subject, progress=progress, detail=mark_of(parameters))
    with writing() as store:
        report = understood(path, lambda: import_file(store, county(), classes, path, options))
    made = _recorded(
        parameters,
        file=path.name,
        sha256=report.sha256,
        change_id=report.change_id,
        source=report.source,
        valid_from=report.valid_from.isoformat(),
        classes={name: asdict(counts) for name, counts in sorted(report.classes.items())},
        rejections=len(report.rejections),
        notes=[in_page_words(note).as_dict() for note in report.notes],
    )
    made.note(subject)
    return made.result


def _recorded(parameters: Mapping[str, Any], *, file: str, sha256: str, **result: Any) -> Recorded:  # noqa: ANN401
    return Recorded(result, partial(_note, parameters, file, sha256, result))


def _note(parameters: Mapping[str, Any], file: str, sha256: str, result: Mapping[str, Any], subject: Subject) -> None:
    """Write down an import in the civic database, all of it or nothing, and not twice."""
    change_id, source, classes = result["change_id"], result["source"], result["classes"]
    target = f"change/{change_id}" if change_id else file
    with transaction.atomic():
        if change_id and Entry.objects.filter(action=COMMIT, target=target, detail__sha256=sha256).exists():
            return
        # The same folder is referred to by others; what was imported keeps its file.
        Upload.objects.filter(pk=parameters["upload"]).update(change_id=change_id or 0)
        record(None, COMMIT, target, user_name=subject.name, file=file, sha256=sha256, source=source, classes=classes)
        kept = Choices.model_validate(parameters["choices"]).kept()
        for name in classes:
            Remembered.objects.update_or_create(
                source=source[:120], class_name=name, defaults={"choices": kept, "updated_by": subject.name}
            )
            if change_id:
                payload = {"class": name, "object_ids": None, "change": change_id, "kind": "import",
                           "who": subject.name}  # fmt: skip
                tell("register", payload, class_name=name)
