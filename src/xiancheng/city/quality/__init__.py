"""Quality of a county's data: one report of what is wrong, by class, from checks that are one file each."""

from xiancheng.city.quality.presenting import render, write_xlsx
from xiancheng.city.quality.report import Finding, FoundObject, QualityReport, Severity
from xiancheng.city.quality.running import check

__all__ = ["Finding", "FoundObject", "QualityReport", "Severity", "check", "render", "write_xlsx"]
