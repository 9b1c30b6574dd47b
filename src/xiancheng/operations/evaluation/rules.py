"""The formulas of evaluation, read from the catalogue and the county's own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml, with_entries
from xiancheng.operations.evaluation.columns import TABLES
from xiancheng.operations.evaluation.conditions import EXCLUSIONS, known_conditions

FILE = Path("operations") / "evaluation.toml"
UNKNOWN = "unknown"
"""The reason for which a row without the value of a mean is left out."""

FigureKind = Literal["rate", "mean", "count"]
Better = Literal["higher", "lower"]
Missing = Literal["none", "renormalise"]


@dataclass(frozen=True, slots=True)
class LevelRule:
    """A level: what rows are grouped by."""

    name: str
    title: Text
    column: str


@dataclass(frozen=True, slots=True)
class FigureRule:
    """A formula: of the rows where `base` holds and no reason of `exclude`, the share where `hit` holds too.

    A mean (`value`) divides the sum of a column by the number of rows, in units of `per`; a count is that number.
    """

    name: str
    title: Text
    table: str
    base: str
    hit: str = ""
    exclude: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    better: Better = "higher"
    value: str = ""
    per: float = 1.0

    @property
    def kind(self) -> FigureKind:
        """What the figure is."""
        return "rate" if self.hit else "mean" if self.value else "count"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons for which rows can be left out, the first that holds counts."""
        return (*self.exclude, *([UNKNOWN] if self.value else []))


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """A score: the sum of weights times rates, in hundredths; of a rate where lower is better, what is left to one."""

    name: str
    title: Text
    level: str
    weights: Mapping[str, float]
    missing: Missing = "none"


@dataclass(frozen=True)
class Rules:
    """All formulas, by name and in the order of the file."""

    repetition_days: int
    exclusions: Mapping[str, Text]
    levels: Mapping[str, LevelRule]
    figures: Mapping[str, FigureRule]
    scores: Mapping[str, ScoreRule]

    def of_level(self, level: str) -> tuple[FigureRule, ...]:
        """Return the figures of a level."""
        return tuple(f for f in self.figures.values() if level in f.levels)


@lru_cache(maxsize=8)
def load_rules(county_folder: Path | None = None) -> Rules:
    """Return the shipped rules, with what ``catalogues/operations/evaluation.toml`` of the county changes.

    Raises
    ------
    ConfigError
        If a formula names what does not exist; all faults are told at once.
    """
    own = county_toml(county_folder, Path("catalogues") / FILE)
    return read_rules(with_entries(read_toml(data_folder("catalogues") / FILE), own))


def read_rules(content: Mapping[str, Any]) -> Rules:
    """Build the rules from the contents of a TOML file.

    Raises
    ------
    ConfigError
        As :func:`load_rules`.
    """
    try:
        rules = _built(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong([Text(f"缺少或写错 {error}", f"missing or misspelt: {error}")]) from error
    faults = list(_faults(rules))
    if faults:
        raise _wrong(faults)
    return rules


def _built(content: Mapping[str, Any]) -> Rules:
    def entries(part: str) -> Iterator[tuple[str, Text, dict[str, Any]]]:
        for name, entry in content.get(part, {}).items():
            yield name, Text.of(entry.get("title", name)), {k: v for k, v in entry.items() if k != "title"}

    figures = {
        name: FigureRule(
            name, title, **{**keys, "exclude": tuple(keys.get("exclude", ())), "levels": tuple(keys.get("levels", ()))}
        )
        for name, title, keys in entries("figures")
    }
    return Rules(
        repetition_days=int(content["repetition_days"]),
        exclusions={name: title for name, title, _ in entries("exclusions")},
        levels={name: LevelRule(name, title, **keys) for name, title, keys in entries("levels")},
        figures=figures,
        scores={name: ScoreRule(name, title, **keys) for name, title, keys in entries("scores")},
    )


def _faults(rules: Rules) -> Iterator[Text]:
    yield from _figure_faults(rules)
    yield from _score_faults(rules)


def _figure_faults(rules: Rules) -> Iterator[Text]:
    for f in rules.figures.values():
        where = f"figures.{f.name}"
        if f.table not in TABLES:
            yield Text(f"{where}：没有表 {f.table}", f"{where}: no table {f.table!r}")
            continue
        conditions = known_conditions(f.table)
        for name in (f.base, *([f.hit] if f.hit else [])):
            if name not in conditions:
                known = ", ".join(sorted(conditions))
                yield Text(
                    f"{where}：没有条件 {name}（有 {known}）", f"{where}: no condition {name!r} (there are {known})"
                )
        for name in f.exclude:
            if name not in EXCLUSIONS[f.table] or name not in rules.exclusions:
                yield Text(f"{where}：没有理由 {name}", f"{where}: no reason {name!r} to leave rows out")
        for name in f.levels:
            level = rules.levels.get(name)
            if level is None or TABLES[f.table].get(level.column) != "code":
                yield Text(f"{where}：{f.table} 不能按 {name} 分", f"{where}: {f.table} cannot be grouped by {name!r}")
        if f.value and (f.hit or TABLES[f.table].get(f.value) not in {"seconds", "count"}):
            yield Text(f"{where}：{f.value} 不能求平均", f"{where}: no mean of {f.value!r}")
        if f.better not in {"higher", "lower"} or not f.per > 0:
            yield Text(f"{where}：better 或 per 不对", f"{where}: better or per is wrong")


def _score_faults(rules: Rules) -> Iterator[Text]:
    for s in rules.scores.values():
        where = f"scores.{s.name}"
        rates = {f.name for f in rules.of_level(s.level) if f.kind == "rate"}
        for name in s.weights:
            if name not in rates:
                yield Text(f"{where}：{s.level} 没有比率 {name}", f"{where}: {s.level!r} has no rate {name!r}")
        if abs(sum(s.weights.values()) - 1) > 1e-9 or min(s.weights.values(), default=-1) < 0:
            yield Text(f"{where}：权重之和不是 1", f"{where}: the weights do not add up to 1")
        if s.missing not in {"none", "renormalise"}:
            yield Text(f"{where}：missing 不对", f"{where}: missing is wrong")


def _wrong(faults: list[Text]) -> ConfigError:
    return ConfigError(
        Text(
            "评价规则有误：" + "；".join(f.zh for f in faults),
            "rules of evaluation: " + "; ".join(f.en for f in faults),
        ),
        Text(
            "改正 catalogues/operations/evaluation.toml；文件开头解释了每一个键",
            "mend catalogues/operations/evaluation.toml; its head explains every key",
        ),
    )
