"""Commands on the catalogues of categories: list, find, import, translate."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from xiancheng.cli.app import DATE, JSON, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import Group, command, option
from xiancheng.foundation.text import Text
from xiancheng.operations.categories.crosswalk import load_crosswalk
from xiancheng.operations.categories.importing import import_categories
from xiancheng.operations.categories.loading import FOLDER, load_schemes, save_own, scheme_named
from xiancheng.operations.categories.model import Category
from xiancheng.operations.terms import CategoryKey

SCHEME = Text("编码方案", "scheme")
KIND = Text("种类：component、matter、service", "kind: component, matter, service")
ON = Text("哪天有效（默认最新）", "valid on this day (default: the latest)")
_SHOWN = 20


@root.group(
    "category",
    cls=Group,
    text=Text("部件和事项的类别目录", "catalogues of categories of components and matters"),
    examples=(
        "xiancheng category list",
        "xiancheng category find 井盖",
        "xiancheng -C tumed category import 类别.csv --scheme gbt47678.5-2026 --complete",
    ),
)
def category_group() -> None:
    """Group the commands on catalogues."""


@command(
    category_group,
    "list",
    Text("列出编码方案，或一个方案的类别", "list the schemes, or the categories of one"),
    "xiancheng category list",
    "xiancheng category list --scheme gbt47678.5-2026 --kind matter",
)
@option("--scheme", "scheme_name", text=SCHEME)
@option("--kind", text=KIND)
@option("--on", type=DATE, text=ON)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def list_command(
    context: Context, *, scheme_name: str | None, kind: str | None, on: date | None, as_json: bool
) -> None:
    """List schemes or categories."""
    schemes = load_schemes(context.folder)
    if scheme_name is not None:
        scheme = scheme_named(schemes, scheme_name)
        if kind is not None:
            scheme.kind(kind)
        _show(context, list(scheme.categories(kind, on)), as_json)
        return
    entries = [
        {
            "name": s.name,
            "title": s.title.as_dict(),
            "valid_from": s.valid_from.isoformat(),
            "valid_to": s.valid_to.isoformat() if s.valid_to else None,
            "complete": s.complete,
            "categories": sum(1 for _ in s.categories()),
        }
        for s in schemes.values()
    ]
    if as_json:
        print_json(entries)
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "valid_from", "valid_to", "complete", "categories", "title"):
        table.add_column(title)
    for s, e in zip(schemes.values(), entries, strict=True):
        table.add_row(
            s.name, str(e["valid_from"]), str(e["valid_to"] or ""), "✓" if s.complete else "", str(e["categories"]),
            s.title.get(),
        )  # fmt: skip
    context.out.print(table)


@command(
    category_group,
    "find",
    Text("按代码或名称查找类别", "find categories by code or title"),
    "xiancheng category find 井盖",
    "xiancheng category find 0110 --scheme city-30428",
)
@click.argument("text")
@option("--scheme", "scheme_name", text=SCHEME)
@option("--kind", text=KIND)
@option("--on", type=DATE, text=ON)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def find_command(
    context: Context, *, text: str, scheme_name: str | None, kind: str | None, on: date | None, as_json: bool
) -> None:
    """Find what a text may mean, in one scheme or all."""
    schemes = load_schemes(context.folder)
    chosen = [scheme_named(schemes, scheme_name)] if scheme_name else list(schemes.values())
    _show(context, [c for s in chosen for c in s.find(text, kind=kind, on=on, most=_SHOWN)], as_json)


@command(
    category_group,
    "import",
    Text(
        "从表格导入一个方案的完整目录或本地小类", "import the full list of a scheme, or local subclasses, from a table"
    ),
    "xiancheng -C tumed category import 类别.csv --scheme gbt47678.5-2026 --complete --dry-run",
    "xiancheng -C tumed category import 本地小类.xlsx --scheme city-30428 --kind matter --valid-from 2026-07-01",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@option("--scheme", "scheme_name", required=True, text=SCHEME)
@option("--kind", text=KIND)
@option(
    "--valid-from",
    type=DATE,
    text=Text("自哪天起（默认更正原有目录）", "since when (default: it corrects what is there)"),
)
@option("--complete", is_flag=True, text=Text("表格列出了全部小类", "the table lists every subclass"))
@option("--dry-run", is_flag=True, text=Text("只看结果，不保存", "show what would happen, save nothing"))
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def import_command(
    context: Context,
    *,
    path: Path,
    scheme_name: str,
    kind: str | None,
    valid_from: date | None,
    complete: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read the table and save the county's list."""
    folder = context.county.folder
    scheme = scheme_named(load_schemes(folder), scheme_name)
    if kind is not None:
        scheme.kind(kind)
    result = import_categories(path, scheme, valid_from=valid_from, complete=complete, kind=kind)
    target = folder / FOLDER / f"{scheme.name}.csv"
    if not dry_run:
        save_own(target, result.entries, complete=complete or scheme.complete)
    if as_json:
        counts = {
            "added": len(result.added),
            "renamed": len(result.renamed),
            "closed": len(result.closed),
            "unchanged": result.unchanged,
        }
        faults = [
            {"sheet": f.sheet, "row": f.row, "column": f.column, "value": f.value, "reason": f.reason.as_dict(),
             "hint": f.hint.as_dict() if f.hint else None}
            for f in result.faults
        ]  # fmt: skip
        saved = None if dry_run else str(target)
        print_json(counts | {"faults": faults, "saved": saved})
        return
    context.out.print(
        Text(
            f"新增 {len(result.added)}，改名 {len(result.renamed)}，停用 {len(result.closed)}，"
            f"不变 {result.unchanged}，有误 {len(result.faults)} 行",
            f"{len(result.added)} added, {len(result.renamed)} renamed, {len(result.closed)} closed, "
            f"{result.unchanged} the same, {len(result.faults)} rows refused",
        ).get()
    )
    for before, after in result.renamed[:_SHOWN]:
        context.out.print(f"~ {after.key.code} {before.title.zh} → {after.title.zh}", markup=False)
    for f in result.faults[:_SHOWN]:
        hint = f"  → {f.hint.get()}" if f.hint else ""
        context.out.print(f"{f.sheet} {f.column}{f.row}: {f.reason.get()}{hint}", markup=False)
    context.note(
        Text("试运行：没有保存", "dry run: nothing saved") if dry_run else Text(f"已保存 {target}", f"saved {target}")
    )


@command(
    category_group,
    "translate",
    Text("按对照表换成另一方案的代码，并说明依据", "translate a code to another scheme by the crosswalk, and say why"),
    "xiancheng category translate 0110 --kind matter --from city-30428 --to gbt47678.5-2026",
)
@click.argument("code")
@option("--kind", default="matter", show_default=True, text=KIND)
@option("--from", "source", default="city-30428", show_default=True, text=SCHEME)
@option("--to", "target", default="gbt47678.5-2026", show_default=True, text=SCHEME)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def translate_command(context: Context, *, code: str, kind: str, source: str, target: str, as_json: bool) -> None:
    """Translate one code."""
    schemes = load_schemes(context.folder)
    crosswalk = load_crosswalk(scheme_named(schemes, source), scheme_named(schemes, target), context.folder)
    found = crosswalk.translate(CategoryKey(source, kind, code))
    if as_json:
        content = {
            "source": str(found.source),
            "targets": [str(t) for t in found.targets],
            "relation": found.relation,
            "reviewed": found.reviewed,
            "explanation": found.explanation.as_dict(),
            "suggestion": str(found.suggestion) if found.suggestion else None,
            "faults": [{"row": f.row, "message": f.message.as_dict(), "certain": f.certain} for f in crosswalk.check()],
        }
        print_json(content)
        return
    for key in found.targets:
        entry = crosswalk.target.get(key.kind, key.code)
        context.out.print(f"{key}  {entry.title.get() if entry else ''}  {found.relation}", markup=False)
    context.out.print(found.explanation.get(), markup=False)
    if found.suggestion is not None:
        entry = crosswalk.target.get(found.suggestion.kind, found.suggestion.code)
        title = entry.title if entry else Text("", "")
        context.out.print(
            Text(
                f"建议（同号）：{found.suggestion} {title.zh}",
                f"suggestion (same number): {found.suggestion} {title.en}",
            ).get(),
            markup=False,
        )


def _show(context: Context, categories: list[Category], as_json: bool) -> None:
    if as_json:
        print_json([_as_dict(c) for c in categories])
        return
    if not categories:
        context.out.print(Text("没有找到", "nothing found").get())
        return
    table = Table(box=None, pad_edge=False)
    for title in ("scheme", "kind", "code", "title"):
        table.add_column(title)
    for c in categories:
        table.add_row(c.key.scheme, c.key.kind, c.key.code, c.title.get())
    context.out.print(table)


def _as_dict(category: Category) -> dict[str, Any]:
    return {
        "scheme": category.key.scheme,
        "kind": category.key.kind,
        "code": category.key.code,
        "title": category.title.as_dict(),
        "valid_from": category.valid_from.isoformat(),
        "valid_to": category.valid_to.isoformat() if category.valid_to else None,
        "local": category.local,
    }
