"""The city model for the map: search, identify, snapshots, quality: the API."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["model"])
