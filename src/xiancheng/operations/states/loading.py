"""Reading the table of states from the shipped catalogue and the county's own file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml, with_entries
from xiancheng.operations.states.checking import check_table
from xiancheng.operations.states.table import (
    ActionSpec,
    Kind,
    Named,
    Owner,
    PermissionSpec,
    Source,
    State,
    StateTable,
)

FILE = Path("operations") / "states.toml"
_PARTS = ("words", "stages", "timers", "marks", "counters", "sources", "permissions", "states", "actions")
_WORD = re.compile(r"\{(\w+)\}")
Entry = TypeVar("Entry")


@lru_cache(maxsize=8)
def load_states(county_folder: Path | None = None) -> StateTable:
    """Return the table: the shipped one, with what ``catalogues/operations/states.toml`` of the county changes.

    Raises
    ------
    ConfigError
        If an entry is wrong, or the table does not hold together; all faults are told at once.
    """
    own = county_toml(county_folder, Path("catalogues") / FILE)
    return read_states(with_entries(read_toml(data_folder("catalogues") / FILE), own))


def read_states(content: Mapping[str, Any]) -> StateTable:
    """Build the table from the contents of a TOML file.

    Raises
    ------
    ConfigError
        As :func:`load_states`.
    """
    unknown = sorted(set(content) - {*_PARTS, "version"})
    if unknown:
        raise ConfigError(
            Text(
                f"状态表中没有名为 {'、'.join(unknown)} 的部分", f"the table of states has no part {', '.join(unknown)}"
            ),
            Text("可用的有：" + "、".join(_PARTS), "there are: " + ", ".join(_PARTS)),
        )
    words = {name: Text.of(value) for name, value in content.get("words", {}).items()}

    def part(name: str, build: Callable[[_Reader], Entry]) -> dict[str, Entry]:
        found = {}
        for key, entry in content.get(name, {}).items():
            reader = _Reader(f"{name}.{key}", key, entry, words)
            found[key] = build(reader)
            reader.nothing_left()
        return found

    table = StateTable(
        version=str(content.get("version", "")),
        stages=part("stages", _named),
        timers=part("timers", _named),
        marks=part("marks", _named),
        counters=part("counters", _named),
        sources=part("sources", _source),
        permissions=part("permissions", lambda r: PermissionSpec(r.name, r.title(), r.names("roles"))),
        states=part("states", _state),
        actions=part("actions", _action),
        words=words,
    )
    faults = check_table(table)
    if faults:
        raise ConfigError(
            Text(
                "状态表有误：" + "；".join(f.zh for f in faults), "table of states: " + "; ".join(f.en for f in faults)
            ),
            Text(
                "改正 catalogues/operations/states.toml；文件开头解释了每一个键",
                "mend catalogues/operations/states.toml; its head explains every key",
            ),
        )
    return table


class _Reader:
    """Takes the keys of one entry, and tells those that nobody asked for."""

    def __init__(self, path: str, name: str, entry: object, words: Mapping[str, Text]) -> None:
        if not isinstance(entry, dict):
            raise ConfigError(Text(f"{path} 应当是一个表", f"{path} has to be a table"))
        self.path, self.name, self.words = path, name, words
        self.entry = dict(entry)

    def title(self) -> Text:
        text = Text.of(self.entry.pop("title", self.name))
        used = {*_WORD.findall(text.zh), *_WORD.findall(text.en)}
        unknown = sorted(used - set(self.words))
        if unknown:
            raise self.wrong(
                "title", Text(f"[words] 里没有 {'、'.join(unknown)}", f"[words] does not have {', '.join(unknown)}")
            )
        return text.format(**self.words) if used else text

    def text(self, key: str) -> str:
        value = self.entry.pop(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, Text("应当是文字", "has to be text"))
        return value

    def flag(self, key: str) -> bool:
        value = self.entry.pop(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, Text("应当是 true 或 false", "has to be true or false"))
        return value

    def number(self, key: str) -> int | None:
        value = self.entry.pop(key, None)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise self.wrong(key, Text("应当是不小于零的整数", "has to be a whole number, zero or more"))
        return value

    def names(self, key: str) -> tuple[str, ...]:
        value = self.entry.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, Text("应当是名称的列表", "has to be a list of names"))
        return tuple(value)

    def nothing_left(self) -> None:
        for key in self.entry:
            raise self.wrong(key, Text("没有这个键", "there is no such key"))

    def wrong(self, key: str, message: Text) -> ConfigError:
        return ConfigError(
            Text(f"states.toml 的 {self.path}.{key}：{message.zh}", f"states.toml, {self.path}.{key}: {message.en}"),
            Text("文件开头解释了每一个键", "the head of the shipped file explains every key"),
        )


def _named(reader: _Reader) -> Named:
    return Named(reader.name, reader.title())


def _source(reader: _Reader) -> Source:
    return Source(reader.name, reader.title(), reader.names("requires"), reader.flag("pre_filing_check"))


def _state(reader: _Reader) -> State:
    return State(
        name=reader.name,
        title=reader.title(),
        stage=reader.text("stage"),
        holder=reader.text("holder"),
        filed=reader.flag("filed"),
        final=reader.text("final"),
        aside=reader.flag("aside"),
    )


def _action(reader: _Reader) -> ActionSpec:
    return ActionSpec(
        name=reader.name,
        title=reader.title(),
        permission=reader.text("permission"),
        kind=cast("Kind", reader.text("kind")),
        to=reader.text("to"),
        from_states=frozenset(reader.names("from")),
        requires=reader.names("requires"),
        takes=reader.names("takes"),
        own=cast("Owner", reader.text("own")),
        other_than=reader.names("other_than"),
        needs=frozenset(reader.names("needs")),
        forbids=frozenset(reader.names("forbids")),
        sets=frozenset(reader.names("sets")),
        clears=frozenset(reader.names("clears")),
        forgets=frozenset(reader.names("forgets")),
        starts=reader.names("starts"),
        pauses=reader.names("pauses"),
        resumes=reader.names("resumes"),
        finishes=reader.names("finishes"),
        counts=reader.text("counts"),
        extends=reader.text("extends"),
        within_days=reader.number("within_days"),
        since=reader.names("since"),
        creates=reader.flag("creates"),
        files=reader.flag("files"),
        claims=reader.flag("claims"),
        privileged=reader.flag("privileged"),
    )
