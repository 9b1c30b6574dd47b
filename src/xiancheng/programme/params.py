"""Parameters of measures: what a function's annotations say of them, and how text becomes a value."""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Union, cast, get_args, get_origin, get_type_hints

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import AGE_BANDS
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.where import check_where

REQUIRED: Any = inspect.Parameter.empty
_TRUTH = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}


class Kind(Protocol):
    """How a parameter's value is read and checked."""

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the checked value; `given` holds the parameters read before it."""

    @property
    def describes(self) -> str:
        """What people may write, in a word."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a measure.

    Attributes
    ----------
    name
        As people write it (``from``); `keyword` is the function's (``from_``).
    default
        :data:`REQUIRED` if there is none.
    optional
        Whether None is a value.
    """

    name: str
    keyword: str
    kind: Kind
    default: Any
    optional: bool

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the checked value.

        Raises
        ------
        XianchengError
            Naming the parameter, what was given and what is expected.
        """
        if self.optional and (value is None or (isinstance(value, str) and value in {"none", ""})):
            return None
        return self.kind.read(value, catalogue, given)

    def as_dict(self) -> dict[str, Any]:
        """Return the parameter for JSON."""
        entry: dict[str, Any] = {"name": self.name, "type": self.kind.describes, "required": self.required}
        if not self.required:
            entry["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        return entry


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds."""

    whole: bool = False
    minimum: float = -math.inf
    maximum: float = math.inf

    @property
    def describes(self) -> str:
        """What people may write."""
        return "integer" if self.whole else "number"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> float | int:
        """Read a number from a number or its text."""
        del catalogue, given
        try:
            number = math.nan if isinstance(value, bool) else float(cast("Any", value))
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number):
            raise _wrong(value, Text("应为数字", "must be a number"))
        if not math.isfinite(number) or (self.whole and not number.is_integer()):
            raise _wrong(value, Text("应为整数", "must be an integer") if self.whole else _FINITE)
        if not self.minimum <= number <= self.maximum:
            low, high = f"{self.minimum:g}", f"{self.maximum:g}"
            raise _wrong(value, Text(f"应在 {low} 到 {high} 之间", f"must lie between {low} and {high}"))
        return int(number) if self.whole else number


_FINITE = Text("应为有限的数", "must be finite")


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""

    describes: str = "boolean"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> bool:
        """Read a truth value from a boolean or its text."""
        del catalogue, given
        if isinstance(value, bool):
            return value
        truth = _TRUTH.get(str(value).strip().lower())
        if truth is None:
            raise _wrong(value, Text("应为 true 或 false", "must be true or false"))
        return truth


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it is."""

    describes: str = "text"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> str:
        """Read a text."""
        del catalogue, given
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise _wrong(value, Text("应为文字", "must be a text"))
        return str(value).strip()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def describes(self) -> str:
        """What people may write."""
        return "|".join(self.options)

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> str:
        """Read one of the words."""
        del catalogue, given
        if value not in self.options:
            raise UnknownNameError(
                Text(f"选项（{self.describes}）", f"option ({self.describes})"), str(value), list(self.options)
            )
        return str(value)


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values, written ``a,b`` or as a list."""

    of: Kind
    at_least: int = 0
    unique: bool = True

    @property
    def describes(self) -> str:
        """What people may write."""
        return f"list of {self.of.describes}"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Read a list."""
        if isinstance(value, str):
            items: list[object] = [part.strip() for part in value.split(",") if part.strip()]
        else:
            items = list(value) if isinstance(value, list | tuple) else [value]
        if len(items) < self.at_least:
            raise _wrong(value, Text(f"至少要有 {self.at_least} 个值", f"needs at least {self.at_least} value(s)"))
        values = [self.of.read(item, catalogue, given) for item in items]
        return tuple(dict.fromkeys(values)) if self.unique else tuple(values)


@dataclass(frozen=True, slots=True)
class ClassName:
    """A feature class."""

    describes: str = "class"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> str:
        """Read the name of a class."""
        del given
        return catalogue[str(value)].name


@dataclass(frozen=True, slots=True)
class AttributeName:
    """An attribute that every class of the parameter `of` has, or ``class.attribute`` of one of them."""

    of: str = "of"
    numeric: bool = True
    describes: str = "attribute"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> str:
        """Read the name of an attribute."""
        text = str(value)
        owner, _, name = text.rpartition(".")
        classes = classes_of(given, self.of)
        if owner and owner not in classes:
            raise UnknownNameError(Text("所选要素类", "class among those chosen"), owner, list(classes))
        for class_name in [owner] if owner else classes:
            attribute = catalogue[class_name].attribute(name)
            if self.numeric and attribute.type not in {"integer", "number", "boolean"}:
                raise _wrong(value, Text("不是数值属性", "is not a numeric attribute"))
        return text


@dataclass(frozen=True, slots=True)
class CodeOf:
    """A code of the attribute that the parameter `attribute` names, of the class in the parameter `of`."""

    of: str = "of"
    attribute: str = "attribute"
    describes: str = "code"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> str:
        """Read a code."""
        (class_name, *_), name = classes_of(given, self.of), str(given.get(self.attribute, self.attribute))
        attribute = catalogue[class_name].attribute(name)
        codes = catalogue.codes.get(attribute.codes or "", {})
        if str(value) not in codes:
            raise UnknownNameError(Text(f"“{attribute.title.zh}”代码", f"code of {name}"), str(value), list(codes))
        return str(value)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter on the classes of the parameter `of` (see :mod:`.where`)."""

    of: str = "of"
    describes: str = "filter"

    def read(self, value: object, catalogue: Catalogue, given: Mapping[str, Any]) -> str:
        """Read a filter and check it against the classes."""
        text = str(value).strip()
        check_where(text, classes_of(given, self.of), catalogue)
        return text


Classes = Annotated[tuple[str, ...], Several(ClassName(), at_least=1)]
OneClass = Annotated[str, ClassName()]
Attributes = Annotated[tuple[str, ...], Several(AttributeName(), at_least=1)]
AnyAttributes = Annotated[tuple[str, ...], Several(AttributeName(numeric=False))]
Where = Annotated[str, Filter()]
Ages = Annotated[tuple[str, ...], Several(Choice(AGE_BANDS))]
Metres = Annotated[float, Number(minimum=0)]
Positive = Annotated[float, Number(minimum=1e-9)]
Amount = Annotated[float, Number(minimum=0)]
Share = Annotated[float, Number(minimum=0, maximum=1)]
Count = Annotated[int, Number(whole=True, minimum=1)]
Year = Annotated[int, Number(whole=True, minimum=1000, maximum=3000)]


def classes_of(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the classes that the parameter `name` holds; a name that is no parameter is itself a class."""
    value = given.get(name, name)
    return (value,) if isinstance(value, str) else tuple(value)


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """Read the keyword-only parameters of a measure from its signature.

    Raises
    ------
    TypeError
        If an annotation has no :class:`Kind`: a mistake in the measure, found when it is imported.
    """
    hints = get_type_hints(function, include_extras=True)
    found = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kind, optional = _kind(hints[parameter.name])
            found.append(Parameter(parameter.name.rstrip("_"), parameter.name, kind, parameter.default, optional))
    return tuple(found)


_PLAIN: dict[Any, Kind] = {float: Number(), int: Number(whole=True), bool: Switch(), str: Words()}


def _kind(annotation: Any) -> tuple[Kind, bool]:  # noqa: ANN401 - annotations are of many types
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return cast("Kind", arguments[1]), False
    if origin is Literal:
        return Choice(tuple(arguments)), False
    if origin in {Union, types.UnionType}:
        (inner,) = [a for a in arguments if a is not type(None)]
        return _kind(inner)[0], True
    if origin is tuple:
        return Several(_kind(arguments[0])[0]), False
    if annotation in _PLAIN:
        return _PLAIN[annotation], False
    raise TypeError(f"no parameter kind for {annotation}")


def _wrong(value: object, expected: Text) -> XianchengError:
    return XianchengError(Text(f"“{value}”{expected.zh}", f"{value!r} {expected.en}"))
