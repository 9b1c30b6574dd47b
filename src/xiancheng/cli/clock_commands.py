"""Commands on the clock of cases: when a limit ends, how much of it has passed, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import click
from rich.table import Table

from xiancheng.cli.app import JSON, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.operations.clock import Clock, Interval, Pause, elapsed, explain, explain_deadline, load_clocks
from xiancheng.operations.limits import load_limit_words, parse_limit
from xiancheng.operations.terms import BEIJING, LimitUnit

_UNITS = {
    LimitUnit.URGENT_HOUR: Text("紧急工作时", "urgent hours"),
    LimitUnit.URGENT_DAY: Text("紧急工作日", "urgent days"),
    LimitUnit.WORK_HOUR: Text("工作时", "work hours"),
    LimitUnit.WORK_DAY: Text("工作日", "work days"),
    LimitUnit.NATURAL_DAY: Text("自然日", "natural days"),
}
_WHEN = "YYYY-MM-DDTHH:MM"


class InstantType(click.ParamType[datetime]):
    """An instant; without a zone it is Beijing time."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse `value`; anything else than a time is refused with the form that is expected."""
        try:
            instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            return instant.replace(tzinfo=BEIJING) if instant.tzinfo is None else instant.astimezone(BEIJING)
        except (ValueError, OverflowError):
            self.fail(
                Text(
                    f"“{value}”不是时间，请写成 2026-02-13T17:00", f"{value!r} is not a time; write 2026-02-13T17:00"
                ).get(),
                param,
                ctx,
            )


class PauseType(click.ParamType[tuple[datetime, datetime]]):
    """From and to of a suspension: ``A/B``."""

    name = "pause"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Pause:
        """Parse `value`, two times with a slash between."""
        if isinstance(value, tuple):
            return value
        begin, slash, end = str(value).partition("/")
        if not slash:
            self.fail(
                Text(
                    f"“{value}”应为 开始/结束，如 2026-02-13T17:00/2026-02-14T09:00",
                    f"{value!r} must be BEGIN/END, such as 2026-02-13T17:00/2026-02-14T09:00",
                ).get(),
                param,
                ctx,
            )
        return INSTANT.convert(begin, param, ctx), INSTANT.convert(end, param, ctx)


INSTANT = InstantType()

_start = option(
    "--start", type=INSTANT, required=True, metavar=_WHEN, text=Text("开始时间（北京时间）", "start (Beijing time)")
)
_calendar = option(
    "--calendar",
    "calendars",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    multiple=True,
    metavar="FILE",
    text=Text("另加的工作日历 CSV，可多次", "a further working calendar (CSV), may be repeated"),
)
_profile = option("--profile", text=Text("作息名称（见 clock.toml）", "name of the office hours (see clock.toml)"))
_pause = option(
    "--pause",
    "pauses",
    type=PauseType(),
    multiple=True,
    metavar="BEGIN/END",
    text=Text("挂账的起止，可多次", "a suspension, may be repeated"),
)
_json = option("--json", "as_json", is_flag=True, text=JSON)


@root.group(
    "clock",
    cls=Group,
    text=Text("时限：何时到期、用了多少、怎样算的", "limits: when they end, how much has passed, and why"),
    examples=(
        "xiancheng clock deadline --limit 4工作时 --start 2026-02-13T17:00",
        "xiancheng clock elapsed --start 2026-02-13T17:00 --end 2026-02-24T09:00 --unit work_hour",
    ),
)
def clock_group() -> None:
    """Group of the commands about limits."""


@command(
    clock_group,
    "deadline",
    Text("一个时限何时到期，逐段说明", "when a limit ends, with every interval that counts"),
    "xiancheng clock deadline --limit 4工作时 --start 2026-02-13T17:00",
    "xiancheng clock deadline --limit 5天 --day-means natural_day --start 2026-02-13T17:00 --json",
    "xiancheng clock deadline --limit 2工作日 --start 2026-03-06T16:00 --pause 2026-03-09T09:00/2026-03-09T11:00",
    "xiancheng -C baotou-tumed clock deadline --limit 1工作日 --start 2026-12-31T17:00 --calendar 2027.csv",
)
@option("--limit", required=True, metavar="TEXT", text=Text("时限，如 4工作时", "the limit, such as 4工作时"))
@_start
@_calendar
@_profile
@_pause
@option(
    "--extend",
    "extensions",
    multiple=True,
    metavar="TEXT",
    text=Text("延期，如 2工作日，可多次", "an extension, such as 2工作日, may be repeated"),
)
@option(
    "--hour-means",
    type=click.Choice([LimitUnit.WORK_HOUR.value, LimitUnit.URGENT_HOUR.value]),
    text=Text("“小时”的含义（默认见 clock.toml）", "what 小时 means (default: see clock.toml)"),
)
@option(
    "--day-means",
    type=click.Choice([LimitUnit.WORK_DAY.value, LimitUnit.NATURAL_DAY.value]),
    text=Text("“天”的含义（默认见 clock.toml）", "what 天 means (default: see clock.toml)"),
)
@_json
@pass_context
def deadline_command(
    context: Context,
    *,
    limit: str,
    start: datetime,
    calendars: tuple[Path, ...],
    profile: str | None,
    pauses: tuple[Pause, ...],
    extensions: tuple[str, ...],
    hour_means: str | None,
    day_means: str | None,
    as_json: bool,
) -> None:
    """Compute and explain a deadline."""
    words = load_limit_words(context.county_folder).meaning(
        hour=LimitUnit(hour_means) if hour_means else None, day=LimitUnit(day_means) if day_means else None
    )
    written = parse_limit(limit, words)
    clock = _clock(context, profile, calendars)
    further = [parse_limit(text, words) for text in extensions]
    result = explain_deadline(
        start, written.limit, clock, pauses=pauses, extensions=[extension.limit for extension in further]
    )
    if as_json:
        print_json(
            {
                "start": start.isoformat(),
                "limit": {
                    "text": limit,
                    "amount": written.limit.amount,
                    "unit": written.limit.unit,
                    "note": written.limit.note,
                },
                "extensions": [{"text": e.text, "amount": e.limit.amount, "unit": e.limit.unit} for e in further],
                "pauses": [[a.isoformat(), b.isoformat()] for a, b in pauses],
                "profile": clock.profile.name,
                "deadline": result.deadline.isoformat(),
                "intervals": _rows(result.intervals),
                "warnings": [w.as_dict() for w in result.warnings],
            }
        )
        return
    _warn(context, result.warnings)
    _print_table(context, result.intervals)
    line = Text("到期：{when}（{title}，{amount} {unit}）", "deadline: {when} ({title}, {amount} {unit})").format(
        when=_when(result.deadline),
        title=clock.profile.title,
        amount=written.limit.amount,
        unit=_UNITS[written.limit.unit],
    )
    context.out.print(line.get(), style="bold", markup=False)


@command(
    clock_group,
    "elapsed",
    Text("两个时间之间用了多少，逐段说明", "how much has passed between two times, with every interval that counts"),
    "xiancheng clock elapsed --start 2026-02-13T17:00 --end 2026-02-24T09:00 --unit work_hour",
    "xiancheng clock elapsed --start 2026-03-06T16:00 --end 2026-03-13T16:00 --unit 工作日 --profile saturday --json",
)
@_start
@option("--end", type=INSTANT, required=True, metavar=_WHEN, text=Text("结束时间（北京时间）", "end (Beijing time)"))
@option(
    "--unit",
    required=True,
    metavar="|".join(LimitUnit),
    text=Text("单位，也可写 工作时、工作日 等", "what to count; 工作时, 工作日 … are understood, too"),
)
@_calendar
@_profile
@_pause
@_json
@pass_context
def elapsed_command(
    context: Context,
    *,
    start: datetime,
    end: datetime,
    unit: str,
    calendars: tuple[Path, ...],
    profile: str | None,
    pauses: tuple[Pause, ...],
    as_json: bool,
) -> None:
    """Compute and explain how much has passed."""
    counted_in = _unit(context, unit)
    clock = _clock(context, profile, calendars)
    result = elapsed(start, end, counted_in, clock, pauses=pauses)
    intervals = explain(start, end, counted_in, clock, pauses=pauses)
    warnings = clock.warnings(start, end) if clock.measure(counted_in)[0] is not None else []
    if as_json:
        print_json(
            {
                "start": start.isoformat(),
                "end": end.isoformat(),
                "unit": counted_in,
                "pauses": [[a.isoformat(), b.isoformat()] for a, b in pauses],
                "profile": clock.profile.name,
                "amount": float(result.amount),
                "exact": str(result.amount),
                "counted_us": _microseconds(result.counted),
                "intervals": _rows(intervals),
                "warnings": [w.as_dict() for w in warnings],
            }
        )
        return
    _warn(context, warnings)
    _print_table(context, intervals)
    line = Text("已用：{amount} {unit}（{title}）", "passed: {amount} {unit} ({title})").format(
        amount=_amount(result.amount), unit=_UNITS[counted_in], title=clock.profile.title
    )
    context.out.print(line.get(), style="bold", markup=False)


def _clock(context: Context, profile: str | None, calendars: tuple[Path, ...]) -> Clock:
    return load_clocks(context.county_folder, calendars=calendars).named(profile)


def _unit(context: Context, text: str) -> LimitUnit:
    units = {**load_limit_words(context.county_folder).units, **{str(unit): unit for unit in LimitUnit}}
    if text not in units:
        raise XianchengError(
            Text(f"没有名为“{text}”的单位", f"there is no unit {text!r}"),
            Text("可用的有：" + "、".join(units), "there are: " + ", ".join(units)),
        )
    return units[text]


def _warn(context: Context, warnings: Iterable[Text]) -> None:
    for warning in warnings:
        context.warn(warning)


def _rows(intervals: Iterable[Interval]) -> list[dict[str, object]]:
    return [
        {
            "begin": interval.begin.isoformat(),
            "end": interval.end.isoformat(),
            "counted": interval.counted,
            "reason": interval.reason.as_dict(),
            "total_us": _microseconds(interval.total),
        }
        for interval in intervals
    ]


def _print_table(context: Context, intervals: Iterable[Interval]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column(Text("从", "from").get(), no_wrap=True)
    table.add_column(Text("到", "to").get(), no_wrap=True)
    table.add_column(Text("计入", "counted").get(), justify="right", no_wrap=True)
    table.add_column(Text("累计", "total").get(), justify="right", no_wrap=True)
    table.add_column(Text("原因", "reason").get())
    for interval in intervals:
        counted = _span(interval.end - interval.begin) if interval.counted else "–"
        style = None if interval.counted else "dim"
        table.add_row(
            _when(interval.begin),
            _when(interval.end),
            counted,
            _span(interval.total),
            interval.reason.get(),
            style=style,
        )
    context.out.print(table)


def _when(instant: datetime) -> str:
    local = instant.astimezone(BEIJING).replace(tzinfo=None)
    exact = "minutes" if local.second == local.microsecond == 0 else "auto"
    return local.isoformat(" ", exact)


def _span(time: timedelta) -> str:
    minutes, rest = divmod(_microseconds(time), 60_000_000)
    seconds = f":{rest / 1_000_000:09.6f}".rstrip("0").rstrip(".") if rest % 1_000_000 else f":{rest // 1_000_000:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}" + (seconds if rest else "")


def _microseconds(time: timedelta) -> int:
    return time // timedelta(microseconds=1)


def _amount(amount: Fraction) -> str:
    return str(amount) if amount.denominator == 1 else f"{float(amount):.6g}"
