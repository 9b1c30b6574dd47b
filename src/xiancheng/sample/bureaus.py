"""What the bureaus hand over: registers as workbooks and text, the census, statistics, trees, meters and coverage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import AGE_BANDS
from xiancheng.foundation.text import Text
from xiancheng.sample.facilities import Facilities
from xiancheng.sample.faults import Faults
from xiancheng.sample.frame import AFTER, BEFORE, CODE, COUNTY, DATES, TOWNSHIPS
from xiancheng.sample.manifest import SourceFile
from xiancheng.sample.osm import Extract
from xiancheng.sample.places import park_ids
from xiancheng.sample.registers import KEY, PLACE, REGISTERS, TABLES, Register
from xiancheng.sample.statistics import statistics_rows
from xiancheng.sample.tables import Table, fixed, lonlat, table_of, write_csv, write_geojson
from xiancheng.sample.town import Town
from xiancheng.sample.trees import (
    SPECIES,
    STANDARD,
    Components,
    StreetTrees,
    component_ids,
    component_kind,
)
from xiancheng.sample.utilities import Meters, Station, coverage
from xiancheng.sample.workbooks import Sheet, write_workbook

_AGES = ("0-2岁", "3-5岁", "6-11岁", "12-14岁", "15-17岁", "18-59岁", "60岁及以上")


class Bureaus:
    """Writes the tables of one date."""

    def __init__(
        self,
        town: Town,
        extract: Extract,
        facilities: Facilities,
        catalogue: Catalogue,
        faults: Faults,
        *,
        trees: StreetTrees,
        parts: Components,
        meters: Meters,
        stations: list[Station],
    ) -> None:
        self.town = town
        self.extract = extract
        self.facilities = facilities
        self.catalogue = catalogue
        self.faults = faults
        self.trees = trees
        self.parts = parts
        self.meters = meters
        self.stations = stations

    def write(self, folder: Path, which: int) -> list[SourceFile]:
        """Write all of them into `folder`."""
        return [
            *(self._workbook(folder, register, which) for register in REGISTERS),
            *(self._text(folder, register, which) for register in TABLES),
            self._census(folder, which),
            self._statistics(folder, which),
            self._street_trees(folder, which),
            self._components(folder, which),
            self._meters(folder, which),
            self._stations(folder, which),
            self._coverage(folder, which),
            self._trails(folder, which),
            self._entrances(folder, which),
        ]

    def _named(self, folder: Path, name: str) -> str:
        return f"{folder.name}/{name}"

    def _of(self, folder: Path, register: Register, which: int) -> SourceFile:
        return SourceFile(
            path=self._named(folder, register.file),
            source=register.source,
            valid_from=DATES[which],
            feature_class=register.feature_class,
            datum=register.datum,
            id_column=KEY,
            columns=dict(register.mapping),
        )

    def _workbook(self, folder: Path, register: Register, which: int) -> SourceFile:
        table = table_of(register, self.facilities.classes[register.feature_class], which, self.catalogue)
        first = 3 + max(len(h) for h in table.header)
        self._plant(register, table, self._named(folder, register.file), first, which)
        totals = [table.column(c.header) for c in register.columns if c.total] if register.totals else []
        name = register.title[:20]
        write_workbook(
            folder / register.file,
            [Sheet(name, register.title, register.bureau, DATES[which], table.header, table.rows, totals)],
        )
        if totals:
            text = Text("“合计”行不是要素", "the row of totals is no feature")
            row = first + len(table.rows)
            self.faults.plant(
                [self._named(folder, register.file)], register.feature_class, "totals_row", row, "rejected", text
            )
        return self._of(folder, register, which)

    def _plant(self, register: Register, table: Table, file: str, first: int, which: int) -> None:
        """Plant the faults of registers; `table` is changed in place."""
        name = register.feature_class
        lon, lat = table.header.index((PLACE[0],)) if register.datum else 0, -1
        if name == "school":
            wrong = list(table.rows[0])
            wrong[0], wrong[1], wrong[2] = "XX9001", "外县小学（坐标错误）", "坐标落在邻县"
            wrong[lon], wrong[lat] = 109.9931, 40.5872
            table.rows.append(wrong)
            text = Text("学校坐标落在邻县", "a school whose coordinates lie in the next county")
            self.faults.plant([file], name, "outside_county", "XX9001", "quality", text)
        if name == "school" and which == 0:
            column = table.header.index(("办别",))
            table.rows[2][column] = "国办公助"
            text = Text("办别不在代码表中", "an ownership that the code list does not have")
            self.faults.plant([file], name, "unknown_code", first + 2, "rejected", text,
                              attribute="ownership", value="国办公助")  # fmt: skip
        if name == "elderly_care":
            table.rows.append(list(table.rows[1]))
            text = Text("同一编号登记两次", "one number registered twice")
            row = first + len(table.rows) - 1
            self.faults.plant([file], name, "duplicate_row", row, "rejected", text, value=str(table.rows[1][0]))
        if name == "clinic" and which == 0:
            row_ = table.rows[-2]
            row_[lon], row_[lat] = row_[lat], row_[lon]
            text = Text("经纬度互换", "longitude and latitude exchanged")
            self.faults.plant([file], name, "swapped_coordinates", first + len(table.rows) - 2, "rejected", text)
        if name == "sports_ground":
            table.rows[0][table.header.index(("场地面积（㎡）",))] = "较大"
            text = Text("面积不是数字", "an area that is no number")
            self.faults.plant([file], name, "text_for_number", first, "rejected", text,
                              attribute="area_m2", value="较大")  # fmt: skip

    def _text(self, folder: Path, register: Register, which: int) -> SourceFile:
        table = table_of(register, self.facilities.classes[register.feature_class], which, self.catalogue)
        file = self._named(folder, register.file)
        if register.feature_class == "old_tree":
            column = table.header.index(("估测树龄",))
            table.rows[3][column] = -5
            text = Text("树龄为负", "an age below zero")
            self.faults.plant([file], "old_tree", "out_of_range", 5, "rejected", text, attribute="age", value="-5")
        columns = [["" if v is None else v for v in column] for column in zip(*table.rows, strict=True)]
        write_csv(folder / register.file, ["".join(h) for h in table.header], columns)
        return self._of(folder, register, which)

    def _census(self, folder: Path, which: int) -> SourceFile:
        residents = self.town.residents[which]
        header: list[tuple[str, ...]] = [(KEY,), ("行政区划代码",), ("名称",), ("口径",), ("总人口",)]
        header += [("分年龄人口", age) for age in _AGES]
        rows: list[list[Any]] = [
            [f"{township.code}-C", township.code, township.name, "常住人口", sum(ages), *ages]
            for township, ages in zip(TOWNSHIPS, residents.ages.tolist(), strict=True)
        ]
        total = residents.ages.sum(axis=0)
        # More people are registered in the county than live there; the young who left still count.
        registered = np.round(total * np.array([1.05, 1.05, 1.02, 1.02, 1.01, 1.32, 1.08])).astype(np.int64).tolist()
        whole = [
            [f"{CODE}-C", CODE, COUNTY, "常住人口", int(total.sum()), *total.tolist()],
            [f"{CODE}-H", CODE, COUNTY, "户籍人口", sum(registered), *registered],
        ]
        note = "按第七次全国人口普查（2020年）总数和年龄构成推算的合成数据。"
        sheets = [
            Sheet("分乡镇", "分乡镇常住人口及年龄构成", "旗统计局", DATES[which], header, rows, range(4, 12), note),
            Sheet("全旗", "全旗人口及年龄构成", "旗统计局", DATES[which], header, whole, (), note),
        ]
        write_workbook(folder / "census.xlsx", sheets)
        file = self._named(folder, "census.xlsx")
        text = Text("“合计”行不是要素", "the row of totals is no feature")
        self.faults.plant([file], "census", "totals_row", sheets[0].first_row + len(rows), "rejected", text)
        bands = {band: f"分年龄人口/{age}" for band, age in zip(AGE_BANDS, _AGES, strict=True)}
        return SourceFile(file, "旗统计局 人口", DATES[which], "census", None, KEY, bands)

    def _statistics(self, folder: Path, which: int) -> SourceFile:
        rows = statistics_rows(self.town, which)
        header: list[tuple[str, ...]] = [
            (KEY,), ("指标代码",), ("名称",), ("区划代码",), ("数值",), ("单位",), ("年份",), ("填报单位",),
        ]  # fmt: skip
        sheet = Sheet("统计", "主要统计指标", "旗统计局", DATES[which], header, rows)
        write_workbook(folder / "statistics.xlsx", [sheet])
        return SourceFile(self._named(folder, "statistics.xlsx"), "旗统计局 主要统计指标", DATES[which], "statistic",
                          None, KEY)  # fmt: skip

    def _street_trees(self, folder: Path, which: int) -> SourceFile:
        bit = (BEFORE, AFTER)[which]
        t = self.trees
        here = np.flatnonzero(t.when & bit)
        places = lonlat(t.xy[here], "GCJ02")
        # One tree in twelve is measured again in two years.
        grown = 1.2 * which * ((t.planted[here] < 2023) & (here % 12 == 0))
        diameter = fixed(t.diameter[here] + grown, 1)
        condition = [self.catalogue.code_title("condition", c).zh for c in t.condition[here]]
        diameter[7] = "9999"
        file = self._named(folder, "street_trees.csv")
        text = Text("胸径超出范围", "a trunk diameter outside its range")
        self.faults.plant([file], "street_tree", "out_of_range", 9, "rejected", text,
                          attribute="trunk_diameter", value="9999")  # fmt: skip
        write_csv(
            folder / "street_trees.csv", [KEY, "树种", "胸径", "栽植年份", "长势", *PLACE],
            [[f"XDS{i + 1:06d}" for i in here], [SPECIES[s] for s in t.species[here]], diameter,
             t.planted[here].tolist(), condition, fixed(places[:, 0], 7), fixed(places[:, 1], 7)],
        )  # fmt: skip
        return SourceFile(file, "旗住建局 行道树普查", DATES[which], "street_tree", "GCJ02", KEY)

    def _components(self, folder: Path, which: int) -> SourceFile:
        c = self.parts
        places = lonlat(c.xy, "GCJ02")
        kinds = [component_kind(k) for k in c.kind.tolist()]
        # What was damaged is mended by the second date.
        state = c.state if which == 0 else np.where(np.arange(len(c.state)) % 3 > 0, "intact", c.state)
        titles = {s: self.catalogue.code_title("component_state", str(s)).zh for s in set(state)}
        write_csv(
            folder / "components.csv",
            ["管理部件标识码", "名称", "分类标准", "大类代码", "小类代码", "权属单位", "状态", *PLACE],
            [component_ids(c.kind), [k[2] for k in kinds], [STANDARD] * len(kinds), [k[0] for k in kinds],
             [k[1] for k in kinds], [k[3] for k in kinds], [titles[s] for s in state], fixed(places[:, 0], 7),
             fixed(places[:, 1], 7)],
        )  # fmt: skip
        return SourceFile(self._named(folder, "components.csv"), "旗城管执法局 市政部件普查", DATES[which], "component",
                          "GCJ02", "管理部件标识码")  # fmt: skip

    def _meters(self, folder: Path, which: int) -> SourceFile:
        m = self.meters
        here = np.flatnonzero(m.when & (BEFORE, AFTER)[which])
        places = lonlat(m.xy[here], "GCJ02")
        kinds = [self.catalogue.code_title("meter_kind", k).zh for k in m.kind[here]]
        file = self._named(folder, "meters.csv")
        text = Text("没有表计类型（必填）", "no kind of meter, which is required")
        for i in (11, 12, 13):
            kinds[i] = ""
            self.faults.plant([file], "meter", "missing_required", i + 2, "rejected", text, attribute="kind")
        ways = self.extract.building_way[m.building[here]]
        write_csv(
            folder / "meters.csv", ["表号", "表计类型", "智能表", "所在建筑", "安装日期", *PLACE],
            [[f"{CODE}{i + 1:08d}" for i in here], kinds, np.where(m.smart[which][here], "是", "否").tolist(),
             [f"w{w}" for w in ways.tolist()], [f"{y}-06-01" for y in m.installed[here].tolist()],
             fixed(places[:, 0], 7), fixed(places[:, 1], 7)],
        )  # fmt: skip
        return SourceFile(file, "旗供电公司、旗供水公司 表计档案", DATES[which], "meter", "GCJ02", "表号")

    def _stations(self, folder: Path, which: int) -> SourceFile:
        rows = [s for s in self.stations if s.when & BEFORE or which == 1]
        places = lonlat(np.array([(s.x, s.y) for s in rows]), "GCJ02")
        lon, lat = fixed(places[:, 0], 7), fixed(places[:, 1], 7)
        lon[4], lat[4] = "0", "0"
        file = self._named(folder, "base_stations.csv")
        text = Text("坐标为 0，0", "coordinates 0, 0")
        self.faults.plant([file], "base_station", "zero_coordinates", 6, "rejected", text)
        technology = ["、".join(self.catalogue.code_title("cell_technology", t).zh for t in s.technology) for s in rows]
        write_csv(
            folder / "base_stations.csv", [KEY, "名称", "制式", "运营商", "天线挂高", *PLACE],
            [[s.id for s in rows], [s.name for s in rows], technology, [s.operator for s in rows],
             [s.height for s in rows], lon, lat],
        )  # fmt: skip
        return SourceFile(file, "旗工信局 通信基站", DATES[which], "base_station", "GCJ02", KEY)

    def _coverage(self, folder: Path, which: int) -> SourceFile:
        measured = f"{DATES[which].year}-12-10"
        write_geojson(
            folder / "coverage.geojson", "coverage",
            ((c.id, c.area, {"kind": c.kind, "operator": c.operator, "measured_on": measured, "name": c.id})
             for c in coverage(self.town, which)),
        )  # fmt: skip
        return SourceFile(self._named(folder, "coverage.geojson"), "旗工信局 通信服务覆盖", DATES[which],
                          "coverage_area", None, "id")  # fmt: skip

    def _trails(self, folder: Path, which: int) -> SourceFile:
        lines = [
            (i, line)
            for i, line in enumerate(self.town.lines)
            if line.tags.get("name") == "滨河步道" and line.when & (BEFORE, AFTER)[which]
        ]
        write_geojson(
            folder / "trails.geojson", "trails",
            ((f"BD{i:05d}", shapely.LineString(line.points), {"name": "滨河步道", "surface": "沥青", "lit": True})
             for i, line in lines),
            ground=False,
        )  # fmt: skip
        return SourceFile(self._named(folder, "trails.geojson"), "旗文旅体育广电局 健身步道", DATES[which], "trail",
                          None, "id")  # fmt: skip

    def _entrances(self, folder: Path, which: int) -> SourceFile:
        parks = park_ids(self.town)
        sites = [s for s in self.town.sites if s.kind == "park_entrance"]
        write_geojson(
            folder / "park_entrances.geojson", "park_entrances",
            ((f"CRK{i + 1:04d}", shapely.Point(s.x, s.y), {"name": f"{s.name}出入口", "park_id": parks[s.name]})
             for i, s in enumerate(sites) if s.when & (BEFORE, AFTER)[which]),
            ground=False,
        )  # fmt: skip
        return SourceFile(self._named(folder, "park_entrances.geojson"), "旗住建局 公园出入口", DATES[which],
                          "park_entrance", None, "id")  # fmt: skip
