"""The root command, its context and how errors reach a person."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, cast

import click
from rich.console import Console

from xiancheng import __version__
from xiancheng.city.classes import Catalogue, load_catalogue
from xiancheng.city.county import CONFIG, County
from xiancheng.cli.bilingual import Group, option
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Language, Text, current_language, set_language


@dataclass
class Context:
    """What every command works on."""

    folder: Path
    quiet: bool = False

    @property
    def county_folder(self) -> Path | None:
        """The directory of ``-C DIR`` if it is a county's, for commands that work without one."""
        return self.folder if (self.folder / CONFIG).exists() else None

    @cached_property
    def county(self) -> County:
        """The county of ``-C DIR``."""
        return County.load(self.folder)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The shipped classes and the county's own."""
        return load_catalogue(self.folder)

    @cached_property
    def out(self) -> Console:
        """Where results go: standard output."""
        return Console(highlight=False, width=None if sys.stdout.isatty() else 160)

    @cached_property
    def err(self) -> Console:
        """Where notes, warnings and progress go: standard error."""
        return Console(stderr=True, soft_wrap=True, highlight=False, quiet=self.quiet)

    def note(self, text: Text) -> None:
        """Tell something that is not the result."""
        self.err.print(text.get(), style="dim", markup=False)

    def warn(self, text: Text) -> None:
        """Tell something that a person should look at."""
        self.err.print(Text("注意：", "warning: ").get() + text.get(), style="yellow", markup=False)


pass_context = click.make_pass_decorator(Context)
JSON = Text("输出 JSON", "print JSON")
"""What ``--json`` does."""


def print_json(value: object, *, default: Callable[[Any], Any] | None = None) -> None:
    """Print a result as JSON; `default` as for :func:`json.dumps`."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=default))


class DateType(click.ParamType[date]):
    """A calendar date, YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse `value`; anything else than a date is refused with the form that is expected."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(
                Text(f"“{value}”不是日期，请写成 2025-12-31", f"{value!r} is not a date; write 2025-12-31").get(),
                param,
                ctx,
            )


DATE = DateType()


def _set_language(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    del ctx, param
    if value:
        set_language(cast("Language", value))


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if value and not ctx.resilient_parsing:
        click.echo(f"xiancheng {__version__}")
        ctx.exit()


@click.group(
    cls=Group,
    text=Text(
        "县城（Xiancheng）：把县城建设方案变成可运行的系统——一个城市模型，每条目标的数值、差距、位置和责任单位。",
        "Xiancheng (县城): a county seat's development programme as a running system — one city model, and for every "
        "target its figure, its gap, where, and whose it is.",
    ),
    examples=(
        "xiancheng demo",
        "xiancheng -C baotou-tumed init --name 土默特右旗 --code 150221 --crs EPSG:4546",
        "xiancheng -C baotou-tumed import parks.shp --class park --datum CGCS2000",
        "xiancheng -C baotou-tumed publish --as-of 2025-12-31",
        "xiancheng -C baotou-tumed assess --html report.html",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@option(
    "-C",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    show_default=True,
    metavar="DIR",
    text=Text("县域目录", "county directory"),
)
@option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    is_eager=True,
    expose_value=False,
    callback=_set_language,
    text=Text("语言（默认按环境变量，否则中文）", "language (default: from the environment, else Chinese)"),
)
@option("--quiet", "-q", is_flag=True, text=Text("只输出结果", "print results only"))
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    text=Text("显示版本", "show the version"),
)
@click.pass_context
def root(ctx: click.Context, folder: Path, quiet: bool) -> None:
    """Hold the context of every command."""
    ctx.obj = Context(folder, quiet)


def _register() -> None:
    from xiancheng.cli import (  # noqa: F401, PLC0415 - importing registers the commands, once root exists
        assess_commands,
        cases_commands,
        clock_commands,
        copy_command,
        doctor_command,
        measure_commands,
        model_commands,
        route_commands,
        sample_commands,
        site_commands,
        standard_commands,
        tiles_command,
    )


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; errors that a person can act on are told without a traceback (exit status 1)."""
    _register()
    _prefer_language(sys.argv[1:] if arguments is None else arguments)
    try:
        root.main(args=arguments, prog_name="xiancheng", standalone_mode=True)
    except XianchengError as error:
        tell_error(error)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away: not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(0)


def _prefer_language(arguments: list[str]) -> None:
    """Choose the language before click parses, so that ``--help --lang en`` works in any order."""
    for i, argument in enumerate(arguments):
        value = argument.partition("=")[2] if argument.startswith("--lang=") else None
        if argument == "--lang" and i + 1 < len(arguments):
            value = arguments[i + 1]
        if value in {"zh", "en"}:
            set_language(cast("Language", value))


def tell_error(error: XianchengError) -> None:
    """Print an error and what to do about it to standard error."""
    language = current_language()
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    label = Text("错误：", "error: ").get(language)
    console.print(label + error.message.get(language), style="bold red", markup=False)
    if error.hint is not None:
        console.print(Text("怎么办：", "what to do: ").get(language) + error.hint.get(language), markup=False)
