"""Settings of routing: the shipped ones and a county's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import county_toml, read_toml
from xiancheng.operations.terms import CategoryKey

OVERRIDE = Path("operations") / "routing.toml"


@dataclass(frozen=True, slots=True)
class AreaSource:
    """A class of the city model whose features are areas; `level` names the attribute with their system, if any."""

    feature_class: str
    code: str
    level: str | None


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """What ``catalogues/operations/routing.toml`` says, with the county's ``operations/routing.toml`` over it.

    Attributes
    ----------
    scheme, kind
        Of categories that are written as a bare code.
    kinds
        How kinds are written in tables → their name.
    rules
        Where a county's rules are looked for, relative to its directory.
    cell_metres
        Side of a cell of the area cache.
    area_sizes
        Characters of an area's code → m² taken where its outline is not known.
    areas
        Classes of the city model that are areas.
    bounce_limit
        Returns after which a case can only be decided by a supervisor.
    reasons
        Reasons of a return, by name.
    columns, history
        Field of a rule, and of a past case → headers of tables.
    """

    scheme: str
    kind: str
    kinds: Mapping[str, str]
    rules: tuple[str, ...]
    cell_metres: float
    area_sizes: Mapping[int, float]
    areas: tuple[AreaSource, ...]
    bounce_limit: int
    reasons: Mapping[str, Text]
    columns: Mapping[str, tuple[str, ...]]
    history: Mapping[str, tuple[str, ...]]

    def category(self, text: str) -> CategoryKey:
        """Return the category that a text names: ``scheme/kind/code``, ``kind/code`` or a bare code or class.

        Raises
        ------
        ConfigError
            If it is none of these.
        """
        parts = [part.strip() for part in text.strip().split("/")]
        if len(parts) > 3 or not all(parts[:-1]) or (len(parts) == 1 and not parts[0]):
            raise ConfigError(
                Text(f"类别“{text}”看不懂", f"category {text!r} is not understood"),
                Text(
                    f"写成 {self.scheme}/{self.kind}/06010，或只写代码 06010，大类写 06",
                    f"write {self.scheme}/{self.kind}/06010, or the code alone, 06010; 06 for a class",
                ),
            )
        scheme, kind, code = [*(self.scheme, self.kind)[: 3 - len(parts)], *parts]
        return CategoryKey(scheme, self.kinds.get(kind, kind), code)

    def nominal_size(self, code: str) -> float:
        """Return the size in m² taken for an area whose outline is not known; infinite for a code of unknown length."""
        return self.area_sizes.get(len(code), float("inf"))


def load_settings(county_folder: Path | None = None) -> RoutingSettings:
    """Return the settings of a county.

    Raises
    ------
    ConfigError
        If a value cannot be what it should be.
    """
    base = read_toml(data_folder("catalogues") / "operations" / "routing.toml")
    own = county_toml(county_folder, OVERRIDE)
    merged: dict[str, Any] = {
        key: {**value, **own.get(key, {})} if isinstance(value, dict) else own.get(key, value)
        for key, value in base.items()
    }
    try:
        return RoutingSettings(
            scheme=str(merged["scheme"]),
            kind=str(merged["kind"]),
            kinds={str(k): str(v) for k, v in merged["kinds"].items()},
            rules=tuple(map(str, merged["rules"])),
            cell_metres=float(merged["cell_metres"]),
            area_sizes={int(k): float(v) for k, v in merged["area_sizes"].items()},
            areas=tuple(AreaSource(a["class"], a["code"], a.get("level")) for a in merged["areas"]),
            bounce_limit=int(merged["returns"]["limit"]),
            reasons={name: Text.of(title) for name, title in merged["returns"]["reasons"].items()},
            columns={field: tuple(map(str, names)) for field, names in merged["columns"].items()},
            history={field: tuple(map(str, names)) for field, names in merged["history"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(
            Text(f"派遣设置有误：{error}", f"the settings of routing are wrong: {error}"),
            Text(f"核对 {OVERRIDE}", f"check {OVERRIDE}"),
        ) from error
