"""Under which names the site answers: its own, addresses, and what is configured."""

import socket
from dataclasses import replace

import pytest

from xiancheng.site import serving
from xiancheng.site.configuration import SiteConfiguration
from xiancheng.site.hosts import is_ours, own_names, served_names

ADDRESSES = ("127.0.0.1", "192.168.3.4:8017", "[::1]:8017", "[fe80::1]")
STRANGE = (
    "evil.example",
    "127.0.0.1.evil.example:8017",
    "localhost.evil.example",
    "1.2.3",
    "0x7f000001",
    "a b",
    "",
    "@",
)


@pytest.fixture
def served(settings):
    """Serve under given names: ``served(["county.example"], bound="0.0.0.0")``."""

    def serve(configured, bound="127.0.0.1"):
        settings.SITE = replace(settings.SITE, allowed_hosts=tuple(configured))
        settings.SITE_HOSTS = served_names(configured, bound)

    return serve


def test_without_configuration_own_names_and_addresses(served):
    served([])
    own = (*own_names(), f"{socket.gethostname().upper()}:8017", "localhost:8017", "county.localhost")
    assert [h for h in (*own, *ADDRESSES) if not is_ours(h)] == []
    assert [h for h in (*STRANGE, f"{own_names()[1]}.evil.example") if is_ours(h)] == []


def test_the_name_that_it_listens_on(served):
    served([], bound="GIS.tumed.gov.cn")
    assert is_ours("gis.tumed.gov.cn:8017")
    served([], bound="fd00::5")
    assert is_ours("[fd00::5]:8017")


def test_configured_names_and_this_machine_only(served):
    served(["County.Example", ".tumed.gov.cn"], bound="0.0.0.0")
    for host in ("county.example", "COUNTY.example:443", "gis.tumed.gov.cn", "localhost:8017", "127.0.0.1", "[::1]"):
        assert is_ours(host), host
    for host in (*STRANGE, "192.168.3.4", "x.county.example"):
        assert not is_ours(host), host


def test_any_name_where_that_is_wanted(served):
    served(["*"])
    assert is_ours("evil.example")
    assert not is_ours("a b")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_says_what_to_do(site, client, served, language):
    served([])
    answer = client.get(f"/api/session?lang={language}", headers={"Host": "evil.example:81"})
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    body = answer.json()
    assert "evil.example" in body["title"]
    assert body["title"] == body["message"][language]
    assert body["detail"] == body["hint"][language]
    assert 'allowed_hosts = ["evil.example"]' in body["hint"]["zh"]
    assert 'allowed_hosts = ["evil.example"]' in body["hint"]["en"]
    assert "xiancheng_csrf" not in answer.cookies


def test_a_person_reads_it_in_both_languages(site, client, served):
    served([])
    answer = client.get("/", headers={"Host": "evil.example", "Accept": "text/html,*/*"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    text = answer.content.decode()
    assert "不以“evil.example”" in text
    assert "not served under the name 'evil.example'" in text
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["a b", "<script>", "x" * 300, "[::1", "a@b"])
def test_what_is_no_name_is_refused(site, client, served, host):
    served([])
    answer = client.get("/api/session", headers={"Host": host})
    assert answer.status_code == 400
    assert "<" not in answer.content.decode()


def test_the_name_that_a_proxy_gives(site, client, served, settings):
    served(["county.example"])
    settings.USE_X_FORWARDED_HOST = True
    headers = {"Host": "127.0.0.1:8017", "X-Forwarded-Host": "county.example"}
    assert client.get("/api/session", headers=headers).status_code == 200
    assert client.get("/api/session", headers=headers | {"X-Forwarded-Host": "evil.example"}).status_code == 400


def said(host, **settings):
    return " ".join(t.en + t.zh for t in serving._about_names(host, SiteConfiguration(**settings)))


def test_serve_says_once_which_names_it_answers_to():
    assert said("127.0.0.1") == ""
    assert said("0.0.0.0", allowed_hosts=("county.example",)) == ""
    for text in (said("0.0.0.0"), said("127.0.0.1", https=True)):
        assert own_names()[0] in text
        assert "allowed_hosts" in text
    assert "beware" in said("127.0.0.1", allowed_hosts=("*",))
