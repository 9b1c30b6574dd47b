from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import shapely

from xiancheng.foundation.errors import XianchengError
from xiancheng.planning import engine as engines
from xiancheng.planning.exact import QUANTUM, exact
from xiancheng.planning.nearest import nearest
from xiancheng.planning.network import build_network
from xiancheng.planning.pairs import pairs_within
from xiancheng.planning.snap import snap


def test_without_numba(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    network = build_network([shapely.LineString([(0, 0), (100, 0)])])
    at = snap(network, [(10, 0), (90, 0)])
    assert nearest(network, at, at, k=2).distance.tolist() == [[0, 80], [0, 80]]
    assert len(pairs_within(network, at, at, 100)) == 4
    with pytest.raises(XianchengError, match="xiancheng\\[fast\\]"):
        nearest(network, at, at, engine="numba")


def test_compiles_without_a_place_to_keep_it():
    pytest.importorskip("numba")
    code = "from xiancheng.planning.kernels import shrink; print('compiled')"
    environment = {**os.environ, "NUMBA_CACHE_DIR": os.path.join(os.devnull, "nowhere")}  # noqa: PTH118 - not a file
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "compiled", done.stderr


def test_exact_sums():
    rng = np.random.default_rng(0)
    lengths = exact(rng.uniform(0.01, 5000, 10_000))
    assert np.abs(lengths - exact(lengths)).max() == 0
    for _ in range(5):
        assert rng.permutation(lengths).sum() == lengths.sum()
        assert np.cumsum(rng.permutation(lengths))[-1] == lengths.sum()
    assert exact(np.inf) == np.inf
    assert exact(QUANTUM * 0.4) == 0
