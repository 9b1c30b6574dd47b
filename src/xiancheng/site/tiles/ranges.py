"""A file that never changes, whole or by a range of bytes."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from xiancheng.foundation.text import Text
from xiancheng.site.problems import problem

YEAR = 365 * 24 * 3600
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})$")


def immutable_file(request: HttpRequest, path: Path, content_type: str, etag: str) -> HttpResponseBase:
    """Answer 200, 206, 304 or 416 with a file whose contents `etag` (without quotes) names for ever.

    Several ranges in one request are answered with the whole file, as RFC 9110 allows.
    """
    quoted = f'"{etag}"'
    if request.headers.get("If-None-Match", "") in {quoted, f"W/{quoted}", "*"}:
        return _headers(HttpResponse(status=HTTPStatus.NOT_MODIFIED), quoted)
    size = path.stat().st_size
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", quoted) != quoted:
        wanted = ""
    match = _RANGE.match(wanted.replace(" ", ""))
    if match is None or match.groups() == ("", ""):
        return _headers(FileResponse(path.open("rb"), content_type=content_type), quoted)
    start, end = _span(match.group(1), match.group(2), size)
    if start >= size or end < start:
        refused = problem(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            Text("范围不在文件之内", "the range is outside the file"),
            Text(f"文件有 {size} 字节", f"the file has {size} bytes"),
        )
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(end - start + 1)
    part = HttpResponse(content, status=HTTPStatus.PARTIAL_CONTENT, content_type=content_type)
    part["Content-Range"] = f"bytes {start}-{end}/{size}"
    return _headers(part, quoted)


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte of a range; a suffix (``-500``) counts from the end."""
    if not first:
        return (size - min(int(last), size), size - 1) if int(last) else (size, size)
    return int(first), min(int(last), size - 1) if last else size - 1


def _headers(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    # Private: what a class holds may be for some only, and a shared cache would not ask who wants it.
    patch_cache_control(response, private=True, max_age=YEAR, immutable=True)
    response["Vary"] = "Authorization, Cookie"
    return response
