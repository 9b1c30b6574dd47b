"""What a plan does: to the model, and to the report."""

from __future__ import annotations

from datetime import date

import numpy as np

from xiancheng.city.change import Change
from xiancheng.city.import_report import ImportReport, ObjectChange
from xiancheng.city.matching import Plan
from xiancheng.foundation.text import Text

MANY_CLOSED = 0.5
"""Share of a source's objects whose closing is told as suspicious: the file may cover another area."""


def tell(plan: Plan, report: ImportReport) -> None:
    """Put what a plan does into the report."""
    name = plan.incoming.feature_class.name
    counts = report.counts(name)
    counts.added += len(plan.add)
    counts.changed += len(plan.change)
    counts.unchanged += plan.unchanged
    counts.closed += len(plan.close)
    counts.rejected += len(plan.rejections)
    report.rejections += [(name, r) for r in plan.rejections]
    names = plan.incoming.columns.get("name", np.full(len(plan.incoming), None, dtype=object))
    report.changes += [ObjectChange(name, plan.ids[i], names[i], "added") for i in plan.add.tolist()]
    report.changes += [
        ObjectChange(name, plan.ids[i], names[i], "changed", fields)
        for i, fields in zip(plan.change.tolist(), plan.fields, strict=True)
    ]
    report.changes += [ObjectChange(name, object_id, said, "closed") for object_id, said in plan.close]
    told = (
        (
            len(plan.aliases),
            "个新编号按位置和名称认作原有对象",
            "new identifiers recognised as known objects by place and name",
        ),
        (plan.reappeared, "个曾关闭的对象重新出现", "objects that had ended are there again"),
        (
            plan.kept_by_hand,
            "个人工改过的对象不变（来源没有新内容）",
            "objects edited by hand stay (nothing new in the source)",
        ),
        (
            plan.overridden,
            "个人工改过的对象按来源的新内容更新",
            "objects edited by hand updated, as the source changed",
        ),
    )
    for count, zh, en in told:
        if count:
            report.notes.append(Text(f"{name}：{count} {zh}", f"{name}: {count} {en}"))
    if len(plan.close) > 20 and len(plan.close) > MANY_CLOSED * plan.believed:
        report.notes.append(
            Text(
                f"{name}：该来源的 {plan.believed} 个对象中有 {len(plan.close)} 个被关闭。"
                "若文件只覆盖一部分或另一地区，请撤销本次导入，改用 --partial 或另一个 --source",
                f"{name}: {len(plan.close)} of the source's {plan.believed} objects are closed. "
                "If the file covers a part or another area, undo this import and use --partial or another --source",
            )
        )


def apply(change: Change, plan: Plan, on: date) -> None:
    """Record a plan from a day on."""
    rows, name = plan.incoming, plan.incoming.feature_class.name
    place = rows.feature_class.has_geometry
    if len(plan.change):
        change.update_many(
            name, plan.ids[plan.change].tolist(), valid_from=on,
            geometry=rows.geometry[plan.change] if place else None,
            columns={k: v[plan.change] for k, v in rows.columns.items()},
        )  # fmt: skip
    if plan.close:
        change.close_many(name, [object_id for object_id, _ in plan.close], valid_to=on)
    if len(plan.add):
        change.add_many(
            name, plan.ids[plan.add].tolist(), valid_from=on, geometry=rows.geometry[plan.add] if place else None,
            columns={k: v[plan.add] for k, v in rows.columns.items()}, valid_to=plan.add_until,
            cim_level=rows.cim_level[plan.add].tolist(),
        )  # fmt: skip
    for own, object_id in plan.aliases:
        change.identify(name, own, object_id, valid_from=on)
