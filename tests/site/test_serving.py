"""Serving: what is told before, what runs, what stops, what is sent and how."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from xiancheng.cli import app
from xiancheng.foundation.errors import XianchengError
from xiancheng.site import web
from xiancheng.site.compression import compress
from xiancheng.site.serving import require_free, shown_address
from xiancheng.site.supervision import Supervisor

from .serving import free_port

RUN = "from xiancheng.cli import main; main()"
BIG = json.dumps({"school": ["学校"] * 500}).encode()


def test_a_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(XianchengError, match="cannot listen"):
            require_free("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(XianchengError, match="cannot listen"):
        require_free("203.0.113.1", 8017)
    require_free("127.0.0.1", free_port())


def test_shown_address():
    assert shown_address("0.0.0.0", 8017) == "http://localhost:8017/"
    assert shown_address("::1", 80) == "http://[::1]:80/"
    assert shown_address("10.0.0.5", 80) == "http://10.0.0.5:80/"


def _sent(response, **headers):
    return compress(lambda request: response)(RequestFactory().get("/", headers=headers))


def test_json_is_compressed_for_those_who_take_it():
    answer = _sent(HttpResponse(BIG, content_type="application/geo+json"), accept_encoding="br, gzip;q=0.8")
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Vary"] == "Accept-Encoding"
    assert int(answer["Content-Length"]) == len(answer.content) < len(BIG) / 5
    assert gzip.decompress(answer.content) == BIG
    for accepted in ("identity", "gzip;q=0", ""):
        plain = _sent(HttpResponse(BIG, content_type="application/json"), accept_encoding=accepted)
        assert plain.content == BIG
        assert plain["Vary"] == "Accept-Encoding"


def test_streams_of_json_are_compressed_as_they_come():
    parts = [b"[", *[b'{"a":1},'] * 5000, b"1]"]
    answer = _sent(StreamingHttpResponse(iter(parts), content_type="application/geo+json"), accept_encoding="gzip")
    assert gzip.decompress(b"".join(answer.streaming_content)) == b"".join(parts)


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(BIG, content_type="text/html"),
        HttpResponse(BIG, content_type="text/event-stream"),
        HttpResponse(BIG, content_type="application/vnd.pmtiles"),
        HttpResponse(BIG, content_type="application/json", status=206, headers={"Content-Range": "bytes 0-1/2"}),
        HttpResponse(b"{}", content_type="application/json"),
        HttpResponse(BIG, content_type="application/json", headers={"Content-Encoding": "zstd"}),
    ],
)
def test_all_else_stays_as_it_is(response):
    before = response.content
    answer = _sent(response, accept_encoding="gzip")
    assert answer.content == before
    assert answer.get("Content-Encoding") in {None, "zstd"}


@pytest.fixture
def built(tmp_path, monkeypatch):
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>县城</title>", encoding="utf-8")
    (dist / "assets" / "app-abc.js").write_bytes(b"console.log(1);" * 200)
    (dist / "assets" / "font.woff2").write_bytes(b"x" * 5000)
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(web, "DIST", dist)
    return dist


def test_static_files(built, site, client):
    script = client.get("/assets/app-abc.js", headers={"accept-encoding": "gzip"})
    assert script["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in script["Cache-Control"]
    assert gzip.decompress(script.content) == b"console.log(1);" * 200
    assert client.get("/assets/app-abc.js").content == b"console.log(1);" * 200
    font = client.get("/assets/font.woff2", headers={"accept-encoding": "gzip"})
    assert font["Content-Type"] == "font/woff2"
    assert "Content-Encoding" not in font
    assert not isinstance(font, FileResponse)


def test_pages_are_asked_for_again_but_not_sent_again(built, site, client):
    page = client.get("/programme/24.2")
    assert page["Cache-Control"] == "no-cache"
    again = client.get("/", headers={"if-none-match": page["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    (built / "index.html").write_text("another", encoding="utf-8")
    os.utime(built / "index.html", (1, 1))
    assert client.get("/", headers={"if-none-match": page["ETag"]}).content == b"another"


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/%00", "/assets/" + "x" * 5000])
def test_nothing_outside_the_application_is_sent(built, site, client, path):
    answer = client.get(path)
    assert b"secret" not in answer.content
    assert answer.status_code in {200, 404}


def test_pages_are_only_read(built, site, client):
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


def test_what_is_too_large_is_refused_before_it_is_read(site, client):
    answer = client.post("/api/session/login", b"", content_type="application/json", CONTENT_LENGTH=str(10**9))
    assert answer.status_code == 413
    assert "MB" in answer.json()["hint"]["zh"]


def test_a_companion_that_dies_is_started_again(tmp_path, monkeypatch):
    log = tmp_path / "starts"
    (tmp_path / "companion_of_test.py").write_text(
        f"import os, time\nopen({str(log)!r}, 'a').write(f'{{os.getpid()}} ')\ntime.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("xiancheng.site.supervision.FIRST_PAUSE", 0.1)
    monkeypatch.setattr("xiancheng.site.supervision._Companion.pause", 0.1)
    supervisor = Supervisor(["companion_of_test"])
    supervisor._companions[0].pause = 0.1
    supervisor.start()
    try:
        first = _started(log, 1)[0]
        os.kill(first, signal.SIGKILL)
        second = _started(log, 2)[1]
        assert second != first
        assert supervisor._companions[0].pause == 0.2, "longer every time"
    finally:
        supervisor.stop(5)
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def _started(log, count):
    for _ in range(200):
        if log.exists() and len(found := log.read_text().split()) >= count:
            return [int(number) for number in found]
        time.sleep(0.05)
    raise AssertionError("it was not started")


def _children(parent):
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    return [int(pid) for pid, ppid in (line.split() for line in listed.splitlines()) if int(ppid) == parent]


def _gone(pids, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        alive = [pid for pid in pids if not _has_ended(pid)]
        if not alive:
            return True
        time.sleep(0.2)
    return False


def _has_ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_whole_site_starts_and_ends_together(tmp_path, how):
    """Ended in order within seconds; and even when it is killed without a word nothing stays behind."""
    text = '[county]\nname = "测试"\ncode = "150221"\ncrs = "EPSG:4549"\n[site]\nworkers = 1\n'
    (tmp_path / "county.toml").write_text(text, encoding="utf-8")
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XIANCHENG_", "DJANGO_"))}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, "-C", str(tmp_path), "serve", "--port", str(port)],
            env=environment | {"XIANCHENG_LANG": "en"}, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    if json.load(answer)["status"] == "ok":
                        break
            except OSError:
                pass
            time.sleep(0.1)
        else:
            raise AssertionError((tmp_path / "log").read_text())
        said = (tmp_path / "log").read_text()
        assert f"http://localhost:{port}/" in said
        assert f"http://localhost:{port + 1}/live" in said
        assert "there is no account yet" in said
        children = _children(process.pid)
        assert len(children) >= 3
        process.send_signal(how)
        process.wait(20)
        assert _gone(children, 15)
    finally:
        process.kill()
        process.wait()


def test_the_doctor_looks_at_the_site(tmp_path, monkeypatch):
    text = '[county]\nname = "测试"\ncode = "150221"\ncrs = "EPSG:4549"\n'
    (tmp_path / "county.toml").write_text(text, encoding="utf-8")
    key = tmp_path / ".site-key"
    key.write_text("x")
    key.chmod(0o644)

    app._register()

    def states():
        result = CliRunner().invoke(app.root, ["-C", str(tmp_path), "doctor", "--json"])
        return {c["what"]["en"].split("(")[0].strip(): c["state"] for c in json.loads(result.stdout)}

    found = states()
    assert found["signing key .site-key"] == "error"
    assert found["settings of the site: SQLite, 2 processes"] == "ok"
    assert not (tmp_path / "civic.sqlite3").exists(), "looking makes nothing"
    key.chmod(0o600)
    assert states()["signing key .site-key"] == "ok"
    (tmp_path / "county.toml").write_text(text + "[site]\nwrong = 1\n", encoding="utf-8")
    assert any("no setting 'wrong'" in what for what in states())
