"""Under which names the site answers.

A page of a stranger may let its own name lead to this machine (DNS rebinding); the browsers of people within the
network then hold our answers for that page's own. So a request must name a host that is ours. What a county's DNS or a
proxy calls this machine cannot be known here and has to be configured; but a site that answers to nothing before that
would make everybody write ``*``. Therefore, while nothing is configured, it answers to the names that the machine has
of itself and to any IP address: no stranger can have a name that is an address, and a page which was reached by an
address of this machine comes from this machine. Once `allowed_hosts` is set it answers to these, and on the machine
itself.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from http import HTTPStatus
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from xiancheng.foundation.text import Text, speaking
from xiancheng.site.middleware import chosen_language
from xiancheng.site.problems import problem

ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound
ANY_NAME = "*"
_LOOPBACK = ("localhost", ".localhost", "127.0.0.1", "[::1]")
_LONGEST_SHOWN = 100


def own_names() -> tuple[str, ...]:
    """Return what this machine calls itself; nothing is asked of the network."""
    full = socket.gethostname().lower().rstrip(".")
    short = full.partition(".")[0]
    return tuple(dict.fromkeys((full, short, f"{short}.local")))


def served_names(configured: Sequence[str], bound: str) -> tuple[str, ...]:
    """Return the names to answer to.

    Parameters
    ----------
    configured
        The setting ``allowed_hosts``.
    bound
        The address that the site listens on.
    """
    if configured:
        return (*(name.lower() for name in configured), *_LOOPBACK)
    listening = () if bound in ANY_ADDRESS else (f"[{bound}]" if ":" in bound else bound.lower(),)
    return (*own_names(), *listening, *_LOOPBACK)


def is_ours(host: str) -> bool:
    """Whether the site answers to what a request names as its host, with or without a port."""
    name = split_domain_port(host)[0]
    if not name:
        return False
    return validate_host(name, settings.SITE_HOSTS) or (not settings.SITE.allowed_hosts and _is_address(name))


def only_ours(next_handler: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse requests that name another host."""

    def handle(request: HttpRequest) -> HttpResponse:
        try:
            host = request.get_host()
        except DisallowedHost:
            host = ""
        if is_ours(host):
            return next_handler(request)
        with speaking(chosen_language(request)):
            return _refusal(request, split_domain_port(host)[0])

    return handle


def _refusal(request: HttpRequest, name: str) -> HttpResponse:
    shown = name[:_LONGEST_SHOWN]
    message = Text(f"本站不以“{shown}”这个名字提供服务", f"this site is not served under the name {shown!r}")
    hint = Text(
        f'系统管理员：在 county.toml 的 [site] 写 allowed_hosts = ["{shown}"]，重启网站',
        f'for the administrator: write allowed_hosts = ["{shown}"] in [site] of county.toml and start the site again',
    )
    if not name:
        message = Text("请求没有说明有效的主机名", "the request names no valid host")
        hint = Text("请检查地址", "check the address")
    if "text/html" in request.headers.get("Accept", ""):
        # For a person at a browser, who may read either language; as plain text nothing in the name can be markup.
        lines = f"{message.zh}\n{hint.zh}\n\n{message.en}\n{hint.en}\n"
        response = HttpResponse(lines, status=HTTPStatus.BAD_REQUEST, content_type="text/plain; charset=utf-8")
    else:
        response = problem(HTTPStatus.BAD_REQUEST, message, hint)
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response["Cache-Control"] = "no-store"
    return response


def _is_address(name: str) -> bool:
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
