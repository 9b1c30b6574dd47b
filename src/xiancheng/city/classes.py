"""Feature classes as data: what a school or a park is, read from the catalogues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from xiancheng.foundation.errors import ConfigError, UnknownNameError
from xiancheng.foundation.resources import data_folder
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import optional_toml

GeometryKind = Literal["point", "line", "polygon", "any", "none"]
AttributeType = Literal["text", "integer", "number", "boolean", "date", "code", "codes", "json"]

CIM_CLASSES: dict[str, Text] = {
    "spatiotemporal_base": Text("时空基础", "spatio-temporal base"),
    "resource_survey": Text("资源调查", "resource survey"),
    "planning_control": Text("规划管控", "planning control"),
    "construction_project": Text("工程建设项目", "construction project"),
    "public_topic": Text("公共专题", "public topic"),
    "iot_sensing": Text("物联感知", "IoT sensing"),
}
"""The six CIM data classes (CIM 基础平台技术导则)."""

_GEOMETRIES = ("point", "line", "polygon", "any", "none")
_TYPES = ("text", "integer", "number", "boolean", "date", "code", "codes", "json")
_RESERVED = frozenset(
    [
        "fid",
        "object_id",
        "valid_from",
        "valid_to",
        "recorded_from",
        "recorded_to",
        "source",
        "reason",
        "cim_level",
        "geom",
        "geometry",
        "bbox",
    ]
)


@dataclass(frozen=True, slots=True)
class OsmAttribute:
    """How an attribute is read from OpenStreetMap tags: first of `keys` present, mapped by `values`.

    Without `values` the text itself is taken. `default` stands for a value that `values` does not list.
    """

    keys: tuple[str, ...]
    values: Mapping[str, str] | None = None
    default: str | None = None


@dataclass(frozen=True, slots=True)
class OsmRule:
    """Tags that make an OpenStreetMap object a feature of a class.

    `tags` must all match (``True``: any value); none of `without` may; `types` are ``node``, ``line``, ``area``.
    """

    tags: Mapping[str, Literal[True] | frozenset[str]]
    without: Mapping[str, frozenset[str]]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a feature class."""

    name: str
    title: Text
    type: AttributeType
    required: bool = False
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    codes: str | None = None
    aliases: tuple[str, ...] = ()
    osm: OsmAttribute | None = None


@dataclass(frozen=True, slots=True)
class FeatureClass:
    """One class of features: its name is stable and public, the name of its layer and of its collection."""

    name: str
    title: Text
    cim_class: str
    geometry: GeometryKind
    attributes: tuple[Attribute, ...]
    osm: tuple[OsmRule, ...] = ()

    def attribute(self, name: str) -> Attribute:
        """Return the attribute called `name`.

        Raises
        ------
        UnknownNameError
            If the class has no such attribute.
        """
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise UnknownNameError(
            Text(f"“{self.title.zh}”属性", f"attribute of {self.name}"),
            name,
            [a.name for a in self.attributes],
        )

    @property
    def has_geometry(self) -> bool:
        """Whether features of this class have a place."""
        return self.geometry != "none"


@dataclass(frozen=True)
class Catalogue:
    """All feature classes and code lists of a county."""

    classes: Mapping[str, FeatureClass]
    codes: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[FeatureClass]:
        return iter(self.classes.values())

    def __getitem__(self, name: str) -> FeatureClass:
        try:
            return self.classes[name]
        except KeyError:
            raise UnknownNameError(Text("要素类", "feature class"), name, list(self.classes)) from None

    def code_title(self, code_list: str, code: str) -> Text:
        """Return what people read for `code`; the code itself if the list does not know it."""
        return self.codes.get(code_list, {}).get(code) or Text(code, code)


COMMON_ATTRIBUTES = (
    Attribute(
        "name",
        Text("名称", "name"),
        "text",
        aliases=("名称", "机构名称", "单位名称", "学校名称", "设施名称", "姓名", "NAME"),
        osm=OsmAttribute(("name:zh", "name")),
    ),
    Attribute(
        "address",
        Text("地址", "address"),
        "text",
        aliases=("地址", "详细地址", "坐落", "位置"),
        osm=OsmAttribute(("addr:full", "addr:street")),
    ),
)
"""What every class has."""


def load_catalogue(county_folder: Path | None = None) -> Catalogue:
    """Read the catalogues shipped with Xiancheng, then the county's own (``<county>/catalogues``).

    A county may add classes, code lists and codes; it may not take a shipped class away.

    Raises
    ------
    ConfigError
        Naming the file and the entry that is wrong.
    """
    folders = [data_folder("catalogues")]
    if county_folder is not None and (county_folder / "catalogues").is_dir():
        folders.append(county_folder / "catalogues")
    codes: dict[str, dict[str, Text]] = {}
    classes: dict[str, FeatureClass] = {}
    for folder in folders:
        for name, entries in optional_toml(folder / "codes.toml").items():
            codes.setdefault(name, {}).update({str(k): Text.of(v) for k, v in entries.items()})
        for path in sorted((folder / "classes").glob("*.toml")):
            for name, entry in optional_toml(path).items():
                classes[name] = _feature_class(path, name, entry, codes)
    return Catalogue(classes, codes)


def _wrong(path: Path, entry: str, zh: str, en: str) -> ConfigError:
    return ConfigError(Text(f"{path.name} 的“{entry}”：{zh}", f"{path.name}, {entry!r}: {en}"))


def _feature_class(
    path: Path, name: str, entry: dict[str, Any], codes: Mapping[str, Mapping[str, Text]]
) -> FeatureClass:
    if not name.isidentifier() or name.endswith("_current") or name != name.lower():
        raise _wrong(path, name, "类名须为小写英文标识符", "a class name is a lower-case identifier")
    if entry.get("cim_class") not in CIM_CLASSES:
        raise _wrong(path, name, "cim_class 不在六类之中", f"cim_class must be one of {', '.join(CIM_CLASSES)}")
    if entry.get("geometry") not in _GEOMETRIES:
        raise _wrong(path, name, "geometry 无效", f"geometry must be one of {', '.join(_GEOMETRIES)}")
    own = tuple(_attribute(path, name, key, value, codes) for key, value in entry.get("attributes", {}).items())
    names = {a.name for a in own}
    common = tuple(a for a in COMMON_ATTRIBUTES if a.name not in names)
    return FeatureClass(
        name=name,
        title=Text.of(entry.get("title", name)),
        cim_class=str(entry["cim_class"]),
        geometry=cast("GeometryKind", entry["geometry"]),
        attributes=common + own,
        osm=tuple(_osm_rule(path, name, rule) for rule in entry.get("osm", [])),
    )


def _attribute(
    path: Path, owner: str, name: str, entry: dict[str, Any], codes: Mapping[str, Mapping[str, Text]]
) -> Attribute:
    where = f"{owner}.{name}"
    if not name.isidentifier() or name in _RESERVED:
        raise _wrong(path, where, "属性名无效或为保留名", "invalid or reserved attribute name")
    if entry.get("type") not in _TYPES:
        raise _wrong(path, where, "type 无效", f"type must be one of {', '.join(_TYPES)}")
    code_list = entry.get("codes")
    if entry["type"] in {"code", "codes"} and code_list not in codes:
        raise _wrong(path, where, f"没有代码表“{code_list}”", f"no code list {code_list!r}")
    osm = entry.get("osm")
    return Attribute(
        name=name,
        title=Text.of(entry.get("title", name)),
        type=entry["type"],
        required=bool(entry.get("required", False)),
        unit=entry.get("unit"),
        minimum=entry.get("min"),
        maximum=entry.get("max"),
        codes=code_list,
        aliases=tuple(entry.get("aliases", ())),
        osm=None
        if osm is None
        else OsmAttribute(
            tuple(osm["keys"]) if "keys" in osm else (str(osm["key"]),), osm.get("values"), osm.get("default")
        ),
    )


def _osm_rule(path: Path, owner: str, entry: dict[str, Any]) -> OsmRule:
    types = frozenset(entry.get("types", ()))
    if not types or not types <= {"node", "line", "area"}:
        raise _wrong(path, owner, "osm.types 无效", "osm.types must be node, line or area")
    return OsmRule(
        tags={k: True if v is True else frozenset(v) for k, v in entry["tags"].items()},
        without={k: frozenset(v) for k, v in entry.get("not", {}).items()},
        types=types,
    )
