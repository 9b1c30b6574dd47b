"""What the survey and planning units hand over: areas, land use, catchments and heritage as shapefiles in GBK."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.foundation.text import Text
from xiancheng.sample.fabric import Area
from xiancheng.sample.facilities import Facilities
from xiancheng.sample.faults import Faults
from xiancheng.sample.frame import AFTER, BEFORE, CRS, DATES, bend, outline
from xiancheng.sample.manifest import SourceFile
from xiancheng.sample.places import admin_areas, ground_box, park_ids
from xiancheng.sample.plan import Parcel
from xiancheng.sample.shapefiles import write_shapefile
from xiancheng.sample.streets import canal
from xiancheng.sample.tables import projected
from xiancheng.sample.town import Town

KEY = "标识码"
_LAND = {
    "school": "public_service", "hospital": "public_service", "office": "public_service", "culture": "public_service",
    "sports": "public_service", "care": "public_service", "commerce": "commercial", "industry": "industrial",
    "park": "green", "square": "green", "vacant": "other",
}  # fmt: skip
_LAND_CODES = {
    "residential": "07", "public_service": "08", "commercial": "09", "industrial": "10", "transport": "12",
    "green": "14", "farmland": "01", "other": "16",
}  # fmt: skip


class Survey:
    """Writes the shapefiles of one date."""

    def __init__(self, town: Town, facilities: Facilities, catalogue: Catalogue, faults: Faults) -> None:
        self.town = town
        self.facilities = facilities
        self.catalogue = catalogue
        self.faults = faults

    def write(self, folder: Path, which: int) -> list[SourceFile]:
        """Write all of them into `folder`."""
        return [
            self._areas(folder, DATES[which]),
            self._land_use(folder, which),
            self._catchments(folder, which),
            self._parks(folder, which),
            self._greens(folder, which),
            self._water(folder, which),
            self._sites(folder, which),
            self._zones(folder, which),
        ]

    def _title(self, code_list: str, code: str) -> str:
        return self.catalogue.code_title(code_list, code).zh

    def _areas(self, folder: Path, on: date) -> SourceFile:
        areas = admin_areas(self.town)
        columns = {
            KEY: [a.code for a in areas],
            "名称": [a.name for a in areas],
            "代码": [a.code for a in areas],
            "级别": [self._title("admin_level", a.level) for a in areas],
            "上级代码": [a.parent for a in areas],
            "备注": ["合成数据"] * len(areas),
        }
        return self._file(folder / "admin_areas.shp", [a.area for a in areas], columns, on, "admin_area",
                          "旗自然资源局 行政区界线")  # fmt: skip

    def _land_use(self, folder: Path, which: int) -> SourceFile:
        parcels = self.town.plan.parcels
        built = _built(self.town, parcels, (BEFORE, AFTER)[which])
        uses = [_land_use(p, (BEFORE, AFTER)[which], lived=bool(b)) for p, b in zip(parcels, built, strict=True)]
        shapes: list[shapely.Geometry] = [ground_box(p.x0, p.y0, p.x1, p.y1) for p in parcels]
        keys = [f"DL{p.number + 1:05d}" for p in parcels]
        for i, village in enumerate(self.town.villages):
            angle = np.linspace(0, 2 * np.pi, 25)[:-1]
            ring = np.column_stack([village.x + 1.06 * village.rx * np.cos(angle),
                                    village.y + 1.12 * village.ry * np.sin(angle)])  # fmt: skip
            shapes.append(shapely.Polygon(bend(ring)))
            uses.append("residential")
            keys.append(f"DLC{i + 1:04d}")
        names = [self._title("land_use", u) for u in uses]
        path = folder / "land_use.shp"
        self._plant_land_use(f"{folder.name}/{path.name}", shapes, names, keys)
        columns = {
            KEY: keys,
            "用地性质": names,
            "用地代码": [_LAND_CODES[u] for u in uses],
            "备注": ["合成数据"] * len(keys),
        }
        return self._file(path, shapes, columns, DATES[which], "land_use", "旗自然资源局 用地现状")

    def _plant_land_use(self, file: str, shapes: list[shapely.Geometry], names: list[str], keys: list[str]) -> None:
        parcels = self.town.plan.parcels
        green = next(i for i, p in enumerate(parcels) if p.kind == "square")
        p = parcels[green]
        ring = np.array([(p.x0, p.y0), (p.x1, p.y1), (p.x1, p.y0), (p.x0, p.y1)])
        shapes[green] = shapely.Polygon(bend(ring))
        text = Text("用地图斑自相交（蝴蝶结）", "a parcel of land use crosses itself (bowtie)")
        self.faults.plant([file], "land_use", "bowtie", keys[green], "repaired", text)
        empty = next(i for i, p in enumerate(parcels) if p.kind == "office")
        names[empty] = ""
        text = Text("用地图斑没有用地性质（必填）", "a parcel without its land use, which is required")
        self.faults.plant([file], "land_use", "missing_required", keys[empty], "rejected", text, attribute="use")

    def _catchments(self, folder: Path, which: int) -> SourceFile:
        keys, names, schools, levels, shapes = [], [], [], [], []
        county = outline()
        for level, prefix in (("primary", "XQ"), ("junior", "CQ")):
            offering = [
                f
                for f in self.facilities.classes["school"]
                if (state := f.at(which)) is not None and state[f"places_{level}"]
            ]
            points = np.array([(f.x, f.y) for f in offering])
            reach = shapely.box(-60_000, -60_000, 80_000, 60_000)
            cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=reach))
            cells = shapely.intersection(cells, reach)
            for facility, point in zip(offering, shapely.points(points), strict=True):
                cell = cells[np.flatnonzero(shapely.covers(cells, point))[0]]
                shapes.append(county.intersection(shapely.transform(shapely.segmentize(cell, 400.0), bend)))
                keys.append(f"{prefix}{facility.id[2:]}")
                names.append(f"{facility.name}{'小学' if level == 'primary' else '初中'}学区")
                schools.append(facility.id)
                levels.append(self._title("school_level", level))
        columns = {KEY: keys, "名称": names, "学校标识": schools, "学段": levels}
        return self._file(folder / "catchments.shp", shapes, columns, DATES[which], "catchment",
                          "旗教育局 义务教育学区", columns_named={"school_id": "学校标识"})  # fmt: skip

    def _existing(self, which: int) -> list[tuple[int, Area]]:
        bit = (BEFORE, AFTER)[which]
        return [(i, area) for i, area in enumerate(self.town.areas) if area.when & bit]

    def _parks(self, folder: Path, which: int) -> SourceFile:
        numbers = park_ids(self.town)
        rows = [area for _, area in self._existing(which) if area.tags.get("leisure") == "park"]
        shapes = [_on_the_ground(area) for area in rows]
        kinds = [_park_kind(area.tags["name"], shape.area) for area, shape in zip(rows, shapes, strict=True)]
        columns: dict[str, list[Any]] = {
            KEY: [numbers[area.tags["name"]] for area in rows],
            "名称": [area.tags["name"] for area in rows],
            "公园类别": [self._title("park_kind", kind) for kind in kinds],
            "面积": [round(shape.area) for shape in shapes],
            "免费开放": ["是"] * len(rows),
            "备注": ["合成数据"] * len(rows),
        }
        return self._file(folder / "parks.shp", shapes, columns, DATES[which], "park", "旗城管执法局 公园名录")

    def _greens(self, folder: Path, which: int) -> SourceFile:
        """Write the greens that OpenStreetMap does not tell apart: squares, corridors, restored land."""
        plan = self.town.plan
        west, _, east, north = plan.bounds
        line = shapely.LineString(plan.river[np.abs(plan.river[:, 0]) < east + 1500])
        bank = line.buffer(plan.river_width / 2 + 40).difference(line.buffer(plan.river_width / 2 + 4))
        rows: list[tuple[str, str, str, shapely.Geometry, bool]] = [
            ("LD001", "城西干渠生态廊道", "corridor", shapely.LineString(canal(plan)).buffer(30.0), True),
            ("LD002", "沙河生态廊道", "corridor", bank, which == 1),
            ("LD003", "北山荒坡造林地", "restored", shapely.box(west - 600, north + 1650, west + 500, north + 2100),
             True),
            ("LD004", "旧砖厂污染地块复绿", "restored", shapely.box(east + 250, north - 300, east + 420, north - 90),
             which == 1),
        ]  # fmt: skip
        rows += [
            (f"LD1{i:02d}", area.tags["name"], "square", shapely.Polygon(area.ring), True)
            for i, (_, area) in enumerate(self._existing(which))
            if area.tags.get("leisure") == "park" and area.tags.get("surface") == "paving_stones"
        ]
        rows = [row for row in rows if row[4]]
        shapes = [shapely.transform(shapely.segmentize(row[3], 120.0), bend) for row in rows]
        columns = {
            KEY: [row[0] for row in rows],
            "名称": [row[1] for row in rows],
            "绿地类别": [self._title("green_kind", row[2]) for row in rows],
            "备注": ["合成数据"] * len(rows),
        }
        return self._file(folder / "green_land.shp", shapes, columns, DATES[which], "green_space",
                          "旗林草局 生态绿地")  # fmt: skip

    def _water(self, folder: Path, which: int) -> SourceFile:
        rows = [(i, a) for i, a in self._existing(which) if a.tags.get("natural") in {"water", "wetland"}]
        kinds = [a.tags.get("water", a.tags["natural"]) for _, a in rows]
        ponds = [k for k, kind in enumerate(kinds) if kind == "pond"]
        # One pond was black and odorous at the first date, and is clean at the second.
        black = [which == 0 and bool(ponds) and k == ponds[-1] for k in range(len(rows))]
        columns = {
            KEY: [f"ST{i:05d}" for i, _ in rows],
            "名称": [a.tags.get("name", "坑塘") for _, a in rows],
            "类别": [self._title("water_kind", kind) for kind in kinds],
            "黑臭水体": ["是" if b else "否" for b in black],
            "备注": ["合成数据"] * len(rows),
        }
        return self._file(folder / "water_bodies.shp", [_on_the_ground(a) for _, a in rows], columns, DATES[which],
                          "water_body", "旗水务局 水体名录", columns_named={"black_odorous": "黑臭水体"})  # fmt: skip

    def _sites(self, folder: Path, which: int) -> SourceFile:
        rows = [(f, s) for f in self.facilities.classes["heritage_site"] if (s := f.at(which)) is not None]
        shapes = list(shapely.points(bend(np.array([(f.x, f.y) for f, _ in rows]))))
        flags = {"has_scope": "有保护范围", "has_mark": "有标志说明", "has_archive": "有记录档案",
                 "has_keeper": "有保管机构", "in_use": "已活化利用"}  # fmt: skip
        columns: dict[str, list[Any]] = {
            KEY: [f.id for f, _ in rows],
            "名称": [f.name for f, _ in rows],
            "级别": [self._title("heritage_level", str(s["level"])) for _, s in rows],
            "类别": [self._title("heritage_kind", str(s["kind"])) for _, s in rows],
            "年代": [s["era"] for _, s in rows],
            "公布编号": [s["designation_number"] for _, s in rows],
            "公布日期": [s["designated_on"] for _, s in rows],
            **{title: ["是" if s[name] else "否" for _, s in rows] for name, title in flags.items()},
        }
        return self._file(folder / "heritage_sites.shp", shapes, columns, DATES[which], "heritage_site",
                          "旗文旅体育广电局 不可移动文物", kind="Point")  # fmt: skip

    def _zones(self, folder: Path, which: int) -> SourceFile:
        """Write protection zones as an old project left them: neither encoding nor datum is told."""
        keys, kinds, sites, shapes = [], [], [], []
        for facility in self.facilities.classes["heritage_site"]:
            state = facility.at(which)
            if state is None or not state["has_scope"]:
                continue
            centre = shapely.Point(*bend(np.array([[facility.x, facility.y]]))[0])
            for kind, reach in (("protection_scope", 45.0), ("construction_control_zone", 110.0)):
                keys.append(f"{facility.id}-{'B' if kind == 'protection_scope' else 'J'}")
                kinds.append(self._title("heritage_zone_kind", kind))
                sites.append(facility.id)
                shapes.append(centre.buffer(reach, quad_segs=6))
            if which == 1 and state["kind"] == "great_wall":
                keys.append(f"{facility.id}-G")
                kinds.append(self._title("heritage_zone_kind", "national_cultural_park"))
                sites.append(facility.id)
                shapes.append(centre.buffer(400.0, quad_segs=6))
        path = folder / "heritage_zones.shp"
        columns = {KEY: keys, "类别": kinds, "遗产标识": sites, "备注": ["合成数据"] * len(keys)}
        named = {"site_id": "遗产标识"}
        file = self._file(path, shapes, columns, DATES[which], "heritage_zone", "旗文旅体育广电局 保护区划",
                          columns_named=named, told=False)  # fmt: skip
        text = Text(
            "图层没有 .prj，坐标基准未说明：须指明后才能导入", "a layer without .prj: refused until told its datum"
        )
        self.faults.plant([file.path], "heritage_zone", "no_datum", path.name, "refused", text)
        return file

    def _file(
        self,
        path: Path,
        shapes: Sequence[shapely.Geometry],
        columns: dict[str, list[Any]],
        on: date,
        feature_class: str,
        source: str,
        *,
        kind: str = "Polygon",
        columns_named: dict[str, str] | None = None,
        told: bool = True,
    ) -> SourceFile:
        write_shapefile(path, [projected(s) for s in shapes], columns, kind=kind, on=on, cpg=told, prj=told)
        return SourceFile(
            path=f"{path.parent.name}/{path.name}",
            source=source,
            valid_from=on,
            feature_class=feature_class,
            datum=None if told else CRS,
            id_column=KEY,
            columns=columns_named or {},
        )


def _on_the_ground(area: Area) -> shapely.Polygon:
    return shapely.transform(shapely.segmentize(shapely.Polygon(area.ring, area.holes), 120.0), bend)


def _park_kind(name: str, area: float) -> str:
    """Return a park's kind, from its name and its area in m²."""
    if "湿地" in name:
        return "special"
    if "郊野" in name:
        return "country"
    return "comprehensive" if area > 60_000 else "community" if area > 10_000 else "garden"


def _land_use(parcel: Parcel, bit: int, *, lived: bool) -> str:
    kind = parcel.kind if parcel.when & bit else parcel.other or "vacant"
    if kind == "courtyards" and not lived:
        return "farmland"
    return _LAND.get(kind, "residential")


def _built(town: Town, parcels: Sequence[Parcel], bit: int) -> np.ndarray:
    """Whether people live on each parcel."""
    b = town.buildings
    lived = b.residential & ((b.when & bit) > 0)
    tree = shapely.STRtree(shapely.points(np.column_stack([b.x[lived], b.y[lived]])))
    boxes = shapely.box(*np.array([(p.x0, p.y0, p.x1, p.y1) for p in parcels]).T)
    hit, _ = tree.query(boxes, predicate="contains")
    return np.isin(np.arange(len(parcels)), hit)
