"""Childcare, and care for the elderly."""

from __future__ import annotations

from typing import Any

import numpy as np

from xiancheng.sample.facilities import Scene, both, shared
from xiancheng.sample.frame import AFTER, BOTH, TOWNSHIPS
from xiancheng.sample.plan import chinese_number

CHILDCARE_PER_1000 = (2.1, 3.0)
"""Childcare places per 1,000 residents: 3.1 at the first date, 4.7 at the second, part of them in kindergartens."""


_NURSERIES = ("贝贝", "阳光宝贝", "启星", "小草原", "安心", "萌芽")


def childcare(scene: Scene) -> None:
    """Childcare institutions beside the nursery classes of kindergartens."""
    rng = scene.rng
    count = max(3, round(20 * scene.size))
    middles = np.array([c.middle for c in scene.communities])
    weights = rng.uniform(0.6, 1.4, count)
    exists = np.arange(count) % 4 != 3
    first = shared(round(scene.town.residents[0].total * CHILDCARE_PER_1000[0] / 1000), weights * exists)
    second = shared(round(scene.town.residents[1].total * CHILDCARE_PER_1000[1] / 1000), weights)
    for i in range(count):
        place = scene.near(tuple(middles[i % len(middles)]), 220 * min(1.0, scene.size**0.25))
        kind = ("institution", "community", "institution", "employer", "institution", "family")[i % 6]
        state = {"kind": kind, "inclusive": i % 5 != 4}
        before = {**state, "places": int(first[i])} if exists[i] else None
        name = (
            f"萨拉齐{('贝贝', '阳光宝贝', '启星', '小草原', '安心', '萌芽')[i % 6]}托育{chinese_number(i % 99 + 1)}园"
        )
        after = {**state, "places": int(second[i])}
        scene.facilities.add("childcare", name, place, scene.address(), before, after)


NURSING_SHARE = (0.52, 0.58)
BEDS_PER_1000_OLD = (19.5, 22.5)


def elderly_care(scene: Scene) -> None:
    """Homes for the elderly with nursing beds, day-care centres and stations in communities."""
    rng = scene.rng
    homes: list[tuple[str, tuple[float, float], str]] = [
        ("旗中心敬老院" if i == 0 else f"{('康宁', '夕阳红', '福寿', '颐和')[i % 4]}养老院", (x, y), "")
        for i, (x, y, _) in enumerate(scene.sites("care"))
    ]
    homes += [
        (f"{TOWNSHIPS[i].name}互助养老院", scene.near(seat, 150), TOWNSHIPS[i].name)
        for i, seat in enumerate(scene.seats)
        if 0 < i < len(scene.seats) - 1
    ]
    weights = np.array([1.0 if h[2] else 3.2 for h in homes]) * rng.uniform(0.7, 1.3, len(homes))
    states: list[list[dict[str, Any]]] = [[], []]
    for which in (0, 1):
        old = scene.town.residents[which].band("age_60_up")
        total = max(len(homes), round(old * BEDS_PER_1000_OLD[which] / 1000))
        beds = shared(total, weights)
        nursing = np.minimum(
            shared(round(total * NURSING_SHARE[which]), beds * rng.uniform(0.85, 1.15, len(beds))), beds
        )
        nursing[int(np.argmax(beds - nursing))] += round(total * NURSING_SHARE[which]) - int(nursing.sum())
        inclusive = np.minimum(shared(round(total * (0.68, 0.79)[which]), beds.astype(float)), beds)
        for i, home in enumerate(homes):
            owner = "public" if i == 0 or home[2] else ("private_inclusive", "private")[i % 2]
            states[which].append({
                "kind": "institution", "ownership": owner, "beds": int(beds[i]), "nursing_beds": int(nursing[i]),
                "inclusive_beds": int(inclusive[i]), "medical": i % 2 == 0 or (which == 1 and i % 3 == 0),
                "embedded": False,
            })  # fmt: skip
    for i, (name, place, township) in enumerate(homes):
        address = f"{township}政府所在地" if township else scene.address()
        scene.facilities.add("elderly_care", name, place, address, states[0][i], states[1][i])
    titles = {"day_care": "日间照料中心", "station": "居家养老服务站", "canteen": "老年食堂"}
    for i, community in enumerate(scene.communities):
        wide, deep = community.box[2] - community.box[0], community.box[3] - community.box[1]
        for k, kind in enumerate(("station", "day_care", "canteen")):
            # The later ones are what the programme brought.
            when = AFTER if (i + k) % 3 == 2 else BOTH
            before, after = both({"kind": kind, "ownership": "public", "medical": False, "embedded": True}, when)
            x = community.middle[0] + (k - 1) * 0.3 * wide
            y = community.middle[1] + (0.22, -0.24, 0.05)[k] * deep
            place = scene.near((x, y), 60)
            scene.facilities.add("elderly_care", community.name + titles[kind], place, scene.address(), before, after)
