"""Schools and kindergartens."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from xiancheng.sample.facilities import Attributes, Scene, shared
from xiancheng.sample.frame import AFTER, BEFORE, BOTH, TOWNSHIPS, Ints
from xiancheng.sample.plan import chinese_number


def schools(scene: Scene) -> None:
    """Schools: places short in the seat and idle in the villages, better at the second date."""
    rng = scene.rng
    sites = scene.sites("school")
    cycle = ("primary", "junior", "primary", "nine_year", "primary", "senior", "primary", "junior", "vocational",
             "primary", "nine_year", "primary", "special", "primary", "junior", "senior", "primary")  # fmt: skip
    kinds = [cycle[i % len(cycle)] for i in range(len(sites))]
    places: list[tuple[str, tuple[float, float], str, bool]] = [
        (kind, (x, y), "", True) for kind, (x, y, _) in zip(kinds, sites, strict=True)
    ]
    for i, seat in enumerate(scene.seats[1:], start=1):
        places.append(("primary", scene.near(seat, 90), TOWNSHIPS[i].name, False))
        if i % 2:
            places.append(("nine_year" if i % 4 == 1 else "junior", scene.near(seat, 140), TOWNSHIPS[i].name, False))
    numbers: dict[str, int] = {}
    given = {level: _places(scene, places, level) for level in _CLASS}
    now = scene.town.residents[1].ages
    senior = int(now[:, 4].sum())
    for i, (kind, place, township, in_town) in enumerate(places):
        numbers[kind] = numbers.get(kind, 0) + 1
        name = f"土默特右旗{township}{'' if township else '第' + chinese_number(numbers[kind])}{_SCHOOL_NAME[kind]}"
        states = []
        for which in (0, 1):
            primary, junior = int(given["primary"][which][i]), int(given["junior"][which][i])
            upper = _upper(kind, kinds, senior)
            total = primary + junior + upper
            pupils = round(total * float(rng.uniform(0.93, 1.0) if in_town else rng.uniform(0.55, 0.8)))
            states.append(
                {
                    "level": kind, "ownership": "public", "places": total, "places_primary": primary or None,
                    "places_junior": junior or None, "pupils": pupils, "classes": max(1, round(total / 46)),
                    "land_area": round(total * float(rng.uniform(17, 24))),
                    "digital_resources": bool(rng.uniform() < (0.45, 0.9)[which]),
                }
            )  # fmt: skip
        states[1]["land_area"] = states[0]["land_area"]
        address = scene.address() if in_town else f"{township}政府所在地"
        scene.facilities.add("school", name, place, address, states[0], states[1])


_CLASS = {"primary": 45, "junior": 50}
_SCHOOL_NAME = {
    "primary": "小学", "junior": "初级中学", "nine_year": "学校（九年一贯制）", "senior": "中学",
    "special": "特殊教育学校",
    "vocational": "职业中等专业学校",
}  # fmt: skip


def _places(scene: Scene, schools: list[tuple[str, tuple[float, float], str, bool]], level: str) -> tuple[Ints, Ints]:
    """Return the places of a level in each school at the two dates, near to what its surroundings need.

    Schools of the seat have somewhat too few and those of the villages too many; whole classes, and never just right.
    """
    rng = scene.rng
    offered = np.array([i for i, s in enumerate(schools) if s[0] in {level, "nine_year"}])
    b = scene.town.buildings
    homes = np.flatnonzero(b.residential & ((b.when & AFTER) > 0))
    west, south, east, _ = scene.town.plan.bounds
    in_seat = (b.x > west) & (b.x < east) & (b.y > south) & (b.y < scene.town.plan.railway)
    band = 2 if level == "primary" else 3
    now = scene.town.residents[1].ages
    seat = now[0, band] * scene.town.people / int(now[0].sum())
    area = b.floor_area[homes]
    inside = in_seat[homes]
    children = np.where(inside, seat / area[inside].sum(), (now[:, band].sum() - seat) / area[~inside].sum()) * area
    _, nearest = cKDTree([schools[i][1] for i in offered]).query(np.column_stack([b.x[homes], b.y[homes]]))
    need = np.bincount(nearest, weights=children, minlength=len(offered))
    town = np.array([schools[i][3] for i in offered])
    noise = rng.uniform(0.9, 1.12, len(offered))
    result = []
    for which in (0, 1):
        ratio = np.where(town, (0.91, 0.99)[which], (1.18, 1.15)[which])
        out = np.zeros(len(schools), dtype=np.int64)
        out[offered] = np.maximum(1, np.round(need * ratio * noise / _CLASS[level])).astype(np.int64) * _CLASS[level]
        result.append(out)
    return result[0], result[1]


def _upper(kind: str, kinds: list[str], pupils: int) -> int:
    if kind == "special":
        return 60
    if kind == "senior":
        return round(pupils * 0.62 / max(1, kinds.count("senior")) / 50) * 50
    if kind == "vocational":
        return round(pupils * 0.33 / max(1, kinds.count("vocational")) / 50) * 50
    return 0


PUBLIC_SHARE = (0.512, 0.546)
INCLUSIVE_SHARE = (0.931, 0.963)
NURSERY_PER_1000 = (1.0, 1.7)


def kindergartens(scene: Scene) -> None:
    """Kindergartens: inclusive ones reach the target of 95 % of children, public ones stay just under 55 %."""
    rng = scene.rng
    sites = [(x, y, when, "") for x, y, when in scene.sites("kindergarten")]
    sites += [
        (*scene.near(seat, 110), BOTH, TOWNSHIPS[i].name) for i, seat in enumerate(scene.seats) if i for _ in (0, 1)
    ]
    n = len(sites)
    size = rng.uniform(0.6, 1.5, n) * np.where([bool(s[3]) for s in sites], 0.55, 1.0)
    draw = rng.permutation(n)
    later = _owners(size, draw, PUBLIC_SHARE[1], INCLUSIVE_SHARE[1])
    earlier = list(later)
    for kind, worse in (("private_inclusive", "private"), ("public", "private_inclusive")):
        changed = [i for i in draw if later[i] == kind and sites[i][2] & BEFORE][-max(1, n // 40) :]
        for i in changed:
            earlier[i] = worse
    states: list[list[Attributes | None]] = []
    for which, owners in enumerate((earlier, later)):
        exists = np.array([bool(s[2] & (BEFORE, AFTER)[which]) for s in sites])
        residents = scene.town.residents[which]
        children = _children(residents.band("age_3_5"), which, size * exists, owners)
        nursery = shared(
            round(residents.total * NURSERY_PER_1000[which] / 1000),
            size * exists * (np.arange(n) % 3 != 0),
        )
        states.append(
            [
                {
                    "ownership": owners[i],
                    "children": int(children[i]),
                    "classes": max(1, int(np.ceil(children[i] / 27))),
                    "places": max(1, int(np.ceil(children[i] / 27))) * 30, "nursery_places": int(nursery[i]),
                    "estate_facility": not sites[i][3],
                }
                if exists[i]
                else None
                for i in range(n)
            ]
        )  # fmt: skip
    for i, (x, y, _, township) in enumerate(sites):
        title = "幼儿园" if later[i] == "private" else "中心幼儿园" if township else "实验幼儿园"
        name = f"{township or '萨拉齐镇'}第{chinese_number(i % 99 + 1)}{title}"
        address = f"{township}政府所在地" if township else scene.address()
        scene.facilities.add("kindergarten", name, (x, y), address, states[0][i], states[1][i])


def _owners(size: np.ndarray, draw: np.ndarray, public: float, inclusive: float) -> list[str]:
    share = np.cumsum(size[draw]) / size.sum()
    owners = [""] * len(size)
    for i, part in zip(draw, share, strict=True):
        owners[i] = "public" if part <= public else "private_inclusive" if part <= inclusive else "private"
    for i, kind in zip(draw, ("public", "private_inclusive", "private"), strict=False):
        if kind not in owners:
            owners[i] = kind
    return owners


def _children(band: int, which: int, size: np.ndarray, owners: list[str]) -> Ints:
    """Return the children of each kindergarten, so that the shares of owners come out as they are meant to."""
    total = round(band * (0.90, 0.92)[which])
    public, inclusive = round(total * PUBLIC_SHARE[which]), round(total * INCLUSIVE_SHARE[which])
    kinds = np.array(owners)
    out = np.zeros(len(size), dtype=np.int64)
    for kind, count in (
        ("public", public), ("private_inclusive", inclusive - public), ("private", total - inclusive),
    ):  # fmt: skip
        chosen = size * (kinds == kind)
        if chosen.sum() > 0:
            out += shared(count, chosen)
    return out
