"""Guessing passwords takes longer with each guess: for one account, and from one address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Attempts
from xiancheng.site.policy.address import client_address
from xiancheng.site.problems import TooManyError

FORGOTTEN_AFTER = timedelta(hours=24)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free; an office may share one address, so an address has more."""

    kind: str
    free: int

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures: nothing, then 30 s, doubling, at most an hour."""
        if failures < self.free:
            return timedelta()
        return min(FIRST_WAIT * 2 ** min(failures - self.free, 10), LONGEST_WAIT)


ACCOUNT = Limit("account", 5)
ADDRESS = Limit("address", 30)


def begin_attempt(request: HttpRequest, name: str) -> timedelta:
    """Count an attempt as failed before its password is looked at, so that parallel guesses cannot slip through.

    Returns
    -------
    timedelta
        How long the next attempt must wait if this one fails.

    Raises
    ------
    TooManyError
        If the account or the address must wait.
    """
    now = timezone.now()
    keys = [(ACCOUNT, account_key(name)), (ADDRESS, f"address:{client_address(request)}")]
    with transaction.atomic():
        # A scanner that tries many names must not fill the disk.
        Attempts.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()
        rows = [_locked_row(key, now) for _, key in keys]
        until = max((row.locked_until for row in rows if row.locked_until is not None), default=now)
        if until <= now:
            for (limit, _), row in zip(keys, rows, strict=True):
                row.failures += 1
                row.last_at = now
                wait = limit.wait(row.failures)
                row.locked_until = now + wait if wait else None
                row.save()
    if until > now:
        raise _too_many(until - now)
    return max(row.locked_until - now if row.locked_until else timedelta() for row in rows)


def attempt_succeeded(request: HttpRequest, name: str) -> None:
    """Forget the failures of an account; of the address only this attempt, or one's own login would reset guessing."""
    with transaction.atomic():
        Attempts.objects.filter(key=account_key(name)).delete()
        row = Attempts.objects.select_for_update().filter(key=f"address:{client_address(request)}").first()
        if row is not None and row.failures:
            row.failures -= 1
            row.locked_until = None
            row.save()


def locked_until(name: str) -> datetime | None:
    """Return until when logins of an account are refused; None if they are not."""
    return locked_accounts([name]).get(name)


def locked_accounts(names: list[str]) -> dict[str, datetime]:
    """Return until when those of `names` that are locked are."""
    by_key = {account_key(name): name for name in names}
    rows = Attempts.objects.filter(key__in=by_key, locked_until__gt=timezone.now()).values_list("key", "locked_until")
    return {by_key[key]: until for key, until in rows if until is not None}


def unlock(name: str) -> bool:
    """Forget the failed logins of an account; return whether there were any."""
    return Attempts.objects.filter(key=account_key(name)).delete()[0] > 0


def lock(name: str, wait: timedelta = LONGEST_WAIT) -> None:
    """Refuse logins of an account for a while."""
    now = timezone.now()
    Attempts.objects.update_or_create(
        key=account_key(name), defaults={"failures": ACCOUNT.free, "last_at": now, "locked_until": now + wait}
    )


def account_key(name: str) -> str:
    """Return the key under which the failures of an account's name are counted."""
    return f"account:{name.casefold()[:120]}"


def _locked_row(key: str, now: datetime) -> Attempts:
    Attempts.objects.get_or_create(key=key, defaults={"last_at": now})
    return Attempts.objects.select_for_update().get(key=key)


def _too_many(left: timedelta) -> TooManyError:
    seconds = max(1, round(left.total_seconds()))
    minutes = -(-seconds // 60)
    zh = f"{seconds} 秒" if seconds < 90 else f"{minutes} 分钟"
    en = f"{seconds} seconds" if seconds < 90 else f"{minutes} minutes"
    return TooManyError(
        Text(f"登录失败次数过多，请 {zh}后再试", f"too many failed logins; try again in {en}"),
        Text("忘记口令时请系统管理员解锁并重设", "if you forgot the password, ask an administrator to unlock it"),
        seconds=seconds,
    )
