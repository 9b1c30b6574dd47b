"""The import command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from xiancheng.city.importing import ImportOptions, ImportReport, import_file
from xiancheng.cli.app import DATE, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.pairs import pairs
from xiancheng.cli.progress import Bars
from xiancheng.cli.snapshots import open_store
from xiancheng.foundation.errors import ConfigError
from xiancheng.foundation.text import Text
from xiancheng.foundation.toml_file import read_toml

_KEYS = frozenset(
    [
        "class",
        "datum",
        "source",
        "valid_from",
        "id",
        "layer",
        "encoding",
        "format",
        "header_row",
        "x",
        "y",
        "partial",
        "reason",
        "columns",
        "classes",
    ]
)


@command(
    root,
    "import",
    Text(
        "导入文件（OSM、SHP、GeoPackage、GeoJSON、FlatGeobuf、CSV、Excel、CityJSON、IFC）",
        "import a file (OSM, SHP, GeoPackage, GeoJSON, FlatGeobuf, CSV, Excel, CityJSON, IFC)",
    ),
    "xiancheng -C tumed import tumed.osm.pbf",
    "xiancheng -C tumed import schools.xlsx --class school --datum GCJ02 --id 学校代码 --dry-run",
    "xiancheng -C tumed import parks.shp --class park --map name=GYMC --map kind=LB --valid-from 2025-06-30",
    "xiancheng -C tumed import beds.xlsx --mapping beds.toml --report rejected.xlsx",
)
@click.argument("path", type=click.Path(path_type=Path))
@option("--class", "class_name", text=Text("要素类（见 xiancheng classes）", "feature class (see xiancheng classes)"))
@option("--only", "only", multiple=True, text=Text("只导入这些类（OSM 等）", "only these classes (OSM and the like)"))
@option(
    "--datum",
    "--crs",
    "datum",
    text=Text(
        "坐标基准：CGCS2000、WGS84、GCJ02、BD09 或 EPSG:编号", "datum: CGCS2000, WGS84, GCJ02, BD09 or EPSG:code"
    ),
)
@option(
    "--source",
    text=Text("来源名称；同一来源再次导入即为更新", "name of the source; the same source again is an update"),
)
@option(
    "--valid-from",
    type=DATE,
    text=Text("数据所述日期（默认文件所载，否则今天）", "date the data describe (default: the file's own, else today)"),
)
@option(
    "--map", "maps", multiple=True, metavar="ATTRIBUTE=COLUMN", text=Text("属性取自哪一列", "column of an attribute")
)
@option(
    "--mapping", type=click.Path(path_type=Path, dir_okay=False), text=Text("映射文件（TOML）", "mapping file (TOML)")
)
@option(
    "--set",
    "constants",
    multiple=True,
    metavar="ATTRIBUTE=VALUE",
    text=Text("所有行的同一个值，如 level=county", "one value for all rows, such as level=county"),
)
@option("--id", "id_column", metavar="COLUMN", text=Text("唯一编号所在列", "column of the identifier"))
@option("--layer", text=Text("工作表、图层或表", "sheet, layer or table"))
@option("--encoding", text=Text("文字编码，如 GBK", "text encoding such as GBK"))
@option("--format", "format_name", text=Text("格式（默认按文件名）", "format (default: by the file's name)"))
@option("--header-row", type=click.IntRange(1), text=Text("表头所在行", "row of the header"))
@option("--x", "x", metavar="COLUMN", text=Text("经度（东）列", "column of longitude (east)"))
@option("--y", "y", metavar="COLUMN", text=Text("纬度（北）列", "column of latitude (north)"))
@option(
    "--partial",
    is_flag=True,
    text=Text("文件只是一部分：不关闭文件里没有的要素", "the file is a part: do not close what it lacks"),
)
@option("--dry-run", is_flag=True, text=Text("试运行，只报告", "report only, write nothing"))
@option("--reason", text=Text("原因（记入历史）", "reason (kept in the history)"))
@option("--json", "as_json", is_flag=True, text=Text("输出 JSON", "print JSON"))
@option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    text=Text("把报告写入 Excel", "write the report to Excel"),
)
@pass_context
def import_command(context: Context, /, *, path: Path, as_json: bool, report: Path | None, **given: Any) -> None:  # noqa: ANN401
    """Import one file in one transaction and report what happened."""
    options = import_options(context, given)
    with open_store(context) as store, Bars(context.err) as progress:
        result = import_file(store, context.county, context.catalogue, path, options.with_progress(progress))
    if report is not None:
        result.write_xlsx(report)
        context.note(Text(f"已写入 {report}", f"wrote {report}"))
    if as_json:
        print_json(result.as_dict())
    else:
        print_report(context, result)


def import_options(context: Context, given: dict[str, Any]) -> ImportOptions:
    """Build the options from a mapping file and the command line; the command line wins."""
    settings = _mapping_file(given["mapping"]) if given["mapping"] else {}
    columns = {str(column): attribute for attribute, column in settings.get("columns", {}).items()}
    mapped = pairs(given["maps"], Text("属性=列名", "ATTRIBUTE=COLUMN"), "--map beds=床位数")
    columns |= {column: attribute for attribute, column in mapped}
    constants = {**settings.get("set", {})}
    constants.update(pairs(given["constants"], Text("属性=值", "ATTRIBUTE=VALUE"), "--set level=county"))
    class_name = given["class_name"] or settings.get("class")
    if class_name is not None:
        feature_class = context.catalogue[class_name]
        for attribute in (*columns.values(), *constants):
            feature_class.attribute(attribute)
    only = frozenset(given["only"] or settings.get("classes", ()))
    for name in only:
        _ = context.catalogue[name]

    def pick(key: str, name: str | None = None) -> Any:  # noqa: ANN401 - TOML values
        return given[key] if given[key] is not None else settings.get(name or key)

    return ImportOptions(
        source=pick("source"),
        feature_class=class_name,
        classes=only or None,
        mapping=columns,
        constants=constants,
        datum=pick("datum"),
        valid_from=pick("valid_from"),
        format_name=pick("format_name", "format"),
        layer=pick("layer"),
        encoding=pick("encoding"),
        header_row=pick("header_row"),
        x=pick("x"),
        y=pick("y"),
        id_column=pick("id_column", "id"),
        reason=pick("reason"),
        dry_run=bool(given["dry_run"]),
        partial=bool(given["partial"] or settings.get("partial", False)),
    )


def _mapping_file(path: Path) -> dict[str, Any]:
    settings = read_toml(path)
    unknown = sorted(set(settings) - _KEYS)
    if unknown:
        raise ConfigError(
            Text(f"{path} 有不认识的键：{'、'.join(unknown)}", f"{path} has unknown keys: {', '.join(unknown)}"),
            Text("可用的键：" + "、".join(sorted(_KEYS)), "known keys: " + ", ".join(sorted(_KEYS))),
        )
    day = settings.get("valid_from")
    if day is not None and not isinstance(day, date):
        raise ConfigError(
            Text(f"{path}：valid_from 应为日期 2025-12-31", f"{path}: valid_from must be a date, 2025-12-31")
        )
    return settings


def print_report(context: Context, report: ImportReport) -> None:
    """Print what an import did: a line a class, then the first rejected rows."""
    title = Text("试运行（未写入）", "dry run (nothing written)") if report.dry_run else Text("导入", "imported")
    context.out.print(f"{title.get()} {report.path.name}  {report.source}  {report.valid_from}", markup=False)
    table = Table(box=None, pad_edge=False)
    table.add_column(Text("类", "class").get(), style="bold")
    heads = (
        ("read", Text("读取", "read")),
        ("added", Text("新增", "added")),
        ("changed", Text("变更", "changed")),
        ("unchanged", Text("不变", "unchanged")),
        ("closed", Text("关闭", "closed")),
        ("repaired", Text("修复", "repaired")),
        ("rejected", Text("拒绝", "rejected")),
    )
    for _, head in heads:
        table.add_column(head.get(), justify="right")
    for name, counts in sorted(report.classes.items()):
        table.add_row(name, *(str(getattr(counts, key)) for key, _ in heads))
    context.out.print(table)
    for note in report.notes:
        context.out.print("· " + note.get(), markup=False, style="dim")
    if report.change_id is not None:
        saved = context.folder / "imports" / f"{report.change_id}.json"
        text = Text(f"逐个要素的变化：{saved}", f"what changed, object by object: {saved}")
        context.out.print("· " + text.get(), markup=False, style="dim")
    shown = report.rejections[:20]
    if shown:
        context.out.print(Text("被拒绝的行和值：", "rejected rows and values:").get(), style="yellow")
    for class_name, rejection in shown:
        place = Text(f"第 {rejection.row} 行", f"row {rejection.row}").get() if rejection.row else rejection.object_id
        field = f" [{rejection.field}]" if rejection.field else ""
        value = f" = {rejection.value!r}" if rejection.value is not None else ""
        context.out.print(f"  {class_name} {place}{field}{value}: {rejection.reason.get()}", markup=False)
    if len(report.rejections) > len(shown):
        more = len(report.rejections) - len(shown)
        context.out.print(
            Text(
                f"  ……还有 {more} 条，用 --report 文件.xlsx 全部导出", f"  … {more} more; --report FILE.xlsx writes all"
            ).get()
        )
