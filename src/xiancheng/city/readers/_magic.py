"""What a file really is, by its first bytes: for the hint when its name says otherwise."""

from __future__ import annotations

from pathlib import Path

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

SQLITE = b"SQLite format 3\x00"
FLATGEOBUF = b"fgb"
SHAPEFILE = b"\x00\x00\x27\x0a"
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def head(path: Path, size: int = 4096) -> bytes:
    """Return the first bytes of a file.

    Raises
    ------
    SourceError
        If it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise SourceError(path, Text(f"打不开：{error.strerror}", f"cannot be opened: {error.strerror}")) from error


def likely_format(path: Path) -> str | None:
    """Return the name of the format that the first bytes show, None if they show none."""
    start = head(path)
    for magic, name in ((SQLITE, "geopackage"), (FLATGEOBUF, "flatgeobuf"), (SHAPEFILE, "shapefile")):
        if start.startswith(magic):
            return name
    if start.startswith(OLE) or (start.startswith(ZIP) and (b"xl/" in start or b"[Content_Types].xml" in start)):
        return "xlsx"
    if start.startswith(ZIP) and b"opendocument.spreadsheet" in start:
        return "xlsx"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return "cityjson" if b'"CityJSON' in text else "geojson"
    return None


def wrong_content(path: Path, expected: Text, own: str) -> SourceError:
    """Return the error for a file whose content is not what its name promises, with a hint at what it is."""
    found = likely_format(path)
    message = Text(f"不是{expected.zh}", f"is not {expected.en}")
    if found is not None and found != own:
        hint = Text(
            f"内容像是 {found}：改正扩展名，或用 --format {found}",
            f"its content looks like {found}: correct the ending, or use --format {found}",
        )
    elif head(path, 64).lstrip().lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        hint = Text(
            "内容是网页或 XML（有些系统导出的“Excel”其实是网页）：用 Excel 打开后另存为 .xlsx",
            "its content is a web page or XML (some systems export those as Excel): open it and save it as .xlsx",
        )
    else:
        hint = Text(
            "文件可能损坏、未下载完，或扩展名不对；请重新导出",
            "it may be damaged, half downloaded or misnamed; export it again",
        )
    return SourceError(path, message, hint=hint)
