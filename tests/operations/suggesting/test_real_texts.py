"""Real texts: New York's 311 requests beside scikit-learn, and a Chinese city's filing conditions."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from xiancheng.operations.suggesting import load_settings, train
from xiancheng.operations.suggesting.regression import fit

SETTINGS = load_settings()


def new_york(shared):
    path = shared / "requests_311" / "nyc311_sample_a.csv"
    if not path.exists():
        pytest.skip("no NYC 311 sample")
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def words(row, *columns):
    return " ".join(row[c] for c in columns if row[c])


def times(rows):
    return [datetime.fromisoformat(r["created_date"]).replace(tzinfo=UTC) for r in rows]


TASKS = [
    # Complaint type from the words of the descriptor and the place; agency from what it wrote it had done.
    pytest.param("complaint_type", ("descriptor", "location_type"), 0.85, marks=pytest.mark.slow),
    pytest.param("complaint_type", ("resolution_description", "location_type"), 0.55, marks=pytest.mark.slow),
    ("agency", ("descriptor",), 0.95),
    ("agency", ("resolution_description",), 0.93),
]


@pytest.mark.peer
@pytest.mark.parametrize(("label", "columns", "least"), TASKS)
def test_new_york_as_scikit_learn(shared, label, columns, least):
    linear = pytest.importorskip("sklearn.linear_model")
    text = pytest.importorskip("sklearn.feature_extraction.text")
    rows = new_york(shared)
    texts, labels = [words(r, *columns) for r in rows], [r[label] for r in rows]
    model = train(texts, labels, times(rows), SETTINGS)
    evaluation = model.evaluation
    assert evaluation.accuracy >= max(least, evaluation.majority)
    assert evaluation.accuracy_covered >= evaluation.accuracy
    assert evaluation.top3 >= evaluation.accuracy
    order = sorted(range(len(rows)), key=lambda i: times(rows)[i])
    cut, held = order[: int(len(rows) * 0.7)], order[int(len(rows) * 0.85) :]
    learned = [i for i in cut if labels[i] in model.classes]
    vectors = text.TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    peer = linear.LogisticRegression(C=1 / SETTINGS.penalty, max_iter=500)
    peer.fit(vectors.fit_transform([f" {texts[i].lower()} " for i in learned]), [labels[i] for i in learned])
    guesses = peer.predict(vectors.transform([f" {texts[i].lower()} " for i in held]))
    theirs = np.mean(guesses == np.array([labels[i] for i in held]))
    assert abs(evaluation.accuracy - theirs) < 0.04


@pytest.mark.peer
def test_the_same_minimum_as_scikit_learn(shared):
    linear = pytest.importorskip("sklearn.linear_model")
    rows = new_york(shared)
    labels = [r["agency"] for r in rows]
    model = train([words(r, "descriptor") for r in rows], labels, times(rows), SETTINGS)
    learned = [i for i in range(len(rows)) if labels[i] in model.classes]
    matrix = model.features.matrix([words(rows[i], "descriptor") for i in learned])
    truth = np.array([model.classes.index(labels[i]) for i in learned])
    weights, intercepts = fit(matrix, truth, len(model.classes), 1.0, 2000)
    peer = linear.LogisticRegression(C=1.0, tol=1e-8, max_iter=5000).fit(matrix, truth)
    ours = np.asarray(matrix @ weights) + intercepts
    ours -= ours.mean(axis=1, keepdims=True)
    theirs = peer.decision_function(matrix)
    np.testing.assert_allclose(ours, theirs - theirs.mean(axis=1, keepdims=True), atol=0.02)


def test_filing_conditions_of_a_chinese_city(shared):
    """Class (大类) from subclass name and filing condition: rows of Yuncheng's standard, shuffled."""
    path = shared / "cn_case_standards" / "yuncheng_parts_standard.csv"
    if not path.exists():
        pytest.skip("no case standards")
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[2:]
    texts, labels, group, name = [], [], "", ""
    for row in rows:
        group, name = row[0] or group, row[3] or name
        if row[4]:
            texts.append(f"{name}{row[4]}")
            labels.append(group)
    mixed = np.random.default_rng(1).permutation(len(texts))
    at = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=int(i)) for i in mixed]
    evaluation = train(texts, labels, at, SETTINGS).evaluation
    assert evaluation.accuracy > max(0.75, evaluation.majority)
    assert evaluation.accuracy_covered >= evaluation.accuracy
