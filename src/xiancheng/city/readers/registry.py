"""The registry of readers: a format is a module that registers one function."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from xiancheng.city.classes import Catalogue
from xiancheng.city.layer import SourceLayer
from xiancheng.foundation.errors import SourceError, UnknownNameError
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.foundation.text import Text


@dataclass(frozen=True)
class ReadOptions:
    """What a person may tell a reader; every option has a sensible absence.

    Attributes
    ----------
    catalogue
        The county's classes: readers of tagged data (OSM) sort objects into them.
    classes
        Only these classes, if given.
    layer
        The sheet, table or layer to read; None reads all.
    encoding
        Encoding of text when the file does not state one (``GBK``, ``UTF-8``).
    header_row
        Row of the header in a sheet, counted from 1; None finds it.
    x, y
        Names of the coordinate columns of a table; None finds them.
    progress
        Where progress is told.
    """

    catalogue: Catalogue
    classes: frozenset[str] | None = None
    layer: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    x: str | None = None
    y: str | None = None
    progress: Progress = field(default_factory=Silent)


Reader = Callable[[Path, ReadOptions], Iterator[SourceLayer]]


@dataclass(frozen=True)
class _Entry:
    name: str
    suffixes: tuple[str, ...]
    function: Reader


_readers: dict[str, _Entry] = {}


def reader(name: str, *suffixes: str) -> Callable[[Reader], Reader]:
    """Register a function as the reader of files ending in one of `suffixes` (lower case, longest wins)."""

    def register(function: Reader) -> Reader:
        if name in _readers and _readers[name].function.__module__ != function.__module__:
            raise ValueError(f"reader {name!r} is registered twice")
        _readers[name] = _Entry(name, suffixes, function)
        return function

    return register


def _load() -> None:
    package = importlib.import_module("xiancheng.city.readers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def reader_names() -> dict[str, tuple[str, ...]]:
    """Return every format and the file endings it reads."""
    _load()
    return {entry.name: entry.suffixes for entry in _readers.values()}


def format_of(path: Path, name: str | None = None) -> str:
    """Return the name of the format of `path`, from its ending unless `name` is given.

    Raises
    ------
    SourceError
        If no reader knows the ending.
    UnknownNameError
        If `name` is no format.
    """
    _load()
    if name is not None:
        if name not in _readers:
            raise UnknownNameError(Text("格式", "format"), name, list(_readers))
        return name
    lower = path.name.lower()
    matches = [(len(s), e.name) for e in _readers.values() for s in e.suffixes if lower.endswith(s)]
    if not matches:
        known = " ".join(sorted(s for e in _readers.values() for s in e.suffixes))
        raise SourceError(
            path,
            Text("不认识的文件格式", "unknown file format"),
            hint=Text(f"支持：{known}；或用 --format 指明", f"known endings: {known}; or say it with --format"),
        )
    return max(matches)[1]


def read(path: Path, options: ReadOptions, *, format_name: str | None = None) -> Iterator[SourceLayer]:
    """Read all layers of `path`.

    Raises
    ------
    SourceError
        If the file is missing, empty, broken or of an unknown format.
    """
    if not path.exists():
        raise SourceError(path, Text("文件不存在", "no such file"), hint=Text(str(path), str(path)))
    if path.is_file() and path.stat().st_size == 0:
        raise SourceError(path, Text("文件是空的", "the file is empty"))
    yield from _readers[format_of(path, format_name)].function(path, options)
