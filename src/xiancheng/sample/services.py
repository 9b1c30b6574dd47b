"""Facilities with their figures at the two dates: health, culture, sport, welfare and community services."""

from __future__ import annotations

import numpy as np

from xiancheng.sample.facilities import Scene, both
from xiancheng.sample.frame import AFTER, BOTH, TOWNSHIPS, apportion
from xiancheng.sample.plan import chinese_number

BEDS_PER_1000 = (5.9, 6.6)
DOCTORS_PER_1000 = (2.8, 3.25)
NURSES_PER_1000 = (2.9, 3.4)


def build(scene: Scene) -> None:
    """Add all of them."""
    _hospitals(scene)
    _clinics(scene)
    _culture(scene)
    _sport(scene)
    _community_points(scene)
    _welfare(scene)


def _hospitals(scene: Scene) -> None:
    sites = scene.sites("hospital")
    names = (("土默特右旗医院", "general", "2", True), ("土默特右旗中蒙医院", "mongolian", "2", True),
             ("土默特右旗妇幼保健院", "maternal", "2", True), ("萨拉齐康复医院", "special", "1", False))  # fmt: skip
    base = sites[0][:2]
    places = [s[:2] for s in sites]
    while len(places) < len(names):
        places.append(scene.near(base, 180))
    weights = np.array([(8.0, 3.0, 1.2, 0.9)[i] if i < 4 else 0.8 for i in range(len(places))])
    states: list[list[dict[str, object]]] = [[], []]
    for which in (0, 1):
        total = scene.town.residents[which].total / 1000
        beds = apportion(max(12, round(total * BEDS_PER_1000[which] * 0.82)), weights)
        doctors = apportion(max(8, round(total * DOCTORS_PER_1000[which] * 0.62)), weights)
        nurses = apportion(max(8, round(total * NURSES_PER_1000[which] * 0.78)), weights)
        for i in range(len(places)):
            county = i < 3
            states[which].append({
                "kind": names[i][1] if i < 4 else "special", "grade": names[i][2] if i < 4 else "1",
                "county_level": county, "beds": int(beds[i]),
                "icu_beds": round(int(beds[i]) * (0.024, 0.043)[which]) if i == 0 else 0,
                "health_staff": round(int(doctors[i] + nurses[i]) * 1.22), "doctors": int(doctors[i]),
                "nurses": int(nurses[i]), "floor_area": int(beds[i]) * 52, "infectious_unit": i == 0 or
                (which == 1 and i == 1), "digital_resources": bool(which == 1 and county),
            })  # fmt: skip
    for i, place in enumerate(places):
        name = names[i][0] if i < 4 else f"萨拉齐第{chinese_number(i)}民营医院"
        scene.facilities.add("hospital", name, place, scene.address(), states[0][i], states[1][i])


def _clinics(scene: Scene) -> None:
    rows: list[tuple[str, str, tuple[float, float], str, int]] = []
    parts = scene.communities
    centres = max(1, round(len(parts) / 4))
    for i in range(centres):
        community = parts[int((i + 0.5) * len(parts) / centres)]
        rows.append(("health_centre", f"{community.name[:-2]}社区卫生服务中心", community.middle, "", BOTH))
    for i, community in enumerate(parts):
        rows.append(("health_station", f"{community.name}卫生服务站", scene.near(community.middle, 200), "",
                     AFTER if i % 5 == 4 else BOTH))  # fmt: skip
    for i, seat in enumerate(scene.seats[1:], start=1):
        rows.append(("township", f"{TOWNSHIPS[i].name}卫生院", scene.near(seat, 100), TOWNSHIPS[i].name, BOTH))
    rows += [
        ("village", f"{v.name}卫生室", (v.x + 12, v.y + 9), TOWNSHIPS[v.township].name, BOTH)
        for v in scene.town.villages
        if not v.seat
    ]
    rows.append(("cdc", "土默特右旗疾病预防控制中心", scene.near(parts[0].middle, 150), "", BOTH))
    weights = {"health_centre": 6.0, "health_station": 1.5, "township": 5.0, "village": 0.35, "cdc": 5.0}
    beds = {"health_centre": 5.0, "township": 8.0}
    w = np.array([weights[r[0]] for r in rows])
    b = np.array([beds.get(r[0], 0.0) for r in rows])
    states = []
    for which in (0, 1):
        total = scene.town.residents[which].total / 1000
        doctors = np.maximum(apportion(round(total * DOCTORS_PER_1000[which] * 0.38), w), w >= 0.3)
        nurses = apportion(round(total * NURSES_PER_1000[which] * 0.22), np.where(w > 1, w, 0.0))
        bed = apportion(round(total * BEDS_PER_1000[which] * 0.18), b)
        states.append([
            {"kind": r[0], "beds": int(bed[i]) or None, "health_staff": int(doctors[i] + nurses[i]),
             "doctors": int(doctors[i]), "nurses": int(nurses[i])} for i, r in enumerate(rows)
        ])  # fmt: skip
    for i, (_, name, place, township, when) in enumerate(rows):
        address = f"{township}{name[:-3]}" if township else scene.address()
        before = states[0][i] if when == BOTH else None
        scene.facilities.add("clinic", name, place, address, before, states[1][i])


def _culture(scene: Scene) -> None:
    add, (x, y, _) = scene.facilities.add, scene.sites("culture")[0]
    scale = scene.size
    library = {"level": "county", "floor_area": round(4200 * scale) + 300, "volumes": round(168_000 * scale),
               "digital_resources": False}  # fmt: skip
    add("library", "土默特右旗图书馆", (x + 30, y + 20), scene.address(),
        *both(library, digital_resources=True, volumes=round(191_000 * scale)))  # fmt: skip
    for i, community in enumerate(scene.communities):
        if i % 3 == 0:
            branch = {"level": "community", "floor_area": 160 + 20 * (i % 4), "volumes": 3000 + 200 * i,
                      "digital_resources": False}  # fmt: skip
            add("library", f"{community.name}城市书房", scene.near(community.middle, 150), scene.address(),
                *both(branch, AFTER if i % 2 else BOTH))  # fmt: skip
    museum = {"level": "county", "floor_area": round(5100 * scale) + 200, "free": True}
    add("museum", "土默特博物馆（合成）", (x - 30, y + 30), scene.address(), *both(museum))
    centre = {"level": "county", "floor_area": round(4600 * scale) + 300}
    add("cultural_centre", "土默特右旗文化馆", (x + 34, y + 26), scene.address(), *both(centre))
    for i, (township, seat) in enumerate(zip(TOWNSHIPS, scene.seats, strict=True)):
        station = {"level": "township", "floor_area": 320 + 35 * i}
        when = AFTER if i in {6, 8} else BOTH
        add("cultural_centre", f"{township.name}综合文化站", scene.near(seat, 80), f"{township.name}政府所在地",
            *both(station, when))  # fmt: skip
    for community in scene.communities:
        room = {"level": "community", "floor_area": int(scene.rng.integers(150, 420))}
        add("cultural_centre", f"{community.name}文化活动室", scene.near(community.middle, 90), scene.address(),
            *both(room))  # fmt: skip


def _sport(scene: Scene) -> None:
    add, rng = scene.facilities.add, scene.rng
    scale = max(0.1, scene.size)
    for i, (x, y, _) in enumerate(scene.sites("sports")):
        if i == 0:
            add("sports_ground", "土默特右旗全民健身中心", (x - 30, y), scene.address(),
                *both({"kind": "fitness_centre", "owner_kind": "public", "eligible": True, "opening": "low_cost",
                       "area_m2": round(9800 * scale)}))  # fmt: skip
        add("sports_ground", f"土默特右旗体育场{chinese_number(i + 1)}号足球场", (x + 30, y), scene.address(),
            *both({"kind": "football", "owner_kind": "public", "eligible": True, "opening": "free",
                   "area_m2": 8250}))  # fmt: skip
    arena = scene.near(scene.communities[0].middle, 200)
    add("sports_ground", "土默特右旗体育场", arena, scene.address(),
        *both({"kind": "stadium", "owner_kind": "public", "eligible": True, "opening": "free",
               "area_m2": round(14_000 * scale)}))  # fmt: skip
    park = scene.near(scene.communities[-1].middle, 200)
    add("sports_ground", "城东体育公园", park, scene.address(),
        *both({"kind": "sports_park", "owner_kind": "public", "eligible": True, "opening": "free",
               "area_m2": round(22_000 * scale)}, AFTER))  # fmt: skip
    # Schools that have a ground of their own; the last ones that could open do not.
    schools = [f for f in scene.facilities.classes["school"] if f.after is not None]
    for i, school in enumerate(schools):
        if school.x is None or school.y is None or school.after is None:
            continue
        eligible = i % 6 != 5
        opening = ("free" if i % 3 else "low_cost") if eligible and i % 4 != 3 else "closed"
        later = ("free" if i % 3 else "low_cost") if eligible and i != len(schools) - 2 else "closed"
        ground = {"kind": "outdoor", "owner_kind": "school", "eligible": eligible, "opening": opening,
                  "area_m2": round(min(14_000, 1200 + school.after["places"] * 6.5))}  # fmt: skip
        add("sports_ground", f"{school.name}运动场", (school.x + 22, school.y - 30), school.address,
            *both(ground, opening=later))  # fmt: skip
    for i, village in enumerate(scene.town.villages):
        when = AFTER if i % 4 == 3 else BOTH
        ground = {"kind": "court", "owner_kind": "public", "eligible": True, "opening": "free", "area_m2": 800}
        add("sports_ground", f"{village.name}文体广场", (village.x - 20, village.y - 12),
            f"{TOWNSHIPS[village.township].name}{village.name}", *both(ground, when))  # fmt: skip
    for i, community in enumerate(scene.communities):
        kind = ("court", "outdoor", "playground")[i % 3]
        ground = {"kind": kind, "owner_kind": "residential", "eligible": True, "opening": "free",
                  "area_m2": int(rng.integers(400, 1800))}  # fmt: skip
        add("sports_ground", f"{community.name}健身场地", scene.near(community.middle, 240), scene.address(),
            *both(ground, AFTER if i % 3 == 2 else BOTH))  # fmt: skip


def _community_points(scene: Scene) -> None:
    core = ["service_counter", "health", "culture"]
    more = ["elderly_care", "canteen", "reading_room", "sport", "fire_station", "child_service", "childcare"]
    for i, community in enumerate(scene.communities):
        before = core[: 2 + i % 2] + more[: i % 4]
        after = core + more[: 3 + i % 5]
        area = 420 + 90 * (i % 6)
        code = {"community_code": community.code}
        scene.facilities.add(
            "community_service_point", f"{community.name}党群服务中心", scene.near(community.middle, 60),
            scene.address(), {"functions": before, "floor_area": area, **code},
            {"functions": after, "floor_area": area + (220 if i % 3 == 0 else 0), **code},
        )  # fmt: skip
    for i, (township, seat) in enumerate(zip(TOWNSHIPS[1:], scene.seats[1:], strict=True)):
        functions = [*core, *more[: i % 3]]
        scene.facilities.add(
            "community_service_point", f"{township.name}便民服务中心", scene.near(seat, 60),
            f"{township.name}政府所在地", *both({"functions": functions, "floor_area": 380 + 20 * i,
                                            "community_code": None}),
        )  # fmt: skip


def _welfare(scene: Scene) -> None:
    add = scene.facilities.add
    heart = scene.communities[len(scene.communities) // 2].middle
    add("relief_station", "土默特右旗救助管理站", scene.near(heart, 250), scene.address(),
        *both({"kind": "management_station", "beds": 24}))  # fmt: skip
    for i, (township, seat) in enumerate(zip(TOWNSHIPS[1:], scene.seats[1:], strict=True)):
        add("relief_station", f"{township.name}临时救助点", scene.near(seat, 70), f"{township.name}政府所在地",
            *both({"kind": "point", "beds": 2}, AFTER if i in {4, 6, 7} else BOTH))  # fmt: skip
    rows = (
        ("残疾人康复中心", "disability_rehabilitation", 40, 2600, True, BOTH),
        ("残疾人托养中心", "disability_day_care", 60, 1800, False, AFTER),
        ("残疾人综合服务中心", "disability_integrated", None, 2100, False, BOTH),
        ("精神卫生福利院", "psychiatric", 80, 3200, False, AFTER),
        ("儿童福利院", "children", 50, 2400, True, BOTH),
        ("未成年人救助保护中心", "minors_centre", 16, 900, False, BOTH),
    )
    for name, kind, beds, area, designated, when in rows:
        add("welfare_facility", f"土默特右旗{name}", scene.near(heart, 700 * min(1.0, scene.size**0.5)),
            scene.address(), *both({"kind": kind, "beds": beds, "floor_area": area,
                                    "rehabilitation_designated": designated}, when))  # fmt: skip
    for i, (township, seat) in enumerate(zip(TOWNSHIPS, scene.seats, strict=True)):
        if i % 4 != 3:
            state = {"kind": "minors_station", "beds": None, "floor_area": 60, "rehabilitation_designated": False}
            name = f"{township.name}未成年人保护工作站"
            states = both(state, AFTER if i % 2 else BOTH)
            add("welfare_facility", name, scene.near(seat, 90), f"{township.name}政府所在地", *states)
    west, _, _, north = scene.town.plan.bounds
    add("funeral_facility", "土默特右旗殡仪馆", (west - 1500.0, north + 1300.0), "萨拉齐镇北郊",
        *both({"kind": "funeral_home", "public": True}))  # fmt: skip
    add("funeral_facility", "北山公益性公墓", (west - 1900.0, north + 2300.0), "萨拉齐镇北郊",
        *both({"kind": "cemetery", "public": True}))  # fmt: skip
    add("funeral_facility", "北山骨灰堂", (west - 1820.0, north + 2240.0), "萨拉齐镇北郊",
        *both({"kind": "columbarium", "public": True}, AFTER))  # fmt: skip
