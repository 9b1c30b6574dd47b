"""The audit log: append-only, chained, anchored, verified, read and exported."""

import json
import subprocess
import sys
import uuid
from datetime import timedelta
from io import BytesIO

import openpyxl
import orjson
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from xiancheng.foundation.text import speaking
from xiancheng.site.audit.anchor import anchor_path, write_anchor
from xiancheng.site.audit.chain import START, plain, record, seal
from xiancheng.site.audit.models import Entry
from xiancheng.site.audit.selection import known_actions
from xiancheng.site.audit.triggers import are_there, drop_triggers, lifted
from xiancheng.site.audit.verifying import verify
from xiancheng.site.jobs.running import run_pending


@pytest.fixture
def log(county_folder, db):
    """Ten entries and an anchor of the ninth, in a county of the test's own."""
    for i in range(1, 11):
        entry = record(None, "thing.do", f"thing/{i}", user_name="cli", i=i, share=i / 3, text="县城", none=None)
        if i == 9:
            write_anchor(entry)
    return Entry.objects


def test_a_log_that_nobody_touched_is_in_order(log):
    found = verify()
    assert (found.in_order, found.entries, found.anchors) == (True, 10, 1)
    assert found.head == log.get(number=10).hash


@pytest.mark.parametrize("change", [{"target": "x"}, {"hash": "0" * 64}])
def test_the_database_refuses_changes(log, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        log.filter(number=5).update(**change)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        log.filter(number=5).delete()
    assert verify().in_order


def alter(log):
    log.filter(number=5).update(target="thing/50")


def alter_detail(log):
    log.filter(number=5).update(detail={"i": 5, "share": 5 / 3, "text": "县城"})


def alter_time(log):
    log.filter(number=5).update(at=F("at") + timedelta(microseconds=1))


def remove(log):
    log.filter(number=5).delete()


def remove_and_renumber(log):
    log.filter(number=5).delete()
    for number in range(6, 11):
        log.filter(number=number).update(number=number - 1)


def swap(log):
    log.filter(number=5).update(number=100)
    log.filter(number=6).update(number=5)
    log.filter(number=100).update(number=6)


def cut_head(log):
    log.filter(number__lte=4).delete()


def write_anew(log):
    """Alter an entry and seal it and all that follow again, as somebody would who knows the code."""
    previous = log.get(number=4).hash
    for entry in log.filter(number__gte=5).order_by("number"):
        if entry.number == 5:
            entry.target = "thing/50"
        content = {
            name: getattr(entry, name)
            for name in ("at", "user_id", "user_name", "token_id", "address", "action", "target", "detail")
        }
        entry.previous, entry.hash = previous, seal(previous, entry.number, content)
        entry.save()
        previous = entry.hash


def cut_tail(log):
    log.filter(number__gte=8).delete()


def empty(log):
    log.all().delete()


@pytest.mark.parametrize(
    ("tamper", "number", "word"),
    [
        (alter, 5, "altered"),
        (alter_detail, 5, "altered"),
        (alter_time, 5, "altered"),
        (remove, 5, "missing"),
        (remove_and_renumber, 5, "follow"),
        (swap, 5, "follow"),
        (cut_head, 1, "missing"),
        (write_anew, 9, "audit-anchor.jsonl"),
        (cut_tail, 8, "cut off"),
        (empty, 1, "cut off"),
    ],
)
def test_tampering_is_found_and_the_first_bad_entry_named(log, tamper, number, word):
    with lifted(connection):
        tamper(log)
    found = verify()
    assert not found.in_order
    assert found.bad_number == number
    assert word in found.fault.en
    assert str(number) in found.fault.zh


def test_missing_triggers_are_told(log):
    drop_triggers(connection)
    found = verify()
    assert not found.append_only
    assert not found.in_order
    assert "triggers" in found.summary().en


@pytest.mark.parametrize("line", ["{}", "nonsense", '{"number": 9, "hash": "00"}'])
def test_anchors_that_contradict_or_cannot_be_read(log, line):
    with anchor_path().open("a") as file:
        file.write(line + "\n")
    assert not verify().in_order


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_details_are_the_same_after_any_json(detail):
    made = plain({"detail": detail})
    assert plain(made) == made
    assert orjson.loads(orjson.dumps(made)) == made
    assert "\x00" not in orjson.dumps(made).decode()


def test_details_come_back_from_the_database_as_they_were_sealed(county_folder, db):
    values = [1e22, -1e300, 2**70, 5e-324, 1 / 3, 1.0, -0.0, float("nan"), "a\x00b", "\ud800", {"b": 1, "a": (2, 3)}]
    for value in values:
        record(None, "thing.do", "t\x00", user_name="x" * 100, value=value)
    assert (verify().entries, verify().in_order) == (len(values), True)


def test_anchors_are_written_when_work_is_committed(county_folder, transactional_db):
    for i in range(130):
        record(None, "thing.do", str(i))
    numbers = [orjson.loads(line)["number"] for line in anchor_path().read_bytes().splitlines()]
    assert numbers == [1, 64, 128]
    assert verify().anchors == 3
    with transaction.atomic():
        record(None, "thing.do", "undone")
        transaction.set_rollback(True)
    assert verify().entries == 130


WRITERS = """
import sys, threading
from pathlib import Path
from xiancheng.site.setup import start_django
start_django(Path(sys.argv[1]))
from django.db import connections
from xiancheng.site.audit.chain import record

def work(name):
    for i in range(25):
        record(None, "thing.do", f"{name}/{i}")
    connections.close_all()

threads = [threading.Thread(target=work, args=(f"{sys.argv[2]}{n}",)) for n in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_entries_of_threads_and_processes_are_one_chain(county_folder):
    """On the database as it is installed: a file, or PostgreSQL."""
    start = "from pathlib import Path; import sys; from xiancheng.site.setup import *; start_django(Path(sys.argv[1]))"

    def python(*arguments):
        return subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)

    assert python(f"{start}; migrate()", str(county_folder)).wait() == 0
    run = uuid.uuid4().hex[:8]
    writers = [python(WRITERS, str(county_folder), f"{run}-{letter}") for letter in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    read = (
        "; from xiancheng.site.audit.verifying import verify; from xiancheng.site.audit.models import Entry"
        "; import json; print(json.dumps([verify().as_dict(), list(Entry.objects.order_by('number')"
        ".filter(action='thing.do', target__startswith=sys.argv[2]).values_list('target', flat=True))]))"
    )
    found, targets = json.loads(python(start + read, str(county_folder), run).communicate()[0])
    assert found["in_order"], found
    assert len(targets) == 150
    for name in ("a0", "a1", "a2", "b0", "b1", "b2"):
        mine = [target for target in targets if target.startswith(f"{run}-{name}/")]
        assert mine == [f"{run}-{name}/{i}" for i in range(25)], "each thread's entries keep their order"


def test_the_first_entry_follows_the_start(county_folder, db):
    assert verify().in_order
    assert record(None, "thing.do").previous == START


def test_pages_by_number_do_not_move(site, log_in):
    admin = log_in("administrator")
    for i in range(25):
        record(None, "thing.do" if i % 2 else "other.do", f"thing/{i}", user_name="cli")
    first = admin.get("/api/audit", {"limit": 10}).json()
    record(None, "thing.do", "later")
    second = admin.get("/api/audit", {"limit": 10, "before": first["next"]}).json()
    numbers = [row["number"] for row in first["items"] + second["items"]]
    assert numbers == list(range(26, 6, -1))
    assert (first["more"], second["more"]) == (True, True)
    last = admin.get("/api/audit", {"limit": 10, "before": 3}).json()
    assert (last["more"], last["next"], len(last["items"])) == (False, None, 2)


def test_entries_are_filtered(site, log_in):
    admin = log_in("administrator")
    old = record(None, "thing.do", "school/1", user_name="zhang")
    record(None, "thing.undo", "school/2", user_name="li")

    def targets(**query):
        return [row["target"] for row in admin.get("/api/audit", query).json()["items"]]

    today = timezone.localdate()
    assert targets(user="zhang") == ["school/1"]
    assert targets(action="thing.") == ["school/2", "school/1"]
    assert targets(action="thing.do") == ["school/1"]
    assert targets(target="school/") == ["school/2", "school/1"]
    assert targets(**{"from": today.isoformat(), "to": today.isoformat(), "action": "thing"}) == [
        "school/2",
        "school/1",
    ]
    assert targets(to=(today - timedelta(days=1)).isoformat()) == []
    assert targets(**{"from": "9999-12-31", "to": "9999-12-31"}) == []
    assert targets(**{"from": "0001-01-01", "to": "0001-01-01"}) == []
    assert admin.get("/api/audit", {"from": "yesterday"}).status_code == 422
    assert admin.get(f"/api/audit/{old.number}").json()["hash"] == old.hash
    assert admin.get("/api/audit/99999999999999999999").status_code == 404
    assert admin.get("/api/audit/actions").json() == known_actions() == ["account.create", "thing.do", "thing.undo"]


def test_the_log_as_a_workbook(site, log_in):
    admin = log_in("administrator")
    record(None, "thing.do", "=1+1", user_name="zhang", note="备注")
    answer = admin.get("/api/audit/export.xlsx", {"action": "thing", "lang": "en"})
    rows = list(openpyxl.load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert [row[6] for row in rows[2:]] == ["=1+1"]
    assert "备注" in rows[2][7]
    assert Entry.objects.first().action == "audit.export"


def test_verifying_is_a_job(writable_site, log_in):
    admin = log_in("administrator")
    started = admin.post("/api/audit/verify").json()["job"]
    run_pending()
    done = admin.get(f"/api/jobs/{started}").json()
    assert done["state"] == "done"
    assert done["result"]["in_order"]
    assert "条记录完整" in done["result"]["summary"]["zh"]


def test_who_may_read_the_log(site, log_in, client):
    assert client.get("/api/audit").status_code == 401
    assert log_in("programme_office").get("/api/audit").status_code == 403
    assert log_in("leader").post("/api/audit/verify").status_code == 403


def test_triggers_are_there_after_migration(db):
    assert are_there(connection)
    with speaking("zh"):
        assert "完整" in verify().summary().get()
