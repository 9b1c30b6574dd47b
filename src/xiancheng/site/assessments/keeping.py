"""How a figure and the places that fall short of it are kept: JSON and Parquet, so that anybody can read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import AreaValue, Exclusion, Measurement, Short
from xiancheng.programme.report.json import measurement_as_dict

_META = b"xiancheng:places"
_TEXTS = ("ids", "names", "in_area")
_NUMBERS = ("lon", "lat", "amount")


@dataclass(frozen=True)
class CountedShort(Short):
    """Places that are counted but not listed: not loaded, or of a class that the asker may not see."""

    count: int = 0

    def __len__(self) -> int:
        return self.count

    def rows(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield nothing."""
        del limit
        return iter(())


def counted(feature_class: str, unit: str, count: int) -> CountedShort:
    """Return places of which only the number is known."""
    nothing: npt.NDArray[np.object_] = np.empty(0, dtype=object)
    number = np.empty(0)
    return CountedShort(feature_class, nothing, nothing, number, number, number, nothing, unit, count)


def as_entry(measurement: Measurement) -> dict[str, Any]:
    """Return a measurement as it is kept: its documented form without the places, and what they are."""
    short = measurement.short
    return {
        **measurement_as_dict(measurement, short_limit=0),
        "short": None if short is None else [short.feature_class, short.unit, len(short)],
    }


def measurement(entry: Mapping[str, Any]) -> Measurement:
    """Return the measurement of an entry that :func:`as_entry` made; its places are counted."""
    return Measurement(
        measure=entry["measure"],
        value=_number(entry["value"]),
        unit=entry["unit"],
        definition=_text(entry["definition"]),
        as_of=date.fromisoformat(entry["as_of"]),
        snapshot=entry["snapshot"],
        params=entry["params"],
        numerator=_number(entry["numerator"]),
        denominator=_number(entry["denominator"]),
        numerator_label=None if entry["numerator_label"] is None else _text(entry["numerator_label"]),
        denominator_label=None if entry["denominator_label"] is None else _text(entry["denominator_label"]),
        excluded=tuple(Exclusion(_text(e["reason"]), float(e["count"]), e["unit"]) for e in entry["excluded"]),
        by_area=tuple(_area(area) for area in entry["by_area"]),
        short=None if entry["short"] is None else counted(*entry["short"]),
        missing=tuple(_text(m) for m in entry["missing"]),
        notes=tuple(_text(n) for n in entry["notes"]),
    )


def write_places(path: Path, short: Short) -> None:
    """Write places in their order, the most affected first."""
    columns = {name: pa.array([_word(v) for v in getattr(short, name)], pa.string()) for name in _TEXTS}
    columns |= {name: pa.array(np.asarray(getattr(short, name), dtype=np.float64)) for name in _NUMBERS}
    about = json.dumps({"class": short.feature_class, "unit": short.unit})
    pq.write_table(pa.table(columns, metadata={_META: about}), path, compression="zstd")


def read_places(path: Path) -> Short:
    """Read what :func:`write_places` wrote."""
    table = pq.read_table(path)
    about = json.loads((table.schema.metadata or {})[_META])

    def texts(name: str) -> npt.NDArray[np.object_]:
        return np.asarray(table.column(name).to_numpy(), dtype=object)

    def numbers(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(table.column(name).to_numpy(), dtype=np.float64)

    return Short(
        about["class"], texts("ids"), texts("names"), numbers("lon"), numbers("lat"), numbers("amount"),
        texts("in_area"), about["unit"],
    )  # fmt: skip


def _text(value: Mapping[str, str]) -> Text:
    return Text(value["zh"], value["en"])


def _number(value: float | None) -> float | None:
    # JSON does not tell 3 from 3.0.
    return None if value is None else float(value)


def _area(entry: Mapping[str, Any]) -> AreaValue:
    return AreaValue(
        entry["code"],
        entry["name"],
        _number(entry["value"]),
        _number(entry["numerator"]),
        _number(entry["denominator"]),
    )


def _word(value: object) -> str | None:
    return None if value is None or value != value else str(value)  # noqa: PLR0124 - NaN
