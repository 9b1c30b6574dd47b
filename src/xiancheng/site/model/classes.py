"""Feature classes and values as people read them."""

from __future__ import annotations

from typing import Any

from xiancheng.city.classes import CIM_CLASSES, Attribute, Catalogue, FeatureClass
from xiancheng.city.values import plain
from xiancheng.foundation.text import Text
from xiancheng.programme.report.figures import unit_text
from xiancheng.site.policy.subject import Subject


def describe_classes(catalogue: Catalogue, subject: Subject) -> dict[str, Any]:
    """Return the classes that may be seen, with the codes they use."""
    seen = [c for c in catalogue if subject.may_see(c.name)]
    lists = {a.codes for c in seen for a in c.attributes if a.codes}
    return {
        "items": [_describe(c) for c in seen],
        "cim_classes": {name: title.as_dict() for name, title in CIM_CLASSES.items()},
        "codes": {
            name: {code: title.as_dict() for code, title in catalogue.codes.get(name, {}).items()}
            for name in sorted(lists)
        },
    }


def value_text(catalogue: Catalogue, attribute: Attribute, value: object) -> Text:
    """Return a value as people read it: codes by their titles, yes and no, numbers with their unit."""
    value = plain(value)
    if value is None:
        return Text("", "")
    if attribute.type == "boolean":
        return Text("是", "yes") if value else Text("否", "no")
    if attribute.codes is not None:
        titles = [catalogue.code_title(attribute.codes, code.strip()) for code in str(value).split(";")]
        return Text("、".join(t.zh for t in titles), ", ".join(t.en for t in titles))
    if isinstance(value, int | float) and attribute.type != "text":
        shown = f"{value:,.2f}".rstrip("0").rstrip(".") if attribute.unit else f"{value:g}"
        unit = Text("", "") if attribute.unit in {None, "1"} else unit_text(str(attribute.unit))
        return Text(f"{shown} {unit.zh}".strip(), f"{shown} {unit.en}".strip())
    return Text(str(value), str(value))


def _describe(feature_class: FeatureClass) -> dict[str, Any]:
    return {
        "name": feature_class.name,
        "title": feature_class.title.as_dict(),
        "cim_class": feature_class.cim_class,
        "geometry": feature_class.geometry,
        "attributes": [
            {"name": a.name, "title": a.title.as_dict(), "type": a.type, "unit": a.unit, "codes": a.codes}
            for a in feature_class.attributes
        ],
    }
