"""Registers: the features of a class as bureaus keep them: the API."""

from __future__ import annotations

from xiancheng.site.registers import changes_api, items_api, lists_api, sheets_api
from xiancheng.site.registers.routing import router

__all__ = ["changes_api", "items_api", "lists_api", "router", "sheets_api"]
