"""The model API against brute force over the tables of the snapshots and the store."""

import json
from datetime import date

import numpy as np
import pytest
import shapely
from django.test import Client

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.publish import feature_tables, open_snapshot
from xiancheng.city.store import Store

FIRST, SECOND = date(2023, 12, 31), date(2025, 12, 31)


@pytest.fixture
def client(site, log_in):
    return log_in("planner")


@pytest.fixture(scope="module")
def tables(sample_county):
    county, catalogue = County.load(sample_county), load_catalogue(sample_county)
    return {day: open_snapshot(county, catalogue, day) for day in (FIRST, SECOND)}


def test_snapshots_count_visible_classes(client, log_in, tables):
    items = client.get("/api/model/snapshots").json()["items"]
    assert [i["date"] for i in items] == [str(FIRST), str(SECOND)]
    assert items[1]["classes"]["school"] == len(tables[SECOND].table("school"))
    assert "hospital" not in log_in("steward", "education").get("/api/model/snapshots").json()["items"][0]["classes"]


def test_classes_carry_codes(client):
    answer = client.get("/api/model/classes").json()
    building = next(c for c in answer["items"] if c["name"] == "building")
    use = next(a for a in building["attributes"] if a["name"] == "use")
    assert answer["codes"][use["codes"]]["residential"] == {"zh": "居住", "en": "residential"}
    assert building["cim_class"] in answer["cim_classes"]


def test_every_school_is_found_by_its_name_id_pinyin_and_initials(client, tables):
    from pypinyin import Style, lazy_pinyin

    table = tables[SECOND].table("school")
    for name, identifier in zip(table.column("name"), table.ids, strict=True):
        for query in (name, identifier.lower(), "".join(lazy_pinyin(name))):
            found = client.get("/api/model/search", {"q": query, "limit": 5}).json()["items"]
            assert identifier in {i["object_id"] for i in found}, query
        initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
        found = client.get("/api/model/search", {"q": initials, "limit": 200}).json()["items"]
        assert identifier in {i["object_id"] for i in found}, initials


def test_an_exact_name_comes_first_and_words_may_be_apart(client, tables):
    name = tables[SECOND].table("park").column("name")[0]
    answer = client.get("/api/model/search", {"q": name}).json()
    assert answer["items"][0]["name"] == name
    assert answer["items"][0]["matched"] == "name"
    apart = client.get("/api/model/search", {"q": f"{name[-2:]} {name[:2]}"}).json()
    assert name in {i["name"] for i in apart["items"]}


def test_search_finds_only_visible_classes_and_nothing_for_nothing(client, log_in, tables):
    name = tables[SECOND].table("hospital").column("name")[0]
    assert client.get("/api/model/search", {"q": name}).json()["items"][0]["class_name"] == "hospital"
    found = log_in("steward", "education").get("/api/model/search", {"q": name}).json()["items"]
    assert "hospital" not in {i["class_name"] for i in found}
    assert Client().get("/api/model/search", {"q": name}).json()["total"] == 0
    assert client.get("/api/model/search", {"q": " \n"}).json()["items"] == []
    assert client.get("/api/model/search", {"q": "(.*"}).json()["items"] == []
    assert client.get("/api/model/search", {"q": name, "on": "1999-01-01"}).status_code == 404


def test_search_agrees_with_brute_force(client, tables):
    snapshot = tables[SECOND]
    for word in ("学", "中", "萨拉齐", "路"):
        expected = 0
        for feature_class in snapshot.catalogue:
            table = snapshot.table(feature_class.name)
            for name, address in zip(table.column("name"), table.column("address"), strict=True):
                expected += word in (name or "") or word in (address or "")
        assert client.get("/api/model/search", {"q": word}).json()["total"] == expected, word


def test_identify_gives_titles_units_size_and_history(client, log_in, tables):
    table = tables[SECOND].table("park")
    answer = client.get(f"/api/model/feature/park/{table.ids[0]}", {"on": str(SECOND)}).json()
    assert answer["exists"]
    assert answer["area_m2"] == pytest.approx(table.area[0], rel=1e-6)
    assert answer["history"][-1]["changed"] == []
    values = {a["name"]: a for a in answer["attributes"]}
    assert values["kind"]["text"]["zh"] != values["kind"]["value"]
    assert shapely.geometry.shape(answer["geometry"]).equals(table.geometry[0])
    assert log_in("epidemiologist").get(f"/api/model/feature/park/{table.ids[0]}").json()["history"] is None
    assert client.get("/api/model/feature/park/none").status_code == 404
    education = log_in("steward", "education")
    assert education.get("/api/model/feature/hospital/1").status_code == 403
    assert education.get("/api/model/feature/nothing/1").status_code in {403, 404}


def test_identify_on_a_day_outside_its_life(client):
    with_end = client.get("/api/model/changes", {"from": FIRST, "to": SECOND}).json()
    closed = next(i for i in with_end["items"] if i["change"] == "closed")
    address = f"/api/model/feature/{closed['class_name']}/{closed['object_id']}"
    assert client.get(address, {"on": str(FIRST)}).json()["exists"]
    late = client.get(address, {"on": str(SECOND)}).json()
    assert not late["exists"]
    assert late["valid_to"] <= str(SECOND)


def test_changes_agree_with_brute_force(client, tables):
    def contents(snapshot, name):
        table = snapshot.table(name)
        columns = {a.name: table.column(a.name) for a in table.feature_class.attributes}
        wkb = [None if g is None else g.wkb for g in table.geometry]
        return {identifier: (wkb[i], *(str(c[i]) for c in columns.values())) for i, identifier in enumerate(table.ids)}

    answer = client.get("/api/model/changes", {"from": FIRST, "to": SECOND, "limit": 200}).json()
    counts = {c["class_name"]: c for c in answer["counts"]}
    total = 0
    for feature_class in tables[FIRST].catalogue:
        before, after = contents(tables[FIRST], feature_class.name), contents(tables[SECOND], feature_class.name)
        expected = (
            len(after.keys() - before.keys()),
            sum(before[k] != after[k] for k in before.keys() & after.keys()),
            len(before.keys() - after.keys()),
        )
        got = counts.get(feature_class.name, {"added": 0, "changed": 0, "closed": 0})
        assert (got["added"], got["changed"], got["closed"]) == expected, feature_class.name
        total += sum(expected)
    assert answer["total"] == total > 0
    paged = [
        item
        for offset in range(0, total, 150)
        for item in client.get(
            "/api/model/changes", {"from": FIRST, "to": SECOND, "limit": 150, "offset": offset}
        ).json()["items"]
    ]
    assert len({(i["class_name"], i["object_id"]) for i in paged}) == total
    assert all(i["fields"] for i in paged if i["change"] == "changed")
    collection = client.get("/api/model/changes.geojson", {"from": FIRST, "to": SECOND, "class": "building"}).json()
    assert {f["properties"]["class"] for f in collection["features"]} == {"building"}
    assert len(collection["features"]) == sum(counts["building"][k] for k in ("added", "changed", "closed"))


def test_changes_are_filtered_by_permission(site, log_in):
    education = log_in("steward", "education")
    answer = education.get("/api/model/changes", {"from": FIRST, "to": SECOND}).json()
    assert "hospital" not in {c["class_name"] for c in answer["counts"]}
    asked = {"from": FIRST, "to": SECOND, "class": "hospital"}
    assert education.get("/api/model/changes", asked).status_code == 403
    assert education.get("/api/model/changes.geojson", asked).status_code == 403


def test_quality_agrees_with_the_checks(writable_site, log_in):
    from xiancheng.city.history import today
    from xiancheng.city.quality.running import check

    client = log_in("planner")
    county, catalogue = County.load(writable_site), load_catalogue(writable_site)
    with Store.open(county.model_place, catalogue, read_only=True) as store:
        report = check(feature_tables(store, county, catalogue, today()), county=county, catalogue=catalogue)
    answer = client.get("/api/model/quality", {"limit": 5000}).json()
    assert {(f["class_name"], f["check"], f["count"]) for f in answer["findings"]} == {
        (f.feature_class, f.check, f.count) for f in report.findings
    }
    one = report.findings[0]
    only = client.get("/api/model/quality", {"class": one.feature_class, "check": one.check}).json()
    assert only["total"] == sum(
        len(f.objects) for f in report.findings if (f.feature_class, f.check) == (one.feature_class, one.check)
    )
    assert Client().get("/api/model/quality").status_code == 401
    seen = log_in("steward", "education").get("/api/model/quality", {"limit": 5000}).json()
    assert "hospital" not in {f["class_name"] for f in seen["findings"]} | {i["class_name"] for i in seen["items"]}


def test_times_and_features_on_any_day(client, sample_county):
    county, catalogue = County.load(sample_county), load_catalogue(sample_county)
    times = client.get("/api/model/times", {"class": "building"}).json()
    assert set(times["classes"]) == {"building"}
    with Store.open(county.model_place, catalogue, read_only=True) as store:
        for day in ("2020-06-30", "2024-05-05", "2025-12-31"):
            rows = store.as_of("building", date.fromisoformat(day))
            answer = client.get("/api/model/at", {"class": "building", "on": day, "limit": 20000}).json()
            assert answer["numberMatched"] == len(rows)
            assert [f["id"] for f in answer["features"]] == list(rows.object_id)
            before = sum(
                p["begin"] - p["end"] for p in times["total"] if p["period"] < day[:7]
            )  # what is there at the start of the month, if all began by a record
            within = next((p for p in times["total"] if p["period"] == day[:7]), {"begin": 0, "end": 0})
            assert before - within["end"] <= len(rows) <= before + within["begin"]
    box = np.array(shapely.total_bounds(rows.geometry))
    small = [*box[:2], *(box[:2] + (box[2:] - box[:2]) / 2)]
    inside = client.get(
        "/api/model/at", {"class": "building", "on": "2025-12-31", "bbox": ",".join(map(str, small)), "limit": 20000}
    ).json()
    assert 0 < inside["numberMatched"] < answer["numberMatched"]


def test_more_than_the_limit_is_said_instead_of_cut(client):
    answer = client.get("/api/model/at", {"class": "building", "on": "2025-12-31", "limit": 10})
    content = json.loads(answer.content)
    assert content["capped"]
    assert content["features"] == []
    assert content["numberMatched"] > 10
    assert client.get("/api/model/at", {"class": "building", "on": "2025-12-31", "bbox": "1,2,3"}).status_code == 422


def test_years(client):
    times = client.get("/api/model/times", {"by": "year"}).json()
    assert all(len(p["period"]) == 4 for p in times["total"])
    assert times["first"] < times["last"]
