"""The real server on a free port, with accounts and tokens, for clients that speak HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PASSWORD = "county-2025-test"
START_SECONDS = 150
STOP_SECONDS = 15

_RUN = "from xiancheng.cli import main; main()"

_MAKE_ACCOUNTS = """
import json, sys
from pathlib import Path
from xiancheng.site.setup import migrate, start_django
start_django(Path(sys.argv[1]))
migrate()
from xiancheng.site.accounts.making import make_account
from xiancheng.site.accounts.models import User
from xiancheng.site.accounts.tokens import make_token
from xiancheng.site.county import county
from xiancheng.site.policy.permission import Scope
tokens = {}
for name, (role, bureau, scopes) in json.loads(sys.argv[2]).items():
    unit = f"{county().code}-{bureau}" if bureau else None
    make_account(name, password=sys.argv[3], roles=[role], unit=unit)
    user = User.objects.get(username=name)
    tokens[name] = make_token(user, "test", [Scope(s) for s in scopes])[1]
print(json.dumps(tokens))
"""


@dataclass(frozen=True)
class Person:
    """Somebody with an account and a token."""

    role: str
    bureau: str | None = None
    scopes: Sequence[str] = ("read", "export", "write")


@dataclass(frozen=True)
class Served:
    """A county that is being served.

    Attributes
    ----------
    url
        Its address, without a slash at the end.
    tokens
        Name of the account → API token; the password of all is `PASSWORD`.
    """

    url: str
    folder: Path
    tokens: Mapping[str, str] = field(default_factory=dict)

    def headers(self, name: str) -> dict[str, str]:
        """Return what a request of somebody carries."""
        return {"Authorization": f"Bearer {self.tokens[name]}"}


@contextmanager
def served(folder: Path, people: Mapping[str, Person], **settings: str) -> Iterator[Served]:
    """Serve the county in `folder` (which is written to) until the block ends.

    Parameters
    ----------
    people
        Accounts to make, by name.
    settings
        Keys of ``[site]``, such as ``workers="1"``.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XIANCHENG_")}
    environment |= {f"XIANCHENG_{key.upper()}": value for key, value in settings.items()}
    environment["DJANGO_SETTINGS_MODULE"] = "xiancheng.site.settings"
    wanted = json.dumps({name: (p.role, p.bureau, list(p.scopes)) for name, p in people.items()})
    made = subprocess.run(
        [sys.executable, "-c", _MAKE_ACCOUNTS, str(folder), wanted, PASSWORD],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    port = free_port()
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _RUN, "-C", str(folder), "serve", "--port", str(port)],
            env=environment, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield Served(url, folder, json.loads(made.stdout.splitlines()[-1]))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a port that nobody listens on, whose next is free too (for the live updates)."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
