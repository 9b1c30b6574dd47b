"""Jobs: taken once, cancelled, recovered, seen by those who may."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.jobs import events, heartbeat, registry, running
from xiancheng.site.jobs.events import prune_events, tell
from xiancheng.site.jobs.models import Event, Job
from xiancheng.site.jobs.pruning import prune_jobs

S = Job.State


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    monkeypatch.setattr(running, "TELL_EVERY", 0.0)

    @registry.job("test.count")
    def count(parameters, subject, progress):
        progress.step(Text("数数", "counting"), parameters["to"])
        for i in range(parameters["to"]):
            if i == parameters.get("cancel_at"):
                Job.objects.filter(kind="test.count").update(cancel_requested=True)
            progress.advance()
        return {"counted": parameters["to"], "for": subject.name}

    @registry.job("test.fail", repeatable=True)
    def fail(parameters, subject, progress):
        if parameters.get("known"):
            raise XianchengError(Text("不行", "no"), Text("换一个", "another"))
        raise ZeroDivisionError


@pytest.fixture
def user(db):
    from xiancheng.site.accounts.models import User

    return User.objects.create_user("wang", "county-2025-test")


def test_a_job_is_done_with_progress_and_told(site, user):
    job = running.enqueue("test.count", {"to": 3}, user.pk)
    assert [j.pk for j in running.run_pending()] == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (S.DONE, 3, 3)
    assert job.result == {"counted": 3, "for": "wang"}
    told = [e.payload["state"] for e in Event.objects.filter(topic="job", user_id=user.pk)]
    assert told[0] == "waiting"
    assert told[-1] == "done"


def test_failures_are_explained_and_the_next_job_is_done(site, user, caplog):
    known = running.enqueue("test.fail", {"known": True}, user.pk)
    unknown = running.enqueue("test.fail", {}, user.pk)
    good = running.enqueue("test.count", {"to": 1}, user.pk)
    running.run_pending()
    for job in (known, unknown, good):
        job.refresh_from_db()
    assert (known.state, unknown.state, good.state) == (S.FAILED, S.FAILED, S.DONE)
    assert known.error == {"message": {"zh": "不行", "en": "no"}, "hint": {"zh": "换一个", "en": "another"}}
    assert "ZeroDivisionError" not in str(unknown.error)
    assert "ZeroDivisionError" in caplog.text


def test_cancelled_at_the_next_progress_point(site, user):
    job = running.enqueue("test.count", {"to": 10, "cancel_at": 4}, user.pk)
    running.run_pending()
    job.refresh_from_db()
    assert job.state == S.CANCELLED
    assert job.done == 4
    assert job.result is None


def test_a_stopping_worker_puts_its_job_back(site, user, monkeypatch):
    job = running.enqueue("test.count", {"to": 10}, user.pk)
    monkeypatch.setattr(running, "STOPPING", threading.Event())
    running.STOPPING.set()
    running.run_next()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.finished_at) == (S.WAITING, 0, None)
    running.STOPPING.clear()
    running.run_pending()
    job.refresh_from_db()
    assert job.state == S.DONE


def _dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_jobs_of_dead_workers(site, user):
    import socket

    now, here = datetime.now(UTC), socket.gethostname()[:60]
    dead, alive = f"{here}:{_dead_process()}:x", f"{here}:{os.getpid()}:x"

    def lost(kind, worker, attempts=1, age=0, **more):
        beat = now - timedelta(seconds=age)
        return Job.objects.create(
            kind=kind, user=user, state=S.RUNNING, worker=worker, attempts=attempts, heartbeat=beat, **more
        )

    cases = [
        (lost("test.fail", dead), S.WAITING),
        (lost("test.fail", dead, attempts=2), S.FAILED),
        (lost("test.count", dead), S.FAILED),
        (lost("test.count", dead, cancel_requested=True), S.CANCELLED),
        (lost("gone.kind", dead), S.FAILED),
        (lost("test.count", alive), S.RUNNING),
        (lost("test.count", "elsewhere:1:x"), S.RUNNING),
        (lost("test.fail", "elsewhere:1:x", age=100), S.WAITING),
    ]
    recovered = heartbeat.recover()
    assert len(recovered) == 6
    for job, state in cases:
        job.refresh_from_db()
        assert job.state == state, job.kind
        if state == S.FAILED:
            assert "history" in job.error["hint"]["en"] or "twice" in job.error["message"]["en"]
    assert heartbeat.recover() == []


def test_the_outcome_of_a_job_that_was_given_up_is_not_recorded(site, user, caplog):
    job = running.enqueue("test.count", {"to": 2}, user.pk)
    taken = running.take_next()
    Job.objects.filter(pk=job.pk).update(state=S.FAILED)
    with pytest.raises(running.JobCancelledError):
        running.JobProgress(taken).step(Text("一", "one"))


RACE = """
import sys, threading
from pathlib import Path
from xiancheng.site.setup import start_django
start_django(Path(sys.argv[1]))
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from xiancheng.site.jobs.models import Job
from xiancheng.site.jobs.running import take_next
Job.objects.all().delete()
Job.objects.bulk_create([Job(kind="x") for _ in range(60)])
taken = []
def work(name):
    misses = 0
    while misses < 3:
        job = take_next(name)
        misses = 0 if job else misses + 1
        if job:
            taken.append(job.pk)
    connection.close()
threads = [threading.Thread(target=work, args=(f"here:{i}:x",)) for i in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
left, workers = Job.objects.filter(state="waiting").count(), set(Job.objects.values_list("worker", flat=True))
print(len(taken), len(set(taken)), left, len(workers) > 1)
"""


def test_a_job_is_never_taken_twice(county_folder):
    """In a process of its own: the test database of SQLite is in memory, where connections cannot wait for a lock."""
    done = subprocess.run([sys.executable, "-c", RACE, county_folder], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["60", "60", "0", "True"], done.stderr


def test_own_jobs_and_all_for_administrators(site, log_in):
    from xiancheng.site.accounts.models import User

    mine, other, boss = log_in("steward", "education"), log_in("steward", "health"), log_in("administrator")
    me = User.objects.get(username="steward-education")
    job = running.enqueue("test.count", {"to": 1}, me.pk)
    running.enqueue("test.count", {"to": 1}, None)
    assert mine.get(f"/api/jobs/{job.pk}").json()["state"] == "waiting"
    assert other.get(f"/api/jobs/{job.pk}").status_code == 404
    assert other.post(f"/api/jobs/{job.pk}/cancel").status_code == 404
    assert [j["id"] for j in mine.get("/api/jobs").json()["items"]] == [job.pk]
    assert other.get("/api/jobs").json() == {"items": [], "total": 0, "more": False}
    page = boss.get("/api/jobs?limit=1").json()
    assert (page["total"], page["more"]) == (2, True)
    assert boss.get("/api/jobs?state=done").json()["total"] == 0
    assert boss.get("/api/jobs/99999999999999999999").status_code == 404
    assert boss.get("/api/jobs?state=nonsense").status_code == 422
    assert mine.post(f"/api/jobs/{job.pk}/cancel").json()["state"] == "cancelled"
    assert mine.post(f"/api/jobs/{job.pk}/cancel").status_code == 409


def test_nobody_sees_no_job(site, client):
    assert client.get("/api/jobs").status_code == 401


def test_old_jobs_and_events_are_forgotten(site, user):
    now = datetime.now(UTC)
    old, new = Job.objects.create(kind="x", state=S.DONE), Job.objects.create(kind="x", state=S.DONE)
    waiting = Job.objects.create(kind="x")
    Job.objects.filter(pk=old.pk).update(finished_at=now - timedelta(days=91))
    Job.objects.filter(pk=new.pk).update(finished_at=now)
    assert prune_jobs() == 1
    assert set(Job.objects.values_list("pk", flat=True)) == {new.pk, waiting.pk}
    ids = [tell("t", {}).pk for _ in range(3)]
    Event.objects.update(at=now - timedelta(days=2))
    assert prune_events() == 2
    assert [e.pk for e in Event.objects.all()] == ids[-1:]
    assert events.prune_events() == 0
