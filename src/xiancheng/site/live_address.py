"""Where browsers find the live updates: a process of its own, since WSGI threads must not be held by watchers."""

from __future__ import annotations

import os

from django.conf import settings
from django.http import HttpRequest

LIVE_PORT_VARIABLE = "XIANCHENG_LIVE_PORT"
HOST_VARIABLE = "XIANCHENG_HOST"


def live_address(request: HttpRequest) -> str:
    """Return the origin (or path behind a proxy) of the live updates; empty if they are not served."""
    if settings.SITE.live_url:
        return str(settings.SITE.live_url)
    port = os.environ.get(LIVE_PORT_VARIABLE, "")
    if not port:
        return ""
    host = request.get_host()
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return f"{request.scheme}://{name}:{port}"
