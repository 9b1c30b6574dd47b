"""Excel: what is exported comes back unchanged, faults come back marked, good rows are recorded."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

pytestmark = pytest.mark.django_db
JSON = "application/json"


def upload(client: Client, class_name: str, content: bytes, **form: Any) -> dict[str, Any]:
    from xiancheng.site.jobs.models import Job
    from xiancheng.site.jobs.running import run_pending

    file = SimpleUploadedFile("register.xlsx", content)
    started = client.post(f"/api/registers/{class_name}/uploads", {"file": file, **form})
    assert started.status_code == 202, started.content
    run_pending()
    job = Job.objects.get(pk=started.json()["job"])
    assert job.state == "done", job.error
    return {"id": job.pk, **job.result}


def commit(client: Client, class_name: str, upload_id: int) -> dict[str, Any]:
    from xiancheng.site.jobs.models import Job
    from xiancheng.site.jobs.running import run_pending

    started = client.post(
        f"/api/registers/{class_name}/uploads/{upload_id}/commit", {"reason": "年度更新"}, content_type=JSON
    )
    assert started.status_code == 202, started.content
    run_pending()
    job = Job.objects.get(pk=started.json()["job"])
    return job.result if job.state == "done" else {"error": job.error}


def exported(client: Client, class_name: str, language: str = "zh") -> bytes:
    answer = client.get(f"/api/registers/{class_name}/export?format=xlsx&lang={language}")
    assert answer.status_code == 200
    return answer.content


def saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("class_name", ["school", "park", "heritage_site", "statistic", "document", "meter"])
def test_an_export_comes_back_unchanged(writable_site, log_in, class_name, language):
    client = log_in("administrator")
    counts = upload(client, class_name, exported(client, class_name, language))["counts"]
    assert counts["rows"] > 0
    assert counts == {"rows": counts["rows"], "new": 0, "changed": 0, "unchanged": counts["rows"], "rejected": 0}


def test_faults_come_back_marked_and_the_rest_is_recorded(writable_site, log_in):
    client = log_in("steward", "education")
    book = openpyxl.load_workbook(io.BytesIO(exported(client, "school")))
    sheet = book.active
    header = next(r for r in range(1, 6) if sheet.cell(r, 1).value == "标识")
    at = {str(c.value).split("（")[0].split(" (")[0]: c.column for c in sheet[header]}
    first = header + 1
    sheet.cell(first, at["学位数"]).value = "很多"
    sheet.cell(first + 1, at["学段"]).value = "大学城"
    sheet.cell(first + 2, at["学位数"]).value = -5
    sheet.cell(first + 3, at["标识"]).value = sheet.cell(first, at["标识"]).value
    sheet.cell(first + 4, at["学位数"]).value = 4321
    moved = sheet.cell(first + 5, at["标识"]).value
    sheet.cell(first + 5, at["经度"]).value += 0.001
    new = sheet.max_row + 1
    for title, value in {"名称": "新校", "学段": "小学", "学位数": 270, "经度": 110.53, "纬度": 40.56}.items():
        sheet.cell(new, at[title]).value = value
    sheet.cell(new + 1, at["名称"]).value = "没有坐标"
    changed = sheet.cell(first + 4, at["标识"]).value
    result = upload(client, "school", saved(book), valid_from="2026-01-01")
    assert {k: result["counts"][k] for k in ("new", "changed", "rejected")} == {"new": 1, "changed": 2, "rejected": 5}

    marked = client.get(f"/api/registers/school/uploads/{result['id']}/checked.xlsx")
    back = openpyxl.load_workbook(io.BytesIO(b"".join(marked.streaming_content)))["学校"]
    assert [[c.value for c in row][: sheet.max_column] for row in back.iter_rows(max_row=new)] == [
        [c.value for c in row] for row in sheet.iter_rows(max_row=new)
    ]
    fill = lambda r, title: back.cell(r, at[title]).fill.fgColor.rgb  # noqa: E731
    for row, title in ((first, "学位数"), (first + 1, "学段"), (first + 2, "学位数"), (first + 3, "标识")):
        assert fill(row, title) == "FFF6B8B2"
        assert back.cell(row, at[title]).comment
    status = {r: back.cell(r, sheet.max_column + 1).value for r in range(header, new + 2)}
    assert status[header] == "校核结果"
    assert status[first].startswith("退回：学位数")
    assert status[first + 4] == "修改：学位数"
    assert status[first + 5] == "修改：位置"
    assert status[first + 6] == "无变化"
    assert status[new] == "新增"

    done = commit(client, "school", result["id"])
    assert done["change"]
    item = client.get(f"/api/registers/school/items/{changed}").json()
    assert (item["attributes"]["places"], item["valid_from"]) == (4321, "2026-01-01")
    assert (
        client.get(f"/api/registers/school/items/{moved}/history").json()["items"][-1]["changed"][0]["field"]
        == "geometry"
    )
    assert client.get("/api/registers/school/items?q=新校").json()["total"] == 1
    # What was given back is corrected and sent again: the column of results is no data.
    again = upload(client, "school", saved(openpyxl.load_workbook(io.BytesIO(exported(client, "school")))))
    assert again["counts"]["unchanged"] == again["counts"]["rows"]


def test_a_commit_refuses_what_changed_since_the_trial_run(writable_site, log_in):
    client = log_in("steward", "education")
    book = openpyxl.load_workbook(io.BytesIO(exported(client, "school")))
    book.active.cell(4, 7).value = 99
    result = upload(client, "school", saved(book))
    seen = client.get("/api/registers/school/items/XX0001").json()["version"]
    body = {"attributes": {"pupils": 3}, "valid_from": "2026-01-01", "reason": "x", "expected": seen}
    assert client.patch("/api/registers/school/items/XX0001", body, content_type=JSON).status_code == 200
    assert "试算之后" in commit(client, "school", result["id"])["error"]["message"]["zh"]


def test_uploads_are_ones_own(writable_site, log_in):
    client = log_in("steward", "education")
    result = upload(client, "school", exported(client, "school"))
    other = log_in("administrator")
    assert other.get(f"/api/registers/school/uploads/{result['id']}/checked.xlsx").status_code == 404
    assert client.get(f"/api/registers/kindergarten/uploads/{result['id']}/checked.xlsx").status_code == 404


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 broken"])
def test_what_is_no_workbook_is_told(writable_site, log_in, content):
    from xiancheng.site.jobs.models import Job
    from xiancheng.site.jobs.running import run_pending

    client = log_in("administrator")
    answer = client.post("/api/registers/school/uploads", {"file": SimpleUploadedFile("x.xlsx", content)})
    if answer.status_code == 202:
        run_pending()
        assert Job.objects.get(pk=answer.json()["job"]).error["message"]["zh"]
    else:
        assert answer.status_code == 422


def test_the_template_offers_codes_and_shows_an_example(site, log_in):
    client = log_in("steward", "education")
    content = client.get("/api/registers/school/template.xlsx").content
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["学校"]
    assert sheet.cell(1, 1).value == "标识"
    lists = [v for v in sheet.data_validations.dataValidation if v.type == "list"]
    assert any("codes" in str(v.formula1) for v in lists)
    values = [c.value for c in book["codes"]["A"]]
    assert values[:2] == ["小学", "初中"]
    assert "填表说明" in book.sheetnames
    other = openpyxl.load_workbook(io.BytesIO(client.get("/api/registers/school/template.xlsx?lang=en").content))
    assert other.worksheets[0].cell(1, 1).value == "identifier"


@pytest.mark.parametrize(("format_name", "mark"), [("csv", "合成数据"), ("geojson", '"synthetic": true')])
def test_exports_say_that_the_county_is_made_up(site, log_in, format_name, mark):
    content = log_in("planner").get(f"/api/registers/park/export?format={format_name}").content
    assert mark in content.decode("utf-8-sig")


def test_an_export_has_what_the_list_has(site, log_in):
    client = log_in("planner")
    query = {"f.level": "primary", "on": "2025-12-31"}
    listed = {i["object_id"] for i in client.get("/api/registers/school/items", query).json()["items"]}
    features = client.get("/api/registers/school/export", query | {"format": "geojson"}).json()["features"]
    assert {f["id"] for f in features} == listed
    assert listed


def test_a_commit_whose_outcome_was_lost_is_found_again(writable_site, log_in, monkeypatch):
    """The civic database fails after the register has the rows: the job says so, and the audit log as well."""
    from django.db import OperationalError

    from xiancheng.site.audit.models import Entry
    from xiancheng.site.registers.sheets import work

    client, real, faults = log_in("steward", "education"), work.record, [OperationalError("gone")]
    book = openpyxl.load_workbook(io.BytesIO(exported(client, "school")))
    book.active.cell(4, 7).value = 99
    result = upload(client, "school", saved(book))

    def record(*args: Any, **more: Any) -> None:
        if faults:
            raise faults.pop()
        real(*args, **more)

    monkeypatch.setattr(work, "record", record)
    done = commit(client, "school", result["id"])
    assert done["counts"] == result["counts"]
    assert Entry.objects.filter(action="register.upload", detail__change=done["change"]).count() == 1
