"""Every object of every class, counted again by the osmium command line."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from xiancheng.city.readers import ReadOptions
from xiancheng.city.readers.osm import read_osm

FILES = (
    "osm_laspalmas/laspalmas_2023.osm.pbf",
    "osm_liechtenstein/liechtenstein_2013-08.osm.pbf",
    "osm_monaco/monaco_2021-04.osm.pbf",
    "osm_china_small/hsinchu.osm.pbf",
    "pyrosm_kymenlaakso/test.osm.pbf",
)
pytestmark = pytest.mark.skipif(shutil.which("osmium") is None, reason="osmium-tool is not installed")
CLASSES = (
    "building", "road", "park", "green_space", "water_body", "waterway", "school", "kindergarten", "hospital",
    "clinic", "sports_ground", "street_tree", "component", "heritage_site", "elderly_care", "admin_area", "land_use",
    "community_service_point", "base_station", "funeral_facility",
)  # fmt: skip


def osmium(*arguments):
    done = subprocess.run(["osmium", *map(str, arguments)], check=True, capture_output=True, text=True)
    return done.stdout.rstrip("\n").split("\n") if done.stdout else []


@pytest.fixture(scope="module", params=FILES)
def case(request, shared, catalogue, tmp_path_factory):
    """Our layers of a file, what `osmium export` makes of it, and what kinds its objects have."""
    path = shared / request.param
    folder = tmp_path_factory.mktemp("osmium")
    config = folder / "export.json"
    # Both lines and areas for every closed way, except where area=yes or area=no decides: the class's rule chooses.
    config.write_text(json.dumps({"linear_tags": True, "area_tags": True}))
    exported = {"node": set(), "line": set(), "area": set()}
    for line in osmium("export", "-f", "geojsonseq", "-u", "type_id", "-c", config, path):
        feature = json.loads(line.lstrip("\x1e"))
        kind, number = feature["id"][0], int(feature["id"][1:])
        if kind == "n":
            exported["node"].add(f"n{number}")
        elif kind == "a":
            exported["area"].add(f"{'r' if number % 2 else 'w'}{number // 2}")
        else:
            exported["line"].add(f"w{number}")
    layers = {layer.feature_class: layer for layer in read_osm(path, ReadOptions(catalogue))}
    return path, folder, exported, layers


def matching(path, folder, rule):
    """Return the lines (OPL) of the objects whose tags satisfy a rule, by a chain of `osmium tags-filter`."""
    current, steps = path, []
    for key, values in rule.tags.items():
        steps.append(([], "nwr/" + key + ("" if values is True else "=" + ",".join(sorted(values)))))
    for key, values in rule.without.items():
        steps.append((["-i"], "nwr/" + key + "=" + ",".join(sorted(values))))
    for number, (options, expression) in enumerate(steps):
        target = folder / f"step{number}.osm.pbf"
        osmium("tags-filter", "--overwrite", "-R", *options, "-o", target, current, expression)
        current = target
    return osmium("cat", "-f", "opl,add_metadata=false", current)


@pytest.mark.parametrize("name", CLASSES)
def test_same_objects_as_osmium_filters_and_exports(case, catalogue, name):
    path, folder, exported, layers = case
    taken, unbuilt = set(), set()
    for rule in catalogue[name].osm:
        for line in matching(path, folder, rule):
            identifier, tags, shape, *_ = [*line.split(" "), ""]
            tags = tags[1:].split(",")
            nodes = shape[1:].split(",")
            closed = identifier[0] == "w" and len(nodes) > 1 and nodes[0] == nodes[-1]
            area = (closed and "area=no" not in tags) or "type=multipolygon" in tags or "type=boundary" in tags
            is_kind = {
                "node": identifier[0] == "n",
                "line": identifier[0] == "w" and not (closed and "area=yes" in tags),
                "area": area,
            }
            for kind in rule.types:
                if identifier in exported[kind]:
                    taken.add(identifier)
                elif is_kind[kind]:
                    unbuilt.add(identifier)
    layer = layers.get(name)
    assert sorted(layer.ids if layer is not None else []) == sorted(taken)
    assert sorted({r.object_id for r in layer.rejections} if layer is not None else []) == sorted(unbuilt - taken)
