"""The doctor: what is wrong with this installation or this county, and what to do."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import pyproj

from xiancheng.city.county import CONFIG
from xiancheng.city.publish import published
from xiancheng.cli.app import Context, pass_context, print_json, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.checks import Check
from xiancheng.cli.doctor_site import site_checks
from xiancheng.cli.snapshots import open_store, today
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.loader import load_programme

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}


@command(
    root,
    "doctor",
    Text("体检：安装和县域目录有没有问题", "check the installation and the county directory"),
    "xiancheng doctor",
    "xiancheng -C tumed doctor --json",
)
@option("--json", "as_json", is_flag=True, text=Text("输出 JSON", "print JSON"))
@pass_context
def doctor(context: Context, *, as_json: bool) -> None:
    """Exit with status 1 if anything is in error."""
    checks = [*_installation(), *_county(context)]
    if as_json:
        rows = [
            {"state": c.state, "what": c.what.as_dict(), "advice": c.advice.as_dict() if c.advice else None}
            for c in checks
        ]
        print_json(rows)
    else:
        for c in checks:
            mark, style = _MARKS[c.state]
            context.out.print(f"{mark} {c.what.get()}", style=style, markup=False)
            if c.advice is not None and c.state != "ok":
                context.out.print(f"  {c.advice.get()}", markup=False)
    if any(c.state == "error" for c in checks):
        sys.exit(1)


def _installation() -> Iterator[Check]:
    import pyogrio  # noqa: PLC0415 - it loads pandas where that is installed; no other command should wait for it

    python = ".".join(str(part) for part in sys.version_info[:3])
    yield Check(
        "ok" if sys.version_info >= (3, 11) else "error",
        Text(f"Python {python}", f"Python {python}"),
        Text("需要 Python 3.11 以上", "Python 3.11 or newer is needed"),
    )
    for name in ("numpy", "scipy", "shapely", "pyproj", "pyogrio", "pyarrow", "osmium"):
        try:
            yield Check("ok", Text(f"{name} {version(name)}", f"{name} {version(name)}"))
        except PackageNotFoundError:
            yield Check(
                "error",
                Text(f"缺少 {name}", f"{name} is missing"),
                Text("重新安装 xiancheng", "install xiancheng again"),
            )
    rtree = any("RTREE" in row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA compile_options"))
    yield Check(
        "ok" if rtree else "error",
        Text(f"SQLite {sqlite3.sqlite_version}，R 树", f"SQLite {sqlite3.sqlite_version}, R-tree"),
        Text(
            "此 Python 的 SQLite 没有 R 树，请换用发行版的 Python",
            "this Python's SQLite has no R-tree; use the distribution's Python",
        ),
    )
    drivers = pyogrio.list_drivers()
    missing = [d for d in ("GPKG", "ESRI Shapefile", "GeoJSON", "FlatGeobuf") if d not in drivers]
    yield Check(
        "error" if missing else "ok",
        Text(f"GDAL {pyogrio.__gdal_version_string__}", f"GDAL {pyogrio.__gdal_version_string__}"),
        Text("缺少驱动：" + "、".join(missing), "missing drivers: " + ", ".join(missing)),
    )
    yield Check("ok", Text(f"PROJ {pyproj.proj_version_str}", f"PROJ {pyproj.proj_version_str}"))
    for module, extra, zh, en in (
        ("numba", "fast", "路网计算用 scipy（较慢）", "networks use scipy (slower)"),
        ("ifcopenshell", "ifc", "不能读 IFC", "IFC cannot be read"),
    ):
        if find_spec(module) is None:
            yield Check(
                "warning",
                Text(f"没有 {module}：{zh}", f"no {module}: {en}"),
                Text(f"需要时安装 xiancheng[{extra}]", f"install xiancheng[{extra}] if you need it"),
            )
        else:
            yield Check("ok", Text(f"{module} {version(module)}", f"{module} {version(module)}"))


def _county(context: Context) -> Iterator[Check]:
    folder = context.folder
    if not (folder / CONFIG).exists():
        yield Check(
            "warning",
            Text(
                f"{folder} 不是县域目录，只查了安装",
                f"{folder} is no county directory; only the installation was checked",
            ),
        )
        return
    free = shutil.disk_usage(folder).free / 1e9
    yield Check(
        "ok" if free > 5 else "warning",
        Text(f"磁盘剩余 {free:.0f} GB", f"{free:.0f} GB of disk free"),
        Text("少于 5 GB，请清理", "less than 5 GB: make room"),
    )
    for check in (_settings, _model, _snapshots, site_checks):
        yield from _guarded(check, context)


def _guarded(check: Callable[[Context], Iterator[Check]], context: Context) -> Iterator[Check]:
    try:
        yield from check(context)
    except XianchengError as error:
        yield Check("error", error.message, error.hint)


def _settings(context: Context) -> Iterator[Check]:
    county = context.county
    yield Check(
        "ok",
        Text(f"{county.name.zh}（{county.code}，{county.crs}）", f"{county.name.en} ({county.code}, {county.crs})"),
    )
    yield Check(
        "ok", Text(f"{len(context.catalogue.classes)} 个要素类", f"{len(context.catalogue.classes)} feature classes")
    )
    for name in county.programmes:
        programme = load_programme(name, county_folder=county.folder)
        yield Check(
            "ok",
            Text(f"方案 {name}：{len(programme.clauses)} 条", f"programme {name}: {len(programme.clauses)} clauses"),
        )


def _model(context: Context) -> Iterator[Check]:
    with open_store(context, read_only=True) as store:
        problems = store.verify()
        counts = store.classes_present()
    for problem in problems:
        yield Check("error", problem, Text("从备份恢复城市模型", "restore the city model from a backup"))
    if not problems:
        total = sum(counts.values())
        yield Check(
            "ok",
            Text(
                f"城市模型完好：{len(counts)} 类 {total} 个要素",
                f"city model sound: {len(counts)} classes, {total} features",
            ),
        )


def _snapshots(context: Context) -> Iterator[Check]:
    dates = sorted(published(context.county))
    if not dates:
        yield Check("warning", Text("还没有快照", "no snapshot yet"), Text("xiancheng publish", "xiancheng publish"))
    for day in dates:
        folder = context.county.snapshots_folder / day.isoformat()
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        bad = [
            name
            for name, entry in manifest["classes"].items()
            if hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest() != entry["sha256"]
        ]
        if bad:
            yield Check(
                "error",
                Text(f"快照 {day} 被改动过：{'、'.join(bad)}", f"snapshot {day} was altered: {', '.join(bad)}"),
                Text(f"重新发布：xiancheng publish --as-of {day}", f"publish again: xiancheng publish --as-of {day}"),
            )
        else:
            yield Check("ok", Text(f"快照 {day} {manifest['hash'][:12]}", f"snapshot {day} {manifest['hash'][:12]}"))
    if dates and dates[-1] > today():
        yield Check("warning", Text(f"快照 {dates[-1]} 在将来", f"snapshot {dates[-1]} lies in the future"))
