"""The web application's files: built by Vite, shipped inside the package."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.cache import patch_cache_control

from xiancheng.foundation.text import Text
from xiancheng.site.compression import accepts_gzip
from xiancheng.site.policy.needs import PUBLIC, needs
from xiancheng.site.problems import problem

DIST = Path(__file__).resolve().parent / "dist"
YEAR = 365 * 24 * 3600
LEAST = 1024
# What the system says about endings differs from machine to machine, and a script of a wrong type is not run.
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
COMPRESSED = (".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt", ".wasm", ".webmanifest")


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    etag: str
    content: bytes
    packed: bytes | None


@needs(PUBLIC)
def application(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer a file of the application, or its first page for any address that its router knows."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    found = _located(path)
    if found is not None:
        # Names below assets/ carry the hash of their contents.
        lasting = path.startswith("assets/")
        response = _answer(request, found)
        patch_cache_control(response, **({"public": True, "max_age": YEAR, "immutable": True} if lasting else
                                         {"no_cache": True}))  # fmt: skip
        return response
    if path.startswith("assets/"):
        return problem(HTTPStatus.NOT_FOUND, Text("没有这个文件", "no such file"))
    index = _located("index.html")
    if index is None:
        return HttpResponse(
            "网页应用还没有构建：在源码目录运行 make ui\n"
            "the web application is not built: run `make ui` in the checkout\n",
            content_type="text/plain; charset=utf-8",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )
    page = _answer(request, index)
    patch_cache_control(page, no_cache=True)
    return page


def _answer(request: HttpRequest, file: _File) -> HttpResponse:
    if request.headers.get("If-None-Match") == file.etag:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        del response["Content-Type"]
    elif file.packed is not None and accepts_gzip(request):
        response = HttpResponse(file.packed, content_type=file.kind, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(file.content, content_type=file.kind)
    response["ETag"] = file.etag
    if file.packed is not None:
        response["Vary"] = "Accept-Encoding"
    return response


def _located(path: str) -> _File | None:
    """Return a file below the built application, and of nothing else."""
    if not path or "\0" in path:
        return None
    try:
        wanted = (DIST / path).resolve()
        if not wanted.is_relative_to(DIST) or not wanted.is_file():
            return None
        return _read(wanted, wanted.stat().st_mtime_ns)
    except OSError:
        # A name that the file system cannot have, or a file that a new build just took away.
        return None


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> _File:
    del changed
    content, ending = path.read_bytes(), path.suffix.lower()
    kind = KINDS.get(ending) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 9, mtime=0) if ending in COMPRESSED and len(content) >= LEAST else None
    return _File(kind, f'"{hashlib.sha256(content).hexdigest()[:24]}"', content, packed)
