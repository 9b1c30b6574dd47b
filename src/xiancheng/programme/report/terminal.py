"""An assessment in the terminal: a table by article, or one clause in full."""

from __future__ import annotations

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Language, Text, current_language
from xiancheng.programme.assessment import STATUSES, Assessment, ClauseResult, IndicatorResult, Status
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.model import CLAUSE_KINDS, Target
from xiancheng.programme.report.figures import (
    CERTAINTIES,
    NONE,
    SYMBOLS,
    bound,
    change_of,
    figure_text,
    gap_text,
    headline,
    indicator_target_text,
    number_text,
    unit_of,
    unit_text,
    value_text,
)
from xiancheng.programme.report.grouping import bureau_title, by_article
from xiancheng.programme.report.json import plain

SHORT_SHOWN = 10
WIDE = 110
"""From this many columns on, the table has the bureau beside each clause."""

STYLES: dict[Status, str] = {"met": "green", "short": "bold red", "informative": "cyan", "no_data": "dim"}


def render(
    assessment: Assessment, console: Console, *, language: Language | None = None, clause: str | None = None
) -> None:
    """Print an assessment as a table by article, or everything about one clause.

    Raises
    ------
    UnknownNameError
        If the assessment has no clause `clause`.
    """
    language = language or current_language()
    _print(console, _heading(assessment, language))
    if clause is not None:
        found = next((c for c in assessment.clauses if c.clause.id == clause), None)
        if found is None:
            known = [c.clause.id for c in assessment.clauses]
            raise UnknownNameError(Text("条款", "clause"), clause, known)
        _print(console, *_clause(assessment, found, language))
        return
    console.print()
    _print(console, _table(assessment, language, console.width), Line(""), _summary(assessment, language))


def render_measurement(measurement: Measurement, console: Console, language: Language | None = None) -> None:
    """Print one measurement: the figure and everything behind it."""
    language = language or current_language()
    figure = value_text(measurement.value, measurement.unit).get(language)
    if measurement.value is None:
        figure = STATUSES["no_data"].get(language)
    _print(console, Line.assemble((measurement.measure, "bold"), "  ", (figure, "bold cyan")))
    _print(console, Padding(Group(*_measured(measurement, language)), (0, 0, 0, 2)))


def _print(console: Console, *parts: RenderableType) -> None:
    for part in parts:
        console.print(part, markup=False, highlight=False)


def _heading(assessment: Assessment, language: Language) -> Line:
    programme = assessment.programme
    line = Line.assemble((assessment.county_name.get(language), "bold"), "  ", programme.title.get(language))
    if assessment.synthetic:
        line.append("  ")
        line.append(Text("【合成数据】", "[synthetic data]").get(language), "bold yellow")
    state = Text("已到期", "closed") if assessment.closed else Text("执行中", "open")
    term = f"{programme.starts} – {programme.ends}"
    line.append(
        Text(
            f"\n方案期 {term}（{state.zh}）  数据日期 {assessment.as_of}  快照 {assessment.snapshot[:19]}",
            f"\nterm {term} ({state.en})  as of {assessment.as_of}  snapshot {assessment.snapshot[:19]}",
        ).get(language),
        "dim",
    )
    if assessment.followed_until:
        until = assessment.followed_until
        line.append(Text(f"  跟踪至 {until}", f"  followed until {until}").get(language), "dim")
    return line


def _table(assessment: Assessment, language: Language, width: int) -> Table:
    def words(zh: str, en: str) -> str:
        return Text(zh, en).get(language)

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(words("状态", "status"), no_wrap=True)
    table.add_column(words("条款", "clause"), no_wrap=True)
    table.add_column(words("内容", "title"), ratio=3, min_width=16)
    table.add_column(words("数值", "figure"), justify="right", no_wrap=True)
    table.add_column(words("目标", "target"), justify="right", no_wrap=True)
    table.add_column(words("差距", "gap"), justify="right", no_wrap=True)
    table.add_column(words("趋势", "trend"), justify="center", no_wrap=True)
    if width >= WIDE:
        table.add_column(words("责任单位", "bureau"), ratio=2, min_width=10)
    for article, clauses in by_article(assessment):
        table.add_section()
        title = Text(f"{article.title.zh}（第{article.id}条）", f"{article.title.en} (article {article.id})")
        table.add_row("", Line(article.id, style="bold"), Line(title.get(language), style="bold"))
        for clause in clauses:
            table.add_row(*_cells(assessment, clause, language)[: len(table.columns)])
    return table


def _cells(assessment: Assessment, clause: ClauseResult, language: Language) -> list[Line]:
    result = headline(clause)
    figure = target = gap = NONE
    if result is not None:
        figure = figure_text(result).get(language)
        target = indicator_target_text(result).get(language)
        gap = gap_text(result.gap, unit_of(result)).get(language)
    names = [bureau_title(assessment, b).get(language) for b in clause.clause.bureaus]
    return [
        _status(clause.status, language),
        Line(clause.clause.id),
        Line(clause.clause.title.get(language)),
        Line(figure),
        Line(target),
        Line(gap),
        _arrow(result),
        Line(Text("、", ", ").get(language).join(names)),
    ]


def _status(status: Status, language: Language) -> Line:
    return Line(f"{SYMBOLS[status]} {STATUSES[status].get(language)}", style=STYLES[status])


def _arrow(result: IndicatorResult | None) -> Line:
    change = None if result is None else change_of(result)
    if change is None:
        return Line("")
    return Line(change.arrow, style={True: "green", False: "red", None: "dim"}[change.better])


def _summary(assessment: Assessment, language: Language) -> Line:
    line = Line(Text("共 {n} 条：", "{n} clauses: ").format(n=len(assessment.clauses)).get(language))
    for i, status in enumerate(STATUSES):
        line.append("  " if i else "")
        line.append(
            f"{SYMBOLS[status]} {STATUSES[status].get(language)} {assessment.count(status)}", style=STYLES[status]
        )
    return line


def _clause(assessment: Assessment, found: ClauseResult, language: Language) -> list[RenderableType]:
    clause = found.clause
    names = [bureau_title(assessment, b).get(language) for b in clause.bureaus]
    parts: list[RenderableType] = [
        Line(""),
        Line.assemble(
            _status(found.status, language), "  ", (f"{clause.id} {clause.title.get(language)}", "bold"),
            f"  {CLAUSE_KINDS[clause.kind].get(language)}",
        ),
        Line(Text("责任单位：", "bureaus: ").get(language) + Text("、", ", ").get(language).join(names)),
    ]  # fmt: skip
    if clause.text is not None:
        parts.append(Line(clause.text.get(language), style="italic"))
    for result in found.indicators:
        parts += [Line(""), Padding(Group(*_indicator(result, language)), (0, 0, 0, 2))]
    return parts


def _indicator(result: IndicatorResult, language: Language) -> list[RenderableType]:
    indicator = result.indicator
    parts: list[RenderableType] = [
        Line.assemble(_status(result.status, language), "  ", (indicator.title.get(language), "bold"))
    ]
    unit = unit_of(result)
    if result.measurement is not None:
        line = Line.assemble(Text("数值 ", "figure ").get(language), (figure_text(result).get(language), "bold"))
        if indicator.target is not None:
            line.append(Text("  目标 ", "  target ").get(language) + indicator_target_text(result).get(language))
            if indicator.target.by is not None:
                line.append(Text(f"（{indicator.target.by} 前）", f" by {indicator.target.by}").get(language))
            line.append(Text("  差距 ", "  gap ").get(language) + gap_text(result.gap, unit).get(language))
        parts.append(line)
    if result.since is not None:
        since = value_text(
            result.since.value, result.since.unit, against=bound(indicator.target, result.since.value)
        ).get(language)
        day = result.since.as_of
        parts.append(Line(Text(f"此后（{day}）{since}", f"since ({day}) {since}").get(language)))
    if len(result.trend) > 1:
        points = [
            f"{p.as_of} {value_text(p.value, unit, against=bound(indicator.target, p.value)).get(language)}"
            for p in result.trend
        ]
        parts.append(Line(Text("趋势：", "trend: ").get(language) + " → ".join(points)))
    if result.measurement is not None:
        parts += _measured(result.measurement, language, indicator.target)
    missing = [m for m in result.missing if result.measurement is None or m not in result.measurement.missing]
    parts += [Line(Text("缺少：", "missing: ").get(language) + m.get(language), style="yellow") for m in missing]
    if indicator.note is not None:
        parts.append(Line(Text("口径说明：", "ambiguity: ").get(language) + indicator.note.get(language)))
    if indicator.certainty in CERTAINTIES:
        parts.append(Line(CERTAINTIES[indicator.certainty].get(language), style="dim"))
    return parts


def _measured(measurement: Measurement, language: Language, target: Target | None = None) -> list[RenderableType]:
    """Lines and tables of what stands behind a figure."""

    def words(zh: str, en: str) -> str:
        return Text(zh, en).get(language)

    parts: list[RenderableType] = [Line(words("定义：", "definition: ") + measurement.definition.get(language))]
    for label, number, fallback in (
        (measurement.numerator_label, measurement.numerator, Text("分子", "numerator")),
        (measurement.denominator_label, measurement.denominator, Text("分母", "denominator")),
    ):
        if number is not None:
            parts.append(Line(f"{(label or fallback).get(language)}{words('：', ': ')}{number_text(number)}"))
    given = "  ".join(f"{k}={_param(v)}" for k, v in measurement.params.items() if _param(v))
    if given:
        parts.append(Line(words("参数：", "parameters: ") + given))
    for excluded in measurement.excluded:
        amount = f"{number_text(excluded.count)} {unit_text(excluded.unit).get(language)}".strip()
        parts.append(Line(f"{words('排除：', 'excluded: ')}{excluded.reason.get(language)}{words('，', ', ')}{amount}"))
    parts += [Line(words("缺少：", "missing: ") + m.get(language), style="yellow") for m in measurement.missing]
    parts += [Line(words("说明：", "note: ") + n.get(language)) for n in measurement.notes]
    if measurement.by_area:
        parts.append(_areas(measurement, language, target))
    if measurement.short is not None and len(measurement.short):
        parts += _short(measurement, language)
    stamp = Text("数据日期 {day}  快照 {hash}", "as of {day}  snapshot {hash}").format(
        day=measurement.as_of, hash=measurement.snapshot
    )
    parts.append(Line(stamp.get(language), style="dim"))
    return parts


def _areas(measurement: Measurement, language: Language, target: Target | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(Text("乡镇", "township").get(language))
    for heading in (Text("数值", "figure"), Text("分子", "numerator"), Text("分母", "denominator")):
        table.add_column(heading.get(language), justify="right")
    for area in measurement.by_area:
        table.add_row(
            Line(area.name or area.code),
            Line(value_text(area.value, measurement.unit, against=bound(target, area.value)).get(language)),
            number_text(area.numerator),
            number_text(area.denominator),
        )
    return table


def _short(measurement: Measurement, language: Language) -> list[RenderableType]:
    short = measurement.short
    assert short is not None
    total, shown = len(short), min(len(short), SHORT_SHOWN)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    unit = unit_text(short.unit).get(language)
    for heading in (Text("名称", "name"), Text("编号", "id"), Text("乡镇", "township")):
        table.add_column(heading.get(language))
    table.add_column(Text("经度", "longitude").get(language), justify="right")
    table.add_column(Text("纬度", "latitude").get(language), justify="right")
    table.add_column(f"{Text('数量', 'amount').get(language)} {unit}".strip(), justify="right")
    names = {a.code: a.name for a in measurement.by_area}
    for row in short.rows(shown):
        table.add_row(
            Line(str(row["name"] or NONE)),
            Line(str(row["id"])),
            Line(str(names.get(row["area"], row["area"] or NONE))),
            NONE if row["lon"] is None else f"{row['lon']:.6f}",
            NONE if row["lat"] is None else f"{row['lat']:.6f}",
            number_text(row["amount"]),
        )
    told = Text(f"短板 {total:,} 处，列出前 {shown} 处：", f"{total:,} places fall short, the first {shown}:")
    return [Line(told.get(language), style="bold"), table]


def _param(value: object) -> str:
    value = "" if value is None else plain(value)
    if isinstance(value, list):
        return ",".join(str(v) for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
