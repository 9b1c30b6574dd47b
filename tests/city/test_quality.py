"""Every check finds what was planted and nothing else; the geometric ones equal loops over all pairs."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rich.console import Console
from shapely import LineString, Point, Polygon, box

from xiancheng.city import quality
from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.datum import wgs84_to_bd09, wgs84_to_gcj02
from xiancheng.city.quality.checks.buildings import overlaps
from xiancheng.city.quality.checks.geometry import spikes
from xiancheng.city.quality.checks.roads import pieces
from xiancheng.city.quality.registry import checks
from xiancheng.city.quality.rules import load_rules
from xiancheng.city.snapshot import FeatureTable, project
from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text

CATALOGUE = load_catalogue()
CRS = "EPSG:4546"
ORIGIN = (458_000.0, 4_490_000.0)
"""A place in the county, metres; tests draw around it."""
BACK = Transformer.from_crs(CRS, "EPSG:4490", always_xy=True)
NUMERIC = {"integer", "number", "boolean"}


def at(shape):
    """Move a shape drawn in metres around ORIGIN to CGCS2000 longitude, latitude."""
    if shape is None:
        return None
    return shapely.transform(shape, lambda p: np.column_stack(BACK.transform(p[:, 0] + ORIGIN[0], p[:, 1] + ORIGIN[1])))


def table(class_name, shapes, /, lonlat=False, **columns):
    feature_class = CATALOGUE[class_name]
    n = len(shapes)
    geometry = np.full(n, None, dtype=object)
    geometry[:] = [s if lonlat else at(s) for s in shapes]
    projected = project(geometry, CRS)
    full = {}
    for a in feature_class.attributes:
        values = columns.get(a.name, [None] * n)
        if a.type in NUMERIC:
            full[a.name] = np.array([np.nan if v is None else float(v) for v in values])
        else:
            full[a.name] = np.array([*values, None], dtype=object)[:-1]
    centre = shapely.centroid(projected)
    xy = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    dimension = shapely.get_dimensions(projected)
    return FeatureTable(
        feature_class,
        np.array([*columns.get("id", [f"{class_name[0]}{i}" for i in range(n)]), None], dtype=object)[:-1],
        geometry,
        full,
        xy,
        np.where(dimension == 2, shapely.area(projected), 0.0),
        np.where(dimension == 1, shapely.length(projected), 0.0),
        np.full(n, None, dtype=object),
        CRS,
    )


def county(folder=Path("nowhere"), code="150221"):
    return County(folder, Text("土默特右旗", "Tumed Right Banner"), code, CRS, synthetic=True)


def run(*tables, **options):
    return quality.check({t.feature_class.name: t for t in tables}, county=county(**options), catalogue=CATALOGUE)


def found(report, check, feature_class=None):
    """Return the identifiers that a check found, None if it found nothing at all."""
    hits = [
        o.id
        for f in report.findings
        if f.check == check and feature_class in (None, f.feature_class)
        for o in f.objects
    ]
    return sorted(hits)


def details(report, check):
    return {o.id: o.detail.en for f in report.findings if f.check == check for o in f.objects if o.detail is not None}


# Geometry


def test_geometry_checks():
    report = run(
        table(
            "park",
            [
                box(0, 0, 10, 10),
                Polygon([(0, 20), (10, 30), (10, 20), (0, 25)]),  # a bow tie
                box(40, 0, 40.5, 0.5),
                None,
                Point(0, 0),
            ],
        ),
        table("road", [LineString([(0, 0), (5, 0)]), LineString([(9, 9), (9, 9)])]),
    )
    assert found(report, "geometry.invalid", "park") == ["p1"]
    assert details(report, "geometry.invalid")["p1"] == "self-intersection"
    assert found(report, "geometry.tiny") == ["p2", "r1"]
    assert found(report, "geometry.missing") == ["p3"]
    assert found(report, "geometry.kind") == ["p4"]
    assert report.as_dict()["classes"]["park"]["findings"][0]["severity"] == "error"


def test_spikes_first_corner_and_holes_too():
    spiky = [(0, 0), (10, 0), (10, 5), (60, 5.001), (10, 5.05), (10, 10), (0, 10)]
    table_ = table(
        "building",
        [
            Polygon(spiky),
            Polygon(spiky[3:] + spiky[:3]),  # the spike is where the ring begins
            Polygon([(-100, -100), (200, -100), (200, 200), (-100, 200)], [spiky]),
            box(0, 0, 10, 10),
            Polygon([(0, 0), (100, 0), (0, 5)]),  # sharp, 2.9 degrees, but no spike
        ],
    )
    rows, metres = spikes(table_)
    assert sorted(rows) == [0, 1, 2]
    assert metres == pytest.approx([50, 50, 50], abs=0.1)
    assert found(run(table_), "geometry.spike") == ["b0", "b1", "b2"]


# Duplicates


def test_duplicates_of_geometry_respect_what_identifies_objects():
    square = box(0, 0, 10, 10)
    turned = Polygon([(10, 10), (0, 10), (0, 0), (10, 0)])
    report = run(
        table("building", [square, turned, box(0, 0, 10, 11), box(50, 0, 60, 10)]),
        table("meter", [Point(1, 1)] * 4, kind=["water"] * 4, meter_number=["1", "2", "2", None]),
        table("clinic", [Point(5, 5), Point(5, 5), Point(5, 5)], name=["甲", "乙", "甲"]),
    )
    assert found(report, "duplicate.geometry", "building") == ["b1"]
    assert found(report, "duplicate.geometry", "meter") == ["m2"]
    assert found(report, "duplicate.number", "meter") == ["m2"]
    assert found(report, "duplicate.geometry", "clinic") == ["c2"]
    assert details(report, "duplicate.geometry")["c2"] == "the same as c0 甲"


def test_one_name_close_by():
    report = run(
        table(
            "school",
            [Point(0, 0), Point(20, 0), Point(200, 0), box(300, 0, 340, 40), Point(320, 20), Point(0, 0)],
            name=["一中", "一中", "一中", "二中", "二中", "一中"],
        ),
        # Two parts of one park beside a street, and two drawings of one park.
        table(
            "park",
            [box(0, 0, 50, 50), box(60, 0, 90, 50), box(500, 0, 550, 50), box(510, 0, 560, 50)],
            name=["街心公园", "街心公园", "人民公园", "人民公园"],
        ),
        table("street_tree", [Point(0, 0), Point(1, 0)], name=["槐", "槐"]),
    )
    assert found(report, "duplicate.name_nearby", "school") == ["s1", "s4", "s5"]
    assert found(report, "duplicate.name_nearby", "park") == ["p3"]
    assert found(report, "duplicate.name_nearby", "street_tree") == []
    assert found(report, "duplicate.number", "school") == ["s1", "s2", "s4", "s5"]
    school = next(f for f in report.findings if f.check == "duplicate.number")
    assert school.severity == "warning"


def test_duplicate_numbers():
    report = run(
        table(
            "old_tree",
            [Point(i * 100, 0) for i in range(4)],
            tree_number=["15022100001", " 15022100001 ", None, None],
        ),
        table("meter", [Point(0, i) for i in range(3)], kind=["water", "heat", "heat"], meter_number=["1", "1", "1"]),
    )
    assert found(report, "duplicate.number", "old_tree") == ["o1"]
    assert found(report, "duplicate.number", "meter") == ["m2"]


# Buildings

SQUARES = st.lists(
    st.builds(
        lambda x, y, w, h, a: shapely.affinity.rotate(box(x, y, x + w, y + h), a),
        st.integers(0, 60),
        st.integers(0, 60),
        st.integers(2, 30),
        st.integers(2, 30),
        st.sampled_from([0, 0, 30]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(SQUARES)
def test_overlaps_equal_loops(squares):
    t = table("building", squares)
    got = {frozenset(pair): part for *pair, part in zip(*overlaps(t, 0.5), strict=True)}
    shapes = t.projected
    expected = {}
    for i, j in combinations(range(len(squares)), 2):
        part = shapes[i].intersection(shapes[j]).area / min(shapes[i].area, shapes[j].area)
        if part > 0.5 + 1e-9:
            expected[frozenset((i, j))] = part
    assert {k for k, part in got.items() if part > 0.5 + 1e-9} == set(expected)
    for pair, part in expected.items():
        assert got[pair] == pytest.approx(part)


def test_building_attributes():
    report = run(
        table(
            "building",
            [box(i * 20, 0, i * 20 + 10, 10) for i in range(6)],
            use=["residential", "residential", "unknown", None, "industrial", "residential"],
            floors=[None, 3, 2, None, 1, 18],
            floor_area=[None, None, None, 500, None, None],
            height=[None, 9, 20, None, 12, 20],
        )
    )
    assert found(report, "building.without_floors") == ["b0"]
    assert found(report, "building.without_height") == ["b0", "b3"]
    assert found(report, "building.use_unknown") == ["b2", "b3"]
    assert found(report, "building.storey_height") == ["b2", "b5"]
    assert "1 of them residential" in next(
        f.message.en for f in report.findings if f.check == "building.without_floors"
    )
    assert details(report, "building.storey_height")["b5"] == "18 floors, 20 m high: 1.1 m a floor"


# Roads

STEPS = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=4, unique=True),
    min_size=1,
    max_size=10,
)


@settings(max_examples=80, deadline=None)
@given(STEPS, st.floats(0, 0.002))
def test_pieces_equal_loops(lines, noise):
    shapes = np.array([*(LineString(np.array(line) * 10.0 + noise) for line in lines), None])[:-1]
    label = pieces(shapes)
    group = [{i} for i in range(len(lines))]
    for i, j in combinations(range(len(lines)), 2):
        if set(lines[i]) & set(lines[j]):
            merged = group[i] | group[j]
            for k in merged:
                group[k] = merged
    for i, j in combinations(range(len(lines)), 2):
        assert (label[i] == label[j]) == (j in group[i])


def test_road_networks():
    lines = [
        LineString([(0, 0), (100, 0), (200, 0)]),
        LineString([(100, 0), (100, 100)]),
        LineString([(100, 101.5), (100, 200)]),  # 1.5 m short of the end of the second
        LineString([(50, 50), (150, 50)]),  # crosses the second without a common vertex
        LineString([(0, 20), (190, 20)]),  # a bridge across it
        LineString([(200, 0), (300, 0)]),
        LineString([(250, 0), (250, 50)]),  # touches the line, but there is no vertex there
    ]
    report = run(
        table(
            "road",
            lines,
            road_class=["primary", "primary", "footway", "primary", "primary", "motorway", "primary"],
            level=[None, 0, None, None, 1, None, None],
        )
    )
    assert found(report, "road.separate_drive") == ["r3", "r4", "r6"]
    assert found(report, "road.separate_walk") == ["r2", "r3", "r4", "r6"]
    assert details(report, "road.undershoot")["r2"] == "its end is 1.50 m from r1 and not joined"
    assert found(report, "road.undershoot") == ["r1", "r2", "r6"]
    assert details(report, "road.crossing") == {"r1": "crosses r3", "r5": "crosses r6"}


def test_connected_roads_are_not_found():
    report = run(table("road", [LineString([(0, 0), (9, 0)]), LineString([(9, 0.002), (9, 9)])]))
    assert [f.check for f in report.findings] == []


# Location

COUNTY = box(-20_000, -20_000, 20_000, 20_000)


def admin(shapes, **columns):
    return table("admin_area", shapes, **columns)


def test_outside_the_county():
    boundary = admin([COUNTY], level=["county"], code=["150221"])
    report = run(
        boundary,
        table("clinic", [Point(0, 0), Point(20_500, 0), Point(0, -23_000)]),
        table("road", [LineString([(19_000, 0), (25_000, 0)]), LineString([(21_000, 0), (25_000, 0)])]),
    )
    assert found(report, "location.outside_county", "clinic") == ["c1", "c2"]
    assert details(report, "location.outside_county")["c2"] == "3,000 m from the boundary"
    assert found(report, "location.outside_county", "road") == ["r1"]
    assert report.notes == ()
    alone = run(table("clinic", [Point(0, 0)]))
    assert "no county boundary" in alone.notes[0].en
    far = run(boundary, table("clinic", [Point(90_000, 0)]))
    assert far.findings[0].severity == "error"


def town(seed=3):
    """Make streets 50 to 130 m apart with a building in each block."""
    rng = np.random.default_rng(seed)
    x, y = (np.cumsum(rng.uniform(50, 130, 21)) for _ in range(2))
    roads = [LineString([(v, y[0]), (v, y[-1])]) for v in x] + [LineString([(x[0], v), (x[-1], v)]) for v in y]
    roads += [LineString([(v, y[0]), (v, y[0] - 10 - k)]) for v in x for k in range(4)]
    homes = [
        box(x[i] + 10, y[j] + 10, x[i] + 10 + (x[i + 1] - x[i] - 20) * w, y[j] + 10 + (y[j + 1] - y[j] - 20) * h)
        for i in range(20)
        for j in range(20)
        for w, h in [rng.uniform(0.5, 1, 2)]
    ]
    return homes, roads


@pytest.mark.parametrize(
    ("shift", "story"), [(wgs84_to_gcj02, "really GCJ-02"), (wgs84_to_bd09, "really BD-09"), (None, None)]
)
def test_a_layer_of_another_datum_is_suspected(shift, story):
    """Schools and buildings whose coordinates a web map has shifted, imported as CGCS2000."""
    homes, roads = town()

    def wrong(shape):
        true = at(shape)
        if shift is None:
            return true
        return shapely.transform(true, lambda p: np.column_stack(shift(p[:, 0], p[:, 1])))

    schools = [shapely.centroid(h) for h in homes[::7]]
    report = run(
        table("building", homes),
        table("road", roads),
        table("school", [wrong(s) for s in schools], lonlat=True, name=[f"第{i}小学" for i in range(len(schools))]),
    )
    hits = [f for f in report.findings if f.check == "location.datum_suspect"]
    if story is None:
        assert hits == []
        return
    assert [f.feature_class for f in hits] == ["school"]
    assert story in hits[0].message.en
    shifted = run(table("building", [wrong(h) for h in homes], lonlat=True), table("road", roads))
    assert [story in f.message.en for f in shifted.findings if f.check == "location.datum_suspect"] == [True]


def test_a_shift_that_brings_a_layer_into_the_county_is_suspected():
    small = box(-150, -150, 150, 150)
    rng = np.random.default_rng(0)
    points = [at(Point(*rng.uniform(-100, 100, 2))) for _ in range(40)]
    moved = [Point(*np.ravel(wgs84_to_gcj02(p.x, p.y))) for p in points]
    report = run(admin([small], level=["county"], code=["150221"]), table("component", moved, lonlat=True))
    assert "really GCJ-02" in next(f.message.en for f in report.findings if f.check == "location.datum_suspect")
    assert found(report, "location.outside_county") != []


# Attributes


def test_attributes():
    report = run(
        table(
            "building",
            [box(0, 0, 9, 9), box(20, 0, 29, 9)],
            floors=[0, 3],
            use=["office", "住宅"],
            year=[None, 3000],
        ),
        table("meter", [Point(0, 0), Point(0, 9)], kind=[None, "water"]),
        table("community_service_point", [Point(0, 0), Point(99, 9)], functions=["sport;canteen", "sport;cinema"]),
    )  # fmt: skip
    assert found(report, "attribute.range") == ["b0", "b1"]
    assert details(report, "attribute.range") == {"b0": "floors = 0", "b1": "year = 3000"}
    assert found(report, "attribute.code") == ["b1", "c1"]
    assert found(report, "attribute.required") == ["m0"]


def test_consistency_rules():
    report = run(
        table("elderly_care", [Point(i * 99, 0) for i in range(3)], beds=[100, 50, None], nursing_beds=[120, 50, 5]),
        table("kindergarten", [Point(i * 99, 0) for i in range(2)], places=[100, 90], children=[130, 90]),
        table(
            "old_tree",
            [Point(i * 99, 0) for i in range(7)],
            age=[500, 499, 300, 120, 60, 520, None],
            grade=["2", "1", "3", "3", "3", "famous", "1"],
        ),
    )
    assert found(report, "attribute.consistency", "elderly_care") == ["e0"]
    assert details(report, "attribute.consistency")["e0"] == "nursing_beds = 120, beds = 100"
    assert found(report, "attribute.consistency", "kindergarten") == ["k0"]
    assert found(report, "attribute.consistency", "old_tree") == ["o0", "o2", "o4"]


def test_a_county_adds_and_replaces_rules(tmp_path):
    (tmp_path / "catalogues").mkdir()
    path = tmp_path / "catalogues" / "consistency.toml"
    path.write_text(
        """
[unique]
library = ["name"]
[[rule]]
id = "children_within_places"
class = "kindergarten"
must = "children <= places * 1.5"
severity = "info"
message = { zh = "超额一半以上", en = "more than half too many" }
[[rule]]
id = "volumes"
class = "library"
when = 'level == "county"'
must = "volumes >= 10000"
message = "少于一万册"
""",
        encoding="utf-8",
    )
    report = run(
        table("kindergarten", [Point(0, 0)], places=[100], children=[130]),
        table("library", [Point(0, 0), Point(900, 0)], name=["馆", "馆"], level=["county", "township"], volumes=[9, 9]),
        folder=tmp_path,
    )
    assert found(report, "attribute.consistency") == ["l0"]
    assert found(report, "duplicate.number") == ["l1"]
    for wrong, said in (
        ('[[rule]]\nid="x"\nclass="library"\nmust="volume > 1"\nmessage="m"', "volume"),
        ('[[rule]]\nid="x"\nclass="librarie"\nmust="volumes > 1"\nmessage="m"', "librarie"),
        ('[[rule]]\nid="x"\nclass="library"\nmust="volumes.x > 1"\nmessage="m"', "not allowed"),
        ('[[rule]]\nid="x"\nclass="library"\nmessage="m"', "lacks must"),
        ('[[rule]]\nid="x"\nclass="library"\nmust="volumes > 1"\nmessage="m"\nseverity="bad"', "severity"),
        ("[unique]\nlibrary = ['isbn']", "isbn"),
        ("[nearby_names]\nclasses = ['shop']", "shop"),
        ("[[rule", "not valid TOML"),
    ):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError) as error:
            load_rules(CATALOGUE, tmp_path)
        assert said in error.value.message.en
        assert "consistency.toml" in error.value.message.zh


# Areas


def test_areas():
    report = run(
        admin(
            [
                COUNTY,
                box(-20_000, -20_000, 0, 20_000),
                box(-500, -20_000, 20_000, 15_000),
                box(0, 15_000, 5_000, 21_000),
                box(0, 0, 100, 100),
                box(200, 0, 300, 100),
            ],
            level=["county", "township", "township", "township", "community", "community"],
            code=["150221000000", "150221100", "15022110", None, "150221100003", "150221900001"],
            parent_code=[None, "150221", "150221", None, "150221101000", None],
            id=["x", "t1", "t2", "t3", "v1", "v2"],
            name=["旗", "甲镇", "乙镇", "丙镇", "一村", "二村"],
        ),
        table("census", [None] * 3, area_code=["150221100000", "150221", "150221777"], persons=[1, 1, 1]),
    )
    assert details(report, "area.overlap") == {"t2": "1,750.0 ha shared with 甲镇"}
    gaps = [f for f in report.findings if f.check == "area.gap"]
    assert "1 places of the county belong to no township" in gaps[0].message.en
    assert gaps[0].objects[0].detail.en == "7,500.0 ha"
    assert found(report, "area.gap") == ["t3", "x"]
    code_findings = {f.message.en: [o.id for o in f.objects] for f in report.findings if f.check == "area.code"}
    assert sorted(code_findings.values()) == [["t2"], ["t3"], ["v1", "v2"]]
    assert found(report, "census.unknown_area") == ["c2"]


def test_codes_abroad_are_not_judged():
    report = run(admin([COUNTY], level=["township"], code=["ES705"]), code="ES705")
    assert found(report, "area.code") == []


def test_population_cells_overlap():
    report = run(
        table(
            "population_cell", [box(0, 0, 100, 100), box(100, 0, 200, 100), box(150, 50, 250, 150)], persons=[1, 2, 3]
        )
    )
    assert found(report, "population_cell.overlap") in (["p1"], ["p2"])


# The report


def test_report_is_capped_sorted_and_readable(tmp_path):
    tables = {
        "building": table("building", [box(i * 20, 0, i * 20 + 10, 10) for i in range(30)], floors=[0] * 30),
        "clinic": table("clinic", [Point(0, 0)], beds=[-1], name=["=1+1"]),
    }
    report = quality.check(tables, county=county(), catalogue=CATALOGUE, listed=5)
    findings = [f for f in report.findings if f.feature_class == "building"]
    assert [f.severity for f in findings] == sorted(
        (f.severity for f in findings), key=["error", "warning", "info"].index
    )
    assert (findings[0].count, findings[0].total, len(findings[0].objects)) == (30, 30, 5)
    lon, lat = findings[0].objects[0].lon, findings[0].objects[0].lat
    assert shapely.contains_xy(tables["building"].geometry[0], lon, lat)
    data = json.loads(json.dumps(report.as_dict(), ensure_ascii=False))
    assert data["findings"]["error"] == 2
    assert data["classes"]["building"]["findings"][0]["listed"] == 5
    assert set(data["checks"]) == set(checks())
    only = report.only(["clinic"])
    assert {f.feature_class for f in only.findings} == {"clinic"}
    for language, word in (("zh", "合成数据"), ("en", "synthetic data")):
        console = Console(width=120, record=True, file=(tmp_path / "out").open("w", encoding="utf-8"))
        quality.render(report, console, language)
        text = console.export_text()
        assert word in text
        assert "attribute.range" in text
    path = tmp_path / "findings.xlsx"
    quality.write_xlsx(report, path, "zh")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["问题", "对象"]
    assert book["问题"].max_row >= len(report.findings) + 1
    cells = {c.value: c.data_type for row in book["对象"].iter_rows() for c in row}
    assert cells["=1+1"] == "s"
    before = path.read_bytes()
    quality.write_xlsx(report, path, "zh")
    assert path.read_bytes() == before


def test_nothing_to_check(tmp_path):
    report = quality.check({}, county=county(), catalogue=CATALOGUE)
    assert report.findings == ()
    console = Console(width=100, record=True, file=(tmp_path / "out").open("w", encoding="utf-8"))
    quality.render(report, console, "en")
    assert "nothing found" in console.export_text()
    quality.write_xlsx(report, tmp_path / "x.xlsx", "en")


def test_every_check_has_both_languages_and_a_subject():
    for name, spec in checks().items():
        subject, _, what = name.partition(".")
        assert subject, name
        assert what, name
        assert spec.title.zh != spec.title.en
        assert spec.function.__doc__


def test_inputs_are_not_changed():
    bow = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    t = table("building", [bow, box(0, 0, 10, 10)])
    before = shapely.to_wkb(t.projected)
    run(t)
    assert (shapely.to_wkb(t.projected) == before).all()


@pytest.mark.peer
def test_pieces_of_a_real_town_equal_networkx(shared):
    """Shared vertices say the same as shared OpenStreetMap nodes, which the check never sees."""
    import networkx
    import osmium

    lines, graph = [], networkx.Graph()
    path = next((shared / "pyrosm_kymenlaakso").glob("*.pbf"))
    for way in osmium.FileProcessor(str(path)).with_locations():
        if way.is_way() and "highway" in way.tags and len(way.nodes) > 1:
            inside = [n for n in way.nodes if n.location.valid()]
            if len(inside) < 2:
                continue
            networkx.add_path(graph, [n.ref for n in inside])
            lines.append((inside[0].ref, LineString([(n.lon, n.lat) for n in inside])))
    t = table("road", [line for _, line in lines], lonlat=True)
    label = pieces(project(t.geometry, "EPSG:3067"))
    expected = {ref: i for i, nodes in enumerate(networkx.connected_components(graph)) for ref in nodes}
    pairs = {(int(label[i]), expected[ref]) for i, (ref, _) in enumerate(lines)}
    assert len(lines) > 100
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
