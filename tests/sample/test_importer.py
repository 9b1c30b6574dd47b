"""The whole way: files into a county, by the path of anyone's files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from xiancheng.city.classes import load_catalogue
from xiancheng.city.importing import import_file
from xiancheng.city.publish import feature_tables, published
from xiancheng.city.quality import check
from xiancheng.city.store import Store
from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.progress import Silent
from xiancheng.sample.frame import AFTER, BEFORE, DATES
from xiancheng.sample.importer import options
from xiancheng.sample.manifest import read_manifest


def test_both_dates_are_published(imported):
    assert published(imported.county) == list(DATES)
    assert imported.county.synthetic
    assert imported.county.programmes == ("baotou-2023",)


@pytest.mark.parametrize("which", [0, 1])
def test_totals_are_those_of_the_town(imported, town, which):
    snapshot = imported.snapshots[which]
    people = snapshot.population
    assert people.method == "census_floor_area"
    assert people.persons.sum() == pytest.approx(town.residents[which].total)
    for i, band in enumerate(people.ages):
        assert people.ages[band].sum() == pytest.approx(town.residents[which].ages[:, i].sum())
    standing = int(((town.buildings.when & (BEFORE, AFTER)[which]) > 0).sum())
    # One more is mapped as an area with a yard; the two bowties are refused.
    assert len(snapshot.table("building")) == standing + 1 - 2


def test_most_people_live_in_the_seat_as_planned(imported, town):
    snapshot = imported.snapshots[1]
    areas = snapshot.table("admin_area")
    seat = areas.projected[list(areas.column("level")).index("county_seat")]
    xy = snapshot.population.xy
    inside = snapshot.population.persons[shapely.contains_xy(seat, xy[:, 0], xy[:, 1])].sum()
    assert inside == pytest.approx(town.people, rel=0.12)


def test_figures_move_as_meant(imported):
    def share(which: int, name: str, top: str, bottom: str) -> float:
        table = imported.snapshots[which].table(name)
        return float(np.nansum(table.column(top)) / np.nansum(table.column(bottom)))

    def places(which: int) -> float:
        snapshot = imported.snapshots[which]
        total = np.nansum(snapshot.table("childcare").column("places"))
        total += np.nansum(snapshot.table("kindergarten").column("nursery_places"))
        return float(1000 * total / snapshot.population.persons.sum())

    # A town of 4,000 has some fifty beds: shares are coarse.
    assert share(0, "elderly_care", "nursing_beds", "beds") == pytest.approx(0.52, abs=0.03)
    assert share(1, "elderly_care", "nursing_beds", "beds") == pytest.approx(0.58, abs=0.03)
    assert places(0) == pytest.approx(3.1, abs=0.2)
    assert places(1) == pytest.approx(4.7, abs=0.2)
    parks = [len(s.table("park")) for s in imported.snapshots]
    assert parks[1] > parks[0]
    trees = [len(s.table("old_tree")) for s in imported.snapshots]
    assert trees == [28, 27]


def test_nothing_but_planted_faults_is_rejected(imported, sources, faults):
    planted = {f["file"] for f in faults if f["expect"] == "rejected"}
    for file, report in zip(sources.files, imported.reports, strict=True):
        own = [r for _, r in report.rejections if "a note" not in r.reason.en]
        expected = [f for f in faults if f["file"] == file.path and f["expect"] == "rejected"]
        assert len(own) == len(expected), (file.path, [r.reason.en for r in own])
        assert bool(own) == (file.path in planted)


def test_every_rejected_fault_is_told(imported, sources, faults):
    reports = {file.path: report for file, report in zip(sources.files, imported.reports, strict=True)}
    for fault in faults:
        rejections = [r for _, r in reports[fault["file"]].rejections]
        if fault["expect"] != "rejected":
            continue
        where = {str(r.row) for r in rejections} | {str(r.object_id) for r in rejections}
        if fault["class"] == "land_use":  # told by the row, as a shapefile has no other number that people see
            assert any(r.field == fault["attribute"] for r in rejections)
        else:
            assert fault["where"] in where, fault


def test_repaired_faults_are_counted(imported, sources, faults):
    reports = {file.path: report for file, report in zip(sources.files, imported.reports, strict=True)}
    for fault in faults:
        if fault["expect"] == "repaired":
            assert reports[fault["file"]].counts(fault["class"]).repaired >= 1


def test_a_layer_without_datum_is_refused_until_told(imported, sources, tmp_path):
    catalogue = load_catalogue()
    entry = next(f for f in read_manifest(sources.folder) if f.feature_class == "heritage_zone")
    with Store.create(tmp_path / "city.gpkg", catalogue) as store, pytest.raises(SourceError):
        import_file(
            store, replace(imported.county, folder=tmp_path), catalogue, sources.folder / entry.path,
            replace(options(entry, Silent()), datum=None),
        )  # fmt: skip


def test_quality_finds_what_is_planted_for_it(imported, faults):
    catalogue = load_catalogue()
    with Store.open(imported.county.city_path, catalogue, read_only=True) as store:
        tables = feature_tables(store, imported.county, catalogue, DATES[1])
    report = check(tables, county=imported.county, catalogue=catalogue)
    found = {(f.feature_class, o.id) for f in report.findings for o in f.objects}
    checks = {(f.feature_class, f.check) for f in report.findings}
    for fault in faults:
        if fault["expect"] != "quality" or not fault["file"].startswith("2025"):
            continue
        if fault["kind"] == "missing_floors":
            assert ("building", "building.without_floors") in checks
        elif fault["kind"] == "disconnected_road":
            assert ("road", "road.separate_walk") in checks
        else:
            assert (fault["class"], fault["where"]) in found, fault


def test_importing_again_changes_nothing(imported, sources):
    catalogue = load_catalogue()
    with Store.open(imported.county.city_path, catalogue) as store:
        for entry in read_manifest(sources.folder):
            if entry.valid_from != date(2025, 12, 31) or entry.feature_class in {"meter", "street_tree"}:
                continue
            report = import_file(
                store, imported.county, catalogue, sources.folder / entry.path, options(entry, Silent())
            )
            for counts in report.classes.values():
                assert (counts.added, counts.changed, counts.closed) == (0, 0, 0), entry.path
