"""One object: made, edited, corrected, closed; each in one transaction, refused if somebody else was faster."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest

from xiancheng.city.change import Change
from xiancheng.city.classes import FeatureClass
from xiancheng.city.history import OPEN_DATE, ChangeSet, StoreError, parse_time
from xiancheng.city.store import Store
from xiancheng.foundation.text import Text
from xiancheng.site.county import catalogue, writing
from xiancheng.site.policy.needs import subject_of
from xiancheng.site.problems import ConflictError, InvalidError, NotFoundError
from xiancheng.site.registers.checking import GEOMETRY, checked_attributes, checked_geometry
from xiancheng.site.registers.telling import told
from xiancheng.site.registers.versions import differences, predecessor, state_of

SOURCE = "register"
"""What the model names as the source of what people enter: an import of a file does not undo it silently."""
EARLIEST = date(1000, 1, 1)


def create(
    request: HttpRequest,
    class_name: str,
    *,
    object_id: str | None,
    attributes: Mapping[str, Any],
    geometry: Mapping[str, Any] | None,
    valid_from: date,
    reason: str,
) -> tuple[str, ChangeSet]:
    """Let a new object exist from a day; return its identifier and the change set.

    Raises
    ------
    InvalidError
        If a field is wrong.
    ConflictError
        If the identifier is taken.
    """
    feature_class = catalogue()[class_name]
    check_day(valid_from)
    values = checked_attributes(feature_class, catalogue(), attributes, whole=True)
    place = None
    if feature_class.has_geometry:
        if geometry is None:
            raise InvalidError(
                Text("填写的内容有误", "some fields are not valid"),
                fields={GEOMETRY: Text("请在地图上标出位置", "mark the place on the map")},
            )
        place = checked_geometry(feature_class, geometry)
    elif geometry is not None:
        raise no_place(feature_class)
    name = object_id or f"r{secrets.token_hex(6)}"

    def work(store: Store, change: Change) -> None:
        if any(v.recorded_to is None and v.valid_to > valid_from for v in store.history(class_name, name)):
            raise ConflictError(
                Text(f"编号 {name} 已被使用", f"the identifier {name} is taken"),
                Text("换一个编号，或编辑原有对象", "choose another, or edit the object that has it"),
            )
        change.add(class_name, name, valid_from=valid_from, geometry=place, attributes=values)

    made = run(request, "register.create", class_name, name, reason, valid_from, work)
    if made is None:
        raise AssertionError(name)
    return name, made


def edit(
    request: HttpRequest,
    class_name: str,
    object_id: str,
    *,
    attributes: Mapping[str, Any],
    geometry: Mapping[str, Any] | None,
    day: date,
    reason: str,
    expected: str,
    correction: bool,
) -> ChangeSet | None:
    """Say that the world changed on `day`, or (`correction`) that the record of that day was wrong.

    Returns
    -------
    ChangeSet or None
        None if everything was so already.

    Raises
    ------
    InvalidError
        If a field is wrong.
    ConflictError
        If the object was changed since the state `expected`.
    NotFoundError
        If there is no such object.
    """
    feature_class = catalogue()[class_name]
    check_day(day)
    values = checked_attributes(feature_class, catalogue(), attributes, whole=False)
    if geometry is not None and not feature_class.has_geometry:
        raise no_place(feature_class)
    place = None if geometry is None else checked_geometry(feature_class, geometry)

    def work(store: Store, change: Change) -> None:
        refuse_stale(store, feature_class, object_id, expected)
        if correction:
            change.correct(class_name, object_id, on=day, geometry=place, attributes=values)
        else:
            change.update(class_name, object_id, valid_from=day, geometry=place, attributes=values)

    action = "register.correct" if correction else "register.update"
    return run(
        request, action, class_name, object_id, reason, day, work, day_field="on" if correction else "valid_from"
    )


def close(
    request: HttpRequest, class_name: str, object_id: str, *, valid_to: date, reason: str, expected: str
) -> ChangeSet:
    """Say that an object ceased: it exists until before `valid_to`.

    Raises
    ------
    InvalidError
        If it does not exist on that day.
    ConflictError
        If it was changed since the state `expected`.
    NotFoundError
        If there is no such object.
    """
    feature_class = catalogue()[class_name]
    check_day(valid_to, "valid_to")

    def work(store: Store, change: Change) -> None:
        refuse_stale(store, feature_class, object_id, expected)
        change.close(class_name, object_id, valid_to=valid_to)

    made = run(request, "register.close", class_name, object_id, reason, valid_to, work, day_field="valid_to")
    if made is None:
        raise AssertionError(object_id)
    return made


def run(
    request: HttpRequest,
    action: str,
    class_name: str,
    object_id: str,
    reason: str,
    day: date,
    work: Callable[[Store, Change], None],
    *,
    day_field: str = "valid_from",
) -> ChangeSet | None:
    """Do `work` in one transaction of the model, then tell it; None if it changed nothing."""
    who = subject_of(request).name
    with writing() as store:
        with store.change(source=SOURCE, reason=reason, who=who, valid_from=day) as change:
            try:
                work(store, change)
            except StoreError as error:
                # What the form had no reason to refuse is about the day: the object does not exist on it.
                raise InvalidError(error.message, error.hint, fields={day_field: error.message}) from error
        if change.id is None:
            return None
        made = ChangeSet(change.id, change.recorded_at, change.kind, SOURCE, reason, who, valid_from=day)
    told(request, action, class_name, [object_id], made)
    return made


def refuse_stale(store: Store, feature_class: FeatureClass, object_id: str, expected: str) -> None:
    """Refuse if an object was changed since the state that an editor saw, saying who changed what.

    Raises
    ------
    NotFoundError
        If there is no such object.
    ConflictError
        If it was changed; its detail names the changes.
    """
    versions = store.history(feature_class.name, object_id)
    if not versions:
        raise missing(feature_class, object_id)
    if state_of(versions) == expected:
        return
    try:
        seen = parse_time(expected)
    except ValueError:
        seen = None
    if seen is None or seen.tzinfo is None:
        raise InvalidError(
            Text("expected 不是本对象的版本", "expected is no version of this object"),
            fields={"expected": Text("请重新打开对象", "open the object again")},
        )
    by_time = {c.recorded_at: c for c in store.changes()}
    times = {m for v in versions for m in (v.recorded_from, v.recorded_to) if m is not None and m > seen}
    said = []
    for moment in sorted(times):
        change = by_time.get(moment)
        fields = {
            d["field"]
            for v in versions
            if v.recorded_from == moment
            for d in differences(feature_class, predecessor(versions, v), v)
        }
        titles = [_field_title(feature_class, name) for name in sorted(fields)]
        who = (change.who or change.source) if change is not None else "?"
        when = f"{moment.astimezone():%Y-%m-%d %H:%M}"
        said.append(
            Text(
                f"{who} 于 {when} 改了{'、'.join(t.zh for t in titles) or '有效期'}",
                f"{who} changed {', '.join(t.en for t in titles) or 'the validity'} on {when}",
            )
        )
    raise ConflictError(
        Text("这个对象刚被别人改过", "somebody else has changed this object meanwhile"),
        Text("；".join(t.zh for t in said), "; ".join(t.en for t in said)),
    )


def check_day(day: date, field: str = "valid_from") -> None:
    """Refuse days that the model does not hold.

    Raises
    ------
    InvalidError
        If `day` is before year 1000, or stands for no end.
    """
    if not EARLIEST <= day < OPEN_DATE:
        raise InvalidError(
            Text("日期不合理", "the date is not reasonable"),
            fields={field: Text("日期不合理", "not a reasonable date")},
        )


def missing(feature_class: FeatureClass, object_id: str) -> NotFoundError:
    """Return the error for an object that never existed."""
    return NotFoundError(
        Text(f"“{feature_class.title.zh}”中没有 {object_id}", f"there is no {feature_class.title.en} {object_id}")
    )


def no_place(feature_class: FeatureClass) -> InvalidError:
    """Return the error for a geometry of a class that has none."""
    said = Text(f"“{feature_class.title.zh}”没有几何", f"a {feature_class.name} has no geometry")
    return InvalidError(said, fields={GEOMETRY: said})


def _field_title(feature_class: FeatureClass, name: str) -> Text:
    if name == GEOMETRY:
        return Text("位置", "the place")
    if name == "valid_to":
        return Text("终止日期", "the end")
    return feature_class.attribute(name).title
