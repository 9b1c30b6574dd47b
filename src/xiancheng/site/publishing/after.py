"""What follows a publication: map tiles, and the figures of whatever else is not computed yet."""

from __future__ import annotations

from xiancheng.site.assessments.work import on_published as compute_figures
from xiancheng.site.publishing.hooks import Published, on_published
from xiancheng.site.tiles.work import ask_for_tiles


@on_published
def make_tiles(published: Published) -> None:
    """Ask for the map tiles of the snapshot."""
    ask_for_tiles([published.as_of])


@on_published
def assess(published: Published) -> None:
    """Ask for the figures."""
    compute_figures(published.as_of, published.user_id)
