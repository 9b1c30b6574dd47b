"""Reading a county's rules from TOML, a workbook or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xiancheng.foundation.errors import ConfigError, SourceError
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml
from xiancheng.operations.routing.parsing import RuleProblem, parse_category, parse_rule, words
from xiancheng.operations.routing.rule import Rule, RuleSet
from xiancheng.operations.routing.settings import RoutingSettings
from xiancheng.operations.routing.tables import Cells, records, sheets_of
from xiancheng.operations.terms import CategoryKey

_SHOWN = 20
_YES = frozenset(["是", "1", "y", "yes", "true", "√", "✓"])


class RuleFileError(ConfigError):
    """A file of rules is wrong; `problems` has every row or entry that is."""

    def __init__(self, path: Path, problems: Sequence[RuleProblem]) -> None:
        lines = [problem.text() for problem in problems[:_SHOWN]]
        more = len(problems) - len(lines)
        super().__init__(
            Text(
                f"{path.name} 有 {len(problems)} 处错误：\n"
                + "\n".join(t.zh for t in lines)
                + (f"\n另有 {more} 处" if more else ""),
                f"{path.name} has {len(problems)} errors:\n"
                + "\n".join(t.en for t in lines)
                + (f"\nand {more} more" if more else ""),
            ),
            Text(
                "改正后再试；xiancheng route check 可先检查", "correct them; check the file with xiancheng route check"
            ),
        )
        self.problems = tuple(problems)


def read_rules(path: Path, settings: RoutingSettings) -> RuleSet:
    """Return the rules of a file: ``.toml``, ``.csv``, or a workbook of which every sheet with a header is read.

    Raises
    ------
    RuleFileError
        If rules are wrong: all of them are listed.
    SourceError, ConfigError
        If the file cannot be read.
    """
    if path.suffix.lower() == ".toml":
        return _from_toml(path, settings)
    return _from_tables(path, sheets_of(path), settings)


def find_rules(county_folder: Path, settings: RoutingSettings) -> Path:
    """Return the file with a county's rules.

    Raises
    ------
    ConfigError
        If there is none.
    """
    for name in settings.rules:
        if (county_folder / name).exists():
            return county_folder / name
    raise ConfigError(
        Text(f"{county_folder} 没有派遣规则", f"{county_folder} has no rules of routing"),
        Text(
            f"建立 {settings.rules[0]}，或用 --rules 指明文件",
            f"write {settings.rules[0]}, or name a file with --rules",
        ),
    )


def _from_toml(path: Path, settings: RoutingSettings) -> RuleSet:
    content = read_toml(path)
    problems: list[RuleProblem] = []
    rules: list[Rule] = []
    entries = content.get("rule", [])
    defaults = content.get("defaults", {})
    units = content.get("units", {})
    if not isinstance(entries, list) or not isinstance(defaults, dict) or not isinstance(units, dict):
        raise ConfigError(
            Text(f"{path.name} 的结构不对", f"{path.name} has the wrong structure"),
            Text("写成 [defaults]、[units] 和若干 [[rule]]", "write [defaults], [units] and [[rule]] entries"),
        )
    for number, entry in enumerate(entries, 1):
        name = entry.get("id", f"#{number}")
        parsed = parse_rule(entry, Text(f"规则 {name}", f"rule {name}"), settings)
        if isinstance(parsed, Rule):
            rules.append(parsed)
        else:
            problems.append(parsed)
    classes: dict[CategoryKey, str] = {}
    for text, unit in defaults.get("classes", {}).items():
        try:
            classes[parse_category(text, settings)] = str(unit)
        except ConfigError as error:
            problems.append(RuleProblem(Text("[defaults.classes]", "[defaults.classes]"), text, error.message))
    titles = {str(code): Text.of(title) for code, title in units.items()}
    return _checked(path, RuleSet(tuple(rules), str(defaults.get("unit", "")), classes, titles), problems)


def _from_tables(path: Path, sheets: Sequence[tuple[str, Cells]], settings: RoutingSettings) -> RuleSet:
    problems: list[RuleProblem] = []
    rules: list[Rule] = []
    classes: dict[CategoryKey, str] = {}
    overall = ""
    missing = SourceError(
        path,
        Text("找不到表头", "no header was found"),
        hint=Text(
            "表头要有规则编号、主办单位，可有类别、区域、权属单位、时段等列",
            "a header has columns such as id, lead, category, areas, owner, hours",
        ),
    )
    for where, _, raw in records(sheets, settings.columns, ("lead",), missing):
        if str(raw.pop("default", "") or "").strip().lower() in _YES:
            unit = words(raw.get("lead"))
            categories = words(raw.get("category"))
            if len(unit) != 1:
                problems.append(RuleProblem(where, "lead", Text("兜底行要写一个单位", "a default needs one unit")))
            elif not categories:
                overall = unit[0]
            for text in categories if len(unit) == 1 else ():
                try:
                    classes[parse_category(text, settings)] = unit[0]
                except ConfigError as error:
                    problems.append(RuleProblem(where, "category", error.message))
            continue
        parsed = parse_rule(raw, where, settings)
        if isinstance(parsed, Rule):
            rules.append(parsed)
        else:
            problems.append(parsed)
    return _checked(path, RuleSet(tuple(rules), overall, classes), problems)


def _checked(path: Path, rules: RuleSet, problems: list[RuleProblem]) -> RuleSet:
    """Return the rules if nothing is wrong with them as a set.

    Raises
    ------
    RuleFileError
        If something is.
    """
    seen: set[str] = set()
    for rule in rules.rules:
        where = Text(f"规则 {rule.id}", f"rule {rule.id}")
        if rule.id in seen:
            problems.append(RuleProblem(where, "id", Text("编号重复", "the id is there twice")))
        seen.add(rule.id)
        missing = [unit for unit in (rule.lead, *rule.assisting) if rules.units and unit not in rules.units]
        if missing:
            reason = Text(f"没有单位 {'、'.join(missing)}", f"no unit {', '.join(missing)} in [units]")
            problems.append(RuleProblem(where, "lead", reason))
    everything = Text("兜底单位", "default unit")
    if not rules.overall:
        problems.append(
            RuleProblem(
                everything,
                None,
                Text(
                    "没有总兜底单位：写 [defaults] unit = …，表格中写一行“兜底”为“是”、类别留空的行",
                    "no overall default: write [defaults] unit = …, or a row with default = yes and no category",
                ),
            )
        )
    problems += [
        RuleProblem(everything, str(key), Text(f"没有单位 {unit}", f"no unit {unit} in [units]"))
        for key, unit in [("unit", rules.overall), *rules.class_defaults.items()]
        if unit and rules.units and unit not in rules.units
    ]
    if problems:
        raise RuleFileError(path, problems)
    return rules
