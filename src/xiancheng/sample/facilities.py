"""Facilities with their figures at the two dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xiancheng.sample.frame import AFTER, BEFORE, BOTH, Ints, apportion
from xiancheng.sample.places import Community
from xiancheng.sample.town import Town

Attributes = Mapping[str, Any]


@dataclass(frozen=True)
class Facility:
    """A facility: metres of the straight plan, and its attributes at the two dates (None: it does not exist)."""

    id: str
    name: str
    address: str
    x: float | None
    y: float | None
    before: Attributes | None
    after: Attributes | None

    def at(self, which: int) -> Attributes | None:
        """Return the attributes at date number `which`."""
        return self.after if which else self.before


@dataclass
class Facilities:
    """Facilities by class."""

    classes: dict[str, list[Facility]] = field(default_factory=dict)

    def add(
        self,
        feature_class: str,
        name: str,
        place: tuple[float, float] | None,
        address: str,
        before: Attributes | None,
        after: Attributes | None,
    ) -> str:
        """Add one; returns its identifier."""
        rows = self.classes.setdefault(feature_class, [])
        number = f"{_PREFIX[feature_class]}{len(rows) + 1:04d}"
        x, y = (None, None) if place is None else place
        rows.append(Facility(number, name, address, x, y, before, after))
        return number


_PREFIX = {
    "school": "XX", "kindergarten": "YEY", "childcare": "TY", "elderly_care": "YL", "hospital": "YY", "clinic": "WS",
    "library": "TSG", "cultural_centre": "WHG", "museum": "BWG", "sports_ground": "TY-CD", "relief_station": "JZ",
    "community_service_point": "SQ", "welfare_facility": "FL", "funeral_facility": "BZ", "heritage_site": "WW",
    "historic_building": "LSJZ", "intangible_heritage": "FY", "document": "WJ", "old_tree": "GS",
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What the builders of facilities share."""

    town: Town
    facilities: Facilities
    rng: np.random.Generator
    seats: list[tuple[float, float]]
    communities: list[Community]

    def sites(self, kind: str) -> list[tuple[float, float, int]]:
        """Return x, y and dates of the sites of a kind."""
        return [(s.x, s.y, s.when) for s in self.town.sites if s.kind == kind]

    def near(self, place: tuple[float, float], metres: float) -> tuple[float, float]:
        """Return a place some metres off."""
        dx, dy = self.rng.uniform(-metres, metres, 2)
        return round(place[0] + float(dx), 1), round(place[1] + float(dy), 1)

    def address(self) -> str:
        """Return a made-up address in the seat."""
        street = ("人民大街", "振兴大街", "文化街", "建设街", "站前路", "健康路", "育才路", "新华路")
        return f"萨拉齐镇{self.rng.choice(street)}{int(self.rng.integers(1, 180))}号"

    @property
    def size(self) -> float:
        """The town's size against the ordinary 100,000."""
        return self.town.people / 100_000


def both(attributes: Attributes, when: int = BOTH, **later: Any) -> tuple[Attributes | None, Attributes | None]:  # noqa: ANN401
    """Return the same attributes at both dates, but for `later` ones, at the dates of `when`."""
    return (attributes if when & BEFORE else None), ({**attributes, **later} if when & AFTER else None)


def shared(total: int, weights: np.ndarray) -> Ints:
    """Split a whole number as `frame.apportion` does; nothing among nobody."""
    return apportion(total, weights) if len(weights) else np.zeros(0, dtype=np.int64)
