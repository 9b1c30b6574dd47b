from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from xiancheng.foundation.errors import ConfigError, XianchengError
from xiancheng.operations.duplicates import DuplicateIndex, Report, count_repetitions, load_policy
from xiancheng.operations.duplicates.grams import grams, normalised, words_of
from xiancheng.operations.duplicates.index import metres_between
from xiancheng.operations.terms import CategoryKey

START = datetime(2026, 2, 9, 9, tzinfo=UTC)


def key(code, kind="matter", scheme="gbt47678.5-2026"):
    return CategoryKey(scheme, kind, code)


LITTER, NOISE, COVER, CART = key("06010"), key("06028"), key("01001", "component"), key("09006")
OLD_LITTER = key("0110", "matter", "gbt30428.2-2013")
POLICY = load_policy(crosswalk={(OLD_LITTER, LITTER): "exact", (OLD_LITTER, key("06011")): "broader"})

# The brute force: one pair at a time, with sets of strings and plain arithmetic.


def pairs_of_characters(text):
    plain = unicodedata.normalize("NFKC", text).lower()
    words = re.sub(r"[\W_]+", " ", plain).strip()
    out = []
    for i, c in enumerate(words):
        latin = lambda x: re.match("[a-z0-9]", x)  # noqa: E731
        if c != " " or (latin(words[i - 1]) and latin(words[i + 1])):
            out.append(c)
    joined = "".join(out)
    return {joined[i : i + 2] for i in range(len(joined) - 1)} or ({joined} if joined else set())


def alike(a, b, kind):
    a, b = pairs_of_characters(a), pairs_of_characters(b)
    if not a or not b:
        return None
    return len(a & b) / (math.sqrt(len(a) * len(b)) if kind == "cosine" else len(a | b))


def sphere(a, b):
    p, q = math.radians(a.lat), math.radians(b.lat)
    dlon = math.radians(b.lon - a.lon)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(dlon / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(min(1, h)))


def pair_score(policy, report, case):
    reach = policy.reach(report.category)
    metres = sphere(report, case)
    days = abs((report.at - case.at) / timedelta(days=1))
    if case.id == report.id or metres > reach.metres or (days > reach.days and not case.open):
        return None
    photo = None
    if report.photos and case.photos:
        bits = min((a ^ b).bit_count() for a in report.photos for b in case.photos)
        photo = max(0.0, 1 - bits / policy.photo_bits)
    known = {
        "place": 1 - metres / reach.metres,
        "category": policy.relations[policy.relation(report.category, case.category)],
        "time": max(0.0, 1 - days / reach.days),
        "text": alike(report.text, case.text, policy.text),
        "photo": photo,
    }
    known = {name: score for name, score in known.items() if score is not None}
    return sum(policy.weights[n] * s for n, s in known.items()) / sum(policy.weights[n] for n in known)


words = st.sampled_from(
    ["", "路边有垃圾", "垃圾未清理，路边", "井盖破损！", "Pothole at Main St.", "pothole, main ST", "垃", "😀😀"]
)
reports = st.builds(
    Report,
    id=st.integers(0, 40),
    category=st.sampled_from([LITTER, NOISE, COVER, CART, OLD_LITTER, key("06011"), key("01001")]),
    lon=st.integers(0, 12).map(lambda k: 110.5 + k * 2e-4),
    lat=st.integers(0, 12).map(lambda k: 40.5 + k * 2e-4),
    at=st.integers(0, 40 * 24).map(lambda h: START + timedelta(hours=h)),
    text=words,
    photos=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=2).map(tuple),
    open=st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(reports, max_size=40), st.lists(st.integers(0, 40), max_size=10), reports,
    st.sampled_from(["cosine", "jaccard"]), st.sampled_from([40.0, 128.0, 1000.0]), st.sampled_from([0.0, 0.3, 0.55]),
)  # fmt: skip
def test_suggestions_are_those_of_all_pairs(given_cases, changed, report, text, cell, threshold):
    policy = replace(POLICY, text=text, threshold=threshold, most=4)
    index = DuplicateIndex(policy, cell)
    cases = {}
    for case in given_cases:
        index.add(case)
        cases[case.id] = case
    for i, name in enumerate(changed):
        if i % 2:
            index.remove(name)
            cases.pop(name, None)
        elif name in cases:
            index.close(name)
            cases[name] = replace(cases[name], open=False)
    assert len(index) == len(cases)
    scores = {
        c.id: s for c in cases.values() if (s := pair_score(policy, report, c)) is not None and s >= threshold - 1e-12
    }
    expected = sorted(scores.items(), key=lambda item: (-round(item[1], 9), str(item[0])))[:4]
    found = index.suggest(report)
    assert sorted(round(s.score, 9) for s in found) == sorted(round(s, 9) for _, s in expected)
    for suggestion in found:
        assert suggestion.score == pytest.approx(scores[suggestion.id], abs=1e-9)
        assert sum(p.score * p.share for p in suggestion.parts) == pytest.approx(suggestion.score)
        assert sum(p.share for p in suggestion.parts) == pytest.approx(1)
        assert all(p.why.zh and p.why.en for p in suggestion.parts)
    reach = policy.reach(report.category)
    repeated = {
        c.id
        for c in cases.values()
        if c.id != report.id and c.category == report.category and sphere(report, c) <= reach.repetition_metres
        and timedelta(0) <= report.at - c.at <= timedelta(days=reach.repetition_days)
    }  # fmt: skip
    assert set(index.repetitions(report)) == repeated


def test_many_at_one_place_are_taken_in_steps():
    policy = replace(POLICY, most=5)
    index = DuplicateIndex(policy)
    random = np.random.default_rng(1)
    texts = ["路边有垃圾", "垃圾未清理", "没有人管", "", "臭"]
    cases = [
        Report(i, LITTER, 110.5 + random.uniform(-3e-4, 3e-4), 40.5, START + timedelta(hours=i % 50), texts[i % 5])
        for i in range(1500)
    ]
    for case in cases:
        index.add(case)
    report = Report("new", LITTER, 110.5, 40.5, START, "路边有垃圾没人管")
    scores = sorted((pair_score(policy, report, c) or 0 for c in cases), reverse=True)[:5]
    assert [s.score for s in index.suggest(report)] == pytest.approx(scores)


def test_an_explained_suggestion():
    index = DuplicateIndex(POLICY)
    index.add(Report("c1", LITTER, 110.5, 40.5, START, "人民路口有垃圾", (0b1111,)))
    (found,) = index.suggest(Report("new", OLD_LITTER, 110.5, 40.5001, START + timedelta(days=1), "人民路垃圾多", (0,)))
    told = {p.name: p.why.en for p in found.parts}
    assert told["place"] == "11 m apart"
    assert told["category"] == "the same in the crosswalk"
    assert told["time"] == "1.0 days apart"
    assert "人民" in told["text"]
    assert told["photo"] == "photos differ in 4 bits"
    assert found.as_dict()["id"] == "c1"
    assert index.suggest(Report("new", LITTER, 110.5, 40.5, START), excluding=["c1"]) == []


def test_old_closed_cases_are_forgotten():
    index = DuplicateIndex(POLICY)
    for i in range(300):
        index.add(Report(i, LITTER, 110.5, 40.5, START + timedelta(days=i), "垃圾未清理" * 20, open=i % 2 == 0))
    assert index.forget_before(START + timedelta(days=100)) == 50
    assert len(index) == 250
    assert 1 not in index
    assert 0 in index
    index.remove("nobody")
    index.close("nobody")


def test_removed_texts_make_room():
    index = DuplicateIndex(POLICY)
    long = "".join(map(chr, range(0x4E00, 0x4E00 + 600)))
    for i in range(400):
        index.add(Report(i, LITTER, 110.5, 40.5, START, long))
        if i >= 3:
            index.remove(i - 3)
    assert len(index._grams._values) < 20 * 600
    assert [s.score for s in index.suggest(Report("new", LITTER, 110.5, 40.5, START, long))] == pytest.approx([1] * 3)


@pytest.mark.parametrize("wrong", [{"lon": 500000.0}, {"lat": float("nan")}, {"at": datetime(2026, 1, 1)}])  # noqa: DTZ001
def test_wrong_reports_are_refused(wrong):
    index = DuplicateIndex(POLICY)
    report = replace(Report("a", LITTER, 110.5, 40.5, START), **wrong)
    for act in (index.add, index.suggest, index.repetitions):
        with pytest.raises(XianchengError) as error:
            act(report)
        assert error.value.hint is not None


def test_distances_are_nearly_those_of_the_ellipsoid():
    geod = Geod(ellps="GRS80")
    random = np.random.default_rng(1)
    lon, lat = 110.5 + random.uniform(-0.01, 0.01, 200), 40.5 + random.uniform(-0.01, 0.01, 200)
    _, _, exact = geod.inv(np.full(200, 110.5), np.full(200, 40.5), lon, lat)
    np.testing.assert_allclose(metres_between(110.5, 40.5, lon, lat), exact, rtol=5e-3)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("人民路，１２号", "人民路12号"),
        ("Main  St., Pothole!", "main st pothole"),
        ("A 路 B", "a路b"),
        ("", ""),
        ("，。", ""),
    ],
)
def test_texts_are_normalised(text, plain):
    assert normalised(text) == plain


@given(st.text(alphabet=st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=30))
def test_pairs_of_characters(text):
    plain = normalised(text)
    expected = {plain[i : i + 2] for i in range(len(plain) - 1)} or ({plain} if plain else set())
    assert {w.rstrip("\0") for w in words_of(grams(text))} == {w.rstrip("\0") for w in expected}


def test_relations():
    assert POLICY.relation(LITTER, LITTER) == "same"
    assert POLICY.relation(COVER, key("01001")) == "same_code"
    assert POLICY.relation(LITTER, key("06011")) == "same_class"
    assert POLICY.relation(LITTER, CART) == "none"
    assert POLICY.relation(LITTER, OLD_LITTER) == "exact"
    assert POLICY.relation(OLD_LITTER, key("06011")) == "broader"
    assert POLICY.relation(key("06011"), OLD_LITTER) == "narrower"


def test_settings_of_a_county(tmp_path):
    (tmp_path / "operations").mkdir()
    path = tmp_path / "operations" / "duplicates.toml"
    path.write_text(
        'most = 3\n[weights]\nphoto = 0.3\n[[rule]]\ncategory = "gbt47678.5-2026/matter/06010"\nmetres = 99\ndays = 9\n'
        "repetition_metres = 9\nrepetition_days = 9\n",
        encoding="utf-8",
    )
    policy = load_policy(tmp_path)
    assert (policy.most, policy.weights["photo"], policy.weights["place"]) == (3, 0.3, 0.35)
    assert policy.reach(LITTER).metres == 99
    assert policy.reach(CART) == POLICY.reach(CART)
    assert policy.reach(key("10001")) == POLICY.reaches[None]
    for text in ('text = "soundex"', "[weights]\nplace = 0", '[[rule]]\ncategory = "x"', "threshold = []"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="settings of duplicates"):
            load_policy(tmp_path)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 20), st.integers(0, 4), st.integers(0, 200 * 24)), max_size=60)
)
def test_repetitions_are_those_of_all_pairs(cases):
    categories = [(LITTER, COVER, CART)[c] for c, _, _, _ in cases]
    xy = np.array([(10.0 * x, 10.0 * y) for _, x, y, _ in cases]).reshape(-1, 2)
    hours = np.array([h for _, _, _, h in cases], dtype="timedelta64[h]")
    at = np.datetime64("2026-01-01") + hours
    expected = [0] * len(cases)
    for i, (c, x, y, h) in enumerate(cases):
        reach = POLICY.reach(categories[i])
        for j, (d, u, v, k) in enumerate(cases):
            near = math.hypot(10 * (x - u), 10 * (y - v)) <= reach.repetition_metres
            expected[i] += i != j and c == d and near and 0 <= h - k <= reach.repetition_days * 24
    assert count_repetitions(categories, xy, at, POLICY).tolist() == expected
