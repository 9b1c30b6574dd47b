"""Feature classes and county settings are data: what is wrong in them is named, what is added simply works."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import shapely

from xiancheng.city.classes import CIM_CLASSES, Catalogue, load_catalogue
from xiancheng.city.county import County, check_projected, suggest_crs
from xiancheng.city.store import Store
from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.foundation.text import Text

BENCH = """
[bench]
title = { zh = "座椅", en = "bench" }
cim_class = "resource_survey"
geometry = "point"
[bench.attributes]
seats = { type = "integer", min = 1, title = { zh = "座位", en = "seats" } }
"""


def county_catalogue(folder: Path, text: str) -> Catalogue:
    """Load the catalogue of a county that adds `text`."""
    (folder / "catalogues" / "classes").mkdir(parents=True)
    (folder / "catalogues" / "classes" / "own.toml").write_text(text, encoding="utf-8")
    return load_catalogue(folder)


def test_shipped_classes_are_complete(catalogue: Catalogue) -> None:
    public = {
        "admin_area",
        "building",
        "road",
        "green_space",
        "park",
        "water_body",
        "school",
        "kindergarten",
        "hospital",
        "clinic",
        "elderly_care",
        "childcare",
        "library",
        "museum",
        "cultural_centre",
        "sports_ground",
        "community_service_point",
        "relief_station",
        "welfare_facility",
        "funeral_facility",
        "heritage_site",
        "heritage_zone",
        "historic_building",
        "old_tree",
        "street_tree",
        "component",
        "meter",
        "base_station",
        "population_cell",
    }
    assert public <= set(catalogue.classes)
    for c in catalogue:
        assert c.cim_class in CIM_CLASSES
        assert c.title.zh != c.title.en
        for a in c.attributes:
            assert a.title.zh != a.title.en or a.title.zh.isascii()
            for code in a.osm.values.values() if a.osm and a.osm.values and a.type == "code" else ():
                assert code in catalogue.codes[a.codes or ""], f"{c.name}.{a.name}: {code}"


def test_a_class_is_added_by_an_entry(tmp_path: Path) -> None:
    catalogue = county_catalogue(tmp_path, BENCH)
    with Store.create(tmp_path / "city.gpkg", catalogue) as store:
        with store.change(source="survey", reason="first survey") as change:
            change.add(
                "bench", "b1", valid_from=date(2024, 1, 1), geometry=shapely.Point(110.5, 40.5), attributes={"seats": 3}
            )
        assert store.as_of("bench", date(2024, 6, 1)).columns["seats"].tolist() == [3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[bench", "not valid TOML"),
        (BENCH.replace("resource_survey", "furniture"), "cim_class"),
        (BENCH.replace('"point"', '"dot"'), "geometry"),
        (BENCH.replace('"integer"', '"whole"'), "type"),
        (BENCH.replace("seats =", "valid_from ="), "reserved"),
        (BENCH.replace("[bench]", "[Bench]").replace("[bench.", "[Bench."), "lower-case"),
        (BENCH.replace('"integer"', '"code", codes = "seat_kind"'), "seat_kind"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as error:
        county_catalogue(tmp_path, text)
    assert expected in error.value.message.en
    assert "own.toml" in error.value.message.en


def test_near_names_are_suggested(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownNameError) as error:
        _ = catalogue["kindergarden"]
    assert "kindergarten" in str(error.value)


def test_county_settings_round_trip_and_errors(tmp_path: Path) -> None:
    county = County(tmp_path, Text("土默特右旗", "Tumed Right Banner"), "150221", "EPSG:4546", ("baotou-2023",))
    county.save()
    assert County.load(tmp_path) == county
    (tmp_path / "county.toml").write_text("[county]\nname = 'x'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="code"):
        County.load(tmp_path)
    with pytest.raises(ConfigError, match="metres"):
        check_projected("EPSG:4490")


@pytest.mark.parametrize(
    ("place", "crs"),
    [
        ((110.52, 40.56), "EPSG:4546"),
        ((116.4, 39.9), "EPSG:4548"),
        ((75.2, 39.5), "EPSG:4534"),
        ((-15.42, 28.12), "EPSG:32628"),
        ((9.52, 47.14), "EPSG:32632"),
    ],
)
def test_suggested_crs_covers_the_place(place: tuple[float, float], crs: str) -> None:
    from pyproj import CRS

    assert suggest_crs(*place) == crs
    west, south, east, north = CRS(crs).area_of_use.bounds
    assert west - 0.1 <= place[0] <= east + 0.1
    assert south <= place[1] <= north
