"""What a register is made of: its class, the form that its attributes give, and who keeps it."""

from __future__ import annotations

from typing import Any

from xiancheng.city.classes import CIM_CLASSES, Attribute, Catalogue, FeatureClass
from xiancheng.foundation.text import Text
from xiancheng.site.county import county, folder, programme
from xiancheng.site.policy.roles import load_stewardship
from xiancheng.site.policy.subject import Subject
from xiancheng.site.problems import NotFoundError

_UNITS = {
    "m2": Text("m²", "m²"),
    "persons": Text("人", "persons"),
    "beds": Text("张", "beds"),
    "places": Text("个", "places"),
}


def unit_title(unit: str | None) -> Text | None:
    """Return a unit as people write it; None for a pure number."""
    if unit is None or unit == "1":
        return None
    return _UNITS.get(unit, Text(unit, unit))


def keepers(class_name: str) -> list[dict[str, Any]]:
    """Return the bureaus that keep a register, with their titles where a programme of the county names them."""
    stewardship = load_stewardship(folder())
    found = [bureau for bureau, classes in stewardship.bureaus.items() if class_name in classes]
    titles: dict[str, Text] = {}
    for name in county().programmes:
        try:
            titles = dict(programme(name).bureaus) | titles
        except NotFoundError:
            continue
    return [{"id": b, "title": titles.get(b, Text(b, b)).as_dict()} for b in found]


def is_own(subject: Subject, class_name: str) -> bool:
    """Whether the bureaus of somebody keep a register."""
    stewardship = load_stewardship(folder())
    return any(class_name in stewardship.own(bureau) for bureau in subject.bureaus)


def register_of(feature_class: FeatureClass, subject: Subject) -> dict[str, Any]:
    """Return what is said of a register wherever it is named."""
    return {
        "name": feature_class.name,
        "title": feature_class.title.as_dict(),
        "cim_class": feature_class.cim_class,
        "cim_title": CIM_CLASSES[feature_class.cim_class].as_dict(),
        "geometry": feature_class.geometry,
        "bureaus": keepers(feature_class.name),
        "own": is_own(subject, feature_class.name),
        "editable": subject.may_edit(feature_class.name),
    }


def attribute_of(attribute: Attribute, catalogue: Catalogue) -> dict[str, Any]:
    """Return what a form must know to show and check one attribute."""
    unit = unit_title(attribute.unit)
    codes = catalogue.codes.get(attribute.codes or "", {})
    return {
        "name": attribute.name,
        "title": attribute.title.as_dict(),
        "type": attribute.type,
        "unit": attribute.unit,
        "unit_title": None if unit is None else unit.as_dict(),
        "required": attribute.required,
        "minimum": attribute.minimum,
        "maximum": attribute.maximum,
        "codes": [{"code": code, "title": title.as_dict()} for code, title in codes.items()],
    }


def definition_of(feature_class: FeatureClass, catalogue: Catalogue, subject: Subject) -> dict[str, Any]:
    """Return a register with its form."""
    return {
        **register_of(feature_class, subject),
        "attributes": [attribute_of(a, catalogue) for a in feature_class.attributes],
    }
