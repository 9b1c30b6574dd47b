"""Which representation a request wants, and which parameters it may carry."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from django.http import HttpRequest

from xiancheng.foundation.text import Text
from xiancheng.site.ogc.errors import BadParameterError
from xiancheng.site.problems import RefusedError

HTML, JSON = "html", "json"
COMMON = ("f", "lang")
"""Parameters that every address takes."""
LANGUAGES = ("zh", "en")
_ALIASES = {"json": JSON, "geojson": JSON, "html": HTML}
_ANY = "*/*"


def representation(request: HttpRequest, offered: dict[str, str]) -> str:
    """Return the key of the representation that ``f`` or the ``Accept`` header asks for; the first if any will do.

    Parameters
    ----------
    offered
        Key (as in ``f=``) → media type.

    Raises
    ------
    BadParameterError
        If ``f`` asks for one that there is not.
    RefusedError
        If the header accepts none (406).
    """
    wanted = request.GET.get("f")
    if wanted is not None:
        key = wanted if wanted in offered else _ALIASES.get(wanted, "")
        if key not in offered:
            listed = ", ".join(offered)
            raise BadParameterError("f", Text(f"没有格式“{wanted}”", f"no format {wanted!r}"), Text(listed, listed))
        return key
    for accepted in _accepted(request.headers.get("Accept", _ANY)):
        for key, media in offered.items():
            if _fits(accepted, media):
                return key
    listed = ", ".join(offered.values())
    raise RefusedError(
        HTTPStatus.NOT_ACCEPTABLE,
        Text("没有您要的格式", "there is no such representation"),
        Text(f"可提供 {listed}", f"there is {listed}"),
    )


def check_parameters(request: HttpRequest, allowed: Iterable[str]) -> None:
    """Refuse parameters that an address does not know, or that are given twice, and languages that there are not.

    Raises
    ------
    BadParameterError
        Naming the parameter.
    """
    known = {*COMMON, *allowed}
    for name, values in request.GET.lists():
        if name not in known:
            listed = ", ".join(sorted(known))
            raise BadParameterError(name, Text("没有这个参数", "there is no such parameter"), Text(listed, listed))
        if name == "lang" and values[-1] not in LANGUAGES:
            listed = ", ".join(LANGUAGES)
            raise BadParameterError(
                name, Text(f"没有语言“{values[-1]}”", f"no language {values[-1]!r}"), Text(listed, listed)
            )
        if len(values) > 1:
            raise BadParameterError(name, Text("给了多次", "it is given more than once"), Text("一次", "it once"))


def _accepted(header: str) -> list[str]:
    """Return the media types of an ``Accept`` header, the most wanted first."""
    weighed: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")):
        media, _, rest = part.partition(";")
        quality = 1.0
        for parameter in rest.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        if quality > 0 and media.strip():
            weighed.append((-quality, place, media.strip().lower()))
    return [media for _, _, media in sorted(weighed)] or [_ANY]


def _fits(accepted: str, media: str) -> bool:
    bare = media.partition(";")[0]
    if accepted in {_ANY, bare}:
        return True
    kind, _, sub = accepted.partition("/")
    # Whoever accepts plain JSON can read every sort of it.
    return (sub == "*" and bare.startswith(f"{kind}/")) or (accepted == "application/json" and bare.endswith("json"))
