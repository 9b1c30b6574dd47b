"""Accounts as a workbook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone

from xiancheng.foundation.text import Text
from xiancheng.site.county import county, folder
from xiancheng.site.policy.roles import load_roles

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    (Text("账号", "account"), 18),
    (Text("姓名", "name"), 18),
    (Text("电话", "telephone"), 16),
    (Text("角色", "roles"), 44),
    (Text("启用", "active"), 8),
    (Text("上次登录", "last login"), 20),
    (Text("建立", "made"), 20),
)


def accounts_workbook(rows: Iterable[dict[str, Any]]) -> HttpResponse:
    """Return a workbook of `rows`, as :func:`accounts_api.account_rows` gives them, in the asker's language."""
    titles = {name: role.title.get() for name, role in load_roles(folder()).items()}

    def role(held: dict[str, Any]) -> str:
        title = titles.get(held["role"], held["role"])
        return title if held["unit"] is None else f"{title}（{Text.of(held['unit']['name']).get()}）"

    return workbook(
        "accounts.xlsx",
        Text("账号", "accounts"),
        COLUMNS,
        (
            (
                row["username"],
                row["full_name"],
                row["phone"],
                "、".join(role(held) for held in row["roles"]),
                Text("是", "yes").get() if row["active"] else Text("否", "no").get(),
                local_time(row["last_login"]),
                local_time(row["created_at"]),
            )
            for row in rows
        ),
    )


def workbook(
    name: str, title: Text, columns: Iterable[tuple[Text, int]], rows: Iterable[tuple[object, ...]]
) -> HttpResponse:
    """Return a workbook of one sheet: whose county it is, a heading row, and the rows as they are made."""
    buffer = BytesIO()
    # What a person typed is text, never a formula or a link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(title.get())
        home = county()
        label = Text("（合成数据）", " (synthetic data)").get() if home.synthetic else ""
        made = local_time(timezone.now())
        for i, (_, width) in enumerate(columns := list(columns)):
            sheet.set_column(i, i, width)
        sheet.freeze_panes(2, 0)
        sheet.write_string(0, 0, f"{home.name.get()}{label} · {title.get()} · {made}", bold)
        for i, (heading, _) in enumerate(columns):
            sheet.write_string(1, i, heading.get(), bold)
        for number, row in enumerate(rows, start=2):
            for i, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(number, i, value)
                else:
                    sheet.write_string(number, i, str(value or ""))
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def local_time(at: datetime | None) -> str:
    """Return a moment as people here read it; empty for none."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S") if at is not None else ""
