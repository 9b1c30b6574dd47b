"""Answers in gzip, where that is worth it and safe."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import cast

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.http.response import HttpResponse
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponseBase]
LEAST = 1024
LEVEL = 4
_JSON = ("application/json", "application/geo+json", "application/schema+json", "application/vnd.oai.openapi+json")
_TEXT = ("text/csv", "application/problem+json", "model/gltf+json", "application/xml")


def compress(next_handler: Handler) -> Handler:
    """Compress data for those who take gzip.

    Only data: an HTML page may hold a secret beside what the asker wrote (BREACH). Never ranges (tiles), nor what is
    compressed already. An ETag stays as it is, since writers send it back in ``If-Match``; the two forms of an answer
    are told apart by ``Vary``.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = next_handler(request)
        if not _worth(response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if not accepts_gzip(request):
            return response
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _stream(cast("Iterable[bytes]", response.streaming_content))
            del response["Content-Length"]
        elif isinstance(response, HttpResponse):
            response.content = gzip.compress(response.content, LEVEL, mtime=0)
            response["Content-Length"] = str(len(response.content))
        response["Content-Encoding"] = "gzip"
        return response

    return handle


def accepts_gzip(request: HttpRequest) -> bool:
    """Whether the asker takes gzip."""
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, _, parameters = part.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _worth(response: HttpResponseBase) -> bool:
    if response.status_code in {204, 206, 304} or response.has_header("Content-Encoding"):
        return False
    if response.has_header("Content-Range") or getattr(response, "is_async", False):
        return False
    kind = response.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _JSON and kind not in _TEXT:
        return False
    return response.streaming or len(cast("HttpResponse", response).content) >= LEAST


def _stream(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for part in parts:
        packed = packer.compress(part)
        if packed:
            yield packed
    yield packer.flush()
