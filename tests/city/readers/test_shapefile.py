"""Shapefiles: encodings, datums and missing parts, written by GDAL and by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from xiancheng.city.datum import to_stored
from xiancheng.city.readers._geometry import without_measures
from xiancheng.city.readers.registry import ReadOptions, read

NAMES = ["土默特右旗第一小学", "萨拉齐镇中心幼儿园", "美岱召镇卫生院", None]


@pytest.fixture
def options(catalogue):
    return ReadOptions(catalogue=catalogue)


def write(path, encoding="UTF-8", crs="EPSG:4546", field="名称", names=NAMES, geometry=None):
    shapes = geometry if geometry is not None else [shapely.Point(458000 + i, 4490000) for i in range(len(names))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            shapely.to_wkb(np.array(shapes, dtype=object)),
            field_data=[
                np.array(names, dtype=object),
                np.arange(len(names)),
                np.array([1.5, np.nan, 0, 2][: len(names)]),
            ],
            fields=[field, "n", "f"],
            geometry_type=shapes[0].geom_type,
            crs=crs,
            driver="ESRI Shapefile",
            encoding=encoding,
        )
    return path


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030"])
@pytest.mark.parametrize("cpg", ["own", "none", "wrong"])
def test_encodings(tmp_path, options, encoding, cpg):
    path = write(tmp_path / "s.shp", encoding)
    if cpg == "none":
        path.with_suffix(".cpg").unlink(missing_ok=True)
    elif cpg == "wrong":
        path.with_suffix(".cpg").write_text("GBK" if encoding == "UTF-8" else "UTF-8")
    (layer,) = read(path, options)
    assert set(layer.columns) == {"名称", "n", "f"}
    if (encoding, cpg) != ("UTF-8", "wrong"):  # nearly all UTF-8 is also GBK: a .cpg that says so is believed
        assert layer.columns["名称"] == NAMES
    assert layer.columns["n"] == [0, 1, 2, 3]
    assert layer.columns["f"] == [1.5, None, 0.0, 2.0]
    assert layer.rows.tolist() == [1, 2, 3, 4]


def test_encoding_that_a_person_names(tmp_path, catalogue):
    path = write(tmp_path / "s.shp", "UTF-8", names=["Montaña", "Ávila"], field="name")
    data = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(
        data.replace("Montaña".encode(), "Montaña".encode("latin-1") + b" ").replace(
            "Ávila".encode(), "Ávila".encode("latin-1") + b" "
        )
    )
    path.with_suffix(".cpg").unlink()
    (layer,) = read(path, ReadOptions(catalogue=catalogue, encoding="latin-1"))
    assert layer.columns["name"] == ["Montaña", "Ávila"]


def test_names_cut_inside_a_character(tmp_path, options):
    path = write(tmp_path / "s.shp", "UTF-8", field="学校名称")
    (layer,) = read(path, options)
    assert layer.columns["学校名"] == NAMES


def test_values_cut_inside_a_character(tmp_path, options):
    path = write(tmp_path / "s.shp", "GBK", names=["很" * 200, "短"])
    path.with_suffix(".cpg").unlink()
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    (layer,) = read(path, options)
    width = data[32 + 16]
    assert layer.columns["名称"][0] == "很" * (width // 2)


@pytest.mark.parametrize(
    ("crs", "datum"), [("EPSG:4490", "CGCS2000"), ("EPSG:4326", "WGS84"), ("EPSG:4546", "EPSG:4546"), (None, None)]
)
def test_datum_of_the_prj(tmp_path, options, crs, datum):
    (layer,) = read(write(tmp_path / "s.shp", crs=crs), options)
    assert layer.datum == datum


def test_every_gauss_kruger_prj(tmp_path, options):
    path = write(tmp_path / "s.shp")
    for code in (4534, 4554, 4525):
        path.with_suffix(".prj").write_text(CRS.from_epsg(code).to_wkt("WKT1_ESRI"))
        assert next(read(path, options)).datum == f"EPSG:{code}"


def test_prj_of_no_registry(tmp_path, options):
    path = write(tmp_path / "s.shp")
    prj = path.with_suffix(".prj")
    prj.write_text(prj.read_text().replace("111.0", "110.5").replace("CM_111E", "Town"))
    (layer,) = read(path, options)
    assert layer.datum.startswith("PROJCRS")
    stored = to_stored(layer.geometry, layer.datum)
    assert stored[0].x == pytest.approx(110.5 - (500000 - 458000) / 84650, abs=0.01)
    prj.write_text("garbage")
    assert next(read(path, options)).datum == "garbage"
    prj.write_text("")
    assert next(read(path, options)).datum is None


def test_capital_endings(tmp_path, options):
    path = write(tmp_path / "s.shp", "GBK")
    for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
        path.with_suffix(suffix).rename(tmp_path / f"S{suffix.upper()}")
    (layer,) = read(tmp_path / "S.SHP", options)
    assert layer.columns["名称"] == NAMES
    assert layer.datum == "EPSG:4546"


@pytest.mark.peer
def test_polygons_with_holes_as_geopandas_reads_them(tmp_path, options):
    geopandas = pytest.importorskip("geopandas")
    shapes = [shapely.Point(i * 10, 0).buffer(3).difference(shapely.Point(i * 10, 0).buffer(1)) for i in range(4)]
    path = write(tmp_path / "s.shp", geometry=shapes)
    (layer,) = read(path, options)
    frame = geopandas.read_file(path)
    assert bool(np.all(shapely.equals_exact(layer.geometry, frame.geometry.to_numpy(), tolerance=0)))
    assert layer.columns["名称"] == [v if isinstance(v, str) else None for v in frame["名称"]]


def test_null_shapes_are_rejected(tmp_path, options):
    path = tmp_path / "s.shp"
    pyogrio.raw.write(
        path,
        np.array([shapely.to_wkb(shapely.Point(1, 2)), None, shapely.to_wkb(shapely.Point(3, 4))], dtype=object),
        field_data=[np.arange(3)],
        fields=["n"],
        geometry_type="Point",
        crs="EPSG:4490",
        driver="ESRI Shapefile",
    )
    (layer,) = read(path, options)
    assert layer.columns["n"] == [0, 2]
    assert layer.rows.tolist() == [1, 3]
    assert [(r.row, r.reason.en) for r in layer.rejections] == [(2, "no place (the geometry is empty)")]


def test_measures_are_dropped_and_heights_kept():
    lines = shapely.from_wkt(["LINESTRING ZM (0 0 5 1, 1 1 6 2)", "LINESTRING M (0 0 1, 2 2 3)"])
    geometry = without_measures(np.array([*lines, shapely.Point(1, 2), None], dtype=object))
    assert not shapely.has_m(geometry).any()
    assert shapely.has_z(geometry).tolist() == [True, False, False, False]
    assert shapely.get_coordinates(geometry[0], include_z=True)[:, 2].tolist() == [5, 6]
    assert geometry[2].equals(shapely.Point(1, 2))
