"""What-if and kept scenarios by the API."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openpyxl
import pytest
import shapely

from xiancheng.programme.registry import run_measure
from xiancheng.site.access import schemas
from xiancheng.site.access.models import Scenario
from xiancheng.site.audit.models import Entry


def city():
    from xiancheng.site.access.standing import traced

    return traced()


def send(client, method: str, path: str, content: Any = None, status: int = 200) -> Any:
    answer = client.generic(method, f"/api/access/{path}", json.dumps(content), content_type="application/json")
    assert answer.status_code == status, answer.content[:800]
    return answer.json() if answer.content else None


@pytest.fixture
def planner(site, log_in):
    return log_in("planner", "housing_construction")


def park(area: float = 6000, name: str = "new-1") -> dict[str, Any]:
    params = {"of": ["park"], "metres": 500, "min_area_m2": 5000, "metric": "straight", "within": "county_seat"}
    short = city().base.memo("far from parks", lambda: run_measure(city(), "access.residents_within", params).short)
    place = [float(short.lon[0]), float(short.lat[0])]
    return {
        "op": "add",
        "class": "park",
        "id": name,
        "geometry": {"type": "Point", "coordinates": place},
        "area_m2": area,
    }


def test_a_new_park_moves_what_asks_for_parks(planner):
    found = send(planner, "POST", "whatif", {"edits": [park()], "budget_ms": None})
    schemas.WhatIfOut.model_validate(found)
    moved = {m["key"]: m for m in found["moved"]}
    assert {"24.2/park-500m", "24.2/green-300m", "24.2/park-500m-walk", "24.1/green-share"} <= moved.keys()
    figure = moved["24.2/park-500m"]
    assert figure["moves"]
    assert figure["difference"] > 0
    assert figure["gain"]["gained"] == pytest.approx(figure["after"]["numerator"] - figure["before"]["numerator"])
    assert sum(figure["gain"]["change"]) == pytest.approx(figure["gain"]["gained"], rel=1e-3)
    assert sum(a["gained"] for a in figure["gain"]["by_age"]) == pytest.approx(figure["gain"]["gained"], rel=1e-6)
    assert figure["target"]["at_least"] == 1.0
    (step,) = found["steps"]
    assert step["area_after"] == pytest.approx(6000, rel=1e-6)
    assert step["before"] is None
    assert step["after"]["type"] == "Polygon"


def test_undone_edits_move_nothing_and_coverage_follows_edits(planner):
    edits = [park(), {"op": "remove", "class": "park", "id": "new-1"}]
    found = send(planner, "POST", "whatif", {"edits": edits, "budget_ms": None})
    assert [m for m in found["moved"] if m["moves"]] == []
    asked = {"classes": ["park"], "metres": [500], "metric": "straight", "min_area_m2": 5000, "within": "county_seat"}
    before = send(planner, "POST", "coverage", asked)
    after = send(planner, "POST", "coverage", {**asked, "edits": [park()]})
    figure = {m["key"]: m for m in send(planner, "POST", "whatif", {"edits": [park()]})["moved"]}["24.2/park-500m"]
    assert before["bands"][0]["share"] == pytest.approx(figure["before"]["value"])
    assert after["bands"][0]["share"] == pytest.approx(figure["after"]["value"])
    drawn = send(planner, "POST", "facilities", {**asked, "edits": [park()]})
    assert "new-1" in {f["properties"]["object_id"] for f in drawn["features"]}
    assert send(planner, "POST", "isochrones", {**asked, "edits": [park()]})["features"]


def test_slow_figures_come_second(planner):
    edits = [{"op": "add", "class": "building", "id": "b", "geometry": park()["geometry"], "area_m2": 900,
              "attributes": {"use": "residential", "floors": 9}}]  # fmt: skip
    first = send(planner, "POST", "whatif", {"edits": edits, "budget_ms": 1})
    assert first["pending"]
    second = send(planner, "POST", "whatif", {"edits": edits, "only": first["pending"]})
    assert {m["key"] for m in second["moved"]} == set(first["pending"])
    assert second["pending"] == []


def test_what_is_wrong_is_told(planner):
    wrong = send(planner, "POST", "whatif", {"edits": [{"op": "remove", "class": "park", "id": "nowhere"}]}, 400)
    assert "nowhere" in wrong["message"]["en"]
    send(planner, "POST", "whatif", {"edits": []}, 422)
    send(planner, "POST", "whatif", {"edits": [{**park(), "colour": "green"}]}, 422)
    send(planner, "POST", "whatif", {"edits": [{**park(), "attributes": {"kind": "magic"}}]}, 400)
    splinter = [[110.5, 40.5], [110.5000001, 40.5], [110.5, 40.5000001], [110.5, 40.5]]
    thin = {**park(), "geometry": {"type": "Polygon", "coordinates": [splinter]}, "area_m2": 5000}
    send(planner, "POST", "whatif", {"edits": [thin]}, 400)
    huge = {"op": "resize", "class": "school", "id": "XX0001", "attributes": {"places": 1e308}}
    send(planner, "POST", "whatif", {"edits": [huge]}, 400)


def test_many_ask_at_once(planner):
    send(planner, "POST", "whatif", {"edits": [park()], "budget_ms": None})

    def ask(area: float) -> float:
        from xiancheng.programme.whatif.compare import what_if
        from xiancheng.programme.whatif.scenario import read_edits
        from xiancheng.site.access.standing import prepared

        ready = prepared()
        found = what_if(ready, read_edits([park(area)], ready.city.catalogue))
        return next(m.after.value for m in found.moved if m.entry.key == "24.2/park-500m")

    areas = [1000, 5000, 9000, 20_000] * 4
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, areas))
    assert together == [ask(a) for a in areas]
    from xiancheng.site.access.standing import prepared

    city = prepared().city
    written = [name for name in city.manifest["classes"] if shapely.is_prepared(city.table(name).projected).any()]
    assert written == [], "shared by threads, so nothing may be written into them"


def test_a_report_to_send_on(planner):
    answer = planner.post(
        "/api/access/whatif/export?format=xlsx",
        json.dumps({"edits": [park()], "name": "东区公园", "note": "=1+1"}),
        content_type="application/json",
    )
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert "synthetic" in answer["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    figures = [[c.value for c in row] for row in book["指标变化"].iter_rows()]
    row = next(r for r in figures if r[0] == "24.2" and "500米见园（直线）" in r[1])
    assert row[5] == pytest.approx(row[4] - row[3])
    about = {row[0].value: row[1].value for row in book["说明"].iter_rows()}
    assert about["备注"] == "=1+1"
    assert Entry.objects.filter(action="whatif.export").count() == 1
    plain = planner.post(
        "/api/access/whatif/export?format=json", json.dumps({"edits": [park()]}), content_type="application/json"
    )
    schemas.WhatIfOut.model_validate(plain.json())


def test_scenarios_are_kept_shared_and_deleted(site, log_in):
    planner, colleague = log_in("planner", "housing_construction"), log_in("leader", "housing_construction")
    stranger = log_in("planner", "education")
    given = {"name": "东区公园", "note": "两步", "edits": [park()], "view": {"classes": ["park"]}, "sharing": "private"}
    made = send(planner, "POST", "scenarios", given, 201)
    schemas.ScenarioOut.model_validate(made)
    number = made["id"]
    assert made["edits"] == [park()]
    assert send(planner, "GET", f"scenarios/{number}")["mine"]
    send(colleague, "GET", f"scenarios/{number}", status=404)
    send(planner, "PUT", f"scenarios/{number}", {**given, "sharing": "unit"})
    assert not send(colleague, "GET", f"scenarios/{number}")["mine"]
    send(stranger, "GET", f"scenarios/{number}", status=404)
    send(planner, "PUT", f"scenarios/{number}", {**given, "sharing": "all", "name": "大家的"})
    (listed,) = send(stranger, "GET", "scenarios")["items"]
    assert listed["name"] == "大家的"
    send(stranger, "PUT", f"scenarios/{number}", given, 403)
    send(stranger, "DELETE", f"scenarios/{number}", status=403)
    # What it says is computed for whoever opens it.
    assert send(stranger, "POST", "whatif", {"edits": listed["edits"]})["moved"]
    send(planner, "DELETE", f"scenarios/{number}", status=204)
    send(planner, "GET", f"scenarios/{number}", status=404)
    assert Scenario.objects.count() == 0
    actions = list(
        Entry.objects.filter(action__startswith="scenario.").order_by("number").values_list("action", flat=True)
    )
    assert actions == ["scenario.create", "scenario.update", "scenario.update", "scenario.delete"]


def test_a_scenario_of_classes_one_may_not_see_is_not_kept(site, log_in):
    epidemiologist = log_in("epidemiologist")
    edit = {"op": "remove", "class": "museum", "id": str(city().table("museum").ids[0])}
    send(epidemiologist, "POST", "scenarios", {"name": "x", "edits": [edit]}, 403)
    send(epidemiologist, "POST", "scenarios", {"name": "x", "edits": [], "sharing": "unit"}, 422)
    send(epidemiologist, "POST", "scenarios", {"name": "", "edits": []}, 422)
