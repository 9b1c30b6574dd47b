"""Which entries of the log: filters that the API and the command line share."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from xiancheng.site.audit.models import Entry

EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)


def entries(
    *,
    user: str = "",
    action: str = "",
    target: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[Entry]:
    """Return entries that pass the filters, the newest first.

    Parameters
    ----------
    user
        Name of the account.
    action, target
        Beginning of the action (``register.``) and of what it was done to (``school/``).
    since, until
        First and last day, in the county's time.
    """
    found = Entry.objects.order_by("-number")
    if user:
        found = found.filter(user_name=user)
    if action:
        found = found.filter(action__startswith=action)
    if target:
        found = found.filter(target__startswith=target)
    if since is not None:
        found = found.filter(at__gte=_midnight(since))
    if until is not None:
        found = found.filter(at__lt=_midnight(until) + timedelta(days=1))
    return found


def known_actions() -> list[str]:
    """Return the actions that occur, by one look into the index for each."""
    found: list[str] = []
    while True:
        rest = Entry.objects.filter(action__gt=found[-1]) if found else Entry.objects.all()
        following = rest.order_by("action").values_list("action", flat=True).first()
        if following is None:
            return found
        found.append(following)


def _midnight(day: date) -> datetime:
    # Years near both ends of the calendar do not exist in every time zone, and no entry lies there.
    return timezone.make_aware(datetime.combine(min(max(day, EARLIEST), LATEST), time.min))
