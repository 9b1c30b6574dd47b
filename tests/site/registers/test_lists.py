"""Lists of registers against a brute-force reading of the same model; who sees and edits which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xiancheng.city.values import plain

pytestmark = pytest.mark.django_db
LAX = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def everything(class_name: str, on: date) -> list[dict[str, Any]]:
    """The objects of a class on a day, read from the model without the listing."""
    from xiancheng.site.county import reading

    with reading() as store:
        rows = store.as_of(class_name, on)
    return [
        {"object_id": rows.object_id[i], "geometry": rows.geometry[i]}
        | {name: plain(column[i]) for name, column in rows.columns.items()}
        for i in range(len(rows))
    ]


def ids(client: Client, class_name: str, **query: Any) -> list[str]:
    answer = client.get(f"/api/registers/{class_name}/items", {"limit": 1000, **query})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body["total"] == len(body["items"])
    return [item["object_id"] for item in body["items"]]


def test_filters_find_what_a_loop_finds(site, log_in):
    client, on = log_in("administrator"), date(2025, 12, 31)
    schools = everything("school", on)
    numbers = sorted({s["places"] for s in schools if s["places"] is not None})

    @LAX
    @given(
        low=st.none() | st.sampled_from(numbers),
        high=st.none() | st.sampled_from(numbers),
        level=st.none() | st.sampled_from(["primary", "junior", "nine_year"]),
        ownership=st.sampled_from([(), ("public",), ("public", "private")]),
        word=st.sampled_from(["", "小学", "双龙", "XX000", "xx000", "100%", "_"]),
        known=st.none() | st.booleans(),
    )
    def check(low, high, level, ownership, word, known):
        query: dict[str, Any] = {"on": on.isoformat(), "q": word}
        if low is not None:
            query["f.places.min"] = low
        if high is not None:
            query["f.places.max"] = high
        if level:
            query["f.level"] = level
        if ownership:
            query["f.ownership"] = list(ownership)
        if known is not None:
            query["f.places_junior.known"] = str(known).lower()
        expected = [
            s["object_id"]
            for s in schools
            if (low is None or (s["places"] is not None and s["places"] >= low))
            and (high is None or (s["places"] is not None and s["places"] <= high))
            and (not level or s["level"] == level)
            and (not ownership or s["ownership"] in ownership)
            and (known is None or (s["places_junior"] is not None) is known)
            and any(word.lower() in str(s[k] or "").lower() for k in ("name", "address", "object_id"))
        ]
        assert ids(client, "school", **query) == sorted(expected)

    check()


def test_sort_pages_and_box(site, log_in):
    client, on = log_in("administrator"), date(2025, 12, 31)
    trees = everything("street_tree", on)
    by_id = {t["object_id"]: t for t in trees}
    first = client.get("/api/registers/street_tree/items", {"on": on, "limit": 7, "sort": "-object_id"}).json()
    second = client.get(
        "/api/registers/street_tree/items", {"on": on, "limit": 7, "offset": 7, "sort": "-object_id"}
    ).json()
    found = [i["object_id"] for i in first["items"] + second["items"]]
    assert found == sorted(by_id, reverse=True)[:14]
    assert first["total"] == len(trees)
    assert first["more"]

    points = shapely.get_coordinates(np.array([t["geometry"] for t in trees]))
    west, south = np.quantile(points, 0.3, axis=0)
    east, north = np.quantile(points, 0.6, axis=0)
    inside = (points >= [west, south]).all(axis=1) & (points <= [east, north]).all(axis=1)
    expected = {trees[i]["object_id"] for i in np.flatnonzero(inside)}
    found = set(ids(client, "street_tree", on=on, bbox=f"{west},{south},{east},{north}"))
    assert expected <= found
    # An index of 32-bit numbers may find what lies just outside.
    outside = [by_id[i]["geometry"] for i in found - expected]
    assert all(shapely.box(west, south, east, north).distance(point) < 2e-5 for point in outside)


def test_unknown_values_come_last_either_way(site, log_in):
    client = log_in("administrator")
    schools = {s["object_id"]: s["places_junior"] for s in everything("school", date(2025, 12, 31))}
    for sort in ("places_junior", "-places_junior"):
        values = [schools[i] for i in ids(client, "school", on="2025-12-31", sort=sort)]
        known = [v for v in values if v is not None]
        assert values == known + [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "nothing"}, "sort"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "1,2,3,nan"}, "bbox"),
        ({"f.nothing": "1"}, "f.nothing"),
        ({"f.places": "many"}, "f.places"),
        ({"f.places.about": "3"}, "f.places.about"),
        ({"f.level": "castle"}, "f.level"),
        ({"f.digital_resources": "maybe"}, "f.digital_resources"),
        ({"f.level.min": "3"}, "f.level.min"),
    ],
)
def test_wrong_filters_are_told_beside_their_name(site, log_in, query, field):
    answer = log_in("administrator").get("/api/registers/school/items", query)
    assert answer.status_code == 422
    assert field in answer.json()["fields"]


def test_bureaus_see_and_edit_their_own(site, log_in: Callable[..., Client]):
    education, health = log_in("steward", "education"), log_in("steward", "health")
    mine = {r["name"]: r for r in education.get("/api/registers").json()["items"]}
    assert mine["school"]["editable"]
    assert mine["school"]["own"]
    assert mine["school"]["count"] > 0
    assert not mine["building"]["editable"]
    assert "hospital" not in mine
    days = dict.fromkeys(("valid_from", "valid_to", "on"), "2025-01-01")
    new = {"attributes": {"name": "x"}, "reason": "test", "expected": "x", "object_ids": ["XX0001"], **days}
    requests = {
        "get": ["definition", "items", "items/XX0001", "items/XX0001/history", "template.xlsx", "export"],
        "post": ["items", "items/XX0001/correct", "items/XX0001/close", "bulk", "uploads/1/commit"],
        "patch": ["items/XX0001"],
    }
    for method, paths in requests.items():
        for path in paths:
            body = {} if method == "get" else {"data": new, "content_type": "application/json"}
            assert getattr(health, method)(f"/api/registers/school/{path}", **body).status_code == 403, path
            assert getattr(Client(), method)(f"/api/registers/school/{path}", **body).status_code == 401, path
    workbook = {"file": SimpleUploadedFile("x.xlsx", b"x")}
    assert health.post("/api/registers/school/uploads", workbook).status_code == 403
    # Read by everybody, changed by its keeper only.
    assert education.get("/api/registers/building/items").status_code == 200
    assert education.post("/api/registers/building/items", new, content_type="application/json").status_code == 403


def test_definition_has_what_the_catalogue_says(site, log_in):
    from xiancheng.site.county import catalogue

    client = log_in("administrator")
    for feature_class in catalogue():
        form = client.get(f"/api/registers/{feature_class.name}/definition").json()
        assert [a["name"] for a in form["attributes"]] == [a.name for a in feature_class.attributes]
        assert form["geometry"] == feature_class.geometry
        for shown, attribute in zip(form["attributes"], feature_class.attributes, strict=True):
            assert (shown["required"], shown["minimum"], shown["maximum"]) == (
                attribute.required,
                attribute.minimum,
                attribute.maximum,
            )
            codes = catalogue().codes.get(attribute.codes or "", {})
            assert [c["code"] for c in shown["codes"]] == list(codes)


def test_findings_name_the_object(site, log_in):
    from xiancheng.city.quality import check
    from xiancheng.site.county import catalogue, county, snapshot

    newest = snapshot()
    tables = {name: newest.table(name) for name in newest.manifest["classes"]}
    report = check(tables, county=county(), catalogue=catalogue())
    finding = next(f for f in report.findings if f.objects)
    answer = log_in("administrator").get(
        f"/api/registers/{finding.feature_class}/items/{finding.objects[0].id}", {"findings": "true"}
    )
    assert finding.check in [f["check"] for f in answer.json()["findings"]]
