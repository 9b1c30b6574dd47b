"""A rule of routing and a set of them: for which cases, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import shapely

from xiancheng.foundation.text import Text
from xiancheng.operations.routing.week import Window
from xiancheng.operations.terms import CategoryKey


@dataclass(frozen=True, slots=True)
class Rule:
    """For which cases a unit is responsible. Conditions that are not given hold for every case.

    Attributes
    ----------
    id
        Its name, unique in a set.
    lead
        Code of the lead unit (主办单位).
    assisting
        Codes of the assisting units (协办单位).
    categories
        Categories or classes, one of which the case is within; none: any.
    areas
        Codes of areas (township, community, grid), one of which the place is in; none, and no polygon: anywhere.
    polygon
        An area of the rule's own in CGCS2000 longitude, latitude, border included; beside `areas` it is one more.
    owner
        Unit code of the owner of the component (权属单位).
    valid_from, valid_until
        First and last day on which the rule holds, both included.
    window
        When in the week it holds.
    priority
        Decides between rules that are equally specific: the higher wins.
    note, basis
        Free text; legal basis.
    """

    id: str
    lead: str
    assisting: tuple[str, ...] = ()
    categories: tuple[CategoryKey, ...] = ()
    areas: tuple[str, ...] = ()
    polygon: shapely.Geometry | None = None
    owner: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    window: Window | None = None
    priority: int = 0
    note: str = ""
    basis: str = ""

    @property
    def polygon_code(self) -> str:
        """The code that the rule's own polygon has among the areas."""
        return f"polygon:{self.id}"

    @property
    def area_codes(self) -> tuple[str, ...]:
        """Codes of all its areas, its own polygon included."""
        return self.areas if self.polygon is None else (*self.areas, self.polygon_code)

    def same_units(self, other: Rule) -> bool:
        """Whether both name the same lead and the same assisting units."""
        return self.lead == other.lead and set(self.assisting) == set(other.assisting)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a county and the units that take what no rule is for.

    Attributes
    ----------
    rules
        In the order of the file.
    overall
        Unit of every case that nothing else is for.
    class_defaults
        Category or class → unit of its cases that no rule is for; the longest that fits counts.
    units
        Code → title of the units that there are; empty: not known.
    """

    rules: tuple[Rule, ...]
    overall: str
    class_defaults: Mapping[CategoryKey, str] = field(default_factory=dict)
    units: Mapping[str, Text] = field(default_factory=dict)

    def unit(self, code: str) -> Text:
        """Return the title of a unit, its code where there is none."""
        return self.units.get(code, Text(code, code))


@dataclass(frozen=True, slots=True)
class Facts:
    """What routing has to know of a case.

    Attributes
    ----------
    category
        Its category.
    when
        The aware instant at which it is routed.
    areas
        Codes of the areas that it is in, polygons of rules included (see ``Router.locate``).
    owner
        Unit code of the owner of the component, if it is about one.
    """

    category: CategoryKey
    when: datetime
    areas: tuple[str, ...] = ()
    owner: str | None = None
