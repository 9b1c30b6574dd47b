"""Files of a register: template, export, upload with a trial run, the marked workbook, commit."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Form, Query, Schema, Status
from ninja.files import UploadedFile

from xiancheng.city.history import today
from xiancheng.foundation.text import Text, current_language
from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue, reading
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.outcomes import MARK, new_mark
from xiancheng.site.jobs.running import enqueue
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.problems import ConflictError, InvalidError, NotFoundError
from xiancheng.site.registers.editing import check_day
from xiancheng.site.registers.exporting import FORMATS, exported
from xiancheng.site.registers.filters import OPENAPI, listing_of
from xiancheng.site.registers.listing import read_page
from xiancheng.site.registers.routing import READ, WRITE, router
from xiancheng.site.registers.schemas import Reason
from xiancheng.site.registers.sheets.template import template
from xiancheng.site.registers.sheets.work import CHECK, COMMIT, keep, marked, uploaded

LARGEST = 64 * 1024 * 1024
XLSX = FORMATS["xlsx"][1]


class Started(Schema):
    """A job that was started; for an upload its number also names the upload."""

    job: int


class Commit(Schema):
    """Why the rows of an upload are recorded."""

    reason: Reason


@router.get("/{class_name}/template.xlsx", response=READ, summary="the workbook to fill in", openapi_extra=a_file(XLSX))
@needs(sees="class_name")
def read_template(request: HttpRequest, class_name: str) -> HttpResponse:
    """Return the empty workbook of a class, with code lists, explanations and an example."""
    del request
    feature_class, language = catalogue()[class_name], current_language()
    content = template(feature_class, catalogue(), language)
    return _file(content, XLSX, f"{feature_class.title.get(language)}-{Text('模板', 'template').get(language)}.xlsx")


@router.get(
    "/{class_name}/export",
    response=READ,
    summary="a filtered register as a file",
    openapi_extra=OPENAPI | a_file(*(m.split(";")[0] for _, m in FORMATS.values())),
)
@needs(Permission.MODEL_EXPORT, sees="class_name")
def export(
    request: HttpRequest,
    class_name: str,
    format: Literal["xlsx", "csv", "geojson", "geoparquet"] = "xlsx",  # noqa: A002 - the name of the parameter
    q: Annotated[str, Query(max_length=200)] = "",
    on: date | None = None,
    include_closed: bool = False,
    bbox: Annotated[str, Query(max_length=200)] = "",
    sort: Annotated[str, Query(max_length=80)] = "",
) -> HttpResponse:
    """Return all objects that a list with the same parameters shows."""
    feature_class = catalogue()[class_name]
    listing = listing_of(
        request, feature_class, catalogue(), q=q, on=on, include_closed=include_closed, bbox=bbox, sort=sort
    )
    with reading() as store:
        rows = read_page(store, class_name, listing).rows
    content = exported(rows, format, current_language())
    record(request, "register.export", class_name, format=format, objects=len(rows), query=request.GET.urlencode())
    ending, media = FORMATS[format]
    return _file(content, media, f"{feature_class.title.get()}-{listing.on}{ending}")


@router.post("/{class_name}/uploads", response={202: Started, **WRITE}, summary="upload a workbook for a trial run")
@needs(Permission.MODEL_EDIT, edits="class_name")
def upload(
    request: HttpRequest,
    class_name: str,
    file: File[UploadedFile],
    valid_from: Annotated[date | None, Form(description="from when it holds; today by default")] = None,
) -> Status[dict[str, Any]]:
    """Keep a workbook and begin its trial run: a job whose result has the counts and the rejected rows."""
    day = valid_from or today()
    check_day(day)
    if (file.size or 0) > LARGEST:
        said = Text(f"文件超过 {LARGEST >> 20} MB", f"the file is larger than {LARGEST >> 20} MB")
        raise InvalidError(said, fields={"file": said})
    parameters = {
        "class": class_name,
        "token": keep(file.read()),
        "file": (file.name or "")[:200],
        "valid_from": day.isoformat(),
        "language": current_language(),
    }
    return Status(202, {"job": enqueue(CHECK, parameters, subject_of(request).user_id).pk})


@router.get(
    "/{class_name}/uploads/{int:upload_id}/checked.xlsx",
    response=READ,
    summary="the workbook, faults marked",
    openapi_extra=a_file(XLSX),
)
@needs(Permission.MODEL_EDIT, edits="class_name")
def read_marked(request: HttpRequest, class_name: str, upload_id: int) -> FileResponse:
    """Return the uploaded workbook with its faults marked and a column that says what became of each row."""
    job = _upload(request, class_name, upload_id)
    path = marked(job.parameters["token"])
    if not path.exists():
        raise NotFoundError(Text("文件已不在，请重新上传", "the file is no longer there; upload it again"))
    name = job.parameters["file"].removesuffix(".xlsx") + Text("-校核.xlsx", "-checked.xlsx").get()
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)


@router.post("/{class_name}/uploads/{int:upload_id}/commit", response={202: Started, **WRITE}, summary="record it")
@needs(Permission.MODEL_EDIT, edits="class_name")
def commit(request: HttpRequest, class_name: str, upload_id: int, body: Commit) -> Status[dict[str, Any]]:
    """Record the rows of an upload that its trial run did not reject: a job."""
    job = _upload(request, class_name, upload_id)
    if job.state != Job.State.DONE or job.result is None:
        raise ConflictError(Text("试算尚未完成", "the trial run has not finished"))
    if not uploaded(job.parameters["token"]).exists():
        raise NotFoundError(Text("文件已不在，请重新上传", "the file is no longer there; upload it again"))
    parameters = {**job.parameters, "reason": body.reason, "expected": job.result["expected"], MARK: new_mark()}
    return Status(202, {"job": enqueue(COMMIT, parameters, subject_of(request).user_id).pk})


def _upload(request: HttpRequest, class_name: str, upload_id: int) -> Job:
    """Return the trial run of one's own upload.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = Job.objects.filter(pk=upload_id, kind=CHECK, user_id=subject_of(request).user_id or 0).first()
    if found is None or found.parameters["class"] != class_name:
        raise NotFoundError(Text("没有这次上传", "no such upload"))
    return found


def _file(content: bytes, media: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
