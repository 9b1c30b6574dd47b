"""Programmes from TOML: read strictly, so that a mistake is told when the file is loaded and not in a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from xiancheng.city.classes import Catalogue, load_catalogue
from xiancheng.foundation.errors import ConfigError, UnknownNameError, XianchengError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml
from xiancheng.programme.model import CLAUSE_KINDS, Article, Clause, ClauseKind, Indicator, Programme, Target
from xiancheng.programme.registry import measure_spec

CERTAINTIES = ("V", "S", "M")


def load_programme(name_or_path: str | Path, *, county_folder: Path | None = None) -> Programme:
    """Read a programme.

    Parameters
    ----------
    name_or_path
        A path (relative to the county's directory or to the current one), or a name: of the county's own
        ``programmes/<name>.toml`` first, then of those shipped.
    county_folder
        The county's directory; its own classes and codes are known to the programme too.

    Raises
    ------
    UnknownNameError
        If there is no such programme.
    ConfigError
        Naming the file, the clause and the key that is wrong.
    """
    path = _find(name_or_path, county_folder)
    content = read_toml(path)
    return _Reader(path, load_catalogue(county_folder)).programme(content)


def shipped_programmes() -> list[str]:
    """Return the names of the programmes that come with Xiancheng."""
    return sorted(path.stem for path in data_folder("programmes").glob("*.toml"))


def _find(name_or_path: str | Path, county_folder: Path | None) -> Path:
    given = Path(name_or_path)
    folders = [county_folder] if county_folder is not None else []
    candidates = [folder / given for folder in folders] + [given]
    named = f"{name_or_path}.toml"
    candidates += [folder / "programmes" / named for folder in folders] + [data_folder("programmes") / named]
    for candidate in candidates:
        if candidate.suffix == ".toml" and candidate.is_file():
            return candidate
    raise UnknownNameError(Text("方案", "programme"), str(name_or_path), shipped_programmes())


@dataclass(frozen=True)
class _Reader:
    """Reads one file; `path` is named in every error."""

    path: Path
    catalogue: Catalogue

    def programme(self, content: Mapping[str, Any]) -> Programme:
        """Read the whole file."""
        where = Text("文件", "the file")
        self._keys(where, content, required=("programme", "bureaus", "article", "clause"))
        head = self._table(where, content, "programme")
        here = Text("[programme]", "[programme]")
        self._keys(here, head, required=("id", "title", "starts", "ends"), optional=("source",))
        starts, ends = self._date(here, head, "starts"), self._date(here, head, "ends")
        if ends < starts:
            raise self._wrong(here, "ends", "早于 starts", "lies before starts")
        bureaus = {
            name: self._text(Text("[bureaus]", "[bureaus]"), {name: title}, name)
            for name, title in self._table(where, content, "bureaus").items()
        }
        articles = tuple(self._article(entry) for entry in self._list(where, content, "article"))
        self._unique(where, "article", [a.id for a in articles])
        clauses = tuple(
            self._clause(entry, {a.id for a in articles}, bureaus) for entry in self._list(where, content, "clause")
        )
        self._unique(where, "clause", [c.id for c in clauses])
        return Programme(
            id=str(head["id"]),
            title=self._text(here, head, "title"),
            starts=starts,
            ends=ends,
            articles=articles,
            clauses=clauses,
            bureaus=bureaus,
            path=self.path,
            source=str(head.get("source", "")),
        )

    def _article(self, entry: Mapping[str, Any]) -> Article:
        where = Text(f"第{entry.get('id', '?')}条", f"article {entry.get('id', '?')}")
        self._keys(where, entry, required=("id", "title"))
        return Article(str(entry["id"]), self._text(where, entry, "title"))

    def _clause(self, entry: Mapping[str, Any], articles: set[str], bureaus: Mapping[str, Text]) -> Clause:
        name = str(entry.get("id", "?"))
        where = Text(f"条款 {name}", f"clause {name}")
        self._keys(where, entry, required=("id", "kind", "title", "bureaus", "indicator"), optional=("text",))
        if name.split(".", maxsplit=1)[0] not in articles:
            raise self._wrong(where, "id", "不属于任何 article", "belongs to no article")
        if entry["kind"] not in CLAUSE_KINDS:
            known = ", ".join(CLAUSE_KINDS)
            raise self._wrong(where, "kind", f"应为 {known} 之一", f"must be one of {known}")
        named = self._list(where, entry, "bureaus")
        for bureau in named:
            if bureau not in bureaus:
                raise self._unknown(where, "bureaus", str(bureau), list(bureaus))
        if not named:
            raise self._wrong(where, "bureaus", "至少要有一个责任单位", "names no bureau")
        indicators = tuple(self._indicator(where, i) for i in self._list(where, entry, "indicator"))
        if not indicators:
            raise self._wrong(where, "indicator", "至少要有一个指标", "has no indicator")
        self._unique(where, "indicator", [i.id for i in indicators])
        return Clause(
            id=name,
            kind=cast("ClauseKind", entry["kind"]),
            title=self._text(where, entry, "title"),
            bureaus=tuple(str(b) for b in named),
            indicators=indicators,
            text=self._text(where, entry, "text") if "text" in entry else None,
        )

    def _indicator(self, clause: Text, entry: Mapping[str, Any]) -> Indicator:
        name = str(entry.get("id", "?"))
        where = Text(f"{clause.zh} 指标 {name}", f"{clause.en}, indicator {name}")
        self._keys(
            where,
            entry,
            required=("id", "title"),
            optional=("measure", "params", "target", "note", "certainty", "later"),
        )
        if ("measure" in entry) == ("later" in entry):
            raise self._wrong(where, "measure", "与 later 二选一", "or later: exactly one of them is given")
        certainty = entry.get("certainty")
        if certainty is not None and certainty not in CERTAINTIES:
            raise self._wrong(where, "certainty", "应为 V、S 或 M", "must be V, S or M")
        if "later" in entry and ("params" in entry or "target" in entry):
            raise self._wrong(where, "later", "不能再有 params 或 target", "goes without params and target")
        params = dict(self._table(where, entry, "params")) if "params" in entry else {}
        if "measure" in entry:
            self._check_measure(where, str(entry["measure"]), params)
        return Indicator(
            id=name,
            title=self._text(where, entry, "title"),
            measure=str(entry["measure"]) if "measure" in entry else None,
            params=params,
            target=self._target(where, self._table(where, entry, "target")) if "target" in entry else None,
            note=self._text(where, entry, "note") if "note" in entry else None,
            certainty=certainty,
            later=self._text(where, entry, "later") if "later" in entry else None,
        )

    def _check_measure(self, where: Text, measure: str, params: Mapping[str, Any]) -> None:
        """Check that the measure exists and takes these parameters, with classes, attributes and codes that exist."""
        try:
            measure_spec(measure).read(params, self.catalogue)
        except XianchengError as error:
            raise ConfigError(
                Text(
                    f"{self.path.name} {where.zh}：{error.message.zh}",
                    f"{self.path.name}, {where.en}: {error.message.en}",
                ),
                error.hint,
            ) from error

    def _target(self, where: Text, entry: Mapping[str, Any]) -> Target:
        self._keys(where, entry, optional=("at_least", "at_most", "by"))
        if "at_least" not in entry and "at_most" not in entry:
            raise self._wrong(where, "target", "要有 at_least 或 at_most", "needs at_least or at_most")
        for key in ("at_least", "at_most"):
            if key in entry and (isinstance(entry[key], bool) or not isinstance(entry[key], int | float)):
                raise self._wrong(where, key, "应为数字", "must be a number")
        if "at_least" in entry and "at_most" in entry and entry["at_least"] > entry["at_most"]:
            raise self._wrong(where, "at_most", "小于 at_least", "is below at_least")
        return Target(
            at_least=float(entry["at_least"]) if "at_least" in entry else None,
            at_most=float(entry["at_most"]) if "at_most" in entry else None,
            by=self._date(where, entry, "by") if "by" in entry else None,
        )

    def _keys(
        self, where: Text, entry: Mapping[str, Any], *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> None:
        for key in required:
            if key not in entry:
                raise self._wrong(where, key, "缺少", "is missing")
        for key in entry:
            if key not in required + optional:
                raise self._unknown(where, key, key, list(required + optional))

    def _table(self, where: Text, entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        if not isinstance(entry[key], dict):
            raise self._wrong(where, key, "应为表", "must be a table")
        return cast("Mapping[str, Any]", entry[key])

    def _list(self, where: Text, entry: Mapping[str, Any], key: str) -> list[Any]:
        if not isinstance(entry[key], list):
            raise self._wrong(where, key, "应为列表", "must be a list")
        return cast("list[Any]", entry[key])

    def _text(self, where: Text, entry: Mapping[str, Any], key: str) -> Text:
        value = entry[key]
        if not isinstance(value, dict) or not value.get("zh") or not value.get("en") or set(value) != {"zh", "en"}:
            raise self._wrong(where, key, "要有中文 zh 和英文 en", "needs zh and en")
        return Text(str(value["zh"]), str(value["en"]))

    def _date(self, where: Text, entry: Mapping[str, Any], key: str) -> date:
        value = entry[key]
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self._wrong(where, key, "应为日期，如 2025-12-31", "must be a date such as 2025-12-31")
        return value

    def _unique(self, where: Text, key: str, ids: list[str]) -> None:
        for name in ids:
            if ids.count(name) > 1:
                raise self._wrong(where, key, f"编号 {name} 重复", f"{name} occurs twice")

    def _wrong(self, where: Text, key: str, zh: str, en: str) -> ConfigError:
        return ConfigError(
            Text(f"{self.path.name} {where.zh}：{key} {zh}", f"{self.path.name}, {where.en}: {key} {en}")
        )

    def _unknown(self, where: Text, key: str, name: str, known: list[str]) -> ConfigError:
        near = get_close_matches(name, known, n=3, cutoff=0.5) or known
        hint = Text("可用：" + "、".join(near), "known: " + ", ".join(near))
        return ConfigError(
            Text(
                f"{self.path.name} {where.zh}：{key} 中没有“{name}”"
                if key != name
                else f"{self.path.name} {where.zh}：不认识 {key}",
                f"{self.path.name}, {where.en}: {key} names no {name!r}"
                if key != name
                else f"{self.path.name}, {where.en}: unknown key {key}",
            ),
            hint,
        )
