"""OGC API Features part 1: the abstract tests that matter, asked of the sample county."""

import json
from datetime import date

import jsonschema
import numpy as np
import pytest
import shapely
from django.test import Client
from shapely.geometry import shape

from xiancheng.city.store import open_store
from xiancheng.site.county import catalogue, county

from .conftest import Answer, Api

BUILDINGS = "/collections/building/items"


@pytest.fixture
def stored(site):
    """Return the features of a class as the model has them today."""

    def read(name, **how):
        with open_store(county(), catalogue(), read_only=True) as store:
            return store.as_of(name, how.pop("on", date.today()), **how)  # noqa: DTZ011

    return read


def test_landing_page_leads_everywhere(api):
    landing = api.get("/")
    assert landing.status == 200
    assert "合成样本" in landing.json["description"]
    for relation in ("self", "service-desc", "service-doc", "conformance", "data"):
        assert api.get(landing.link(relation)).status == 200
    classes = api.get("/conformance").json["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" in classes
    assert api.get("").status == 200 or api.get("").status == 301


def test_collections_describe_themselves(api):
    collections = api.get("/collections").json["collections"]
    assert {c["id"] for c in collections} == set(catalogue().classes)
    one = api.get("/collections/school").json
    assert one == next(c for c in collections if c["id"] == "school")
    west, south, east, north = one["extent"]["spatial"]["bbox"][0]
    shapes = [shape(f["geometry"]) for f in api.every("/collections/school/items")]
    assert shapely.box(west, south, east, north).buffer(1e-9).covers(shapely.union_all(shapes))
    assert one["extent"]["temporal"]["interval"][0][1] is None
    assert one["itemType"] == "feature"
    assert one["storageCrs"].endswith("EPSG/0/4490")
    assert one["crs"][0].endswith("CRS84")
    assert one["versioning"] == {"timeAxis": "validity-time"}
    for relation in ("items", "describedby", "http://www.opengis.net/def/rel/ogc/1.0/queryables"):
        link = next(x for x in one["links"] if x["rel"] == relation)
        assert api.get(link["href"]).status == 200


def test_every_collection_is_read_whole_and_fits_its_schema(api, stored):
    for name in catalogue().classes:
        schema = api.get(f"/collections/{name}/schema").json
        jsonschema.Draft202012Validator.check_schema(schema)
        features = api.every(f"/collections/{name}/items", limit=1000)
        rows = stored(name)
        assert [f["id"] for f in features] == rows.object_id.tolist()
        allowed = set(schema["properties"])
        for feature in features[:20]:
            assert set(feature["properties"]) | {"object_id"} >= allowed - {"geometry"}
            assert set(feature["properties"]) <= allowed


def test_pages_are_stable_and_complete(api):
    whole = [f["id"] for f in api.every(BUILDINGS, limit=10000)]
    assert len(set(whole)) == len(whole) > 500
    assert [f["id"] for f in api.every(BUILDINGS, limit=97)] == whole
    first = api.get(BUILDINGS, limit=10).json
    assert first["numberReturned"] == len(first["features"]) == 10
    assert first["numberMatched"] == len(whole)


@pytest.mark.parametrize(("limit", "status", "count"), [("1", 200, 1), ("0", 400, 0), ("-1", 400, 0), ("x", 400, 0)])
def test_limit(api, limit, status, count):
    answer = api.get(BUILDINGS, limit=limit)
    assert answer.status == status
    assert status == 400 or len(answer.ids) == count


def test_limit_beyond_the_most_means_the_most(api):
    assert api.get(BUILDINGS, limit=10**9).status == 200
    assert len(api.get(BUILDINGS).ids) == 100


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/nothing", 404), ("/collections/nothing/items", 404), ("/collections/school/items/nobody", 404),
        ("/collections/school/items/nobody/versions", 404), ("/nowhere", 404), ("/collections/school/nowhere", 404),
        ("/?unknown=1", 400), ("/collections?limit=3", 400), ("/collections/school/items?unknown=1", 400),
        ("/collections/school/items?limit=1&limit=2", 400), ("/collections/school/items?f=xml", 400),
        ("/collections/school/items?after=x", 400), ("/collections/school/items?profile=x", 400),
        ("/collections/school/items?crs=http://example.org/x", 400),
        ("/collections/school/items?filter-lang=sql&filter=1", 400), ("/collections/school/schema?type=x", 400),
        ("/collections/school/items?recorded=x", 400),
    ],
)  # fmt: skip
def test_wrong_addresses_and_parameters_are_refused(api, path, status):
    answer = api.get(path)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_box_selects_what_intersects_it(api, stored):
    rows = stored("building")
    x, y = (np.median(part) for part in shapely.get_coordinates(shapely.centroid(rows.geometry)).T)
    box = shapely.box(x - 0.004, y - 0.002, x + 0.004, y + 0.002)
    expected = rows.object_id[shapely.intersects(rows.geometry, box)].tolist()
    assert 0 < len(expected) < len(rows)
    text = ",".join(map(str, box.bounds))
    assert api.get(BUILDINGS, bbox=text, limit=10000).ids == expected
    with_heights = f"{box.bounds[0]},{box.bounds[1]},-5,{box.bounds[2]},{box.bounds[3]},5000"
    assert api.get(BUILDINGS, bbox=with_heights, limit=10000).ids == expected
    assert [f["id"] for f in api.every(BUILDINGS, bbox=text, limit=13)] == expected


def test_box_across_the_180th_meridian(api, stored):
    rows = stored("school")
    middle = float(np.median(shapely.get_x(shapely.centroid(rows.geometry))))
    expected = rows.object_id[shapely.get_x(shapely.centroid(rows.geometry)) >= middle].tolist()
    assert api.get("/collections/school/items", bbox=f"{middle},-90,-170,90").ids == expected


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "1,2,3,nan", "110,41,111,40", "1,2,3,4,5", ""])
def test_wrong_boxes(api, box):
    assert api.get(BUILDINGS, bbox=box).status == 400


@pytest.mark.parametrize("when", ["x", "2023-13-01", "2023-12-31/2022-01-01", "../..", "2023", "2023-12-31/x", "a/b/c"])
def test_wrong_times(api, when):
    assert api.get(BUILDINGS, datetime=when).status == 400


def test_time_selects_the_version_of_the_day(api, stored):
    for when, day in (
        ("2023-12-31", date(2023, 12, 31)),
        ("2025-12-31T23:30:00+08:00", date(2025, 12, 31)),
        ("2025-12-31T00:00:00Z", date(2025, 12, 31)),
    ):
        rows = stored("school", on=day)
        answer = api.get("/collections/school/items", datetime=when, limit=1000)
        assert answer.ids == rows.object_id.tolist()
        starts = [f["properties"]["valid_from"] for f in answer.json["features"]]
        assert starts == rows.valid_from.tolist()


def test_properties_select_by_value(api, stored):
    rows = stored("school")
    expected = rows.object_id[rows.columns["level"] == "primary"].tolist()
    assert api.get("/collections/school/items", level="primary").ids == expected
    places = rows.columns["places"]
    chosen = int(places[~np.isnan(places)][0])
    assert api.get("/collections/school/items", places=chosen).ids == rows.object_id[places == chosen].tolist()
    assert api.get("/collections/school/items", places="many").status == 400
    functions = stored("community_service_point").columns["functions"]
    with_health = sum("health" in str(f).split(";") for f in functions)
    assert len(api.get("/collections/community_service_point/items", functions="health").ids) == with_health


def test_one_feature(api):
    page = api.get("/collections/school/items").json["features"]
    one = api.get(f"/collections/school/items/{page[0]['id']}")
    assert one.status == 200
    assert one.headers["Content-Type"] == "application/geo+json"
    assert one.json["geometry"] == page[0]["geometry"]
    assert {k: v for k, v in one.json["properties"].items() if k != "reason"} == page[0]["properties"]
    assert one.link("collection").endswith("/ogc/collections/school")
    again = api.get(f"/collections/school/items/{page[0]['id']}", headers={"If-None-Match": one.headers["ETag"]})
    assert again.status == 304
    assert again.body == b""


def test_methods(api):
    assert api.send("OPTIONS", "/collections/school/items").headers["Allow"] == "GET, HEAD, OPTIONS"
    assert api.send("HEAD", "/collections/school/items").body == b""
    refused = api.send("TRACE", "/collections/school/items")
    assert refused.status == 405
    assert "GET" in refused.headers["Allow"]


def test_description_is_an_openapi_document_of_what_the_asker_sees(api, log_in):
    document = api.get("/api").json
    assert document["openapi"].startswith("3.0")
    assert "post" not in document["paths"]["/collections/{collectionId}/items"]
    own = Api(log_in("steward", "education")).get("/api").json
    assert "post" in own["paths"]["/collections/{collectionId}/items"]
    seen = own["paths"]["/collections/{collectionId}"]["parameters"][0]["schema"]["enum"]
    assert "school" in seen
    assert "hospital" not in seen
    text = json.dumps(document)
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "#/')[1:]}:
        node = document
        for key in reference.split("/"):
            node = node[key]


def test_only_visible_classes(site, log_in, settings):
    steward = Api(log_in("steward", "education"))
    names = {c["id"] for c in steward.get("/collections").json["collections"]}
    assert "school" in names
    assert "hospital" not in names
    for tail in ("", "/items", "/schema", "/queryables", "/items/x", "/items/x/versions"):
        assert steward.get(f"/collections/hospital{tail}").status == 403
    nobody = Api(Client())
    assert nobody.get("/collections").json["collections"] == []
    assert nobody.get("/collections/school/items").status == 401
    assert nobody.get("/").status == 200


def test_gzip_if_asked(site, log_in):
    response = log_in("planner").get(f"/ogc{BUILDINGS}?limit=500", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert Answer(response).body[:2] == b"\x1f\x8b"
