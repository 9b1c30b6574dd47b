"""Places that fall short: the same as the command line's, sorted, paged; hidden classes never leak."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pyarrow.parquet as pq
import pytest

from xiancheng.site.assessments import schemas

HOSPITALS = "/api/programme/clauses/17.8/indicators/digital-hospitals/places"
PARKS = "/api/programme/clauses/24.2/indicators/park-500m-walk/places"


def short_of(assessment, clause, indicator):
    (found,) = [c for c in assessment["clauses"] if c["id"] == clause]
    (result,) = [i for i in found["indicators"] if i["id"] == indicator]
    return result["measurement"]["short"]


def test_places_are_those_of_the_command_line(assessed, log_in, by_command_line):
    client = log_in("leader")
    seen = 0
    for clause in by_command_line["clauses"]:
        for indicator in clause["indicators"]:
            expected = (indicator["measurement"] or {"short": []})["short"]
            url = f"/api/programme/clauses/{clause['id']}/indicators/{indicator['id']}/places"
            page = client.get(url, {"limit": 1000}).json()
            schemas.PlacesPageOut.model_validate(page)
            keys = ("class", "id", "name", "lon", "lat", "amount", "unit", "area")
            assert [{k: row[k] for k in keys} for row in page["items"]] == expected
            assert page["counted"] == (indicator["measurement"] or {"short_total": 0})["short_total"]
            seen += len(expected)
    assert seen > 100


def test_pages_join_to_the_whole(assessed, log_in):
    client = log_in("leader")
    whole = client.get(PARKS, {"limit": 1000}).json()
    rows, offset, more = [], 0, True
    while more:
        page = client.get(PARKS, {"limit": 7, "offset": offset}).json()
        rows, offset, more = rows + page["items"], offset + 7, page["more"]
    assert rows == whole["items"]
    assert whole["total"] == len(rows) > 10


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("amount", lambda r: r["amount"]),
        ("name", lambda r: r["name"] or ""),
        ("area", lambda r: r["area_name"] or ""),
        ("rank", lambda r: r["rank"]),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_sorting(assessed, log_in, sort, key, backwards):
    page = log_in("leader").get(PARKS, {"limit": 1000, "sort": f"{'-' if backwards else ''}{sort}"}).json()
    keys = [key(row) for row in page["items"]]
    assert keys == sorted(keys, reverse=backwards)


def test_area_and_search(assessed, log_in):
    client = log_in("leader")
    whole = client.get(PARKS, {"limit": 1000}).json()
    area = whole["areas"][0]["code"]
    some = client.get(PARKS, {"limit": 1000, "area": area}).json()
    assert some["items"] == [r for r in whole["items"] if r["area"] == area]
    wanted = whole["items"][0]["id"]
    found = client.get(PARKS, {"search": wanted.lower()}).json()
    assert wanted in [r["id"] for r in found["items"]]


def test_map_has_shapes_of_areas(assessed, log_in):
    drawn = log_in("leader").get("/api/programme/clauses/19.1/indicators/primary-places/places/map").json()
    assert drawn["synthetic"] is True
    assert {f["geometry"]["type"] for f in drawn["features"]} <= {"Polygon", "MultiPolygon"}
    assert len(drawn["features"]) == drawn["total"] > 0


class TestHidden:
    """A steward of education asks for places of hospitals."""

    def test_counted_but_not_listed(self, assessed, log_in, by_command_line):
        hidden = short_of(by_command_line, "17.8", "digital-hospitals")
        assert hidden
        client = log_in("steward", "education")
        page = client.get(HOSPITALS).json()
        assert (page["visible"], page["items"], page["total"]) == (False, [], len(hidden))
        assert page["areas"] == []
        drawn = client.get(f"{HOSPITALS}/map").json()
        assert (drawn["visible"], drawn["features"], drawn["total"]) == (False, [], len(hidden))
        for kind in ("csv", "xlsx", "parquet", "geojson"):
            assert client.get(f"{HOSPITALS}.{kind}").status_code == 403
        assert client.get(HOSPITALS, {"search": hidden[0]["id"]}).json()["total"] == len(hidden)

    def test_no_answer_names_them(self, assessed, log_in, by_command_line):
        client = log_in("steward", "education")
        sees = set(client.get("/api/session").json()["account"]["sees"])
        ids = {
            row["id"]
            for c in by_command_line["clauses"]
            for i in c["indicators"]
            for row in (i["measurement"] or {"short": []})["short"]
            if not set(row["class"].split(",")) <= sees
        }
        assert ids
        addresses = ["/api/programme/assessment", "/api/programme/export.json", "/api/programme/export.csv"]
        addresses += [f"/api/programme/clauses/{c['id']}" for c in by_command_line["clauses"]]
        for address in addresses:
            text = client.get(address).content.decode()
            assert not [i for i in ids if f'"{i}"' in text], address
        html = client.get("/api/programme/export.html", {"clause": "17.8"}).content.decode()
        assert not [row for row in short_of(by_command_line, "17.8", "digital-hospitals") if row["id"] in html]
        book = openpyxl.load_workbook(io.BytesIO(client.get("/api/programme/export.xlsx").content))
        cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
        assert not ids & cells

    def test_measures_of_them_are_refused(self, assessed, log_in):
        client = log_in("steward", "education")
        url = "/api/programme/measures/presence.count"
        assert client.post(url, {"params": {"of": ["school"]}}, "application/json").status_code == 200
        hospital = {"params": {"of": ["hospital"]}}
        assert client.post(url, hospital, "application/json").status_code == 403
        assert log_in("leader").post(url, hospital, "application/json").status_code == 200
        # What somebody else may see is remembered, and still refused.
        assert client.post(url, hospital, "application/json").status_code == 403


class TestExport:
    def test_places_in_every_format(self, assessed, log_in):
        client = log_in("leader")
        rows = client.get(PARKS, {"limit": 1000}).json()["items"]
        ids = [r["id"] for r in rows]
        text = client.get(f"{PARKS}.csv").content.decode("utf-8-sig")
        read = list(csv.DictReader(io.StringIO(text)))
        assert [r["id"] for r in read] == ids
        assert {r["synthetic"] for r in read} == {"true"}
        sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"{PARKS}.xlsx").content)).active
        assert [row[2] for row in sheet.iter_rows(min_row=3, values_only=True)] == ids
        assert "synthetic" in sheet["A1"].value or "合成" in sheet["A1"].value
        drawn = json.loads(client.get(f"{PARKS}.geojson").content)
        assert [f["properties"]["id"] for f in drawn["features"]] == ids
        table = pq.read_table(io.BytesIO(client.get(f"{PARKS}.parquet").content))
        assert sorted(table.column("id").to_pylist()) == sorted(ids)
        assert table.schema.metadata[b"synthetic"] == b"true"
        assert b"geo" in table.schema.metadata

    def test_assessment_in_every_format(self, assessed, log_in, by_command_line):
        client = log_in("leader")
        whole = client.get("/api/programme/export.json")
        assert "synthetic" in whole["Content-Disposition"]
        assert json.loads(whole.content) == by_command_line
        table = pq.read_table(io.BytesIO(client.get("/api/programme/export.parquet").content)).to_pylist()
        values = [i["value"] for c in by_command_line["clauses"] for i in c["indicators"]]
        assert [row["value"] for row in table] == values
        text = client.get("/api/programme/export.csv", {"bureau": "education"}).content.decode("utf-8-sig")
        read = list(csv.DictReader(io.StringIO(text)))
        assert {r["clause"] for r in read} == {
            c["id"] for c in by_command_line["clauses"] if "education" in c["bureaus"]
        }
        html = client.get("/api/programme/export.html", {"article": "24"}).content.decode()
        assert "24.2" in html
        assert client.get("/api/programme/export.pdf").status_code == 422

    def test_exports_are_recorded(self, assessed, log_in):
        from xiancheng.site.audit.models import Entry

        log_in("leader").get("/api/programme/export.csv", {"bureau": "education"})
        entry = Entry.objects.get(action="assessment.export")
        assert entry.detail["bureau"] == "education"

    def test_duty_officers_may_not_export(self, assessed, log_in):
        client = log_in("duty_officer")
        assert client.get("/api/programme/export.csv").status_code == 403
        assert client.get(f"{PARKS}.csv").status_code == 403


class TestMeasures:
    def test_a_measure_equals_the_programmes_figure(self, assessed, log_in, by_command_line):
        client = log_in("leader")
        for clause in by_command_line["clauses"][:8]:
            for indicator in clause["indicators"]:
                if indicator["measure"] is None:
                    continue
                body = {"params": indicator["params"], "on": by_command_line["snapshot_as_of"]}
                found = client.post(f"/api/programme/measures/{indicator['measure']}", body, "application/json").json()
                assert found == indicator["measurement"]

    @pytest.mark.parametrize(
        ("name", "body", "status"),
        [
            ("no.such", {}, 404),
            ("presence.count", {}, 422),
            ("presence.count", {"params": {"of": ["unicorn"]}}, 422),
            ("presence.count", {"params": {"of": ["school"], "where": "colour=red"}}, 422),
            ("presence.count", {"params": {"of": ["school"]}, "on": "1999-01-01"}, 404),
        ],
    )
    def test_wrong_requests(self, assessed, log_in, name, body, status):
        answer = log_in("leader").post(f"/api/programme/measures/{name}", body, "application/json")
        assert answer.status_code == status

    def test_every_parameter_is_explained(self, assessed, log_in):
        from xiancheng.site.assessments.wording import parameter_titles

        items = log_in("leader").get("/api/programme/measures").json()["items"]
        assert {p["name"] for m in items for p in m["parameters"]} == set(parameter_titles())
