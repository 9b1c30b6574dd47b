"""OpenStreetMap: PBF and XML files, sorted into the catalogue's classes by their tags."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from xiancheng.city.classes import OsmAttribute
from xiancheng.city.layer import Geometries, Rejection, SourceLayer
from xiancheng.city.readers.osm_opl import Opl, member_ways, node_place, parse_opl, way_shape
from xiancheng.city.readers.osm_rules import Kind, Sorter, attribute_value, compile_rules
from xiancheng.city.readers.registry import ReadOptions, reader
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.progress import Progress
from xiancheng.foundation.text import Text

_STEP = 10_000
_NAMED_MEMBERS = 5


@reader("osm", ".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
def read_osm(path: Path, options: ReadOptions) -> Iterator[SourceLayer]:
    """Read an OpenStreetMap file, one layer a class that its objects belong to.

    A node is a point. A way is a line, unless it is closed and tagged ``area=yes``; a closed way is an area, unless
    it is tagged ``area=no``; whether a class takes lines or areas is for its rules to say (a roundabout is a road and
    no area). Relations of type ``multipolygon`` and ``boundary`` are areas, assembled by libosmium. Objects are
    called ``n``, ``w`` or ``r`` and their number. What cannot be built (members or nodes that the file does not
    have, rings that do not close or cross) is a rejection of its class with the reason.

    Raises
    ------
    SourceError
        If the file is broken or cut short.
    """
    sorter = compile_rules(c for c in options.catalogue if options.classes is None or c.name in options.classes)
    if not sorter.classes:
        return
    try:
        valid_on = _described_date(path)
        tagged = _read_tags(path, sorter, options.progress)
        geometry, reasons = _build(path, tagged, options.progress)
    except (RuntimeError, OSError) as error:
        raise SourceError(
            path,
            Text(f"不是完整的 OpenStreetMap 文件：{error}", f"not a whole OpenStreetMap file: {error}"),
            hint=Text(
                "文件可能没有下载完，或内容与扩展名不符；请重新获取",
                "it may be cut short, or its contents may not be what its ending says; fetch it again",
            ),
        ) from error
    for feature_class, members in zip(sorter.classes, tagged.members, strict=True):
        objects = np.array(members.objects, dtype=np.intp)
        kept = ~shapely.is_missing(geometry[objects])
        rejected = [n for n in objects[~kept].tolist() if n in reasons]
        if not kept.any() and not rejected:
            continue
        yield SourceLayer(
            name=feature_class.name,
            columns=members.columns(np.flatnonzero(kept).tolist()),
            geometry=geometry[objects[kept]],
            rows=np.arange(1, int(kept.sum()) + 1),
            ids=[tagged.names[number] for number in objects[kept].tolist()],
            feature_class=feature_class.name,
            datum="WGS84",
            mapped=True,
            rejections=[Rejection(None, tagged.names[n], None, reasons[n][0], reasons[n][1]) for n in rejected],
            valid_on=valid_on,
        )


@dataclass
class _Members:
    """Objects of one class, and their attributes (sparse: most are absent)."""

    attributes: tuple[tuple[str, OsmAttribute], ...]
    objects: list[int] = field(default_factory=list)
    values: dict[str, dict[int, str]] = field(init=False)
    keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.values = {name: {} for name, _ in self.attributes}
        self.keys = frozenset(key for _, osm in self.attributes for key in osm.keys)

    def add(self, number: int, tags: Mapping[str, str]) -> None:
        row = len(self.objects)
        self.objects.append(number)
        if self.keys.isdisjoint(tags):
            return
        for name, osm in self.attributes:
            value = attribute_value(tags, osm)
            if value is not None:
                self.values[name][row] = value

    def columns(self, rows: list[int]) -> dict[str, list[str | None]]:
        return {name: [*map(values.get, rows)] for name, values in self.values.items()}


@dataclass
class _Tagged:
    """Objects of the file that belong to a class, numbered in its order; a way can be two: a line and an area."""

    members: list[_Members]
    names: list[str] = field(default_factory=list)
    points: dict[int, tuple[float, float]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    """Way → object."""
    way_areas: dict[int, int] = field(default_factory=dict)
    relation_areas: dict[int, int] = field(default_factory=dict)
    relation_ways: dict[int, list[int]] = field(default_factory=dict)
    open_ways: set[int] = field(default_factory=set)
    """Ways of `way_areas` whose last node is not the first: areas only if libosmium finds them in one place."""

    def add(self, sorter: Sorter, kind: Kind, item: Opl) -> int | None:
        """Sort an object into its classes and return its number here, None if it belongs to none."""
        classes = sorter.sort(item.tags, kind)
        if not classes:
            return None
        number = len(self.names)
        self.names.append(f"{item.type}{item.number}")
        for position in classes:
            self.members[position].add(number, item.tags)
        return number


def _read_tags(path: Path, sorter: Sorter, progress: Progress) -> _Tagged:
    """First pass: every object that a rule takes, with its tags."""
    tagged = _Tagged(
        [_Members(tuple((a.name, a.osm) for a in c.attributes if a.osm is not None)) for c in sorter.classes]
    )
    progress.step(Text(f"读取 {path.name} 的标签", f"reading the tags of {path.name}"))
    with tempfile.TemporaryDirectory(prefix="xiancheng-osm-") as folder:
        text = Path(folder) / "tags.opl"
        _write_opl(path, text, sorter)
        with text.open(encoding="utf-8", newline="\n") as lines:
            for count, line in enumerate(lines, 1):
                _sort(parse_opl(line, sorter.every_key), sorter, tagged)
                if count % _STEP == 0:
                    progress.advance(_STEP)
    return tagged


def _write_opl(path: Path, text: Path, sorter: Sorter) -> None:
    keys = sorter.keys
    ways = keys["line"] | keys["area"]
    filters = [
        _having(keys["node"]).enable_for(osmium.osm.NODE),
        _having(ways).enable_for(osmium.osm.WAY),
        _having(keys["area"]).enable_for(osmium.osm.RELATION),
    ]
    writer = osmium.SimpleWriter(osmium.io.File(str(text), "opl,add_metadata=false"), overwrite=True)
    try:
        with osmium.io.Reader(path) as opened:
            osmium.apply(opened, *filters, writer)
    finally:
        writer.close()


def _sort(item: Opl, sorter: Sorter, tagged: _Tagged) -> None:
    if item.type == "n":
        number = tagged.add(sorter, "node", item)
        if number is not None:
            tagged.points[number] = node_place(item.rest)
    elif item.type == "w":
        nodes, closed = way_shape(item.rest)
        said = item.tags.get("area") if closed else None
        if said != "yes" and (number := tagged.add(sorter, "line", item)) is not None:
            tagged.lines[item.number] = number
        if (closed or nodes > 3) and said != "no" and (number := tagged.add(sorter, "area", item)) is not None:
            tagged.way_areas[item.number] = number
            if not closed:
                tagged.open_ways.add(item.number)
    elif item.tags.get("type") in {"multipolygon", "boundary"}:
        number = tagged.add(sorter, "area", item)
        if number is not None:
            tagged.relation_areas[item.number] = number
            tagged.relation_ways[item.number] = member_ways(item.rest)


def _build(path: Path, tagged: _Tagged, progress: Progress) -> tuple[Geometries, dict[int, tuple[Text, str | None]]]:
    """Second pass: geometries of all objects (None: could not be built) and why not."""
    progress.step(Text(f"读取 {path.name} 的几何", f"reading the geometry of {path.name}"))
    wkb: dict[int, bytes] = {}
    stream = osmium.FileProcessor(path).with_locations()
    wanted = {
        osmium.osm.NODE: [],
        osmium.osm.WAY: [*tagged.lines],
        osmium.osm.RELATION: [],
        # libosmium's number of an area: twice the way's, twice the relation's and one.
        osmium.osm.AREA: [*(2 * w for w in tagged.way_areas), *(2 * r + 1 for r in tagged.relation_areas)],
    }
    for entity, numbers in wanted.items():
        stream.with_filter(osmium.filter.IdFilter(numbers).enable_for(entity))
    if tagged.way_areas or tagged.relation_areas:
        stream.with_areas(osmium.filter.IdFilter([*tagged.relation_areas]).enable_for(osmium.osm.RELATION))
    factory = osmium.geom.WKBFactory()
    objects = iter(stream) if tagged.lines or tagged.way_areas or tagged.relation_areas else iter(())
    while batch := sum(_geometry(item, tagged, wkb, factory) for item in islice(objects, _STEP)):
        progress.advance(batch)
    geometry = np.full(len(tagged.names), None, dtype=object)
    if wkb:
        geometry[list(wkb)] = _single(shapely.from_wkb(np.array(list(wkb.values()), dtype=object)))
    if tagged.points:
        places = np.array(list(tagged.points.values()))
        known = np.isfinite(places).all(axis=1)
        geometry[np.array(list(tagged.points))[known]] = shapely.points(places[known])
    return geometry, _reasons(path, tagged, geometry, stream.node_location_storage)


def _geometry(item: Any, tagged: _Tagged, wkb: dict[int, bytes], factory: Any) -> int:  # noqa: ANN401 - no common type
    if item.is_way():
        if not item.nodes[0].location.valid():
            return 1  # osmium would leave unplaced nodes at the beginning out and shorten the line in silence
        try:
            wkb[tagged.lines[item.id]] = bytes.fromhex(factory.create_linestring(item))
        except (osmium.InvalidLocationError, RuntimeError):
            return 1  # told by _reasons
    elif item.num_rings()[0]:
        known = tagged.way_areas if item.from_way() else tagged.relation_areas
        wkb[known[item.orig_id()]] = bytes.fromhex(factory.create_multipolygon(item))
    return 1


def _single(geometry: npt.NDArray[Any]) -> Geometries:
    """Return areas of one part as polygons."""
    one = (shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOLYGON) & (
        shapely.get_num_geometries(geometry) == 1
    )
    geometry[one] = shapely.get_geometry(geometry[one], 0)
    return geometry


def _reasons(
    path: Path,
    tagged: _Tagged,
    geometry: Geometries,
    locations: Any,  # noqa: ANN401
) -> dict[int, tuple[Text, str | None]]:
    """Say of every object without geometry why it has none; open ways that are no areas are only forgotten."""
    missing = shapely.is_missing(geometry)
    lines, areas, relations = (
        {item: number for item, number in which.items() if missing[number] and item not in ignored}
        for which, ignored in ((tagged.lines, ()), (tagged.way_areas, tagged.open_ways), (tagged.relation_areas, ()))
    )
    wanted = {*lines, *areas, *(ref for relation in relations for ref in tagged.relation_ways[relation])}
    nodes: dict[int, list[int]] = {}
    if wanted:
        ways = osmium.FileProcessor(path, osmium.osm.WAY).with_filter(osmium.filter.IdFilter(wanted))
        nodes = {way.id: [node.ref for node in way.nodes] for way in ways}
    absent = {way: sum(not _located(locations, ref) for ref in refs) for way, refs in nodes.items()}
    unplaced = Text("节点没有坐标", "the node has no coordinates")
    reasons: dict[int, tuple[Text, str | None]] = {n: (unplaced, None) for n in tagged.points if missing[n]}
    reasons |= {number: _why_no_line(nodes[way], absent[way]) for way, number in lines.items()}
    reasons |= {number: _why_no_area(nodes[way], absent[way]) for way, number in areas.items()}
    reasons |= {
        number: _why_no_multipolygon(tagged.relation_ways[relation], absent) for relation, number in relations.items()
    }
    return reasons


def _having(keys: Collection[str]) -> Any:  # noqa: ANN401
    """Return osmium's filter for objects with one of `keys`; for none, one that nothing passes."""
    return osmium.filter.KeyFilter(*sorted(keys)) if keys else osmium.filter.IdFilter([])


def _located(locations: Any, node: int) -> bool:  # noqa: ANN401
    try:
        return bool(locations.get(node).valid())
    except KeyError:
        return False


def _why_no_line(nodes: list[int], absent: int) -> tuple[Text, str | None]:
    if absent:
        return Text(
            f"线不完整：{len(nodes)} 个节点中有 {absent} 个不在文件里",
            f"incomplete way: {absent} of its {len(nodes)} nodes are not in the file",
        ), None
    return Text("线不足两个不同的点", "a line needs two different points"), None


def _why_no_area(nodes: list[int], absent: int) -> tuple[Text, str | None]:
    if absent:
        return Text(
            f"面不完整：{len(nodes)} 个节点中有 {absent} 个不在文件里",
            f"incomplete area: {absent} of its {len(nodes)} nodes are not in the file",
        ), None
    if len(set(nodes)) < 3:
        return Text("面不足三个点", "an area needs three points"), None
    return Text("面无效：边界自相交或重合", "broken area: its outline crosses or touches itself"), None


def _why_no_multipolygon(ways: list[int], absent: Mapping[int, int]) -> tuple[Text, str | None]:
    """Return why a relation made no area, and the first of its ways that are to blame."""
    missing = [ref for ref in ways if ref not in absent]
    cut = [ref for ref in ways if absent.get(ref)]
    if not ways:
        return Text("多边形关系没有成员线", "the multipolygon has no ways"), None
    if missing:
        return Text(
            f"多边形关系不完整：{len(ways)} 条成员线中有 {len(missing)} 条不在文件里",
            f"incomplete multipolygon: {len(missing)} of its {len(ways)} ways are not in the file",
        ), _named(missing)
    if cut:
        return Text(
            f"多边形关系不完整：{len(cut)} 条成员线有节点不在文件里",
            f"incomplete multipolygon: {len(cut)} of its ways have nodes that are not in the file",
        ), _named(cut)
    return Text("多边形关系无效：环不闭合或相交", "broken multipolygon: its rings do not close or cross"), None


def _named(ways: list[int]) -> str:
    return " ".join(f"w{ref}" for ref in ways[:_NAMED_MEMBERS]) + (" …" if len(ways) > _NAMED_MEMBERS else "")


def _described_date(path: Path) -> date | None:
    """Return the day whose map the header says the file holds."""
    with osmium.io.Reader(path, osmium.osm.NOTHING) as opened:
        header = opened.header()
        text = header.get("osmosis_replication_timestamp") or header.get("timestamp")
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
