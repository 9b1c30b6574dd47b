"""The router that the modules of the registers' API share, so that one address may have several methods."""

from __future__ import annotations

from typing import Any

from ninja import Router

from xiancheng.site.schemas import Problem

router = Router(tags=["registers"])
READ: dict[int, Any] = {401: Problem, 403: Problem, 404: Problem, 422: Problem}
"""How reading may fail."""
WRITE: dict[int, Any] = {**READ, 409: Problem}
"""How a change may fail."""
