"""Making the tiles of published snapshots from the command line."""

from __future__ import annotations

from datetime import date

from xiancheng.city.publish import published
from xiancheng.cli.app import DATE, Context, pass_context, root
from xiancheng.cli.bilingual import command, option
from xiancheng.cli.progress import Bars
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


@command(
    root,
    "tiles",
    Text("制作已发布快照的瓦片", "make the tiles of published snapshots"),
    "xiancheng -C baotou-tumed tiles",
    "xiancheng -C baotou-tumed tiles --as-of 2025-12-31",
)
@option(
    "--as-of", type=DATE, default=None, text=Text("只做这一天的快照", "only those of the snapshot published for a day")
)
@pass_context
def tiles(context: Context, *, as_of: date | None) -> None:
    """Make vector tiles and 3D tiles; what is there already stays."""
    from xiancheng.site.tiles.making import make_tiles  # noqa: PLC0415 - Django is not loaded for other commands

    days = published(context.county) if as_of is None else [as_of]
    if not days:
        raise XianchengError(
            Text("还没有发布过快照", "no snapshot has been published"),
            Text("用 xiancheng publish 发布", "publish one with xiancheng publish"),
        )
    for day in days:
        with Bars(context.err) as progress:
            folder = make_tiles(context.county, context.catalogue, day, progress)
        context.out.print(f"{day}  {folder}", markup=False)
