"""Reading uploaded files: whatever is in them, the answer is layers or an explanation."""

from __future__ import annotations

import glob
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from xiancheng.city.classes import Catalogue
from xiancheng.city.layer import SourceLayer
from xiancheng.city.readers.registry import ReadOptions, format_of, read
from xiancheng.foundation.errors import SourceError, XianchengError
from xiancheng.foundation.text import Text
from xiancheng.site.imports.choices import Choices
from xiancheng.site.imports.wording import in_page_words
from xiancheng.site.problems import InvalidError

Result = TypeVar("Result")
logger = logging.getLogger(__name__)
_lock = threading.Lock()
_kept: dict[tuple[object, ...], list[SourceLayer]] = {}
MOST_KEPT_BYTES = 20 * 1024**2
MEGABYTE = 1024**2
MOST_READ = {"csv": 50, "xlsx": 30, "geojson": 100, "cityjson": 100, "osm": 100, "ifc": 200}
"""Megabytes that are read while a person waits, by format: some 1.5 million rows of text, or 2 GB of memory."""

MOST_READ_OTHERS = 300


def understood(path: Path, work: Callable[[], Result]) -> Result:
    """Do work on a file that anybody may have made.

    Raises
    ------
    XianchengError
        What the readers say; whatever else a parser stumbles over is logged and told as a damaged file.
    """
    try:
        return work()
    except XianchengError as error:
        error.message = in_page_words(error.message)
        error.hint = in_page_words(error.hint) if error.hint is not None else None
        raise
    except Exception as error:
        logger.warning("%s cannot be read", path.name, exc_info=True)
        raise SourceError(
            path,
            Text("读不了这个文件", "the file cannot be read"),
            hint=Text("它可能损坏；重新导出后再试", "it may be damaged; export it again"),
        ) from error


def require_readable_size(path: Path) -> None:
    """Refuse a file that would keep a process of the web server busy for minutes.

    Raises
    ------
    InvalidError
        Says how large it may be, and how larger ones are imported.
    """
    most = MOST_READ.get(format_of(path), MOST_READ_OTHERS)
    size = sum(p.stat().st_size for p in path.parent.glob(f"{glob.escape(path.stem)}.*")) if path.is_file() else 0
    if size > most * MEGABYTE:
        raise InvalidError(
            Text(f"{path.name} 有 {size // MEGABYTE} MB，网页上最多导入 {most} MB",
                 f"{path.name} has {size // MEGABYTE} MB; up to {most} MB can be imported on the page"),
            Text("分成几个文件，或在服务器上用命令 xiancheng import 导入",
                 "split it, or import it on the server: xiancheng import"),
        )  # fmt: skip


def layers_of(path: Path, choices: Choices, catalogue: Catalogue) -> list[SourceLayer]:
    """Return the layers of a file; those of the last file stay at hand for the next question about it.

    Raises
    ------
    XianchengError
        If the file cannot be read.
    """
    require_readable_size(path)
    asked = (choices.layer, choices.encoding, choices.header_row, choices.x, choices.y)
    key = (path, path.stat().st_mtime_ns, asked)
    with _lock:
        if key in _kept:
            return _kept[key]

    def work() -> list[SourceLayer]:
        return list(read(path, ReadOptions(catalogue, None, *asked)))

    found = understood(path, work)
    with _lock:
        _kept.clear()
        if path.is_file() and path.stat().st_size <= MOST_KEPT_BYTES:
            _kept[key] = found
    return found
