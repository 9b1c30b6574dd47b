from __future__ import annotations

import numpy as np

from xiancheng.planning.modes import directions, drivable, walkable


def test_walkable():
    classes = ["residential", "motorway", "footway", "cycleway", None, "trunk", "primary", "service"]
    nan = np.nan
    foot = [nan, nan, 0, 1, nan, nan, nan, 1]
    access = [nan, nan, nan, nan, nan, nan, 0, 0]
    assert walkable(classes, foot, access).tolist() == [True, False, False, True, True, False, False, True]
    assert walkable(classes).tolist() == [True, False, True, False, True, False, True, True]
    assert walkable(classes, [None] * 8, [None] * 8).tolist() == walkable(classes).tolist()
    assert walkable([]).tolist() == []


def test_drivable():
    classes = ["motorway", "footway", "track", None, "service", "primary"]
    assert drivable(classes, [np.nan] * 5 + [0]).tolist() == [True, False, False, True, True, False]
    assert drivable(classes, tracks=True).tolist() == [True, False, True, True, True, True]


def test_directions():
    ways = np.array(["no", "forward", "backward", None, None, "no"], dtype=object)
    classes = ["motorway", "primary", "primary", "motorway", "primary", "primary"]
    forward, backward = directions(ways, classes)
    assert forward.tolist() == [True, True, False, True, True, True]
    assert backward.tolist() == [True, False, True, False, True, True]
    assert directions(ways)[1].tolist() == [True, False, True, True, True, True]
