"""Gravity and floating catchments: what residents reach, shared with all who reach it."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np

from xiancheng.city.snapshot import Floats, Snapshot
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.planning.access import DECAYS, gravity, two_step, two_step_enhanced
from xiancheng.planning.pairs import Pairs
from xiancheng.programme.measurement import Measurement
from xiancheng.programme.measures.access import missing_for
from xiancheng.programme.params import Ages, Amount, AttributeName, Choice, Classes, Number, Positive, Several, Where
from xiancheng.programme.registry import measure
from xiancheng.programme.views.features import Features, select
from xiancheng.programme.views.figure import exclusions, measured, no_data
from xiancheng.programme.views.reach import From, Metric, Reach
from xiancheng.programme.views.residents import Residents, residents
from xiancheng.programme.views.roads import Mode

Decay = Annotated[str, Choice(tuple(DECAYS))]
Supply = Annotated[str, AttributeName()]
Zones = Annotated[tuple[float, ...], Several(Number(minimum=0), at_least=1, unique=False)]


@measure(
    "access.gravity",
    unit="1",
    title=Text("引力可达性", "gravity accessibility"),
    definition=Text(
        "居民可及的各设施规模（或个数）按距离衰减后求和，再按人口加权平均（Hansen 1959）；低于 at_least "
        "的居民列为短板。",
        "Size (or number) of the facilities a resident reaches, each worth less with distance, averaged over residents "
        "(Hansen 1959); residents below at_least are listed.",
    ),
)
def gravity_access(
    city: Snapshot,
    *,
    of: Classes,
    metres: Positive,
    attribute: Supply | None = None,
    decay: Decay = "gaussian",
    at_least: Amount | None = None,
    metric: Metric = "network",
    from_: From = "point",
    mode: Mode = "walk",
    ages: Ages = (),
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
) -> Measurement:
    """Compute the population-weighted mean gravity accessibility."""
    scene = _Scene(city, of, attribute, where, public_only, ages, within, Reach(metric, from_, mode))
    if scene.missing:
        return no_data(city, *scene.missing, excluded=scene.excluded)
    fall = partial(_fall, decay, metres)
    score = gravity(scene.pairs(metres), len(scene.people), scene.supply, fall)
    return scene.mean(score, 1.0, at_least)


@measure(
    "access.two_step",
    unit="per_1000",
    title=Text("两步移动搜索可达性", "two-step floating catchment access"),
    definition=Text(
        "每千名居民可分得的设施规模：设施规模先除以其服务范围内的人口，居民再把可及设施的份额相加，按人口加权平均（"
        "Luo 与 "
        "Wang 2003）；低于 at_least 的居民列为短板。",
        "Supply per 1,000 residents within reach: each facility is shared among the residents of its catchment, each "
        "resident "
        "adds up the shares within reach; averaged over residents (Luo and Wang 2003). Residents below at_least are "
        "listed.",
    ),
)
def two_step_access(
    city: Snapshot,
    *,
    of: Classes,
    attribute: Supply,
    metres: Positive,
    decay: Decay = "uniform",
    at_least: Amount | None = None,
    metric: Metric = "network",
    from_: From = "point",
    mode: Mode = "walk",
    ages: Ages = (),
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
) -> Measurement:
    """Compute the population-weighted mean of the two-step floating catchment area method, per 1,000."""
    scene = _Scene(city, of, attribute, where, public_only, ages, within, Reach(metric, from_, mode))
    if scene.missing:
        return no_data(city, *scene.missing, excluded=scene.excluded)
    fall = partial(_fall, decay, metres)
    score = two_step(scene.pairs(metres), scene.people.persons, scene.supply, decay=fall)
    return scene.mean(score, 1000.0, at_least)


@measure(
    "access.two_step_enhanced",
    unit="per_1000",
    title=Text("增强型两步移动搜索可达性", "enhanced two-step floating catchment access"),
    definition=Text(
        "同两步移动搜索，两步都按距离分区加权（Luo 与 Qi 2009）；低于 at_least 的居民列为短板。",
        "As the two-step method, with the weight of distance zones in both steps (Luo and Qi 2009). Residents below "
        "at_least "
        "are listed.",
    ),
)
def two_step_enhanced_access(
    city: Snapshot,
    *,
    of: Classes,
    attribute: Supply,
    zones: Zones,
    weights: Zones,
    at_least: Amount | None = None,
    metric: Metric = "network",
    from_: From = "point",
    mode: Mode = "walk",
    ages: Ages = (),
    within: str = "auto",
    where: Where = "",
    public_only: bool = True,
) -> Measurement:
    """Compute the population-weighted mean of the enhanced two-step method, per 1,000."""
    if len(zones) != len(weights) or list(zones) != sorted(zones):
        raise XianchengError(
            Text("zones 应由近到远，且与 weights 一一对应", "zones must ascend, with one weight each"),
            Text("例如 zones=500,1000,2000 weights=1,0.68,0.22", "for example zones=500,1000,2000 weights=1,0.68,0.22"),
        )
    scene = _Scene(city, of, attribute, where, public_only, ages, within, Reach(metric, from_, mode))
    if scene.missing:
        return no_data(city, *scene.missing, excluded=scene.excluded)
    score = two_step_enhanced(scene.pairs(max(zones)), scene.people.persons, scene.supply, zones, weights)
    return scene.mean(score, 1000.0, at_least)


def _fall(decay: str, metres: float, distance: Floats) -> Floats:
    return DECAYS[decay](distance, metres)


class _Scene:
    """Residents, facilities and their supply: what the three methods have in common."""

    def __init__(
        self,
        city: Snapshot,
        of: tuple[str, ...],
        attribute: str | None,
        where: str,
        public_only: bool,
        ages: tuple[str, ...],
        within: str,
        reach: Reach,
    ) -> None:
        self.city, self.reach = city, reach
        self.people: Residents = residents(city, within=within, ages=ages)
        self.features: Features = select(city, of, where=where, public_only=public_only)
        supply = self.features.values(attribute) if attribute else np.ones(len(self.features))
        known = np.isfinite(supply)
        self.supply: Floats = np.where(known, supply, 0.0)
        unknown = Text(f"未填“{attribute}”的设施", f"{attribute} not known")
        told = exclusions((unknown, (~known).sum(), "features"))
        self.excluded = self.people.excluded + self.features.excluded + told
        self.missing = missing_for(city, self.people, self.features, reach)
        if not self.missing and len(known) and not known.any():
            self.missing = (Text(f"设施都没有填“{attribute}”", f"no facility has a value of {attribute}"),)

    def pairs(self, metres: float) -> Pairs:
        """Return residents and facilities within reach."""
        return self.reach.pairs(self.city, self.people, self.features, metres)

    def mean(self, score: Floats, scale: float, at_least: float | None) -> Measurement:
        """Return the mean over residents; those whose own score is below `at_least` fall short."""
        people = self.people
        weighted = score * people.persons
        lacking = np.zeros(len(people)) if at_least is None else np.where(scale * score < at_least, people.persons, 0.0)
        return measured(
            self.city,
            float(scale * weighted.sum() / people.total),
            numerator=float(weighted.sum()),
            denominator=people.total,
            numerator_label=Text("居民数×可达性", "residents times access"),
            denominator_label=people.title,
            excluded=self.excluded,
            by_area=people.grouping(self.city).ratios(weighted, people.persons, scale=scale),
            short=None if at_least is None else people.short(self.city, lacking),
            notes=self.features.missing + self.reach.notes(self.city, people, self.features),
        )
