"""Logging in with an identity service of the county (OpenID Connect)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from xiancheng.site.accounts.oidc_settings import SERVICE
from xiancheng.site.policy.needs import PUBLIC, needs

LOGIN, CALLBACK = "oidc/login", "oidc/callback"


def button() -> dict[str, str] | None:
    """Return what the login page shows; None if no service is configured."""
    oidc = settings.SITE.oidc
    return None if oidc is None else {"name": oidc.name, "url": f"/{LOGIN}"}


@needs(PUBLIC)
def go(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Send the browser to the service."""
    from allauth.socialaccount.providers.openid_connect.views import login  # noqa: PLC0415 - an extra

    return login(request, provider_id)


@needs(PUBLIC)
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take what the service says about who logged in."""
    from allauth.socialaccount.providers.openid_connect.views import callback  # noqa: PLC0415 - an extra

    return callback(request, provider_id)


def oidc_urls() -> list[URLPattern]:
    """Return the two addresses, under the names by which django-allauth finds them; none if not configured."""
    if settings.SITE.oidc is None:
        return []
    which = {"provider_id": SERVICE}
    return [
        path(LOGIN, go, which, name="openid_connect_login"),
        path(CALLBACK, come_back, which, name="openid_connect_callback"),
    ]
