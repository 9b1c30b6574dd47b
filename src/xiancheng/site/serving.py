"""``xiancheng serve``: the web server, the worker and the live updates, as processes of one command."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.configuration import SiteConfiguration, load_configuration
from xiancheng.site.hosts import ANY_ADDRESS, ANY_NAME, own_names
from xiancheng.site.live_address import HOST_VARIABLE, LIVE_PORT_VARIABLE
from xiancheng.site.setup import migrate, require_database, start_django
from xiancheng.site.supervision import supervised
from xiancheng.site.web import DIST

COMPANIONS = ("xiancheng.site.jobs", "xiancheng.site.live")
STOP_SECONDS = 10
BACKLOG = 1024


def serve(
    folder: Path, host: str, port: int, *, access_log: bool = False, tell: Callable[[Text], None] | None = None
) -> None:
    """Serve the county in `folder` until interrupted.

    Parameters
    ----------
    access_log
        Write a line a request to the standard output.
    tell
        Called with what a person should know once everything is ready to start.

    Raises
    ------
    XianchengError
        If the site cannot be served, saying why.
    """
    for number in (port, port + 1):
        require_free(host, number)
    os.environ[LIVE_PORT_VARIABLE], os.environ[HOST_VARIABLE] = str(port + 1), host
    start_django(folder)
    require_database()
    migrate()
    _ask_for_tiles()
    configuration = load_configuration(folder)
    if tell is not None:
        for text in _announcement(host, port, configuration):
            tell(text)
    # A clean process each: a fork would take locks along that threads of this one hold.
    multiprocessing.set_start_method("spawn", force=True)
    with supervised(COMPANIONS, STOP_SECONDS):
        Granian(
            "xiancheng.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=configuration.workers,
            blocking_threads=configuration.threads,
            backlog=BACKLOG,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            log_level=LogLevels.info if access_log else LogLevels.error,
            log_access=access_log,
        ).serve()


def _ask_for_tiles() -> None:
    """Have the tiles made that are missing, before anybody looks at a map."""
    from xiancheng.site.tiles.work import ask_for_tiles  # noqa: PLC0415 - models can be imported once Django is set up

    ask_for_tiles()


def require_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on.

    Raises
    ------
    XianchengError
        If it is taken, or the address is none of this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError as error:
        raise XianchengError(
            Text(f"没有权限监听端口 {port}", f"no permission to listen on port {port}"),
            Text(
                "1024 以下的端口需要特权；请用 --port 换一个", "ports below 1024 need privileges; choose one by --port"
            ),
        ) from error
    except OSError as error:
        raise XianchengError(
            Text(f"不能监听 {host}:{port}：{error.strerror}", f"cannot listen on {host}:{port}: {error.strerror}"),
            Text(
                "端口可能被另一个程序（或另一个县城网站）占用，网站用两个相邻端口；用 --port 换一个",
                "another program (or another site of Xiancheng) may use it; a site takes two ports in a row: choose"
                " others by --port",
            ),
        ) from error


def shown_address(host: str, port: int) -> str:
    """Return the address of the site as a person on this machine opens it."""
    name = "localhost" if host in {"127.0.0.1", *ANY_ADDRESS} else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


def _announcement(host: str, port: int, configuration: SiteConfiguration) -> list[Text]:
    from xiancheng.site.accounts.models import User  # noqa: PLC0415 - models can be imported once Django is set up

    address = shown_address(host, port)
    live = configuration.live_url or shown_address(host, port + 1) + "live"
    texts = [Text(f"网站      {address}", f"site      {address}"), Text(f"实时更新  {live}", f"live      {live}")]
    if host in ANY_ADDRESS:
        own = f"http://{socket.gethostname()}:{port}/"
        texts.append(Text(f"从别的机器 {own}", f"elsewhere {own}"))
    texts += _about_names(host, configuration)
    if not (DIST / "index.html").exists():
        texts.append(
            Text(
                "网页没有构建，只有接口可用：在源码目录运行 make ui",
                "the web pages are not built, only the APIs answer: run `make ui` in the checkout",
            )
        )
    if not User.objects.exists():
        texts.append(
            Text(
                "还没有账号。新建一个：xiancheng -C 目录 user add 名字 --role administrator",
                "there is no account yet. Make one: xiancheng -C DIR user add NAME --role administrator",
            )
        )
    return texts


def _about_names(host: str, configuration: SiteConfiguration) -> list[Text]:
    """Return what to say of the names under which others reach the site; nothing if only this machine does."""
    if ANY_NAME in configuration.allowed_hosts:
        text = Text(
            "注意：allowed_hosts 含 *，任何主机名都接受；请改为本站的域名",
            "beware: allowed_hosts has *, so any host name is answered; write the names of this site instead",
        )
        return [text]
    if configuration.allowed_hosts or (host not in ANY_ADDRESS and not configuration.https):
        return []
    names = own_names()
    return [
        Text(
            f"只接受 IP 地址和 {'、'.join(names)}；有别的域名或代理时写进 [site] allowed_hosts",
            f"answers to IP addresses and {', '.join(names)}; write other names, or a proxy's, in [site] allowed_hosts",
        )
    ]
