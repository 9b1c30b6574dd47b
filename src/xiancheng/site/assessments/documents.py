"""The documents that prove a clause, from the register as it was published."""

from __future__ import annotations

from typing import Any

import numpy as np

from xiancheng.programme.assessment import Assessment
from xiancheng.site.assessments.export import snapshot_of
from xiancheng.site.policy.subject import Subject

DOCUMENT = "document"
_SHOWN = ("name", "kind", "number", "issued_on", "issuer", "url")


def documents_out(assessment: Assessment, clause: str, subject: Subject) -> dict[str, Any]:
    """Return the documents of a clause; only their number to somebody who may not see the register."""
    snapshot, visible = snapshot_of(assessment), subject.may_see(DOCUMENT)
    if snapshot is None or not snapshot.has(DOCUMENT):
        return {"visible": visible, "total": 0, "items": []}
    register = snapshot.table(DOCUMENT)
    found = register.take(np.asarray(register.column("clause") == clause, dtype=bool))
    items = [
        {
            "object_id": str(found.ids[i]),
            **{name: None if (v := found.column(name)[i]) is None else str(v) for name in _SHOWN},
        }
        for i in range(len(found))
        if visible
    ]
    return {"visible": visible, "total": len(found), "items": items}
