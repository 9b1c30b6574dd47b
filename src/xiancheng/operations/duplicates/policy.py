"""How near, how recent and how alike two reports have to be: by category, from the catalogue and the county's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml
from xiancheng.operations.terms import CategoryKey

OVERRIDE = Path("operations") / "duplicates.toml"
PARTS = ("place", "category", "time", "text", "photo")
RELATIONS = ("same", "same_code", "exact", "narrower", "broader", "same_class", "none")
_CLASS_DIGITS = 2

Crosswalk = Mapping[tuple[CategoryKey, CategoryKey], str]
"""(category, other category) → ``exact``, ``narrower`` or ``broader``; a pair counts both ways."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far duplicates of a category are looked for, and what counts as repetition (重复).

    Attributes
    ----------
    metres, days
        Radius, and how far back closed cases count.
    repetition_metres, repetition_days
        What "the same place within N days" means.
    """

    metres: float
    days: float
    repetition_metres: float
    repetition_days: float


@dataclass(frozen=True, slots=True)
class DuplicatePolicy:
    """The settings of ``duplicates.toml``.

    Attributes
    ----------
    threshold, most
        Least score of a suggestion, and how many are made.
    text
        How texts are compared: ``cosine`` or ``jaccard`` of their sets of character pairs.
    photo_bits
        Hamming distance of perceptual hashes from which on photos have nothing in common.
    weights
        Part → share of the score.
    relations
        Relation of two categories → score.
    reaches
        Category, class or None (any) → its reach.
    crosswalk
        Relations between categories of different schemes.
    """

    threshold: float
    most: int
    text: Literal["cosine", "jaccard"]
    photo_bits: int
    weights: Mapping[str, float]
    relations: Mapping[str, float]
    reaches: Mapping[CategoryKey | None, Reach]
    crosswalk: Crosswalk = field(default_factory=dict)

    def reach(self, category: CategoryKey) -> Reach:
        """Return the reach of a category: of the longest class or category that it is within."""
        for length in range(len(category.code), -1, -1):
            found = self.reaches.get(CategoryKey(category.scheme, category.kind, category.code[:length]))
            if found is not None:
                return found
        return self.reaches[None]

    def relation(self, one: CategoryKey, other: CategoryKey) -> str:
        """Return how two categories are related: the closest of `RELATIONS`."""
        if one == other:
            return "same"
        walked = self.crosswalk.get((one, other))
        if walked is None:
            back = self.crosswalk.get((other, one))
            walked = {"narrower": "broader", "broader": "narrower"}.get(back or "", back)
        if walked is not None:
            return walked
        if one.scheme == other.scheme and one.code[:_CLASS_DIGITS] == other.code[:_CLASS_DIGITS]:
            return "same_code" if one.code == other.code else "same_class"
        return "none"


def load_policy(county_folder: Path | None = None, crosswalk: Crosswalk | None = None) -> DuplicatePolicy:
    """Return the settings: the shipped ones with the county's over them (its rules are added, and replace like ones).

    Raises
    ------
    ConfigError
        If a value cannot be what it should be.
    """
    base = read_toml(data_folder("catalogues") / "operations" / "duplicates.toml")
    own = county_toml(county_folder, OVERRIDE)
    merged: dict[str, Any] = {**base, **own}
    try:
        policy = DuplicatePolicy(
            threshold=float(merged["threshold"]),
            most=int(merged["most"]),
            text=merged["text"],
            photo_bits=int(merged["photo_bits"]),
            weights={name: float({**base["weights"], **own.get("weights", {})}[name]) for name in PARTS},
            relations={name: float({**base["relations"], **own.get("relations", {})}[name]) for name in RELATIONS},
            reaches=dict(_reach(entry) for entry in [*base["rule"], *own.get("rule", [])]),
            crosswalk=crosswalk or {},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong(Text(str(error), str(error))) from error
    if policy.text not in {"cosine", "jaccard"}:
        raise _wrong(
            Text(f"text 应为 cosine 或 jaccard，不是 {policy.text}", f"text is {policy.text!r}: use cosine or jaccard")
        )
    if min(policy.weights.values()) < 0 or policy.weights["place"] <= 0 or policy.photo_bits < 1:
        raise _wrong(Text("权重不能为负，地点权重须为正", "weights must not be negative, and that of place positive"))
    return policy


def _reach(entry: Mapping[str, Any]) -> tuple[CategoryKey | None, Reach]:
    reach = Reach(
        *(float(entry[name]) for name in ("metres", "days", "repetition_metres", "repetition_days"))
    )  # fmt: skip
    if min(reach.metres, reach.days, reach.repetition_metres, reach.repetition_days) <= 0:
        raise ValueError(f"{entry}: > 0")
    if "category" not in entry:
        return None, reach
    scheme, kind, code = str(entry["category"]).split("/")
    return CategoryKey(scheme, kind, code), reach


def _wrong(reason: Text) -> ConfigError:
    return ConfigError(
        Text(f"疑似重复的设置有误：{reason.zh}", f"the settings of duplicates are wrong: {reason.en}"),
        Text(f"核对 {OVERRIDE}", f"check {OVERRIDE}"),
    )
