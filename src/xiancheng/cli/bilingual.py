"""Click commands whose help is written in both languages and chosen when it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from xiancheng.foundation.text import Text

Function = TypeVar("Function", bound=Callable[..., Any])


class Option(click.Option):
    """An option with bilingual help."""

    def __init__(self, *args: Any, text: Text, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature
        super().__init__(*args, **kwargs)
        self.text = text

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the record with the help of the current language."""
        self.help = self.text.get()
        return super().get_help_record(ctx)


class _Bilingual(click.Command):
    text: Text
    examples: tuple[str, ...]

    def get_short_help_str(self, limit: int = 45) -> str:
        return self.text.get().strip().splitlines()[0][: max(limit, 60)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.help = self.text.get()
        super().format_help_text(ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        if self.examples:
            with formatter.section(Text("示例", "Examples").get()):
                for example in self.examples:
                    formatter.write(" " * formatter.current_indent + example + "\n")


class Command(_Bilingual):
    """A command with bilingual help and examples."""

    def __init__(self, *args: Any, text: Text, examples: tuple[str, ...] = (), **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.text, self.examples = text, examples


class Group(_Bilingual, click.Group):
    """A group of commands with bilingual help."""

    def __init__(self, *args: Any, text: Text, examples: tuple[str, ...] = (), **kwargs: Any) -> None:  # noqa: ANN401
        click.Group.__init__(self, *args, **kwargs)
        self.text, self.examples = text, examples

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order they were written, which is the order of work."""
        return list(self.commands)


def command(group: click.Group, name: str, text: Text, *examples: str) -> Callable[[Function], click.Command]:
    """Register a function as command `name` of `group`."""
    return group.command(name, cls=Command, text=text, examples=examples)


def option(*names: str, text: Text, **kwargs: Any) -> Callable[[Function], Function]:  # noqa: ANN401
    """Return a click option with bilingual help."""
    return click.option(*names, cls=Option, text=text, **kwargs)
