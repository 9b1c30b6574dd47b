"""Commands on the city model: init, classes, publish, quality, export, history, changes, undo."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from rich.table import Table

from xiancheng.city import quality as city_quality
from xiancheng.city.backends import has_model
from xiancheng.city.classes import CIM_CLASSES, FeatureClass
from xiancheng.city.county import CONFIG, County, check_projected, suggest_crs
from xiancheng.city.publish import feature_tables, open_snapshot, publish, published
from xiancheng.city.snapshot import CountyInfo
from xiancheng.city.store import Store
from xiancheng.city.writers import write
from xiancheng.cli import import_command  # noqa: F401 - registers the import command in the order of work
from xiancheng.cli.app import DATE, JSON, Context, pass_context, print_json, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.pairs import lon_lat
from xiancheng.cli.progress import Bars
from xiancheng.cli.snapshots import open_store, today
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.loader import load_programme

AS_OF = Text("日期（默认今天）", "date (default: today)")


@command(
    root,
    "init",
    Text("建立县域目录", "create a county directory"),
    "xiancheng -C tumed init --name 土默特右旗 --name-en 'Tumed Right Banner' --code 150221 --crs EPSG:4546",
    "xiancheng -C laspalmas init --name 'Las Palmas' --code ES705 --at -15.42,28.12 --no-programme",
)
@option("--name", text=Text("县（旗、区）名称（默认目录名）", "name of the county (default: the directory's)"))
@option("--name-en", text=Text("英文名称", "name in English"))
@option(
    "--code",
    default="000000",
    show_default=True,
    text=Text("行政区划代码（GB/T 2260 六位）", "code (GB/T 2260, six digits)"),
)
@option(
    "--crs",
    text=Text(
        "投影坐标系，如 EPSG:4546；默认按首次导入的位置选择",
        "projected CRS such as EPSG:4546; by default chosen at the first import",
    ),
)
@option("--at", metavar="LON,LAT", text=Text("按此处经纬度选择坐标系", "choose the CRS for this place"))
@option(
    "--programme",
    "programmes",
    multiple=True,
    default=("baotou-2023",),
    show_default=True,
    text=Text("方案名称或文件，可多次", "programme name or file, may be repeated"),
)
@option("--no-programme", is_flag=True, text=Text("不带方案", "without a programme"))
@pass_context
def init(
    context: Context,
    *,
    name: str | None,
    name_en: str | None,
    code: str,
    crs: str | None,
    at: str | None,
    programmes: tuple[str, ...],
    no_programme: bool,
) -> None:
    """Create the directory with its county.toml and an empty city model."""
    if (context.folder / CONFIG).exists():
        raise XianchengError(
            Text(f"{context.folder} 已经是县域目录", f"{context.folder} is a county directory already"),
            Text(f"要修改设置，编辑 {context.folder / CONFIG}", f"to change settings, edit {context.folder / CONFIG}"),
        )
    if crs is not None:
        chosen = check_projected(crs)
    elif at is not None:
        chosen = suggest_crs(*lon_lat(at))
    else:
        chosen = "auto"
    names = () if no_programme else programmes
    for programme in names:
        load_programme(programme, county_folder=context.folder)
    name = name or context.folder.resolve().name
    County(context.folder, Text(name, name_en or name), code, chosen, names).save()
    Store.create(context.county.model_place, context.catalogue).close()
    context.out.print(
        Text(
            f"已建立 {context.folder}（{name}，{code}，坐标系 {chosen}）",
            f"created {context.folder} ({name_en or name}, {code}, CRS {chosen})",
        ).get(),
        markup=False,
    )


@command(
    root,
    "classes",
    Text("列出要素类，或一类的属性", "list the feature classes, or the attributes of one"),
    "xiancheng classes",
    "xiancheng classes elderly_care",
    "xiancheng -C tumed classes --json",
)
@click.argument("name", required=False)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def classes(context: Context, *, name: str | None, as_json: bool) -> None:
    """List classes with what the county holds of each."""
    catalogue = context.catalogue
    counts: dict[str, int] = {}
    if (context.folder / CONFIG).exists() and has_model(context.county.model_place):
        with open_store(context, read_only=True) as store:
            counts = store.classes_present()
    chosen = [catalogue[name]] if name else list(catalogue)
    if as_json:
        print_json([_class_dict(c, counts.get(c.name, 0)) for c in chosen])
        return
    if name:
        _print_class(context, chosen[0])
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(Text("类", "class").get(), style="bold")
    table.add_column(Text("名称", "title").get())
    table.add_column(Text("CIM 数据类", "CIM class").get())
    table.add_column(Text("几何", "geometry").get())
    table.add_column(Text("要素数", "features").get(), justify="right")
    for c in chosen:
        number = str(counts[c.name]) if counts.get(c.name) else "–"
        table.add_row(c.name, c.title.get(), CIM_CLASSES[c.cim_class].get(), c.geometry, number)
    context.out.print(table)


def _class_dict(c: FeatureClass, count: int) -> dict[str, object]:
    return {
        "name": c.name,
        "title": c.title.as_dict(),
        "cim_class": c.cim_class,
        "geometry": c.geometry,
        "features": count,
        "attributes": [
            {
                "name": a.name,
                "title": a.title.as_dict(),
                "type": a.type,
                "unit": a.unit,
                "required": a.required,
                "min": a.minimum,
                "max": a.maximum,
                "codes": a.codes,
                "aliases": list(a.aliases),
            }
            for a in c.attributes
        ],
    }


def _print_class(context: Context, c: FeatureClass) -> None:
    context.out.print(f"{c.name}  {c.title.get()}  {CIM_CLASSES[c.cim_class].get()}  {c.geometry}", markup=False)
    table = Table(box=None, pad_edge=False)
    for title in (
        Text("属性", "attribute"),
        Text("名称", "title"),
        Text("类型", "type"),
        Text("单位", "unit"),
        Text("必填", "required"),
        Text("代码", "codes"),
    ):
        table.add_column(title.get())
    for a in c.attributes:
        codes = "、".join(f"{k} {v.get()}" for k, v in context.catalogue.codes[a.codes].items()) if a.codes else ""
        table.add_row(a.name, a.title.get(), a.type, a.unit or "", "●" if a.required else "", codes)
    context.out.print(table)


@command(
    root,
    "publish",
    Text("发布某日的快照（GeoParquet），供指标读取", "publish a snapshot (GeoParquet) as of a date for the measures"),
    "xiancheng -C tumed publish",
    "xiancheng -C tumed publish --as-of 2025-12-31",
)
@option("--as-of", type=DATE, text=AS_OF)
@option("--list", "list_only", is_flag=True, text=Text("只列出已发布的快照", "only list what is published"))
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def publish_command(context: Context, *, as_of: date | None, list_only: bool, as_json: bool) -> None:
    """Publish, then say what the snapshot holds."""
    dates = sorted(published(context.county))
    if not list_only:
        with open_store(context, read_only=True) as store, Bars(context.err) as progress:
            publish(store, context.county, context.catalogue, as_of or today(), progress=progress)
        dates = [as_of or today()]
    rows = []
    for day in dates:
        snapshot = open_snapshot(context.county, context.catalogue, day)
        entries = snapshot.manifest["classes"]
        rows.append(
            {
                "as_of": day.isoformat(),
                "hash": snapshot.hash,
                "folder": str(context.county.snapshots_folder / day.isoformat()),
                "classes": {k: v["rows"] for k, v in entries.items()},
                "population": snapshot.manifest["population"],
            }
        )
    if as_json:
        print_json(rows)
        return
    if not rows:
        context.out.print(Text("还没有发布过快照", "no snapshot published yet").get())
    for row in rows:
        total = sum(row["classes"].values())
        population = row["population"]
        context.out.print(
            Text(
                f"{row['as_of']}  {row['hash'][:12]}  {len(row['classes'])} 类 {total} 个要素  "
                f"人口 {population.get('distributed', 0):,.0f}（{population['method']}）",
                f"{row['as_of']}  {row['hash'][:12]}  {len(row['classes'])} classes, {total} features, "
                f"{population.get('distributed', 0):,.0f} residents ({population['method']})",
            ).get(),
            markup=False,
        )


@command(
    root,
    "quality",
    Text(
        "检查数据质量：重复、无效几何、缺层数、断头路、落在县外的点等",
        "check the data: duplicates, invalid geometry, …",
    ),
    "xiancheng -C tumed quality",
    "xiancheng -C tumed quality --class building --class road",
    "xiancheng -C tumed quality --xlsx findings.xlsx",
)
@option("--as-of", type=DATE, text=AS_OF)
@option("--class", "class_names", multiple=True, text=Text("只查这些类", "only these classes"))
@option("--json", "as_json", is_flag=True, text=JSON)
@option("--xlsx", type=click.Path(path_type=Path, dir_okay=False), text=Text("写入 Excel", "write to an Excel file"))
@pass_context
def quality_command(
    context: Context, *, as_of: date | None, class_names: tuple[str, ...], as_json: bool, xlsx: Path | None
) -> None:
    """Run every check on the model as of a date."""
    for name in class_names:
        _ = context.catalogue[name]
    with open_store(context, read_only=True) as store:
        tables = feature_tables(store, context.county, context.catalogue, as_of or today())
    report = city_quality.check(tables, county=context.county, catalogue=context.catalogue)
    if class_names:
        report = report.only(class_names)
    if xlsx:
        city_quality.write_xlsx(report, xlsx, None)
        context.note(Text(f"已写入 {xlsx}", f"wrote {xlsx}"))
    if as_json:
        print_json(report.as_dict())
    elif not xlsx:
        city_quality.render(report, context.out, None)


@command(
    root,
    "export",
    Text("导出为 GeoPackage、GeoJSON、GeoParquet、CityJSON、Excel", "export to GeoPackage, GeoJSON, GeoParquet, …"),
    "xiancheng -C tumed export parks.geojson --class park",
    "xiancheng -C tumed export model.gpkg --as-of 2025-12-31",
    "xiancheng -C tumed export buildings.city.json --class building",
)
@click.argument("path", type=click.Path(path_type=Path))
@option(
    "--class", "class_names", multiple=True, text=Text("只导出这些类（默认全部）", "only these classes (default: all)")
)
@option("--as-of", type=DATE, text=AS_OF)
@option("--format", "format_name", text=Text("格式（默认按文件名）", "format (default: by the file's name)"))
@pass_context
def export(
    context: Context, *, path: Path, class_names: tuple[str, ...], as_of: date | None, format_name: str | None
) -> None:
    """Write features as of a date in another format."""
    for name in class_names:
        _ = context.catalogue[name]
    county = context.county
    with open_store(context, read_only=True) as store:
        tables = feature_tables(store, county, context.catalogue, as_of or today())
    chosen = {k: v for k, v in tables.items() if len(v) and (not class_names or k in class_names)}
    if not chosen:
        raise XianchengError(
            Text("没有可导出的要素", "there is nothing to export"),
            Text("用 xiancheng classes 查看有哪些要素", "see what there is with xiancheng classes"),
        )
    info = CountyInfo(county.name, county.code, county.crs, county.synthetic)
    written = write(chosen, path, county=info, catalogue=context.catalogue, format_name=format_name)
    total = sum(len(chosen[name]) for name in written)
    context.note(
        Text(
            f"已写入 {path}：{len(written)} 类 {total} 个要素",
            f"wrote {path}: {len(written)} classes, {total} features",
        )
    )
    left = [name for name in chosen if name not in written]
    if left:
        context.warn(
            Text(
                f"此格式装不下，未导出：{'、'.join(left)}", f"the format cannot hold these, left out: {', '.join(left)}"
            )
        )


@command(
    root,
    "history",
    Text(
        "一个要素的全部记录：何时有效、何时记录、来源、原因", "every record of one feature: validity, recording, reason"
    ),
    "xiancheng -C tumed history park w10234",
)
@click.argument("class_name")
@click.argument("object_id")
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def history(context: Context, *, class_name: str, object_id: str, as_json: bool) -> None:
    """Show both time axes of a feature."""
    _ = context.catalogue[class_name]
    with open_store(context, read_only=True) as store:
        versions = store.history(class_name, object_id)
    if not versions:
        raise XianchengError(
            Text(f"{class_name} 中没有 {object_id}", f"there is no {object_id} in {class_name}"),
        )
    rows = [v.as_dict() for v in versions]
    if as_json:
        print_json(rows, default=str)
        return
    table = Table(box=None, pad_edge=False)
    keys = ("valid_from", "valid_to", "recorded_from", "recorded_to", "source", "reason")
    for key in keys:
        table.add_column(key)
    table.add_column(Text("属性", "attributes").get())
    for row in rows:
        known = ", ".join(f"{k}={v}" for k, v in row["attributes"].items() if v is not None)
        table.add_row(*(str(row[k] or "") for k in keys), known)
    context.out.print(table)


@command(
    root,
    "changes",
    Text("列出对模型的每次改动", "list every change set of the model"),
    "xiancheng -C tumed changes",
)
@option("--json", "as_json", is_flag=True, text=JSON)
@pass_context
def changes(context: Context, *, as_json: bool) -> None:
    """List the change sets, newest last."""
    with open_store(context, read_only=True) as store:
        rows = [c.as_dict() for c in store.changes()]
    if as_json:
        print_json(rows, default=str)
        return
    if not rows:
        context.out.print(Text("模型还没有改动", "the model has no changes yet").get())
        return
    table = Table(box=None, pad_edge=False)
    for key in ("id", "recorded_at", "kind", "source", "reason"):
        table.add_column(key)
    for row in rows:
        table.add_row(*(str(row[key] or "") for key in ("id", "recorded_at", "kind", "source", "reason")))
    context.out.print(table)


@command(
    root,
    "undo",
    Text("撤销一次改动（记录保留，可再撤销）", "undo a change set (nothing is deleted; an undo can be undone)"),
    "xiancheng -C tumed changes",
    "xiancheng -C tumed undo 3 --reason '导错了文件'",
)
@click.argument("change_id", type=int)
@option("--reason", required=True, text=Text("原因", "reason"))
@pass_context
def undo(context: Context, *, change_id: int, reason: str) -> None:
    """Record again what was believed before the change set."""
    with open_store(context) as store:
        change = store.undo(change_id, reason=reason)
    context.out.print(
        Text(
            f"已撤销第 {change_id} 次改动（记为第 {change.id} 次）", f"undid change {change_id} (as change {change.id})"
        ).get()
    )
