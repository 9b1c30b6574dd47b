"""From a file to an import, step by step: layers, datum, columns, preview, commit."""

from __future__ import annotations

from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Status

from xiancheng.foundation.text import Text
from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue
from xiancheng.site.imports import columns_of, datums, inspecting, previewing
from xiancheng.site.imports.choices import Choices, check_names
from xiancheng.site.imports.models import Upload
from xiancheng.site.imports.reading_files import layers_of, understood
from xiancheng.site.imports.rejected_sheet import rejected_workbook
from xiancheng.site.imports.routing import own_upload, router
from xiancheng.site.imports.schemas import READ, Columns, Datums, Inspection, Preview, Started, Words
from xiancheng.site.imports.storing import path_of
from xiancheng.site.imports.work import COMMIT
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.outcomes import MARK, new_mark
from xiancheng.site.jobs.running import enqueue
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.problems import ConflictError, InvalidError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNDER_WAY = (Job.State.WAITING, Job.State.RUNNING)


@router.get("/uploads/{int:upload_id}/inspection", response={200: Inspection, **READ}, summary="what the file holds")
@needs(Permission.MODEL_IMPORT)
def inspect(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Return layers, columns with examples, and what the file says or seems to be."""
    upload, choices = _begun(request, upload_id)
    path = path_of(upload, choices.file)
    return understood(path, lambda: inspecting.inspect(upload, choices, catalogue(), subject_of(request)))


@router.get("/uploads/{int:upload_id}/datums", response={200: Datums, **READ}, summary="where the places would lie")
@needs(Permission.MODEL_IMPORT)
def read_datums(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Return the datums that the coordinates may be in, with evidence and a sample of places for a map."""
    upload, choices = _begun(request, upload_id)
    path = path_of(upload, choices.file)
    layers = layers_of(path, choices, catalogue())
    return understood(path, lambda: datums.evidence(layers, choices, catalogue()))


@router.get("/uploads/{int:upload_id}/columns", response={200: Columns, **READ}, summary="which attribute a column is")
@needs(Permission.MODEL_IMPORT)
def read_columns(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Return the columns of the chosen layer matched to the attributes of the chosen class."""
    upload, choices = _begun(request, upload_id)
    _require_class(choices)
    layer = columns_of.chosen_layer(layers_of(path_of(upload, choices.file), choices, catalogue()), choices)
    return columns_of.columns(layer, choices, catalogue())


@router.get("/uploads/{int:upload_id}/words", response={200: Words, **READ}, summary="what the words of a column mean")
@needs(Permission.MODEL_IMPORT)
def read_words(
    request: HttpRequest,
    upload_id: int,
    column: Annotated[str, Query(max_length=200)],
    attribute: Annotated[str, Query(max_length=64)],
) -> dict[str, Any]:
    """Return the different values of a column and what each is taken for as a value of an attribute."""
    upload, choices = _begun(request, upload_id)
    _require_class(choices)
    path = path_of(upload, choices.file)
    layer = columns_of.chosen_layer(layers_of(path, choices, catalogue()), choices)
    return understood(path, lambda: columns_of.words(layer, column, attribute, choices, catalogue()))


@router.post("/uploads/{int:upload_id}/preview", response={200: Preview, **READ}, summary="what the import would do")
@needs(Permission.MODEL_IMPORT)
def make_preview(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Go through the whole import without writing anything."""
    upload, choices = _begun(request, upload_id)
    check_names(choices, catalogue(), subject_of(request))
    return previewing.preview(upload, choices, catalogue(), subject_of(request))


@router.get("/uploads/{int:upload_id}/preview", response={200: Preview, **READ}, summary="the last preview")
@needs(Permission.MODEL_IMPORT)
def read_preview(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Return the last preview, if the choices are still the same."""
    return previewing.last_preview(own_upload(request, upload_id))


@router.get(
    "/uploads/{int:upload_id}/rejected.xlsx", summary="the refused rows as a workbook", openapi_extra=a_file(XLSX)
)
@needs(Permission.MODEL_IMPORT)
def rejected(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Return the refused rows as they stand in the file, the faulty cells marked, with reasons."""
    upload = own_upload(request, upload_id)
    response = HttpResponse(rejected_workbook(previewing.last_preview(upload)), content_type=XLSX)
    name = f"{upload.name.rpartition('.')[0] or upload.name}-{Text('未采用', 'not-taken').get()}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@router.post("/uploads/{int:upload_id}/commit", response={202: Started, **READ}, summary="import what was previewed")
@needs(Permission.MODEL_IMPORT)
def commit(request: HttpRequest, upload_id: int) -> Status[dict[str, int]]:
    """Begin the import as a job; the choices must be those of the last preview."""
    upload, choices = _begun(request, upload_id)
    check_names(choices, catalogue(), subject_of(request))
    if upload.previewed != choices.sealed():
        raise ConflictError(Text("选项改过了，请先预览", "the choices were changed: preview first"))
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        if locked.change_id is not None:
            raise ConflictError(
                Text("这个文件已经导入", "this file has been imported"),
                Text("再次导入请重新上传", "upload it again to repeat it"),
            )
        if locked.job is not None and locked.job.state in UNDER_WAY:
            raise ConflictError(Text("正在导入", "it is being imported"))
        parameters = {"upload": upload.pk, "choices": upload.choices, MARK: new_mark()}
        job = enqueue(COMMIT, parameters, subject_of(request).user_id)
        locked.job = job
        locked.save(update_fields=["job", "updated_at"])
        record(request, "import.begin", upload.name, sha256=upload.digest, job=job.pk)
    return Status(202, {"job": job.pk})


def _begun(request: HttpRequest, upload_id: int) -> tuple[Upload, Choices]:
    upload = own_upload(request, upload_id)
    return upload, Choices.model_validate(upload.choices)


def _require_class(choices: Choices) -> None:
    if not choices.feature_class:
        text = Text("请先选择要素类", "choose the class first")
        raise InvalidError(text, fields={"feature_class": text})
