"""Made-up assessments that hold everything a report has to show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from xiancheng.city.classes import Catalogue
from xiancheng.city.snapshot import CountyInfo, FeatureTable, Population, Snapshot, project
from xiancheng.foundation.text import Text
from xiancheng.programme.assessment import Assessment, ClauseResult, IndicatorResult, Status, TrendPoint
from xiancheng.programme.measurement import AreaValue, Exclusion, Measurement, Short
from xiancheng.programme.model import Article, Clause, Indicator, Programme, Target

CRS = "EPSG:4546"
CENTRE = (110.524, 40.566)
TOWNSHIPS = (
    "萨拉齐镇",
    "双龙镇",
    "美岱召镇",
    "沟门镇",
    "将军尧镇",
    "海子乡",
    "明沙淖乡",
    "苏波盖乡",
    "九峰山生态管理委员会",
)
BUREAUS = {
    "cyberspace": Text("网信办", "Cyberspace Office"),
    "industry_it": Text("工信局", "Industry and IT Bureau"),
    "approvals": Text("审批服务局", "Approvals and Services Bureau"),
    "housing": Text("住建局", "Housing and Urban-Rural Development Bureau"),
    "urban_management": Text("城管执法局", "Urban Management and Enforcement Bureau"),
    "culture": Text("文旅广电局", "Culture, Tourism, Radio and TV Bureau"),
    "education": Text("教育局", "Education Bureau"),
    "health": Text("卫健委", "Health Commission"),
    "civil_affairs": Text("民政局", "Civil Affairs Bureau"),
    "sports": Text("体育局", "Sports Bureau"),
    "water": Text("水务局", "Water Bureau"),
    "ecology": Text("生态环境局", "Ecology and Environment Bureau"),
    "forestry": Text("林草局", "Forestry and Grassland Bureau"),
}
ARTICLES = (
    Article("17", Text("数字化改造", "Digital transformation")),
    Article("18", Text("医疗卫生", "Health")),
    Article("19", Text("教育", "Education")),
    Article("20", Text("养老托育", "Care of the old and the very young")),
    Article("21", Text("文化体育", "Culture and sport")),
    Article("22", Text("社会福利", "Welfare")),
    Article("23", Text("历史文化保护", "Heritage")),
    Article("24", Text("蓝绿空间", "Blue and green")),
)
AGES = (date(2023, 12, 31), date(2024, 6, 30), date(2024, 12, 31), date(2025, 12, 31))
HASH = "sha256:9f2c1e7ab04d5538c6e2f1a9d07b44ce83be1d2b5a6f70918273645546372819"

_DATA = Text("需要{x}的数据", "needs data on {x}")


def town(n: int, seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitudes and latitudes of buildings in blocks around the centre."""
    random = np.random.default_rng(seed)
    block = random.integers(-9, 10, (n, 2)) * np.array([0.0033, 0.0025])
    keep = random.normal(0, 0.0006, (n, 2))
    return CENTRE[0] + block[:, 0] + keep[:, 0], CENTRE[1] + block[:, 1] + keep[:, 1]


def short_places(
    n: int,
    *,
    seed: int = 1,
    feature_class: str = "building",
    unit: str = "residents",
    names: Sequence[str | None] | None = None,
) -> Short:
    """`n` places that fall short, most affected first."""
    random = np.random.default_rng(seed)
    lon, lat = town(n, seed)
    amount = -np.sort(-np.round(random.gamma(1.6, 22, n)))
    made = [
        f"{('东风', '振华', '民生', '团结', '站前')[i % 5]}小区{i // 5 + 1}号楼" if i % 4 else None for i in range(n)
    ]
    return Short(
        feature_class,
        np.array([f"b{i:06d}" for i in range(n)], dtype=object),
        np.array(list(names) if names is not None else made, dtype=object),
        lon,
        lat,
        amount,
        np.array([f"1502211{random.integers(0, 3):02d}" for _ in range(n)], dtype=object),
        unit,
    )


def areas(value: float, *, seed: int = 1, unit: str = "share", total: float = 100_000) -> tuple[AreaValue, ...]:
    """A figure for every township; the last one has none."""
    random = np.random.default_rng(seed)
    share = random.dirichlet(np.array([9, 2, 2, 2, 1.5, 1, 1, 1, 0.4]) * 3)
    out = []
    for i, name in enumerate(TOWNSHIPS):
        v = float(np.clip(value * random.uniform(0.55, 1.35), 0, 1 if unit == "share" else None))
        down = float(round(total * share[i]))
        last = i == len(TOWNSHIPS) - 1
        out.append(
            AreaValue(
                f"1502211{i:02d}", name, None if last else v, None if last else round(v * down), None if last else down
            )
        )
    return tuple(out)


def measurement(
    measure: str,
    value: float | None,
    unit: str,
    definition: Text,
    *,
    short: Short | None = None,
    seed: int = 1,
    numerator: float | None = None,
    denominator: float | None = None,
    labels: tuple[Text, Text] | None = None,
    excluded: tuple[Exclusion, ...] = (),
    notes: tuple[Text, ...] = (),
    missing: tuple[Text, ...] = (),
    params: dict[str, Any] | None = None,
    by_area: bool = True,
    as_of: date = AGES[-1],
) -> Measurement:
    """A measurement with the parts that are not given made up."""
    return Measurement(
        measure,
        value,
        unit,
        definition,
        as_of,
        HASH,
        params=params or {},
        numerator=numerator,
        denominator=denominator,
        numerator_label=labels[0] if labels else None,
        denominator_label=labels[1] if labels else None,
        excluded=excluded,
        by_area=areas(value, seed=seed, unit=unit) if by_area and value is not None else (),
        short=short,
        missing=missing,
        notes=notes,
    )


def result(
    name: str,
    title: Text,
    m: Measurement | None,
    target: Target | None = None,
    *,
    trend: Sequence[float | None] = (),
    missing: tuple[Text, ...] = (),
    note: Text | None = None,
    certainty: str | None = None,
    since: Measurement | None = None,
    later: Text | None = None,
) -> IndicatorResult:
    """An indicator with the status that follows from its figure and target."""
    status: Status = "no_data"
    gap = None
    if m is not None and m.value is not None:
        status = "informative" if target is None else "met" if target.reached(m.value) else "short"
        gap = None if target is None else target.gap(m.value)
    indicator = Indicator(name, title, m.measure if m else None, m.params if m else {}, target, note, certainty, later)
    points = tuple(TrendPoint(AGES[i], v, f"sha256:{i:064d}") for i, v in enumerate(trend))
    return IndicatorResult(indicator, m, status, gap, missing or (m.missing if m else ()), since, points)


def clause(
    number: str, kind: Any, title: Text, bureaus: str, *results: IndicatorResult, text: Text | None = None
) -> ClauseResult:
    """A clause whose status is the worst of its indicators."""
    found = [r.status for r in results]
    status = next(
        (s for s in ("short", "no_data", "met", "informative") if s in found and (s != "no_data" or set(found) == {s})),
        "no_data",
    )
    return ClauseResult(
        Clause(number, kind, title, tuple(bureaus.split()), tuple(r.indicator for r in results), text), status, results
    )


def later(name: str, what_zh: str, what_en: str) -> IndicatorResult:
    """An indicator whose machinery comes later."""
    text = _DATA.format(x=Text(what_zh, what_en))
    return result(name, Text(what_zh, what_en.capitalize()), None, missing=(text,), later=text)


def assessment(
    *, big: int = 2_400, synthetic: bool = True, closed: bool = True, hostile: str | None = None
) -> Assessment:
    """The made-up county assessed: met, short, no target and no data; `big` places fall short of the park clause.

    `hostile` is put into every text that comes from data.
    """
    x = hostile or ""
    resident = (Text("500米内有公园的常住人口", "residents with a park within 500 m"), Text("常住人口", "residents"))
    outside = (
        Exclusion(
            Text(f"建筑无层数，按1层计{x}", f"buildings without floors, taken as one floor{x}"), 312, "buildings"
        ),
        Exclusion(Text("面积不足4000平方米的绿地", "greens smaller than 4,000 m²"), 17, "features"),
    )
    park = measurement(
        "access.residents_within",
        0.612,
        "share",
        Text(
            f"住处到公园边界直线距离不超过500米的常住人口所占比例。{x}",
            f"Share of residents whose home lies within 500 m, in a straight line, of the edge of a park.{x}",
        ),
        short=short_places(big, names=[f"{x}{i}" for i in range(big)] if hostile else None),
        numerator=61_234,
        denominator=100_056,
        labels=resident,
        excluded=outside,
        seed=3,
        params={"of": ("park",), "metres": 500.0, "min_area_m2": 4000.0, "metric": "straight", "from": "boundary"},
        notes=(
            Text(
                "标准没有说明从边界还是入口量距；本表取边界。",
                "The standard does not say whether distance runs from the edge or the entrance; the edge is used.",
            ),
        ),
    )
    green = measurement(
        "access.residents_within",
        0.99962,
        "share",
        Text("住处300米内有绿地的常住人口所占比例。", "Share of residents with any green within 300 m."),
        short=short_places(38, seed=5),
        numerator=100_018,
        denominator=100_056,
        labels=(Text("300米内有绿地的常住人口", "residents with green within 300 m"), Text("常住人口", "residents")),
        seed=4,
        params={"of": ("park", "green_space"), "metres": 300.0, "metric": "straight"},
    )
    beds = measurement(
        "ratio.per_1000",
        5.12,
        "per_1000",
        Text("每千常住人口医疗机构床位数。", "Hospital beds per 1,000 residents."),
        numerator=512,
        denominator=100_056,
        labels=(Text("床位数", "beds"), Text("常住人口", "residents")),
        seed=6,
        params={"of": ("hospital", "clinic"), "attribute": "beds"},
    )
    school = measurement(
        "access.nearest",
        642.0,
        "m",
        Text("小学生到最近小学步行距离的中位数。", "Median walking distance of pupils to the nearest primary school."),
        short=short_places(460, seed=8, unit="pupils"),
        seed=8,
        params={"of": ("school",), "level": "primary", "metric": "network"},
        excluded=(
            Exclusion(
                Text("距道路超过200米，未上路网", "farther than 200 m from a road: not on the network"),
                122,
                "residents",
            ),
        ),
    )
    nursing = measurement(
        "share.of_attribute",
        0.574,
        "share",
        Text("护理型床位占养老机构床位的比例。", "Nursing beds as a share of the beds of care institutions."),
        numerator=310,
        denominator=540,
        labels=(Text("护理型床位", "nursing beds"), Text("养老床位", "elderly-care beds")),
        seed=9,
    )
    childcare = measurement(
        "ratio.per_1000",
        3.1,
        "per_1000",
        Text("每千常住人口3岁以下婴幼儿托位数。", "Childcare places for children under 3 per 1,000 residents."),
        numerator=310,
        denominator=100_056,
        labels=(Text("托位数", "childcare places"), Text("常住人口", "residents")),
        seed=10,
        short=short_places(7, seed=10, feature_class="admin_area", unit="places", names=list(TOWNSHIPS[:7])),
    )
    kindergarten = measurement(
        "share.of_attribute",
        0.921,
        "share",
        Text(
            "普惠性幼儿园在园幼儿占比。",
            "Children in inclusive kindergartens as a share of all children in kindergarten.",
        ),
        numerator=2_630,
        denominator=2_856,
        labels=(
            Text("普惠园在园幼儿", "children in inclusive kindergartens"),
            Text("在园幼儿", "children in kindergarten"),
        ),
        seed=11,
    )
    public = measurement(
        "share.of_attribute",
        0.581,
        "share",
        Text("公办园在园幼儿占比。", "Children in public kindergartens as a share."),
        numerator=1_659,
        denominator=2_856,
        seed=12,
    )
    density = measurement(
        "density.length",
        1.84,
        "km/km2",
        Text("建成区每平方公里水系长度。", "Length of watercourses per km² of built-up area."),
        numerator=26.3,
        denominator=14.3,
        labels=(Text("水系长度（km）", "watercourses (km)"), Text("建成区面积（km²）", "built-up area (km²)")),
        seed=13,
    )
    trees = measurement(
        "rule.violations",
        3.0,
        "count",
        Text(
            "两个快照之间消失且无审批记录的古树名木与老建筑。",
            "Old trees and old buildings that vanished between two snapshots without an approval.",
        ),
        short=short_places(
            3, seed=14, feature_class="old_tree", unit="trees", names=["古榆 015号", "古油松 007号", None]
        ),
        by_area=False,
    )
    gigabit = measurement(
        "share.covered",
        0.968,
        "share",
        Text("可办理千兆宽带的住宅建筑占比。", "Share of residential buildings that can order gigabit fibre."),
        seed=15,
        numerator=4_120,
        denominator=4_256,
        short=short_places(136, seed=15, unit="dwellings"),
    )
    fiveg = measurement(
        "share.covered",
        1.0,
        "share",
        Text("5G信号覆盖的常住人口占比。", "Share of residents covered by 5G."),
        seed=16,
        numerator=100_056,
        denominator=100_056,
    )
    library = measurement(
        "evidence.presence",
        3.0,
        "count",
        Text("公共图书馆、文化馆、博物馆数量。", "Public libraries, cultural centres and museums."),
        by_area=False,
    )
    since = measurement(
        "access.residents_within",
        0.655,
        "share",
        park.definition,
        numerator=65_540,
        denominator=100_060,
        labels=resident,
        as_of=date(2026, 6, 30),
        by_area=False,
    )

    clauses = (
        clause(
            "17.1",
            "target",
            Text("2025年县城5G全覆盖", "Every county seat has 5G by 2025"),
            "cyberspace industry_it",
            result(
                "5g-residents",
                Text("5G覆盖人口比例", "residents covered by 5G"),
                fiveg,
                Target(at_least=1.0, by=AGES[-1]),
                trend=(0.91, 0.95, 0.99, 1.0),
                certainty="V",
            ),
        ),
        clause(
            "17.2",
            "target",
            Text("千兆光纤通达县城", "Gigabit fibre reaches every county seat"),
            "industry_it housing",
            result(
                "gigabit-buildings",
                Text("千兆通达建筑比例", "buildings that can order gigabit fibre"),
                gigabit,
                Target(at_least=1.0, by=AGES[-1]),
                trend=(0.71, 0.84, 0.93, 0.968),
            ),
        ),
        clause(
            "17.3",
            "deliverable",
            Text(
                "统一规划、分步建设城市信息模型（CIM）平台",
                "One City Information Model (CIM) platform, planned as one, built in stages",
            ),
            "housing",
            later("cim", "CIM平台验收", "acceptance of the CIM platform"),
        ),
        clause(
            "17.4",
            "service",
            Text("一网统管", "The county runs on one network"),
            "urban_management cyberspace",
            later("cases", "案件流转", "cases from report to check"),
        ),
        clause(
            "17.5",
            "service",
            Text("一网通办", "One window for every service"),
            "approvals",
            later("services", "政务服务办件", "applications for services"),
        ),
        clause(
            "17.7",
            "target",
            Text("智能电表、水表等终端部署并上报", "Smart meters deployed and reporting"),
            "industry_it housing",
            later("meters", "表计上报", "readings of meters"),
        ),
        clause(
            "18.1",
            "deliverable",
            Text("县域医疗卫生服务体系规划", "A county health plan: facilities, beds, staff against need"),
            "health",
            result(
                "beds",
                Text("每千人床位数", "beds per 1,000 residents"),
                beds,
                trend=(4.7, 4.9, 5.0, 5.12),
                certainty="M",
                note=Text(
                    "自治区规划目标未取得原文，暂不设目标值。",
                    "The region's planning norm was not available in its source: no target is set.",
                ),
            ),
        ),
        clause(
            "18.5",
            "target",
            Text("县级医院达到三级医院设施条件和服务能力", "County hospitals reach tier-3 facilities and capability"),
            "health",
            later("tier3", "医院能力评估", "hospital capability assessments"),
        ),
        clause(
            "18.7",
            "service",
            Text(
                "县级疾病预防控制：监测预警、检验、处置、流调",
                "County disease control: surveillance, laboratory, response, field epidemiology",
            ),
            "health",
            later("surveillance", "传染病监测", "disease surveillance"),
        ),
        clause(
            "19.1",
            "target",
            Text("义务教育学位供给与需求相匹配", "Compulsory-school places where they are short"),
            "education",
            result(
                "primary-distance",
                Text("小学就近入学距离", "walking distance to primary school"),
                school,
                Target(at_most=500.0, by=AGES[-1]),
                trend=(655.0, 655.0, 648.0, 642.0),
                certainty="S",
                note=Text(
                    "“就近”没有全国统一数值，500米取自生活圈标准。",
                    "“Nearby” has no national figure; 500 m is taken from the living-circle standard.",
                ),
            ),
            later("places", "学位预测", "forecast of school places"),
        ),
        clause(
            "19.5",
            "target",
            Text(
                "普惠性幼儿园覆盖率95%以上，公办园在园幼儿占比55%以上",
                "Inclusive-kindergarten coverage at least 95 %, public share at least 55 %",
            ),
            "education",
            result(
                "inclusive",
                Text("普惠性幼儿园覆盖率", "inclusive-kindergarten coverage"),
                kindergarten,
                Target(at_least=0.95, by=AGES[-1]),
                trend=(None, 0.935, 0.93, 0.921),
            ),
            result(
                "public",
                Text("公办园在园幼儿占比", "public-kindergarten share"),
                public,
                Target(at_least=0.55, by=AGES[-1]),
                trend=(0.5, 0.52, 0.56, 0.581),
            ),
        ),
        clause(
            "20.2",
            "target",
            Text("护理型床位占比不低于55%", "Nursing beds at least 55 % of elderly-care beds"),
            "civil_affairs health",
            result(
                "nursing-share",
                Text("护理型床位占比", "share of nursing beds"),
                nursing,
                Target(at_least=0.55, by=AGES[-1]),
                trend=(0.41, 0.47, 0.52, 0.574),
                certainty="V",
            ),
        ),
        clause(
            "20.6",
            "target",
            Text("每千人口拥有3岁以下婴幼儿托位数达到4.5个", "At least 4.5 childcare places per 1,000 residents"),
            "health education",
            result(
                "childcare-places",
                Text("每千人口托位数", "childcare places per 1,000"),
                childcare,
                Target(at_least=4.5, by=AGES[-1]),
                trend=(1.9, 2.4, 2.8, 3.1),
                certainty="V",
            ),
        ),
        clause(
            "20.7",
            "rule",
            Text("新建住宅小区配套建设幼儿园", "A new residential district comes with its kindergarten"),
            "housing education",
            later("new-districts", "新建小区", "new residential districts"),
        ),
        clause(
            "21.3",
            "deliverable",
            Text("图书馆、文化馆、博物馆齐备", "Libraries, cultural centres and museums complete"),
            "culture",
            result("venues", Text("公共文化场馆数量", "public cultural venues"), library, trend=(2.0, 2.0, 3.0, 3.0)),
        ),
        clause(
            "21.5",
            "target",
            Text("符合条件的体育场地免费或低收费开放", "Eligible sports grounds open free or at low cost"),
            "sports education",
            later("open-grounds", "场地开放", "opening of sports grounds"),
        ),
        clause(
            "22.4",
            "target",
            Text("救助管理站（点）全覆盖", "Relief stations: full coverage"),
            "civil_affairs",
            later("relief", "救助站点", "relief stations"),
        ),
        clause(
            "23.5",
            "rule",
            Text(
                "不随意拆除老建筑、不大规模迁移砍伐老树",
                "No arbitrary demolition of old buildings; no large-scale felling of old trees",
            ),
            "urban_management housing culture",
            result(
                "vanished",
                Text("无审批消失的老树和老建筑", "old trees and buildings gone without approval"),
                trees,
                Target(at_most=0.0),
                trend=(0.0, 1.0, 1.0, 3.0),
            ),
        ),
        clause(
            "24.1",
            "deliverable",
            Text("依托自然基底建设生态廊道", "Ecological corridors on the natural base"),
            "urban_management water ecology forestry",
            result(
                "water-density", Text("水系密度", "density of watercourses"), density, trend=(1.84, 1.84, 1.84, 1.84)
            ),
        ),
        clause(
            "24.2",
            "target",
            Text(f"300米见绿、500米见园{x}", f"Green within 300 m, a park within 500 m of every resident{x}"),
            "urban_management forestry",
            result(
                "park-500m",
                Text("500米见园", "a park within 500 m"),
                park,
                Target(at_least=1.0, by=AGES[-1]),
                trend=(0.55, 0.581, 0.6, 0.612),
                certainty="S",
                since=since,
                note=Text(
                    "公园面积下限有4000、5000、10000平方米几种口径，本表取4000。",
                    "The minimum size of a park is given as 4,000, 5,000 or 10,000 m²; 4,000 is used.",
                ),
            ),
            result(
                "green-300m",
                Text("300米见绿", "green within 300 m"),
                green,
                Target(at_least=1.0, by=AGES[-1]),
                trend=(0.985, 0.99, 0.998, 0.99962),
            ),
            text=Text(
                f"居民出行300米见绿、500米见园。{x}",
                f"Every resident sees green within 300 m and a park within 500 m.{x}",
            ),
        ),
        clause(
            "24.5",
            "target",
            Text("消除黑臭水体、修复岸线", "Black-odorous water gone; shores restored"),
            "water ecology",
            later("water-quality", "水体水质", "water quality"),
        ),
    )
    programme = Programme(
        "baotou-county-seats-2023-2025",
        Text(
            "包头市以县城为重要载体的城镇化建设方案（2023—2025年）",
            "Baotou county-seat development programme 2023–2025",
        ),
        date(2023, 1, 1),
        date(2025, 12, 31),
        ARTICLES,
        tuple(c.clause for c in clauses),
        BUREAUS,
    )
    return Assessment(
        programme=programme,
        county_name=Text(f"土默特右旗{x}", f"Tumed Right Banner{x}"),
        county_code="150221",
        synthetic=synthetic,
        as_of=date(2025, 12, 31),
        snapshot=HASH,
        snapshot_as_of=date(2025, 12, 31),
        assessed_on=date(2026, 7, 1),
        closed=closed,
        followed_until=date(2026, 6, 30) if closed else None,
        clauses=clauses,
        population_summary={
            "method": "census_floor_area",
            "feature_class": "building",
            "basis": "resident",
            "total": 101_000.0,
            "distributed": 100_056.0,
            "undistributed": [{"area": "150221108", "name": x or "九峰山", "persons": 944.0, "reason": "no buildings"}],
            "entries": 4_256,
            "floor_area_sources": {"registered": 1200, "floors": 2744, "assumed": 312},
            "floor_area_m2": 3_822_140.5,
            "ages_known": ["age_0_2", "age_60_up"],
            "notes": [{"zh": "部分建筑没有层数", "en": "some buildings have no floors"}],
        },
        quality_notes=(Text("12条道路端点未与路网相连。", "12 roads do not connect to the network."),),
    )


def polygons_around(n: int, seed: int, size: float) -> npt.NDArray[np.object_]:
    """`n` squares of about `size` degrees in the town."""
    lon, lat = town(n, seed)
    return shapely.box(lon - size / 2, lat - size / 2, lon + size / 2, lat + size / 2)


def snapshot(catalogue: Catalogue, *, buildings: int = 4_000, only: frozenset[str] | None = None) -> Snapshot:
    """A snapshot with townships, roads, water, green, parks and buildings."""
    x0, y0 = CENTRE
    streets: list[Any] = []
    kinds: list[str] = []
    for i in range(-9, 10):
        kind = "primary" if i == 0 else "secondary" if i % 3 == 0 else "residential"
        streets += [
            shapely.LineString([(x0 - 0.032, y0 + (i + 0.5) * 0.0025), (x0 + 0.032, y0 + (i + 0.5) * 0.0025)]),
            shapely.LineString([(x0 + (i + 0.5) * 0.0033, y0 - 0.025), (x0 + (i + 0.5) * 0.0033, y0 + 0.025)]),
        ]
        kinds += [kind, kind]
    streets.append(shapely.LineString([(x0 - 0.2, y0 - 0.03), (x0, y0 - 0.026), (x0 + 0.25, y0 + 0.02)]))
    kinds.append("motorway")
    t = np.linspace(-0.2, 0.2, 200)
    river = shapely.LineString(np.column_stack([x0 + t, y0 - 0.018 + 0.004 * np.sin(t * 60)]))
    townships = [
        shapely.box(
            x0 - 0.2 + 0.13 * (i % 3),
            y0 - 0.15 + 0.1 * (i // 3),
            x0 - 0.07 + 0.13 * (i % 3),
            y0 - 0.05 + 0.1 * (i // 3),
        )
        for i in range(9)
    ]
    seat = shapely.box(x0 - 0.034, y0 - 0.027, x0 + 0.034, y0 + 0.027)
    tables = {
        "admin_area": _table(
            catalogue,
            "admin_area",
            [*townships, seat],
            level=["township"] * 9 + ["county_seat"],
            name=[*TOWNSHIPS, "县城建成区"],
        ),
        "road": _table(catalogue, "road", streets, road_class=kinds),
        "waterway": _table(catalogue, "waterway", [river]),
        "water_body": _table(catalogue, "water_body", list(polygons_around(6, 21, 0.002))),
        "park": _table(catalogue, "park", list(polygons_around(9, 22, 0.0022))),
        "green_space": _table(catalogue, "green_space", list(polygons_around(40, 23, 0.0009))),
        "building": _table(catalogue, "building", list(polygons_around(buildings, 24, 0.00018))),
    }
    nobody = np.empty(0, dtype=object)
    return Snapshot(
        county=CountyInfo(Text("土默特右旗", "Tumed Right Banner"), "150221", CRS, synthetic=True),
        as_of=AGES[-1],
        content_hash=HASH,
        catalogue=catalogue,
        tables={k: v for k, v in tables.items() if only is None or k in only},
        population=Population(nobody, "building", np.empty((0, 2)), np.empty(0), {}, nobody, "none"),
    )


def _table(catalogue: Catalogue, kind: str, geometry: Sequence[Any], **columns: Sequence[Any]) -> FeatureTable:
    shapes = np.array(list(geometry), dtype=object)
    n = len(shapes)
    metric = project(shapes, CRS)
    points = shapely.centroid(metric)
    return FeatureTable(
        catalogue[kind],
        np.array([f"{kind}-{i}" for i in range(n)], dtype=object),
        shapes,
        {k: np.array(list(v), dtype=object) for k, v in columns.items()},
        np.column_stack([shapely.get_x(points), shapely.get_y(points)]),
        shapely.area(metric),
        shapely.length(metric),
        np.full(n, None, dtype=object),
        CRS,
    )
