from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiancheng.planning.access import count_within, gravity, three_step, two_step, two_step_enhanced
from xiancheng.planning.decay import DECAYS, zone_weights
from xiancheng.planning.pairs import Pairs, sorted_pairs

ZONES, WEIGHTS = [300.0, 600.0, 1000.0], [1.0, 0.68, 0.22]


def case(seed: int, n: int = 40, f: int = 9, radius: float = 1000.0):
    """Random places and facilities as pairs and as a dense matrix (infinite: not a pair)."""
    rng = np.random.default_rng(seed)
    dense = np.hypot(*(rng.uniform(0, 3000, (n, 1, 2)) - rng.uniform(0, 3000, (1, f, 2))).transpose(2, 0, 1))
    dense[dense > radius] = np.inf
    origin, facility = np.nonzero(np.isfinite(dense))
    demand = rng.integers(0, 50, n).astype(float)
    supply = rng.integers(0, 200, f).astype(float)
    return Pairs(origin, facility, dense[origin, facility]), dense, demand, supply


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_equal_the_formula_written_out(seed):
    pairs, dense, demand, supply = case(seed)
    n, f = dense.shape
    near = np.isfinite(dense)
    np.testing.assert_array_equal(count_within(pairs, n), near.sum(axis=1))
    np.testing.assert_allclose(count_within(pairs, n, supply, metres=400), (dense <= 400) @ supply)
    for name, decay in DECAYS.items():
        weigh = partial(lambda d, decay: decay(d, 1000), decay=decay)
        weight = np.array([[float(decay(d, 1000)) if d <= 1000 else 0.0 for d in row] for row in dense])
        np.testing.assert_allclose(gravity(pairs, n, supply, weigh), weight @ supply, err_msg=name)
        np.testing.assert_allclose(gravity(pairs, n, None, weigh), weight.sum(axis=1))
        for method in (two_step, three_step):
            want = np.zeros(n)
            for j in range(f):
                selection = [
                    weight[i, j] * (weight[i, j] / weight[i].sum() if method is three_step and weight[i, j] else 1)
                    for i in range(n)
                ]
                claimed = sum(demand[i] * selection[i] for i in range(n))
                if claimed > 0:
                    want += supply[j] / claimed * np.array(selection)
            np.testing.assert_allclose(method(pairs, demand, supply, decay=weigh), want, atol=1e-12, err_msg=name)
    zone = np.zeros_like(dense)
    for low, high, value in zip([-1, *ZONES], ZONES, WEIGHTS, strict=False):
        zone[(dense > low) & (dense <= high)] = value
    claimed = demand @ zone
    share = np.divide(supply, claimed, out=np.zeros(f), where=claimed > 0)
    np.testing.assert_allclose(two_step_enhanced(pairs, demand, supply, ZONES, WEIGHTS), zone @ share)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(sorted(DECAYS)))
def test_supply_is_conserved(seed, name):
    pairs, dense, demand, supply = case(seed)

    def weigh(d):
        return DECAYS[name](d, 1000)

    reached = (demand @ np.where(np.isfinite(dense), weigh(np.where(np.isfinite(dense), dense, 0)), 0)) > 0
    for access in (two_step(pairs, demand, supply, decay=weigh), three_step(pairs, demand, supply, decay=weigh)):
        assert (access * demand).sum() == pytest.approx(supply[reached].sum())
    enhanced = two_step_enhanced(pairs, demand, supply, ZONES, WEIGHTS)
    within = (demand @ (dense <= 1000)) > 0
    assert (enhanced * demand).sum() == pytest.approx(supply[within].sum())


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("seed", range(3))
def test_equal_pysal_access(seed):
    pd = pytest.importorskip("pandas")
    fca = pytest.importorskip("access.fca")
    weights = pytest.importorskip("access.weights")
    pairs, dense, demand, supply = case(seed, 200, 25)
    # PySAL divides by zero for facilities that nobody reaches: keep those that somebody does.
    keep = (demand @ np.isfinite(dense)) > 0
    facilities = np.flatnonzero(keep)
    table = pd.DataFrame({"origin": pairs.origin, "dest": pairs.facility, "cost": pairs.distance})
    demand_table = pd.DataFrame({"demand": demand}, index=pd.Index(np.arange(200), name="geoid"))
    supply_table = pd.DataFrame({"supply": supply[facilities]}, index=pd.Index(facilities, name="geoid"))

    def peer(function, **options):
        got = function(demand_table, supply_table, table, 1000, demand_index=True, supply_index=True, **options)
        return got.reindex(np.arange(200)).fillna(0).to_numpy()

    step = weights.step_fn(dict(zip(ZONES, WEIGHTS, strict=True)))
    np.testing.assert_allclose(two_step(pairs, demand, supply), peer(fca.two_stage_fca), rtol=1e-12)
    np.testing.assert_allclose(
        two_step_enhanced(pairs, demand, supply, ZONES, WEIGHTS), peer(fca.two_stage_fca, weight_fn=step), rtol=1e-12
    )
    np.testing.assert_allclose(
        three_step(pairs, demand, supply, decay=lambda d: zone_weights(d, ZONES, WEIGHTS)),
        peer(fca.three_stage_fca, weight_fn=step),
        rtol=1e-12,
    )


@pytest.mark.parametrize("name", sorted(DECAYS))
def test_decays_start_at_one_fall_and_end(name):
    d = np.linspace(0, 1000, 201)
    weight = DECAYS[name](d, 1000)
    assert weight[0] == pytest.approx(1)
    assert (np.diff(weight) <= 1e-12).all()
    assert (weight >= 0).all()
    assert DECAYS[name](np.array([1000.001, np.inf]), 1000).tolist() == [0, 0]
    assert DECAYS[name](np.array([0.0, 1.0]), 0).tolist() == [1, 0]


def test_published_shapes():
    d = np.array([0.0, 250.0, 500.0, 1000.0])
    np.testing.assert_allclose(DECAYS["linear"](d, 1000), [1, 0.75, 0.5, 0])
    np.testing.assert_allclose(DECAYS["negative_exponential"](d, 2000, scale=500), np.exp(-d / 500))
    np.testing.assert_allclose(DECAYS["inverse_power"](d, 2000, exponent=2, nearest=250), [1, 1, 0.25, 1 / 16])
    np.testing.assert_allclose(DECAYS["gaussian"](d, 2000, sigma=500), np.exp(-((d / 500) ** 2) / 2))
    np.testing.assert_allclose(DECAYS["gaussian"](d, 1000)[[0, 3]], [1, 0])
    np.testing.assert_allclose(DECAYS["cosine"](d, 1000), [1, (1 + np.sqrt(0.5)) / 2, 0.5, 0], atol=1e-15)
    middle = DECAYS["logistic"](d, 1000)
    assert middle[2] == pytest.approx(middle[0] / 2, abs=0.01)


def test_zones():
    got = zone_weights([0, 300, 300.01, 1000, 1000.1, np.inf], ZONES, WEIGHTS)
    assert got.tolist() == [1, 1, 0.68, 0.22, 0, 0]
    with pytest.raises(ValueError, match="2 weights for 3 zones"):
        zone_weights([1], ZONES, [1, 2])
    with pytest.raises(ValueError, match="must ascend"):
        zone_weights([1], [300, 200], [1, 2])


def test_nobody_and_nothing():
    none = Pairs(np.empty(0, int), np.empty(0, int), np.empty(0))
    assert count_within(none, 3).tolist() == [0, 0, 0]
    assert two_step(none, [1, 2], [5]).tolist() == [0, 0]
    lonely = Pairs(np.array([0]), np.array([0]), np.array([10.0]))
    assert two_step(lonely, [0.0], [5.0]).tolist() == [0]
    assert three_step(lonely, [0.0], [5.0]).tolist() == [0]


def test_sorted_pairs_keep_zero_distances():
    got = sorted_pairs(np.array([1, 0, 1]), np.array([2, 1, 0]), np.array([0.0, 3.0, 4.0]), 2, 3)
    assert got.origin.tolist() == [0, 1, 1]
    assert got.facility.tolist() == [1, 0, 2]
    assert got.distance.tolist() == [3, 4, 0]
