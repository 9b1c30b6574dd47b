"""Residents inside an extent: whom a figure is about, and who was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.snapshot import Floats, Objects, Population, Snapshot
from xiancheng.foundation.errors import UnknownNameError
from xiancheng.foundation.text import Text
from xiancheng.planning.prepared import prepared
from xiancheng.programme.measurement import AreaValue, Exclusion, Short
from xiancheng.programme.views.figure import Grouping, area_values, exclusions, short_places
from xiancheng.programme.where import known

BANDS = {
    "age_0_2": Text("0—2岁", "aged 0-2"),
    "age_3_5": Text("3—5岁", "aged 3-5"),
    "age_6_11": Text("6—11岁", "aged 6-11"),
    "age_12_14": Text("12—14岁", "aged 12-14"),
    "age_15_17": Text("15—17岁", "aged 15-17"),
    "age_18_59": Text("18—59岁", "aged 18-59"),
    "age_60_up": Text("60岁及以上", "aged 60 and over"),
}


@dataclass(frozen=True)
class Extent:
    """A part of the county; `polygon` is None for everywhere.

    Attributes
    ----------
    title
        As in "residents of …".
    missing
        What is missing if the extent is not in the model.
    """

    title: Text
    polygon: shapely.Geometry | None
    missing: tuple[Text, ...] = ()

    def covers(self, xy: Floats) -> npt.NDArray[np.bool_]:
        """Return which of ``(n, 2)`` places lie in it, its boundary included."""
        if self.polygon is None:
            return np.ones(len(xy), dtype=bool)
        return cast("npt.NDArray[np.bool_]", shapely.intersects_xy(prepared(self.polygon), xy[:, 0], xy[:, 1]))


@dataclass(frozen=True)
class Residents:
    """The residents a figure is about: one row a building or cell inside the extent.

    Attributes
    ----------
    population
        All rows of the snapshot; `rows` are those inside.
    persons
        ``(n,)`` residents of the ages asked for.
    title
        Who they are, as a label: "residents aged 60 and over in the county".
    missing
        What is missing if they are not known; then the other fields hold nobody.
    """

    population: Population
    rows: npt.NDArray[np.intp]
    persons: Floats
    title: Text
    excluded: tuple[Exclusion, ...]
    missing: tuple[Text, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def xy(self) -> Floats:
        """``(n, 2)`` metres."""
        return self.population.xy[self.rows]

    @property
    def total(self) -> float:
        """All of them."""
        return float(self.persons.sum())

    @property
    def in_area(self) -> Objects:
        """``(n,)`` township codes."""
        return self.population.in_area[self.rows]

    def grouping(self, city: Snapshot) -> Grouping:
        """Return the rows by township."""
        everyone = city.memo("population by township", lambda: Grouping(city, city.population.in_area))
        part = Grouping.__new__(Grouping)
        part.codes, part.names, part.index = everyone.codes, everyone.names, everyone.index[self.rows]
        return part

    def short(self, city: Snapshot, amount: Floats, unit: str = "residents") -> Short:
        """Return the rows with an amount above 0, largest first."""
        return short_places(
            city, self.population.feature_class, ids=self.population.ids[self.rows],
            names=_names(city, self.population)[self.rows], xy=self.xy, in_area=self.in_area, amount=amount, unit=unit,
        )  # fmt: skip


def extent(city: Snapshot, within: str) -> Extent:
    """Return the extent called `within`.

    Parameters
    ----------
    within
        ``auto``: the county's boundary if the model has one (the area with the county's code, else those of level
        county, else the only area without a level), else everywhere; ``all``: everywhere; ``county``,
        ``county_seat``: that boundary; or the code of an administrative area.

    Raises
    ------
    UnknownNameError
        If no administrative area has that code.
    """
    return city.memo(("extent", within), lambda: _extent(city, within))


def _extent(city: Snapshot, within: str) -> Extent:
    everywhere = Extent(Text("模型内", "the model"), None)
    if within == "all":
        return everywhere
    areas = city.table("admin_area")
    levels, codes = areas.column("level"), areas.column("code")
    if within in {"auto", "county"}:
        chosen = codes == city.county.code
        if not chosen.any():
            chosen = levels == "county"
        if not chosen.any() and (levels == None).sum() == 1:  # noqa: E711 - elementwise
            chosen = levels == None  # noqa: E711
        if not chosen.any():
            lacking = Text("模型中没有县界（admin_area）", "the model has no county boundary (admin_area)")
            return everywhere if within == "auto" else Extent(Text("县界内", "the county"), None, (lacking,))
        title = Text("县界内", "the county")
    elif within == "county_seat":
        chosen, title = levels == "county_seat", Text("县城建成区", "the county seat")
        if not chosen.any():
            lacking = Text(
                "模型中没有县城建成区界线（admin_area，level=county_seat）",
                "the model has no boundary of the county seat (admin_area, level=county_seat)",
            )
            return Extent(title, None, (lacking,))
    else:
        chosen = codes == within
        if not chosen.any():
            codes_known = ["auto", "all", "county", "county_seat", *(str(c) for c in codes if c is not None)]
            raise UnknownNameError(Text("范围或区划代码", "extent or area code"), within, codes_known)
        name = str(areas.column("name")[chosen][0] or within)
        title = Text(name, name)
    return Extent(title, shapely.union_all(areas.projected[chosen]))


def residents(city: Snapshot, *, within: str = "auto", ages: tuple[str, ...] = ()) -> Residents:
    """Return the residents of `ages` (all by default) in the extent `within` (see :func:`extent`)."""
    return city.memo(("residents", within, ages), lambda: _residents(city, within, ages))


def _residents(city: Snapshot, within: str, ages: tuple[str, ...]) -> Residents:
    population, area = city.population, extent(city, within)
    persons = population.group(ages)
    missing = list(area.missing)
    if len(population) == 0 or population.method == "none":
        missing.append(
            Text(
                "不知道居民住在哪里：需要人口格网，或人口普查数加居住建筑",
                "where residents live is not known: import population cells, or census totals with residential "
                "buildings",
            )
        )
    elif persons is None:
        missing.append(Text("人口数据没有分年龄段", "the population data have no ages"))
    elif persons.sum() <= 0:
        missing.append(Text("所选年龄段没有人口", "there are no residents of these ages"))
    title = residents_title(area.title, ages)
    if missing or persons is None:
        return Residents(population, np.empty(0, dtype=np.intp), np.empty(0), title, (), tuple(missing))
    placed = np.isfinite(population.xy).all(axis=1)
    inside = city.memo(("inside", within), lambda: extent(city, within).covers(city.population.xy)) & placed
    rows = np.flatnonzero(inside & (persons > 0))
    outside = (
        Text("住在范围外的居民", "residents living outside the extent"),
        round(float(persons[~inside].sum()), 6),
        "residents",
    )
    if not len(rows):
        missing.append(Text(f"{area.title.zh}没有居民", f"nobody lives in {area.title.en}"))
    return Residents(population, rows, persons[rows], title, exclusions(outside), tuple(missing))


def residents_title(area: Text, ages: tuple[str, ...]) -> Text:
    """Return who is counted, as a label."""
    if not ages:
        return Text(f"{area.zh}常住人口", f"residents of {area.en}")
    return Text(
        f"{area.zh}{'、'.join(BANDS[a].zh for a in ages)}常住人口",
        f"residents of {area.en} {', '.join(BANDS[a].en for a in ages)}",
    )


def by_township(
    city: Snapshot, people: Residents, in_area: Objects, values: Floats, scale: float
) -> tuple[AreaValue, ...]:
    """Return scale times values of features over residents, by township.

    Parameters
    ----------
    in_area
        ``(f,)`` township each feature lies in; those outside all townships are in no figure.
    values
        ``(f,)`` what is added up.
    """
    here, group = people.grouping(city), Grouping(city, in_area)
    top = dict(zip(group.codes, group.sums(values).tolist(), strict=True))
    bottom = here.sums(people.persons)
    return area_values(
        here.codes, here.names, np.array([top.get(code, 0.0) for code in here.codes]), bottom, scale=scale
    )


def _names(city: Snapshot, population: Population) -> Objects:
    """Return ``(n,)`` names of the buildings or cells."""

    def read() -> Objects:
        table = city.table(population.feature_class)
        titles = table.column("name")
        named = np.flatnonzero(known(titles))
        names = dict(zip(table.ids[named].tolist(), titles[named].tolist(), strict=True))
        found = np.full(len(population), None, dtype=object)
        if names:
            found[:] = [names.get(i) for i in population.ids.tolist()]
        return found

    return city.memo("population names", read)
