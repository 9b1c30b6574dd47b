"""Every feature of a class is in its tiles at every zoom from 13 on, where it is on the ground."""

import gzip
import json
from collections import defaultdict

import mapbox_vector_tile
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles
from shapely.geometry import shape

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.foundation.errors import XianchengError
from xiancheng.site.tiles.making import make_tiles
from xiancheng.site.tiles.plan import zooms_of

from .conftest import DAY

EXTENT = 4096


def degrees(points, z, x, y):
    """Web Mercator tile coordinates (y down, in units of the tile) to longitude and latitude."""
    lon = (x + points[:, 0] / EXTENT) / 2**z * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + points[:, 1] / EXTENT) / 2**z))))
    return np.column_stack([lon, lat])


def decoded(path, at_least=0):
    """Zoom → object → its pieces in degrees; and the properties seen."""
    pieces, properties = defaultdict(lambda: defaultdict(list)), {}
    with path.open("rb") as file:
        for (z, x, y), data in all_tiles(MmapSource(file)):
            if z < at_least:
                continue
            layers = mapbox_vector_tile.decode(gzip.decompress(data), default_options={"y_coord_down": True})
            assert list(layers) == [path.stem]
            for feature in layers[path.stem]["features"]:
                place = shapely.transform(shape(feature["geometry"]), lambda p, z=z, x=x, y=y: degrees(p, z, x, y))
                pieces[z][feature["properties"]["object_id"]].append(place)
                properties[feature["properties"]["object_id"]] = feature["properties"]
    return pieces, properties


@pytest.mark.parametrize("name", ["building", "park", "road", "school", "street_tree", "admin_area", "green_space"])
def test_every_feature_is_there_and_in_its_place(tiles_folder, sample_county, name):
    table = pq.read_table(sample_county / "snapshots" / DAY.isoformat() / f"{name}.parquet")
    ids = table.column("object_id").to_pylist()
    truth = dict(zip(ids, shapely.from_wkb(table.column("geometry").to_pylist()), strict=True))
    pieces, _ = decoded(tiles_folder / f"{name}.pmtiles", at_least=13)
    assert pieces, "no zoom from 13 on"
    for z, found in pieces.items():
        assert set(found) == set(ids), z
    unit = 360 / 2 ** max(pieces) / EXTENT
    for identifier, parts in pieces[max(pieces)].items():
        # A unit of the grid each way, and half a unit of rounding at the corners.
        there = shapely.union_all([shapely.make_valid(p) for p in parts])
        assert shapely.hausdorff_distance(there, truth[identifier]) < 2 * unit + 1e-9, identifier


def test_attributes_are_those_of_the_snapshot(tiles_folder, sample_county):
    _, properties = decoded(tiles_folder / "building.pmtiles", at_least=15)
    table = pq.read_table(sample_county / "snapshots" / DAY.isoformat() / "building.parquet")
    for row in table.select(["object_id", "name", "use", "floors", "height", "year"]).to_pylist():
        known = {k: v for k, v in row.items() if v is not None}
        assert known.items() <= properties[row["object_id"]].items()


def test_index_says_what_the_archives_hold(tiles_folder, sample_county):
    index = json.loads((tiles_folder / "index.json").read_text())
    rows = json.loads((sample_county / "snapshots" / DAY.isoformat() / "manifest.json").read_text())["classes"]
    for layer in index["classes"]:
        with (tiles_folder / f"{layer['name']}.pmtiles").open("rb") as file:
            header = Reader(MmapSource(file)).header()
        assert (header["min_zoom"], header["max_zoom"]) == (layer["minzoom"], layer["maxzoom"])
        assert layer["count"] == rows[layer["name"]]["rows"]
    west, south, east, north = index["bounds"]
    assert west <= index["focus"][0] < index["focus"][2] <= east
    assert south <= index["focus"][1] < index["focus"][3] <= north


def test_an_interrupted_run_is_continued(writable_site):
    county, catalogue = County.load(writable_site), load_catalogue(writable_site)
    folder = make_tiles(county, catalogue, DAY)
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    (folder / "index.json").unlink()
    (folder / "school.pmtiles").unlink()
    assert make_tiles(county, catalogue, DAY) == folder
    after = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    assert set(after) == set(before)
    assert {name for name in after if after[name] != before[name]} == {"index.json", "school.pmtiles"}


def test_a_county_chooses_its_own_zooms(tmp_path):
    (tmp_path / "tiles.toml").write_text("[classes]\nschool = [10, 12]\n")
    assert zooms_of("school", "point", tmp_path) == (10, 12)
    other = tmp_path / "other"
    other.mkdir()
    (other / "tiles.toml").write_text("[classes]\nschool = [10, 99]\n")
    with pytest.raises(XianchengError, match="school"):
        zooms_of("school", "point", other)
