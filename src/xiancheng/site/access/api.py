"""Access: who reaches what, and what would change: the API."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["access"])
