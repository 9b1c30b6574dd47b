"""The real process: admission, what arrives, resuming, ends, stop."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from ..serving import free_port

pytestmark = pytest.mark.xdist_group("live")  # what the module sets up is costly

ACT = """
import json, sys
from pathlib import Path
from xiancheng.site.setup import migrate, start_django
start_django(Path(sys.argv[1]))
migrate()
from django.test import Client
from xiancheng.site.accounts.making import make_account
from xiancheng.site.accounts.models import BrowserSession, Unit, User
from xiancheng.site.accounts.tokens import make_token
from xiancheng.site.jobs.events import tell
from xiancheng.site.policy.permission import Scope
for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""
MAKE = (
    "[Unit.objects.create(code='edu', bureau='education').pk, c := Client(),"
    " u := make_account('edu', password='county-2025-test', roles=['steward'], unit='edu'), c.force_login(u),"
    " c.cookies['xiancheng_session'].value, make_token(u, 'x', [Scope.READ])[1]][4:]"
)


class Site:
    """A process beside the server that acts as the site does."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-c", ACT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, expression):
        self.process.stdin.write(expression + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@dataclass(frozen=True)
class Running:
    site: Site
    process: subprocess.Popen
    port: int
    session: str
    token: str

    @property
    def cookie(self):
        return f"other=1; xiancheng_session={self.session}"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """The live updates of a county without a model (they need none), checking rights often."""
    folder, port = tmp_path_factory.mktemp("county"), free_port() + 1
    text = '[county]\nname = "测试"\ncode = "150221"\ncrs = "EPSG:4549"\n'
    (folder / "county.toml").write_text(text, encoding="utf-8")
    site = Site(folder)
    session, token = site.do(MAKE)
    environment = os.environ | {
        "XIANCHENG_COUNTY": str(folder),
        "XIANCHENG_LIVE_PORT": str(port),
        "XIANCHENG_LIVE_RECHECK_SECONDS": "0.5",
    }
    process = subprocess.Popen([sys.executable, "-m", "xiancheng.site.live"], env=environment)
    try:
        for _ in range(600):
            try:
                if ask(port, "/healthz").status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield Running(site, process, port, session, token)
    finally:
        process.kill()
        process.wait()
        site.close()


def ask(port, path="/live", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def event(stream):
    """Return name, id and data of the next event that is not a sign of life."""
    found = {}
    while True:
        line = stream.readline().decode()
        if not line:
            return "closed", None, None
        name, _, value = line.strip().partition(": ")
        if name:
            found[name] = value
        elif "event" in found:
            return found["event"], int(found.get("id", 0)), json.loads(found["data"])


def after_registers(stream):
    """Return the next event that is not about a register."""
    while (kind := event(stream)[0]) == "register":
        pass
    return kind


def test_admission(running):
    port = running.port
    assert ask(port).status == 401
    assert ask(port, Cookie="xiancheng_session=forged").status == 401
    assert ask(port, Authorization="Bearer xc_wrong").status == 401
    assert ask(port, Cookie=running.cookie, Origin="http://evil.example").status == 403
    assert ask(port, "/other").status == 404
    own = f"http://127.0.0.1:{port - 1}"
    browser = ask(port, Cookie=running.cookie, Origin=own)
    assert browser.headers["Access-Control-Allow-Origin"] == own
    assert browser.headers["Access-Control-Allow-Credentials"] == "true"
    assert browser.headers["Content-Type"].startswith("text/event-stream")


def test_what_arrives_and_resuming(running):
    browser = ask(running.port, Cookie=running.cookie)
    program = ask(running.port, Authorization=f"Bearer {running.token}")
    assert event(browser)[0] == event(program)[0] == "begin"
    for name in ("hospital", "school"):
        running.site.do(f"tell('register', {{'class': '{name}'}}, class_name='{name}').pk")
    kind, last, data = event(browser)
    assert (kind, data["class"]) == ("register", "school"), "the hospitals are another bureau's"
    assert event(program)[2]["class"] == "school"

    running.site.do("tell('register', {'class': 'park'}, class_name='park').pk")
    again = ask(running.port, Cookie=running.cookie, Last_Event_ID=str(last))
    assert event(again)[2]["class"] == "park"
    assert event(again)[0] == "begin"
    assert event(ask(running.port, "/live?last=99999999", Cookie=running.cookie))[0] == "reload"


def test_ends_with_the_session_the_rights_and_the_process(running):
    browser = ask(running.port, Cookie=running.cookie)
    program = ask(running.port, Authorization=f"Bearer {running.token}")
    assert event(browser)[0] == event(program)[0] == "begin"
    running.site.do("BrowserSession.objects.all().delete()[0]")
    assert after_registers(browser) == "end"
    running.site.do("User.objects.get().memberships.all().update(unit=None)")
    assert after_registers(program) == "reload", "other rights: begin anew"
    assert ask(running.port, Cookie=running.cookie).status == 401

    program = ask(running.port, Authorization=f"Bearer {running.token}")
    assert event(program)[0] == "begin"
    began = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert after_registers(program) == "closed"
    assert running.process.wait(10) == 0
    assert time.monotonic() - began < 5
