"""How good suggestions are on texts that were not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Suggestions of one band of certainty: how certain they were on average, and how many were right."""

    above: float
    up_to: float
    texts: int
    certainty: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: its texts, those suggested for it, of these the share right, and the share of its own found."""

    label: str
    texts: int
    suggested: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures of the held-out part; shares are None where there is nothing to divide by.

    Attributes
    ----------
    texts
        How many texts.
    unseen
        Of these, of classes that were not learned: always wrong, and counted.
    accuracy
        Share whose first suggestion is right, abstaining or not.
    top3
        Share with the right one among the first three.
    coverage
        Share for which a suggestion is made: certainty at or above the threshold.
    accuracy_covered
        Share right among those.
    majority
        Share of the class that is most frequent among the texts learned from: what knowing nothing would give.
    calibration_error
        Mean distance of certainty and share right over the bands, by their texts (expected calibration error).
    reliability, classes
        By certainty, and by class.
    """

    texts: int
    unseen: int
    accuracy: float | None
    top3: float | None
    coverage: float | None
    accuracy_covered: float | None
    majority: float | None
    calibration_error: float | None
    reliability: tuple[ReliabilityRow, ...]
    classes: tuple[ClassRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return asdict(self)


def evaluate(
    chances: Floats, classes: Sequence[str], labels: Sequence[str], threshold: float, majority: str
) -> Evaluation:  # fmt: skip
    """Compare suggestions with the truth.

    Parameters
    ----------
    chances
        ``(n, c)`` probabilities.
    classes
        Names of the `c` classes.
    labels
        `n` true classes; some may not be among `classes`.
    threshold
        Certainty below which no suggestion is made.
    majority
        The most frequent class of the texts learned from.
    """
    n = len(labels)
    numbers = {name: i for i, name in enumerate(classes)}
    truth = np.array([numbers.get(label, -1) for label in labels], dtype=np.int64)
    order = np.argsort(-chances, axis=1, kind="stable")[:, :3]
    first = order[:, 0]
    certainty = chances[np.arange(n), first]
    right = first == truth
    covered = certainty >= threshold
    rows = _reliability(certainty, right)
    error = sum(r.texts * abs(r.certainty - r.right) for r in rows if r.certainty is not None and r.right is not None)
    names = sorted({*labels, *(classes[i] for i in np.unique(first))})
    return Evaluation(
        texts=n,
        unseen=int((truth < 0).sum()),
        accuracy=_share(right),
        top3=_share((order == truth[:, None]).any(axis=1)),
        coverage=_share(covered),
        accuracy_covered=_share(right[covered]),
        majority=_share(np.array([label == majority for label in labels], dtype=bool)),
        calibration_error=error / n if n else None,
        reliability=rows,
        classes=tuple(_class_row(name, np.array(labels), np.array(classes)[first]) for name in names),
    )


def _share(flags: npt.NDArray[np.bool_]) -> float | None:
    return float(flags.mean()) if len(flags) else None


def _reliability(certainty: Floats, right: npt.NDArray[np.bool_]) -> tuple[ReliabilityRow, ...]:
    band = np.clip(np.ceil(certainty * _BINS).astype(np.int64) - 1, 0, _BINS - 1)
    rows = []
    for i in range(_BINS):
        inside = band == i
        count = int(inside.sum())
        sure = float(certainty[inside].mean()) if count else None
        rows.append(ReliabilityRow(i / _BINS, (i + 1) / _BINS, count, sure, _share(right[inside])))
    return tuple(rows)


def _class_row(name: str, labels: npt.NDArray[np.str_], first: npt.NDArray[np.str_]) -> ClassRow:
    own, given = labels == name, first == name
    hits = own & given
    return ClassRow(
        name,
        int(own.sum()),
        int(given.sum()),
        float(hits.sum() / given.sum()) if given.any() else None,
        float(hits.sum() / own.sum()) if own.any() else None,
    )
