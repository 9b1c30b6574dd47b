"""Imports every module that registers a kind of job."""

from __future__ import annotations

from xiancheng.site.assessments import work as assessments
from xiancheng.site.tiles import work as tiles

__all__ = ["assessments", "tiles"]
