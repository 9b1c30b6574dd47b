from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import shapely

from xiancheng.city.snapshot import CountyInfo, Snapshot, empty_table
from xiancheng.foundation.text import Text
from xiancheng.operations.routing import AreaIndex, areas_of, load_settings


def test_areas_of_the_city_model(catalogue):
    box = shapely.box(110.5, 40.5, 110.6, 40.6)
    table = replace(
        empty_table(catalogue["admin_area"], "EPSG:4546"),
        ids=np.array(["a", "b", "c", "d"], dtype=object),
        geometry=np.array([box, shapely.box(110.5, 40.5, 110.51, 40.51), box, shapely.Point(0, 0)], dtype=object),
        columns={
            "code": np.array(["150221100", "150221100001", "150221100", "150221101"], dtype=object),
            "level": np.array(["township", "community", "township", "township"], dtype=object),
        },
    )
    info = CountyInfo(Text("县", "county"), "150221", "EPSG:4546", True)
    snapshot = Snapshot(
        county=info,
        as_of=date(2026, 1, 1),
        content_hash="",
        catalogue=catalogue,
        tables={"admin_area": table},
        population=lambda: None,
    )
    areas, notes = areas_of(snapshot, load_settings().areas)
    assert AreaIndex(areas).at(110.505, 40.505) == ("150221100001", "150221100")
    assert [n.en.split(":")[1].strip()[:1] for n in notes] == ["1", "1"]
