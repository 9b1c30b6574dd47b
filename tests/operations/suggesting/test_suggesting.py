from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from xiancheng.foundation.errors import ConfigError, SourceError, XianchengError
from xiancheng.operations.suggesting import content_hash, load_model, load_settings, save_model, train
from xiancheng.operations.suggesting.evaluation import evaluate
from xiancheng.operations.suggesting.features import Features, buckets, ngrams, plain
from xiancheng.operations.suggesting.regression import best_temperature, fit, probabilities

SETTINGS = load_settings()
START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = {
    "gbt47678.5-2026/matter/06010": ["垃圾没人清理", "生活垃圾成堆", "垃圾桶满了", "路边有垃圾"],
    "gbt47678.5-2026/component/01002": ["污水井盖破了", "井盖丢失", "井盖松动有响声", "马路中间井盖塌陷"],
    "gbt47678.5-2026/matter/06028": ["半夜施工噪声", "音响声音太大", "噪音扰民睡不着", "楼下唱歌噪声"],
}
PLACES = ["人民路", "建设街", "公园北门", "医院门口", "学校东侧"]


def town(n, seed=1):
    random = np.random.default_rng(seed)
    labels = [list(KINDS)[i] for i in random.integers(0, 3, n)]
    texts = [
        PLACES[random.integers(5)] + str(random.integers(99)) + "号" + KINDS[c][random.integers(4)] for c in labels
    ]
    return texts, labels, [START + timedelta(hours=i) for i in range(n)]


@pytest.fixture(scope="module")
def model():
    return train(*town(300), SETTINGS)


def test_it_learns_what_is_plain(model):
    assert model.evaluation.accuracy == 1
    assert model.evaluation.texts == 45
    assert model.about["trained_on"] == 210
    first, *_ = model.suggest("医院门口的井盖不见了")
    assert first.label == "gbt47678.5-2026/component/01002"
    assert any("井" in gram or "盖" in gram for gram, _ in first.because)
    assert "井" in first.text().zh
    assert first.as_dict()["text"]["en"].startswith("suggests")
    assert sum(s.certainty for s in model.suggest("医院门口的井盖不见了")) <= 1 + 1e-9


def test_it_abstains(model):
    assert model.suggest("") == []
    assert model.suggest("☃☃☃") == []
    strict = replace(model, features=replace(model.features, settings=replace(SETTINGS, abstain_below=0.999999)))
    assert strict.suggest("学校东侧") == []


def test_a_model_file(model, tmp_path):
    version = save_model(model, tmp_path / "category")
    again = load_model(tmp_path / "category")
    assert content_hash(again) == version
    assert again.evaluation == model.evaluation
    assert again.about == model.about
    np.testing.assert_array_equal(again.chances(["井盖"]), model.chances(["井盖"]))
    assert b"pickle" not in (tmp_path / "category.npz").read_bytes()
    # The same cases in another order make the same model.
    texts, labels, times = town(300)
    mixed = np.random.default_rng(2).permutation(300)
    other = train([texts[i] for i in mixed], [labels[i] for i in mixed], [times[i] for i in mixed], SETTINGS)
    assert content_hash(other) == version


def test_an_altered_model_is_refused(model, tmp_path):
    save_model(model, tmp_path / "m")
    words = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    (tmp_path / "m.json").write_text(json.dumps({**words, "temperature": 9}), encoding="utf-8")
    with pytest.raises(SourceError, match="altered"):
        load_model(tmp_path / "m")
    (tmp_path / "m.json").write_text(json.dumps({**words, "schema": "x"}), encoding="utf-8")
    with pytest.raises(SourceError, match="schema"):
        load_model(tmp_path / "m")
    (tmp_path / "m.json").write_text(json.dumps(words), encoding="utf-8")
    (tmp_path / "m.npz").write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(SourceError, match="altered"):
        load_model(tmp_path / "m")
    np.savez(tmp_path / "m.npz", chosen=np.array([object()]), rarity=1, weights=1, intercepts=1)
    with pytest.raises(SourceError, match="altered"):
        load_model(tmp_path / "m")
    with pytest.raises(SourceError, match="missing"):
        load_model(tmp_path / "nothing")


def test_what_cannot_be_learned():
    with pytest.raises(XianchengError, match="nothing to learn"):
        train(["a", "b"], ["x", "y"], [START, START], SETTINGS)
    with pytest.raises(XianchengError, match="differ in number"):
        train(["a"], [], [], SETTINGS)


def test_classes_too_small_to_learn_are_told_and_count_as_wrong():
    texts, labels, times = town(100)
    texts, labels = [*texts, "新鲜事"], [*labels, "rare"]
    made = train(texts, labels, [*times, times[-1] + timedelta(hours=1)], SETTINGS)
    assert made.about["classes_left_out"] == ["rare"]
    assert made.evaluation.unseen == 1
    assert made.evaluation.accuracy == pytest.approx(15 / 16)
    assert next(c for c in made.evaluation.classes if c.label == "rare").recall == 0


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20), st.integers(1, 3), st.integers(0, 3))
def test_buckets_belong_to_ngrams(text, shortest, more):
    chosen = replace(SETTINGS, shortest=shortest, longest=shortest + more)
    grams, found = ngrams(text, chosen), buckets(text, chosen)
    assert len(grams) == len(found)
    by_gram = {}
    for gram, bucket in zip(grams, found.tolist(), strict=True):
        assert by_gram.setdefault(gram, bucket) == bucket
        assert 0 <= bucket < 2**chosen.bits


def test_buckets_never_change():
    # A stored model means these n-grams by these numbers.
    assert plain("井盖 Ａ") == " 井盖 a "
    assert buckets("井盖", SETTINGS).tolist() == [buckets("井盖", SETTINGS)[i] for i in range(9)]
    expected = []
    words = " 井盖 "
    for n in (1, 2, 3):
        for i in range(len(words) - n + 1):
            h = 0x2545F4914F6CDD1D
            for c in words[i : i + n]:
                h = (h * 0x9E3779B97F4A7C15 + ord(c) + 1) % 2**64
            h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
            h = (h ^ (h >> 27)) * 0x94D049BB133111EB % 2**64
            expected.append(h >> 46)
    assert buckets("井盖", SETTINGS).tolist() == expected


def test_hashing_spreads():
    grams = {chr(0x4E00 + i) for i in range(5000)}
    taken = {int(buckets(g, replace(SETTINGS, longest=1))[1]) for g in grams}
    # 5,000 balls in 262,144 boxes: about 47 meet another one.
    assert 4900 < len(taken) <= 5000


def test_the_matrix_against_plain_arithmetic():
    texts = ["井盖坏了", "井盖没了井盖", "垃圾", ""]
    features = Features.learn(texts, replace(SETTINGS, least_documents=1))
    matrix = features.matrix(texts).toarray()
    for row, text in enumerate(texts):
        counts = {}
        for gram, place in zip(ngrams(text, SETTINGS), features.places(text).tolist(), strict=True):
            counts.setdefault(gram, [place, 0])[1] += 1
        expected = np.zeros(len(features.chosen))
        for gram, (place, count) in counts.items():
            documents = sum(gram in plain(t) for t in texts)
            expected[place] += (1 + math.log(count)) * (math.log(5 / (1 + documents)) + 1)
        length = np.linalg.norm(expected)
        np.testing.assert_allclose(matrix[row], expected / length if length else expected, atol=1e-12)


def test_regression_is_the_minimum():
    random = np.random.default_rng(1)
    x = random.normal(size=(40, 4))
    y = random.integers(0, 3, 40)
    weights, intercepts = fit(sparse.csr_matrix(x), y, 3, 0.7, 500)

    def loss(flat):
        scores = x @ flat[:12].reshape(4, 3) + flat[12:]
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(40), y]).sum() + 0.35 * np.sum(flat[:12] ** 2)

    found = loss(np.concatenate([weights.ravel(), intercepts]))
    other = optimize.minimize(loss, np.zeros(15), method="BFGS")
    assert found == pytest.approx(other.fun, rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.3, 5), st.integers(0, 99))
def test_the_temperature_is_found(true, seed):
    random = np.random.default_rng(seed)
    scores = random.normal(size=(4000, 4)) * 2
    chances = probabilities(scores, true)
    labels = (chances.cumsum(axis=1) < random.random((4000, 1))).sum(axis=1)
    assert best_temperature(scores, labels) == pytest.approx(true, rel=0.25)
    assert best_temperature(scores[:0], labels[:0]) == 1


def test_evaluation_by_hand():
    chances = np.array([[0.8, 0.15, 0.05], [0.4, 0.35, 0.25], [0.1, 0.2, 0.7], [0.45, 0.05, 0.5]])
    found = evaluate(chances, ["a", "b", "c"], ["a", "b", "c", "d"], 0.5, "a")
    assert (found.texts, found.unseen) == (4, 1)
    assert (found.accuracy, found.top3, found.coverage, found.majority) == (0.5, 0.75, 0.75, 0.25)
    assert found.accuracy_covered == pytest.approx(2 / 3)
    assert found.calibration_error == pytest.approx((0.2 + 0.4 + 0.3 + 0.5) / 4)
    assert [r.texts for r in found.reliability] == [0, 0, 0, 1, 1, 0, 1, 1, 0, 0]
    by_name = {c.label: c for c in found.classes}
    assert (by_name["a"].precision, by_name["a"].recall) == (0.5, 1)
    assert (by_name["d"].precision, by_name["d"].recall) == (None, 0)
    nothing = evaluate(np.zeros((0, 3)), ["a", "b", "c"], [], 0.5, "a")
    assert nothing.accuracy is None
    assert nothing.calibration_error is None


def test_settings_of_a_county(tmp_path):
    (tmp_path / "operations").mkdir()
    path = tmp_path / "operations" / "suggesting.toml"
    path.write_text("abstain_below = 0.8\n", encoding="utf-8")
    assert load_settings(tmp_path) == replace(SETTINGS, abstain_below=0.8)
    for text in ("bits = 40", "train = 0.9", 'steps = "many"'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="settings of suggestions"):
            load_settings(tmp_path)
