"""Clients that people have read everything from the real server: GDAL of two releases, OWSLib, QGIS."""

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Transformer

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.store import open_store

from ..serving import Person, served

pytestmark = pytest.mark.xdist_group("clients")  # what the module sets up is costly

QGIS_PYTHON = Path("/usr/bin/python3")
HAS_QGIS = Path("/usr/lib/python3/dist-packages/qgis").exists()
OGRINFO = shutil.which("ogrinfo")


@pytest.fixture(scope="module")
def server(copy_county, tmp_path_factory):
    """Serve a copy of the sample county to a planner and to the steward of schools."""
    folder = copy_county(tmp_path_factory.mktemp("served") / "county")
    people = {"planner": Person("planner"), "steward": Person("steward", "education")}
    with served(folder, people, workers="1") as running:
        yield running


@pytest.fixture
def gdal(server):
    """Let GDAL send the planner's token; return what it opens."""
    pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": server.tokens["planner"]})
    yield f"OAPIF:{server.url}/ogc"
    pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": None, "GDAL_HTTP_BEARER": None})


@pytest.fixture(scope="module")
def stored(server):
    """Return the features of a class on a day, as the model has them."""
    catalogue = load_catalogue(server.folder)

    def read(name, on=None):
        with open_store(County.load(server.folder), catalogue, read_only=True) as store:
            return store.as_of(name, on or date.today())  # noqa: DTZ011

    read.names = [c.name for c in catalogue]
    return read


def test_gdal_reads_every_collection_page_by_page(gdal, stored):
    assert pyogrio.list_layers(gdal)[:, 0].tolist() == stored.names
    for name in stored.names:
        rows = stored(name)
        info, numbers, geometry, columns = pyogrio.raw.read(gdal, layer=name, PAGE_SIZE="700", return_fids=True)
        fields = info["fields"].tolist()
        # GDAL takes identifiers that are all digits for its own numbers of features.
        ids = columns[fields.index("id")] if "id" in fields else numbers.astype(str).astype(object)
        order = np.argsort(ids)
        assert ids[order].tolist() == rows.object_id.tolist(), name
        if rows.feature_class.has_geometry and len(rows):
            found = shapely.normalize(shapely.from_wkb(geometry[order]))
            np.testing.assert_allclose(
                shapely.get_coordinates(found), shapely.get_coordinates(shapely.normalize(rows.geometry)), atol=1e-9
            )


@pytest.mark.parametrize("where", ["level = 'primary'", "places > 100 AND places <= 500", "pupils IS NULL"])
def test_gdal_filters(gdal, stored, where):
    rows = stored("school")
    places, pupils = rows.columns["places"], rows.columns["pupils"]
    expected = {
        "level = 'primary'": rows.columns["level"] == "primary",
        "places > 100 AND places <= 500": (places > 100) & (places <= 500),
        "pupils IS NULL": np.isnan(pupils),
    }[where]
    found = pyogrio.raw.read(gdal, layer="school", where=where, columns=["id"])[3][0]
    assert sorted(found.tolist()) == rows.object_id[expected].tolist()


def test_gdal_selects_by_box(gdal, stored):
    rows = stored("building")
    x, y = (float(np.median(part)) for part in shapely.get_coordinates(shapely.centroid(rows.geometry)).T)
    box = (x - 0.005, y - 0.003, x + 0.005, y + 0.003)
    expected = rows.object_id[shapely.intersects(rows.geometry, shapely.box(*box))]
    found = pyogrio.raw.read(gdal, layer="building", bbox=box, columns=["id"])[3][0]
    assert sorted(found.tolist()) == expected.tolist()
    assert len(expected) > 0


@pytest.mark.parametrize("code", [4490, 4546, 3857])
def test_gdal_reads_another_system(gdal, stored, code):
    rows = stored("school")
    info, _, geometry, columns = pyogrio.raw.read(gdal, layer="school", CRS=f"EPSG:{code}")
    assert info["crs"] == f"EPSG:{code}"
    order = np.argsort(columns[info["fields"].tolist().index("id")])
    # GDAL gives east before north whatever the authority says.
    carry = Transformer.from_crs(4490, code, always_xy=True)
    expected = np.column_stack(carry.transform(*shapely.get_coordinates(rows.geometry).T))
    np.testing.assert_allclose(shapely.get_coordinates(shapely.from_wkb(geometry[order])), expected, atol=1e-3)


@pytest.mark.parametrize("day", ["2023-12-31", "2025-12-31"])
def test_gdal_reads_as_of_two_dates(gdal, stored, day):
    rows = stored("school", date.fromisoformat(day))
    info, _, _, columns = pyogrio.raw.read(gdal, layer="school", DATETIME=day)
    fields = info["fields"].tolist()
    order = np.argsort(columns[fields.index("id")])
    assert columns[fields.index("id")][order].tolist() == rows.object_id.tolist()
    pupils = np.array(columns[fields.index("pupils")][order], dtype=np.float64)
    np.testing.assert_array_equal(np.nan_to_num(pupils), np.nan_to_num(rows.columns["pupils"]))


def test_gdal_with_a_token_as_password_sees_what_its_owner_sees(server):
    layers = pyogrio.raw.read(f"OAPIF:{server.url}/ogc", layer="school", USERPWD=f"x:{server.tokens['steward']}")
    assert len(layers[2]) > 0
    with pytest.raises(pyogrio.errors.DataLayerError):
        pyogrio.raw.read(f"OAPIF:{server.url}/ogc", layer="hospital", USERPWD=f"x:{server.tokens['steward']}")


@pytest.mark.skipif(OGRINFO is None, reason="needs gdal-bin")
def test_ogrinfo_reads_every_collection(server, stored):
    header = f"GDAL_HTTP_HEADERS=Authorization: Bearer {server.tokens['planner']}"
    name, _, value = header.partition("=")
    found = subprocess.run(
        [OGRINFO, "-ro", "-al", "-so", f"OAPIF:{server.url}/ogc", "--config", name, value],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    counts = {}
    for block in found.split("Layer name: ")[1:]:
        layer = block.splitlines()[0].strip()
        counts[layer] = int(next(x for x in block.splitlines() if x.startswith("Feature Count: ")).split()[-1])
    assert counts == {name: len(stored(name)) for name in stored.names}


def test_owslib_reads(server, stored):
    from owslib.ogcapi.features import Features

    features = Features(f"{server.url}/ogc", headers=server.headers("planner"))
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in features.conformance()["conformsTo"]
    assert sorted(features.feature_collections()) == sorted(stored.names)
    assert features.api()["openapi"].startswith("3.0")
    assert features.collection("school")["itemType"] == "feature"
    assert "level" in features.collection_queryables("school")["properties"]
    assert "geometry" in features.collection_schema("school")["properties"]
    for day in ("2023-12-31", "2025-12-31"):
        rows = stored("school", date.fromisoformat(day))
        page = features.collection_items("school", datetime_=day, limit=1000)
        assert [f["id"] for f in page["features"]] == rows.object_id.tolist()
    rows = stored("school")
    page = features.collection_items("school", filter="level = 'primary'", limit=1000)
    assert [f["id"] for f in page["features"]] == rows.object_id[rows.columns["level"] == "primary"].tolist()
    name = rows.object_id[0]
    assert features.collection_item("school", name)["id"] == name


_QGIS = """
import json, os, sys
from qgis.core import QgsApplication, QgsDataSourceUri, QgsVectorLayer
url, token, path, names = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4].split(",")
application = QgsApplication([], False)
application.initQgis()
out = {}
for name in names:
    uri = QgsDataSourceUri()
    uri.setParam("url", url + "/ogc")
    uri.setParam("typename", name)
    uri.setParam("pageSize", "500")
    uri.setParam("username", "token")
    uri.setParam("password", token)
    remote = QgsVectorLayer(uri.uri(False), name, "OAPIF")
    local = QgsVectorLayer(f"{path}|layername={name}_current", name, "ogr")
    out[name] = {
        "valid": [remote.isValid(), local.isValid()],
        "counts": [sum(1 for _ in layer.getFeatures()) if layer.isValid() else 0 for layer in (remote, local)],
        "crs": [remote.crs().authid(), local.crs().authid()],
    }
print("RESULT" + json.dumps(out), flush=True)
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.skipif(not HAS_QGIS, reason="needs python3-qgis")
def test_qgis_opens_every_collection_and_layer_of_the_file(server, stored, tmp_path):
    if not (server.folder / "city.gpkg").exists():
        pytest.skip("the model is in a database")
    command = [str(QGIS_PYTHON), "-c", _QGIS, server.url, server.tokens["planner"]]
    environment = {
        "QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [*command, str(server.folder / "city.gpkg"), ",".join(stored.names)],
        env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    lines = [x for x in done.stdout.splitlines() if x.startswith("RESULT")]
    assert lines, done.stderr[-2000:]
    with closing(sqlite3.connect(server.folder / "city.gpkg")) as file:
        layers = {name for (name,) in file.execute("SELECT table_name FROM gpkg_contents")}
    answers = json.loads(lines[0].removeprefix("RESULT"))
    assert sorted(answers) == sorted(stored.names)
    for name, found in answers.items():
        # A class that never had an object has no table in the file.
        filled = name in layers
        assert found["valid"] == [True, filled], name
        assert found["counts"] == [len(stored(name))] * (1 + filled) + [0] * (not filled), name
    assert len(layers) > 30
