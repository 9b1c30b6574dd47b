"""The shipped programme is complete; a mistake in one is told with file, clause and key."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.programme.loader import load_programme, shipped_programmes
from xiancheng.programme.model import Programme

# Article → clauses and, of them, targets and rules: the plan as restated in the project's own programme page.
CLAUSES = {"17": 9, "18": 10, "19": 5, "20": 7, "21": 6, "22": 7, "23": 6, "24": 5}
TARGETS = {
    "17.1", "17.2", "17.7", "18.5", "18.10", "19.1", "19.3", "19.5", "20.2", "20.3", "20.6", "21.1", "21.5", "22.4",
    "24.2", "24.4", "24.5",
}  # fmt: skip
RULES = {"20.7", "23.5"}
SERVICES = {
    "17.4", "17.5", "17.6", "17.9", "18.2", "18.6", "18.7", "18.9", "19.2", "20.1", "21.2", "21.6", "22.6",
}  # fmt: skip
COMPUTABLE = {
    "17.1", "17.2", "17.7", "17.8", "18.1", "18.3", "18.4", "18.5", "18.8", "19.1", "19.3", "19.5", "20.2", "20.3",
    "20.4", "20.6", "21.3", "21.4", "21.5", "22.1", "22.2", "22.3", "22.4", "22.5", "22.7", "23.1", "23.2", "23.3",
    "23.4", "23.6", "24.1", "24.2", "24.3", "24.4",
}  # fmt: skip


@pytest.fixture(scope="module")
def baotou() -> Programme:
    return load_programme("baotou-2023")


def test_all_clauses_are_there_in_order(baotou: Programme) -> None:
    assert [c.id for c in baotou.clauses] == [f"{a}.{i}" for a, n in CLAUSES.items() for i in range(1, n + 1)]
    assert len(baotou.clauses) == 55
    assert [a.id for a in baotou.articles] == list(CLAUSES)
    assert (baotou.starts, baotou.ends) == (date(2023, 1, 1), date(2025, 12, 31))


def test_kinds(baotou: Programme) -> None:
    kinds = {c.id: c.kind for c in baotou.clauses}
    assert {c for c, k in kinds.items() if k == "target"} == TARGETS
    assert {c for c, k in kinds.items() if k == "rule"} == RULES
    assert {c for c, k in kinds.items() if k == "service"} == SERVICES


def test_every_clause_has_an_indicator_and_what_is_computable_a_measure(baotou: Programme) -> None:
    for clause in baotou.clauses:
        assert clause.indicators
        if clause.id in COMPUTABLE:
            assert any(i.measure for i in clause.indicators), clause.id


def test_every_text_is_in_both_languages(baotou: Programme) -> None:
    texts = [c.title for c in baotou.clauses] + [a.title for a in baotou.articles] + list(baotou.bureaus.values())
    for clause in baotou.clauses:
        for i in clause.indicators:
            texts += [t for t in (i.title, i.note, i.later) if t is not None]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text.zh), text
        assert not re.search(r"[\u4e00-\u9fff]", text.en), text


def test_targets_of_the_plan(baotou: Programme) -> None:
    """The plan's own figures."""
    figures = {
        (c.id, i.id): (i.target.at_least, i.target.at_most)
        for c in baotou.clauses
        for i in c.indicators
        if i.target is not None
    }
    assert figures["19.3", "gross-enrolment"] == (0.95, None)
    assert figures["19.5", "inclusive-children"] == (0.95, None)
    assert figures["19.5", "public-children"] == (0.55, None)
    assert figures["20.2", "nursing-beds"] == (0.55, None)
    assert figures["20.6", "childcare-places"] == (4.5, None)
    assert figures["24.2", "green-300m"] == (1.0, None)
    assert figures["20.7", "estates-without"] == (None, 0)


def test_a_target_from_memory_says_so(baotou: Programme) -> None:
    """A number of a standard that was not checked is marked, and explained beside the figure."""
    for c, i in [("18.1", "beds"), ("18.5", "staff-per-bed"), ("20.3", "beds-per-1000"), ("21.4", "area-per-person")]:
        (clause,) = [x for x in baotou.clauses if x.id == c]
        (indicator,) = [x for x in clause.indicators if x.id == i]
        assert indicator.certainty == "M"
        assert indicator.note is not None


def test_bureaus_lead_in_the_order_of_the_plan(baotou: Programme) -> None:
    order = {"24": ["urban_management", "water", "ecology_environment", "forestry_grassland"],
             "23": ["urban_management", "housing_construction", "culture_tourism_media"],
             "20": ["civil_affairs", "education", "health", "housing_construction"]}  # fmt: skip
    for clause in baotou.clauses:
        if clause.article in order:
            places = [order[clause.article].index(b) for b in clause.bureaus]
            assert places == sorted(places), clause.id


MINIMAL = """
[programme]
id = "p"
title = { zh = "方案", en = "plan" }
starts = 2023-01-01
ends = 2025-12-31
[bureaus]
health = { zh = "卫健委", en = "Health" }
[[article]]
id = "1"
title = { zh = "一", en = "One" }
[[clause]]
id = "1.1"
kind = "target"
title = { zh = "甲", en = "A" }
bureaus = ["health"]
[[clause.indicator]]
id = "i"
title = { zh = "床位", en = "beds" }
measure = "ratio.per_1000"
params = { of = ["hospital"], attribute = ["beds"] }
target = { at_least = 6, by = 2025-12-31 }
certainty = "M"
"""


def load(folder: Path, text: str) -> Programme:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return load_programme(path)


def test_the_smallest_programme(tmp_path: Path) -> None:
    programme = load(tmp_path, MINIMAL)
    (indicator,) = programme.clauses[0].indicators
    assert indicator.target is not None
    assert indicator.target.by == date(2025, 12, 31)
    assert programme.closed_on(date(2026, 1, 1))
    assert not programme.closed_on(date(2025, 12, 31))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'measure = "ratio.per_1000"',
            'measure = "ratio.per1000"',
            "clause 1.1, indicator i: no measure named 'ratio.per1000'",
        ),
        ("attribute =", "atribute =", "no parameter of ratio.per_1000 named 'atribute'"),
        ('of = ["hospital"]', 'of = ["hospitl"]', "parameter of: no feature class named 'hospitl'"),
        ('["beds"]', '["bedz"]', "parameter attribute: no attribute of hospital named 'bedz'"),
        ('bureaus = ["health"]', 'bureaus = ["helth"]', "clause 1.1: bureaus names no 'helth'"),
        ('bureaus = ["health"]', "bureaus = []", "names no bureau"),
        ('kind = "target"', 'kind = "aim"', "clause 1.1: kind must be one of"),
        ('id = "1.1"', 'id = "2.1"', "belongs to no article"),
        ("starts = 2023-01-01", "starts = 2026-01-01", "ends lies before starts"),
        ("ends = 2025-12-31", 'ends = "2025-13-31"', "ends must be a date"),
        ("by = 2025-12-31", "by = 2025", "by must be a date"),
        ("at_least = 6, ", "", "target needs at_least or at_most"),
        ("at_least = 6", "at_lest = 6", "unknown key at_lest"),
        ("at_least = 6", 'at_least = "six"', "at_least must be a number"),
        ("at_least = 6", "at_least = 6, at_most = 5", "at_most is below at_least"),
        ('certainty = "M"', 'certainty = "maybe"', "certainty must be V, S or M"),
        ('certainty = "M"', 'later = { zh = "缺", en = "lacks" }', "exactly one of them"),
        ('title = { zh = "甲", en = "A" }', 'title = "A"', "clause 1.1: title needs zh and en"),
        ('title = { zh = "甲", en = "A" }', "", "clause 1.1: title is missing"),
        ("[bureaus]", "[bureau]", "bureaus is missing"),
        ("[programme]", "[programme", "not valid TOML"),
        ('id = "p"', 'id = "p"\nauthor = "x"', "unknown key author"),
    ],
)
def test_mistakes_are_told_early(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in MINIMAL
    with pytest.raises(ConfigError) as error:
        load(tmp_path, MINIMAL.replace(old, new, 1))
    assert "plan.toml" in str(error.value)
    assert told in str(error.value)


def test_numbers_occur_once(tmp_path: Path) -> None:
    clause = MINIMAL[MINIMAL.index("[[clause]]") :]
    indicator = MINIMAL[MINIMAL.index("[[clause.indicator]]") :]
    with pytest.raises(ConfigError, match=r"1\.1 occurs twice"):
        load(tmp_path, MINIMAL + clause)
    with pytest.raises(ConfigError, match="i occurs twice"):
        load(tmp_path, MINIMAL + indicator)


def test_a_county_has_its_own_programmes_and_classes(tmp_path: Path) -> None:
    (tmp_path / "programmes").mkdir()
    (tmp_path / "catalogues" / "classes").mkdir(parents=True)
    (tmp_path / "catalogues" / "classes" / "own.toml").write_text(
        '[sauna]\ntitle = { zh = "浴场", en = "sauna" }\ncim_class = "public_topic"\ngeometry = "point"\n'
        '[sauna.attributes]\nseats = { type = "integer", title = { zh = "座", en = "seats" } }\n',
        encoding="utf-8",
    )
    text = MINIMAL.replace('["hospital"]', '["sauna"]').replace('["beds"]', '["seats"]')
    (tmp_path / "programmes" / "ours.toml").write_text(text, encoding="utf-8")
    assert load_programme("ours", county_folder=tmp_path).id == "p"
    assert load_programme("programmes/ours.toml", county_folder=tmp_path).id == "p"
    with pytest.raises(ConfigError, match="sauna"):
        load_programme(tmp_path / "programmes" / "ours.toml")


def test_an_unknown_programme_names_near_ones() -> None:
    assert "baotou-2023" in shipped_programmes()
    with pytest.raises(UnknownNameError) as error:
        load_programme("baotou-2032")
    assert "baotou-2023" in str(error.value)
