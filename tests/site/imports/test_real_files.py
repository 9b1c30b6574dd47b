"""Files as they are found in the world: what the page says of them."""

import pytest

from .conftest import bring, choose

BASE = "/api/imports/uploads"


@pytest.fixture
def administrator(site, log_in):
    return log_in("administrator")


def inspected(client, *paths):
    answer = bring(client, *((p.name, p.read_bytes()) for p in paths))
    assert answer.status_code == 201, answer.content
    number = answer.json()["id"]
    found = client.get(f"{BASE}/{number}/inspection")
    assert found.status_code == 200, found.content
    return number, found.json()


def test_heritage_sites_written_in_gcj02(administrator, shared):
    """The list of a web map: its coordinates say nothing of themselves, and the person is asked."""
    number, found = inspected(administrator, shared / "cn_heritage" / "inner_mongolia_gcj02.csv")
    layer = found["layers"][0]
    assert layer["geometry"] == "point"
    assert layer["datum"] is None
    assert layer["rows"] > 100
    choose(administrator, number, feature_class="heritage_site")
    candidates = administrator.get(f"{BASE}/{number}/datums").json()["candidates"]
    moved = {c["name"]: c["moved_m"] for c in candidates}
    assert moved["CGCS2000"] == 0
    assert 100 < moved["GCJ02"] < 900 < moved["BD09"]


def test_old_trees_of_suzhou(administrator, shared):
    number, found = inspected(administrator, shared / "trees_suzhou" / "ancient_trees_sample.csv")
    guesses = [g["name"] for g in found["layers"][0]["guesses"]]
    assert "old_tree" in guesses or "street_tree" in guesses
    choose(administrator, number, feature_class="old_tree")
    assert administrator.get(f"{BASE}/{number}/columns").json()["columns"]


@pytest.mark.parametrize(
    "name", ["osm_monaco/monaco_2016-03.osm.pbf", "osm_china_small/shenzhen_2019.osm", "citymodels/cityjson_delft.json"]
)
def test_files_that_know_their_classes(administrator, shared, name):
    _, found = inspected(administrator, shared / name)
    assert found["layers"]
    assert all(layer["feature_class"] for layer in found["layers"])
    assert all(layer["datum"] for layer in found["layers"] if layer["geometry"] != "none")


def test_boundaries_of_the_banner(administrator, shared):
    _, found = inspected(administrator, shared / "cn_admin" / "geomap2021" / "county_150221.json")
    assert found["layers"][0]["geometry"] == "polygon"


@pytest.mark.parametrize("name", ["population", "housing", "ages"])
def test_tables_without_places(administrator, shared, name):
    _, found = inspected(administrator, shared / "cn_census2020" / f"{name}.csv")
    layer = found["layers"][0]
    assert layer["geometry"] == "none"
    assert layer["columns"]
