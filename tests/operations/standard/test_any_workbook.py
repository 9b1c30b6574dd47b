"""Workbooks of any shape: what is read is what was written, and what is exported is what was imported."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from operations.standard.workbooks import imported, one_sheet, seen
from xiancheng.foundation.errors import XianchengError
from xiancheng.operations.standard.exporting import export_standard
from xiancheng.operations.standard.storing import from_dict, to_json

HEADINGS = {
    "class_code": ["大类代码", "大类编码", "大 类 代 码"],
    "class_title": ["大类名称", "大类"],
    "sub_code": ["小类代码", "小类编号"],
    "title": ["小类名称", "小类\n名称"],
    "filing_condition": ["立案条件", "立案标准"],
    "closing_condition": ["结案条件", "结案标准"],
    "handling_units": ["处置单位", "责任主体", "处置责任单位", "处置单位(责任主体)"],
    "supervising_units": ["主管部门", "监管主体", "主管部门（监管主体）"],
    "legal_basis": ["法律法规依据", "法律依据"],
    "article": ["具体条款", "法律法规具体条款"],
    "collection": ["采集要求"],
}
SHEETS = {"部件": "component", "事件": "matter", "部件扩展": "component", "事件扩展": "matter", "服务事项": "service"}
INHERITED = ("handling_units", "supervising_units", "legal_basis", "article")

words = st.text(st.sampled_from("井盖破损缺失abc 1（）、，_x000D_<&>=+'\"\n㎡😀"), min_size=1, max_size=12).map(
    lambda t: "文" + t.strip() + "字"
)
limit_texts = st.builds(
    "{}{}{}".format,
    st.integers(1, 30),
    st.sampled_from(["紧急工作时", "紧急工作日", "工作时", "工作日", "小时", "天", "自然日", " 个工作日"]),
    st.sampled_from(["", "制止", "（节假日顺延）"]),
)


@st.composite
def books(draw):
    """Sheets with their expected rows: (name, header row, fields in order, rows with the text of every field)."""
    names = draw(st.lists(st.sampled_from(list(SHEETS)), min_size=1, max_size=3, unique=True))
    sheets = []
    for name in names:
        limits = draw(st.sampled_from([["处置时限"], ["处理时限"], ["A类（紧急）", "B类（重大）", "C类（一般）"]]))
        optional = draw(st.sets(st.sampled_from([*INHERITED, "collection", "closing_condition"])))
        fields = ["class_code", "class_title", "sub_code", "title", "filing_condition", *sorted(optional)]
        columns = [(f, draw(st.sampled_from(HEADINGS[f]))) for f in fields]
        columns += [(f"limit {i}", heading) for i, heading in enumerate(limits)]
        columns += draw(st.sampled_from([[], [("unknown", "序号")]]))
        columns = draw(st.permutations(columns))
        top = draw(st.integers(0, 6))
        rows = []
        for class_code in draw(st.lists(st.integers(1, 99), min_size=1, max_size=2, unique=True)):
            class_title = draw(words)
            for sub_code in draw(st.lists(st.integers(1, 99), min_size=1, max_size=2, unique=True)):
                shared = {f: draw(words) for f in (*INHERITED, "collection", "title")}
                for _ in range(draw(st.integers(1, 3))):
                    row = {"class_code": class_code, "class_title": class_title, "sub_code": sub_code, **shared}
                    row |= {f: draw(words) for f in ("filing_condition", "closing_condition", "unknown")}
                    row |= {f"limit {i}": draw(limit_texts) for i in range(len(limits))}
                    rows.append(row)
        style = draw(st.sampled_from(["merged", "blank", "repeated"]))
        codes = draw(st.sampled_from([str, lambda n: f"{n:02}", int, float]))
        sheets.append((name, top, columns, rows, style, codes))
    return sheets


def write(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, top, columns, rows, style, codes in sheets:
        page = book.create_sheet(name)
        if top:
            page.cell(1, 1, "某县立案、处置和结案标准").data_type = "s"
            page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(columns))
        for column, (field, heading) in enumerate(columns, 1):
            page.cell(top + 1, column, heading)
            group, first = None, None
            for number, row in enumerate(rows):
                value = codes(row[field]) if field in {"class_code", "sub_code"} else row[field]
                below = group_of(field, row)
                same = below is not None and below == group
                if style == "repeated" or not same:
                    cell = page.cell(top + 2 + number, column, value)
                    if isinstance(value, str):
                        cell.data_type = "s"
                if not same:
                    group, first = below, number
                elif style == "merged" and (number + 1 == len(rows) or group_of(field, rows[number + 1]) != group):
                    page.merge_cells(
                        start_row=top + 2 + first, end_row=top + 2 + number, start_column=column, end_column=column
                    )
    book.save(path)


def group_of(field, row):
    """What cells of a column must share to be merged: None for columns that say something in every row."""
    if field in {"class_code", "class_title"}:
        return row["class_code"]
    if field in {"sub_code", "title", "collection", *INHERITED}:
        return row["class_code"], row["sub_code"]
    return None


def expected(sheets):
    for name, top, columns, rows, _, _ in sheets:
        fields = {f for f, _ in columns}
        for number, row in enumerate(rows):
            texts = {f: row[f].strip() if f in fields else "" for f in HEADINGS if not f.endswith("code")}
            limits = [row[f"limit {i}"] for i in range(sum(f.startswith("limit") for f in fields))]
            order = sorted(range(len(limits)), key=lambda i: [f for f, _ in columns].index(f"limit {i}"))
            code = f"{row['class_code']:02}{row['sub_code']:02}"
            yield name, top + 2 + number, SHEETS[name], code, texts, [limits[i] for i in order]


def read(standard):
    for r in standard.rows:
        texts = {
            f: (getattr(r, f).text if f.endswith("units") else getattr(r, f))
            for f in HEADINGS
            if not f.endswith("code")
        }
        yield r.sheet, r.row, r.category.kind, r.category.code, texts, [e.text for e in r.limits]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(books(), st.data())
def test_round_trip(sheets, data):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.xlsx"), Path(folder, "out.xlsx")
        write(source, sheets)
        result = imported(source, scheme="city-30428")
        standard = result.standard
        assert not standard.aside
        assert list(read(standard)) == list(expected(sheets))
        export_standard(standard, target)
        assert seen(target) == seen(source)
        again = imported(target, scheme="city-30428").standard
        assert again.rows == standard.rows
        assert from_dict(orjson.loads(to_json(standard))) == standard

        index = data.draw(st.integers(0, len(standard.rows) - 1))
        row = standard.rows[index]
        there = [f for f in ("article", "legal_basis") if getattr(row, f)]
        field = data.draw(st.sampled_from(["filing_condition", "title", "class_title", *there]))
        changed = replace(row, **{field: "改过的内容"})
        rows = (*standard.rows[:index], changed, *standard.rows[index + 1 :])
        export_standard(replace(standard, rows=rows), target)
        after = imported(target, scheme="city-30428").standard
        assert [replace(r, id="") for r in after.rows] == [replace(r, id="") for r in rows]


def test_a_cell_that_means_as_above_cannot_be_made_blank(tmp_path):
    path = one_sheet(
        tmp_path, [["1", "a", "1", "b", "x", "1天", "", "", "局"], ["", "", "", "", "y", "1天", "", "", ""]]
    )
    standard = imported(path).standard
    first, second = standard.rows
    empty = replace(second, handling_units=type(second.handling_units)())
    with pytest.raises(XianchengError, match="as above"):
        export_standard(replace(standard, rows=(first, empty)), tmp_path / "out.xlsx")
