"""Imports that happened: list, report, undo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import Query

from xiancheng.site.audit.chain import record
from xiancheng.site.county import reading
from xiancheng.site.imports.history import import_seen_by, imports_seen_by, report_of
from xiancheng.site.imports.routing import router
from xiancheng.site.imports.schemas import READ, ImportOut, ImportsOut, Undoing, Undone
from xiancheng.site.imports.steps_api import XLSX
from xiancheng.site.openapi import a_file
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission
from xiancheng.site.registers.undoing import undo


@router.get("", response={200: ImportsOut, **READ}, summary="imports, newest first")
@needs(Permission.MODEL_HISTORY)
def list_imports(
    request: HttpRequest,
    class_name: Annotated[str, Query(max_length=64)] = "",
    source: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 25,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Return the imports of which one may see a class, whether by the site or the command line."""
    with reading() as store:
        found = imports_seen_by(store, subject_of(request), class_name=class_name, source=source)
    return {"items": found[offset : offset + limit], "total": len(found), "more": offset + limit < len(found)}


@router.get("/{int:change_id}", response={200: ImportOut, **READ}, summary="an import")
@needs(Permission.MODEL_HISTORY)
def read_import(request: HttpRequest, change_id: int) -> dict[str, Any]:
    """Return what an import did."""
    with reading() as store:
        return import_seen_by(store, subject_of(request), change_id)[1]


@router.get(
    "/{int:change_id}/report",
    summary="the report of an import, as JSON or as a workbook",
    openapi_extra=a_file("application/json", XLSX),
)
@needs(Permission.MODEL_HISTORY, Permission.MODEL_EXPORT)
def report(request: HttpRequest, change_id: int, format: Literal["json", "xlsx"] = "json") -> HttpResponse:  # noqa: A002
    """Return counts, refused rows with reasons, and every object changed."""
    with reading() as store:
        change, _ = import_seen_by(store, subject_of(request), change_id)
    found = report_of(change, subject_of(request))
    record(request, "import.report", f"change/{change_id}", format=format)
    if format == "json":
        response = HttpResponse(orjson.dumps(found.as_dict()), content_type="application/json")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.xlsx"
            found.write_xlsx(path)
            response = HttpResponse(path.read_bytes(), content_type=XLSX)
    name = f"{found.path.stem}-{change_id}.{format}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@router.post("/{int:change_id}/undo", response={200: Undone, **READ}, summary="undo an import")
@needs(Permission.MODEL_IMPORT)
def undo_import(request: HttpRequest, change_id: int, body: Undoing) -> dict[str, int]:
    """Believe again what was believed before an import; every class of it must be one's own register."""
    with reading() as store:
        import_seen_by(store, subject_of(request), change_id)
    return {"change_id": undo(request, change_id, body.reason).id}
