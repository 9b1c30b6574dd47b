"""The bulletin read back by other libraries."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from lxml import etree

from operations.evaluation.tables import labels, random_table
from xiancheng.operations.evaluation.columns import TABLES
from xiancheng.operations.evaluation.compute import evaluate
from xiancheng.operations.evaluation.document import MOST_ROWS, document
from xiancheng.operations.evaluation.period import month
from xiancheng.operations.evaluation.rules import load_rules
from xiancheng.operations.evaluation.workbook import workbook

RULES = load_rules()
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def evaluation():
    tables = {name: random_table(name, 300, i) for i, name in enumerate(TABLES)}
    return evaluate(tables, month(2026, 3), RULES, labels(RULES))


def text_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tree = etree.fromstring(file.read("word/document.xml"))
    return ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in tree.iter(f"{W}p")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_figure_is_in_the_workbook(evaluation, language):
    book = openpyxl.load_workbook(io.BytesIO(workbook(evaluation, language)))
    assert len(book.sheetnames) == len(evaluation.levels) + 1
    for (name, level), sheet in zip(evaluation.levels.items(), book.worksheets, strict=False):
        heads, above = [], ""
        for top, below in zip(sheet[3], sheet[4], strict=True):
            above = top.value or above
            heads.append((above, below.value))
        rows = {row[0].value: [c.value for c in row] for row in sheet.iter_rows(min_row=5)}
        for label in level.labels:
            for figure, (rule, *_) in level.figures.items():
                own = level.figure(figure, label)
                title = rule.title.get(language)
                at = heads.index((title, "数值" if language == "zh" else "value"))
                value = rows[label][at]
                assert value == (
                    pytest.approx(own.value) if own.value is not None else "无数据" if language == "zh" else "no data"
                )
                if rule.kind == "rate":
                    assert rows[label][at - 2 : at] == [own.numerator, own.denominator]
                for n, reason in enumerate(rule.reasons, start=1):
                    assert RULES.exclusions[reason].get(language) in heads[at + n][1]
                    assert rows[label][at + n] == own.excluded[reason]
        total = rows["合计" if language == "zh" else "total"]
        first = next(iter(level.figures))
        assert level.total(first).denominator in total, name


def test_equal_evaluations_are_equal_bytes(evaluation):
    assert workbook(evaluation, "zh") == workbook(evaluation, "zh")
    assert document(evaluation, "zh") == document(evaluation, "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_document(evaluation, language):
    told = text_of(document(evaluation, language))
    for level in evaluation.levels.values():
        assert level.rule.title.get(language) in told
        for name, (rule, *_) in level.figures.items():
            at = told.index(rule.title.get(language))
            assert told[at + 2] == str(level.total(name).denominator) or rule.title.get(language) in told[at + 1 :]
    best = min(evaluation.scores["department"].items(), key=lambda pair: pair[1].rank)
    at = told.index(best[0])
    assert told[at - 1] == "1"
    assert told[at + 1] == f"{best[1].value:.2f}"
    assert any("30%" in line and "35%" in line for line in told)
    assert ("2026年3月1日至2026年3月31日" in " ".join(told)) == (language == "zh")


def test_many_groups_are_cut_in_the_document_and_whole_in_the_workbook():
    table = random_table("cases", 5000, 1)
    arrays = dict(table.arrays)
    names = labels(RULES) | {"department": [f"单位{i}" for i in range(200)]}
    arrays["department"] = (arrays["department"] + 1 + 4 * (arrays["handle_seconds"] % 49)).astype("int32")
    found = evaluate({"cases": type(table)("cases", arrays, table.size)}, month(2026, 3), RULES, names)
    present = len(found.levels["department"].present())
    assert present > MOST_ROWS
    told = text_of(document(found, "zh"))
    assert f"其余 {present - MOST_ROWS} 个见工作簿。" in told
    book = openpyxl.load_workbook(io.BytesIO(workbook(found, "zh")), read_only=True)
    assert (
        sum(1 for r in book["部门"].iter_rows(min_row=5, values_only=True) if str(r[0]).startswith("单位")) == present
    )
