"""Spreadsheets, against openpyxl's reading of the same workbook."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import shapely

from xiancheng.city.columns import match_columns
from xiancheng.city.readers.registry import ReadOptions, read
from xiancheng.foundation.errors import SourceError


@pytest.fixture
def options(catalogue):
    return ReadOptions(catalogue=catalogue)


def register():
    """A register as a bureau sends it: title, merged header of two rows, merged townships, sections, totals, notes."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "养老机构"
    rows = [
        ["土默特右旗养老机构一览表"],
        ["填报单位：民政局", None, None, None, None, None, "2023年5月"],
        ["序号", "乡镇", "机构名称", "床位", None, "坐标", None, "建成日期"],
        [None, None, None, "总数\n（张）", "护理型", "经度", "纬度", None],
        [1, "萨拉齐镇", "甲院", 100, 40, 110.52, 40.56, date(2001, 5, 1)],
        [2, None, "乙院", 50, 20, 110.53, 40.57, date(2002, 5, 1)],
        [],
        ["二、民办"],
        [3, "双龙镇", "丙院", "1,200", 0, "110°31′12″", "40度30分", None],
        [4, "双龙镇", "丁院", 12, 0, None, "北", None],
        [None, "合 计", None, "=SUM(D5:D9)"],
        ["注：床位数截至2023年底"],
        ["审核人：", None, None, "填表人："],
    ]
    for row in rows:
        sheet.append(row)
    for area in ("A1:H1", "D3:E3", "F3:G3", "A3:A4", "B3:B4", "C3:C4", "H3:H4", "B5:B6", "A8:H8"):
        sheet.merge_cells(area)
    return book


def test_a_register_as_a_bureau_sends_it(tmp_path, options, catalogue):
    path = tmp_path / "养老.xlsx"
    register().save(path)
    (layer,) = read(path, options)
    assert layer.name == "养老机构"
    assert list(layer.columns) == [
        "序号", "乡镇", "机构名称", "床位/总数（张）", "床位/护理型", "坐标/经度", "坐标/纬度", "建成日期",
    ]  # fmt: skip
    assert layer.rows.tolist() == [5, 6, 9]
    assert [note.en for note in layer.notes] == ["the header of '养老机构' is taken from row 3-4"]
    assert layer.columns["乡镇"] == ["萨拉齐镇", "萨拉齐镇", "双龙镇"]
    assert layer.columns["床位/总数（张）"] == [100, 50, "1,200"]
    assert layer.columns["建成日期"][0] in {date(2001, 5, 1), datetime(2001, 5, 1)}  # noqa: DTZ001
    assert shapely.get_coordinates(layer.geometry)[2] == pytest.approx([110.52, 40.5])
    reasons = {r.row: r.reason.en for r in layer.rejections}
    assert reasons == {
        8: "the heading of a section, not a feature",
        10: "the coordinate '北' is not a number",
        11: "a row of totals, not a feature",
        12: "a note, not a feature",
        13: "a note, not a feature",
    }
    matched = match_columns(layer.columns, catalogue["elderly_care"])
    assert matched["机构名称"] == "name"
    assert matched["床位/护理型"] == "nursing_beds"


def test_header_row_sheets_and_layers(tmp_path, catalogue, options):
    path = tmp_path / "a.xlsx"
    book = register()
    book.create_sheet("空")
    numbers = book.create_sheet("数字")
    numbers.append([1, 2, 3])
    second = book.create_sheet("第二")
    second.append([])
    second.append(["名称", "面积"])
    second.append(["公园", 3])
    book.save(path)
    layers = {layer.name: layer for layer in read(path, options)}
    assert set(layers) == {"养老机构", "第二", "数字"}
    assert len(layers["数字"]) == 0
    assert "no header" in layers["数字"].rejections[0].reason.en
    assert layers["第二"].rows.tolist() == [3]
    (only,) = read(path, ReadOptions(catalogue=catalogue, layer="第二"))
    assert only.columns == {"名称": ["公园"], "面积": [3]}
    (given_row,) = read(path, ReadOptions(catalogue=catalogue, layer="第二", header_row=2))
    assert given_row.columns == only.columns
    with pytest.raises(SourceError, match="养老机构, 空, 数字, 第二"):
        list(read(path, ReadOptions(catalogue=catalogue, layer="无")))


def test_a_header_of_three_rows_and_repeated_names(tmp_path, options):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["单位", "人员", None, None, "备注", "备注"],
        [None, "在编", None, "编外", None, None],
        [None, "医师", "护士", None, None, None],
        ["甲", 1, 2, 3, "x", "y"],
    ):
        sheet.append(row)
    for area in ("A1:A3", "B1:D1", "B2:C2", "D2:D3", "E1:E3", "F1:F3"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")
    (layer,) = read(tmp_path / "a.xlsx", options)
    assert layer.columns == {
        "单位": ["甲"], "人员/在编/医师": [1], "人员/在编/护士": [2], "人员/编外": [3], "备注": ["x"], "备注 #2": ["y"],
    }  # fmt: skip


def test_policy_checklist_as_openpyxl_reads_it(shared, options):
    path = shared / "osm_laspalmas/policy_checklist.xlsx"
    layers = {layer.name: layer for layer in read(path, options)}
    book = openpyxl.load_workbook(path, data_only=True)
    assert set(layers) == set(book.sheetnames)
    sheet = book["Policy Checklist"]
    layer = layers["Policy Checklist"]
    merged = {
        (row, area.min_col): sheet.cell(area.min_row, area.min_col).value
        for area in sheet.merged_cells.ranges
        for row in range(area.min_row, area.max_row + 1)
    }
    compared = 0
    for column, name in enumerate(layer.columns, start=1):
        title = str(sheet.cell(1, column).value or sheet.cell(3, column).value or "").split("\n")[0].strip()
        assert title[:20] in name
        for row, value in zip(layer.rows.tolist(), layer.columns[name], strict=True):
            expected = sheet.cell(row, column).value
            if expected is None:
                expected = merged.get((row, column))
            expected = expected.strip() or None if isinstance(expected, str) else expected
            if isinstance(value, str) and isinstance(expected, str):
                assert value.split() == expected.replace("_x000D_", "").split()
            else:
                assert value == expected
            compared += 1
    assert compared > 3000


def test_open_document_with_merged_cells(tmp_path, options):
    name = "urn:oasis:names:tc:opendocument:xmlns"
    cell = "table:table-cell"
    text = 'office:value-type="string"'
    content = f"""<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{name}:office:1.0"
 xmlns:table="{name}:table:1.0" xmlns:text="{name}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>
 <table:table table:name="表1">
 <table:table-row><{cell} table:number-rows-spanned="2" {text}><text:p>名称</text:p></{cell}>
  <{cell} table:number-columns-spanned="2" {text}><text:p>床位</text:p></{cell}><table:covered-table-cell/>
  </table:table-row>
 <table:table-row><table:covered-table-cell/><{cell} {text}><text:p>总数</text:p></{cell}>
  <{cell} {text}><text:p>护理型</text:p></{cell}></table:table-row>
 <table:table-row table:number-rows-repeated="2"><{cell} {text}><text:p>甲</text:p></{cell}>
  <{cell} table:number-columns-repeated="2" office:value-type="float" office:value="5"><text:p>5</text:p></{cell}>
 </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f"""<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{name}:manifest:1.0">
 <manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>"""
    path = tmp_path / "a.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", re.sub(r"\n\s*(?=<)", "", content))
        archive.writestr("META-INF/manifest.xml", manifest)
    (layer,) = read(path, options)
    assert layer.columns == {"名称": ["甲", "甲"], "床位/总数": [5, 5], "床位/护理型": [5, 5]}
    assert layer.rows.tolist() == [3, 4]
