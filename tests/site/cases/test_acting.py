"""A case through its whole life: row, ledger and units' lists change together, and the record holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xiancheng.operations.ledger.verifying import verify
from xiancheng.operations.states.engine import IllegalActionError, allowed
from xiancheng.operations.terms import CategoryKey, Limit, LimitUnit
from xiancheng.site.problems import ConflictError, InvalidError, NotFoundError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
COVER = CategoryKey("gbt47678.5-2026", "component", "01002")
FRIDAY = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)
"""16:00 in Beijing."""


@pytest.fixture
def people(site):
    from xiancheng.site.accounts.models import Unit
    from xiancheng.site.cases.acting import By
    from xiancheng.site.cases.rules import permissions_of

    for code in ("drains", "roads"):
        Unit.objects.create(code=code, name_zh=code)

    def by(name, role, unit=""):
        return By(name, unit, permissions_of(frozenset({role})))

    return {
        "inspector": by("inspector", "inspector"),
        "second": by("second", "inspector"),
        "intake": by("intake", "intake_operator"),
        "dispatcher": by("dispatcher", "dispatcher"),
        "unit": by("drains-office", "handling_unit", "drains"),
        "worker": by("worker", "handling_unit", "drains"),
        "other": by("roads-office", "handling_unit", "roads"),
        "duty": by("duty", "duty_officer"),
    }


@pytest.fixture
def reported(people):
    from xiancheng.site.cases.acting import Report, report

    what = Report(COVER, "井盖缺失", (110.52481, 40.55213), "健康路口", ("150221100", "150221100001", ""),
                  reporter=("张三", "13800000000", ""))  # fmt: skip
    return report(people["inspector"], "inspector", what, photos=["a" * 64], now=FRIDAY)


def filed(number, people, now=FRIDAY):
    from xiancheng.site.cases.acting import act

    act(number, people["intake"], "file", standard="cover-missing", limit=Limit(5, LimitUnit.WORK_DAY), now=now)


def test_from_report_to_closing(reported, people):
    from xiancheng.site.cases.acting import act, matches_record
    from xiancheng.site.cases.ledger import entries
    from xiancheng.site.cases.models import Case, Involvement

    number, photo = reported.number, ("b" * 64,)
    assert number == "20260313000001"
    filed(number, people)
    case = act(number, people["dispatcher"], "dispatch", unit="drains", assisting=("roads",), now=FRIDAY)
    # Five work days from Friday 16:00 end on the next Friday at 16:00.
    assert case.stage_due_at == FRIDAY + timedelta(days=7)
    assert [(i.unit.code, i.part, i.due_at) for i in Involvement.objects.order_by("unit__code")] == [
        ("drains", "lead", case.stage_due_at),
        ("roads", "assist", case.stage_due_at),
    ]
    case = act(number, people["unit"], "return_to_dispatcher", reason="产权属道路", now=FRIDAY)
    assert (case.state, case.returns, case.lead) == ("returned", 1, None)
    act(number, people["dispatcher"], "dispatch", unit="drains", now=FRIDAY)
    act(number, people["unit"], "assign", worker="worker")
    act(number, people["worker"], "finish", photos_after=photo, opinion="已更换")
    act(number, people["unit"], "feedback", opinion="已更换")
    act(number, people["dispatcher"], "request_closure_check", checker="second")
    case = act(number, people["second"], "fail_closure_check", photos_after=photo, reason="仍有高差")
    assert case.is_open
    act(number, people["dispatcher"], "rework", reason="重新处置")
    act(number, people["unit"], "assign", worker="worker")
    act(number, people["worker"], "finish", photos_after=photo, opinion="已找平")
    act(number, people["unit"], "feedback", opinion="已找平")
    act(number, people["dispatcher"], "request_closure_check", checker="second")
    act(number, people["second"], "pass_closure_check", photos_after=photo, opinion="符合")
    act(number, people["intake"], "close", standard="cover-missing")
    case = Case.objects.get(number=number)
    assert (case.state, case.is_open, case.reworks, case.stage_due_at) == ("closed", False, 1, None)
    assert case.closed_at is not None
    assert not Involvement.objects.filter(is_open=True).exists()
    assert case.events_count == case.events.count() == 18
    assert list(verify(entries())) == []
    assert matches_record(case, list(entries(case)))


def test_a_changed_record_is_found(reported, people):
    from xiancheng.site.cases.acting import matches_record
    from xiancheng.site.cases.ledger import entries
    from xiancheng.site.cases.models import Case, CaseEvent

    filed(reported.number, people)
    case = Case.objects.get(number=reported.number)
    assert matches_record(case, list(entries(case)))
    Case.objects.filter(pk=case.pk).update(description="什么也没有")
    assert not matches_record(Case.objects.get(pk=case.pk), list(entries(case)))
    Case.objects.filter(pk=case.pk).update(description=case.description, state="closed")
    event = CaseEvent.objects.get(case=case, number=1)
    CaseEvent.objects.filter(pk=event.pk).update(body=event.body.replace("inspector", "inspectoR", 1))
    faults = list(verify(entries()))
    assert [(f.kind, f.number) for f in faults] == [("tampered", 1)]


def test_what_cannot_be_leaves_everything_as_it_was(reported, people):
    from xiancheng.site.cases.acting import act
    from xiancheng.site.cases.models import Case

    filed(reported.number, people)
    before = Case.objects.values().get(number=reported.number)
    for who, what, brings, error in [
        ("unit", "dispatch", {"unit": "drains"}, IllegalActionError),
        ("dispatcher", "dispatch", {}, IllegalActionError),
        ("dispatcher", "dispatch", {"unit": "nobody"}, InvalidError),
        ("intake", "close", {"standard": "x"}, IllegalActionError),
        ("dispatcher", "nonsense", {}, IllegalActionError),
    ]:
        with pytest.raises(error):
            act(reported.number, people[who], what, **brings)
    with pytest.raises(NotFoundError):
        act("20260313009999", people["dispatcher"], "dispatch", unit="drains")
    assert Case.objects.values().get(number=reported.number) == before


def test_who_saw_an_older_state_does_not_overwrite(reported, people):
    from xiancheng.site.cases.acting import act

    seen = reported.events_count
    filed(reported.number, people)
    with pytest.raises(ConflictError):
        act(reported.number, people["intake"], "void", reason="重复", seen=seen)


def test_a_suspension_stops_the_clock_and_moves_the_deadline(reported, people):
    from xiancheng.site.cases.acting import act

    filed(reported.number, people)
    act(reported.number, people["dispatcher"], "dispatch", unit="drains", now=FRIDAY)
    later, spring = FRIDAY + timedelta(days=3), FRIDAY + timedelta(days=30)
    act(reported.number, people["unit"], "request_suspension", reason="冬季不能施工", now=later)
    case = act(reported.number, people["duty"], "suspend", reason="冻土", planned_end=spring, now=later)
    assert case.suspended
    assert case.stage_due_at is None
    case = act(reported.number, people["duty"], "resume", opinion="开工", now=FRIDAY + timedelta(days=10))
    assert not case.suspended
    assert case.stage_due_at == FRIDAY + timedelta(days=14)


def test_status_survives_its_json(reported, people):
    import orjson

    from xiancheng.site.cases import rules, status
    from xiancheng.site.cases.acting import stands
    from xiancheng.site.cases.models import Case

    filed(reported.number, people)
    case = Case.objects.get(number=reported.number)
    state = stands(case)
    again = orjson.loads(orjson.dumps(status.to_json(state)))
    assert status.from_json(case.number, again) == state
    assert "dispatch" in [a.name for a in allowed(rules.states(), state)]


def test_numbers_go_on_day_by_day(people):
    from xiancheng.site.cases.acting import Report, report

    def made(at):
        return report(people["intake"], "hotline", Report(COVER), now=at).number

    night = datetime(2026, 3, 13, 15, 59, tzinfo=UTC)
    assert [made(night), made(night), made(night + timedelta(minutes=1))] == [
        "20260313000001", "20260313000002", "20260314000001",
    ]  # fmt: skip


def test_verification_names_what_is_wrong(reported, people):
    from xiancheng.foundation.progress import Silent
    from xiancheng.site.cases.models import Case
    from xiancheng.site.cases.verifying import go_through

    filed(reported.number, people)
    found = go_through(Silent())
    assert (found.in_order, found.cases, found.events) == (True, 1, 3)
    Case.objects.update(status={**Case.objects.get().status, "state": "closed"})
    found = go_through(Silent())
    assert not found.in_order
    assert [reported.number in f.en for f in found.faults] == [True]
