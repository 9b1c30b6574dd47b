"""Keeping what was brought: by the hash of its contents, below ``files/uploads`` of the county."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from xiancheng.city.readers.registry import format_of, reader_names
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text
from xiancheng.site.county import folder
from xiancheng.site.imports.models import Upload
from xiancheng.site.imports.names import safe_name, unused_name
from xiancheng.site.imports.unpacking import unpack
from xiancheng.site.problems import GoneError, InvalidError, TooManyError

KEPT = timedelta(days=30)
MOST_OPEN = 200
SPARE_BYTES = 1024**3
_ARCHIVE = ".zip"


@dataclass(frozen=True, slots=True)
class Stored:
    """Files that lie in the county."""

    name: str
    digest: str
    size: int
    readable: tuple[str, ...]


def uploads_folder() -> Path:
    """Return where uploads lie."""
    return folder() / "files" / "uploads"


def path_of(upload: Upload, name: str | None = None) -> Path:
    """Return the path of a readable file of an upload; the first for None.

    Raises
    ------
    InvalidError
        If the upload has none of this name.
    GoneError
        If the file is not there any more.
    """
    wanted = name or (upload.files[0] if upload.files else "")
    if wanted not in upload.files:
        raise InvalidError(Text("没有这个文件", "no such file"), fields={"file": Text("没有这个文件", "no such file")})
    path = uploads_folder() / upload.digest / wanted
    if not path.exists():
        raise GoneError(Text("上传的文件已清理，请重新上传", "the uploaded file was cleared away; upload it again"))
    return path


def store(files: Sequence[UploadedFile[Any]]) -> Stored:
    """Keep the files of one upload: one file, the parts of a shapefile, or a zip archive of these.

    Raises
    ------
    InvalidError
        If there is nothing in it that can be read.
    """
    _require_room(files)
    uploads_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=uploads_folder()) as temporary:
        incoming = Path(temporary) / "files"
        incoming.mkdir()
        names: list[str] = []
        for file in files:
            name = unused_name(safe_name(file.name or ""), names)
            with (incoming / name).open("xb") as target:
                for block in file.chunks():
                    target.write(block)
            names.append(name)
        first = names[0]
        archives = [n for n in names if n.lower().endswith(_ARCHIVE)]
        if archives and len(names) > 1:
            raise InvalidError(
                Text("压缩包请单独上传", "upload an archive on its own"),
                Text("一次一个 zip，或直接选择其中的文件", "one zip at a time, or choose the files in it"),
            )
        if archives:
            inside = Path(temporary) / "inside"
            inside.mkdir()
            names, incoming = unpack(incoming / first, inside), inside
        readable = readable_files(incoming, names)
        digest, size = _digest(incoming, names)
        target_folder = uploads_folder() / digest
        if not target_folder.exists():
            incoming.rename(target_folder)
    return Stored(first if len(files) == 1 else readable[0], digest, size, tuple(readable))


def readable_files(where: Path, names: Sequence[str]) -> list[str]:
    """Return those files that a reader knows, most telling first.

    Raises
    ------
    InvalidError
        If there is none; says which endings are known.
    """
    found = []
    for name in names:
        try:
            format_of(where / name)
        except SourceError:
            continue
        found.append(name)
    if not found:
        known = " ".join(sorted({suffix for suffixes in reader_names().values() for suffix in suffixes}))
        parts = any(n.lower().endswith((".dbf", ".shx", ".prj")) for n in names)
        hint = Text(f"能读：{known}；或装着它们的 zip", f"these can be read: {known}; or a zip of them")
        if parts:
            hint = Text("缺 .shp：一个 Shapefile 的 .shp、.shx、.dbf、.prj 要一起选择",
                        "the .shp is missing: choose .shp, .shx, .dbf and .prj of a shapefile together")  # fmt: skip
        raise InvalidError(Text("里面没有能读的文件", "there is no file in it that can be read"), hint)
    # A shapefile's table and a lone table look alike by name: the one with places comes first.
    return sorted(found, key=lambda n: (n.lower().endswith((".csv", ".txt", ".xlsx", ".xls")), n))


def make_upload(stored: Stored, owner_id: int) -> Upload:
    """Note an upload of somebody.

    Raises
    ------
    TooManyError
        If they have very many open ones.
    """
    if Upload.objects.filter(owner_id=owner_id, change_id=None).count() >= MOST_OPEN:
        raise TooManyError(
            Text("未完成的导入太多", "too many imports are open"),
            Text("先删除不用的", "delete those that you do not need"),
        )
    return Upload.objects.create(
        owner_id=owner_id, name=stored.name[:200], digest=stored.digest, size=stored.size, files=list(stored.readable)
    )


def forget(upload: Upload) -> None:
    """Delete an upload and, if no other has the same contents, its files."""
    digest = upload.digest
    upload.delete()
    if not Upload.objects.filter(digest=digest).exists():
        shutil.rmtree(uploads_folder() / digest, ignore_errors=True)


def forget_old(now: datetime | None = None) -> int:
    """Delete uploads that nobody went on with for a month and that never became an import; return how many."""
    before = (now or datetime.now(UTC)) - KEPT
    old = list(Upload.objects.filter(updated_at__lt=before, change_id=None))
    for upload in old:
        forget(upload)
    return len(old)


def _digest(where: Path, names: Sequence[str]) -> tuple[str, int]:
    """Return the hash of all names and contents, and the bytes."""
    whole, size = hashlib.sha256(), 0
    for name in sorted(names):
        with (where / name).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
        size += (where / name).stat().st_size
    return whole.hexdigest(), size


def _require_room(files: Sequence[UploadedFile[Any]]) -> None:
    if not files:
        raise InvalidError(Text("没有选择文件", "no file was chosen"), fields={"files": Text("必填", "required")})
    wanted = sum(file.size or 0 for file in files)
    if wanted == 0:
        raise InvalidError(Text("文件是空的", "the file is empty"))
    free = shutil.disk_usage(folder()).free
    if wanted + SPARE_BYTES > free:
        raise InvalidError(
            Text("服务器磁盘空间不足", "the server's disk is nearly full"),
            Text("请管理员清理磁盘", "ask an administrator to make room"),
        )
