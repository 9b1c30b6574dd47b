"""The refused rows as a workbook: as they stand in the file, the faulty cells marked, with the reason beside."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from xiancheng.foundation.text import Text, current_language


def rejected_workbook(preview: dict[str, Any]) -> bytes:
    """Return the workbook of a preview's refused rows and values."""
    rows: dict[tuple[str, int | None, str | None], list[dict[str, Any]]] = {}
    for rejection in preview["rejections"]:
        rows.setdefault((rejection["class"], rejection["row"], rejection["object_id"]), []).append(rejection)
    names = list(dict.fromkeys(name for faults in rows.values() for name in faults[0]["cells"]))
    language = current_language()
    stream = io.BytesIO()
    with xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        faulty = book.add_format({"bg_color": "#FBE4E2", "font_color": "#B3261E"})
        sheet = book.add_worksheet(Text("未采用", "not taken").get())
        heads = [Text("行", "row").get(), Text("原因", "reason").get(), Text("类", "class").get(), *names]
        sheet.write_row(0, 0, heads, bold)
        for i, ((class_name, row, object_id), faults) in enumerate(rows.items(), start=1):
            reasons = [
                (
                    f"{fault['field']}："
                    if fault["field"] and language == "zh"
                    else f"{fault['field']}: "
                    if fault["field"]
                    else ""
                )
                + fault["reason"][language]
                for fault in faults
            ]
            sheet.write(i, 0, row if row is not None else object_id)
            sheet.write(i, 1, "\n".join(reasons))
            sheet.write(i, 2, class_name)
            marked = {fault["field"] for fault in faults}
            for j, name in enumerate(names, start=3):
                value = faults[0]["cells"].get(name)
                if name in marked:
                    sheet.write(i, j, value if value is not None else "", faulty)
                elif value is not None:
                    sheet.write(i, j, value)
        sheet.freeze_panes(1, 2)
        sheet.autofit()
        sheet.set_column(1, 1, 50)
    return stream.getvalue()
