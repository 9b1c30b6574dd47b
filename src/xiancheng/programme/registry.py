"""The registry of measures: a measure is a function over a snapshot, known by a stable, public name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.errors import UnknownNameError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.params import Parameter, parameters_of

Function = TypeVar("Function", bound=Callable[..., Measurement])

_SPECS: dict[str, MeasureSpec] = {}


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """A measure: what it is called, what it means, what it takes."""

    name: str
    title: Text
    unit: str
    definition: Text
    parameters: tuple[Parameter, ...]
    function: Callable[..., Measurement]

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names as people write them."""
        return tuple(p.name for p in self.parameters)

    def read(self, given: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
        """Return every parameter by public name, checked, defaults filled in.

        Parameters
        ----------
        given
            Values of their own types or as text (``"park,green_space"``, ``"500"``, ``"true"``).

        Raises
        ------
        UnknownNameError
            If a parameter, class, attribute or code does not exist; near ones are suggested.
        XianchengError
            If a required parameter is missing or a value is wrong.
        """
        for name in given:
            if name not in self.parameter_names:
                raise UnknownNameError(
                    Text(f"{self.name} 的参数", f"parameter of {self.name}"), name, list(self.parameter_names)
                )
        values: dict[str, Any] = {}
        for parameter in self.parameters:
            if parameter.name not in given:
                if parameter.required:
                    raise XianchengError(
                        Text(f"{self.name} 缺少参数 {parameter.name}", f"{self.name} needs {parameter.name}"),
                        Text(
                            f"例如 {parameter.name}=…（{parameter.kind.describes}）",
                            f"write {parameter.name}=… ({parameter.kind.describes})",
                        ),
                    )
                values[parameter.name] = parameter.default
                continue
            try:
                values[parameter.name] = parameter.read(given[parameter.name], catalogue, values)
            except XianchengError as error:
                raise XianchengError(
                    Text(
                        f"{self.name} 的参数 {parameter.name}：{error.message.zh}",
                        f"{self.name}, parameter {parameter.name}: {error.message.en}",
                    ),
                    error.hint,
                ) from error
        return values

    def as_dict(self) -> dict[str, Any]:
        """Return the measure for JSON."""
        return {
            "name": self.name,
            "title": self.title.as_dict(),
            "unit": self.unit,
            "definition": self.definition.as_dict(),
            "parameters": [p.as_dict() for p in self.parameters],
        }


def measure(name: str, *, unit: str, title: Text, definition: Text) -> Callable[[Function], Function]:
    """Register a function as the measure `name`.

    The function takes a snapshot and keyword-only parameters, and returns what
    :func:`~xiancheng.programme.views.figure.measured` or :func:`~xiancheng.programme.views.figure.no_data` gives; name,
    unit, parameters, date and hash are filled in here. A figure may carry a more exact definition of its own.

    Raises
    ------
    ValueError
        If the name is taken: a mistake found at import.
    """

    def register(function: Function) -> Function:
        if name in _SPECS:
            raise ValueError(f"two measures are called {name}")
        _SPECS[name] = MeasureSpec(name, title, unit, definition, parameters_of(function), function)
        return function

    return register


@cache
def _import_measures() -> None:
    package = importlib.import_module("xiancheng.programme.measures")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def measures() -> dict[str, MeasureSpec]:
    """Return every measure by name, in alphabetical order."""
    _import_measures()
    return dict(sorted(_SPECS.items()))


def measure_spec(name: str) -> MeasureSpec:
    """Return the measure called `name`.

    Raises
    ------
    UnknownNameError
        If there is none; near names are suggested.
    """
    known = measures()
    if name not in known:
        raise UnknownNameError(Text("指标", "measure"), name, list(known))
    return known[name]


def run_measure(snapshot: Snapshot, name: str, params: Mapping[str, Any]) -> Measurement:
    """Compute a measure.

    Parameters
    ----------
    params
        By public name, as values or as text; what is not given takes its default.

    Returns
    -------
    Measurement
        With every parameter as used.

    Raises
    ------
    UnknownNameError, XianchengError
        See :meth:`MeasureSpec.read`.
    """
    spec = measure_spec(name)
    values = spec.read(params, snapshot.catalogue)
    result = spec.function(snapshot, **{p.keyword: values[p.name] for p in spec.parameters})
    return replace(
        result,
        measure=name,
        unit=result.unit or spec.unit,
        definition=result.definition if result.definition.zh else spec.definition,
        params=values,
        as_of=snapshot.as_of,
        snapshot=snapshot.hash,
    )
