"""Every view says what it needs; one that says nothing is not served."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest

from xiancheng.site.policy.permission import Permission
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import AuthenticationNeededError

View = TypeVar("View", bound=Callable[..., Any])
MARK = "xiancheng_needs"
PUBLIC = "public"
ACCOUNT = "account"
UNREADY_ACCOUNT = "unready account"


def subject_of(request: HttpRequest) -> Subject:
    """Return who makes a request."""
    return cast("Subject", getattr(request, "subject", Subject()))


def needs(*what: Permission | str, sees: str | None = None, edits: str | None = None) -> Callable[[View], View]:
    """Refuse a request that may not be made.

    Parameters
    ----------
    what
        Permissions, all of them; or `PUBLIC` (anybody), `ACCOUNT` (anybody who is logged in) or `UNREADY_ACCOUNT`
        (also somebody who must change the password first).
    sees, edits
        Name of the view's argument that holds a feature class, which must be visible or editable.

    Notes
    -----
    Place it under Ninja's decorator and directly above the function: ``@router.get(…)``, ``@needs(…)``, ``def …``.
    """
    permissions = [p for p in what if isinstance(p, Permission)]

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the view takes
            subject = subject_of(request)
            if UNREADY_ACCOUNT in what and subject.is_anonymous:
                raise AuthenticationNeededError
            if ACCOUNT in what:
                subject.require_account()
            subject.require(*permissions)
            if sees is not None:
                subject.require_class(kwargs[sees])
            if edits is not None:
                subject.require_class(kwargs[edits], edit=True)
            return view(request, *args, **kwargs)

        # Ninja reads the annotations and would look their names up in this module.
        checked.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        setattr(checked, MARK, (what, sees, edits))
        return cast("View", checked)

    return decorate
