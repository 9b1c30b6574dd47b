"""Objects of a class as a bureau lists them: searched, filtered, sorted, a page at a time. All SQL of the registers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xiancheng.city.classes import Attribute
from xiancheng.city.history import OPEN_TIME
from xiancheng.city.rows import Rows
from xiancheng.city.store import Box, Store

COUNTED = 10_000
"""Matches up to which they are counted; of more only whether there are more is told."""
FIXED_SORTS = ("object_id", "valid_from", "valid_to", "recorded_from")


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one attribute; of several values any will do.

    Attributes
    ----------
    values
        Texts are looked for within the attribute, codes and all else must be equal; empty: no condition on the value.
    minimum, maximum
        Of a number or a date, inclusive.
    known
        True: only where a value is known; False: only where none is.
    """

    attribute: Attribute
    values: tuple[Any, ...] = ()
    minimum: Any = None
    maximum: Any = None
    known: bool | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What to list.

    Attributes
    ----------
    on
        The day: objects that exist on it.
    include_closed
        Also objects that ceased before, as they were last.
    search
        Words that stand in the name, the address or the identifier.
    object_ids
        Only these, if given.
    sort
        An attribute or one of `FIXED_SORTS`; ``-`` before it for descending.
    """

    on: date
    search: str = ""
    filters: tuple[Filter, ...] = ()
    include_closed: bool = False
    bbox: Box | None = None
    object_ids: tuple[str, ...] | None = None
    sort: str = "object_id"
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `total` is None where counting all would take long, `more` says whether there are further ones."""

    rows: Rows
    total: int | None
    more: bool


def read_page(store: Store, class_name: str, listing: Listing) -> Page:
    """Return one page of a listing."""
    columns = frozenset(store.backend.columns_of(class_name))
    tail, parameters = _tail(store, class_name, listing, columns)
    limit = listing.limit
    window = "" if limit is None else " LIMIT :limit OFFSET :offset"
    asked = parameters if limit is None else parameters | {"limit": limit, "offset": listing.offset}
    rows = store.select(class_name, f"{tail}{_order(listing.sort, columns)}{window}", asked, ordered=True)
    if limit is None:
        return Page(rows, len(rows), more=False)
    total = _count(store, tail, parameters) if columns else 0
    seen = listing.offset + len(rows)
    more = seen < total if total is not None else len(rows) == limit
    return Page(rows, total, more)


def _count(store: Store, tail: str, parameters: dict[str, Any]) -> int | None:
    sql = f"SELECT count(*) FROM (SELECT 1 {tail} LIMIT {COUNTED + 1}) AS matches"  # noqa: S608
    found = int(store.fetch(sql, parameters)[0][0])
    return None if found > COUNTED else found


def _order(sort: str, columns: frozenset[str]) -> str:
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in columns and name not in FIXED_SORTS:
        name = "object_id"
    then = "" if name == "object_id" else ', t."object_id"'
    return f' ORDER BY t."{name}" {"DESC" if descending else "ASC"} NULLS LAST{then}'


def _tail(store: Store, class_name: str, listing: Listing, columns: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """Return ``FROM … WHERE …`` of a listing and its parameters."""
    parameters: dict[str, Any] = {"open": OPEN_TIME, "day": listing.on.isoformat()}
    table, conditions = f'"{class_name}" AS t', ["t.recorded_to = :open", "t.valid_from <= :day"]
    if listing.bbox is not None and store.catalogue[class_name].has_geometry:
        table, inside = store.backend.box(class_name)
        conditions.append(inside)
        parameters |= dict(zip(("west", "south", "east", "north"), listing.bbox, strict=True))
    if listing.include_closed:
        conditions.append(
            f'NOT EXISTS (SELECT 1 FROM "{class_name}" AS o WHERE o.object_id = t.object_id AND o.recorded_to = :open'  # noqa: S608
            " AND o.valid_from <= :day AND o.valid_from > t.valid_from)"
        )
    else:
        conditions.append("t.valid_to > :day")
    if listing.object_ids is not None:
        conditions.append(store.backend.one_of("t.object_id", "ids"))
        parameters["ids"] = list(listing.object_ids)
    for number, word in enumerate(listing.search.split()):
        parameters[f"q{number}"] = _pattern(word)
        searched = ["object_id", *(c for c in ("name", "address") if c in columns)]
        conditions.append("(" + " OR ".join(_like(c, f"q{number}") for c in searched) + ")")
    for number, condition in enumerate(listing.filters):
        conditions += _filter(condition, f"f{number}", columns, parameters)
    return f"FROM {table} WHERE {' AND '.join(conditions)}", parameters


def _filter(condition: Filter, key: str, columns: frozenset[str], parameters: dict[str, Any]) -> Iterable[str]:
    name = condition.attribute.name
    if name not in columns:
        # The catalogue has gained an attribute that no record knows yet.
        yield "1 = 1" if condition.known is False else "1 = 0"
        return
    if condition.known is not None:
        yield f't."{name}" IS {"NOT " if condition.known else ""}NULL'
    for word, sign, bound in (("low", ">=", condition.minimum), ("high", "<=", condition.maximum)):
        if bound is not None:
            parameters[f"{key}{word}"] = bound
            yield f't."{name}" {sign} :{key}{word}'
    if condition.values:
        yield "(" + " OR ".join(_equal(condition.attribute, f"{key}v", condition.values, parameters)) + ")"


def _equal(attribute: Attribute, key: str, values: Sequence[Any], parameters: dict[str, Any]) -> Iterable[str]:
    for number, value in enumerate(values):
        name = f"{key}{number}"
        if attribute.type in {"text", "json"}:
            parameters[name] = _pattern(value)
            yield _like(attribute.name, name)
        elif attribute.type == "codes":
            parameters[name] = f"%;{_escaped(value)};%"
            yield f"';' || replace(t.\"{attribute.name}\", ' ', '') || ';' LIKE :{name} ESCAPE '!'"
        else:
            parameters[name] = value
            yield f't."{attribute.name}" = :{name}'


def _like(column: str, parameter: str) -> str:
    return f"lower(t.\"{column}\") LIKE lower(:{parameter}) ESCAPE '!'"


def _pattern(text: str) -> str:
    return f"%{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def last_changed(store: Store, class_names: Sequence[str]) -> dict[str, str]:
    """Return when each class was changed last, as recorded; classes that hold nothing are left out."""
    present = store.backend.tables_present()
    out = {}
    for name in class_names:
        if name in present:
            moment = store.fetch(f'SELECT max(recorded_from) FROM "{name}"')[0][0]  # noqa: S608
            if moment is not None:
                out[name] = str(moment)
    return out


def version_times(store: Store, class_name: str, object_ids: Sequence[str]) -> dict[str, str]:
    """Return identifier → when anything about the object was recorded last; unknown objects are left out."""
    if class_name not in store.backend.tables_present():
        return {}
    rows = store.fetch(
        f"SELECT t.object_id, max(t.recorded_from), max(CASE WHEN t.recorded_to < :open THEN t.recorded_to END)"  # noqa: S608
        f' FROM "{class_name}" AS t WHERE {store.backend.one_of("t.object_id", "ids")} GROUP BY t.object_id',
        {"open": OPEN_TIME, "ids": list(object_ids)},
    )
    return {str(i): max(str(start), str(end or "")) for i, start, end in rows}


def touched(store: Store, class_name: str, time: str, limit: int) -> list[str]:
    """Return identifiers of objects that the change recorded at `time` touched, at most `limit`."""
    rows = store.fetch(
        f'SELECT DISTINCT object_id FROM "{class_name}" WHERE recorded_from = :t OR recorded_to = :t'  # noqa: S608
        " ORDER BY object_id LIMIT :limit",
        {"t": time, "limit": limit},
    )
    return [str(object_id) for (object_id,) in rows]
