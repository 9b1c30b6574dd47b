"""Units, people, the roles they hold, API tokens, browsers' sessions and failed logins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase


class Unit(models.Model):
    """A bureau, a unit of one, or the county government itself: a tree with codes."""

    code = models.CharField(max_length=64, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    bureau = models.CharField(
        max_length=64, blank=True, help_text="id of the programme's bureau which this unit is or belongs to"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name_zh


class UserManager(BaseUserManager["User"]):
    """Makes accounts."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        """Make an account; without a password it can only be used by tokens or an outside identity."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person with an account."""

    username = models.CharField(max_length=64, unique=True)
    full_name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        ordering = ("username",)

    def __str__(self) -> str:
        return self.full_name or self.username


class Membership(models.Model):
    """A role that somebody holds in a unit."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=64)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "role", "unit"), name="one_role_once_in_a_unit")]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Token(models.Model):
    """A key with which a program acts for a person; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class BrowserSession(AbstractBaseSession):
    """A browser's session, with whose it is, so that somebody can see and end their own.

    `handle` names it to people: the key itself would let who reads it use the session.
    """

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    handle = models.CharField(max_length=32, db_index=True)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.handle

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Return the class that reads and writes these rows."""
        from xiancheng.site.accounts.sessions import SessionStore  # noqa: PLC0415 - it imports this model

        return SessionStore


class Attempts(models.Model):
    """Failed logins in a row, see :mod:`xiancheng.site.accounts.lockout`. Names without an account are counted alike.

    Attributes
    ----------
    account
        The name that it is about; empty for an address.
    """

    key = models.CharField(max_length=200, unique=True)
    account = models.CharField(max_length=120, blank=True, db_index=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.key} {self.failures}"
