"""The job that brings a previewed file into the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction

from xiancheng.city.importing import import_file
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text
from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue, county, writing
from xiancheng.site.imports.choices import Choices, check_names, options_of
from xiancheng.site.imports.models import Remembered, Upload
from xiancheng.site.imports.reading_files import understood
from xiancheng.site.imports.storing import path_of
from xiancheng.site.imports.wording import in_page_words
from xiancheng.site.jobs.events import tell
from xiancheng.site.jobs.registry import job
from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import ForbiddenError, GoneError

COMMIT = "import.commit"


@job(COMMIT)
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
    options = options_of(choices, subject, progress=progress)
    with writing() as store:
        report = understood(path, lambda: import_file(store, county(), classes, path, options))
    with transaction.atomic():
        # The same folder is referred to by others; what was imported keeps its file.
        Upload.objects.filter(pk=upload.pk).update(change_id=report.change_id or 0)
        record(
            None, "import.commit", f"change/{report.change_id}" if report.change_id else path.name,
            user_name=subject.name, file=path.name, sha256=report.sha256, source=report.source,
            classes={name: asdict(counts) for name, counts in report.classes.items()},
        )  # fmt: skip
        for name in report.classes:
            Remembered.objects.update_or_create(
                source=report.source[:120],
                class_name=name,
                defaults={"choices": choices.kept(), "updated_by": subject.name},
            )
            if report.change_id is not None:
                payload = {"class": name, "object_ids": None, "change": report.change_id, "kind": "import",
                           "who": subject.name}  # fmt: skip
                tell("register", payload, class_name=name)
    return {
        "change_id": report.change_id,
        "source": report.source,
        "valid_from": report.valid_from.isoformat(),
        "classes": {name: asdict(counts) for name, counts in sorted(report.classes.items())},
        "rejections": len(report.rejections),
        "notes": [in_page_words(note).as_dict() for note in report.notes],
    }
