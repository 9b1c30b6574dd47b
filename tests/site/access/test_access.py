"""Coverage, isochrones and nearest facilities by the API, against the measures and brute force."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from xiancheng.programme.registry import run_measure
from xiancheng.programme.views.features import select
from xiancheng.programme.views.reach import Reach
from xiancheng.programme.views.residents import residents
from xiancheng.site.access import schemas
from xiancheng.site.access.questions import bands, read_question

WALK = {"classes": ["park"], "metres": [300, 500], "metric": "network", "min_area_m2": 400, "within": "county_seat"}
CRS = "EPSG:4490"


def city():
    from xiancheng.site.access.standing import traced

    return traced()


def post(client, path: str, content: Any, status: int = 200) -> Any:
    answer = client.post(f"/api/access/{path}", json.dumps(content), content_type="application/json")
    assert answer.status_code == status, answer.content[:800]
    return answer.json() if answer.content else None


@pytest.fixture
def planner(site, log_in):
    return log_in("planner", "housing_construction")


def test_classes_and_how_the_programme_asks(planner):
    found = planner.get("/api/access/classes").json()
    schemas.ClassesOut.model_validate(found)
    names = {item["name"]: item for item in found["items"]}
    assert {"park", "school", "hospital"} <= names.keys()
    assert "building" not in names
    assert "admin_area" not in names
    assert names["park"]["required_area_m2"] == 5000
    assert names["park"]["usual_area_m2"] == round(float(np.median(city().table("park").area)))
    assert any(s["clause"] == "24.2" and s["metres"] == 500 and s["classes"] == ["park"] for s in found["suggestions"])
    assert found["areas"][0]["code"] == "auto"
    assert found["modes"] == ["walk", "drive"]


@pytest.mark.parametrize(
    "asked",
    [
        WALK,
        {"classes": ["park", "green_space"], "metres": [300], "metric": "straight"},
        {"classes": ["hospital"], "metres": [2000], "mode": "drive", "measured_from": "point", "within": "auto"},
        {"classes": ["elderly_care"], "metres": [500, 1500], "ages": ["age_60_up"], "where": "kind=station|day_care"},
    ],
)
def test_coverage_is_the_programmes_own_figure(planner, asked):
    found = post(planner, "coverage", asked)
    schemas.CoverageOut.model_validate(found)
    for band in found["bands"]:
        given = {k: v for k, v in asked.items() if k not in {"classes", "metres", "measured_from"}}
        given |= {"of": asked["classes"], "metres": band["metres"], "from": asked.get("measured_from", "boundary")}
        truth = run_measure(city().base, "access.residents_within", given)
        assert band["share"] == pytest.approx(truth.value, rel=1e-12)
        assert band["covered"] == pytest.approx(truth.numerator)
        assert band["covered"] + band["uncovered"] == pytest.approx(truth.denominator)
        at = found["bands"].index(band)
        assert {a["code"]: a["covered"][at] for a in found["by_area"]} == {
            a.code: pytest.approx(a.numerator) for a in truth.by_area if a.denominator > 0
        }
        assert sum(a["covered"][at] for a in found["by_age"]) == pytest.approx(truth.numerator, rel=1e-6)
        assert sum(found["cells"]["covered"][at]) == pytest.approx(
            truth.numerator, abs=0.06 * len(found["cells"]["persons"])
        )
    assert len(found["cells"]["corners"]) == 8 * len(found["cells"]["persons"])


def test_places_of_a_window_are_those_of_the_whole(planner):
    people = residents(city(), within="county_seat")
    back = Transformer.from_crs(city().county.crs, CRS, always_xy=True)
    lon, lat = back.transform(*people.xy.T)
    middle = float(np.median(lon)), float(np.median(lat))
    window = [middle[0] - 0.004, middle[1] - 0.003, middle[0] + 0.004, middle[1] + 0.003]
    found = post(planner, "coverage/places", {**WALK, "window": window})
    schemas.PlacesOut.model_validate(found)
    question = read_question(schemas.Asked(**WALK), city(), _everything())
    band = bands(city(), question, people, question.features(city()))
    expected = {
        i: int(b) if b < 2 else -1
        for i, b, x, y in zip(people.population.ids[people.rows], band, lon, lat, strict=True)
        if window[0] <= x <= window[2] and window[1] <= y <= window[3]
    }
    mine = dict(zip(found["ids"], found["band"], strict=True))
    # A window in degrees is not quite a rectangle in metres: buildings at its very edge may be one or the other.
    assert expected.items() <= mine.items()
    assert len(mine) < len(expected) + 30
    assert len(expected) > 20


def _everything():
    from xiancheng.site.policy.subject import Subject

    return Subject(user_id=1, sees=frozenset(city().catalogue.classes))


def test_facilities_tell_which_are_counted(planner):
    found = post(planner, "facilities", {**WALK, "min_area_m2": 5000})
    parks = {f["properties"]["object_id"]: f["properties"]["counted"] for f in found["features"]}
    assert set(parks) == set(city().table("park").ids)
    assert {i for i, counted in parks.items() if counted} == set(
        select(city(), ("park",), min_area_m2=5000, public_only=True).ids
    )
    post(planner, "facilities", {"classes": ["building"]}, 422)
    schools = city().table("school")
    drawn = post(planner, "facilities", {"classes": ["school"]})["features"]
    places = {f["properties"]["object_id"]: f["properties"]["attributes"].get("places") for f in drawn}
    assert places == {
        i: v if np.isfinite(v) else None for i, v in zip(schools.ids, schools.column("places"), strict=True)
    }


@pytest.mark.parametrize("metric", ["network", "straight"])
def test_isochrones_hold_the_buildings_within(planner, metric):
    asked = {**WALK, "metric": metric, "min_area_m2": 0}
    found = post(planner, "isochrones", asked)
    schemas.GeoJSON.model_validate(found)
    assert [f["properties"]["metres"] for f in found["features"]] == [500, 300]
    people = residents(city(), within="county_seat")
    reach = Reach(metric, "boundary", "walk")
    metres = reach.nearest(city(), people, select(city(), ("park",), public_only=True)).distance
    back = Transformer.from_crs(city().county.crs, CRS, always_xy=True)
    lon, lat = back.transform(*people.xy.T)
    for feature in found["features"]:
        limit, area = feature["properties"]["metres"], shapely.geometry.shape(feature["geometry"])
        inside = shapely.intersects_xy(area, lon, lat)
        certain = np.abs(metres - limit) > 60
        right = (inside == (metres <= limit))[certain]
        # Between two roads that are equally near, the distance jumps.
        assert right.mean() > (0.97 if metric == "network" else 0.9999)


def test_isochrones_of_a_point_grow_with_the_distance(planner):
    lon, lat = _middle()
    found = post(planner, "isochrones", {**WALK, "metres": [200, 400, 800], "point": [lon, lat]})
    areas = [shapely.geometry.shape(f["geometry"]) for f in found["features"]]
    assert [f["properties"]["metres"] for f in found["features"]] == [800, 400, 200]
    assert areas[0].area > areas[1].area > areas[2].area
    assert shapely.distance(areas[2], shapely.Point(lon, lat)) < 0.001


def _middle() -> tuple[float, float]:
    areas = city().table("admin_area")
    (seat,) = areas.geometry[areas.column("level") == "county_seat"]
    return seat.centroid.x, seat.centroid.y


def test_the_nearest_of_every_class(planner):
    lon, lat = _middle()
    found = planner.get("/api/access/nearest", {"lon": lon, "lat": lat}).json()
    schemas.NearestsOut.model_validate(found)
    forth = Transformer.from_crs(CRS, city().county.crs, always_xy=True)
    here = shapely.Point(*forth.transform(lon, lat))
    by_class = {item["feature_class"]: item for item in found["items"]}
    for name in ("park", "school", "hospital"):
        item = by_class[name]
        features = select(city(), (name,))
        assert item["straight"] <= item["metres"] + 1e-6
        row = list(features.ids).index(item["id"])
        assert item["straight"] == pytest.approx(shapely.distance(here, features.geometry[row]), abs=0.01)
        line = shapely.geometry.shape(item["route"])
        metric = shapely.transform(line, lambda xy: np.column_stack(forth.transform(*xy.T)))
        assert metric.length == pytest.approx(item["metres"], rel=0.02, abs=2)
        assert shapely.distance(here, shapely.Point(metric.coords[0])) < 0.2
    metres = [i["metres"] for i in found["items"] if i["metres"] is not None]
    assert metres == sorted(metres)


def test_questions_that_make_no_sense_are_refused(planner):
    post(planner, "coverage", {"classes": ["nothing"]}, 404)
    post(planner, "coverage", {"classes": []}, 422)
    post(planner, "coverage", {"classes": ["park"], "metres": [-5]}, 422)
    post(planner, "isochrones", {"classes": ["park"], "metres": [5e-324]}, 422)
    post(planner, "coverage", {"classes": ["park"], "where": "size>3"}, 400)
    post(planner, "coverage", {"classes": ["park"], "on": "1999-01-01"}, 404)
    post(planner, "coverage", {"classes": ["park"], "within": "nowhere"}, 404)
    assert planner.get("/api/access/nearest", {"lon": 500, "lat": 0}).status_code == 422
    # As far from the county as this its projection has no coordinates.
    assert planner.get("/api/access/nearest", {"lon": -152.7, "lat": 0.02}).status_code == 422
    upside_down = {**WALK, "window": [-151, 35, 3, -82]}
    assert "window" in post(planner, "coverage/places", upside_down, 422)["fields"]


def test_who_may_not_use_it_gets_nothing(site, log_in, client):
    steward = log_in("steward", "education")
    post(steward, "coverage", WALK, 403)
    post(client, "coverage", WALK, 401)
    assert steward.get("/api/access/classes").status_code == 403
    epidemiologist = log_in("epidemiologist")
    seen = {item["name"] for item in epidemiologist.get("/api/access/classes").json()["items"]}
    unseen = "museum"
    assert unseen not in seen
    post(epidemiologist, "coverage", {"classes": [unseen]}, 403)
    edit = {"op": "remove", "class": unseen, "id": str(city().table(unseen).ids[0])}
    post(epidemiologist, "whatif", {"edits": [edit]}, 403)


def test_another_day_is_another_answer(planner):
    now = post(planner, "coverage", WALK)
    then = post(planner, "coverage", {**WALK, "on": "2023-12-31"})
    assert (now["on"], then["on"]) == ("2025-12-31", "2023-12-31")
    assert now["snapshot"] != then["snapshot"]
    assert date.fromisoformat(then["on"]) < date.fromisoformat(now["on"])
