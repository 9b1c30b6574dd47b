"""The programme, its clauses and their figures: the API."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["assessments"])
