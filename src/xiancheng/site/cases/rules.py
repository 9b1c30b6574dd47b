"""The county's rules of cases: states, clocks, limits of stages. The last two are read again when a file changes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import optional_toml, read_toml
from xiancheng.operations.clock.loading import Clocks, load_clocks
from xiancheng.operations.limits import load_limit_words, parse_limit
from xiancheng.operations.states.loading import load_states
from xiancheng.operations.states.table import StateTable
from xiancheng.operations.terms import Limit
from xiancheng.site.county import folder

LIMITS = "limits.toml"


def states() -> StateTable:
    """Return the table of states, as it was when this process first asked for it."""
    return load_states(folder())


def clocks() -> Clocks:
    """Return the clocks."""
    return load_clocks(folder())


def stage_limits() -> dict[str, Limit]:
    """Return the limit of every stage that has one of its own.

    Raises
    ------
    ConfigError
        If an entry is no limit.
    """
    path = folder() / LIMITS
    return _limits(folder(), path.stat().st_mtime_ns if path.exists() else 0)


def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Return what the table lets these roles do."""
    granted = states().roles()
    return frozenset().union(*(granted.get(role, frozenset()) for role in roles))


@lru_cache(maxsize=8)
def _limits(place: Path, changed: int) -> dict[str, Limit]:
    del changed
    written = read_toml(data_folder("catalogues") / "operations" / LIMITS) | optional_toml(place / LIMITS)
    found: dict[str, Limit] = {}
    words = load_limit_words(place)
    for stage, text in written.items():
        if not isinstance(text, str):
            raise ConfigError(Text(f"{LIMITS}：{stage} 应是文字，如“4工作时”", f"{LIMITS}: {stage} has to be a text"))
        if text:
            found[stage] = parse_limit(text, words).limit
    return found
