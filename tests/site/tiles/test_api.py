"""The tiles by HTTP: ranges, caching, permission, making on demand."""

import shutil

import pytest
from django.test import Client

from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.running import run_pending

from .conftest import DAY


def archive_address(client, name="building"):
    each = client.get("/api/tiles").json()["snapshots"][-1]
    return f"/api/tiles/{each['date']}/{each['hash']}/{name}.pmtiles"


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_sets_are_those_of_the_snapshots(tiled_site, log_in):
    answer = log_in("planner").get("/api/tiles").json()
    assert [s["date"] for s in answer["snapshots"]] == ["2023-12-31", DAY.isoformat()]
    assert answer["making"] == []
    building = next(c for c in answer["snapshots"][-1]["classes"] if c["name"] == "building")
    assert building["geometry"] == "polygon"
    assert building["maxzoom"] == 15


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        (None, 200, slice(None)),
        ("bytes=0-126", 206, slice(0, 127)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=0-99999999", 206, slice(None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=5-4", 416, slice(0, 0)),
        ("bytes=-0", 416, slice(0, 0)),
    ],
)
def test_ranges(tiled_site, tiles_folder, log_in, wanted, status, part):
    client = log_in("planner")
    whole = (tiles_folder / "building.pmtiles").read_bytes()
    answer = client.get(archive_address(client), headers={"Range": wanted} if wanted else {})
    assert answer.status_code == status
    if status != 416:
        assert body(answer) == whole[part]
    if status == 416:
        assert answer["Content-Range"] == f"bytes */{len(whole)}"


def test_kept_for_ever_by_the_browser_only(tiled_site, log_in):
    client = log_in("planner")
    first = client.get(archive_address(client), headers={"Range": "bytes=0-9"})
    assert {"private", "immutable"} <= set(first["Cache-Control"].replace(" ", "").split(","))
    again = client.get(archive_address(client), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert client.head(archive_address(client)).status_code == 200
    other = client.get(archive_address(client), headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert other.status_code == 200


def test_only_classes_that_may_be_seen(tiled_site, log_in):
    everything, education = log_in("planner"), log_in("steward", "education")
    named = {c["name"] for c in education.get("/api/tiles").json()["snapshots"][-1]["classes"]}
    assert "school" in named
    assert "hospital" not in named
    address = archive_address(everything, "hospital")
    assert everything.get(address).status_code == 200
    assert education.get(address).status_code == 403
    assert Client().get(address).status_code == 401


def test_what_is_not_there(tiled_site, log_in):
    client = log_in("planner")
    address = archive_address(client)
    assert client.get(address.replace("building", "statistic")).status_code == 404
    assert client.get("/api/tiles/2025-12-31/../building.pmtiles").status_code == 404
    assert client.get("/api/tiles/2025-12-31/%2e%2e/building.pmtiles").status_code == 404


def test_missing_tiles_are_made_once(writable_site, log_in):
    shutil.rmtree(writable_site / "tiles", ignore_errors=True)
    client = log_in("planner")
    first = client.get("/api/tiles").json()
    assert first["snapshots"] == []
    assert first["making"] == ["2023-12-31", "2025-12-31"]
    client.get("/api/tiles")
    assert Job.objects.filter(kind="tiles").count() == 2
    assert all(job.state == "done" for job in run_pending())
    assert [s["date"] for s in client.get("/api/tiles").json()["snapshots"]] == ["2023-12-31", "2025-12-31"]
