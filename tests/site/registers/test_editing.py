"""Editing: what is refused and why, the optimistic lock, audit and events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
ITEMS = "/api/registers/school/items"
JSON = "application/json"


@pytest.fixture
def education(writable_site, log_in) -> Client:
    return log_in("steward", "education")


def item(client: Client, object_id: str = "XX0001", **query: Any) -> dict[str, Any]:
    answer = client.get(f"{ITEMS}/{object_id}", query)
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
    return answer.json()


def edit(client: Client, object_id: str = "XX0001", **body: Any):
    body = {"valid_from": "2026-01-01", "reason": "扩建", "expected": item(client, object_id)["version"]} | body
    return client.patch(f"{ITEMS}/{object_id}", body, content_type=JSON)


def test_an_edit_begins_a_new_version_and_is_told(education):
    from xiancheng.site.audit.models import Entry
    from xiancheng.site.jobs.models import Event

    before = item(education)["attributes"]
    saved = edit(education, attributes={"places": 777})
    assert saved.status_code == 200
    assert saved.json()["item"]["attributes"] == before | {"places": 777}
    assert item(education, on="2025-12-31")["attributes"] == before
    entry = Entry.objects.filter(action="register.update").get()
    assert (entry.target, entry.user_name) == ("school/XX0001", "steward-education")
    assert entry.detail["change"] == saved.json()["change"]
    event = Event.objects.filter(topic="register").get()
    assert event.class_name == "school"
    assert event.payload["object_ids"] == ["XX0001"]


def test_saying_the_same_again_records_nothing(education):
    saved = edit(education, attributes={"places": item(education)["attributes"]["places"]})
    assert saved.json()["change"] is None


def test_who_comes_second_is_told_who_was_first(education, log_in):
    seen = item(education)["version"]
    assert edit(log_in("administrator"), attributes={"pupils": 5}).status_code == 200
    refused = edit(education, attributes={"places": 777}, expected=seen)
    assert refused.status_code == 409
    assert "administrator-none" in refused.json()["hint"]["zh"]
    assert "在校生" in refused.json()["hint"]["zh"]
    assert item(education)["attributes"]["places"] != 777
    closing = {"valid_to": "2026-02-01", "reason": "x", "expected": seen}
    assert education.post(f"{ITEMS}/XX0001/close", closing, content_type=JSON).status_code == 409


def test_a_correction_keeps_the_validity(education):
    before = item(education)
    body = {
        "attributes": {"address": "更正路 1 号"},
        "on": "2024-01-01",
        "reason": "错字",
        "expected": before["version"],
    }
    saved = education.post(f"{ITEMS}/XX0001/correct", body, content_type=JSON).json()["item"]
    assert saved["valid_from"] == item(education, on="2024-01-01")["valid_from"]
    assert saved["attributes"]["address"] == "更正路 1 号"
    history = education.get(f"{ITEMS}/XX0001/history").json()["items"]
    assert history[-1]["changed"][0]["field"] == "address"
    assert history[-1]["reason"] == "错字"
    assert history[-1]["who"] == "steward-education"


def test_close_then_list_with_closed(education):
    body = {"valid_to": "2026-03-01", "reason": "撤并", "expected": item(education)["version"]}
    assert education.post(f"{ITEMS}/XX0001/close", body, content_type=JSON).status_code == 200
    assert item(education, on="2026-03-01")["closed"]
    shown = lambda **q: {i["object_id"] for i in education.get(ITEMS, q).json()["items"]}  # noqa: E731
    assert "XX0001" in shown(on="2026-02-28")
    assert "XX0001" not in shown(on="2026-03-01")
    assert "XX0001" in shown(on="2026-03-01", include_closed="true")


@pytest.mark.parametrize(
    ("attributes", "geometry", "fields"),
    [
        ({"places": -1}, None, {"places"}),
        ({"places": "many", "classes": 1.5}, None, {"places", "classes"}),
        ({"level": "castle"}, None, {"level"}),
        ({"nothing": 1}, None, {"nothing"}),
        ({"name": "x" * 2001}, None, {"name"}),
        ({"name": "a\x00b"}, None, {"name"}),
        ({"digital_resources": "是"}, None, {"digital_resources"}),
        ({"places": 1e400}, None, {"places"}),
        ({}, {"type": "Point", "coordinates": [500, 1]}, {"geometry"}),
        ({}, {"type": "LineString", "coordinates": [[110, 40], [111, 40]]}, {"geometry"}),
        ({}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, {"geometry"}),
        ({}, {"type": "Point", "coordinates": ["a", "b"]}, {"geometry"}),
        ({}, {"type": "Castle"}, {"geometry"}),
        ({}, {"type": "Point", "coordinates": []}, {"geometry"}),
    ],
)
def test_wrong_fields_are_told_beside_them(education, attributes, geometry, fields):
    body = {"valid_from": "2026-01-01", "reason": "x", "expected": item(education)["version"]}
    raw = json.dumps(body | {"attributes": attributes, "geometry": geometry}).replace("Infinity", "1e999")
    refused = education.patch(f"{ITEMS}/XX0001", raw, content_type=JSON)
    assert refused.status_code == 422
    assert fields <= {name.rpartition(".")[2] for name in refused.json()["fields"]}


def test_a_new_object_needs_a_place_and_a_free_identifier(education):
    body = {"attributes": {"name": "新校"}, "valid_from": "2026-01-01", "reason": "新建"}
    assert education.post(ITEMS, body, content_type=JSON).json()["fields"].keys() == {"geometry"}
    body["geometry"] = {"type": "Point", "coordinates": [110.5, 40.5]}
    made = education.post(ITEMS, body, content_type=JSON)
    assert made.status_code == 201
    assert made.json()["item"]["geometry"] == {"type": "Point", "coordinates": [110.5, 40.5]}
    assert education.post(ITEMS, body | {"object_id": "XX0001"}, content_type=JSON).status_code == 409
    slashed = education.post(ITEMS, body | {"object_id": "蒙/2026/1"}, content_type=JSON).json()["item"]
    assert education.get(f"{ITEMS}/蒙/2026/1").json()["version"] == slashed["version"]
    assert len(education.get(f"{ITEMS}/蒙/2026/1/history").json()["items"]) == 1


def test_required_attributes_may_not_be_emptied(writable_site, log_in):
    client = log_in("administrator")
    found = client.get("/api/registers/land_use/items?limit=1").json()["items"][0]["object_id"]
    seen = client.get(f"/api/registers/land_use/items/{found}").json()["version"]
    body = {"attributes": {"use": None}, "valid_from": "2026-01-01", "reason": "x", "expected": seen}
    refused = client.patch(f"/api/registers/land_use/items/{found}", body, content_type=JSON)
    assert refused.json()["fields"].keys() == {"use"}


def test_bulk_counts_first_then_changes_all_at_once(education):
    chosen = [i["object_id"] for i in education.get(f"{ITEMS}?limit=4").json()["items"]]
    same = item(education, chosen[0])["attributes"]["classes"]
    body = {
        "object_ids": [*chosen, "nobody"],
        "attributes": {"classes": same},
        "valid_from": "2026-01-01",
        "reason": "x",
    }
    counts = education.post("/api/registers/school/bulk", body, content_type=JSON).json()
    differing = sum(item(education, i)["attributes"]["classes"] != same for i in chosen)
    assert (counts["selected"], counts["missing"], counts["changed"]) == (5, 1, differing)
    assert counts["change"] is None
    assert edit(education, chosen[1], attributes={"pupils": 1}).status_code == 200
    late = education.post("/api/registers/school/bulk", body | {"expected": counts["expected"]}, content_type=JSON)
    assert late.status_code == 409
    again = education.post("/api/registers/school/bulk", body, content_type=JSON).json()["expected"]
    done = education.post("/api/registers/school/bulk", body | {"expected": again}, content_type=JSON).json()
    assert done["change"]
    assert {item(education, i)["attributes"]["classes"] for i in chosen} == {same}


def test_undo_tells_what_it_undoes_and_what_depends_on_it(education, log_in):
    first = edit(education, attributes={"places": 777}).json()["change"]
    second = edit(education, attributes={"pupils": 9}, valid_from="2026-02-01").json()["change"]
    preview = education.get(f"/api/registers/changes/{first}").json()
    assert [o["object_id"] for o in preview["objects"]] == ["XX0001"]
    assert [c["id"] for c in preview["blocked_by"]] == [second]
    undo = {"reason": "误操作"}
    assert education.post(f"/api/registers/changes/{first}/undo", undo, content_type=JSON).status_code == 409
    health = log_in("steward", "health")
    assert health.get(f"/api/registers/changes/{second}").status_code == 403
    assert health.post(f"/api/registers/changes/{second}/undo", undo, content_type=JSON).status_code == 403
    for change in (second, first):
        assert education.post(f"/api/registers/changes/{change}/undo", undo, content_type=JSON).status_code == 200
    assert item(education, on="2026-02-01")["attributes"]["places"] != 777
    assert education.post("/api/registers/changes/99999/undo", undo, content_type=JSON).status_code == 404
