from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.city.writers.geoparquet import ROW_GROUP, write_parquet


def rows(n, seed=3):
    rng = np.random.default_rng(seed)
    xy = rng.uniform([109, 40], [111, 41], (n, 2))
    geometry = shapely.buffer(shapely.points(xy), 0.001)
    columns = {
        "object_id": pa.array([f"b{i:06}" for i in range(n)]),
        "floors": pa.array(np.where(rng.random(n) < 0.2, np.nan, rng.integers(1, 9, n)), from_pandas=True),
    }
    return columns, geometry


def test_geopandas_reads_what_was_written(tmp_path):
    geopandas = pytest.importorskip("geopandas")
    columns, geometry = rows(500)
    geometry[7] = None
    path = tmp_path / "building.parquet"
    write_parquet(path, columns=columns, geometry=geometry, metadata={"synthetic": "true"})
    frame = geopandas.read_parquet(path).set_index("object_id")
    assert frame.crs.to_epsg() == 4490
    index = columns["object_id"].to_pylist()
    back = frame.loc[index]
    assert shapely.equals_exact(back.geometry.to_numpy(), geometry)[shapely.is_geometry(geometry)].all()
    assert back.geometry.iloc[7] is None
    np.testing.assert_array_equal(back["floors"], columns["floors"].to_numpy(zero_copy_only=False))
    boxes = np.array([list(v.values()) if v else [np.nan] * 4 for v in pq.read_table(path).column("bbox").to_pylist()])
    np.testing.assert_array_equal(boxes, shapely.bounds(frame.geometry.to_numpy()))


def test_covering_serves_a_box_filter(tmp_path):
    geopandas = pytest.importorskip("geopandas")
    columns, geometry = rows(3 * ROW_GROUP)
    path = tmp_path / "a.parquet"
    write_parquet(path, columns=columns, geometry=geometry)
    box = (109.2, 40.2, 109.4, 40.3)
    found = geopandas.read_parquet(path, bbox=box)
    bounds = shapely.bounds(geometry)
    touches = (bounds[:, :2] <= box[2:]).all(axis=1) & (bounds[:, 2:] >= box[:2]).all(axis=1)
    assert set(found.object_id) == set(columns["object_id"].filter(pa.array(touches)).to_pylist())
    meta = pq.read_metadata(path)
    assert meta.num_row_groups == 3
    names = [meta.row_group(0).column(i).path_in_schema for i in range(meta.num_columns)]
    extents = []
    for group in range(3):
        low = meta.row_group(group).column(names.index("bbox.xmin")).statistics.min
        extents.append(meta.row_group(group).column(names.index("bbox.xmax")).statistics.max - low)
    assert min(extents) < 1.1  # a Hilbert run of a third of a square does not span its whole width


def test_geo_metadata_is_the_specification_s(tmp_path):
    columns, geometry = rows(3)
    geometry = np.array([geometry[0], shapely.MultiPolygon([geometry[1]]), None], dtype=object)
    path = tmp_path / "a.parquet"
    write_parquet(path, columns=columns, geometry=geometry)
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["geometry_types"] == ["MultiPolygon", "Polygon"]
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4490}
    assert column["covering"]["bbox"]["ymax"] == ["bbox", "ymax"]
    assert column["bbox"] == list(shapely.total_bounds(geometry))


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(40)))
def test_bytes_do_not_depend_on_the_order_of_rows(tmp_path_factory, order):
    folder = tmp_path_factory.mktemp("parquet")
    columns, geometry = rows(40)
    geometry[3] = geometry[9]  # the same place twice: object_id decides
    geometry[5] = geometry[6] = None
    write_parquet(folder / "a", columns=columns, geometry=geometry)
    shuffled = {k: v.take(pa.array(order)) for k, v in columns.items()}
    write_parquet(folder / "b", columns=shuffled, geometry=geometry[list(order)])
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()


def test_table_without_places_is_plain_parquet(tmp_path):
    path = tmp_path / "census.parquet"
    write_parquet(path, columns={"object_id": pa.array(["b", "a"]), "persons": pa.array([2.0, 1.0])}, geometry=None)
    table = pq.read_table(path)
    assert table.to_pydict() == {"object_id": ["a", "b"], "persons": [1.0, 2.0]}
    assert b"geo" not in (table.schema.metadata or {})


def test_empty_and_wrong_input(tmp_path):
    path = tmp_path / "none.parquet"
    write_parquet(path, columns={"object_id": pa.array([], pa.string())}, geometry=np.empty(0, dtype=object))
    assert pq.read_table(path).num_rows == 0
    with pytest.raises(ValueError, match="geometry or bbox"):
        write_parquet(path, columns={"bbox": pa.array([1])}, geometry=None)
    with pytest.raises(ValueError, match="differ in length"):
        write_parquet(path, columns={"a": pa.array([1])}, geometry=np.empty(0, dtype=object))
