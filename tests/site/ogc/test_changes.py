"""Part 4: stewards make, replace, edit and close features; what contradicts the record is refused."""

from datetime import date, timedelta

import numpy as np
import pytest
from pyproj import Transformer

from xiancheng.city.store import open_store
from xiancheng.site.audit.models import Entry
from xiancheng.site.county import catalogue, county
from xiancheng.site.jobs.models import Event

from .conftest import Api

ITEMS = "/collections/school/items"
TODAY = date.today()  # noqa: DTZ011
TOMORROW = TODAY + timedelta(1)
MERGE = "application/merge-patch+json"


def school(**properties):
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [110.52, 40.55]},
        "properties": {"name": "新学校", "level": "primary", "places": 300, **properties},
    }


def tag(api, name):
    return api.get(f"{ITEMS}/{name}").headers["ETag"]


@pytest.fixture
def old(steward):
    """An existing school."""
    return steward.get(ITEMS).ids[0]


def test_made_features_can_be_read(steward):
    answer = steward.send("POST", f"{ITEMS}?valid_from=2024-09-01", school(), Reason="%E6%96%B0%E5%BB%BA")
    assert answer.status == 201
    made = steward.get(answer.headers["Location"])
    assert made.json["geometry"]["coordinates"] == [110.52, 40.55]
    values = made.json["properties"]
    assert (values["name"], values["valid_from"], values["reason"]) == ("新学校", "2024-09-01", "新建")
    assert answer.headers["ETag"] == made.headers["ETag"]
    assert answer.headers["Memento-Datetime"] == "Sun, 01 Sep 2024 00:00:00 GMT"
    entry = Entry.objects.order_by("-number").first()
    assert (entry.action, entry.target) == ("register.create", f"school/{made.json['id']}")
    event = Event.objects.order_by("-pk").first()
    assert (event.topic, event.payload["class"]) == ("register", "school")
    assert answer.headers["Location"].rpartition("/")[2] in [f["id"] for f in steward.every(ITEMS, limit=10)]


@pytest.mark.parametrize("code", [4490, 4546, 3857])
def test_geometry_in_another_system(steward, code):
    carry = Transformer.from_crs("OGC:CRS84", f"EPSG:{code}")
    body = school()
    body["geometry"]["coordinates"] = list(carry.transform(110.52, 40.55))
    crs = f"<http://www.opengis.net/def/crs/EPSG/0/{code}>"
    made = steward.get(steward.send("POST", ITEMS, body, Content_Crs=crs).headers["Location"]).json
    np.testing.assert_allclose(made["geometry"]["coordinates"], [110.52, 40.55], atol=1e-8)
    swapped = school()
    swapped["geometry"]["coordinates"] = [40.55, 110.52]
    assert steward.send("POST", ITEMS, swapped).status == 422


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (school(level="no such code"), {"level"}),
        (school(places="many", colour="red"), {"places", "colour"}),
        ({**school(), "geometry": None}, {"geometry"}),
        ({**school(), "geometry": {"type": "Point", "coordinates": ["x", 1]}}, {"geometry"}),
        ({**school(), "geometry": {"type": "LineString", "coordinates": [[110, 40], [111, 41]]}}, {"geometry"}),
    ],
)
def test_mistakes_are_told_field_by_field(steward, body, fields):
    answer = steward.send("POST", ITEMS, body)
    assert answer.status == 422
    assert set(answer.json["fields"]) == fields


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [("x", "application/geo+json", 400), ([1], "application/geo+json", 400), (school(), "text/plain", 415),
     ({"type": "FeatureCollection"}, "application/geo+json", 400), ({"properties": 3}, "application/json", 400)],
)  # fmt: skip
def test_bodies_that_are_no_feature(steward, body, kind, status):
    assert steward.send("POST", ITEMS, body, content_type=kind).status == status


def test_patch_begins_a_version_today(steward, old):
    before = steward.get(f"{ITEMS}/{old}").json["properties"]
    answer = steward.send(
        "PATCH", f"{ITEMS}/{old}", {"properties": {"pupils": 77, "address": None}}, content_type=MERGE,
        If_Match=tag(steward, old),
    )  # fmt: skip
    assert answer.status == 204
    assert answer.headers["ETag"] == tag(steward, old)
    after = steward.get(f"{ITEMS}/{old}").json["properties"]
    assert (after["pupils"], after["address"]) == (77, None)
    assert after["valid_from"] == TODAY.isoformat()
    assert after["name"] == before["name"]
    yesterday = (TODAY - timedelta(1)).isoformat()
    assert steward.get(f"{ITEMS}/{old}", datetime=yesterday).json["properties"]["pupils"] == before["pupils"]
    # Changed again on the same day the version stays one.
    again = steward.send(
        "PATCH", f"{ITEMS}/{old}", {"properties": {"pupils": 78}}, content_type=MERGE, If_Match=answer.headers["ETag"]
    )
    assert again.status == 204
    versions = [x for x in steward.get(f"{ITEMS}/{old}/versions").json["links"] if x["rel"] == "memento"]
    assert len(versions) == len({x["href"] for x in versions})
    assert steward.get(f"{ITEMS}/{old}").json["properties"]["pupils"] == 78


def test_put_leaves_what_it_does_not_say_unknown(steward, old):
    # What a client read it may send back: what follows from the change itself is passed over.
    read = steward.get(f"{ITEMS}/{old}").json
    body = {**school(), "id": "something else", "properties": {**read["properties"], "name": "更名小学"}}
    del body["properties"]["pupils"]
    answer = steward.send("PUT", f"{ITEMS}/{old}", body, If_Match=tag(steward, old))
    assert answer.status == 204, answer.body
    after = steward.get(f"{ITEMS}/{old}").json
    assert after["id"] == old
    assert (after["properties"]["name"], after["properties"]["pupils"]) == ("更名小学", None)
    assert after["geometry"]["coordinates"] == [110.52, 40.55]
    assert steward.send("PUT", f"{ITEMS}/nobody", school(), If_Match="*").status == 404
    without = {**school(), "geometry": None}
    assert steward.send("PUT", f"{ITEMS}/{old}", without, If_Match=tag(steward, old)).status == 422


def test_state_must_be_named_and_be_the_present_one(steward, old):
    patch = {"properties": {"pupils": 5}}
    for method, body in (("PATCH", patch), ("PUT", school()), ("DELETE", None)):
        path = f"{ITEMS}/{old}"
        assert steward.send(method, path, body).status == 428
        assert steward.send(method, path, body, If_Match='"stale;CRS84;json"').status == 412
    seen = tag(steward, old)
    html = steward.get(f"{ITEMS}/{old}", f="html", crs="EPSG:4490").headers["ETag"]
    assert html != seen
    assert steward.send("PATCH", f"{ITEMS}/{old}", patch, If_Match=html).status == 204
    assert steward.send("PATCH", f"{ITEMS}/{old}", patch, If_Match=seen).status == 412
    assert steward.send("PATCH", f"{ITEMS}/{old}", patch, If_Match="*").status == 204


def test_nothing_is_dated_back(steward, old):
    start = steward.get(f"{ITEMS}/{old}").json["properties"]["valid_from"]
    patch = {"properties": {"pupils": 6}}
    for day in (start, "2001-01-01"):
        answer = steward.send("PATCH", f"{ITEMS}/{old}?valid_from={day}", patch, If_Match="*")
        assert answer.status == 409
        assert steward.send("DELETE", f"{ITEMS}/{old}?valid_to={day}", If_Match="*").status == 409
    assert steward.send("PATCH", f"{ITEMS}/{old}?valid_from=x", patch, If_Match="*").status == 400
    assert steward.send("PATCH", f"{ITEMS}/{old}?datetime={start}", patch, If_Match="*").status == 400
    later = (date.fromisoformat(start) + timedelta(1)).isoformat()
    assert steward.send("PATCH", f"{ITEMS}/{old}?valid_from={later}", patch, If_Match="*").status == 204
    assert steward.get(f"{ITEMS}/{old}").json["properties"]["valid_from"] == later


def test_correction_keeps_the_validity(steward, old):
    before = steward.get(f"{ITEMS}/{old}").json["properties"]
    answer = steward.send(
        "PATCH", f"{ITEMS}/{old}?correct=true&reason=typing", {"properties": {"pupils": 99}}, If_Match="*"
    )  # fmt: skip
    assert answer.status == 204
    after = steward.get(f"{ITEMS}/{old}").json["properties"]
    assert (after["pupils"], after["valid_from"], after["reason"]) == (99, before["valid_from"], "typing")
    assert after["recorded_from"] > before["recorded_from"]
    assert steward.send("PATCH", f"{ITEMS}/{old}?correct=x", {}, If_Match="*").status == 400


def test_delete_closes_and_history_stays(steward, old):
    assert steward.send("DELETE", f"{ITEMS}/{old}", If_Match=tag(steward, old)).status == 204
    assert steward.get(f"{ITEMS}/{old}").status == 410
    assert old not in steward.get(ITEMS, limit=1000).ids
    assert old in steward.get(ITEMS, limit=1000, datetime=(TODAY - timedelta(1)).isoformat()).ids
    for method, body in (("PATCH", {"properties": {}}), ("PUT", school()), ("DELETE", None)):
        assert steward.send(method, f"{ITEMS}/{old}", body, If_Match="*").status == 410
    assert steward.send("DELETE", f"{ITEMS}/nobody", If_Match="*").status == 404


def test_delete_on_a_named_day(steward):
    one, other = steward.get(ITEMS).ids[:2]
    assert steward.send("DELETE", f"{ITEMS}/{one}?valid_to={TOMORROW}", If_Match="*").status == 204
    assert steward.get(f"{ITEMS}/{one}").status == 200
    assert steward.get(f"{ITEMS}/{one}", datetime=TOMORROW.isoformat()).status == 410
    day = f"{TOMORROW.isoformat()}T00:00:00Z"
    assert steward.send("DELETE", f"{ITEMS}/{other}", If_Match="*", OGC_Mutation_Datetime=day).status == 204
    assert steward.get(f"{ITEMS}/{other}", datetime=day).status == 410


def test_what_was_made_today_and_is_closed_today_never_existed(steward):
    made = steward.send("POST", ITEMS, school()).headers["Location"].rpartition("/")[2]
    assert steward.send("DELETE", f"{ITEMS}/{made}", If_Match="*").status == 204
    assert steward.get(f"{ITEMS}/{made}").status == 404


def test_only_who_keeps_a_register_changes_it(writable_site, log_in, steward):
    planner = Api(log_in("planner"))
    for method, path in (("POST", ITEMS), ("PUT", f"{ITEMS}/x"), ("PATCH", f"{ITEMS}/x"), ("DELETE", f"{ITEMS}/x")):
        assert planner.send(method, path, school(), If_Match="*").status == 403
        building = path.replace("school", "building")
        assert steward.send(method, building, school(), If_Match="*").status == 403
    assert steward.send("OPTIONS", ITEMS).headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert steward.send("OPTIONS", "/collections/building/items").headers["Allow"] == "GET, HEAD, OPTIONS"
    versioning = steward.get("/collections/school").json["versioning"]
    assert versioning == {"timeAxis": "validity-time", "mutationTime": "server"}


def test_model_stays_sound(steward, old):
    steward.send("PATCH", f"{ITEMS}/{old}", {"properties": {"pupils": 3}}, If_Match="*")
    steward.send("DELETE", f"{ITEMS}/{old}", If_Match="*")
    with open_store(county(), catalogue(), read_only=True) as store:
        assert store.verify() == []


def test_schemas_for_sending(steward):
    created = steward.get("/collections/school/schema", type="create").json
    assert "valid_from" not in created["properties"]
    assert "geometry" in created["required"]
    assert steward.get("/collections/school/schema", type="update").json.get("required") is None
