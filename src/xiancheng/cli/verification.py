"""Telling what the verification of a chain of records found."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from xiancheng.cli.app import Context, print_json
from xiancheng.foundation.text import Text


class Verified(Protocol):
    """What a verification found."""

    @property
    def in_order(self) -> bool:
        """Whether nothing is wrong."""

    def summary(self) -> Text:
        """Return the result in one sentence."""

    def as_dict(self) -> Mapping[str, Any]:
        """Return the result for JSON."""


def tell(context: Context, found: Verified, *, as_json: bool, faults: Iterable[Text] = ()) -> None:
    """Print the result, and `faults` one a line; end with status 1 if anything is wrong."""
    if as_json:
        print_json(found.as_dict())
    else:
        mark = "[green]✓[/]" if found.in_order else "[red]✗[/]"
        context.out.print(f"{mark} {found.summary().get()}")
        for fault in faults:
            context.out.print(f"  {fault.get()}", markup=False)
    if not found.in_order:
        sys.exit(1)
