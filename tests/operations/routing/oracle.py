"""Routing as one would explain it to a new dispatcher: look at every rule, keep those that fit, take the best."""

from __future__ import annotations

from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def fits_time(rule, when):
    local = when.astimezone(CHINA)
    if rule.valid_from and local.date() < rule.valid_from:
        return False
    if rule.valid_until and local.date() > rule.valid_until:
        return False
    if rule.window is None:
        return True
    second = local.weekday() * 86400 + local.hour * 3600 + local.minute * 60 + local.second
    return any(a <= second < b for a, b in rule.window.intervals)


def best_fit(rule, facts, size):
    """The rank of the rule for the case, None if it does not fit."""
    if rule.owner is not None and rule.owner != facts.owner:
        return None
    if not fits_time(rule, facts.when):
        return None
    lengths = [
        len(c.code)
        for c in rule.categories
        if (c.scheme, c.kind) == (facts.category.scheme, facts.category.kind) and facts.category.code.startswith(c.code)
    ]
    if rule.categories and not lengths:
        return None
    sizes = [size(code) for code in rule.area_codes if code in facts.areas]
    if rule.area_codes and not sizes:
        return None
    return (
        rule.owner is None,
        not rule.area_codes,
        min(sizes, default=0),
        -max(lengths, default=-1),
        rule.window.seconds if rule.window else 7 * 86400,
        -(rule.valid_from.toordinal() if rule.valid_from else 0),
        -rule.priority,
    )


def route(rules, facts, size):
    """The rules that fit, the best first, with their ranks."""
    ranked = [(rank, i, r) for i, r in enumerate(rules.rules) if (rank := best_fit(r, facts, size)) is not None]
    return sorted(ranked, key=lambda item: item[:2])


def unit(rules, facts, size):
    ranked = route(rules, facts, size)
    if ranked:
        return ranked[0][2].lead
    fitting = [(len(k.code), u) for k, u in rules.class_defaults.items() if facts.category.within(k)]
    return max(fitting)[1] if fitting else rules.overall
