from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from xiancheng.city.writers import write, writer_names
from xiancheng.foundation.errors import UnknownNameError, XianchengError


@pytest.fixture
def tables(make_table):
    yard = shapely.box(110.51, 40.55, 110.512, 40.552).difference(shapely.box(110.5105, 40.5505, 110.511, 40.551))
    return {
        "building": make_table(
            "building",
            [shapely.box(110.52, 40.55, 110.521, 40.5505), yard,
             shapely.MultiPolygon([shapely.box(x, 40.55, x + 0.001, 40.551) for x in (110.53, 110.54)])],
            name=["一号楼", "=2+2", None], height=[20.25, np.nan, np.nan], floors=[6, 2.5, np.nan],
            use=["residential", "office", None], year=[1998, np.nan, np.nan], gigabit=[1, 0, np.nan],
        ),
        "school": make_table(
            "school", [shapely.Point(110.5, 40.55), shapely.box(110.5, 40.56, 110.51, 40.57)],
            name=["一中", "二小"], level=["senior", "primary"], places=[1200, np.nan],
        ),
        "census": make_table("census", [None, None], area_code=["150221100", "150221101"], persons=[10.0, 20.5]),
    }  # fmt: skip


def test_registry(tables, tmp_path, catalogue, real):
    assert {"geopackage", "geojson", "geoparquet", "cityjson", "xlsx"} <= set(writer_names())
    with pytest.raises(XianchengError, match="no format is known"):
        write(tables, tmp_path / "a.docx", county=real, catalogue=catalogue)
    with pytest.raises(UnknownNameError):
        write(tables, tmp_path / "a.gpkg", county=real, catalogue=catalogue, format_name="geopackag")
    with pytest.raises(XianchengError, match="cannot write"):
        write(tables, tmp_path / "no" / "a.gpkg", county=real, catalogue=catalogue)
    (tmp_path / "old.xlsx").write_text("old")
    write(tables, tmp_path / "old.xlsx", county=real, catalogue=catalogue)
    assert (tmp_path / "old.xlsx").read_bytes().startswith(b"PK")
    assert [p.name for p in tmp_path.iterdir()] == ["old.xlsx"]


def same_rows(frame, written):
    frame = frame.set_index("object_id").loc[written.ids]
    assert shapely.equals_exact(
        shapely.normalize(frame.geometry.to_numpy()), shapely.normalize(written.geometry), 1e-12
    ).all()
    for name, values in written.columns.items():
        got = frame[name].astype(object).where(frame[name].notna(), None).tolist()
        want = [None if v is None or v != v else v for v in values.tolist()]
        assert got == want, name


@pytest.mark.peer
@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_geopandas_reads_equal_rows(tables, tmp_path, catalogue, ending, synthetic):
    geopandas = pytest.importorskip("geopandas")
    for name in ("building", "school"):
        path = tmp_path / f"{name}.{ending}"
        write({name: tables[name]}, path, county=synthetic, catalogue=catalogue)
        frame = geopandas.read_parquet(path) if ending == "parquet" else geopandas.read_file(path)
        assert frame.crs.to_epsg() == 4490
        if ending == "gpkg":
            expected = tables[name].geometry.copy()
            if name == "building":
                expected = np.array([shapely.multipolygons([g]) if g.geom_type == "Polygon" else g for g in expected])
            tables[name] = tables[name].take(np.arange(len(expected)))
            object.__setattr__(tables[name], "geometry", expected)
        same_rows(frame, tables[name])


def test_geopackage_layers_for_gdal(tables, tmp_path, catalogue, synthetic):
    if shutil.which("ogrinfo") is None:
        pytest.skip("gdal-bin is not installed")
    path = tmp_path / "model.gpkg"
    write(tables, path, county=synthetic, catalogue=catalogue)
    listed = subprocess.run(["ogrinfo", "-ro", path], check=True, capture_output=True, text=True).stdout
    assert "building (Multi Polygon)" in listed
    assert "school" in listed
    assert "census (None)" in listed
    said = subprocess.run(
        ["ogrinfo", "-ro", "-so", path, "building"], check=True, capture_output=True, text=True
    ).stdout
    for text in ("Feature Count: 3", "建筑 building", 'ID["EPSG",4490]', "floors: Real", "year: Integer64",
                 "gigabit: Integer(Boolean)", "synthetic: Integer(Boolean)", "合成数据"):  # fmt: skip
        assert text in said


def test_geojson_says_crs_class_and_synthetic(tables, tmp_path, catalogue, synthetic):
    path = tmp_path / "all.geojson"
    write(tables, path, county=synthetic, catalogue=catalogue)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::4490"
    assert data["synthetic"] is True
    assert [f["properties"]["class"] for f in data["features"]] == ["building"] * 3 + ["school"] * 2 + ["census"] * 2
    assert data["features"][-1]["geometry"] is None
    assert data["features"][0]["properties"]["gigabit"] is True
    assert data["features"][0]["id"] == "building-0"


def test_geoparquet_of_several_classes_is_a_folder(tables, tmp_path, catalogue, real, synthetic):
    path = tmp_path / "model.parquet"
    write(tables, path, county=synthetic, catalogue=catalogue)
    assert sorted(p.name for p in path.iterdir()) == ["building.parquet", "census.parquet", "school.parquet"]
    assert pq.read_schema(path / "census.parquet").metadata[b"synthetic"] == b"true"
    write(tables, path, county=real, catalogue=catalogue)
    assert b"synthetic" not in pq.read_schema(path / "census.parquet").metadata


@pytest.mark.parametrize("language", ["zh", "en"])
def test_excel_reads_as_a_register(tables, tmp_path, catalogue, language, synthetic):
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "model.xlsx"
    write(tables, path, county=synthetic, catalogue=catalogue, language=language)
    book = openpyxl.load_workbook(path)
    zh = language == "zh"
    assert book.sheetnames == (["建筑", "学校", "人口普查数"] if zh else ["building", "school", "census totals"])
    sheet = book.worksheets[0]
    rows = [*sheet.iter_rows(values_only=True)]
    assert ("合成" if zh else "synthetic") in rows[0][0]
    assert rows[1][0] == ("标识" if zh else "identifier")
    assert rows[1][-2:] == (
        ("经度" if zh else "longitude") + " (CGCS2000)",
        ("纬度" if zh else "latitude") + " (CGCS2000)",
    )
    assert ("高度（m）" if zh else "height (m)") in rows[1]
    assert ("层数" if zh else "floors") in rows[1]
    assert ("学位数（个）" if zh else "places") in [c.value for c in book.worksheets[1][2]]
    first = dict(zip(rows[1], rows[2], strict=True))
    assert first["用途" if zh else "use"] == ("居住" if zh else "residential")
    assert first["可办理千兆宽带" if zh else "gigabit fibre can be ordered"] == ("是" if zh else "yes")
    assert rows[3][1] == "=2+2"
    assert sheet.cell(4, 2).data_type == "s"
    assert abs(rows[2][-2] - 110.5205) < 1e-4
    assert sheet.freeze_panes == "B3"
    assert sheet.auto_filter.ref.startswith("A2:")
    assert "longitude" not in " ".join(str(c.value) for c in book.worksheets[2][2])


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "geojson", "city.json"])
def test_same_rows_same_bytes(tables, tmp_path, catalogue, ending, real):
    for name in ("a", "b"):
        write({"building": tables["building"]}, tmp_path / f"{name}.{ending}", county=real, catalogue=catalogue)
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
