"""From an account or a token to what it may do."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q
from django.utils import timezone

from xiancheng.site.accounts.models import Membership, Token, User
from xiancheng.site.accounts.remembering import remembered
from xiancheng.site.accounts.tokens import digest
from xiancheng.site.county import catalogue
from xiancheng.site.policy.permission import Scope
from xiancheng.site.policy.subject import Subject, subject_from

USED_EVERY = timedelta(minutes=5)
_of_users = remembered()
_of_tokens = remembered()


def subject_of_user(user: User | AnonymousUser) -> Subject:
    """Return what somebody may do in all roles."""
    if not isinstance(user, User) or not user.is_active:
        return Subject(sees=frozenset(settings.SITE.public_classes))
    subject: Subject = _of_users.get(user.pk, lambda: _look_up(user))
    return subject


def _look_up(user: User) -> Subject:
    # What was granted in a unit ends with the unit.
    held = Membership.objects.filter(Q(unit=None) | Q(unit__active=True), user=user).values_list(
        "role", "unit__code", "unit__bureau"
    )
    return subject_from(
        user_id=user.pk,
        name=user.username,
        memberships=[(role, unit or "", bureau or "") for role, unit, bureau in held],
        county_folder=settings.COUNTY_FOLDER,
        class_names=[c.name for c in catalogue()],
        public=settings.SITE.public_classes,
    )


def subject_of_browser(user: AbstractBaseUser | AnonymousUser) -> Subject:
    """Return what somebody may do who is logged in with a browser, perhaps with a password that must be changed."""
    if not isinstance(user, User | AnonymousUser):
        raise TypeError(user)
    subject = subject_of_user(user)
    if isinstance(user, User) and user.must_change_password:
        return subject.before_change(settings.SITE.public_classes)
    return subject


def subject_of_token(text: str) -> Subject | None:
    """Return what the owner of a token may do within its scopes; None if the token is not valid."""
    kept = digest(text)
    found: tuple[Subject, datetime | None] | None = _of_tokens.get(kept, lambda: _look_up_token(kept))
    if found is None:
        return None
    subject, expires_at = found
    return subject if expires_at is None or timezone.now() < expires_at else None


def _look_up_token(kept: str) -> tuple[Subject, datetime | None] | None:
    token = Token.objects.select_related("user").filter(digest=kept, revoked_at=None, user__is_active=True).first()
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)
    subject = subject_of_user(token.user).narrowed([Scope(s) for s in token.scopes], token.pk)
    return subject, token.expires_at
