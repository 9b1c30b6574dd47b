"""Guessing passwords takes longer with each guess: of one account from one address, from one address, of one account.

Were an account locked by failures alone, anybody could keep a colleague out by typing wrong passwords. So what locks
soon is a name together with the address that it was tried from, which leaves the owner alone at another desk. Somebody
with many addresses meets the limit of the name, which is slow to come and does not hold at addresses where the owner
has logged in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Attempts
from xiancheng.site.policy.address import client_address
from xiancheng.site.problems import TooManyError

FORGOTTEN_AFTER = timedelta(hours=24)
KNOWN_FOR = timedelta(days=30)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free; an office may share one address, and an owner have many, so these have more."""

    kind: str
    free: int

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures: nothing, then 30 s, doubling, at most an hour."""
        if failures < self.free:
            return timedelta()
        return min(FIRST_WAIT * 2 ** min(failures - self.free, 10), LONGEST_WAIT)


PAIR = Limit("pair", 5)
ADDRESS = Limit("address", 30)
ACCOUNT = Limit("account", 50)
KNOWN = "known"


def begin_attempt(request: HttpRequest, name: str) -> timedelta:
    """Count an attempt as failed before its password is looked at, so that parallel guesses cannot slip through.

    Returns
    -------
    timedelta
        How long the next attempt must wait if this one fails.

    Raises
    ------
    TooManyError
        If this name must wait at this address, or the address or the name anywhere.
    """
    now, address = timezone.now(), client_address(request)
    with transaction.atomic():
        # A scanner that tries many names must not fill the disk.
        Attempts.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).exclude(key__startswith=f"{KNOWN}|").delete()
        Attempts.objects.filter(last_at__lt=now - KNOWN_FOR).delete()
        # Always in this order, or two attempts might wait for each other.
        rows = [(limit, _locked_row(_key(limit.kind, name, address), now)) for limit in (PAIR, ADDRESS, ACCOUNT)]
        known = Attempts.objects.filter(key=_key(KNOWN, name, address).text).exists()
        holding = [row for limit, row in rows if not (known and limit is ACCOUNT)]
        until = max((row.locked_until for row in holding if row.locked_until is not None), default=now)
        if until <= now:
            for limit, row in rows:
                row.failures += 1
                row.last_at = now
                wait = limit.wait(row.failures)
                row.locked_until = now + wait if wait else None
                row.save()
    if until > now:
        raise _too_many(until - now)
    return max(row.locked_until - now if row.locked_until else timedelta() for row in holding)


def attempt_succeeded(request: HttpRequest, name: str) -> None:
    """Forget the failures of an account, here and of all; of the address only this attempt.

    Otherwise somebody's own login would reset the guessing of others' passwords.
    """
    now, address = timezone.now(), client_address(request)
    with transaction.atomic():
        Attempts.objects.filter(key=_key(PAIR.kind, name, address).text).delete()
        row = Attempts.objects.select_for_update().filter(key=_key(ADDRESS.kind, name, address).text).first()
        if row is not None and row.failures:
            row.failures -= 1
            row.locked_until = None
            row.save()
        Attempts.objects.filter(key=_key(ACCOUNT.kind, name, address).text).delete()
        known = _key(KNOWN, name, address)
        Attempts.objects.update_or_create(key=known.text, defaults={"account": known.account, "last_at": now})


def locked_until(name: str) -> datetime | None:
    """Return until when logins of an account are refused, somewhere at least; None if they are not."""
    return locked_accounts([name]).get(name)


def locked_accounts(names: list[str]) -> dict[str, datetime]:
    """Return until when those of `names` that are locked are, at the address where it is longest."""
    by_account = {_account(name): name for name in names}
    rows = Attempts.objects.filter(account__in=by_account, locked_until__gt=timezone.now())
    found = rows.values("account").annotate(until=Max("locked_until"))
    return {by_account[row["account"]]: row["until"] for row in found}


def unlock(name: str) -> bool:
    """Forget the failed logins of an account, wherever they came from; return whether there were any."""
    return Attempts.objects.filter(account=_account(name), failures__gt=0).delete()[0] > 0


def lock(name: str, wait: timedelta = LONGEST_WAIT) -> None:
    """Refuse logins of an account for a while, except where its owner has logged in."""
    now, key = timezone.now(), _key(ACCOUNT.kind, name, "")
    Attempts.objects.update_or_create(
        key=key.text,
        defaults={
            "account": key.account, "failures": ACCOUNT.free, "last_at": now, "locked_until": now + wait,
        },
    )  # fmt: skip


class _Key(NamedTuple):
    text: str
    account: str


def _key(kind: str, name: str, address: str) -> _Key:
    """Return the key of a row. No address holds a bar, so that no name can be chosen to meet another's row."""
    account = _account(name)
    if kind == ADDRESS.kind:
        return _Key(f"{kind}|{address}", "")
    return _Key(f"{kind}|{account}" if kind == ACCOUNT.kind else f"{kind}|{address}|{account}", account)


def _account(name: str) -> str:
    return name.casefold()[:120]


def _locked_row(key: _Key, now: datetime) -> Attempts:
    Attempts.objects.get_or_create(key=key.text, defaults={"account": key.account, "last_at": now})
    return Attempts.objects.select_for_update().get(key=key.text)


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
