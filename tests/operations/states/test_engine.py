"""What may be done with a case: the rules of the table one by one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from xiancheng.foundation.text import set_language
from xiancheng.operations.states.case import Action, CaseState
from xiancheng.operations.states.diagram import action_rows, mermaid, permission_rows, state_rows
from xiancheng.operations.states.engine import Actor, IllegalActionError, allowed, apply
from xiancheng.operations.states.loading import load_states
from xiancheng.operations.terms import BEIJING, Limit, LimitUnit

T = datetime(2026, 2, 13, 17, 0, tzinfo=BEIJING)
TABLE = load_states()


def do(case, name, actor="somebody", hours=1, **fields):
    return apply(TABLE, case, Action(name, actor, (case.at or T) + timedelta(hours=hours), **fields))


def reported(source="inspector"):
    return do(CaseState("c"), "report", "巡查员甲", source=source, photos_before=("p1",))


def dispatched():
    case = do(do(reported(), "accept", "受理员"), "file", "受理员", standard="s1")
    return do(case, "dispatch", "派遣员", unit="城管局")


def finished():
    case = do(dispatched(), "assign", "城管甲", unit_of_actor="城管局", worker="工人")
    return do(case, "finish", "工人", unit_of_actor="城管局", photos_after=("p2",), opinion="已清理")


def pending_check():
    case = do(finished(), "feedback", "城管甲", unit_of_actor="城管局", opinion="已清理")
    return do(case, "request_closure_check", "派遣员", checker="巡查员乙")


def refused(case, name, match, **fields):
    with pytest.raises(IllegalActionError, match=match) as caught:
        do(case, name, **fields)
    return caught.value


def test_the_whole_way():
    case = do(pending_check(), "pass_closure_check", "巡查员乙", photos_after=("p3",), opinion="已解决")
    case = do(case, "close", "受理员")
    assert case.state == "closed"
    assert case.operator == "受理员"
    assert case.photos_after == ("p2", "p3")
    assert case.timer("total").ran(case.at) == timedelta(hours=7)
    handle = case.timer("handle")
    assert (handle.finished - handle.started) == timedelta(hours=2), "feedback does not count, finishing does"


def test_filing_without_a_standard():
    error = refused(do(reported(), "accept"), "file", "needs a row of the filing standard")
    assert "release" in error.allowed
    assert "现在可以" in error.hint.zh
    assert "possible now: " in error.hint.en


def test_closing_without_a_standard_even_if_a_record_had_none():
    case = replace(pending_check(), state="pending_close", standard="")
    refused(case, "close", "needs a row of the filing standard")
    refused(case, "force_close", "needs a row of the filing standard", reason="r", opinion="o")


def test_a_residents_report_is_checked_on_site_first():
    case = do(CaseState("c"), "report", source="resident")
    refused(case, "file", "needs the pre-filing check first", standard="s1")
    assert "file" not in {a.name for a in allowed(TABLE, case)}
    asked = do(case, "request_pre_filing_check", checker="巡查员乙")
    refused(asked, "confirm_report", "only the inspector asked", actor="巡查员丙", opinion="属实", photos_before=("p",))
    denied = do(asked, "deny_report", "巡查员乙", opinion="未发现")
    refused(denied, "file", "pre-filing check", standard="s1")
    confirmed = do(asked, "confirm_report", "巡查员乙", opinion="属实", photos_before=("p",))
    assert do(confirmed, "file", standard="s1").state == "pending_dispatch"
    assert do(do(case, "waive_pre_filing_check", reason="危险"), "file", standard="s1").state == "pending_dispatch"


def test_an_inspector_brings_a_photograph():
    refused(CaseState("c"), "report", "photograph before", source="inspector")
    refused(CaseState("c"), "report", "no source 'mars'", source="mars")


def test_the_unit_takes_its_worker_off_before_it_gives_the_case_back():
    case = do(dispatched(), "assign", "城管甲", unit_of_actor="城管局", worker="工人")
    refused(case, "return_to_dispatcher", "while it is 'being handled'", unit_of_actor="城管局", reason="不是我们的")
    case = do(case, "revoke_assignment", "城管甲", unit_of_actor="城管局", reason="不是我们的")
    refused(case, "return_to_dispatcher", "needs a reason", unit_of_actor="城管局", reason="  ")
    refused(case, "return_to_dispatcher", "only the case's handling unit", unit_of_actor="住建局", reason="不是我们的")
    case = do(case, "return_to_dispatcher", "城管甲", unit_of_actor="城管局", reason="不是我们的")
    assert (case.state, case.unit, case.last_unit, case.count("returns")) == ("returned", "", "城管局", 1)
    onwards = {a.name for a in allowed(TABLE, case, TABLE.roles()["dispatcher"])}
    assert onwards == {"dispatch", "return_to_intake"}


def test_a_worker_returns_only_before_submitting():
    case = finished()
    refused(case, "return_to_department", "while it is 'handled'", actor="工人", reason="r")
    assert do(case, "send_back", unit_of_actor="城管局", reason="照片不清").worker == "工人"


def test_rework_keeps_the_unit():
    case = do(pending_check(), "fail_closure_check", "巡查员乙", photos_after=("p",), reason="未清理干净")
    refused(case, "rework", "cannot change unit", reason="r", unit="住建局")
    case = do(case, "rework", reason="重新清理")
    assert (case.state, case.unit, case.worker, case.timer("handle").round) == ("pending_handle", "城管局", "", 2)


def test_whoever_finished_does_not_check():
    case = replace(pending_check(), checker="工人")
    refused(case, "pass_closure_check", "another person", actor="工人", photos_after=("p",), opinion="o")


def test_a_worker_cannot_change_the_unit_in_passing():
    case = do(dispatched(), "assign", "城管甲", unit_of_actor="城管局", worker="工人")
    refused(case, "finish", "cannot change unit", actor="工人", photos_after=("p",), opinion="o", unit="住建局")
    refused(case, "finish", "cannot change standard", actor="工人", photos_after=("p",), opinion="o", standard="s2")


def test_force_close_is_for_whoever_has_that_permission():
    case = dispatched()
    action = Action("force_close", "领导", case.at, reason="r", opinion="o")
    with pytest.raises(IllegalActionError, match=r"needs case\.force_close"):
        apply(TABLE, case, action, {"case.close"})
    closed = apply(TABLE, case, action, {"case.force_close"})
    assert closed.state == "closed"
    assert "forced" in closed.marks


def test_suspension_holds_the_clocks_that_run_and_only_these():
    case = do(dispatched(), "request_suspension", "城管甲", unit_of_actor="城管局", reason="冬季不能施工")
    refused(case, "suspend", "another person", actor="城管甲", reason="r", planned_end=case.at + timedelta(days=9))
    refused(case, "suspend", "when it shall end", actor="值班员", reason="r", planned_end=case.at)
    case = do(case, "suspend", "值班员", reason="r", planned_end=case.at + timedelta(days=60))
    assert {t.name: t.status for t in case.timers} == {
        "register": "finished", "dispatch": "finished", "handle": "paused", "total": "paused",
    }  # fmt: skip
    back = do(case, "resume", "值班员", hours=24 * 60, opinion="开春")
    assert (back.state, back.before, back.held, back.planned_end) == ("pending_handle", "", (), None)
    assert back.timer("handle").ran(back.at) == timedelta(hours=2)


def test_an_extension_is_asked_for_and_approved_by_another_and_ends_with_its_round():
    limit = Limit(3, LimitUnit.WORK_DAY)
    case = do(dispatched(), "request_extension", "城管甲", unit_of_actor="城管局", reason="缺件", limit=limit)
    refused(case, "request_extension", "already", unit_of_actor="城管局", reason="缺件", limit=limit)
    refused(case, "approve_extension", "another person", actor="城管甲", limit=limit)
    case = do(case, "approve_extension", "值班员", limit=limit)
    assert [(e.timer, e.round, e.limit) for e in case.extensions] == [("handle", 1, limit)]
    assert "extended" in case.marks


def test_appeals_have_a_last_day_and_another_judge():
    case = do(pending_check(), "fail_closure_check", "巡查员乙", photos_after=("p",), reason="r")
    failed = case.at.astimezone(BEIJING).replace(hour=0, minute=0)
    in_time = failed + timedelta(days=5, hours=23, minutes=59)
    assert "appeal" in {a.name for a in allowed(TABLE, case, now=in_time)}
    assert "appeal" not in {a.name for a in allowed(TABLE, case, now=in_time + timedelta(minutes=1))}
    action = Action("appeal", "城管甲", in_time, "城管局", reason="已清理")
    case = apply(TABLE, case, action)
    refused(case, "uphold_appeal", "another person", actor="城管甲", opinion="o")
    refused(case, "uphold_appeal", "another person", actor="巡查员乙", opinion="o")
    assert "appeal_upheld" in do(case, "uphold_appeal", "值班员", opinion="o").marks


def test_merging_and_undoing_it():
    case = reported()
    refused(case, "merge", "main case", main_case="c", reason="同一处")
    merged = do(case, "merge", main_case="c0", reason="同一处")
    assert (merged.state, merged.main_case, merged.before) == ("merged", "c0", "reported")
    back = do(merged, "unmerge", reason="不是同一处")
    assert (back.state, back.main_case, back.timer("register").status) == ("reported", "", "running")


def test_the_pool_belongs_to_all_until_somebody_takes_a_report():
    case = do(reported(), "accept", "受理员甲")
    assert case.operator == "受理员甲"
    assert do(case, "release", "受理员甲", reason="午休").operator == ""
    assert do(case, "void", "受理员乙", reason="重复").operator == "受理员乙"


def test_time():
    with pytest.raises(IllegalActionError, match="no time zone"):
        apply(TABLE, CaseState("c"), Action("report", "a", datetime(2026, 2, 13), source="leader"))  # noqa: DTZ001
    refused(reported(), "accept", "before the last action", hours=-1)
    refused(reported(), "accept", "not said who", actor="")
    refused(reported(), "fly", "no action 'fly'")
    refused(reported(), "report", "while it is 'reported'", source="leader")


def test_allowed_says_what_to_bring_and_whose_it_is():
    found = {a.name: a for a in allowed(TABLE, dispatched())}
    assert found["assign"].requires == ("worker",)
    assert found["assign"].own == "unit"
    mine = {a.name for a in allowed(TABLE, dispatched(), actor=Actor("x", "住建局"))}
    assert not mine & {"assign", "receive", "return_to_dispatcher"}
    assert [a.name for a in allowed(TABLE, CaseState("c"))] == ["report"]
    assert allowed(TABLE, CaseState("c"), set()) == []
    filed = {a.name: a for a in allowed(TABLE, do(reported(), "accept"))}
    assert filed["file"].requires == ("standard",)


def test_messages_in_both_languages():
    error = refused(reported(), "dispatch", "while", unit="x")
    set_language("zh")
    assert "案件“已上报”时不能“派遣”" in str(error)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pictures_and_tables_leave_nothing_out(language):
    picture = mermaid(TABLE, language)
    arrows = re.findall(r"^    (\S+) --> (\S+)(?: : (.+))?$", picture, re.MULTILINE)
    names = {"[*]", *TABLE.states}
    assert all({a, b} <= names for a, b, _ in arrows)
    assert {s for a, b, _ in arrows for s in (a, b)} == names
    head, rows = action_rows(TABLE, language)
    assert [row[0] for row in rows] == [f"`{name}`" for name in TABLE.actions]
    assert all(len(row) == len(head) for row in rows)
    assert len(state_rows(TABLE, language)[1]) == len(TABLE.states)
    assert len(permission_rows(TABLE, language)[1]) == len(TABLE.permissions)
    told = picture + str(rows)
    assert ("核查通过" if language == "zh" else "closure check: passed") in told
