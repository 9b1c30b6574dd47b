"""The measure command: one figure with everything behind it."""

from __future__ import annotations

from datetime import date

import click
from rich.table import Table

from xiancheng.cli.app import DATE, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.pairs import pairs
from xiancheng.cli.snapshots import snapshot_for
from xiancheng.foundation.text import Text
from xiancheng.programme.registry import measures, run_measure
from xiancheng.programme.report import terminal
from xiancheng.programme.report.json import measurement_as_dict


@command(
    root,
    "measure",
    Text("计算一个指标；不带名称则列出全部", "compute one measure; without a name list all"),
    "xiancheng measure",
    "xiancheng -C tumed measure access.residents_within of=park metres=500 min_area_m2=4000 metric=straight",
    "xiancheng -C tumed measure ratio.per_1000 of=childcare attribute=places --as-of 2025-12-31 --json",
)
@click.argument("name", required=False)
@click.argument("parameters", nargs=-1, metavar="[KEY=VALUE]…")
@option("--as-of", type=DATE, text=Text("日期（默认最新快照）", "date (default: the newest snapshot)"))
@option(
    "--json",
    "as_json",
    is_flag=True,
    text=Text("输出 JSON（见 docs/reference/schema.md）", "print JSON (see docs/reference/schema.md)"),
)
@option(
    "--short",
    "short_limit",
    type=click.IntRange(0),
    text=Text("最多列出多少处短板", "at most so many places that fall short"),
)
@pass_context
def measure(
    context: Context,
    *,
    name: str | None,
    parameters: tuple[str, ...],
    as_of: date | None,
    as_json: bool,
    short_limit: int | None,
) -> None:
    """Compute and show."""
    if name is None:
        _list(context, as_json=as_json)
        return
    given = dict(pairs(parameters, Text("参数=值", "KEY=VALUE"), "of=park metres=500"))
    measurement = run_measure(snapshot_for(context, as_of), name, given)
    if as_json:
        print_json(measurement_as_dict(measurement, short_limit=short_limit))
    else:
        terminal.render_measurement(measurement, context.out, None)


def _list(context: Context, *, as_json: bool) -> None:
    specs = measures()
    if as_json:
        print_json([spec.as_dict() for spec in specs.values()])
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(Text("指标", "measure").get(), style="bold", no_wrap=True)
    table.add_column(Text("名称", "title").get())
    table.add_column(Text("单位", "unit").get())
    table.add_column(Text("参数", "parameters").get())
    for spec in specs.values():
        table.add_row(spec.name, spec.title.get(), spec.unit, " ".join(spec.parameter_names))
    context.out.print(table)
