"""Schemes as files: the shipped TOML, and the county's own entries in ``categories/`` of its directory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.foundation.files import write_whole
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml
from xiancheng.operations.categories.model import Category, Derived, Kind, Scheme, ordered
from xiancheng.operations.terms import CategoryKey

FOLDER = "categories"
COLUMNS = ("kind", "code", "title", "title_en", "valid_from", "valid_to", "local")
"""Columns of the county's own list, ``categories/<scheme>.csv``."""

_TITLE = "title"


def schemes_folder() -> Path:
    """Return where the shipped schemes lie."""
    return data_folder("catalogues") / "operations" / "schemes"


def load_schemes(county_folder: Path | None = None) -> dict[str, Scheme]:
    """Return the schemes by name, best known first: shipped ones, and the county's own of ``categories/*.toml``.

    A county's ``<scheme>.csv`` replaces the shipped entries of the same kind and code.

    Raises
    ------
    ConfigError
        If a file is wrong; names it and the entry.
    """
    paths = {p.stem: p for p in sorted(schemes_folder().glob("*.toml"))}
    own = county_folder / FOLDER if county_folder is not None else None
    if own is not None and own.is_dir():
        paths |= {p.stem: p for p in sorted(own.glob("*.toml"))}
    schemes = [load_scheme(path, own / f"{name}.csv" if own is not None else None) for name, path in paths.items()]
    return {s.name: s for s in sorted(schemes, key=lambda s: (s.rank, s.name))}


def scheme_named(schemes: Mapping[str, Scheme], name: str) -> Scheme:
    """Return a scheme.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    if name not in schemes:
        raise UnknownNameError(Text("编码方案", "scheme"), name, list(schemes))
    return schemes[name]


def load_scheme(path: Path, own_entries: Path | None = None) -> Scheme:
    """Return one scheme from its TOML, with the county's entries if that file exists.

    Raises
    ------
    ConfigError
        If either is wrong.
    """
    data = read_toml(path)
    try:
        head = data["scheme"]
        name, valid_from = str(head["name"]), head["valid_from"]
        kinds = {kind: _kind(kind, entry) for kind, entry in data["kind"].items()}
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong(path, f"[scheme], [kind.*]: {error}") from error
    if not isinstance(valid_from, date):
        raise _wrong(path, "valid_from")
    entries: dict[tuple[str, str], tuple[Category, ...]] = {}
    for kind_name, kind in kinds.items():
        for class_code, listed in data.get(kind_name, {}).items():
            _check(path, kind, class_code)
            for sub_code, title in listed.items():
                code = class_code if sub_code == _TITLE else class_code + sub_code
                _check(path, kind, code)
                key = CategoryKey(name, kind_name, code)
                entries[kind_name, code] = (Category(key, Text.of(title), valid_from, head.get("valid_to")),)
    complete = bool(head.get("complete", False))
    if own_entries is not None and own_entries.exists():
        own, complete = _read_own(own_entries, name, kinds, complete)
        if complete:
            entries = {k: v for k, v in entries.items() if len(k[1]) == kinds[k[0]].class_width}
        entries |= own
    return Scheme(
        name=name,
        title=Text.of(head.get("title", name)),
        valid_from=valid_from,
        valid_to=head.get("valid_to"),
        complete=complete,
        rank=int(head.get("rank", 100)),
        kinds=kinds,
        entries=entries,
    )


def save_own(path: Path, entries: Iterable[Category], *, complete: bool) -> None:
    """Write the county's list, sorted; the file is replaced as a whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    if complete:
        writer.writerow(("*", "complete", "", "", "", "", ""))
    for c in sorted(entries, key=lambda c: (c.key, c.valid_from)):
        english = "" if c.title.en == c.title.zh else c.title.en
        until = c.valid_to.isoformat() if c.valid_to else ""
        writer.writerow(
            (c.key.kind, c.key.code, c.title.zh, english, c.valid_from.isoformat(), until, "1" if c.local else "")
        )
    write_whole(path, ("\ufeff" + text.getvalue()).encode())


def _read_own(
    path: Path, scheme: str, kinds: Mapping[str, Kind], complete: bool
) -> tuple[dict[tuple[str, str], tuple[Category, ...]], bool]:
    found: dict[tuple[str, str], list[Category]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, str(error)) from error
    for number, row in enumerate(rows, 2):
        if row.get("kind") == "*":
            complete = True
            continue
        try:
            kind, code, title = kinds[row["kind"]], row["code"], row["title"]
            valid_from = date.fromisoformat(row["valid_from"])
            valid_to = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
            english, local = row["title_en"] or title, row["local"] == "1"
        except (KeyError, TypeError, ValueError) as error:
            raise _wrong(path, f"第 {number} 行 / row {number}: {error}") from error
        _check(path, kind, code)
        entry = Category(CategoryKey(scheme, kind.name, code), Text(title, english), valid_from, valid_to, local)
        found.setdefault((kind.name, code), []).append(entry)
    return {key: ordered(versions) for key, versions in found.items()}, complete


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    local = entry.get("local")
    derived = entry.get("derived")
    return Kind(
        name=name,
        title=Text.of(entry.get("title", name)),
        class_width=int(entry["class_width"]),
        sub_width=int(entry["sub_width"]),
        local=(int(local[0]), int(local[1])) if local else None,
        derived=Derived(str(derived["from"]), Text.of(derived["title"])) if derived else None,
    )


def _check(path: Path, kind: Kind, code: str) -> None:
    if not code.isdigit() or len(code) not in {kind.class_width, kind.class_width + kind.sub_width}:
        raise _wrong(path, f"{kind.name} {code!r}")


def _wrong(path: Path, what: str) -> ConfigError:
    return ConfigError(
        Text(f"{path}：{what} 有误", f"{path}: {what} is wrong"),
        Text(
            "参照 catalogues/operations/schemes 中的文件；代码须为方案规定的位数",
            "compare with the files in catalogues/operations/schemes; codes have as many digits as the scheme says",
        ),
    )
