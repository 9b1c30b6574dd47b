"""The civic database or the process is lost after the model has the import: the job says what was recorded."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError

from xiancheng.site.audit.models import Entry
from xiancheng.site.county import reading
from xiancheng.site.imports import work
from xiancheng.site.imports.models import Remembered, Upload
from xiancheng.site.jobs import outcomes
from xiancheng.site.jobs.heartbeat import recover
from xiancheng.site.jobs.models import Event, Job
from xiancheng.site.jobs.running import run_next

from .conftest import bring, choose

BASE = "/api/imports/uploads"
SOURCE = "测试学校名册"


@pytest.fixture
def begun(writable_site, log_in, schools):
    """The number of the job of an import that was not done yet."""
    steward = log_in("steward", "education")
    upload = bring(steward, ("学校名册2025.xlsx", schools)).json()["id"]
    choose(
        steward, upload, feature_class="school", datum="CGCS2000", id_column="标识码", source=SOURCE,
        valid_from="2026-01-01",
    )  # fmt: skip
    steward.post(f"{BASE}/{upload}/preview")
    return steward.post(f"{BASE}/{upload}/commit").json()["job"]


def faulty(monkeypatch, *faults):
    """Let writing to the audit log fail with each of the faults once, the last of them from then on."""
    left, real = list(faults), work.record

    def record(*args, **more):
        fault = left.pop(0) if len(left) > 1 else left[0]
        if fault is not None:
            raise fault
        return real(*args, **more)

    monkeypatch.setattr(work, "record", record)


def changes():
    with reading() as store:
        return [change for change in store.changes() if change.source == SOURCE]


def recovered(number):
    """The job, after somebody looked for those that have stopped beating."""
    recover(datetime.now(UTC) + timedelta(minutes=2))
    return Job.objects.get(pk=number)


def assert_all_is_told(number):
    job, (change,) = Job.objects.get(pk=number), changes()
    assert (job.state, job.error) == ("done", None)
    assert job.result["change_id"] == change.id
    assert job.result["classes"]["school"]["added"] == 4
    assert job.result["rejections"] == 4
    assert job.result["source"] == SOURCE
    assert outcomes.UNFINISHED not in job.result
    assert Upload.objects.get().change_id == change.id
    assert Entry.objects.filter(action="import.commit", target=f"change/{change.id}").count() == 1
    assert Event.objects.filter(topic="register", payload__change=change.id).count() == 1
    assert Remembered.objects.get().source == SOURCE


def test_the_civic_database_stumbles(begun, monkeypatch):
    faulty(monkeypatch, OperationalError("gone"), None)
    run_next()
    assert_all_is_told(begun)


def test_the_result_is_the_same_as_without_a_fault(begun, monkeypatch):
    results = []
    real = work._recorded
    monkeypatch.setattr(work, "_recorded", lambda *args, **more: results.append(real(*args, **more)) or results[-1])
    faulty(monkeypatch, OperationalError("gone"), None)
    run_next()
    assert len(results) == 2
    assert results[0].result == results[1].result == Job.objects.get(pk=begun).result


def test_the_civic_database_is_away_for_a_while(begun, monkeypatch):
    faulty(monkeypatch, OperationalError("gone"))
    run_next()
    assert recovered(begun).state == "running", "neither done nor failed is known to be true"
    monkeypatch.undo()
    recovered(begun)
    assert_all_is_told(begun)


def test_what_can_never_be_written_is_said(begun, monkeypatch):
    faulty(monkeypatch, IntegrityError("broken"))
    run_next()
    job, (change,) = Job.objects.get(pk=begun), changes()
    assert (job.state, job.result["change_id"]) == ("done", change.id)
    assert "audit" in job.result[outcomes.UNFINISHED]["en"]


def test_the_process_dies_before_the_outcome_is_written(begun, monkeypatch):
    class Killed(BaseException):
        pass

    faulty(monkeypatch, Killed())
    with pytest.raises(Killed):
        run_next()
    assert Job.objects.get(pk=begun).state == "running"
    monkeypatch.undo()
    Job.objects.filter(pk=begun).update(cancel_requested=True)
    recovered(begun)
    assert_all_is_told(begun)


def test_the_report_cannot_be_kept(begun, monkeypatch):
    def full(self, folder):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("xiancheng.city.import_report.ImportReport.save", full)
    run_next()
    assert_all_is_told(begun)


def test_the_model_is_away_as_well(begun, monkeypatch):
    from xiancheng.city.store import StoreError
    from xiancheng.foundation.text import Text

    def away():
        raise StoreError(Text("连不上", "cannot connect"))

    faulty(monkeypatch, OperationalError("gone"))
    monkeypatch.setattr(outcomes, "reading", away)
    run_next()
    assert recovered(begun).state == "running"
    monkeypatch.undo()
    recovered(begun)
    assert_all_is_told(begun)


def test_a_fault_before_anything_is_recorded_is_a_failure(begun, monkeypatch):
    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(work, "import_file", fail)
    run_next()
    job = Job.objects.get(pk=begun)
    assert (job.state, job.result) == ("failed", None)
    assert changes() == []
    assert Upload.objects.get().change_id is None
