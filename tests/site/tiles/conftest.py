"""The sample county with its tiles made."""

from datetime import date
from pathlib import Path

import pytest

from xiancheng.city.classes import load_catalogue
from xiancheng.city.county import County
from xiancheng.site.tiles.making import make_tiles

DAY = date(2025, 12, 31)


@pytest.fixture(scope="session")
def tiles_folder(sample_county) -> Path:
    county = County.load(sample_county)
    for day in (date(2023, 12, 31), DAY):
        folder = make_tiles(county, load_catalogue(sample_county), day)
    return folder


@pytest.fixture
def tiled_site(tiles_folder, site) -> Path:
    """The site over a county whose tiles are made."""
    return site
