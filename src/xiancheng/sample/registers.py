"""What the bureaus' registers look like: files, titles, merged headers, the order of columns."""

from __future__ import annotations

from dataclasses import dataclass

KEY = "编号"
PLACE = ("经度", "纬度")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: header (rows of a merged header, from the top) and the attribute that it shows."""

    header: tuple[str, ...]
    attribute: str
    total: bool = False
    """Whether the row of totals sums it."""


@dataclass(frozen=True, slots=True)
class Register:
    """A workbook of one sheet, or a table of text.

    Attributes
    ----------
    mapping
        Attribute → column as the reader names it, where the header alone does not tell.
    """

    feature_class: str
    file: str
    title: str
    bureau: str
    columns: tuple[Column, ...]
    datum: str | None = "GCJ02"
    mapping: tuple[tuple[str, str], ...] = ()
    totals: bool = False

    @property
    def source(self) -> str:
        """The name under which the register comes again."""
        return f"{self.bureau} {self.title}"


def _c(header: str, attribute: str, *, total: bool = False) -> Column:
    return Column(tuple(header.split("/")), attribute, total)


REGISTERS: tuple[Register, ...] = (
    Register("school", "schools.xlsx", "中小学校名册", "旗教育局", (
        _c("学段", "level"), _c("办别", "ownership"), _c("班级数", "classes", total=True),
        _c("学位/小学", "places_primary", total=True), _c("学位/初中", "places_junior", total=True),
        _c("学位数", "places", total=True), _c("在校生数", "pupils", total=True),
        _c("占地面积（平方米）", "land_area"),
        _c("数字资源已编目", "digital_resources"),
    ), totals=True),
    Register("kindergarten", "kindergartens.xlsx", "幼儿园名册", "旗教育局", (
        _c("办园性质", "ownership"), _c("班级数", "classes", total=True), _c("幼儿/学位数", "places", total=True),
        _c("幼儿/在园人数", "children", total=True), _c("托班托位", "nursery_places", total=True),
        _c("小区配套园", "estate_facility"),
    ), mapping=(("places", "幼儿/学位数"), ("children", "幼儿/在园人数")), totals=True),
    Register("hospital", "hospitals.xlsx", "医院名册", "旗卫健委", (
        _c("类别", "kind"), _c("医院等级", "grade"), _c("县级医院", "county_level"),
        _c("床位/开放床位", "beds", total=True),
        _c("床位/重症床位", "icu_beds", total=True), _c("人员/卫生技术人员", "health_staff", total=True),
        _c("人员/执业（助理）医师", "doctors", total=True), _c("人员/注册护士", "nurses", total=True),
        _c("业务用房面积", "floor_area"), _c("设感染性疾病科", "infectious_unit"),
        _c("数字资源已编目", "digital_resources"),
    ), totals=True),
    Register("clinic", "clinics.xlsx", "基层医疗卫生机构名册", "旗卫健委", (
        _c("类别", "kind"), _c("床位数", "beds", total=True), _c("人员/卫生技术人员", "health_staff", total=True),
        _c("人员/执业（助理）医师", "doctors", total=True), _c("人员/注册护士", "nurses", total=True),
    ), totals=True),
    Register("elderly_care", "elderly_care.xlsx", "养老服务设施台账", "旗民政局", (
        _c("设施类别", "kind"), _c("性质", "ownership"), _c("床位/合计", "beds", total=True),
        _c("床位/护理型", "nursing_beds", total=True), _c("床位/普惠型", "inclusive_beds", total=True),
        _c("医养结合", "medical"), _c("嵌入式", "embedded"),
    ), mapping=(
        ("beds", "床位/合计"), ("nursing_beds", "床位/护理型"), ("inclusive_beds", "床位/普惠型"),
    ), totals=True),
    Register("childcare", "childcare.xlsx", "托育机构备案表", "旗卫健委", (
        _c("类别", "kind"), _c("托位数", "places", total=True), _c("普惠", "inclusive"),
    ), totals=True),
    Register("library", "libraries.xlsx", "公共图书馆（室）名录", "旗文旅体育广电局", (
        _c("级别", "level"), _c("建筑面积", "floor_area"), _c("藏书量", "volumes"),
        _c("数字资源已编目", "digital_resources"),
    )),
    Register("cultural_centre", "cultural_centres.xlsx", "文化馆（站）名录", "旗文旅体育广电局", (
        _c("级别", "level"), _c("建筑面积", "floor_area"),
    )),
    Register("museum", "museums.xlsx", "博物馆名录", "旗文旅体育广电局", (
        _c("级别", "level"), _c("建筑面积", "floor_area"), _c("免费开放", "free"),
    )),
    Register("sports_ground", "sports_grounds.xlsx", "体育场地普查表", "旗文旅体育广电局", (
        _c("场地类别", "kind"), _c("权属类别", "owner_kind"), _c("开放/具备条件", "eligible"),
        _c("开放/开放方式", "opening"),
        _c("场地面积（㎡）", "area_m2", total=True),
    ), mapping=(("eligible", "开放/具备条件"), ("opening", "开放/开放方式")), totals=True),
    Register("community_service_point", "community_points.xlsx", "社区综合服务设施一览表", "旗民政局", (
        _c("社区代码", "community_code"), _c("服务功能", "functions"), _c("建筑面积", "floor_area"),
    )),
    Register("relief_station", "relief_stations.xlsx", "救助管理机构名录", "旗民政局", (
        _c("类别", "kind"), _c("床位数", "beds"),
    )),
    Register("welfare_facility", "welfare.xlsx", "福利设施名录", "旗民政局、旗残联", (
        _c("类别", "kind"), _c("床位数", "beds"), _c("建筑面积", "floor_area"),
        _c("残疾儿童康复定点机构", "rehabilitation_designated"),
    )),
    Register("funeral_facility", "funeral.xlsx", "殡葬设施名录", "旗民政局", (
        _c("类别", "kind"), _c("公益性", "public"),
    )),
    Register("intangible_heritage", "intangible_heritage.xlsx", "非物质文化遗产名录", "旗文旅体育广电局", (
        _c("级别", "level"), _c("类别", "kind"), _c("有代表性传承人", "bearer"),
    ), datum=None),
    Register("document", "documents.xlsx", "方案佐证材料清单", "旗政府办", (
        _c("条款号", "clause"), _c("类型", "kind"), _c("文号", "number"), _c("日期", "issued_on"),
        _c("单位", "issuer"),
    ), datum=None),
)  # fmt: skip
"""Registers of facilities, as workbooks."""

TABLES: tuple[Register, ...] = (
    Register("old_tree", "old_trees.csv", "古树名木普查表", "旗林草局", (
        _c("古树编号", "tree_number"), _c("树种", "species"), _c("估测树龄", "age"), _c("保护级别", "grade"),
        _c("胸围", "trunk_girth"), _c("冠幅", "crown_diameter"), _c("树高", "tree_height"), _c("已挂牌", "plate"),
        _c("养护责任人", "keeper"), _c("生长势", "condition"), _c("认定日期", "recognised_on"),
    )),
    Register("historic_building", "historic_buildings.csv", "历史建筑名录", "旗住建局", (
        _c("名录号", "number"), _c("建成年份", "year"), _c("已挂牌", "plate"), _c("已建档", "archive"),
        _c("已测绘", "surveyed"),
        _c("测绘日期", "surveyed_on"), _c("已活化利用", "in_use"),
    ), mapping=(("number", "名录号"),)),
)  # fmt: skip
"""Registers of facilities, as text in GBK."""
