"""Addresses of the site."""

from __future__ import annotations

from django.urls import include, path, re_path

from xiancheng.site.accounts.oidc import oidc_urls
from xiancheng.site.api import api
from xiancheng.site.health import health
from xiancheng.site.ogc.urls import landing
from xiancheng.site.web import application

urlpatterns = [
    path("healthz", health),
    path("api/", api.urls),
    path("ogc", landing),
    path("ogc/", include("xiancheng.site.ogc.urls")),
    *oidc_urls(),
    re_path(r"^(?P<path>(?!api/|ogc/).*)$", application),
]

handler404 = "xiancheng.site.problems.no_such_address"
handler500 = "xiancheng.site.problems.internal_error"
