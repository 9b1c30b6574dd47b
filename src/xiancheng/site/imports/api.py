"""Imports: files become features: the API."""

from __future__ import annotations

from xiancheng.site.imports import history_api, steps_api, uploads_api
from xiancheng.site.imports.routing import router

__all__ = ["history_api", "router", "steps_api", "uploads_api"]
