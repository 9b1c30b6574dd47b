"""Numbers of cases: the day in Beijing and a serial of that day."""

from __future__ import annotations

from datetime import datetime

from xiancheng.operations.terms import BEIJING
from xiancheng.site.cases.models import Serial


def new_number(at: datetime) -> str:
    """Return the next number of the day; to be called within the transaction that makes the case."""
    day = at.astimezone(BEIJING).date()
    Serial.objects.get_or_create(day=day)
    serial = Serial.objects.select_for_update().get(day=day)
    serial.last += 1
    serial.save(update_fields=["last"])
    return f"{day:%Y%m%d}{serial.last:06d}"
