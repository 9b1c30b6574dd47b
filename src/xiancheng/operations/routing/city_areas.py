"""The areas that the city model holds: townships, communities, grids."""

from __future__ import annotations

from collections.abc import Iterable

from xiancheng.city.snapshot import Snapshot
from xiancheng.foundation.text import Text
from xiancheng.operations.routing.areas import Area
from xiancheng.operations.routing.settings import AreaSource

_POLYGONS = frozenset(["Polygon", "MultiPolygon"])


def areas_of(snapshot: Snapshot, sources: Iterable[AreaSource]) -> tuple[list[Area], list[Text]]:
    """Return the areas of a snapshot, and what was left out of them and why.

    Parameters
    ----------
    snapshot
        The city model as of a date.
    sources
        Classes that are areas, with the attributes of code and level. A class that the catalogue does not have is left
        out without a word; a class without a level attribute is one level.
    """
    areas: dict[str, Area] = {}
    notes: list[Text] = []
    for source in sources:
        if source.feature_class not in snapshot.catalogue.classes:
            continue
        table = snapshot.table(source.feature_class)
        codes = table.column(source.code)
        levels = table.column(source.level) if source.level else [source.feature_class] * len(table)
        nameless = double = 0
        for code, level, shape in zip(codes, levels, table.geometry, strict=True):
            if not code or shape is None or shape.geom_type not in _POLYGONS:
                nameless += 1
            elif str(code) in areas:
                double += 1
            else:
                areas[str(code)] = Area(str(code), str(level or source.feature_class), shape)
        if nameless:
            notes.append(
                Text(
                    f"{source.feature_class}：{nameless} 个没有代码或没有面，不参与派遣",
                    f"{source.feature_class}: {nameless} without code or polygon take no part in routing",
                )
            )
        if double:
            notes.append(
                Text(
                    f"{source.feature_class}：{double} 个代码重复，只用第一个",
                    f"{source.feature_class}: {double} with a code that is there already, only the first counts",
                )
            )
    return list(areas.values()), notes
