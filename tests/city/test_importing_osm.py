"""Importing OpenStreetMap extracts of two and three dates, compared with a difference made from the files directly."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import date

import numpy as np
import osmium
import pyogrio
import pytest
import shapely

from xiancheng.city.columns import parse_values
from xiancheng.city.county import AUTO, County
from xiancheng.city.importing import ImportOptions, import_file
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text

LIECHTENSTEIN = ("osm_liechtenstein", ["liechtenstein_2013-08.osm.pbf", "liechtenstein_2015-07.osm.pbf"])
MONACO = ("osm_monaco", ["monaco_2012-07.osm.gz", "monaco_2016-03.osm.pbf", "monaco_2021-04.osm.pbf"])
DATES = [date(2013, 8, 3), date(2016, 3, 1), date(2021, 4, 1)]
METRES_PER_DEGREE = 6371008.8 * np.pi / 180


@dataclass
class Said:
    """What a file says of one object: centre (degrees), shape and raw attributes."""

    centre: tuple[float, float]
    shape: shapely.Geometry
    attributes: dict[str, object]


def read_directly(path, feature_class):
    """Buildings and roads of a file straight from pyosmium: identifier → `Said`."""
    factory = osmium.geom.WKBFactory()
    out = {}
    highways = next(iter(feature_class.osm)).tags.get("highway")

    def take(name, wkb, tags):
        shape = shapely.normalize(shapely.from_wkb(wkb))
        raw = {}
        for a in feature_class.attributes:
            if a.osm is not None:
                value = next((tags[k] for k in a.osm.keys if k in tags), None)
                if value is not None and a.osm.values is not None:
                    value = a.osm.values.get(value, a.osm.default)
                raw[a.name] = value
        centre = shape.centroid
        out[name] = Said((centre.x, centre.y), shape, raw)

    if feature_class.name == "building":
        for item in osmium.FileProcessor(path).with_areas():
            if item.is_area() and item.tags.get("building", "no") != "no" and item.num_rings()[0]:
                prefix = "w" if item.from_way() else "r"
                take(f"{prefix}{item.orig_id()}", factory.create_multipolygon(item), dict(item.tags))
    else:
        for way in osmium.FileProcessor(path).with_locations():
            tags = dict(way.tags) if way.is_way() else {}
            if tags.get("highway") in highways and not (way.is_closed() and tags.get("area") == "yes"):
                try:
                    take(f"w{way.id}", factory.create_linestring(way), tags)
                except (osmium.InvalidLocationError, RuntimeError):
                    continue
    return out


def same_place(old, new):
    """Pairs new identifier → old within 2 m and of the same name or without one, nearest first, by brute force."""
    if not old or not new:
        return {}
    old_ids, new_ids = list(old), list(new)
    a = np.array([new[i].centre for i in new_ids])
    b = np.array([old[i].centre for i in old_ids])
    east = (a[:, None, 0] - b[None, :, 0]) * np.cos(np.radians(b[:, 1].mean()))
    distance = np.hypot(east, a[:, None, 1] - b[None, :, 1]) * METRES_PER_DEGREE
    pairs = []
    for i, j in np.argwhere(distance <= 2):
        one, other = new[new_ids[i]].attributes["name"], old[old_ids[j]].attributes["name"]
        if one == other or not one or not other:
            pairs.append((distance[i, j], new_ids[i], old_ids[j]))
    found, used = {}, set()
    for _, i, j in sorted(pairs, key=lambda p: p[0]):
        if i not in found and j not in used:
            found[i] = j
            used.add(j)
    return found


def differs(one, other, feature_class, codes):
    if not shapely.equals_exact(one.shape, other.shape, 1e-9):
        return True
    for name, value in one.attributes.items():
        attribute = feature_class.attribute(name)
        parsed = parse_values([value, other.attributes[name]], attribute, codes)[0]
        if attribute.type in {"integer", "number"}:
            low = -np.inf if attribute.minimum is None else attribute.minimum
            high = np.inf if attribute.maximum is None else attribute.maximum
            parsed = np.where((parsed < low) | (parsed > high), np.nan, parsed)
        if len({None if x != x else x for x in parsed.tolist()}) > 1:
            return True
    return False


@pytest.fixture
def store(tmp_path, catalogue):
    with Store.create(tmp_path / "city.gpkg", catalogue) as made:
        yield made


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (LIECHTENSTEIN, "building"),
        (LIECHTENSTEIN, "road"),
        pytest.param(MONACO, "building", marks=pytest.mark.slow),
        (MONACO, "road"),
    ],
    ids=lambda x: x if isinstance(x, str) else x[0],
)
def test_versions_equal_an_independent_difference_of_the_files(shared, store, catalogue, tmp_path, place, name):
    """Liechtenstein of 2013 has its objects numbered anew: there every one is recognised by its place."""
    folder, files = place
    feature_class = catalogue[name]
    county = County(tmp_path / "county", Text("x", "x"), "x", AUTO)
    previous: dict[str, Said] = {}  # by identifier in the model
    known_as: dict[str, str] = {}  # identifier in a file → in the model, once recognised
    ever: set[str] = set()
    for file, day in zip(files, DATES, strict=False):
        path = shared / folder / file
        options = ImportOptions(classes=frozenset([name]), valid_from=day)
        report = import_file(store, county, catalogue, path, options)
        said = read_directly(path, feature_class)
        known = {k: known_as[k] for k in said if k in known_as and known_as[k] not in said}
        said = {known.get(k, k): v for k, v in said.items()}
        aliases = same_place(
            {k: v for k, v in previous.items() if k not in said}, {k: v for k, v in said.items() if k not in ever}
        )
        known_as |= aliases
        now = {aliases.get(k, k): v for k, v in said.items()}
        ever |= now.keys()
        changed = {
            k for k in now.keys() & previous.keys() if differs(now[k], previous[k], feature_class, catalogue.codes)
        }
        got = {kind: {c.object_id for c in report.changes if c.kind == kind} for kind in ("added", "changed", "closed")}
        assert got["added"] == now.keys() - previous.keys()
        assert got["closed"] == previous.keys() - now.keys()
        assert got["changed"] == changed
        counts = report.classes[name]
        assert (counts.added, counts.changed, counts.closed) == tuple(
            len(got[k]) for k in ("added", "changed", "closed")
        )
        assert counts.unchanged == len(now) - counts.added - counts.changed
        rows = store.as_of(name, day)
        assert set(rows.object_id) == now.keys()
        previous = now
    again = import_file(store, county, catalogue, path, options)
    assert again.change_id is None
    assert again.classes[name].unchanged == len(previous)
    assert len(store.changes()) == len(files)
    assert store.verify() == []


def test_all_classes_of_liechtenstein_and_what_gdal_sees(shared, store, catalogue, tmp_path):
    county = County(tmp_path / "county", Text("x", "x"), "x", AUTO)
    reports = [
        import_file(store, county, catalogue, shared / LIECHTENSTEIN[0] / file, ImportOptions())
        for file in LIECHTENSTEIN[1]
    ]
    assert [r.valid_from for r in reports] == [date(2013, 8, 3), date(2015, 7, 27)]
    assert all(r.source == "osm" for r in reports)
    third = import_file(store, county, catalogue, shared / LIECHTENSTEIN[0] / LIECHTENSTEIN[1][1], ImportOptions())
    assert third.change_id is None
    assert {c.kind for c in third.changes} == set()
    layers = dict(pyogrio.list_layers(store.backend.path))
    for name, count in store.classes_present().items():
        assert f"{name}_current" in layers
        assert pyogrio.read_info(store.backend.path, layer=f"{name}_current")["features"] == count
        counts = reports[1].classes[name]
        assert count == counts.added + counts.changed + counts.unchanged
    box = (9.5, 47.1, 9.54, 47.16)
    through_gdal = pyogrio.read_dataframe(store.backend.path, layer="building_current", bbox=box)
    touching = store.as_of("building", date(2020, 1, 1), bbox=box)  # by extent; GDAL looks at the shapes
    exact = shapely.intersects(touching.geometry, shapely.box(*box))
    assert set(through_gdal.object_id) == set(touching.object_id[exact])
    if shutil.which("ogrinfo"):
        read = subprocess.run(
            ["ogrinfo", "-spat", *map(str, box), store.backend.path, "building_current"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert read.stdout.count("OGRFeature(building_current)") == len(through_gdal)
        assert not read.stderr


def test_classes_of_which_nothing_is_left_are_closed(shared, store, catalogue, tmp_path):
    county = County(tmp_path / "county", Text("x", "x"), "x", AUTO)
    import_file(store, county, catalogue, shared / MONACO[0] / MONACO[1][2], ImportOptions(valid_from=DATES[0]))
    before = store.classes_present()
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"><node id="1" lat="43.7" lon="7.4"><tag k="amenity" v="library"/></node></osm>')
    report = import_file(store, county, catalogue, empty, ImportOptions(valid_from=DATES[1]))
    assert report.classes["building"].closed == before["building"]
    assert {k: v for k, v in store.classes_present().items() if v} == {"library": 1}
    assert any("--partial" in n.en for n in report.notes)
