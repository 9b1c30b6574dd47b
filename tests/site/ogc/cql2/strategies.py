"""Random filters, as trees, over properties of every kind."""

from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from xiancheng.site.ogc.cql2 import Kind
from xiancheng.site.ogc.cql2.nodes import ARITHMETIC, Array, Box, Call, Instant, Interval, Literal, Property, Shape

KINDS = {
    "name": Kind.TEXT,
    "名称": Kind.TEXT,
    "floors": Kind.NUMBER,
    "height": Kind.NUMBER,
    "lift": Kind.BOOLEAN,
    "built": Kind.INSTANT,
    "ended": Kind.INSTANT,
    "uses": Kind.ARRAY,
    "geometry": Kind.GEOMETRY,
}
LETTERS = "abÄé中学%_'"
DAYS = ("1999-12-31", "2000-01-01", "2010-06-15", "2020-02-29")

# A text that ends in a backslash, or has one before a quote, cannot be written in CQL2 text.
texts = st.text(LETTERS, max_size=4)
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.25, 1e-7, 2.0e20])
days = st.sampled_from(DAYS)
times = st.sampled_from(["2000-01-01T00:00:00Z", "2010-06-15T12:30:00.5Z"])


def of(kind):
    return st.sampled_from([Property(n) for n, k in KINDS.items() if k is kind])


text_literals = texts.map(Literal)
number_literals = numbers.map(Literal)
instants = days.map(Instant) | times.map(Instant)
folded = st.recursive(
    of(Kind.TEXT) | text_literals,
    lambda inner: st.builds(lambda op, a: Call(op, (a,)), st.sampled_from(["casei", "accenti"]), inner),
    max_leaves=3,
)
arithmetic = st.recursive(
    of(Kind.NUMBER) | number_literals,
    lambda inner: st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from(sorted(ARITHMETIC)), inner, inner),
    max_leaves=4,
)
coordinates = st.integers(0, 6)
points = st.builds(Point, coordinates, coordinates)
boxes = st.builds(
    lambda x, y, w, h: box(x, y, x + w, y + h), coordinates, coordinates, st.integers(1, 4), st.integers(1, 4)
)
lines = st.builds(lambda a, b: LineString([a, b]), points, points).filter(lambda line: line.length > 0)
holed = st.builds(
    lambda x, y: Polygon(box(x, y, x + 4, y + 4).exterior, [box(x + 1, y + 1, x + 2, y + 3).exterior]),
    coordinates,
    coordinates,
)
geometries = points | boxes | lines | holed
shapes = geometries.map(Shape)
spatial_literals = shapes | st.builds(
    lambda x, y, w, h: Box((x, y, x + w, y + h)), coordinates, coordinates, st.integers(1, 4), st.integers(1, 4)
)


def _interval(ends):
    start, end = ends
    if isinstance(start, Instant) and isinstance(end, Instant) and start.text > end.text:
        start, end = end, start
    return Interval(start, end)


ends = st.none() | instants | of(Kind.INSTANT)
intervals = st.tuples(ends, ends).map(_interval)
arrays = st.lists(text_literals, max_size=3).map(lambda items: Array(tuple(items)))


def _call(ops, *args):
    return st.builds(Call, st.sampled_from(sorted(ops)), st.tuples(*args))


ORDER = {"=", "<>", "<", "<=", ">", ">="}
EITHER = {"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"}
INTERVALS = {
    "t_contains", "t_during", "t_finishedBy", "t_finishes", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps",
    "t_startedBy", "t_starts",
}  # fmt: skip
SPATIAL = {
    "s_contains", "s_crosses", "s_disjoint", "s_equals", "s_intersects", "s_overlaps", "s_touches", "s_within",
}  # fmt: skip
patterns = st.recursive(
    text_literals, lambda inner: st.builds(lambda op, a: Call(op, (a,)), st.sampled_from(["casei", "accenti"]), inner)
)
temporal = instants | of(Kind.INSTANT) | intervals
predicates = st.one_of(
    _call(ORDER, folded, folded),
    _call(ORDER, arithmetic, arithmetic),
    _call(ORDER, of(Kind.INSTANT), instants),
    _call({"=", "<>"}, of(Kind.BOOLEAN), st.booleans().map(Literal)),
    st.builds(lambda a, p: Call("like", (a, p)), folded, patterns),
    st.builds(lambda a, b, c: Call("between", (a, b, c)), arithmetic, number_literals, number_literals),
    st.builds(
        lambda a, items: Call("in", (a, Array(tuple(items)))),
        of(Kind.TEXT),
        st.lists(text_literals, min_size=1, max_size=3),
    ),
    st.builds(lambda a: Call("isNull", (a,)), st.one_of(*(of(k) for k in Kind if k is not Kind.INTERVAL))),
    _call(SPATIAL, of(Kind.GEOMETRY), spatial_literals),
    _call(SPATIAL, spatial_literals, of(Kind.GEOMETRY)),
    _call(EITHER, temporal, temporal),
    _call(INTERVALS, intervals, intervals),
    _call({"a_contains", "a_containedBy", "a_equals", "a_overlaps"}, of(Kind.ARRAY), arrays),
    of(Kind.BOOLEAN),
)
filters = st.recursive(
    predicates,
    lambda inner: st.one_of(
        st.builds(
            lambda op, parts: Call(op, tuple(parts)),
            st.sampled_from(["and", "or"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
        inner.map(lambda a: Call("not", (a,))),
    ),
    max_leaves=6,
)

features = st.fixed_dictionaries(
    {
        "name": st.none() | texts,
        "名称": st.none() | texts,
        "floors": st.none() | st.integers(-3, 3).map(float),
        "height": st.none() | st.sampled_from([0.0, 0.5, -1.25, 3.0]),
        "lift": st.none() | st.booleans().map(float),
        "built": st.none() | days,
        "ended": st.none() | days,
        "uses": st.none() | st.lists(texts, max_size=3).map(tuple),
        "geometry": st.none() | geometries,
    }
)
