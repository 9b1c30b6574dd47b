"""A scenario written down: a workbook or JSON to send on."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from xiancheng.foundation.text import Text

Cells = list[list[Any]]


def workbook(answer: dict[str, Any], *, county: Text, synthetic: bool, name: str, note: str) -> bytes:
    """Return an XLSX file of what a scenario moves: summary, figures, townships, who gains, edits.

    Parameters
    ----------
    answer
        As :func:`~xiancheng.site.access.scenarios.whatif_out` gives it.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#DCECF0", "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for title, widths, rows in _sheets(answer, county, synthetic, name, note):
        sheet = book.add_worksheet(title.get()[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, plain)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, ["" if v is None else v for v in row], bold if number == 0 else plain)
        sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _sheets(
    answer: dict[str, Any], county: Text, synthetic: bool, name: str, note: str
) -> list[tuple[Text, list[int], Cells]]:
    return [
        (Text("说明", "About"), [24, 70], _about(answer, county, synthetic, name, note)),
        (Text("指标变化", "Figures"), [9, 36, 10, 13, 13, 13, 12, 14, 14, 60], _figures(answer)),
        (Text("乡镇", "Townships"), [36, 18, 14, 14], _townships(answer)),
        (Text("谁受益", "Who gains"), [36, 22, 14, 14], _gains(answer)),
        (Text("改动", "Edits"), [10, 16, 24, 24, 14, 14], _edits(answer)),
    ]


def _about(answer: dict[str, Any], county: Text, synthetic: bool, name: str, note: str) -> Cells:
    rows: Cells = [
        [Text("推演", "What-if").get(), name],
        [Text("县", "County").get(), county.get()],
        [Text("快照", "Snapshot").get(), f"{answer['on']} {answer['snapshot'][:12]}"],
        [Text("备注", "Note").get(), note],
    ]
    if synthetic:
        rows.append(
            [Text("数据", "Data").get(), Text("合成数据，不是真实情况", "synthetic, not the real county").get()]
        )
    moved = sum(1 for m in answer["moved"] if m["moves"])
    rows.append([Text("变化的指标", "Figures that move").get(), moved])
    rows.extend(
        [
            Text("条款状态变化", "Clause changes").get(),
            f"{c['clause']} {_say(c['title'])}: {c['before']} → {c['after']}",
        ]
        for c in answer["clauses"]
    )
    return rows


def _figures(answer: dict[str, Any]) -> Cells:
    head = [
        Text("条款", "clause"), Text("指标", "indicator"), Text("单位", "unit"), Text("之前", "before"),
        Text("之后", "after"), Text("差", "difference"), Text("目标", "target"), Text("状态前", "status before"),
        Text("状态后", "status after"), Text("口径", "definition"),
    ]  # fmt: skip
    rows: Cells = [[t.get() for t in head]]
    for m in sorted(answer["moved"], key=lambda m: not m["moves"]):
        rows.append(
            [
                m["clause"], _say(m["title"]), m["unit"], m["before"]["value"], m["after"]["value"], m["difference"],
                _target(m["target"]), m["before"]["status"], m["after"]["status"], _say(m["definition"]),
            ]
        )  # fmt: skip
    return rows


def _townships(answer: dict[str, Any]) -> Cells:
    head = [Text("指标", "indicator"), Text("乡镇", "township"), Text("之前", "before"), Text("之后", "after")]
    rows: Cells = [[t.get() for t in head]]
    for m in answer["moved"]:
        rows.extend([f"{m['clause']} {_say(m['title'])}", a["name"], a["before"], a["after"]] for a in m["by_area"])
    return rows


def _gains(answer: dict[str, Any]) -> Cells:
    head = [
        Text("指标", "indicator"), Text("年龄或乡镇", "age or township"), Text("新增居民", "residents gained"),
        Text("失去居民", "residents lost"),
    ]  # fmt: skip
    rows: Cells = [[t.get() for t in head]]
    for m in answer["moved"]:
        gain = m["gain"]
        if gain is None:
            continue
        title = f"{m['clause']} {_say(m['title'])}"
        rows.append([title, Text("合计", "all").get(), gain["gained"], gain["lost"]])
        rows.extend([title, _say(a["title"]), a["gained"], a["lost"]] for a in gain["by_age"])
        rows.extend([title, a["name"], a["gained"], a["lost"]] for a in gain["by_area"])
    return rows


_OPERATIONS = {
    "add": Text("新增", "add"),
    "remove": Text("拆除", "remove"),
    "resize": Text("改变", "change"),
    "move": Text("迁移", "move"),
}


def _edits(answer: dict[str, Any]) -> Cells:
    head = [
        Text("操作", "operation"), Text("类别", "class"), Text("标识", "identifier"), Text("名称", "name"),
        Text("面积前 m²", "m² before"), Text("面积后 m²", "m² after"),
    ]  # fmt: skip
    rows: Cells = [[t.get() for t in head]]
    rows.extend(
        [_OPERATIONS[s["op"]].get(), _say(s["class_title"]), s["id"], s["name"], s["area_before"], s["area_after"]]
        for s in answer["steps"]
    )
    return rows


def _target(target: dict[str, Any] | None) -> str:
    if target is None:
        return ""
    parts = []
    if target["at_least"] is not None:
        parts.append(f"≥ {target['at_least']:g}")
    if target["at_most"] is not None:
        parts.append(f"≤ {target['at_most']:g}")
    return " ".join(parts)


def _say(text: dict[str, str]) -> str:
    return Text(text["zh"], text["en"]).get()
