"""One object as the API shows it."""

from __future__ import annotations

from datetime import date
from typing import Any

from xiancheng.city.history import today
from xiancheng.site.county import catalogue, reading
from xiancheng.site.policy.subject import Subject
from xiancheng.site.registers.editing import missing
from xiancheng.site.registers.versions import believed, current, shown_attributes, shown_version, state_of


def detail_of(subject: Subject, class_name: str, object_id: str, on: date | None = None) -> dict[str, Any]:
    """Return one object as the API shows it.

    Raises
    ------
    NotFoundError
        If the model believes nothing of such an object.
    """
    feature_class, day = catalogue()[class_name], on or today()
    with reading() as store:
        versions = store.history(class_name, object_id)
    version = current(versions, day)
    if version is None:
        raise missing(feature_class, object_id)
    shown = shown_version(feature_class, version, None, None)
    return {
        "object_id": object_id,
        **{k: shown[k] for k in ("valid_from", "valid_to", "recorded_from", "source", "reason", "geometry")},
        "attributes": shown_attributes(feature_class, version.attributes),
        "version": state_of(versions),
        "closed": version.valid_to <= day,
        "editable": subject.may_edit(class_name),
        "later": [v.valid_from for v in believed(versions) if v.valid_from > max(day, version.valid_from)],
        "findings": None,
    }
