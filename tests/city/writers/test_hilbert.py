from __future__ import annotations

import numpy as np

from xiancheng.city.writers.hilbert import BITS, hilbert_distance, hilbert_order


def test_curve_visits_every_cell_of_a_corner_and_steps_to_neighbours():
    x, y = (a.ravel().astype(np.uint32) for a in np.meshgrid(np.arange(64), np.arange(64)))
    distance = hilbert_distance(x, y)
    assert len(np.unique(distance)) == 64 * 64
    assert distance.max() == 64 * 64 - 1  # a power-of-two square at the start of the curve is one piece of it
    order = np.argsort(distance)
    steps = np.abs(np.diff(x[order].astype(int))) + np.abs(np.diff(y[order].astype(int)))
    assert (steps == 1).all()


def test_cells_keep_their_own_place_at_full_range():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 1 << BITS, (2, 5000)).astype(np.uint32)
    assert len(np.unique(hilbert_distance(x, y))) == len({*zip(x.tolist(), y.tolist(), strict=True)})


def test_boxes_without_a_place_come_last():
    bounds = np.array([[0, 0, 1, 1], [np.nan] * 4, [5, 5, 6, 6.0]])
    key = hilbert_order(bounds)
    assert key[1] == np.iinfo(np.uint64).max
    assert key[1] > max(key[0], key[2])
    assert (hilbert_order(np.full((2, 4), np.nan)) == np.iinfo(np.uint64).max).all()
    assert hilbert_order(np.empty((0, 4))).shape == (0,)
