"""Commands on routing: whose a case is and why, what is wrong with the rules, what other rules would have done."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from xiancheng.city.publish import open_snapshot, published
from xiancheng.cli.app import JSON, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.cli.clock_commands import INSTANT
from xiancheng.cli.pairs import lon_lat
from xiancheng.cli.snapshots import today
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.loading import load_schemes
from xiancheng.operations.routing import (
    AreaIndex,
    Facts,
    Hole,
    Overlap,
    Router,
    RoutingSettings,
    areas_of,
    chains_of,
    find_rules,
    holes,
    load_settings,
    overlaps,
    read_history,
    read_rules,
    try_rules,
)
from xiancheng.operations.terms import BEIJING, CategoryKey

_SHOWN = 20
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)

_rules = option(
    "--rules",
    type=_FILE,
    text=Text(
        "规则文件（.toml、.xlsx、.csv；默认县域目录的）", "file of rules (.toml, .xlsx, .csv; default: the county's)"
    ),
)


@root.group(
    "route",
    cls=Group,
    text=Text("派遣：案件归谁办，为什么", "routing: whose a case is, and why"),
    examples=(
        "xiancheng -C tumed route explain --category gbt47678.5-2026/matter/06010 --at 110.52,40.55",
        "xiancheng -C tumed route check",
        "xiancheng -C tumed route try --rules new.xlsx --history cases.xlsx",
    ),
)
def route() -> None:
    """Hold the commands on routing."""


@command(
    route,
    "explain",
    Text(
        "一件案件派给谁：哪条规则，还有哪些也适用、为何落选",
        "whose a case is: which rule, which others fit, why they lost",
    ),
    "xiancheng -C tumed route explain --category gbt47678.5-2026/matter/06010 --at 110.52,40.55",
    "xiancheng -C tumed route explain --category 部件/01001 --at 110.52,40.55 --owner 150221-water --json",
    "xiancheng route explain --rules rules.toml --category 06010 --area 150221100 --when 2026-02-13T22:00",
)
@option(
    "--category",
    required=True,
    text=Text("类别：方案/类型/代码，或只写代码", "category: scheme/kind/code, or the code alone"),
)
@option("--at", "place", metavar="LON,LAT", text=Text("位置（CGCS2000 经纬度）", "place (CGCS2000 degrees)"))
@option(
    "--area", "areas", multiple=True, text=Text("所在区域代码，可多次", "code of an area it is in, may be repeated")
)
@option("--owner", text=Text("部件权属单位代码", "unit code of the owner of the component"))
@option(
    "--when",
    type=INSTANT,
    text=Text("派遣时刻（默认现在，北京时间）", "instant of routing (default: now, Beijing time)"),
)
@_rules
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def explain(
    context: Context,
    *,
    category: str,
    place: str | None,
    areas: tuple[str, ...],
    owner: str | None,
    when: datetime | None,
    rules: Path | None,
    as_json: bool,
) -> None:
    """Print one decision."""
    folder = context.county_folder
    settings = load_settings(folder)
    router = _router(context, settings, rules)
    key = settings.category(category)
    _check_category(context, folder, key)
    codes = tuple(dict.fromkeys(areas))
    if place is not None:
        codes = router.locate(*lon_lat(place), codes)
    decision = router.decide(Facts(key, when or datetime.now(BEIJING), codes, owner))
    if as_json:
        answer = {"category": str(key), "areas": list(codes), "owner": owner, **decision.as_dict()}
        print_json(answer)
        return
    title = router.rules.unit(decision.lead)
    named = decision.lead if title.zh == decision.lead else f"{decision.lead}  {title.get()}"
    context.out.print(named, style="bold", markup=False)
    for text in decision.explanation():
        context.out.print(f"  {text.get()}", markup=False)
    context.out.print("  " + Text("所在区域：", "areas: ").get() + (" ".join(codes) or "–"), markup=False, style="dim")
    if decision.tied:
        names = ", ".join(rule.id for rule in decision.tied)
        context.warn(Text(f"有同样具体的规则：{names}", f"there are rules as specific: {names}"))


@command(
    route,
    "check",
    Text("检查规则：分不出先后的、只有兜底单位的", "check the rules: those that tie, and what only a default takes"),
    "xiancheng -C tumed route check",
    "xiancheng -C tumed route check --rules new.xlsx --json",
)
@_rules
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def check(context: Context, *, rules: Path | None, as_json: bool) -> None:
    """Print overlaps and holes; fail if rules contradict each other."""
    folder = context.county_folder
    settings = load_settings(folder)
    router = _router(context, settings, rules)
    ties = overlaps(router)
    chains = chains_of(router) or [()]
    missing = holes(router, _categories(folder, settings), chains, today())
    if as_json:
        answer = {
            "rules": len(router.rules.rules),
            "overlaps": [_overlap(tie) for tie in ties],
            "holes": [
                {"category": str(h.category), "area": h.area, "unit": h.unit, "covered": round(h.covered, 4)}
                for h in missing
            ],
        }
        print_json(answer)
    else:
        _print_check(context, router, ties, missing, len(chains))
    contradictions = sum(not tie.harmless for tie in ties)
    if contradictions:
        raise XianchengError(
            Text(f"有 {contradictions} 处规则互相矛盾", f"{contradictions} pairs of rules contradict each other"),
            Text("给其中一条写上优先级，或改窄它的条件", "give one of each pair a priority, or narrow its conditions"),
        )


@command(
    route,
    "try",
    Text("用新规则重派历史案件，看哪些会改派", "route past cases by new rules and see which would move"),
    "xiancheng -C tumed route try --rules new.xlsx --history cases.xlsx",
    "xiancheng route try --old rules.toml --rules new.toml --history cases.csv --json",
)
@option("--rules", type=_FILE, required=True, text=Text("新规则", "the new rules"))
@option("--old", type=_FILE, text=Text("现行规则（默认县域目录的）", "the present rules (default: the county's)"))
@option("--history", type=_FILE, required=True, text=Text("历史案件（.xlsx、.csv）", "past cases (.xlsx, .csv)"))
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def try_command(context: Context, *, rules: Path, old: Path | None, history: Path, as_json: bool) -> None:
    """Print which cases move from which unit to which."""
    settings = load_settings(context.county_folder)
    cases, notes = read_history(history, settings)
    for note in notes[:_SHOWN]:
        context.warn(note)
    if len(notes) > _SHOWN:
        context.warn(Text(f"另有 {len(notes) - _SHOWN} 行未读", f"{len(notes) - _SHOWN} more rows left out"))
    areas = _areas(context, settings)
    present = Router(read_rules(_rules_file(context, settings, old), settings), settings, areas)
    trial = try_rules(present, Router(read_rules(rules, settings), settings, areas), cases)
    if as_json:
        moved = [
            {"id": cases.ids[i], "from": a, "to": b}
            for i, a, b in zip(trial.moved.tolist(), trial.before, trial.after, strict=True)
        ]
        answer = {**trial.as_dict(), "left_out": [note.as_dict() for note in notes], "cases_moved": moved}
        print_json(answer)
        return
    count = len(trial.moved)
    context.out.print(
        Text(f"{trial.cases} 件案件，{count} 件会改派", f"{trial.cases} cases, {count} would move").get(), markup=False
    )
    if trial.moves:
        table = Table(box=None, pad_edge=False)
        for title in (Text("原单位", "from"), Text("新单位", "to")):
            table.add_column(title.get())
        table.add_column(Text("件数", "cases").get(), justify="right")
        for (a, b), number in trial.moves.items():
            table.add_row(a, b, str(number))
        context.out.print(table)


def _print_check(context: Context, router: Router, ties: list[Overlap], missing: list[Hole], areas: int) -> None:
    count = len(router.rules.rules)
    context.out.print(
        Text(
            f"{count} 条规则，{len(ties)} 对分不出先后，{len(missing)} 处只有兜底单位",
            f"{count} rules, {len(ties)} pairs tie, {len(missing)} holes that only a default takes",
        ).get(),
        markup=False,
    )
    for tie in ties[:_SHOWN]:
        kind = Text("重复", "superfluous") if tie.harmless else Text("矛盾", "contradiction")
        where = " ".join([str(tie.category or ""), *tie.areas]).strip()
        context.out.print(f"  {kind.get()}  {tie.first.id} {tie.second.id}  {where}", markup=False)
    by_category = Counter(hole.category for hole in missing)
    partly = {hole.category: hole.covered for hole in missing if hole.covered}
    for category, number in by_category.most_common(_SHOWN):
        zh = f"{category}：{areas} 个区域中 {number} 个没有规则"
        en = f"{category}: no rule in {number} of {areas} areas"
        if category in partly:
            zh, en = zh + "（有的只在部分时段有）", en + " (in some only for a part of the week)"
        context.out.print("  " + Text(zh, en).get(), markup=False)
    more = max(0, len(ties) - _SHOWN) + max(0, len(by_category) - _SHOWN)
    if more:
        context.note(Text(f"另有 {more} 行，用 --json 看全部", f"{more} more lines; see all with --json"))


def _overlap(tie: Overlap) -> dict[str, object]:
    return {
        "first": tie.first.id,
        "second": tie.second.id,
        "harmless": tie.harmless,
        "areas": list(tie.areas),
        "category": None if tie.category is None else str(tie.category),
    }


def _categories(folder: Path | None, settings: RoutingSettings) -> list[CategoryKey]:
    """Return the subclasses of the scheme that the county works by, valid today."""
    scheme = load_schemes(folder).get(settings.scheme)
    if scheme is None:
        return []
    keys = [category.key for category in scheme.categories(on=today())]
    return [key for key in keys if len(key.code) > scheme.kind(key.kind).class_width]


def _check_category(context: Context, folder: Path | None, key: CategoryKey) -> None:
    """Refuse a code that a complete scheme does not have, and warn of one that a partial scheme does not list.

    Its case would silently go to a default.
    """
    scheme = load_schemes(folder).get(key.scheme)
    if scheme is None:
        context.warn(Text(f"没有类别方案 {key.scheme}", f"there is no scheme of categories {key.scheme}"))
    elif scheme.complete:
        scheme.lookup(key)
    elif scheme.get(key.kind, key.code) is None:
        context.warn(Text(f"类别表中没有 {key}，请核对代码", f"{key} is not in the list of categories: check the code"))


def _rules_file(context: Context, settings: RoutingSettings, given: Path | None) -> Path:
    return find_rules(context.folder, settings) if given is None else given


def _router(context: Context, settings: RoutingSettings, given: Path | None) -> Router:
    rules = read_rules(_rules_file(context, settings, given), settings)
    return Router(rules, settings, _areas(context, settings))


def _areas(context: Context, settings: RoutingSettings) -> AreaIndex | None:
    """Return the areas of the county's newest snapshot; None without a county or a snapshot."""
    if context.county_folder is None or not published(context.county):
        return None
    areas, notes = areas_of(open_snapshot(context.county, context.catalogue, None), settings.areas)
    for note in notes:
        context.note(note)
    return AreaIndex(areas, settings.cell_metres)
