"""Which snapshot a command reads, and publishing one where none fits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from xiancheng.city.backends import has_model
from xiancheng.city.publish import open_snapshot, publish, published
from xiancheng.city.snapshot import Snapshot
from xiancheng.city.store import Store
from xiancheng.city.store import open_store as open_model
from xiancheng.cli.app import Context
from xiancheng.cli.progress import Bars
from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text


def today() -> date:
    """Return today's date in China, where the counties are."""
    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()


def open_store(context: Context, *, read_only: bool = False) -> Store:
    """Open the county's city model.

    Raises
    ------
    XianchengError
        If there is none yet.
    """
    if read_only and not has_model(context.county.model_place):
        raise XianchengError(
            Text("城市模型还是空的", "the city model is still empty"),
            Text("先用 xiancheng import 导入数据", "import data first with xiancheng import"),
        )
    return open_model(context.county, context.catalogue, read_only=read_only, create=not read_only)


def publish_on(context: Context, on: date) -> None:
    """Publish the model as of `on` and say so."""
    with open_store(context, read_only=True) as store, Bars(context.err) as progress:
        folder = publish(store, context.county, context.catalogue, on, progress=progress)
    context.note(Text(f"已发布快照 {folder.name}", f"published snapshot {folder.name}"))


def refresh(context: Context, on: date) -> None:
    """Deal with a snapshot that is older than the model: publish today's again, warn of an earlier day's.

    Figures that were published for an earlier day change only when somebody publishes that day again.
    """
    snapshot = open_snapshot(context.county, context.catalogue, on)
    with open_store(context, read_only=True) as store:
        changes = store.changes()
    if not changes or changes[-1].id == snapshot.manifest["published_from"]["change"]:
        return
    if on == today():
        publish_on(context, on)
    else:
        context.warn(
            Text(
                f"{on} 的快照发布之后模型又有改动；要计入请运行 xiancheng publish --as-of {on}",
                f"the model has changed since the snapshot of {on} was published; to include the changes run "
                f"xiancheng publish --as-of {on}",
            )
        )


def snapshot_for(context: Context, as_of: date | None) -> Snapshot:
    """Return the snapshot of exactly `as_of`, publishing it if need be; the newest one for None."""
    dates = [d for d in published(context.county) if d <= (as_of or today())]
    if as_of is None and not dates:
        publish_on(context, today())
    elif as_of is not None and as_of not in dates:
        publish_on(context, as_of)
    else:
        refresh(context, as_of or max(dates))
    return open_snapshot(context.county, context.catalogue, as_of)


def all_snapshots(context: Context) -> list[Snapshot]:
    """Return every published snapshot, oldest first."""
    return [open_snapshot(context.county, context.catalogue, d) for d in sorted(published(context.county))]
