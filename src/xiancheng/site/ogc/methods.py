"""One address, several methods, each a view that says what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from xiancheng.site.policy.needs import MARK, subject_of

View = Callable[..., HttpResponseBase]


def by_method(**views: View) -> View:
    """Return a view that calls the one of the request's method: ``by_method(GET=read, PUT=replace)``.

    It answers ``HEAD`` as ``GET``, ``OPTIONS`` with the methods that the asker may use, and others with 405. A walk
    over the addresses finds the views by method in its attribute ``views``; it declares what ``GET`` needs.
    """

    def dispatch(request: HttpRequest, **arguments: Any) -> HttpResponseBase:  # noqa: ANN401 - parts of the address
        method = str(request.method)
        view = views.get("GET" if method == "HEAD" else method)
        if view is not None:
            return view(request, **arguments)
        allowed = _allowed(request, views, arguments)
        if method != "OPTIONS":
            return HttpResponseNotAllowed(allowed)  # the middleware says it in words
        # Reading comes first: whoever may not see a class need not know what could be done with it.
        views["GET"](request, **arguments)
        return HttpResponse(headers={"Allow": ", ".join(allowed)})

    setattr(dispatch, MARK, getattr(views["GET"], MARK))
    dispatch.views = dict(views)  # type: ignore[attr-defined]
    return dispatch


def _allowed(request: HttpRequest, views: Iterable[str], arguments: dict[str, Any]) -> list[str]:
    editable = "class_name" in arguments and subject_of(request).may_edit(arguments["class_name"])
    return ["GET", "HEAD", "OPTIONS", *(m for m in views if m != "GET" and editable)]
