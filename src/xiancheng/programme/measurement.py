"""What a measure returns: a figure that can be recomputed and argued with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.foundation.text import Text


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What was left out of a figure, how much of it, and why."""

    reason: Text
    count: float
    unit: str


@dataclass(frozen=True, slots=True)
class AreaValue:
    """The figure of one township."""

    code: str
    name: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True)
class Short:
    """The places that fall short, most affected first, as columns of equal length.

    Attributes
    ----------
    amount
        How much each place lacks or holds (residents without access, missing beds …), in `unit`.
    """

    feature_class: str
    ids: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    amount: npt.NDArray[np.float64]
    in_area: npt.NDArray[np.object_]
    unit: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the first `limit` places as dictionaries ready for JSON."""
        for i in range(len(self) if limit is None else min(limit, len(self))):
            yield {
                "class": self.feature_class,
                "id": self.ids[i],
                "name": self.names[i],
                "lon": _number(self.lon[i]),
                "lat": _number(self.lat[i]),
                "amount": _number(self.amount[i]),
                "unit": self.unit,
                "area": self.in_area[i],
            }


@dataclass(frozen=True)
class Measurement:
    """A computed figure with everything that makes it checkable.

    Attributes
    ----------
    value
        The figure in `unit`; None means no data, and `missing` says what is missing. Never zero for unknown.
    unit
        ``share`` (0..1), ``m``, ``per_1000``, ``count``, ``km/km2``, ``m2/person`` or another UCUM-like unit.
    numerator, denominator
        With their labels, what was divided by what.
    excluded
        What was left out.
    by_area
        The figure by township.
    short
        The places that fall short.
    params
        Every parameter as used, defaults included.
    definition
        What the figure means, in one sentence.
    as_of, snapshot
        The date and the content hash of the snapshot it was computed from.
    """

    measure: str
    value: float | None
    unit: str
    definition: Text
    as_of: date
    snapshot: str
    params: Mapping[str, Any] = field(default_factory=dict)
    numerator: float | None = None
    denominator: float | None = None
    numerator_label: Text | None = None
    denominator_label: Text | None = None
    excluded: tuple[Exclusion, ...] = ()
    by_area: tuple[AreaValue, ...] = ()
    short: Short | None = None
    missing: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether there is a figure."""
        return self.value is not None

    def as_dict(self, *, short_limit: int | None = None) -> dict[str, Any]:
        """Return the documented JSON form (``docs/reference/schema.md``)."""
        return {
            "measure": self.measure,
            "value": _number(self.value),
            "unit": self.unit,
            "numerator": _number(self.numerator),
            "denominator": _number(self.denominator),
            "numerator_label": self.numerator_label.as_dict() if self.numerator_label else None,
            "denominator_label": self.denominator_label.as_dict() if self.denominator_label else None,
            "excluded": [
                {"reason": e.reason.as_dict(), "count": _number(e.count), "unit": e.unit} for e in self.excluded
            ],
            "by_area": [
                {
                    "code": a.code,
                    "name": a.name,
                    "value": _number(a.value),
                    "numerator": _number(a.numerator),
                    "denominator": _number(a.denominator),
                }
                for a in self.by_area
            ],
            "short": [] if self.short is None else list(self.short.rows(short_limit)),
            "short_total": 0 if self.short is None else len(self.short),
            "params": dict(self.params),
            "definition": self.definition.as_dict(),
            "missing": [m.as_dict() for m in self.missing],
            "notes": [n.as_dict() for n in self.notes],
            "as_of": self.as_of.isoformat(),
            "snapshot": self.snapshot,
        }


def _number(value: Any) -> float | int | None:  # noqa: ANN401 - numpy scalars and None
    if value is None or (isinstance(value, float | np.floating) and not np.isfinite(value)):
        return None
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
