"""The command that copies the city model into another database."""

from __future__ import annotations

from pathlib import Path

from xiancheng.city.backends import is_address, open_backend
from xiancheng.cli.app import Context, pass_context, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.progress import Bars
from xiancheng.cli.snapshots import open_store
from xiancheng.foundation.text import Text


@command(
    root,
    "copy-model",
    Text("把城市模型连同全部历史复制到另一个库或文件", "copy the city model with all history to a database or a file"),
    "xiancheng -C tumed copy-model --to postgresql://xiancheng@localhost/tumed",
    "xiancheng -C tumed copy-model --to tumed-2025.gpkg",
)
@option(
    "--to",
    "place",
    required=True,
    metavar="PLACE",
    text=Text("PostgreSQL 地址或新的 .gpkg 文件", "address in PostgreSQL, or a new .gpkg file"),
)
@pass_context
def copy_model(context: Context, *, place: str) -> None:
    """Copy every record and change set with its numbers and times; the county goes on using the model it has."""
    target = place if is_address(place) else Path(place)
    with open_store(context, read_only=True) as store, Bars(context.err) as progress:
        store.copy_to(target, progress=progress)
        counts = len(store.changes())
        shown = open_backend(target, read_only=True)
        shown.close()
    context.note(
        Text(
            f"已复制到 {shown.place}：{counts} 次变更的全部记录",
            f"copied to {shown.place}: every record of {counts} change sets",
        )
    )
    if is_address(place):
        context.note(
            Text(
                '要改用它，在 county.toml 的 [site] 里写 database = "…"（此地址）',
                'to use it, write database = "…" (this address) under [site] of county.toml',
            )
        )
