"""Tiles and 3D tiles of published snapshots: the API."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["tiles"])
