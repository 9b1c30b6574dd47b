"""Makes a county of the sample's source files, by the path that anyone's files take."""

from __future__ import annotations

from pathlib import Path

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.city.importing import ImportOptions, ImportReport, import_file
from xiancheng.city.publish import publish
from xiancheng.city.store import Store
from xiancheng.foundation.progress import Progress, Silent
from xiancheng.sample.frame import CODE, CRS, NAME
from xiancheng.sample.manifest import SourceFile, read_manifest

PROGRAMMES = ("baotou-2023",)


def import_sources(folder: Path, county_folder: Path, *, progress: Progress | None = None) -> list[ImportReport]:
    """Create a county in `county_folder`, import the files of ``import.toml`` in `folder`, publish both dates.

    Parameters
    ----------
    folder
        What `sources.write_sources` wrote.
    county_folder
        A new directory.

    Returns
    -------
    list of ImportReport
        One a file, in the order of ``import.toml``.

    Raises
    ------
    XianchengError
        As importing does; the planted faults are rejections in the reports and raise nothing.
    """
    told = progress or Silent()
    County(county_folder, NAME, CODE, CRS, PROGRAMMES, synthetic=True).save()
    county = County.load(county_folder)
    catalogue = load_catalogue(county_folder)
    files = read_manifest(folder)
    dates = sorted({file.valid_from for file in files})
    with Store.create(county.model_place, catalogue) as store:
        reports = [import_file(store, county, catalogue, folder / file.path, options(file, told)) for file in files]
        for on in dates:
            publish(store, county, catalogue, on, progress=told)
    return reports


def options(file: SourceFile, progress: Progress) -> ImportOptions:
    """Return the import options that an entry of ``import.toml`` means."""
    return ImportOptions(
        source=file.source,
        feature_class=file.feature_class,
        classes=frozenset(file.classes) or None,
        mapping={column: attribute for attribute, column in file.columns.items()},
        datum=file.datum,
        valid_from=file.valid_from,
        id_column=file.id_column,
        progress=progress,
    )
