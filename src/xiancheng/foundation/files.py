"""Writing files that others may be reading."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

READABLE = 0o644
PRIVATE = 0o600


def write_whole(path: Path, content: bytes, *, mode: int = READABLE) -> None:
    """Write a file so that a reader sees the former or the new content and never a part, even if the power fails.

    Parameters
    ----------
    path
        Its folder is made if there is none.
    mode
        Permissions of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".making-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
