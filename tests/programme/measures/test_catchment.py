"""Gravity and floating catchments against their formulas and PySAL's access."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from programme._county import random_county
from programme.measures.brute import inside
from xiancheng.programme.registry import run_measure

SEEDS = range(4)


def scene(seed):
    """Persons inside, beds, straight distances."""
    city = random_county(seed)
    rows = [i for i in inside(city) if city.population.persons[i] > 0]
    hospitals = city.table("hospital")
    beds = hospitals.column("beds")
    known = np.flatnonzero(np.isfinite(beds))
    metres = np.array(
        [[shapely.Point(*city.population.xy[i]).distance(shapely.Point(*hospitals.xy[j])) for j in known] for i in rows]
    )
    return city, city.population.persons[rows], beds[known], metres


@pytest.mark.parametrize("seed", SEEDS)
def test_gravity(seed) -> None:
    city, persons, beds, metres = scene(seed)
    params = {"of": "hospital", "metres": 1500, "attribute": "beds", "metric": "straight", "decay": "linear"}
    score = (np.where(metres <= 1500, 1 - metres / 1500, 0) * beds).sum(axis=1)
    figure = run_measure(city, "access.gravity", {**params, "at_least": 100})
    assert figure.value == pytest.approx((score * persons).sum() / persons.sum())
    assert figure.short is not None
    assert figure.short.amount.sum() == pytest.approx(persons[score < 100].sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_two_step(seed) -> None:
    city, persons, beds, metres = scene(seed)
    near = metres <= 1200
    crowd = (near * persons[:, None]).sum(axis=0)
    share = np.where(crowd > 0, beds / np.where(crowd > 0, crowd, 1), 0)
    score = 1000 * (near * share).sum(axis=1)
    params = {"of": "hospital", "metres": 1200, "attribute": "beds", "metric": "straight", "at_least": 300}
    figure = run_measure(city, "access.two_step", params)
    assert figure.value == pytest.approx((score * persons).sum() / persons.sum())
    assert figure.short is not None
    assert figure.short.amount.sum() == pytest.approx(persons[score < 300].sum())
    # What is shared out is what somebody reaches.
    assert figure.value * persons.sum() / 1000 == pytest.approx(beds[crowd > 0].sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_two_step_enhanced(seed) -> None:
    city, persons, beds, metres = scene(seed)
    weight = np.select([metres <= 500, metres <= 1000, metres <= 2000], [1.0, 0.68, 0.22], 0.0)
    crowd = (weight * persons[:, None]).sum(axis=0)
    share = np.where(crowd > 0, beds / np.where(crowd > 0, crowd, 1), 0)
    score = 1000 * (weight * share).sum(axis=1)
    params = {
        "of": "hospital",
        "attribute": "beds",
        "metric": "straight",
        "zones": "500,1000,2000",
        "weights": "1,0.68,0.22",
    }
    figure = run_measure(city, "access.two_step_enhanced", params)
    assert figure.value == pytest.approx((score * persons).sum() / persons.sum())


@pytest.mark.peer
@pytest.mark.parametrize("enhanced", [False, True])
def test_as_pysal(enhanced) -> None:
    pd = pytest.importorskip("pandas")
    fca = pytest.importorskip("access.fca")
    weights = pytest.importorskip("access.weights")
    city, persons, beds, metres = scene(7)
    origins, places = (a.ravel() for a in np.indices(metres.shape))
    weigh = weights.step_fn({500: 1, 1000: 0.68, 2000: 0.22} if enhanced else {2000: 1})
    score = fca.two_stage_fca(
        pd.DataFrame({"geoid": np.arange(len(persons)), "demand": persons}),
        pd.DataFrame({"supply": beds}, index=pd.Index(np.arange(len(beds)), name="geoid")),
        pd.DataFrame({"origin": origins, "dest": places, "cost": metres.ravel()}),
        max_cost=2000, weight_fn=weigh, supply_index=True,
    )  # fmt: skip
    score = 1000 * score.reindex(np.arange(len(persons))).fillna(0).to_numpy()
    params = {"of": "hospital", "attribute": "beds", "metric": "straight"}
    zones = {"zones": "500,1000,2000", "weights": "1,0.68,0.22"}
    name = "access.two_step_enhanced" if enhanced else "access.two_step"
    figure = run_measure(city, name, {**params, **(zones if enhanced else {"metres": 2000})})
    assert figure.value == pytest.approx((score * persons).sum() / persons.sum())
