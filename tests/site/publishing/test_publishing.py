"""Publishing: the summary against two assessments made here, pending changes, hooks, who may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from xiancheng.city.publish import open_snapshot
from xiancheng.programme.assess import assess

pytestmark = pytest.mark.django_db
JSON = "application/json"
DAY = date(2025, 12, 31)


def run(client: Client, day: date) -> Any:
    from xiancheng.site.jobs.models import Job
    from xiancheng.site.jobs.running import run_next

    started = client.post("/api/publishing", {"date": day.isoformat()}, content_type=JSON)
    assert started.status_code == 202
    while (job := run_next()) is not None and job.pk != started.json()["job"]:
        pass
    job = Job.objects.get(pk=started.json()["job"])
    assert job.state == "done", job.error
    return client.get(f"/api/publishing/{job.result['publication']}").json()


def change_places(client: Client, places: int) -> None:
    at = "/api/registers/school/items/XX0001"
    seen = client.get(at).json()["version"]
    body = {"attributes": {"places": places, "places_primary": places}, "valid_from": DAY.isoformat(), "reason": "扩建"}
    assert client.patch(at, body | {"expected": seen}, content_type=JSON).status_code == 200


@pytest.fixture
def own_assessment(writable_site):
    """Assess the snapshot of the day by the programme's own function, without anything that is kept."""

    def figures() -> dict[tuple[str, str], tuple[float | None, str]]:
        from xiancheng.site.county import catalogue, county, programme

        snapshot = open_snapshot(county(), catalogue(), DAY)
        result = assess([snapshot], programme(), as_of=DAY, today=date(2026, 6, 1))
        return {
            (c.clause.id, i.indicator.id): (i.measurement.value, i.status)
            for c in result.clauses
            for i in c.indicators
            if i.measurement is not None
        }

    return figures


def test_the_summary_is_the_difference_of_two_assessments(own_assessment, log_in):
    from xiancheng.site.audit.models import Entry
    from xiancheng.site.jobs.models import Event
    from xiancheng.site.publishing.hooks import _hooks, on_published

    client = log_in("steward", "education")
    before = own_assessment()
    change_places(client, 2000)
    pending = client.get(f"/api/publishing/pending?on={DAY}").json()
    assert [(c["name"]) for c in pending["classes"]] == ["school"]
    assert pending["people"] == [{"who": "steward-education", "changes": 1}]
    told = []
    hook = on_published(told.append)
    try:
        shown = run(client, DAY)
    finally:
        _hooks.remove(hook)
    after = own_assessment()
    figures = shown["programmes"][0]["figures"]
    assert {(f["clause"], f["indicator"]): (f["before"], f["status_before"]) for f in figures} == before
    assert {(f["clause"], f["indicator"]): (f["after"], f["status_after"]) for f in figures} == after
    moved = {k for k in after if after[k] != before[k]}
    assert moved
    assert {(f["clause"], f["indicator"]) for f in figures if f["moved"]} == moved
    assert [f["moved"] for f in figures] == sorted((f["moved"] for f in figures), reverse=True)
    assert [(c["name"], c["added"], c["changed"], c["closed"]) for c in shown["classes"]] == [("school", 0, 1, 0)]
    assert (shown["who"], shown["former_as_of"]) == ("steward-education", DAY.isoformat())
    assert told[0].as_of == DAY
    assert told[0].hash == shown["hash"]
    assert Event.objects.filter(topic="published").get().payload["hash"] == shown["hash"]
    assert Entry.objects.filter(action="model.publish").get().detail["hash"] == shown["hash"]
    assert client.get(f"/api/publishing/pending?on={DAY}").json()["total"] == 0
    # What the health bureau may not see is not told to it; what the programme does, is.
    other = log_in("steward", "health").get(f"/api/publishing/{shown['id']}").json()
    assert other["classes"] == []
    assert other["programmes"] == shown["programmes"]
    assert log_in("inspector").get(f"/api/publishing/{shown['id']}").json()["programmes"] == []
    listed = client.get("/api/publishing").json()
    assert listed["items"][0]["counts"]["figures_moved"] == len(moved)
    assert listed["dates"] == ["2023-12-31", "2025-12-31"]


def test_who_may_not_publish_is_refused(site, log_in):
    for client, status in ((log_in("leader"), 403), (Client(), 401)):
        answer = client.post("/api/publishing", {"date": "2026-01-01"}, content_type=JSON)
        assert answer.status_code == status
    client = log_in("steward", "education")
    assert client.post("/api/publishing", {"date": "9999-12-31"}, content_type=JSON).status_code == 422
    assert client.get("/api/publishing/12345").status_code == 404


def test_a_hook_that_fails_keeps_no_other_from_its_work(caplog):
    from xiancheng.site.publishing.hooks import Published, _hooks, on_published, run_hooks

    told = []
    kept = list(_hooks)
    _hooks.clear()
    try:
        on_published(lambda _: 1 / 0)
        on_published(told.append)
        run_hooks(Published(DAY, "x", None))
    finally:
        _hooks[:] = kept
    assert len(told) == 1
    assert "ZeroDivisionError" in caplog.text
