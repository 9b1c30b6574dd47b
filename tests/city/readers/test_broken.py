"""Broken files, each with an error that says what is wrong and what to do."""

from __future__ import annotations

import json
import random
from contextlib import suppress

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from xiancheng.city.datum import require_datum
from xiancheng.city.readers.registry import ReadOptions, read
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import set_language


def geojson(folder, name="a.geojson"):
    point = {"type": "Point", "coordinates": [110.5, 40.5]}
    features = [{"type": "Feature", "properties": {"name": "公园", "n": i}, "geometry": point} for i in range(9)]
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, indent=1), "utf-8")
    return path


def ogr(folder, name, driver):
    path = folder / name
    pyogrio.raw.write(
        path,
        shapely.to_wkb(np.array([shapely.Point(110 + i / 100, 40) for i in range(99)], dtype=object)),
        field_data=[np.arange(99)],
        fields=["n"],
        geometry_type="Point",
        crs="EPSG:4490",
        driver=driver,
        layer=None if driver == "ESRI Shapefile" else "park",
    )
    return path


def keep(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def without(path, suffix):
    path.with_suffix(suffix).unlink()
    return path


def replaced(path, content):
    path.write_bytes(content)
    return path


def workbook(folder, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / "a.xlsx"
    book.save(path)
    return path


def cut_dbf(folder):
    path = ogr(folder, "a.shp", "ESRI Shapefile")
    keep(path.with_suffix(".dbf"), 0.5)
    return path


def mismatched(folder):
    path = ogr(folder, "a.shp", "ESRI Shapefile")
    keep(path.with_suffix(".shx"), 0.5)
    return path


def overwritten(folder):
    path = ogr(folder, "a.gpkg", "GPKG")
    data = bytearray(path.read_bytes())
    data[4096 : len(data) // 2] = b"\x07" * (len(data) // 2 - 4096)
    return replaced(path, bytes(data))


BROKEN = {
    "no such file": (lambda f: f / "none.geojson", "no such file"),
    "empty": (lambda f: replaced(f / "a.geojson", b""), "the file is empty"),
    "unknown ending": (lambda f: replaced(f / "a.dwg", b"AC1032"), "unknown file format"),
    "wrong ending": (lambda f: ogr(f, "a.gpkg", "GPKG").rename(f / "a.shp"), "looks like geopackage"),
    "workbook called csv": (lambda f: workbook(f, [["名称"], ["a"]]).rename(f / "a.csv"), "looks like xlsx"),
    "shp cut short": (lambda f: keep(ogr(f, "a.shp", "ESRI Shapefile"), 0.5), "cut short: 2872 bytes expected"),
    "dbf cut short": (cut_dbf, "a.dbf: the file is cut short"),
    "shx of another export": (mismatched, "but 99 rows"),
    "no dbf": (
        lambda f: without(ogr(f, "a.shp", "ESRI Shapefile"), ".dbf"),
        "the .dbf file of the same name is missing",
    ),
    "no shx": (
        lambda f: without(ogr(f, "a.shp", "ESRI Shapefile"), ".shx"),
        "the .shx file of the same name is missing",
    ),
    "shp is noise": (lambda f: replaced(f / "a.shp", b"noise" * 99), "is not a shapefile"),
    "geojson cut short": (lambda f: keep(geojson(f), 0.5), "cut short"),
    "geojson with a comma too many": (lambda f: replaced(f / "a.geojson", b'{"a": 1,,}'), "not valid JSON"),
    "no feature collection": (
        lambda f: replaced(f / "a.json", b'{"type": "Topology"}'),
        r"not a GeoJSON FeatureCollection \(type = 'Topology'\)",
    ),
    "a list": (lambda f: replaced(f / "a.json", b"[1, 2]"), r"not a GeoJSON FeatureCollection \(list\)"),
    "cityjson called json": (lambda f: replaced(f / "a.geojson", b'{"type": "CityJSON"}'), "--format cityjson"),
    "nested too deeply": (lambda f: replaced(f / "a.json", b"[" * 100_000), "nested too deeply"),
    "no line is a feature": (lambda f: replaced(f / "a.geojsonl", b"{\n}\n"), "no line is a GeoJSON feature"),
    "gpkg is not sqlite": (lambda f: replaced(f / "a.gpkg", b"PK\x03\x04" + b"0" * 99), "is not a GeoPackage"),
    "gpkg cut short": (lambda f: keep(ogr(f, "a.gpkg", "GPKG"), 0.5), "cannot be read"),
    "gpkg overwritten": (overwritten, "cannot be read"),
    "fgb with bad magic": (lambda f: replaced(f / "a.fgb", b"fgx\x03fgb\x00" + b"0" * 99), "is not FlatGeobuf"),
    "fgb cut short": (lambda f: keep(ogr(f, "a.fgb", "FlatGeobuf"), 0.9), "cannot be read|cut short"),
    "one coordinate column": (
        lambda f: replaced(f / "a.csv", "名称,经度\n甲,110.5\n".encode()),
        "field '经度': there is only one coordinate column",
    ),
    "unknown encoding": (lambda f: replaced(f / "a.csv", b"name,n\n\xff\xfe\xff\x80,1\n"), "neither UTF-8 nor GBK"),
    "csv without header": (lambda f: replaced(f / "a.csv", b"1,2\n3,4\n"), "no header"),
    "csv of blanks": (lambda f: replaced(f / "a.csv", b"\n \n,,\n"), "no header"),
    "csv with NUL": (lambda f: replaced(f / "a.csv", b"a,b\n\0,1\n"), "NUL"),
    "xlsx is no zip": (lambda f: replaced(f / "a.xlsx", b"name,n\n"), "is not an Excel workbook"),
    "xls is a web page": (lambda f: replaced(f / "a.xls", b"<html><table></table></html>"), "web page"),
    "xlsx cut short": (lambda f: keep(workbook(f, [["名称", "n"], ["a", 1]]), 0.7), "damaged"),
    "xlsx without header": (lambda f: workbook(f, [[1, 2], [3, 4]]), "no header was found in sheet 'Sheet'"),
    "xlsx without cells": (lambda f: workbook(f, []), "the workbook is empty"),
    "zip that is no workbook": (
        lambda f: replaced(f / "a.xlsx", b"PK\x05\x06" + b"\0" * 18),
        "is not an Excel|damaged",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file(tmp_path, catalogue, case):
    make, message = BROKEN[case]
    path = make(tmp_path)
    with pytest.raises(SourceError, match=message) as caught:
        list(read(path, ReadOptions(catalogue=catalogue)))
    assert caught.value.path.stem == path.stem
    assert path.stem in caught.value.message.zh
    set_language("zh")
    assert not str(caught.value).isascii()


def test_a_layer_without_datum_is_refused(tmp_path, catalogue):
    path = geojson(tmp_path)
    (layer,) = read(path, ReadOptions(catalogue=catalogue))
    with pytest.raises(SourceError, match="does not state its datum") as caught:
        require_datum(layer.datum, layer.geometry, layer=layer.name, path=path)
    assert "GCJ02: 110.494" in caught.value.hint.en
    assert "--datum" in caught.value.hint.zh


@pytest.mark.parametrize("suffix", [".geojson", ".geojsonl", ".shp", ".gpkg", ".fgb", ".csv", ".xlsx"])
def test_noise_never_crashes(tmp_path, catalogue, suffix):
    """Bytes of a good file changed at random: an error or a layer, never anything else."""
    noise = random.Random(suffix)
    for turn in range(25):
        folder = tmp_path / str(turn)
        folder.mkdir()
        if suffix in {".shp", ".gpkg", ".fgb"}:
            driver = {".shp": "ESRI Shapefile", ".gpkg": "GPKG", ".fgb": "FlatGeobuf"}[suffix]
            path = ogr(folder, f"a{suffix}", driver)
        elif suffix == ".xlsx":
            path = workbook(folder, [["名称", "经度", "纬度"], ["甲", 110.5, 40.5]])
        elif suffix == ".csv":
            path = replaced(folder / "a.csv", "名称,经度,纬度\n甲,110.5,40.5\n".encode("gbk"))
        else:
            path = geojson(folder, f"a{suffix}")
        target = path.with_suffix(".dbf") if suffix == ".shp" and turn % 2 else path
        data = bytearray(target.read_bytes())
        for _ in range(noise.choice([1, 5, 40])):
            data[noise.randrange(len(data))] = noise.randrange(256)
        target.write_bytes(data)
        with suppress(SourceError):
            for layer in read(path, ReadOptions(catalogue=catalogue)):
                assert all(len(values) == len(layer) for values in layer.columns.values())
