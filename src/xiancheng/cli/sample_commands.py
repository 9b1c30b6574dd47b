"""The sample county and the demonstration."""

from __future__ import annotations

import shutil
import webbrowser
from pathlib import Path

import click

from xiancheng.city.county import CONFIG, County
from xiancheng.cli.app import Context, pass_context, root
from xiancheng.cli.assess_commands import write_html
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.demo_accounts import add_demo_accounts, open_when_up, prepare_pages, shown_host, tell_accounts
from xiancheng.cli.progress import Bars
from xiancheng.cli.site_commands import PORT
from xiancheng.cli.snapshots import all_snapshots, today
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text
from xiancheng.programme.assess import assess
from xiancheng.programme.loader import load_programme
from xiancheng.programme.report import terminal, xlsx
from xiancheng.sample import import_sources, write_sources

PEOPLE = Text("县城人口", "people in the county seat")
SEED = Text("随机种子：同种子同字节", "seed: the same seed gives the same bytes")


@command(
    root,
    "sample",
    Text(
        "生成样例县：写出原始文件，再照常导入", "make the sample county: write source files, then import them as usual"
    ),
    "xiancheng sample sample-county --people 100000 --seed 1",
    "xiancheng sample sample-county --people 5000 --sources-only",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@option("--people", type=click.IntRange(1000, 2_000_000), default=100_000, show_default=True, text=PEOPLE)
@option("--seed", type=click.IntRange(0), default=1, show_default=True, text=SEED)
@option("--sources-only", is_flag=True, text=Text("只写原始文件，不导入", "write the source files only"))
@pass_context
def sample(context: Context, *, folder: Path, people: int, seed: int, sources_only: bool) -> None:
    """Write sources to FOLDER/sources and the county to FOLDER."""
    make_sample(context, folder, people=people, seed=seed, sources_only=sources_only)
    context.out.print(
        Text(f"样例县在 {folder}（合成数据）", f"the sample county is in {folder} (synthetic data)").get()
    )


def make_sample(context: Context, folder: Path, *, people: int, seed: int, sources_only: bool = False) -> None:
    """Write the sample's source files and import them.

    Raises
    ------
    XianchengError
        If `folder` holds a county that is not synthetic: a real county is never overwritten.
    """
    if (folder / CONFIG).exists():
        if not County.load(folder).synthetic:
            raise XianchengError(
                Text(
                    f"{folder} 是真实的县域目录，不覆盖", f"{folder} is a real county directory and is not overwritten"
                ),
                Text("换一个目录", "choose another directory"),
            )
        shutil.rmtree(folder)
    with Bars(context.err) as progress:
        write_sources(folder / "sources", people=people, seed=seed, progress=progress)
        if not sources_only:
            import_sources(folder / "sources", folder, progress=progress)


@command(
    root,
    "demo",
    Text("演示：生成样例县，评估方案，打开网站", "demonstration: make the sample county, assess it, serve its site"),
    "xiancheng demo",
    "xiancheng demo --folder demo-county --people 20000 --port 8020",
    "xiancheng demo --no-serve --no-open",
)
@option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-county"),
    show_default=True,
    text=Text("目录", "directory"),
)
@option("--people", type=click.IntRange(1000, 2_000_000), default=100_000, show_default=True, text=PEOPLE)
@option("--seed", type=click.IntRange(0), default=1, show_default=True, text=SEED)
@option("--open/--no-open", "open_browser", default=True, text=Text("打开浏览器", "open a browser"))
@option("--serve/--no-serve", "serving", default=True, text=Text("最后提供网站", "serve the site at the end"))
@option("--host", default="127.0.0.1", show_default=True, text=Text("监听地址", "address to listen on"))
@option("--port", type=click.IntRange(1, 65534), default=PORT, show_default=True, text=Text("端口", "port"))
@pass_context
def demo(
    context: Context,
    *,
    folder: Path,
    people: int,
    seed: int,
    open_browser: bool,
    serving: bool,
    host: str,
    port: int,
) -> None:
    """Run the main job from nothing to a running site."""
    make_sample(context, folder, people=people, seed=seed)
    inner = Context(folder, context.quiet)
    snapshots = all_snapshots(inner)
    programme = load_programme(inner.county.programmes[0], county_folder=folder)
    with Bars(context.err) as progress:
        result = assess(snapshots, programme, as_of=None, today=today(), clause=None, progress=progress)
    report, workbook = folder / "report.html", folder / "report.xlsx"
    write_html(result, snapshots, report, None)
    xlsx.write(result, workbook, language=None)
    terminal.render(result, context.out, language=None, clause=None)
    for text in (
        Text(f"县域目录  {folder}（合成数据）", f"county     {folder} (synthetic data)"),
        Text(f"城市模型  {folder / 'city.gpkg'}（QGIS 可打开）", f"city model {folder / 'city.gpkg'} (opens in QGIS)"),
        Text(f"报告      {report}", f"report     {report}"),
        Text(f"Excel     {workbook}", f"Excel      {workbook}"),
    ):
        context.out.print(text.get(), markup=False)
    if not serving:
        if open_browser:
            webbrowser.open(report.resolve().as_uri())
        return
    add_demo_accounts(folder)
    prepare_pages(inner)
    tell_accounts(inner, host, port)
    from xiancheng.site.serving import serve  # noqa: PLC0415 - Django is not loaded for other commands

    if open_browser:
        open_when_up(f"http://{shown_host(host)}:{port}/")
    serve(folder, host, port)
