"""Uploads: bringing a file, coming back to it, saying what it is, deleting it."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Query, Status, UploadedFile

from xiancheng.site.audit.chain import record
from xiancheng.site.county import catalogue
from xiancheng.site.imports.choices import Choices, check_names
from xiancheng.site.imports.models import Upload
from xiancheng.site.imports.routing import own_upload, router
from xiancheng.site.imports.schemas import READ, UploadOut, UploadsOut
from xiancheng.site.imports.storing import forget, forget_old, make_upload, store
from xiancheng.site.policy.needs import needs, subject_of
from xiancheng.site.policy.permission import Permission


@router.post("/uploads", response={201: UploadOut, **READ}, summary="bring a file")
@needs(Permission.MODEL_IMPORT)
def bring(request: HttpRequest, files: File[list[UploadedFile]]) -> Status[dict[str, Any]]:
    """Keep a file, the parts of a shapefile, or a zip archive of these; nothing is imported yet."""
    forget_old()
    stored = store(files)
    upload = make_upload(stored, subject_of(request).user_id or 0)
    record(request, "import.upload", stored.name, sha256=stored.digest, bytes=stored.size)
    return Status(201, upload_out(upload))


@router.get("/uploads", response=UploadsOut, summary="my uploads that are not imported yet, newest first")
@needs(Permission.MODEL_IMPORT)
def list_uploads(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Return one's own uploads that one may go on with."""
    found = Upload.objects.filter(owner_id=subject_of(request).user_id, change_id=None)
    total = found.count()
    items = [upload_out(upload) for upload in found[offset : offset + limit]]
    return {"items": items, "total": total, "more": offset + len(items) < total}


@router.get("/uploads/{int:upload_id}", response={200: UploadOut, **READ}, summary="one of my uploads")
@needs(Permission.MODEL_IMPORT)
def read_upload(request: HttpRequest, upload_id: int) -> dict[str, Any]:
    """Return an upload and what has been said of it."""
    return upload_out(own_upload(request, upload_id))


@router.put("/uploads/{int:upload_id}/choices", response={200: UploadOut, **READ}, summary="say what the file is")
@needs(Permission.MODEL_IMPORT)
def choose(request: HttpRequest, upload_id: int, choices: Choices) -> dict[str, Any]:
    """Replace what has been said of a file. A class must be one whose register the person keeps."""
    upload = own_upload(request, upload_id)
    check_names(choices, catalogue(), subject_of(request))
    upload.choices = choices.model_dump(mode="json")
    upload.save(update_fields=["choices", "updated_at"])
    return upload_out(upload)


@router.delete("/uploads/{int:upload_id}", response={204: None, **READ}, summary="delete an upload")
@needs(Permission.MODEL_IMPORT)
def delete(request: HttpRequest, upload_id: int) -> Status[None]:
    """Delete an upload; what was imported from it stays in the model."""
    upload = own_upload(request, upload_id)
    record(request, "import.forget", upload.name, sha256=upload.digest)
    forget(upload)
    return Status(204, None)


def upload_out(upload: Upload) -> dict[str, Any]:
    """Return an upload as the API shows it."""
    choices = Choices.model_validate(upload.choices)
    return {
        "id": upload.pk,
        "name": upload.name,
        "size": upload.size,
        "files": upload.files,
        "created_at": upload.created_at,
        "updated_at": upload.updated_at,
        "choices": choices.model_dump(),
        "previewed": upload.previewed == choices.sealed(),
        "job": upload.job_id,
        "change_id": upload.change_id,
    }
