"""Frozen dataclasses to JSON and back, by their annotations.

Fields that have their default are left out. A field with a default can therefore be added without a new version; any
other change is a new version with an upgrade, see `events`.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Value = TypeVar("Value")
_PLAIN = (str, int, bool)


class CodecError(XianchengError):
    """What was recorded does not fit the type that it is said to be."""


def to_plain(value: Any) -> Any:  # noqa: ANN401 - a dataclass, or what its fields hold
    """Return what JSON holds of a dataclass; instants in UTC with microseconds."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, datetime):
        return write_instant(value)
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    found = {}
    for item in fields(value):
        inner = getattr(value, item.name)
        if item.default is MISSING or inner != item.default:
            found[item.name] = to_plain(inner)
    return found


def from_plain(kind: type[Value], value: Any) -> Value:  # noqa: ANN401 - what JSON held
    """Return the dataclass of what JSON held.

    Raises
    ------
    CodecError
        If a field is missing, unknown or of another type; names it.
    """
    found: Value = _decoder(cast("Any", kind))(value, kind.__name__)
    return found


def write_instant(at: datetime) -> str:
    """Return an instant as text, such as ``2026-02-13T09:00:00.000000Z``.

    Raises
    ------
    CodecError
        If it has no time zone.
    """
    if at.tzinfo is None:
        raise CodecError(
            Text(f"时间 {at} 没有时区", f"the time {at} has no time zone"),
            Text("请给出带时区的时间", "give an instant with a time zone"),
        )
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def read_instant(text: str) -> datetime:
    """Return the instant of a text that :func:`write_instant` wrote.

    Raises
    ------
    ValueError
        If it has another form.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or write_instant(at) != text:
        raise ValueError(text)
    return at


Decoder = Callable[[Any, str], Any]


@cache
def _decoder(kind: Any) -> Decoder:  # noqa: ANN401 - an annotation
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        (inner,) = (a for a in get_args(kind) if a is not type(None))
        decode = _decoder(inner)
        return lambda value, path: None if value is None else decode(value, path)
    if origin is tuple:
        each = _decoder(get_args(kind)[0])
        return lambda value, path: tuple(each(v, f"{path}[{i}]") for i, v in enumerate(_as(list, value, path)))
    if kind is datetime:
        return _instant
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value, path: _enum(kind, value, path)
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    if kind in _PLAIN:
        return lambda value, path: _as(kind, value, path)
    raise TypeError(kind)


def _dataclass_decoder(kind: Any) -> Decoder:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(kind)
    decoders = {item.name: _decoder(hints[item.name]) for item in fields(kind)}
    needed = {item.name for item in fields(kind) if item.default is MISSING}

    def decode(value: Any, path: str) -> Any:  # noqa: ANN401 - as the type says
        found = _as(dict, value, path)
        for name in sorted((set(found) - set(decoders)) | (needed - set(found))):
            if name in decoders:
                raise _wrong(f"{path}.{name}", Text("缺少", "is missing"))
            raise _wrong(f"{path}.{name}", Text("没有这个字段", "there is no such field"))
        return kind(**{name: decoders[name](item, f"{path}.{name}") for name, item in found.items()})

    return decode


def _as(kind: type, value: Any, path: str) -> Any:  # noqa: ANN401 - as `kind` says
    if type(value) is not kind:
        raise _wrong(path, Text(f"应当是 {kind.__name__}", f"has to be {kind.__name__}"))
    return value


def _instant(value: Any, path: str) -> datetime:  # noqa: ANN401 - what JSON held
    try:
        return read_instant(_as(str, value, path))
    except ValueError as error:
        raise _wrong(path, Text("不是时间", "is not an instant")) from error


def _enum(kind: type[Enum], value: Any, path: str) -> Enum:  # noqa: ANN401 - what JSON held
    try:
        return kind(value)
    except ValueError as error:
        raise _wrong(path, Text(f"没有 {value!r}", f"has no {value!r}")) from error


def _wrong(path: str, message: Text) -> CodecError:
    return CodecError(
        Text(f"{path}：{message.zh}", f"{path}: {message.en}"),
        Text("记录被改动过，或由更新的版本写成", "the record was changed, or written by a newer version"),
    )
