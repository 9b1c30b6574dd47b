"""Training: split by time, learn from the first part, calibrate on the next, evaluate on the newest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.suggesting.evaluation import evaluate
from xiancheng.operations.suggesting.features import Features
from xiancheng.operations.suggesting.model import SuggestionModel
from xiancheng.operations.suggesting.regression import best_temperature, fit
from xiancheng.operations.suggesting.settings import SuggestionSettings


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    times: Sequence[datetime],
    settings: SuggestionSettings,
    *,
    target: str = "category",
) -> SuggestionModel:
    """Return a model of what the county has decided so far, with its figures on the newest part.

    The model that is evaluated is the one returned: it is not trained again on everything, so the figures are its own.

    Parameters
    ----------
    texts, labels, times
        `n` texts, their classes (``str(CategoryKey)`` or codes of units) and aware instants, in any order.
    settings
        Settings of suggestions.
    target
        What the classes are: ``category`` or ``unit``.

    Raises
    ------
    XianchengError
        If the columns differ in length, or there are fewer than two classes with enough texts.
    """
    if not len(texts) == len(labels) == len(times):
        raise XianchengError(
            Text("文本、类别、时间的数量不同", "texts, classes and instants differ in number"),
            Text("每条文本给一个类别和一个时间", "give one class and one instant a text"),
        )
    order = sorted(range(len(texts)), key=lambda i: times[i])
    first, second = int(len(order) * settings.train), int(len(order) * (settings.train + settings.calibrate))
    parts = [order[:first], order[first:second], order[second:]]
    counts = Counter(labels[i] for i in parts[0])
    classes = tuple(sorted(name for name, count in counts.items() if count >= settings.least_examples))
    if len(classes) < 2:
        raise XianchengError(
            Text(
                f"只有 {len(classes)} 个类别有 {settings.least_examples} 条以上文本，无法训练",
                f"only {len(classes)} classes have {settings.least_examples} texts or more: nothing to learn",
            ),
            Text("积累更多案件后再训练", "train again when there are more cases"),
        )
    numbers = {name: i for i, name in enumerate(classes)}
    learned = [i for i in parts[0] if labels[i] in numbers]
    features = Features.learn([texts[i] for i in learned], settings)
    truth = np.array([numbers[labels[i]] for i in learned], dtype=np.int64)
    matrix = features.matrix([texts[i] for i in learned])
    weights, intercepts = fit(matrix, truth, len(classes), settings.penalty, settings.steps)
    about: dict[str, Any] = {
        "trained_on": len(learned),
        "calibrated_on": len(parts[1]),
        "evaluated_on": len(parts[2]),
        "features": len(features.chosen),
        "from": times[order[0]].isoformat(),
        "trained_until": times[parts[0][-1]].isoformat(),
        "until": times[order[-1]].isoformat(),
        "classes_left_out": sorted(set(labels) - set(classes)),
    }
    model = SuggestionModel(
        target, classes, features, weights.astype(np.float32), intercepts.astype(np.float32), 1.0, about
    )  # fmt: skip
    if parts[1]:
        scores = np.asarray(features.matrix([texts[i] for i in parts[1]]) @ weights) + intercepts
        true = np.array([numbers.get(labels[i], -1) for i in parts[1]], dtype=np.int64)
        model = replace(model, temperature=best_temperature(scores, true))
    held_out = [texts[i] for i in parts[2]]
    evaluation = evaluate(
        model.chances(held_out), classes, [labels[i] for i in parts[2]], settings.abstain_below,
        max(sorted(counts), key=counts.__getitem__),
    )  # fmt: skip
    return replace(model, evaluation=evaluation)
