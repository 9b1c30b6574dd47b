"""The model: suggests a class for a text, says how certain it is and by which n-grams; it never decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.text import Text
from xiancheng.operations.suggesting.evaluation import Evaluation
from xiancheng.operations.suggesting.features import Features, ngrams
from xiancheng.operations.suggesting.regression import probabilities

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TextSuggestion:
    """One class suggested for a text.

    Attributes
    ----------
    label
        The class: a category or the code of a unit.
    certainty
        Calibrated probability, 0 to 1.
    because
        N-grams of the text that speak most for it, with how much they add to its score beside the mean of all classes.
    """

    label: str
    certainty: float
    because: tuple[tuple[str, float], ...]

    def text(self) -> Text:
        """Return it as a sentence."""
        shown = [f"“{gram.strip()}”" for gram, _ in self.because if gram.strip()]
        return Text(
            f"建议 {self.label}（把握 {self.certainty:.0%}），依据：{'、'.join(shown) or '无'}",
            f"suggests {self.label} ({self.certainty:.0%} certain) because of {', '.join(shown) or 'nothing special'}",
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        return {
            "label": self.label,
            "certainty": round(self.certainty, 4),
            "because": [{"ngram": gram, "adds": round(value, 4)} for gram, value in self.because],
            "text": self.text().as_dict(),
        }


@dataclass(frozen=True)
class SuggestionModel:
    """A trained model.

    Attributes
    ----------
    target
        What it suggests: ``category`` or ``unit``.
    classes
        Names of the `c` classes.
    features
        The `f` features.
    weights, intercepts
        ``(f, c)`` and ``(c,)``.
    temperature
        Divides the scores, so that certainty is as often right as it says.
    about
        How it was made: numbers of texts, first and last instant, classes left out.
    evaluation
        Figures of the held-out part.
    """

    target: str
    classes: tuple[str, ...]
    features: Features
    weights: npt.NDArray[np.float32]
    intercepts: npt.NDArray[np.float32]
    temperature: float
    about: dict[str, Any]
    evaluation: Evaluation | None = None

    def chances(self, texts: Sequence[str]) -> Floats:
        """Return ``(n, c)`` probabilities of the classes for `n` texts."""
        matrix = self.features.matrix(texts)
        scores: Floats = np.asarray(matrix @ self.weights, dtype=np.float64) + self.intercepts.astype(np.float64)
        return probabilities(scores, self.temperature)

    def suggest(self, text: str) -> list[TextSuggestion]:
        """Return the likeliest classes, the first certain enough; none if the model abstains.

        It abstains if nothing is certain enough, and if the text has no n-gram that it knows.
        """
        settings = self.features.settings
        places = self.features.places(text).tolist()
        known = any(p >= 0 and g.strip() for g, p in zip(ngrams(text, settings), places, strict=True))
        chances = self.chances([text])[0]
        order = np.argsort(-chances, kind="stable")[: settings.shown]
        if not known or chances[order[0]] < settings.abstain_below:
            return []
        return [TextSuggestion(self.classes[i], float(chances[i]), self._because(text, int(i))) for i in order]

    def _because(self, text: str, label: int) -> tuple[tuple[str, float], ...]:
        """Return the n-grams that speak most for a class, the strongest first; one contained in another once."""
        places = self.features.places(text)
        row = self.features.matrix([text])
        value = np.zeros(len(self.features.chosen))
        value[row.indices] = row.data
        speaks = (self.weights[:, label] - self.weights.mean(axis=1)) * value
        found: dict[str, float] = {}
        for gram, place in zip(ngrams(text, self.features.settings), places.tolist(), strict=True):
            if place >= 0 and speaks[place] > 0 and gram.strip():
                found[gram] = float(speaks[place])
        kept: list[tuple[str, float]] = []
        for gram, speaking in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            if not any(gram in other or other in gram for other, _ in kept):
                kept.append((gram, speaking))
            if len(kept) == self.features.settings.explained:
                break
        return tuple(kept)
