"""Logging in with an identity service: the real server, a real OpenID flow, a small provider."""

import os
import socket
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from xiancheng.foundation.errors import ConfigError
from xiancheng.site.accounts.oidc_settings import oidc_settings
from xiancheng.site.configuration import Oidc, load_configuration

from .identity_service import CLIENT, SECRET, IdentityService

pytestmark = pytest.mark.xdist_group("oidc")  # what the module sets up is costly

pytest.importorskip("allauth")
SERVER = """
import sys
from pathlib import Path
from xiancheng.site.setup import migrate, start_django
start_django(Path(sys.argv[1]))
migrate()
from xiancheng.site.accounts.making import make_account
for name in ("wang", "gone"):
    make_account(name, password="county-2025-x", roles=["planner"])
from xiancheng.site.accounts.models import User
User.objects.filter(username="gone").update(is_active=False)
from wsgiref.simple_server import make_server
from xiancheng.site.wsgi import application
server = make_server("127.0.0.1", int(sys.argv[2]), application)
print("ready", flush=True)
server.serve_forever()
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def service():
    made = IdentityService()
    yield made
    made.close()


@pytest.fixture(scope="module")
def site_address(service, sample_county, tmp_path_factory):
    """A county of its own whose site is served with the identity service."""
    folder, port = tmp_path_factory.mktemp("oidc-county"), free_port()
    text = (sample_county / "county.toml").read_text(encoding="utf-8")
    more = f'\n[site.oidc]\nserver_url = "{service.address}"\nclient_id = "{CLIENT}"\nname = "统一认证"\n'
    (folder / "county.toml").write_text(text + more, encoding="utf-8")
    environment = os.environ | {"XIANCHENG_OIDC_SECRET": SECRET, "OAUTHLIB_INSECURE_TRANSPORT": "1"}
    environment.pop("XIANCHENG_DATABASE", None)
    command = [sys.executable, "-c", SERVER, str(folder), str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture
def browser(service):
    service.person, service.refuse = "wang", False
    with requests.Session() as made:
        yield made


def who(browser, address):
    return browser.get(f"{address}/api/session", timeout=30).json()["account"]


def last_step(browser, address):
    """Go to the service and back, and return the address to which the browser comes at the end."""
    at = address
    for _ in range(3):
        answer = browser.get(at, allow_redirects=False, timeout=30)
        at = requests.compat.urljoin(at, answer.headers["Location"])
    return at


def test_the_button_and_the_whole_flow(site_address, browser):
    shown = browser.get(f"{site_address}/api/session", timeout=30).json()["oidc"]
    assert shown == {"name": "统一认证", "url": "/oidc/login"}
    before = browser.cookies.get("xiancheng_session")
    end = last_step(browser, f"{site_address}/oidc/login?next=/city%3Fdate%3D2025-12-31")
    assert end == f"{site_address}/city?date=2025-12-31"
    account = who(browser, site_address)
    assert (account["username"], account["roles"]) == ("wang", ["planner"])
    assert browser.cookies["xiancheng_session"] != before


@pytest.mark.parametrize("person", ["stranger", "gone", "", "x\x00"])
def test_who_has_no_account_gets_none(site_address, browser, service, person):
    service.person = person
    end = last_step(browser, f"{site_address}/oidc/login")
    assert end in {f"{site_address}/login?oidc=unknown", f"{site_address}/login?oidc=failed"}
    assert who(browser, site_address) is None


def test_what_the_service_refuses_is_told_on_the_login_page(site_address, browser, service):
    service.refuse = True
    assert last_step(browser, f"{site_address}/oidc/login") == f"{site_address}/login?oidc=failed"
    assert who(browser, site_address) is None


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:0"])
def test_it_does_not_lead_elsewhere(site_address, browser, elsewhere):
    end = last_step(browser, f"{site_address}/oidc/login?next={requests.utils.quote(elsewhere, safe='')}")
    assert urlsplit(end).netloc == urlsplit(site_address).netloc


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(site_address, browser, service):
    """Somebody else's code, put into this browser, must not log it in (login CSRF)."""
    with requests.Session() as attacker:
        start = attacker.get(f"{site_address}/oidc/login", allow_redirects=False, timeout=30).headers["Location"]
        back = attacker.get(start, allow_redirects=False, timeout=30).headers["Location"]
    assert "code" in parse_qs(urlsplit(back).query)
    browser.get(back, allow_redirects=False, timeout=30)
    assert who(browser, site_address) is None


def test_configuration(tmp_path, monkeypatch):
    path = tmp_path / "county.toml"
    path.write_text('[site.oidc]\nserver_url="https://id"\nclient_id="x"\nname="统一认证"\n', encoding="utf-8")
    oidc = load_configuration(tmp_path, {}).oidc
    assert oidc == Oidc("https://id", "x", name="统一认证")
    monkeypatch.delenv("XIANCHENG_OIDC_SECRET", raising=False)
    with pytest.raises(ConfigError, match="XIANCHENG_OIDC_SECRET"):
        oidc_settings(oidc)
    for wrong in ('oidc="x"', '[site.oidc]\nclient_id="x"', '[site.oidc]\nserver_url="u"\nclient_id="x"\nsecret="s"'):
        text = wrong if wrong.startswith("[") else f"[site]\n{wrong}"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError):
            load_configuration(tmp_path, {})


def test_without_the_extra_it_is_said(monkeypatch):
    monkeypatch.setattr("xiancheng.site.accounts.oidc_settings.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as refused:
        oidc_settings(Oidc("https://id", "x"))
    assert "xiancheng[oidc]" in refused.value.hint.en
