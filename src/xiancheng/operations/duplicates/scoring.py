"""From the parts of a comparison to one score, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.text import Text
from xiancheng.operations.duplicates.grams import Grams, words_of
from xiancheng.operations.duplicates.policy import PARTS, DuplicatePolicy
from xiancheng.operations.duplicates.report import Part

Floats = npt.NDArray[np.float64]

_SHOWN = 6
_RELATIONS = {
    "same": Text("同一类别", "same category"),
    "same_code": Text("同一代码的部件与事项", "component and matter of one code"),
    "exact": Text("对照表中相同", "the same in the crosswalk"),
    "narrower": Text("对照表中更窄", "narrower in the crosswalk"),
    "broader": Text("对照表中更宽", "broader in the crosswalk"),
    "same_class": Text("同一大类", "same class"),
    "none": Text("类别无关", "unrelated categories"),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """`n` cases compared with a report: scores 0 to 1 of each part, NaN where it is not known.

    Attributes
    ----------
    rows
        ``(n,)`` rows of the cases.
    place, category, time, text, photo
        ``(n,)`` scores.
    """

    rows: npt.NDArray[np.int64]
    place: Floats
    category: Floats
    time: Floats
    text: Floats
    photo: Floats

    def take(self, some: npt.NDArray[np.int64]) -> Compared:
        """Return some of them."""
        return Compared(
            self.rows[some], self.place[some], self.category[some], self.time[some], self.text[some], self.photo[some]
        )

    def matrix(self) -> Floats:
        """Return ``(5, n)``: the parts in the order of `PARTS`."""
        return np.stack([self.place, self.category, self.time, self.text, self.photo])


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of `n` cases: `total` ``(n,)``, and of the parts ``(5, n)`` with their shares of the whole."""

    total: Floats
    parts: Floats
    shares: Floats

    def one(self, place: int) -> Scores:
        """Return those of one case."""
        chosen = slice(place, place + 1)
        return Scores(self.total[chosen], self.parts[:, chosen], self.shares[:, chosen])


def weigh(policy: DuplicatePolicy, compared: Compared) -> Scores:
    """Return the weighted mean of the parts that are known.

    The share of a part that is not known goes to the others in proportion, so nothing is taken for unlike only because
    nobody wrote anything.
    """
    parts = compared.matrix()
    weights = np.array([policy.weights[name] for name in PARTS])[:, None]
    shares = np.where(np.isnan(parts), 0.0, weights)
    shares = shares / shares.sum(axis=0)
    return Scores((np.nan_to_num(parts) * shares).sum(axis=0), parts, shares)


def explain(
    policy: DuplicatePolicy, scores: Scores, metres: float, days: float, relation: str, common: Grams
) -> tuple[Part, ...]:
    """Return the parts of one case's score with their reasons."""
    words = words_of(common[:_SHOWN])
    text = Text(
        f"共有 {len(common)} 个字对：{'、'.join(words)}" if words else "没有相同的字对",
        f"{len(common)} common pairs of characters: {', '.join(words)}" if words else "no common pair of characters",
    )
    bits = (1 - float(np.nan_to_num(scores.parts[4, 0]))) * policy.photo_bits
    photo = (
        Text(f"照片相差 {bits:.0f} 位", f"photos differ in {bits:.0f} bits")
        if scores.parts[4, 0] > 0
        else Text("照片不像", "photos are unlike")
    )
    reasons = (
        Text(f"相距 {metres:.0f} 米", f"{metres:.0f} m apart"),
        _RELATIONS[relation],
        Text(f"相隔 {days:.1f} 天", f"{days:.1f} days apart"),
        text,
        photo,
    )
    return tuple(
        Part(name, float(scores.parts[i, 0]), float(scores.shares[i, 0]), reasons[i])
        for i, name in enumerate(PARTS)
        if not np.isnan(scores.parts[i, 0])
    )
