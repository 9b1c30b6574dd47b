"""Census totals of areas and of the areas inside them: which row counts, and what is left for the rest of an area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from xiancheng.city.snapshot import AGE_BANDS, FeatureTable, Floats
from xiancheng.foundation.text import Text

_CODE_LENGTHS = (2, 4, 6, 9, 12)
_BASES = {"resident": 0, None: 1, "registered": 2}
_TOLERANCE = 0.5
"""Persons by which age bands may miss their total: figures are rounded to persons."""


def normal_code(code: object) -> str | None:
    """Return an administrative code without the zeros that only fill it up: ``150221000000`` is ``150221``.

    Codes of other countries are returned as they are; None for no code.
    """
    if code is None or not str(code).strip():
        return None
    text = str(code).strip()
    if text.isdigit():
        for length, shorter in ((12, 9), (9, 6), (6, 4), (4, 2)):
            if len(text) == length and not text[shorter:].strip("0"):
                text = text[:shorter]
    return text


@dataclass(frozen=True)
class Hierarchy:
    """Which area lies in which: by the codes themselves (GB/T 2260, GB/T 10114), else by ``parent_code``."""

    parents: Mapping[str, str]
    names: Mapping[str, str]
    codes: frozenset[str]

    @classmethod
    def of(cls, areas: FeatureTable) -> Hierarchy:
        """Read parents and names from the administrative areas."""
        parents: dict[str, str] = {}
        names: dict[str, str] = {}
        codes: set[str] = set()
        for code, parent, name in zip(
            areas.column("code"), areas.column("parent_code"), areas.column("name"), strict=True
        ):
            own, above = normal_code(code), normal_code(parent)
            if own is None:
                continue
            codes.add(own)
            if name is not None:
                names.setdefault(own, str(name))
            if above is not None and above != own:
                parents.setdefault(own, above)
        return cls(parents, names, frozenset(codes))

    def chain(self, code: str) -> Iterator[str]:
        """Yield `code`, then the codes of the areas it lies in, from inside to outside."""
        seen = set()
        current: str | None = code
        while current is not None and current not in seen:
            yield current
            seen.add(current)
            current = self.parents.get(current) or _prefix(current)


def _prefix(code: str) -> str | None:
    if not code.isdigit() or len(code) not in _CODE_LENGTHS:
        return None
    shorter = [length for length in _CODE_LENGTHS if length < len(code)]
    return code[: shorter[-1]] if shorter else None


@dataclass
class CensusRows:
    """One row an area: what is to be placed there, after the areas inside it with rows of their own.

    Attributes
    ----------
    codes, names
        Normal codes and names of `k` areas.
    persons
        ``(k,)`` residents to place in the area outside the inner areas.
    ages
        ``(k, 7)`` residents by age band; NaN where neither the row nor a row around it knows the band.
    basis
        ``resident``, ``registered``, ``mixed`` or ``unknown``.
    """

    codes: list[str]
    names: list[str]
    persons: Floats
    ages: Floats
    basis: str
    notes: list[Text] = field(default_factory=list)


def census_rows(census: FeatureTable, hierarchy: Hierarchy) -> CensusRows:
    """Choose one row for each area and take what inner areas have off the areas around them.

    Residents (常住) count before registered population (户籍). Where age bands do not sum to the row's total they are
    scaled to it. A row without ages takes the age shares of the nearest area around it that has them.
    """
    notes: list[Text] = []
    chosen = _choose(census, notes)
    codes = list(chosen)
    rows = np.array(list(chosen.values()), dtype=np.intp)
    total = census.column("persons")[rows]
    bands = np.column_stack([census.column(band)[rows] for band in AGE_BANDS])
    bands = np.where(bands < 0, np.nan, bands)
    bands = scale_bands(bands, total, notes, Text("个地区", "areas"))

    parent = _parents(codes, hierarchy)
    order = sorted(range(len(codes)), key=lambda i: _depth(parent, i))
    inherited = 0
    for i in order:
        if np.isnan(bands[i]).all() and parent[i] >= 0 and total[parent[i]] > 0:
            bands[i] = bands[parent[i]] * (total[i] / total[parent[i]])
            inherited += int(np.isfinite(bands[i]).any())
    if inherited:
        notes.append(
            Text(
                f"{inherited} 个地区的普查数没有年龄，采用上级地区的年龄构成",
                f"{inherited} areas have no ages of their own and take the age shares of the area around them",
            )
        )
    own, own_bands = _without_children(codes, parent, total, bands, notes)
    names = [_name(census, row, code, hierarchy) for code, row in zip(codes, rows, strict=True)]
    return CensusRows(codes, names, own, own_bands, _basis(census, rows, notes), notes)


def scale_bands(bands: Floats, total: Floats, notes: list[Text], what: Text) -> Floats:
    """Return ``(k, 7)`` age bands that sum to their ``(k,)`` totals where all bands are known; tell what was scaled."""
    sums = bands.sum(axis=1)
    known_sum = np.nansum(bands, axis=1)
    complete = np.isfinite(sums) & (sums > 0)
    off = (complete & (np.abs(sums - total) > _TOLERANCE)) | (~complete & (known_sum > total + _TOLERANCE))
    factor = np.ones(len(total))
    divide = np.where(complete, sums, known_sum)
    scaled = complete | off
    np.divide(total, divide, out=factor, where=scaled & (divide > 0))
    if off.any():
        worst = float(np.max(np.abs(divide - total)[off] / np.maximum(total[off], 1.0)))
        notes.append(
            Text(
                f"{int(off.sum())} {what.zh}的分年龄人口之和与总人口不符（最多相差 {worst:.1%}），已按总人口折算",
                f"in {int(off.sum())} {what.en} the age bands do not sum to the total (by up to {worst:.1%}); "
                "they were scaled to it",
            )
        )
    # A row whose bands are all zero says nothing about the ages of its people.
    empty = (sums == 0) & (total > 0)
    return np.where(empty[:, None], np.nan, bands * factor[:, None])


def _choose(census: FeatureTable, notes: list[Text]) -> dict[str, int]:
    """Return normal code → row, in the order of the codes."""
    persons = census.column("persons")
    best: dict[str, tuple[int, str, int]] = {}
    refused = doubled = 0
    for row, (code, basis, count) in enumerate(
        zip(census.column("area_code"), census.column("basis"), persons, strict=True)
    ):
        key = normal_code(code)
        if key is None or not count >= 0:
            refused += 1
            continue
        candidate = (_BASES.get(basis, 1), str(census.ids[row]), row)
        if key in best and best[key][0] == candidate[0]:
            doubled += 1
        best[key] = min(best.get(key, candidate), candidate)
    if refused:
        notes.append(
            Text(
                f"{refused} 行普查数没有区划代码或人口，未采用",
                f"{refused} census rows without a code or persons were left out",
            )
        )
    if doubled:
        notes.append(
            Text(
                f"{doubled} 行普查数与同一地区、同一口径的另一行重复，只采用第一行",
                f"{doubled} census rows repeat an area and basis; only the first was taken",
            )
        )
    return {key: best[key][2] for key in sorted(best)}


def _parents(codes: list[str], hierarchy: Hierarchy) -> list[int]:
    index = {code: i for i, code in enumerate(codes)}
    parents = []
    for code in codes:
        around = hierarchy.chain(code)
        next(around)
        parents.append(next((index[c] for c in around if c in index), -1))
    return parents


def _depth(parent: list[int], i: int) -> int:
    depth = 0
    while parent[i] >= 0 and depth <= len(parent):
        i, depth = parent[i], depth + 1
    return depth


def _without_children(
    codes: list[str], parent: list[int], total: Floats, bands: Floats, notes: list[Text]
) -> tuple[Floats, Floats]:
    children_total, children_bands = np.zeros(len(codes)), np.zeros(bands.shape)
    for i, p in enumerate(parent):
        if p >= 0:
            children_total[p] += total[i]
            children_bands[p] += bands[i]
    own = total - children_total
    notes.extend(
        Text(
            f"{code} 所辖地区的人口之和比其本身多 {-left:,.0f} 人，以所辖地区为准",
            f"the areas inside {code} have {-left:,.0f} persons more than itself; the inner areas count",
        )
        for code, left in zip(codes, own, strict=True)
        if left < -_TOLERANCE
    )
    # Within half a person the remainder is rounding of the inner areas' figures, but it is kept: totals are exact.
    own = np.maximum(own, 0.0)
    own_bands = np.maximum(bands - children_bands, 0.0)
    sums = own_bands.sum(axis=1)
    share = np.ones(len(codes))
    np.divide(own, sums, out=share, where=sums > 0)
    own_bands = own_bands * share[:, None]
    shares = np.divide(bands, total[:, None], out=np.zeros(bands.shape), where=total[:, None] > 0)
    # What is left of every band may be nothing although persons are left: then the whole area's shares stand for it.
    own_bands = np.where(((sums == 0) & (own > 0))[:, None], shares * own[:, None], own_bands)
    return own, own_bands


def _basis(census: FeatureTable, rows: npt.NDArray[np.intp], notes: list[Text]) -> str:
    found = {census.column("basis")[row] for row in rows}
    if found == {"resident"}:
        return "resident"
    if "registered" in found:
        notes.append(
            Text("部分或全部地区只有户籍人口数", "some or all areas have registered population only, not residents")
        )
    if len(found) > 1:
        return "mixed"
    return "registered" if found == {"registered"} else "unknown"


def _name(census: FeatureTable, row: int, code: str, hierarchy: Hierarchy) -> str:
    own = census.column("name")[row]
    return str(own) if own is not None else hierarchy.names.get(code, code)
