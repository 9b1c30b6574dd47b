"""From one scheme to another: a table that people review, and translation that says what it rests on."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.loading import FOLDER
from xiancheng.operations.categories.model import Scheme
from xiancheng.operations.terms import CategoryKey

COLUMNS = ("kind", "from_code", "to_kind", "to_code", "relation", "note", "reviewed_by")


class Relation(StrEnum):
    """How the category of the other scheme stands to this one."""

    EXACT = "exact"
    """They mean the same."""
    NARROWER = "narrower"
    """The other is only a part of this one."""
    BROADER = "broader"
    """The other contains this one and more."""
    NONE = "none"
    """The other scheme has nothing for it."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """One row of a crosswalk; `row` is its number in the file, `reviewed_by` empty until somebody agreed to it."""

    source: CategoryKey
    target: CategoryKey | None
    relation: Relation
    note: str = ""
    reviewed_by: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class CrosswalkFault:
    """What is wrong with a row of a crosswalk. `certain` is False where a scheme is listed only in part."""

    row: int
    message: Text
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Translation:
    """What a category is in the other scheme.

    Attributes
    ----------
    targets
        What it may be, exact ones first; none if the other scheme has nothing for it, or nobody knows.
    relation
        Of the first target; None if no row of the crosswalk says anything.
    reviewed
        Whether somebody agreed to every row used.
    explanation
        Why.
    suggestion
        A target that no row names but that likely is it: the same number in the class that corresponds.
    """

    source: CategoryKey
    targets: tuple[CategoryKey, ...]
    relation: Relation | None
    reviewed: bool
    explanation: Text
    suggestion: CategoryKey | None = None


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """The rows from one scheme to another, by source."""

    source: Scheme
    target: Scheme
    rows: Mapping[CategoryKey, tuple[Mapped, ...]]

    def check(self) -> list[CrosswalkFault]:
        """Return what is wrong: codes that do not exist, two exact targets, ``none`` beside others, rows twice."""
        faults: list[CrosswalkFault] = []
        for rows in self.rows.values():
            for row in rows:
                faults += _missing(self.source, row.source, row.row)
                if row.target is not None:
                    faults += _missing(self.target, row.target, row.row)
            faults += _contradictions(rows)
        return sorted(faults, key=lambda f: f.row)

    def unreviewed(self) -> list[Mapped]:
        """Return the rows that nobody agreed to yet, by their number."""
        return sorted((r for rows in self.rows.values() for r in rows if not r.reviewed_by), key=lambda r: r.row)

    def translate(self, key: CategoryKey) -> Translation:
        """Return what a category is in the other scheme, and why.

        Without a row of its own, a subclass is not translated by the row of its class: the class says where to look,
        and the same number there is a suggestion.
        """
        rows = self.rows.get(key)
        if rows:
            return _translated(key, rows)
        width = self.source.kinds[key.kind].class_width if key.kind in self.source.kinds else 0
        above = self.rows.get(CategoryKey(key.scheme, key.kind, key.code[:width]), ())
        of_class = [r for r in above if r.target is not None]
        if above and not of_class:
            return Translation(
                key,
                (),
                Relation.NONE,
                all(r.reviewed_by for r in above),
                Text(
                    f"大类 {key.code[:width]} 没有对应：{above[0].note}", f"class {key.code[:width]} has no counterpart"
                ),
            )
        classes = "、".join(str(r.target) for r in of_class), ", ".join(str(r.target) for r in of_class)
        explanation = (
            Text(
                f"对照表没有 {key.code} 这一行；大类对应 {classes[0]}，请在其中选择小类并补入对照表",
                f"the crosswalk has no row for {key.code}; its class corresponds to {classes[1]}: choose the subclass "
                "there and add it to the crosswalk",
            )
            if of_class
            else Text(f"对照表没有 {key.code}", f"the crosswalk says nothing of {key.code}")
        )
        return Translation(key, (), None, False, explanation, self._same_number(key, width, of_class))

    def _same_number(self, key: CategoryKey, width: int, of_class: Sequence[Mapped]) -> CategoryKey | None:
        if len(of_class) != 1 or of_class[0].target is None or len(key.code) <= width:
            return None
        target = of_class[0].target
        kind = self.target.kinds.get(target.kind)
        number = key.code[width:].lstrip("0")
        if kind is None or len(number) > kind.sub_width or self.source.kinds[key.kind].is_local(key.code):
            return None
        found = CategoryKey(target.scheme, target.kind, target.code + number.zfill(kind.sub_width))
        return found if self.target.get(found.kind, found.code) else None


def crosswalk_path(source: str, target: str, county_folder: Path | None = None) -> Path:
    """Return the file of a crosswalk: the county's own in ``categories/``, else the shipped one."""
    name = f"crosswalk-{source}-to-{target}.csv"
    if county_folder is not None and (county_folder / FOLDER / name).exists():
        return county_folder / FOLDER / name
    return data_folder("catalogues") / "operations" / name


def load_crosswalk(source: Scheme, target: Scheme, county_folder: Path | None = None) -> Crosswalk:
    """Read the crosswalk between two schemes.

    Raises
    ------
    ConfigError
        If there is none, or a row cannot be understood (what it says may still be wrong: see :meth:`Crosswalk.check`).
    """
    path = crosswalk_path(source.name, target.name, county_folder)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            records = list(csv.DictReader(file))
    except FileNotFoundError:
        raise ConfigError(
            Text(
                f"没有从 {source.name} 到 {target.name} 的对照表", f"no crosswalk from {source.name} to {target.name}"
            ),
            Text(
                f"建立县域目录下的 {FOLDER}/{path.name}，列为 " + ",".join(COLUMNS),
                f"make {FOLDER}/{path.name} in the county directory with the columns " + ",".join(COLUMNS),
            ),
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(Text(f"读不了 {path}：{error}", f"cannot read {path}: {error}")) from error
    rows: dict[CategoryKey, list[Mapped]] = {}
    for number, record in enumerate(records, 2):
        row = _row(path, number, record, source, target)
        rows.setdefault(row.source, []).append(row)
    return Crosswalk(source, target, {key: tuple(found) for key, found in rows.items()})


def _row(path: Path, number: int, record: Mapping[str, str | None], source: Scheme, target: Scheme) -> Mapped:
    values = {name: (record.get(name) or "").strip() for name in COLUMNS}
    relation = values["relation"]
    if relation not in set(Relation) or not values["kind"] or not values["from_code"]:
        raise ConfigError(
            Text(f"{path.name} 第 {number} 行有误", f"{path.name}, row {number} is wrong"),
            Text(
                "relation 应为 exact、narrower、broader 或 none；kind 和 from_code 必填",
                "relation must be exact, narrower, broader or none; kind and from_code are needed",
            ),
        )
    to_code = values["to_code"]
    return Mapped(
        source=CategoryKey(source.name, values["kind"], values["from_code"]),
        target=CategoryKey(target.name, values["to_kind"] or values["kind"], to_code) if to_code else None,
        relation=Relation(relation),
        note=values["note"],
        reviewed_by=values["reviewed_by"],
        row=number,
    )


def _missing(scheme: Scheme, key: CategoryKey, row: int) -> list[CrosswalkFault]:
    if scheme.get(key.kind, key.code) is not None:
        return []
    certain = scheme.complete or key.kind not in scheme.kinds
    return [CrosswalkFault(row, Text(f"{key} 不在方案中", f"{key} is not in the scheme"), certain)]


def _contradictions(rows: Iterable[Mapped]) -> list[CrosswalkFault]:
    rows = list(rows)
    faults: list[CrosswalkFault] = []
    exact = [r for r in rows if r.relation is Relation.EXACT]
    faults += [
        CrosswalkFault(r.row, Text(f"{r.source} 有两个 exact 目标", f"{r.source} has two exact targets"))
        for r in exact[1:]
    ]
    seen: set[CategoryKey | None] = set()
    for r in rows:
        if (r.target is None) != (r.relation is Relation.NONE):
            faults.append(
                CrosswalkFault(
                    r.row,
                    Text(f"{r.source}：none 不能有目标，其余必须有", f"{r.source}: only a row of none has no target"),
                )
            )
        if r.target in seen:
            faults.append(
                CrosswalkFault(r.row, Text(f"{r.source} 的这一行重复", f"{r.source}: this row is there twice"))
            )
        seen.add(r.target)
    if len(rows) > 1 and any(r.relation is Relation.NONE for r in rows):
        faults.append(
            CrosswalkFault(
                rows[0].row, Text(f"{rows[0].source} 既有 none 又有目标", f"{rows[0].source}: none and a target")
            )
        )
    return faults


def _translated(key: CategoryKey, rows: Sequence[Mapped]) -> Translation:
    order = list(Relation)
    best = sorted(rows, key=lambda r: (order.index(r.relation), r.row))
    reviewed = all(r.reviewed_by for r in rows)
    parts = [f"{r.relation} {r.target or '-'}" + (f" ({r.note})" if r.note else "") for r in best]
    state = Text("已审核", "reviewed") if reviewed else Text("尚未审核", "not reviewed yet")
    return Translation(
        key,
        tuple(r.target for r in best if r.target is not None),
        best[0].relation,
        reviewed,
        Text(f"对照表：{'；'.join(parts)}；{state.zh}", f"crosswalk: {'; '.join(parts)}; {state.en}"),
    )
