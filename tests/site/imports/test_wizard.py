"""A workbook with faults from upload to undo; who may do what; what is remembered."""

import datetime
import io
import shutil

import openpyxl
import pytest

from xiancheng.site.audit.models import Entry
from xiancheng.site.county import reading
from xiancheng.site.imports.models import Remembered, Upload
from xiancheng.site.imports.storing import forget_old, uploads_folder
from xiancheng.site.jobs.models import Event, Job
from xiancheng.site.jobs.running import run_pending

from .conftest import bring, choose, workbook

BASE = "/api/imports/uploads"
SAID = {
    "feature_class": "school",
    "datum": "CGCS2000",
    "id_column": "标识码",
    "source": "测试学校名册",
    "valid_from": "2026-01-01",
}


@pytest.fixture
def steward(writable_site, log_in):
    return log_in("steward", "education")


@pytest.fixture
def looking(site, log_in):
    """A steward who imports nothing: the county need not be copied."""
    yield log_in("steward", "education")
    shutil.rmtree(uploads_folder(), ignore_errors=True)


@pytest.fixture
def upload(steward, schools):
    return bring(steward, ("学校名册2025.xlsx", schools)).json()["id"]


@pytest.fixture
def seen(looking, schools):
    answer = bring(looking, ("学校名册2025.xlsx", schools))
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_inspection(looking, seen):
    found = looking.get(f"{BASE}/{seen}/inspection").json()
    assert (found["format"], found["source"]) == ("xlsx", "学校名册")
    (layer,) = found["layers"]
    assert (layer["rows"], layer["rejected"], layer["geometry"], layer["datum"]) == (5, 1, "point", None)
    columns = {c["name"]: c for c in layer["columns"]}
    assert columns["学位数"]["examples"] == ["600", "800", "900", "100"]
    assert columns["学校名称"]["filled"] == 4
    assert columns["经度"]["is_place"]
    assert layer["guesses"][0]["name"] == "school"
    assert layer["guesses"][0]["editable"]


def test_the_datum_is_never_chosen_for_the_person(looking, seen):
    assert choose(looking, seen, **(SAID | {"datum": None})).status_code == 200
    answer = looking.post(f"{BASE}/{seen}/preview")
    assert answer.status_code == 422
    assert "datum" in answer.json()["fields"]
    answer = choose(looking, seen, **(SAID | {"datum": "stated"}))
    assert looking.post(f"{BASE}/{seen}/preview").json()["fields"]["datum"]["en"].startswith("the file does not state")
    assert choose(looking, seen, **(SAID | {"datum": "NAD27-ish"})).status_code == 422


def test_evidence_for_each_datum(looking, seen):
    """The same schools written in GCJ-02: their names show which datum it is."""
    from xiancheng.city.datum import wgs84_to_gcj02

    with reading() as store:
        rows = store.as_of("school", datetime.date(2025, 12, 31))
    names = rows.columns["name"].tolist()
    lon, lat = wgs84_to_gcj02([g.centroid.x for g in rows.geometry], [g.centroid.y for g in rows.geometry])
    content = workbook([(f"G{i}", names[i], "小学", 1, 1, lon[i], lat[i]) for i in range(len(names))])
    number = bring(looking, ("学校.xlsx", content)).json()["id"]
    choose(looking, number, feature_class="school")
    found = looking.get(f"{BASE}/{number}/datums").json()
    assert found["needed"]
    assert found["stated"] == []
    by_name = {c["name"]: c for c in found["candidates"]}
    assert set(by_name) == {"CGCS2000", "WGS84", "GCJ02", "BD09"}
    assert by_name["CGCS2000"]["moved_m"] == 0
    assert 100 < by_name["GCJ02"]["moved_m"] < 900
    assert by_name["GCJ02"]["same_name"] > 0
    assert by_name["GCJ02"]["same_name_m"] < 1 < by_name["CGCS2000"]["same_name_m"]
    assert by_name["GCJ02"]["inside"] > 0.9
    assert len(by_name["GCJ02"]["places"]["features"]) == len(names)
    west, south, east, north = by_name["GCJ02"]["focus"]
    assert 0 < east - west < 0.5
    assert 0 < north - south < 0.5
    assert len(found["known"]["features"]) >= by_name["GCJ02"]["same_name"] > 0
    assert found["outline"]["type"] in {"Polygon", "MultiPolygon"}


def test_columns_and_words(looking, seen):
    assert looking.get(f"{BASE}/{seen}/columns").status_code == 422
    choose(looking, seen, **SAID)
    found = looking.get(f"{BASE}/{seen}/columns").json()
    by_name = {c["name"]: c["attribute"] for c in found["columns"]}
    assert by_name["学校名称"] == "name"
    assert by_name["标识码"] is None
    attributes = {a["name"]: a for a in found["attributes"]}
    coded = next(a for a in attributes.values() if a["codes"])
    column = next(c for c, a in by_name.items() if a == coded["name"])
    words = looking.get(f"{BASE}/{seen}/words", {"column": column, "attribute": coded["name"]}).json()
    assert words["words"][0]["raw"] == "不知道"
    assert words["words"][0]["problem"]
    assert words["problems"] == 1

    meant = SAID | {"values": {column: {"不知道": coded["codes"][0]["code"]}}}
    choose(looking, seen, **meant)
    words = looking.get(f"{BASE}/{seen}/words", {"column": column, "attribute": coded["name"]}).json()
    assert words["problems"] == 0
    reasons = [r["field"] for r in looking.post(f"{BASE}/{seen}/preview").json()["rejections"]]
    assert column not in reasons
    assert looking.get(f"{BASE}/{seen}/words", {"column": "没有", "attribute": "name"}).status_code == 422
    assert looking.get(f"{BASE}/{seen}/words", {"column": column, "attribute": "nonsense"}).status_code == 404


def test_from_preview_to_undo(steward, upload, writable_site):
    choose(steward, upload, **SAID)
    assert steward.post(f"{BASE}/{upload}/commit").status_code == 409, "nothing was previewed"
    preview = steward.post(f"{BASE}/{upload}/preview").json()
    counts = preview["classes"]["school"]
    assert (counts["read"], counts["added"], counts["rejected"]) == (6, 4, 2)
    by_row = {(r["row"], r["field"]) for r in preview["rejections"]}
    assert {(3, "在校生"), (4, "办学类型"), (6, "标识码")} <= by_row
    assert 7 in {row for row, _ in by_row}, "no coordinates"
    faulty = next(r for r in preview["rejections"] if r["row"] == 3)
    assert faulty["value"] == "很多"
    assert faulty["cells"]["学校名称"] == "西街小学"
    assert {f["properties"]["kind"] for f in preview["features"]["features"]} == {"added"}
    assert len(preview["features"]["features"]) == 4
    assert steward.get(f"{BASE}/{upload}/preview").json() == preview

    sheet = openpyxl.load_workbook(io.BytesIO(steward.get(f"{BASE}/{upload}/rejected.xlsx?lang=zh").content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("行", "原因", "类", "标识码")
    assert any(row[0] == 3 and "在校生" in row[1] and row[4] == "西街小学" for row in rows)

    assert steward.get("/api/imports/uploads").json()["total"] == 1
    before = steward.get("/api/imports").json()["total"]
    answer = steward.post(f"{BASE}/{upload}/commit")
    assert answer.status_code == 202
    assert steward.post(f"{BASE}/{upload}/commit").status_code == 409, "it is under way"
    run_pending()
    job = steward.get(f"/api/jobs/{answer.json()['job']}").json()
    assert job["state"] == "done", job["error"]
    assert job["result"]["classes"]["school"]["added"] == 4
    change = job["result"]["change_id"]
    assert Event.objects.filter(topic="register", class_name="school", payload__change=change).exists()
    assert steward.post(f"{BASE}/{upload}/commit").status_code == 409, "it was imported"

    listed = steward.get("/api/imports", {"class_name": "school"}).json()
    assert steward.get("/api/imports").json()["total"] == before + 1
    assert listed["items"][0]["change_id"] == change
    assert listed["items"][0]["who"] == "steward-education"
    assert listed["items"][0]["may_undo"]
    report = steward.get(f"/api/imports/{change}/report").json()
    assert report["classes"]["school"]["added"] == 4
    book = steward.get(f"/api/imports/{change}/report", {"format": "xlsx"})
    assert openpyxl.load_workbook(io.BytesIO(book.content)).sheetnames

    assert steward.post(f"/api/imports/{change}/undo", {"reason": "测试"}, "application/json").status_code == 200
    again = steward.get(f"/api/imports/{change}").json()
    assert again["undone_by"]
    assert not again["may_undo"]
    actions = list(Entry.objects.order_by("number").values_list("action", flat=True))
    for action in ("import.upload", "import.begin", "import.commit", "import.report", "register.undo"):
        assert action in actions


def test_a_changed_choice_needs_a_new_preview(looking, seen):
    choose(looking, seen, **SAID)
    looking.post(f"{BASE}/{seen}/preview")
    assert looking.get(f"{BASE}/{seen}").json()["previewed"]
    choose(looking, seen, **(SAID | {"datum": "GCJ02"}))
    assert not looking.get(f"{BASE}/{seen}").json()["previewed"]
    assert looking.get(f"{BASE}/{seen}/preview").status_code == 409
    assert looking.get(f"{BASE}/{seen}/rejected.xlsx").status_code == 409
    assert looking.post(f"{BASE}/{seen}/commit").status_code == 409


def test_one_bureau_does_not_import_anothers_class(looking, seen, log_in):
    answer = choose(looking, seen, **(SAID | {"feature_class": "hospital"}))
    assert answer.status_code == 403
    other = log_in("steward", "health")
    for path in ("", "/inspection", "/datums", "/columns", "/preview", "/rejected.xlsx"):
        assert other.get(f"{BASE}/{seen}{path}").status_code == 404
    assert choose(other, seen, **SAID).status_code == 404
    assert other.post(f"{BASE}/{seen}/commit").status_code == 404
    assert other.delete(f"{BASE}/{seen}").status_code == 404
    assert log_in("leader").get(BASE).status_code == 403


def test_rights_that_end_before_the_job_begins(steward, upload):
    from xiancheng.site.accounts.models import Membership

    choose(steward, upload, **SAID)
    steward.post(f"{BASE}/{upload}/preview")
    number = steward.post(f"{BASE}/{upload}/commit").json()["job"]
    Membership.objects.all().delete()
    run_pending()
    assert Job.objects.get(pk=number).state == "failed"
    with reading() as store:
        assert all(change.source != SAID["source"] for change in store.changes())


def test_a_cancelled_import_leaves_nothing(steward, upload, monkeypatch):
    from xiancheng.site.jobs import running

    monkeypatch.setattr(running, "TELL_EVERY", 0.0)
    choose(steward, upload, **SAID)
    steward.post(f"{BASE}/{upload}/preview")
    number = steward.post(f"{BASE}/{upload}/commit").json()["job"]
    real = running.JobProgress.step

    def step(self, title, total=None):
        if "comparing" in title.en:
            Job.objects.filter(pk=number).update(cancel_requested=True)
        real(self, title, total)

    monkeypatch.setattr(running.JobProgress, "step", step)
    run_pending()
    assert Job.objects.get(pk=number).state == "cancelled"
    with reading() as store:
        assert all(change.source != SAID["source"] for change in store.changes())
    monkeypatch.setattr(running.JobProgress, "step", real)
    assert steward.post(f"{BASE}/{upload}/commit").status_code == 202, "it can be begun again"


def test_what_was_said_is_remembered(steward, upload, schools, log_in):
    choose(steward, upload, **(SAID | {"mapping": {"在校生": ""}}))
    steward.post(f"{BASE}/{upload}/preview")
    steward.post(f"{BASE}/{upload}/commit")
    run_pending()
    assert Remembered.objects.get().choices["mapping"] == {"在校生": ""}
    number = bring(steward, ("测试学校名册 2026-03.xlsx", schools)).json()["id"]
    (memory,) = steward.get(f"{BASE}/{number}/inspection").json()["remembered"]
    assert memory["feature_class"] == "school"
    assert memory["choices"]["datum"] == "CGCS2000"
    assert steward.get(f"{BASE}/{number}").json()["choices"]["datum"] is None, "remembered, not chosen"
    stranger = log_in("steward", "health")
    number = bring(stranger, ("测试学校名册.xlsx", schools)).json()["id"]
    assert stranger.get(f"{BASE}/{number}/inspection").json()["remembered"] == []


def test_a_file_that_changes_nothing(steward, upload, schools):
    for expected in (4, 0):
        number = upload if expected else bring(steward, ("again.xlsx", schools)).json()["id"]
        choose(steward, number, **SAID)
        preview = steward.post(f"{BASE}/{number}/preview").json()
        assert preview["classes"]["school"]["added"] == expected
        steward.post(f"{BASE}/{number}/commit")
        run_pending()
    assert steward.get(f"{BASE}/{number}").json()["change_id"] == 0


def test_uploads_are_kept_by_content_and_forgotten(steward, schools, writable_site):
    one, two = (bring(steward, ("a.xlsx", schools)).json()["id"] for _ in range(2))
    folders = [p for p in uploads_folder().iterdir() if not p.name.startswith(".")]
    assert len(folders) == 1
    assert steward.delete(f"{BASE}/{one}").status_code == 204
    assert folders[0].exists(), "the other upload has the same contents"
    Upload.objects.filter(pk=two).update(updated_at=datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=31))
    assert forget_old() == 1
    assert not folders[0].exists()


def test_the_same_objects_under_another_source_are_noticed(looking):
    with reading() as store:
        rows = store.as_of("school", datetime.date(2025, 12, 31))
    cells = [(f"X{i}", n, "小学", 1, 1, 110.5, 40.5) for i, n in enumerate(rows.columns["name"])]
    number = bring(looking, ("别的名册.xlsx", workbook(cells))).json()["id"]
    choose(looking, number, **(SAID | {"source": "别的名册"}))
    notes = [note["en"] for note in looking.post(f"{BASE}/{number}/preview").json()["notes"]]
    assert any(f"named like objects of the source {rows.source[0]!r}" in note for note in notes)


def test_messages_speak_of_the_page():
    from xiancheng.foundation.text import Text
    from xiancheng.site.imports.wording import in_page_words

    told = in_page_words(Text("用 --class 指明；或 --no-such", "say it with --class; or --no-such"))
    assert told == Text("用“要素类”指明；或 --no-such", "say it with “Class”; or --no-such")
