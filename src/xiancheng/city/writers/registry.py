"""The registry of writers: a format is a module that registers one function."""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import CountyInfo, FeatureTable
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Language, Text


class Writer(Protocol):
    """Writes features of one or more classes to a file (or a folder, if a format holds one class a file)."""

    def __call__(
        self,
        tables: Mapping[str, FeatureTable],
        path: Path,
        *,
        county: CountyInfo,
        catalogue: Catalogue,
        language: Language | None = None,
    ) -> None:
        """Write `tables` to `path`, which does not exist yet."""


@dataclass(frozen=True)
class _Entry:
    name: str
    suffixes: tuple[str, ...]
    function: Writer
    holds: frozenset[str] | None


_writers: dict[str, _Entry] = {}


def writer(name: str, *suffixes: str, holds: frozenset[str] | None = None) -> Callable[[Writer], Writer]:
    """Register a function as the writer of files ending in one of `suffixes` (lower case, longest wins).

    `holds` names the classes that the format can hold; None: all.
    """

    def register(function: Writer) -> Writer:
        if name in _writers:
            raise ValueError(f"writer {name!r} is registered twice")
        _writers[name] = _Entry(name, suffixes, function, holds)
        return function

    return register


def _load() -> None:
    package = importlib.import_module("xiancheng.city.writers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def writer_names() -> dict[str, tuple[str, ...]]:
    """Return every format and the file endings it is written for."""
    _load()
    return {entry.name: entry.suffixes for entry in _writers.values()}


def _entry_of(path: Path, name: str | None) -> _Entry:
    _load()
    if name is not None:
        if name not in _writers:
            raise UnknownNameError(Text("导出格式", "export format"), name, list(_writers))
        return _writers[name]
    lower = path.name.lower()
    matches = [(len(s), e.name) for e in _writers.values() for s in e.suffixes if lower.endswith(s)]
    if not matches:
        known = " ".join(sorted(s for e in _writers.values() for s in e.suffixes))
        raise XianchengError(
            Text(f"不知道 {path.name} 是什么格式", f"no format is known for {path.name}"),
            Text(f"支持：{known}；或用 --format 指明", f"known endings: {known}; or say it with --format"),
        )
    return _writers[max(matches)[1]]


def write(
    tables: Mapping[str, FeatureTable],
    path: Path,
    *,
    county: CountyInfo,
    catalogue: Catalogue,
    format_name: str | None = None,
    language: Language | None = None,
) -> list[str]:
    """Write features to `path` in the format of its ending, whole or not at all; an older file is replaced.

    Parameters
    ----------
    tables
        Class name → features.
    path
        Where to write. A format that holds one class a file makes a folder of it for several classes.
    county
        What is said of the county; a synthetic one is labelled in every format.
    catalogue
        Titles of codes.
    format_name
        Name of the format, if the ending does not say it.
    language
        Language of titles; None: this process's.

    Returns
    -------
    list of str
        The classes written: those that the format can hold.

    Raises
    ------
    XianchengError
        If no writer knows the ending, or the place cannot be written.
    UnknownNameError
        If `format_name` is no format.
    """
    entry = _entry_of(path, format_name)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xiancheng-") as folder:
            made = Path(folder) / path.name
            entry.function(tables, made, county=county, catalogue=catalogue, language=language)
            if made.is_dir():
                path.mkdir(exist_ok=True)
                for file in made.iterdir():
                    file.replace(path / file.name)
            else:
                made.replace(path)
    except OSError as error:
        raise XianchengError(
            Text(f"无法写入 {path}：{error.strerror or error}", f"cannot write {path}: {error.strerror or error}"),
            Text("检查目录是否存在、是否可写", "see that the folder exists and may be written"),
        ) from error
    return [name for name in tables if entry.holds is None or name in entry.holds]
