"""CSV: encodings, separators and coordinates, against pandas' reading of the real files."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.city.readers._places import coordinate
from xiancheng.city.readers.registry import ReadOptions, read
from xiancheng.city.readers.table_csv import delimiter_of
from xiancheng.foundation.errors import SourceError

TABLE = '名称,经度,纬度,床位\n甲院,110.52,40.56,"1,200"\n乙院,110.53,40.57,50\n'


@pytest.fixture
def options(catalogue):
    return ReadOptions(catalogue=catalogue)


def layer_of(tmp_path, options, text, name="a.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    (layer,) = read(path, options)
    return layer


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_separators(tmp_path, options, encoding, delimiter):
    rows = csv.reader(TABLE.splitlines())
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    (layer,) = read(path, options)
    assert layer.columns["名称"] == ["甲院", "乙院"]
    assert layer.columns["床位"] == ["1,200", "50"]
    assert shapely.get_coordinates(layer.geometry).tolist() == [[110.52, 40.56], [110.53, 40.57]]
    assert layer.rows.tolist() == [2, 3]
    assert layer.datum is None


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("lng,lat", "110.52,40.56"),
        ("Longitude,Latitude", "110.52,40.56"),
        ("LAT,LON", "40.56,110.52"),
        ("x,y", "110.52,40.56"),
        ("经度,纬度", "110°31′12″,40°33'36\""),
        ("经度,纬度", "东经110度31分12秒,北纬40.56°"),
        ("东坐标,北坐标", "１１０．５２,40.56"),
        ("POINT_X,POINT_Y", "110.52,40.56"),
        ("纵坐标X,横坐标Y", "40.56,110.52"),
        ("坐标", '"110.52,40.56"'),
        ("经纬度", '"110.52，40.56"'),
        ("lat_lng", "40.56 110.52"),
        ("WKT", "POINT (110.52 40.56)"),
        ("geometry", "SRID=4326;POINT (110.52 40.56)"),
    ],
)
def test_coordinate_columns_by_their_headers(tmp_path, options, header, row):
    layer = layer_of(tmp_path, options, f"name,{header}\n甲,{row}\n")
    assert shapely.get_coordinates(layer.geometry)[0] == pytest.approx([110.52, 40.56], abs=1e-12)


def test_columns_that_a_person_names(tmp_path, catalogue):
    text = "name,a,b\n甲,110.52,40.56\n"
    layer = layer_of(tmp_path, ReadOptions(catalogue=catalogue, x="a", y="b"), text)
    assert layer.geometry[0].x == 110.52
    with pytest.raises(SourceError, match="'c'"):
        layer_of(tmp_path, ReadOptions(catalogue=catalogue, x="a", y="c"), text)
    with pytest.raises(SourceError, match="together"):
        layer_of(tmp_path, ReadOptions(catalogue=catalogue, x="a"), text)


@pytest.mark.parametrize(
    ("header", "datum"),
    [
        ("经度（GCJ-02）,纬度（GCJ-02）", "gcj02"),
        ("lng_wgs84,lat_wgs84", "wgs84"),
        ("百度经度,百度纬度", "百度"),
        ("lng,lat", None),
    ],
)
def test_a_header_may_state_the_datum(tmp_path, options, header, datum):
    layer = layer_of(tmp_path, options, f"name,{header}\n甲,110.52,40.56\n")
    assert layer.datum == datum
    assert len(layer) == 1


def test_bad_coordinates_are_rejected_by_row(tmp_path, options):
    rows = ["110.52,40.56", "abc,40.56", ",", "110.5,", "0,0", "110.52,95", "40.5,110.5", "inf,40", "-,-"]
    layer = layer_of(tmp_path, options, "name,lng,lat\n" + "".join(f"n,{row}\n" for row in rows + rows[:1] * 5))
    assert layer.rows.tolist() == [2, 11, 12, 13, 14, 15]
    reasons = {r.row: r.reason.en for r in layer.rejections}
    assert set(reasons) == set(range(3, 11))
    assert "not a number" in reasons[3]
    assert "no place" in reasons[4]
    assert "missing" in reasons[5]
    assert "0, 0" in reasons[6]
    assert "not a longitude" in reasons[7]
    assert "not a longitude" in reasons[8]


def test_broken_wkt(tmp_path, options):
    text = 'name,wkt\na,POINT (1 2)\nb,POINT (1\nc,\nd,nonsense\ne,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\n'
    layer = layer_of(tmp_path, options, text)
    assert layer.columns["name"] == ["a", "e"]
    assert [r.row for r in layer.rejections] == [3, 4, 5]


def test_a_register_without_places(tmp_path, options):
    layer = layer_of(
        tmp_path, options, '区划代码,常住人口\n150221104,"101,234"\n\n150221105,20000\n合计,121234\n注：2020年\n'
    )
    assert layer.geometry is None
    assert layer.columns == {"区划代码": ["150221104", "150221105"], "常住人口": ["101,234", "20000"]}
    assert layer.rows.tolist() == [2, 4]
    assert [(r.row, r.value) for r in layer.rejections] == [(5, "合计"), (6, "注：2020年")]


def test_title_rows_and_uneven_rows(tmp_path, options, catalogue):
    text = "学校一览表,,\n填报单位：教育局,,\n名称,学段,班数\n一小,小学,12\n二小\n三小,小学,3,多余\n"
    layer = layer_of(tmp_path, options, text)
    assert layer.columns == {"名称": ["一小", "二小"], "学段": ["小学", None], "班数": ["12", None]}
    assert [(r.row, r.reason.en) for r in layer.rejections] == [(6, "more cells than the header has columns")]
    layer = layer_of(tmp_path, ReadOptions(catalogue=catalogue, header_row=4), text)
    assert list(layer.columns) == ["一小", "小学", "12"]
    with pytest.raises(SourceError, match="row 99"):
        layer_of(tmp_path, ReadOptions(catalogue=catalogue, header_row=99), text)


def test_line_breaks_in_cells_and_long_cells(tmp_path, options):
    ring = ", ".join(f"{i} {i * i}" for i in range(40000))
    layer = layer_of(tmp_path, options, f'name,wkt\n"a\nb","LINESTRING ({ring})"\n"c","POINT (1 1)"\n')
    assert layer.columns["name"] == ["a\nb", "c"]
    assert shapely.get_num_coordinates(layer.geometry[0]) == 40000
    assert layer.rows.tolist() == [2, 3]


@pytest.mark.peer
@pytest.mark.parametrize(
    ("name", "count", "x"),
    [
        ("cn_heritage/inner_mongolia_gcj02.csv", 151, "longitude"),
        ("osm_laspalmas/population_access_grid.csv", 5983, "lng"),
        ("cn_census2020/ages.csv", 2990, None),
        ("cn_admin/areacity_level4.csv", 43118, None),
        ("trees_cornell/trees-2019.csv", 9022, "longitude"),
        ("siting_spopt/SF_store_site_16_longlat.csv", 16, "long"),
    ],
)
def test_real_files_as_pandas_reads_them(shared, options, name, count, x):
    pandas = pytest.importorskip("pandas")
    (layer,) = read(shared / name, options)
    frame = pandas.read_csv(shared / name, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert len(layer) == count == len(frame)
    for column, values in layer.columns.items():
        assert [v or "" for v in values] == frame[column].str.strip().tolist()
    if x is not None:
        np.testing.assert_array_equal(shapely.get_x(layer.geometry), frame[x].astype(float))
    else:
        assert layer.geometry is None


def test_a_table_without_header_is_refused(shared, options):
    with pytest.raises(SourceError, match="--header-row"):
        list(read(shared / "cn_admin/vonng2016_gcj02/adcode_150221.csv", options))


def test_pandas_names_of_nothing_are_no_header(shared, options):
    (layer,) = read(shared / "cn_case_standards/yuncheng_parts_standard.csv", options)
    assert "大类代码" in layer.columns


@given(st.floats(-180, 180))
def test_degrees_minutes_and_seconds(value):
    seconds = round(abs(value) * 3600, 3)
    degrees, minutes = int(seconds // 3600), int(seconds // 60 % 60)
    text = f"{degrees}°{minutes}′{seconds - degrees * 3600 - minutes * 60:.3f}″{'W' if value < 0 else 'E'}"
    if "60.000" not in text:
        assert coordinate(text) == pytest.approx(value, abs=1e-6)


@settings(max_examples=200)
@given(st.text())
def test_any_cell_is_a_coordinate_or_refused(text):
    try:
        value = coordinate(text)
    except ValueError:
        return
    assert value is None or np.isfinite(value)


@settings(max_examples=200)
@given(st.text())
def test_any_text_has_a_separator(text):
    assert delimiter_of(text.replace("\0", "")) in {",", ";", "\t", "|"}
