"""In which encoding text is: UTF-8 if it is, else GB18030 (which holds GBK and GB2312), else nobody knows."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

from xiancheng.foundation.errors import SourceError
from xiancheng.foundation.text import Text

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def unknown_encoding(path: Path) -> SourceError:
    """Return the error for text that is neither UTF-8 nor GBK."""
    return SourceError(
        path,
        Text("文字编码既不是 UTF-8 也不是 GBK", "its text is neither UTF-8 nor GBK"),
        hint=Text(
            "用 --encoding 指明编码（如 latin-1、big5），或另存为 UTF-8",
            "name the encoding with --encoding (latin-1, big5), or save the file as UTF-8",
        ),
    )


def known_encoding(path: Path, name: str) -> str:
    """Return the normal name of the encoding that a person named.

    Raises
    ------
    SourceError
        If there is none of that name.
    """
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        raise SourceError(
            path,
            Text(f"不认识的编码“{name}”", f"unknown encoding {name!r}"),
            hint=Text("常用：UTF-8、GBK、GB18030、BIG5", "usual ones: UTF-8, GBK, GB18030, BIG5"),
        ) from None
    return "gb18030" if found in {"gbk", "gb2312", "cp936"} else found


def decode(path: Path, raw: bytes, encoding: str | None) -> str:
    """Decode the whole text of a file.

    Raises
    ------
    SourceError
        If it is not in `encoding`, or, without one, in none that can be told.
    """
    if encoding is not None:
        name = known_encoding(path, encoding)
        try:
            return raw.decode("utf-8-sig" if name == "utf-8" else name)
        except (UnicodeDecodeError, LookupError):
            raise SourceError(
                path,
                Text(f"文字不是 {encoding} 编码", f"its text is not {encoding}"),
                hint=Text("换一个 --encoding，或不写让程序判断", "name another --encoding, or none to let it be found"),
            ) from None
    for bom, name in _BOMS:
        if raw.startswith(bom):
            candidates: tuple[str, ...] = (name,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for name in candidates:
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    raise unknown_encoding(path)


def fits(cells: Iterable[bytes], encoding: str) -> bool:
    """Whether every cell is in `encoding`; a character that the width of the cell cut short at its end is forgiven."""
    for cell in cells:
        try:
            cell.decode(encoding)
        except UnicodeDecodeError as error:
            if not (error.end == len(cell) and error.start >= len(cell) - 3 and _is_cut(error)):
                return False
    return True


def _is_cut(error: UnicodeDecodeError) -> bool:
    return "incomplete" in error.reason or "unexpected end" in error.reason
