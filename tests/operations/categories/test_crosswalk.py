"""The crosswalk: shipped rows are sound, wrong ones are found, and translation says what it rests on."""

from __future__ import annotations

import pytest

from xiancheng.foundation.errors import ConfigError
from xiancheng.operations.categories.crosswalk import COLUMNS, Relation, load_crosswalk
from xiancheng.operations.categories.loading import load_schemes
from xiancheng.operations.terms import CategoryKey

OLD, NEW = "city-30428", "gbt47678.5-2026"


def matter(code, scheme=OLD):
    return CategoryKey(scheme, "matter", code)


def walk(folder=None, lines=None):
    if lines is not None:
        (folder / "categories").mkdir(exist_ok=True)
        text = "\n".join([",".join(COLUMNS), *lines])
        (folder / "categories" / f"crosswalk-{OLD}-to-{NEW}.csv").write_text(text, encoding="utf-8")
    schemes = load_schemes(folder)
    return load_crosswalk(schemes[OLD], schemes[NEW], folder)


def test_the_shipped_one_is_sound_and_waits_for_review():
    crosswalk = walk()
    assert crosswalk.check() == []
    assert len(crosswalk.unreviewed()) == sum(map(len, crosswalk.rows.values()))


def test_translation_says_why():
    crosswalk = walk()
    exact = crosswalk.translate(matter("0110"))
    assert (exact.targets, exact.relation, exact.reviewed) == ((matter("06010", NEW),), Relation.EXACT, False)
    assert "not reviewed" in exact.explanation.en
    none = crosswalk.translate(matter("0503"))
    assert (none.targets, none.relation) == ((), Relation.NONE)
    same_number = crosswalk.translate(matter("0111"))
    assert (same_number.targets, same_number.relation) == ((), None)
    assert same_number.suggestion == matter("06011", NEW)
    assert crosswalk.translate(matter("0199")).suggestion is None
    assert crosswalk.translate(matter("77")).relation is None


def test_exact_before_broader_and_reviewed(tmp_path):
    lines = ["matter,0110,matter,06,broader,,李", "matter,0110,matter,06010,exact,,李"]
    found = walk(tmp_path, lines).translate(matter("0110"))
    assert [t.code for t in found.targets] == ["06010", "06"]
    assert found.reviewed


def test_wrong_rows_are_found(tmp_path):
    lines = [
        "matter,0110,matter,06010,exact,,",
        "matter,0110,matter,06012,exact,,",
        "matter,0112,,,exact,,",
        "matter,0201,matter,07001,none,,",
        "matter,0311,matter,08011,exact,,",
        "matter,0311,matter,08011,broader,,",
        "matter,04,,,none,,",
        "matter,04,matter,09,broader,,",
        "matter,0477,matter,99999,exact,,",
        "nothing,01,matter,06,exact,,",
    ]
    faults = walk(tmp_path, lines).check()
    assert [(f.row, f.certain) for f in faults] == [
        (3, True), (4, True), (5, True), (7, True), (8, True), (10, False), (10, False), (11, True),
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["matter,01,matter,06,same,,", ",01,matter,06,exact,,", "matter,,matter,06,exact,,"])
def test_rows_that_cannot_be_understood(tmp_path, line):
    with pytest.raises(ConfigError):
        walk(tmp_path, [line])


def test_there_is_none():
    schemes = load_schemes()
    with pytest.raises(ConfigError):
        load_crosswalk(schemes[NEW], schemes[OLD])
