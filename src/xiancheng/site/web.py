"""The web application's files: built by Vite, shipped inside the package."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from xiancheng.foundation.text import Text
from xiancheng.site.policy.needs import PUBLIC, needs
from xiancheng.site.problems import problem

DIST = Path(__file__).resolve().parent / "dist"
YEAR = 365 * 24 * 3600


@needs(PUBLIC)
def application(request: HttpRequest, path: str = "") -> HttpResponseBase:
    """Answer a file of the application, or its first page for any address that its router knows."""
    del request
    wanted = (DIST / path).resolve()
    if path and wanted.is_relative_to(DIST) and wanted.is_file():
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        response = FileResponse(wanted.open("rb"), content_type=kind)
        # Names below assets/ carry the hash of their contents.
        patch_cache_control(response, max_age=YEAR if path.startswith("assets/") else 0, immutable=True)
        return response
    index = DIST / "index.html"
    if path.startswith("assets/"):
        return problem(HTTPStatus.NOT_FOUND, Text("没有这个文件", "no such file"))
    if not index.exists():
        return HttpResponse(
            "网页应用还没有构建：在源码目录运行 make ui\n"
            "the web application is not built: run `make ui` in the checkout\n",
            content_type="text/plain; charset=utf-8",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
        )
    page = HttpResponse(index.read_bytes(), content_type="text/html; charset=utf-8")
    patch_cache_control(page, no_cache=True)
    return page
