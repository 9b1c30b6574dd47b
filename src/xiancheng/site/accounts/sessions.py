"""Browsers' sessions: begun at login, ended when idle or too old, listed and ended by their owner."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.http import HttpRequest
from django.utils import timezone

from xiancheng.site.accounts.models import BrowserSession, User
from xiancheng.site.policy.address import client_address

BACKEND = "django.contrib.auth.backends.ModelBackend"
SEEN_EVERY = timedelta(minutes=5)
LONGEST = timedelta(days=7)
OWNER = "_auth_user_id"


class SessionStore(DatabaseSessionStore):
    """Keeps a session's owner and where it came from beside its contents."""

    @classmethod
    def get_model_class(cls) -> type[BrowserSession]:
        """Return the model of the rows."""
        return BrowserSession

    def create_model_instance(self, data: dict[str, Any]) -> BrowserSession:
        """Return the row of a session."""
        row = cast("BrowserSession", super().create_model_instance(data))
        now = timezone.now()
        row.user_id = int(data[OWNER]) if OWNER in data else None
        row.handle = handle_of(row.session_key)
        row.begun_at = _moment(data.get("begun")) or now
        row.seen_at = _moment(data.get("seen")) or now
        row.address, row.agent = data.get("address", ""), data.get("agent", "")
        return row


def handle_of(session_key: str) -> str:
    """Return the name of a session that may be shown."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]


def begin_session(request: HttpRequest, user: User) -> None:
    """Log somebody in under a new session key: one that was known before the login is worth nothing after it."""
    login(request, user, backend=BACKEND)
    now = timezone.now().isoformat()
    request.session.update(
        {
            "begun": now,
            "seen": now,
            "address": client_address(request)[:64],
            "agent": request.headers.get("User-Agent", "")[:200],
        }
    )
    SessionStore.clear_expired()


def keep_session(request: HttpRequest) -> None:
    """Note that a session is in use, which moves its idle end; end one that is too old however busy it is."""
    now = timezone.now()
    begun, seen = _moment(request.session.get("begun")), _moment(request.session.get("seen"))
    if begun is not None and now - begun > LONGEST:
        request.session.flush()
        request.user = AnonymousUser()
    elif seen is None or now - seen > SEEN_EVERY:
        request.session["seen"] = now.isoformat()


def keep_only_this_session(request: HttpRequest, user: User) -> int:
    """End all other sessions of somebody and give this one a new key; return how many ended."""
    update_session_auth_hash(request, user)
    return end_sessions(user, but=request.session.session_key)


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End the sessions of somebody; return how many."""
    found = BrowserSession.objects.filter(user=user)
    if but is not None:
        found = found.exclude(session_key=but)
    return found.delete()[0]


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
