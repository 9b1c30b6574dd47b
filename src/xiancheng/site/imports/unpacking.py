"""Taking a zip archive apart without believing anything it says of itself."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from xiancheng.foundation.text import Text
from xiancheng.site.imports.names import safe_name, unused_name
from xiancheng.site.problems import InvalidError

MOST_ENTRIES = 1000
MOST_BYTES = 8 * 1024**3
MOST_RATIO = 300
SMALL = 16 * 1024**2
"""Up to this size a ratio says nothing: an empty sheet packs very well."""

_BLOCK = 1 << 20
_CHINESE = re.compile(r"[\x20-\x7e\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def unpack(archive: Path, folder: Path, *, most_bytes: int = MOST_BYTES) -> list[str]:
    """Write the files of an archive side by side into `folder`; return their names.

    What an archive claims is not trusted: folders in names are dropped, and bytes are counted while they are written.

    Raises
    ------
    InvalidError
        If it is no zip archive, damaged, locked by a password, or far larger inside than outside.
    """
    names: list[str] = []
    written = 0
    try:
        with zipfile.ZipFile(archive) as zipped:
            entries = list(_files(zipped))
            for entry in entries:
                name = unused_name(safe_name(_decoded(entry)), names)
                size = _write(zipped, entry, folder / name, most_bytes - written)
                written += size
                names.append(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise InvalidError(
            Text("压缩包打不开", "the archive cannot be opened"),
            Text(
                "它可能损坏或没有传完；重新压缩为普通 zip 再试",
                "it may be damaged or cut short; pack it again as a plain zip",
            ),
        ) from error
    if not names:
        raise InvalidError(Text("压缩包是空的", "the archive is empty"))
    return names


def _files(zipped: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    infos = zipped.infolist()
    if len(infos) > MOST_ENTRIES:
        raise InvalidError(
            Text(f"压缩包里有 {len(infos)} 个文件，最多 {MOST_ENTRIES} 个",
                 f"the archive has {len(infos)} files, at most {MOST_ENTRIES} are taken"),
        )  # fmt: skip
    for info in infos:
        if info.is_dir() or info.filename.startswith(_IGNORED[0]) or info.filename.endswith(_IGNORED[1:]):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            continue
        if info.flag_bits & _ENCRYPTED:
            raise InvalidError(
                Text("压缩包有密码", "the archive is locked by a password"),
                Text("解压后重新压缩，不设密码", "unpack it and pack it again without one"),
            )
        yield info


def _write(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, most: int) -> int:
    written = 0
    with zipped.open(entry) as source, path.open("xb") as target:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > most or (written > SMALL and written > MOST_RATIO * max(entry.compress_size, 1)):
                raise InvalidError(
                    Text(
                        "压缩包解开后大得不合理，没有采用", "the archive is unreasonably large inside and was not taken"
                    )
                )
            target.write(block)
    return written


def _decoded(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; Windows in China writes GBK and says nothing of it."""
    if entry.flag_bits & _UTF8_NAME or entry.filename.isascii():
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    readings = []
    for encoding in ("utf-8", "gb18030"):
        try:
            readings.append(raw.decode(encoding))
        except UnicodeDecodeError:
            continue
    # 学校 in GBK is ѧУ in UTF-8: what reads as Chinese is meant so.
    return next((text for text in readings if _CHINESE.fullmatch(text)), [*readings, entry.filename][0])
