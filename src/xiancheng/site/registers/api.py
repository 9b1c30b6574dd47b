"""Registers: the features of a class as bureaus keep them: the API."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["registers"])
