"""API tokens: the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from xiancheng.foundation.text import Text
from xiancheng.site.accounts.models import Token, User
from xiancheng.site.accounts.remembering import forget
from xiancheng.site.accounts.tokens import make_token
from xiancheng.site.audit.chain import record
from xiancheng.site.policy.needs import ACCOUNT, needs, subject_of
from xiancheng.site.policy.permission import Permission, Scope
from xiancheng.site.problems import ForbiddenError, NotFoundError
from xiancheng.site.schemas import ONE_LINE, Line, Problem

router = Router(tags=["people"])
MOST = 500
MOST_DAYS = 3660


class TokenOut(Schema):
    """A token, without the token itself."""

    id: int
    owner: str
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    valid: bool


class TokensOut(Schema):
    """Some tokens, the newest first."""

    items: list[TokenOut]
    total: int
    more: bool


class TokenIn(Schema):
    """A new token; without a number of days it never expires."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=80)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = 365


class TokenMade(Schema):
    """A new token, which is not shown again."""

    token: str
    record: TokenOut


@router.get("", response={200: list[TokenOut], 401: Problem, 403: Problem}, summary="my tokens")
@needs(ACCOUNT)
def list_own_tokens(request: HttpRequest) -> list[dict[str, Any]]:
    """Return one's own tokens, the newest first; revoked ones too."""
    return [_token_out(token) for token in Token.objects.select_related("user").filter(user_id=_own_id(request))]


@router.get("/all", response={200: TokensOut, 401: Problem, 403: Problem}, summary="everybody's tokens")
@needs(Permission.PEOPLE_MANAGE)
def list_all_tokens(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=80, pattern=ONE_LINE)] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> dict[str, Any]:
    """Return the tokens of all accounts that can still be used, filtered by name of the account or token."""
    del request
    now = timezone.now()
    found = Token.objects.select_related("user").filter(
        Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None, user__is_active=True
    )
    if q:
        found = found.filter(Q(user__username__icontains=q) | Q(user__full_name__icontains=q) | Q(name__icontains=q))
    total = found.count()
    items = [_token_out(token) for token in found[offset : offset + limit]]
    return {"items": items, "total": total, "more": offset + len(items) < total}


@router.post("", response={201: TokenMade, 401: Problem, 403: Problem, 422: Problem}, summary="make a token")
@needs(ACCOUNT)
def add_token(request: HttpRequest, token: TokenIn) -> Status[dict[str, Any]]:
    """Make a token for oneself, in a browser. It never allows more than its owner may do."""
    subject_of(request).require_browser()
    expires = timezone.now() + timedelta(days=token.days) if token.days is not None else None
    scopes = [scope for scope in Scope if scope in token.scopes]
    with transaction.atomic():
        made, text = make_token(User.objects.get(pk=_own_id(request)), token.name, scopes, expires_at=expires)
        record(request, "token.create", made.prefix, name=made.name, scopes=made.scopes, expires_at=expires)
    return Status(201, {"token": text, "record": _token_out(made)})


@router.delete("/{int:token_id}", response={204: None, 401: Problem, 403: Problem, 404: Problem}, summary="revoke")
@needs(ACCOUNT)
def revoke_token(request: HttpRequest, token_id: int) -> Status[None]:
    """Revoke a token: one's own, or anybody's for those who manage people."""
    subject = subject_of(request)
    mine = Token.objects.select_related("user").filter(pk=token_id)
    if not subject.may(Permission.PEOPLE_MANAGE):
        mine = mine.filter(user_id=_own_id(request))
    if subject.token_id not in {None, token_id} and not subject.may(Permission.PEOPLE_MANAGE):
        raise ForbiddenError(Text("令牌只能吊销自己", "a token can revoke only itself"))
    token = mine.first()
    if token is None:
        raise NotFoundError(Text("没有这个令牌", "no such token"))
    with transaction.atomic():
        if Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            forget()
            record(request, "token.revoke", token.prefix, owner=token.user.username, name=token.name)
    return Status(204, None)


def _own_id(request: HttpRequest) -> int:
    user_id = subject_of(request).user_id
    assert user_id is not None, "the view needs an account"
    return user_id


def _token_out(token: Token) -> dict[str, Any]:
    valid = (
        token.revoked_at is None
        and (token.expires_at is None or token.expires_at > timezone.now())
        and token.user.is_active
    )
    return {
        "id": token.pk, "owner": token.user.username, "name": token.name, "prefix": token.prefix,
        "scopes": token.scopes, "created_at": token.created_at, "expires_at": token.expires_at,
        "last_used_at": token.last_used_at, "revoked_at": token.revoked_at, "valid": valid,
    }  # fmt: skip
