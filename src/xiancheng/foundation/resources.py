"""Where the data shipped with Xiancheng lies: catalogues and programmes."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(name: str) -> Path:
    """Return the folder ``catalogues`` or ``programmes``, from the wheel or from a checkout.

    Raises
    ------
    FileNotFoundError
        If neither holds it.
    """
    for candidate in (_PACKAGE / "data" / name, _PACKAGE.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(name)
