"""Where a request comes from."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the IP address of the one who asks.

    Behind a proxy (``https = true``) that is the last address which the proxy put into ``X-Forwarded-For``; what stands
    before it the asker may have written. Without a proxy the header is not believed.
    """
    if settings.SITE.https:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]
