"""Small charts of the HTML report: bullet bars and trends, as inline markup."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from xiancheng.programme.assessment import IndicatorResult
from xiancheng.programme.model import Target
from xiancheng.programme.report.figures import bound, value_text


@dataclass(frozen=True)
class Scale:
    """Where figures lie on a bar from 0 to `top`."""

    top: float

    def percent(self, value: float) -> float:
        """Return the place of `value` in percent of the bar, within it."""
        return min(100.0, max(0.0, 100 * value / self.top)) if self.top > 0 else 0.0


def scale_for(unit: str, target: Target | None, values: Sequence[float | None]) -> Scale:
    """Return a scale that holds the values and the target; shares go from 0 to 100 %."""
    bounds = () if target is None else (target.at_least, target.at_most)
    known = [v for v in (*values, *bounds) if v is not None and math.isfinite(v)]
    top = max(known, default=1.0)
    if unit == "share" and top <= 1:
        return Scale(1.0)
    return Scale(top * 1.15 if top > 0 else 1.0)


def bullet(value: float | None, target: Target | None, scale: Scale) -> Markup:
    """Return a bar of the figure with a mark at its target; what lies beyond an upper bound is hatched."""
    low = None if target is None else target.at_least
    high = None if target is None else target.at_most
    parts = []
    if high is not None:
        parts.append(f'<s style="left:{scale.percent(high):.1f}%"></s>')
    if value is not None and math.isfinite(value):
        parts.append(f'<i style="width:{scale.percent(value):.1f}%"></i>')
    parts += [f'<b style="left:{scale.percent(t):.1f}%"></b>' for t in (low, high) if t is not None]
    return Markup(f'<span class="bullet" aria-hidden="true">{"".join(parts)}</span>')  # noqa: S704 - numbers only


def spark(result: IndicatorResult) -> Markup:
    """Return a line of the trend, 64 by 20 pixels; nothing with fewer than two figures."""
    points = [(p.as_of, p.value) for p in result.trend if p.value is not None and math.isfinite(p.value)]
    if len(points) < 2:
        return Markup()
    x, y = _fit(points, [], (3, 61), (17, 3))
    line = " ".join(f"{x(d):.1f},{y(v):.1f}" for d, v in points)
    day, value = points[-1]
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="spark" width="64" height="20" viewBox="0 0 64 20" aria-hidden="true"><polyline points="{line}"/>'
        f'<circle cx="{x(day):.1f}" cy="{y(value):.1f}" r="2.4"/></svg>'
    )


def trend(result: IndicatorResult, label_id: str) -> Markup:
    """Return the chart of the figure at every published date, with the target as a dashed line."""
    unit = result.measurement.unit if result.measurement else ""
    points = [(p.as_of, p.value) for p in result.trend if p.value is not None and math.isfinite(p.value)]
    since = result.since
    later = [(since.as_of, since.value)] if since is not None and since.value is not None else []
    if len(points) + len(later) < 2:
        return Markup()
    target = result.indicator.target
    limit = bound(target, points[-1][1] if points else None)
    x, y = _fit([*points, *later], [] if limit is None else [limit], (34, 326), (92, 30))
    out = [f'<svg class="trend" viewBox="0 0 360 118" role="img" aria-labelledby="{label_id}">']
    if limit is not None:
        out.append(f'<path class="goal" d="M8 {y(limit):.1f}H352"/>')
    out.append(f'<polyline points="{" ".join(f"{x(d):.1f},{y(v):.1f}" for d, v in points)}"/>')
    if later and points:
        (day, value), (next_day, next_value) = points[-1], later[0]
        out.append(f'<path class="later" d="M{x(day):.1f} {y(value):.1f}L{x(next_day):.1f} {y(next_value):.1f}"/>')
    everything = [*points, *later]
    shown = set(range(len(everything))) if len(everything) <= 5 else {0, len(everything) - 1}
    places: list[float] = []
    for i, (day, value) in enumerate(everything):
        css = ' class="later"' if i >= len(points) else ""
        out.append(f'<circle{css} cx="{x(day):.1f}" cy="{y(value):.1f}" r="3.2"/>')
        if i in shown and all(abs(x(day) - p) > 46 for p in places):
            places.append(x(day))
            text = value_text(value, unit, against=bound(target, value)).en.split(" ")[0]
            out.append(f'<text x="{x(day):.1f}" y="{y(value) - 9:.1f}">{text}</text>')
            out.append(f'<text class="day" x="{x(day):.1f}" y="112">{day:%Y-%m}</text>')
    return Markup("".join(out) + "</svg>")  # noqa: S704 - numbers and dates only


def _fit(
    points: Sequence[tuple[date, float]], extra: Sequence[float], across: tuple[float, float], down: tuple[float, float]
) -> tuple[Callable[[date], float], Callable[[float], float]]:
    days = [d.toordinal() for d, _ in points]
    values = [*(v for _, v in points), *extra]
    first, span = min(days), max(max(days) - min(days), 1)
    low, high = min(values), max(values)
    rise = high - low

    def x(day: date) -> float:
        return across[0] + (across[1] - across[0]) * (day.toordinal() - first) / span

    def y(value: float) -> float:
        return down[0] + (down[1] - down[0]) * ((value - low) / rise if rise else 0.5)

    return x, y
