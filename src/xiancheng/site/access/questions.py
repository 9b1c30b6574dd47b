"""What is asked about access: which facilities, how distance is measured, whose; and what is measured for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from xiancheng.city.snapshot import Snapshot
from xiancheng.programme.registry import measure_spec
from xiancheng.programme.views.features import Area, Features, select
from xiancheng.programme.views.reach import From, Metric, Reach
from xiancheng.programme.views.residents import Residents, residents
from xiancheng.programme.views.roads import Mode
from xiancheng.programme.whatif.scenario import Edit, read_edits
from xiancheng.programme.whatif.tables import apply_edits
from xiancheng.programme.whatif.traced import Changed, Traced
from xiancheng.site.access.schemas import Asked
from xiancheng.site.access.standing import prepared, traced
from xiancheng.site.policy.subject import Subject

MEASURE = "access.residents_within"
ANSWERS_KEPT = 24
"""Answers for all residents are kept for so many questions (a byte a building each)."""

Bands = npt.NDArray[np.uint8]
_bands: OrderedDict[tuple[object, ...], Bands] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Question:
    """A question with every parameter checked. `metres` ascend."""

    of: tuple[str, ...]
    metres: tuple[float, ...]
    metric: Metric
    from_: From
    mode: Mode
    min_area_m2: float
    ages: tuple[str, ...]
    within: str
    where: str
    public_only: bool
    area: Area

    @property
    def reach(self) -> Reach:
        """How distance is measured."""
        return Reach(self.metric, self.from_, self.mode)

    @property
    def farthest(self) -> float:
        """The largest of the distances."""
        return self.metres[-1]

    def features(self, city: Snapshot) -> Features:
        """Return the facilities asked about."""
        return select(
            city, self.of, where=self.where, public_only=self.public_only, min_area_m2=self.min_area_m2, area=self.area
        )

    def people(self, city: Snapshot) -> Residents:
        """Return the residents asked about."""
        return residents(city, within=self.within, ages=self.ages)


def read_question(asked: Asked, city: Snapshot, subject: Subject) -> Question:
    """Check a question as the programme's own indicators are checked.

    Raises
    ------
    XianchengError, UnknownNameError, ForbiddenError
        If a parameter is wrong, or a class may not be seen.
    """
    for name in asked.classes:
        _ = city.catalogue[name]
        subject.require_class(name)
    metres = tuple(sorted(set(asked.metres)))
    given: dict[str, Any] = {
        "of": asked.classes,
        "metres": metres[-1],
        "metric": asked.metric,
        "from": asked.measured_from,
        "mode": asked.mode,
        "min_area_m2": asked.min_area_m2,
        "ages": asked.ages,
        "within": asked.within,
        "where": asked.where,
        "public_only": asked.public_only,
        "area": "computed",
    }
    values = measure_spec(MEASURE).read(given, city.catalogue)
    values["from_"] = values.pop("from")
    return replace(Question(**values), metres=metres)


def city_for(asked: Asked, subject: Subject) -> tuple[Snapshot, tuple[Edit, ...]]:
    """Return the snapshot asked about, with the edits of the question made.

    Raises
    ------
    NotFoundError, EditError, ForbiddenError
        If there is no such snapshot, or an edit cannot be made.
    """
    if not asked.edits:
        return traced(asked.on), ()
    city = prepared(asked.on).city
    edits = readable_edits([e.as_entry() for e in asked.edits], city, subject)
    outcome = apply_edits(city, edits)
    return Changed(city, {name: outcome.tables[name] for name, ids in outcome.touched.items() if ids}), edits


def readable_edits(entries: Sequence[dict[str, Any]], city: Snapshot, subject: Subject) -> tuple[Edit, ...]:
    """Read edits of classes that may be seen.

    Raises
    ------
    EditError, ForbiddenError
        If one cannot be made, or a class may not be seen.
    """
    edits = read_edits(entries, city.catalogue)
    for name in {edit.feature_class for edit in edits}:
        subject.require_class(name)
    return edits


def bands(city: Snapshot, question: Question, people: Residents, features: Features) -> Bands:
    """Return ``(n,)`` the first of the distances that each row of residents is within; their number if none is."""
    key = (city.as_of, city.hash, question)
    shared = isinstance(city, Traced)
    with _lock:
        known = _bands.get(key) if shared else None
        if known is not None:
            _bands.move_to_end(key)
            return known
    metres = question.reach.nearest(city, people, features, limit=question.farthest).distance
    found = np.searchsorted(np.array(question.metres), metres, side="left").astype(np.uint8)
    if shared:
        with _lock:
            _bands[key] = found
            while len(_bands) > ANSWERS_KEPT:
                _bands.popitem(last=False)
    return found
