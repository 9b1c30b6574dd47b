"""Limits as workbooks write them."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiancheng.foundation.errors import ConfigError
from xiancheng.operations.limits import LARGEST_AMOUNT, LimitError, load_limit_words, parse_limit, write_limit
from xiancheng.operations.terms import Limit, LimitUnit

WORDS = load_limit_words()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2紧急工作时", Limit(2, LimitUnit.URGENT_HOUR)),
        ("2紧急工作日", Limit(2, LimitUnit.URGENT_DAY)),
        ("4小时", Limit(4, LimitUnit.WORK_HOUR)),
        ("4工作时", Limit(4, LimitUnit.WORK_HOUR)),
        ("1天", Limit(1, LimitUnit.WORK_DAY)),
        ("5工作日", Limit(5, LimitUnit.WORK_DAY)),
        ("15天", Limit(15, LimitUnit.WORK_DAY)),
        ("30自然日", Limit(30, LimitUnit.NATURAL_DAY)),
        ("1紧急工作时制止", Limit(1, LimitUnit.URGENT_HOUR, "制止")),
        (" １５ 工作日（法定程序）\n", Limit(15, LimitUnit.WORK_DAY, "（法定程序）")),
        ("\u30005\u3000个工作日", Limit(5, LimitUnit.WORK_DAY)),
        ("2个小时", Limit(2, LimitUnit.WORK_HOUR)),
        ("3工作日 报告2次", Limit(3, LimitUnit.WORK_DAY, "报告2次")),
    ],
)
def test_what_standards_write(text, limit):
    written = parse_limit(text, WORDS)
    assert written.limit == limit
    assert written.text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("先2紧急工作时制止,15天", "several limits (2紧急工作时, 15天)"),
        ("2工作时或1工作日", "several limits"),
        ("种植季节15工作日", "'种植季节' before the number"),
        ("1-2天", "'1-' before"),
        ("0.5天", "'0.' before"),
        ("0工作时", "must be from 1"),
        ("10000天", "must be from 1"),
        ("立即", "no number with a unit"),
        ("2周", "no number with a unit"),
        ("二工作日", "no number"),
        ("", "is empty"),
        ("  ", "is empty"),
    ],
)
def test_what_is_refused_names_the_text(text, says):
    with pytest.raises(LimitError) as refused:
        parse_limit(text, WORDS)
    assert says in refused.value.message.en
    assert text in refused.value.message.zh
    assert refused.value.text == text
    assert refused.value.hint is not None


def test_what_hour_and_day_mean_is_switched_for_one_workbook():
    plain = WORDS.meaning(hour=LimitUnit.URGENT_HOUR, day=LimitUnit.NATURAL_DAY)
    assert parse_limit("4小时", plain).limit.unit is LimitUnit.URGENT_HOUR
    assert parse_limit("4天", plain).limit.unit is LimitUnit.NATURAL_DAY
    assert parse_limit("4工作时", plain).limit.unit is LimitUnit.WORK_HOUR
    assert parse_limit("4小时", WORDS).limit.unit is LimitUnit.WORK_HOUR
    assert WORDS.meaning() == WORDS


@given(
    st.integers(1, LARGEST_AMOUNT),
    st.sampled_from(LimitUnit),
    st.text(st.characters(blacklist_categories=["Cs", "Nd"])).map(str.strip),
)
def test_written_and_read_again(amount, unit, note):
    limit = Limit(amount, unit, note)
    text = write_limit(limit, WORDS)
    assert parse_limit(text, WORDS).limit == limit


@given(st.text("0123456789０１２天工作日时紧急自然小个 先，.-"))
def test_any_text_is_a_limit_or_refused(text):
    try:
        written = parse_limit(text, WORDS)
    except LimitError:
        return
    assert written.text == text
    assert 1 <= written.limit.amount <= LARGEST_AMOUNT


def test_a_county_adds_words(tmp_path):
    (tmp_path / "clock.toml").write_text('[words]\n"日" = "natural_day"\n', encoding="utf-8")
    assert parse_limit("3日", load_limit_words(tmp_path)).limit == Limit(3, LimitUnit.NATURAL_DAY)
    assert parse_limit("3工作日", load_limit_words(tmp_path)).limit.unit is LimitUnit.WORK_DAY
    (tmp_path / "clock.toml").write_text('[words]\n"日" = "moon"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown unit 'moon'"):
        load_limit_words(tmp_path)


def test_a_unit_without_a_word_cannot_be_written():
    words = type(WORDS)({"天": LimitUnit.WORK_DAY})
    with pytest.raises(ConfigError, match="urgent_hour"):
        write_limit(Limit(1, LimitUnit.URGENT_HOUR), words)


def test_a_real_workbook(shared):
    """The limits of one prefecture: all but the one with a condition before it are understood."""
    path = shared / "cn_case_standards" / "yuncheng_parts_standard.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    texts = [row[rows[1].index("处置时限")] for row in rows[2:]]
    refused = []
    for text in texts:
        try:
            assert parse_limit(text, WORDS).text == text
        except LimitError as error:
            refused.append(error.text)
    assert len(texts) > 250
    assert refused == ["种植季节15工作日"]
