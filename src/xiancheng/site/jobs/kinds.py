"""Imports every module that registers a kind of job."""

from __future__ import annotations

from xiancheng.site.assessments import work as assessments
from xiancheng.site.audit import work as audit
from xiancheng.site.imports import work as imports
from xiancheng.site.publishing import after as after_publishing
from xiancheng.site.publishing import work as publishing
from xiancheng.site.registers.sheets import work as registers
from xiancheng.site.tiles import work as tiles

__all__ = ["after_publishing", "assessments", "audit", "imports", "publishing", "registers", "tiles"]
