"""Importing: what is taken, what is refused and why, and what a newer file of the same source changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import mapping

from xiancheng.city.county import AUTO, County
from xiancheng.city.datum import wgs84_to_gcj02
from xiancheng.city.importing import ImportOptions, import_file
from xiancheng.city.matching import derived_ids, parse_ids
from xiancheng.city.store import Store, StoreError
from xiancheng.foundation.errors import SourceError, UnknownNameError
from xiancheng.foundation.text import Text

D1, D2, D3 = date(2020, 1, 1), date(2022, 1, 1), date(2024, 1, 1)
BUILDING = ImportOptions(feature_class="building", datum="WGS84", source="survey")
SCHOOL = replace(BUILDING, feature_class="school")


@pytest.fixture
def county(tmp_path, store_backend):
    title = Text("土默特右旗", "Tumed Right Banner")
    made = County(tmp_path / "county", title, "150221", AUTO, database=store_backend.database_setting())
    made.save()
    return made


@pytest.fixture
def store(county, catalogue):
    with Store.create(county.model_place, catalogue) as made:
        yield made


def geojson(path, *features):
    """Features are (geometry, properties) or (geometry, properties, id)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = [
        {"type": "Feature", "geometry": None if f[0] is None else mapping(f[0]), "properties": f[1],
         **({"id": f[2]} if len(f) > 2 else {})}
        for f in features
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": content}, ensure_ascii=False), "utf-8")
    return path


def box(i, size=0.0001):
    return shapely.box(110.5 + i * 0.001, 40.5, 110.5 + i * 0.001 + size, 40.5 + size)


def point(i):
    return shapely.Point(110.5 + i * 0.001, 40.5)


@pytest.fixture
def run(store, county, catalogue, tmp_path):
    def do(*features, on=D1, name="buildings.geojson", options=BUILDING, **more):
        path = geojson(tmp_path / "in" / name, *features)
        return import_file(store, county, catalogue, path, replace(options, valid_from=on, **more))

    return do


def counts(report, name="building"):
    c = report.classes[name]
    assert c.read == c.added + c.changed + c.unchanged + c.rejected
    return {k: v for k, v in vars(c).items() if v}


def believed(store, name="building", on=D3):
    rows = store.as_of(name, on)
    return dict(zip(rows.object_id, rows.columns["name"], strict=True))


def test_a_newer_file_changes_closes_and_adds(run, store):
    first = run((box(0), {"名称": "A", "层数": "6层"}, "a"), (box(1), {"名称": "B", "层数": 3}, "b"),
                (box(2), {"名称": "C"}, "c"))  # fmt: skip
    assert counts(first) == {"read": 3, "added": 3}
    assert first.change_id == 1
    assert list(store.as_of("building", D1).columns["floors"][:2]) == [6, 3]
    second = run(
        (box(0), {"名称": "A", "层数": 7}, "a"), (box(1), {"名称": "B", "层数": 3}, "b"), (box(3), {}, "d"), on=D2
    )
    assert counts(second) == {"read": 3, "added": 1, "changed": 1, "unchanged": 1, "closed": 1}
    assert [(c.object_id, c.kind, c.fields) for c in second.changes] == [
        ("d", "added", ()), ("a", "changed", ("floors",)), ("c", "closed", ()),
    ]  # fmt: skip
    assert believed(store, on=D1) == {"a": "A", "b": "B", "c": "C"}
    assert believed(store, on=D2) == {"a": "A", "b": "B", "d": None}
    assert len(store.history("building", "b")) == 1
    third = run((box(0), {"名称": "A", "层数": 7}, "a"), (box(2), {"名称": "C"}, "c"), on=D3)
    assert counts(third) == {"read": 2, "added": 1, "unchanged": 1, "closed": 2}
    assert any("there again" in n.en for n in third.notes)
    assert [(v.valid_from, v.valid_to) for v in store.history("building", "c") if v.recorded_to is None] == [
        (D1, D2),
        (D3, date(9999, 12, 31)),
    ]
    assert store.verify() == []


def test_the_same_file_again_records_nothing(run, store, county):
    features = [(box(i), {"name": f"n{i}", "floors": i + 1}) for i in range(20)]
    run(*features)
    again = run(*features, on=D2)
    assert counts(again) == {"read": 20, "unchanged": 20}
    assert again.change_id is None
    assert len(store.changes()) == 1
    assert [p.name for p in (county.folder / "imports").iterdir()] == ["1.json"]


def test_a_dry_run_reports_the_same_and_writes_nothing(run, store, county):
    features = [(box(i), {"name": f"n{i}"}, str(i)) for i in range(5)]
    trial = run(*features, dry_run=True)
    assert store.changes() == []
    assert store.classes_present() == {}
    assert County.load(county.folder).crs == AUTO
    real = run(*features)
    assert trial.summary() == real.summary()
    assert trial.changes == real.changes
    assert (trial.dry_run, trial.change_id, real.change_id) == (True, None, 1)


def test_partial_does_not_close(run, store):
    run((box(0), {}, "a"), (box(1), {}, "b"))
    assert counts(run((box(0), {"floors": 2}, "a"), on=D2, partial=True)) == {"read": 1, "changed": 1}
    assert set(believed(store)) == {"a", "b"}


def test_crs_is_settled_at_the_first_import(run, county):
    report = run((box(0), {}, "a"))
    assert County.load(county.folder).crs == "EPSG:4546"
    assert any("EPSG:4546" in n.en for n in report.notes)


def test_an_older_file_is_refused_unless_the_newer_is_undone(run, store):
    run((box(0), {"name": "new"}, "a"), on=D2)
    with pytest.raises(StoreError, match=r"before buildings\.geojson of the same source") as error:
        run((box(0), {"name": "old"}, "a"), on=D1)
    assert "--valid-from" in error.value.hint.en
    assert counts(run((point(0), {}, "s"), on=D1, options=SCHOOL), "school") == {"read": 1, "added": 1}
    assert counts(run((box(5), {}, "z"), on=D1, source="other")) == {"read": 1, "added": 1}
    store.undo(1, reason="wrong order")
    run((box(0), {"name": "old"}, "a"), on=D1)
    run((box(0), {"name": "new"}, "a"), on=D2)
    assert (believed(store, on=D1)["a"], believed(store, on=D2)["a"]) == ("old", "new")


def test_import_of_the_same_day_replaces_what_was_said(run, store):
    run((box(0), {"name": "wrong"}, "a"), (box(1), {}, "b"))
    run((box(0), {"name": "right"}, "a"))
    assert believed(store, on=D1) == {"a": "right"}
    assert [v.recorded_to is None for v in store.history("building", "b")] == [False]


def test_rows_and_values_that_cannot_be_taken(run, store):
    bow = shapely.Polygon([(110, 40), (110.1, 40.1), (110.1, 40), (110, 40.1)])
    report = run(
        (box(0), {"floors": 300, "year": "去年", "use": "居住", "gigabit": "是"}, "kept"),
        (None, {}, "nowhere"),
        (point(1), {}, "point"),
        (shapely.LineString([(110, 40), (111, 41)]), {}, "line"),
        (shapely.box(200, 40, 201, 41), {}, "far"),
        (bow, {}, "bow"),
        (shapely.Polygon([(110, 40), (110.1, 40), (110.05, 40)]), {}, "flat"),
        (shapely.GeometryCollection([box(3), point(3)]), {}, "mixed"),
    )
    assert counts(report) == {"read": 8, "added": 3, "rejected": 5, "repaired": 2}
    refused = {r.object_id: r.reason.en for _, r in report.rejections if r.field is None}
    assert refused["nowhere"].startswith("no place")
    assert refused["point"] == "this class takes polygons, not a Point"
    assert refused["line"] == "this class takes polygons, not a LineString"
    assert "beyond" in refused["far"]
    assert set(refused) == {"nowhere", "point", "line", "far", "flat"}
    assert set(believed(store)) == {"kept", "bow", "mixed"}
    bow_tie = store.as_of("building", D1)
    shape = bow_tie.geometry[list(bow_tie.object_id).index("bow")]
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx(0.005)
    values = {r.field: (r.row, r.value) for _, r in report.rejections if r.field}
    assert values == {"floors": (1, "300"), "year": (1, "去年")}
    kept = store.history("building", "kept")[0].attributes
    assert (kept["use"], kept["gigabit"], kept["floors"], kept["year"]) == ("residential", 1, None, None)


def test_an_object_whose_row_is_refused_is_not_closed(run, store):
    run((box(0), {}, "a"), (box(1), {}, "b"))
    report = run((None, {}, "a"), (box(1), {}, "b"), on=D2)
    assert counts(report) == {"read": 2, "unchanged": 1, "rejected": 1}
    assert set(believed(store)) == {"a", "b"}


def test_required_values(run):
    report = run(
        (point(0), {"persons": 3}, "a"), (point(1), {"persons": "many"}, "b"), (point(2), {"persons": -1}, "c"),
        options=replace(BUILDING, feature_class="population_cell"),
    )  # fmt: skip
    assert counts(report, "population_cell") == {"read": 3, "added": 1, "rejected": 2}
    assert {r.object_id for _, r in report.rejections if "required" in r.reason.en} == {"b", "c"}


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"feature_class": None}, SourceError, "building"),
        ({"feature_class": "house"}, UnknownNameError, "feature class"),
        ({"datum": None}, SourceError, "datum"),
        ({"mapping": {"floor": "floors"}}, SourceError, "no column 'floor'"),
        ({"mapping": {"层": "flors"}}, UnknownNameError, "floors"),
        ({"id_column": "编号"}, SourceError, "no column '编号'"),
        ({"format_name": "shp"}, UnknownNameError, "format"),
    ],
)
def test_what_a_person_has_to_say(run, more, error, said):
    with pytest.raises(error) as raised:
        run((box(0), {"建筑高度": 3, "户数": 12, "层": 2}), **more)
    assert said in str(raised.value)


def test_mapping_and_id_column(run, store):
    report = run(
        (box(0), {"编号": 7.0, "层": 2, "名称": "楼"}), (box(1), {"编号": "", "层": 2}), (box(2), {"编号": 7, "层": 3}),
        mapping={"层": "floors", "名称": ""}, id_column="编号",
    )  # fmt: skip
    assert counts(report) == {"read": 3, "added": 1, "rejected": 2}
    assert [r.reason.en[:20] for _, r in report.rejections] == ["no identifier", "the identifier is us"]
    rows = store.as_of("building", D1)
    assert (rows.object_id[0], rows.columns["floors"][0], rows.columns["name"][0]) == ("7", 2, None)


def test_identifiers_of_another_source_are_not_taken_over(run, store):
    run((box(0), {"name": "theirs"}, "1"))
    report = run((box(1), {"name": "ours"}, "1"), (box(2), {}, "2"), source="other", on=D2)
    assert counts(report) == {"read": 2, "added": 1, "rejected": 1}
    assert "belongs to an object of source 'survey'" in report.rejections[0][1].reason.en
    assert believed(store)["1"] == "theirs"


def test_recognised_by_place_and_name_when_drawn_anew(run, store):
    metre = 1 / 111_195
    run((box(0), {"name": "A"}), (box(1), {"name": "B"}), (box(2), {}), (box(3), {"name": "D"}))
    ids = {v: k for k, v in believed(store).items()}

    def moved(i, north):
        return shapely.transform(box(i), lambda p: p + np.array([0, north * metre]))

    drawn = [(moved(0, 1.5), {"name": "A"}), (moved(1, 3), {"name": "B"}), (moved(2, 1), {"name": "new name"}),
             (moved(3, 1), {"name": "other"})]  # fmt: skip
    second = run(*drawn, on=D2)
    assert counts(second) == {"read": 4, "added": 2, "changed": 2, "closed": 2}
    now = {v: k for k, v in believed(store).items()}
    assert now["A"] == ids["A"]
    assert now["new name"] == ids[None]
    assert now["B"] != ids["B"]
    again = run(*drawn, on=D3)
    assert counts(again) == {"read": 4, "unchanged": 4}
    assert again.change_id is None


def test_own_identifiers_are_never_recognised_by_place(run):
    run((box(0), {}, "old"))
    assert counts(run((box(0), {}, "new"), on=D2)) == {"read": 1, "added": 1, "closed": 1}


def test_hand_edits_stay_until_the_source_says_something_new(run, store):
    features = [(box(i), {"name": f"n{i}", "floors": 2}, str(i)) for i in range(4)]
    run(*features)
    with store.change(source="bureau", reason="seen on site") as change:
        change.correct("building", "0", on=D1, attributes={"floors": 5})
        change.correct("building", "1", on=D1, attributes={"floors": 5})
        change.close("building", "2", valid_to=date(2021, 1, 1))
        change.close("building", "3", valid_to=date(2021, 1, 1))
    assert run(*features, on=D2).change_id is None
    features[1] = (box(1), {"name": "n1", "floors": 9}, "1")
    features[3] = (box(3), {"name": "n3", "floors": 9}, "3")
    report = run(*features, on=D2)
    assert counts(report) == {"read": 4, "added": 1, "changed": 1, "unchanged": 2}
    rows = store.as_of("building", D3)
    assert dict(zip(rows.object_id, rows.columns["floors"], strict=True)) == {"0": 5, "1": 9, "3": 9}
    report = run(*features[:1], on=D3)
    assert report.classes["building"].closed == 2


def test_an_object_known_to_begin_later_ends_there(run, store):
    with store.change(source="survey", reason="planned") as change:
        change.add("building", "a", valid_from=D3, geometry=box(0), attributes={"name": "new hall"})
    run((box(0), {"name": "old hall"}, "a"))
    assert (believed(store, on=D2)["a"], believed(store, on=D3)["a"]) == ("old hall", "new hall")


def test_many_closed_is_told(run):
    run(*((box(i), {}, str(i)) for i in range(60)))
    report = run((box(0), {}, "0"), on=D2)
    assert any("undo this import" in n.en for n in report.notes)


def test_undo_then_import_again(run, store):
    features = [(box(i), {"name": f"n{i}"}, str(i)) for i in range(3)]
    run(*features)
    run(*features[:2], on=D2)
    store.undo(2, reason="wrong file")
    assert len(believed(store)) == 3
    run(*features[:1], on=D2)
    assert len(believed(store)) == 1


def test_datum_is_converted(run, store):
    lon, lat = wgs84_to_gcj02([110.5], [40.5])
    run((shapely.Point(lon[0], lat[0]), {}, "a"), options=replace(SCHOOL, datum="高德"))
    assert store.as_of("school", D1).geometry[0].distance(shapely.Point(110.5, 40.5)) < 1e-9


def test_rows_without_coordinates_are_placed_by_code(run, store, county, catalogue, tmp_path):
    run((box(0, 0.01), {"code": "150221104", "level": "township", "name": "萨拉齐镇"}, "t"),
        options=replace(BUILDING, feature_class="admin_area"))  # fmt: skip
    run((box(50), {"name": "楼"}, "B7"))
    path = tmp_path / "in" / "schools.csv"
    path.write_text(
        "学校名称,区划代码,building_id\n一中,150221104,\n二中,150221999,\n三中,150221104,B7\n四中,,\n", "utf-8"
    )
    options = ImportOptions(feature_class="school", valid_from=D1, source="edu")
    report = import_file(store, county, catalogue, path, options)
    assert counts(report, "school") == {"read": 4, "added": 2, "rejected": 2}
    rows = store.as_of("school", D1)
    at = {n: (g, level) for n, g, level in zip(rows.columns["name"], rows.geometry, rows.cim_level, strict=True)}
    assert box(0, 0.01).contains(at["一中"][0])
    assert at["一中"][1] == 1
    assert box(50).contains(at["三中"][0])
    assert np.isnan(at["三中"][1])
    assert {r.row: r.reason.en[:14] for _, r in report.rejections} == {3: "no coordinates", 5: "no geometry an"}
    assert any("representative point" in n.en for n in report.notes)


def test_a_register_without_places(store, county, catalogue, tmp_path):
    def write(persons):
        path = tmp_path / "census_2020.csv"
        path.write_text(f"区划代码,人口\n150221104,{persons}\n150221105,200\n150221104,7\n", "utf-8")
        return import_file(store, county, catalogue, path, ImportOptions(feature_class="census", valid_from=D1))

    first = write(100)
    assert first.source == "census"
    assert counts(first, "census") == {"read": 3, "added": 3}
    assert counts(write(101), "census") == {"read": 3, "changed": 1, "unchanged": 2}
    rows = store.as_of("census", D1)
    assert sorted(rows.columns["persons"]) == [7, 101, 200]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("schools.geojson", "schools"), ("schools_2024.geojson", "schools"), ("学校（2024年）.geojson", "学校"),
        ("schools-2024-05-01.geojson", "schools"), ("trees20240501.geojson", "trees"), ("2024.geojson", "2024"),
        ("12栋.geojson", "12栋"), ("学校名录2023年12月.geojson", "学校名录"),
    ],
)  # fmt: skip
def test_source_from_the_name_of_the_file(run, name, source):
    assert run((box(0), {}, "a"), name=name, source=None).source == source


def test_the_report_in_all_its_forms(run, store, county, tmp_path):
    report = run((box(0), {"floors": 300, "name": "=1+1"}, "a"), (None, {}, "b"), reason="yearly", who="Li")
    saved = json.loads((county.folder / "imports" / "1.json").read_text("utf-8"))
    assert saved == json.loads(json.dumps(report.as_dict()))
    assert saved["classes"]["building"]["rejected"] == 1
    assert saved["reasons"][0]["count"] == 1
    change = store.changes()[0]
    assert (change.kind, change.reason, change.who, change.file) == ("import", "yearly", "Li", "buildings.geojson")
    assert change.sha256 == report.sha256
    assert change.detail["classes"] == saved["classes"]
    report.write_xlsx(tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert book.sheetnames == ["counts", "rejections", "changes", "notes"]
    assert [cell.value for cell in book["rejections"][3]][:3] == ["building", 2, "b"]
    assert book["changes"]["C2"].value == "=1+1"
    assert book["changes"]["C2"].data_type == "s"


def test_a_failing_import_leaves_nothing(run, store, monkeypatch):
    def fail(*args, **more):
        raise StoreError(Text("坏", "broken"))

    run((box(0), {}, "a"))
    monkeypatch.setattr("xiancheng.city.change.Change.add_many", fail)
    with pytest.raises(StoreError, match="broken"):
        run((box(1), {}, "b"), on=D2)
    assert set(believed(store)) == {"a"}
    assert len(store.changes()) == 1


names = st.sampled_from(["A", "B", None])
rows = st.dictionaries(st.integers(0, 7), st.tuples(names, st.integers(1, 3)), max_size=8)


@given(files=st.lists(rows, min_size=2, max_size=4), own=st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_an_import_the_model_says_what_the_file_says(tmp_path_factory, catalogue, store_backend, files, own):
    """On each file's day the model equals the file, days before stay as they were, and the file again is a no-op."""
    folder = tmp_path_factory.mktemp("property")
    county = County(folder, Text("x", "x"), "x", "EPSG:4546")
    with Store.create(store_backend.new(), catalogue) as store:
        for n, file in enumerate(files):
            features = [
                (box(i), {"name": name, "floors": floors}, *([str(i)] if own else []))
                for i, (name, floors) in file.items()
            ]
            path = geojson(folder / "f.geojson", *features)
            options = replace(BUILDING, valid_from=date(2020 + n, 1, 1))
            before = len(store.changes())
            report = import_file(store, county, catalogue, path, options)
            c = report.classes["building"]
            former = files[n - 1] if n else {}
            assert len(store.changes()) - before == (report.change_id is not None)
            assert c.unchanged == sum(former.get(i) == said for i, said in file.items())
            if own:
                assert c.added == len(file.keys() - former.keys())
                assert c.closed == len(former.keys() - file.keys())
                assert c.changed == len(file.keys() & former.keys()) - c.unchanged
            assert import_file(store, county, catalogue, path, options).change_id is None
            for day, said in enumerate(files[: n + 1]):
                rows = store.as_of("building", date(2020 + day, 6, 1))
                got = sorted(
                    (round((g.bounds[0] - 110.5) * 1000), name or "", floors)
                    for g, name, floors in zip(rows.geometry, rows.columns["name"], rows.columns["floors"], strict=True)
                )
                assert got == sorted((i, name or "", floors) for i, (name, floors) in said.items())
        assert store.verify() == []


def test_derived_identifiers(catalogue):
    shapes = np.array([point(0), point(0), point(1)])
    names = np.array(["A", "A", "A"], dtype=object)
    ids = derived_ids(catalogue["school"], shapes, {"name": names})
    assert len(set(ids)) == 3
    assert ids[1] == ids[0] + "-2"
    jitter = shapely.transform(shapes, lambda p: p + 1e-7)
    assert list(derived_ids(catalogue["school"], jitter, {"name": names})) == list(ids)
    assert list(parse_ids([12.0, "12", " a ", "", None, float("nan"), 1.5])) == [
        "12",
        "12",
        "a",
        None,
        None,
        None,
        "1.5",
    ]
