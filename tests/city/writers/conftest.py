"""Tables of features in memory, as a snapshot would hold them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from xiancheng.city.snapshot import CountyInfo, FeatureTable, project
from xiancheng.foundation.text import Text

CRS = "EPSG:4546"


@pytest.fixture
def real():
    return CountyInfo(Text("某县", "Some County"), "150221", CRS, synthetic=False)


@pytest.fixture
def synthetic():
    return CountyInfo(Text("某县", "Some County"), "150221", CRS, synthetic=True)


@pytest.fixture
def make_table(catalogue):
    """Build a table of a class from geometries (CGCS2000) and columns."""

    def make(class_name, geometry, /, **columns):
        feature_class = catalogue[class_name]
        places = np.empty(len(geometry), dtype=object)
        places[:] = geometry
        projected = project(places, CRS)
        points = shapely.point_on_surface(projected)
        return FeatureTable(
            feature_class,
            np.array([f"{class_name}-{i}" for i in range(len(places))], dtype=object),
            places,
            {
                k: np.array(v, dtype=float if feature_class.attribute(k).type in NUMBERS else object)
                for k, v in columns.items()
            },
            np.column_stack([shapely.get_x(points), shapely.get_y(points)]),
            shapely.area(projected),
            shapely.length(projected),
            np.full(len(places), None, dtype=object),
            CRS,
        )

    return make


NUMBERS = {"integer", "number", "boolean"}
