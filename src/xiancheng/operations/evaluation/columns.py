"""The columns that evaluation reads. A row of ``cases`` is a case, of ``assignments`` a dispatch to a unit, and so on.

Kinds of columns:

``code``
    int32; a place in the list of labels of its level; −1: none.
``time``
    datetime64[us], UTC; NaT: has not happened, or there is none.
``flag``
    bool.
``count``
    Whole number from 0.
``seconds``
    int64 of working time by the unit's calendar; −1: not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from xiancheng.foundation.errors import XianchengError
from xiancheng.foundation.text import Text

Kind = Literal["code", "time", "flag", "count", "seconds"]
Array = npt.NDArray[Any]

TABLES: dict[str, dict[str, Kind]] = {
    "cases": {
        "area": "code",
        "department": "code",  # that has it, or had it last
        "inspector": "code",  # who reported it; of a missed one, whose grid it is in
        "operator": "code",
        "category": "code",
        "place": "code",  # component, or unit grid: what "the same place" means
        "reported_at": "time",
        "file_due": "time",
        "filed_at": "time",
        "refused_at": "time",  # not accepted
        "handle_due": "time",  # with pauses and extensions already in it
        "handled_at": "time",
        "close_due": "time",
        "closed_at": "time",
        "suspended_at": "time",  # of the last suspension
        "resumed_at": "time",
        "extended_at": "time",  # when an extension was approved
        "appeal_upheld": "flag",
        "by_inspector": "flag",
        "missed": "flag",  # reported by others, in a grid that an inspector should have found it in
        "filing_error": "flag",  # returned to intake, or adjusted after filing
        "reworks": "count",
        "handle_seconds": "seconds",
    },
    "assignments": {
        "area": "code",
        "department": "code",
        "dispatcher": "code",
        "dispatch_due": "time",
        "dispatched_at": "time",
        "returned_at": "time",
    },
    "checks": {
        "area": "code",
        "department": "code",  # that handled the case
        "inspector": "code",
        "closure": "flag",  # else before filing
        "due_at": "time",
        "done_at": "time",
        "passed": "flag",
    },
    "patrols": {  # one row: a grid that an inspector has to walk through on a day
        "inspector": "code",
        "on": "time",
        "covered": "flag",
    },
    "tickets": {
        "area": "code",
        "department": "code",
        "sign_due": "time",
        "signed_at": "time",
        "contact_due": "time",
        "contacted_at": "time",
        "due_at": "time",
        "completed_at": "time",
        "called_back_at": "time",
        "refused_at": "time",
        "suspended_at": "time",
        "resumed_at": "time",
        "extended_at": "time",
        "reached": "flag",  # by the callback
        "request": "flag",  # something is asked for that can be solved
        "solved": "flag",  # says the caller
        "satisfied": "flag",  # 满意 or 基本满意
    },
}


class ColumnError(XianchengError):
    """A column is missing, or of another kind or length."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one table.

    Attributes
    ----------
    arrays
        Column → array of shape (n,).
    """

    table: str
    arrays: Mapping[str, Array]
    size: int

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]


def columns_of(table: str, arrays: Mapping[str, npt.ArrayLike]) -> Columns:
    """Return the columns of a table from numpy arrays; columns that the table does not have are left out.

    Raises
    ------
    ColumnError
        If a column is missing, has another length, or cannot be of its kind.
    """
    kinds = TABLES[table]
    lacking = sorted(set(kinds) - set(arrays))
    if lacking:
        raise _error(table, lacking[0], Text("缺少", "is missing"))
    found = {name: _as_kind(table, name, kind, np.asarray(arrays[name])) for name, kind in kinds.items()}
    size = len(next(iter(found.values())))
    for name, array in found.items():
        if array.shape != (size,):
            raise _error(table, name, Text(f"长度不是 {size}", f"is not of length {size}"))
    return Columns(table, found, size)


def from_arrow(table: str, data: pa.Table) -> Columns:
    """Return the columns of a table from a pyarrow table; null is −1, NaT, false or 0.

    Raises
    ------
    ColumnError
        As :func:`columns_of`.
    """
    empty: dict[Kind, object] = {"code": -1, "seconds": -1, "flag": False, "count": 0}
    found: dict[str, npt.ArrayLike] = {}
    for name, kind in TABLES[table].items():
        if name in data.column_names:
            column = data[name]
            if kind != "time" and column.null_count:
                column = column.fill_null(empty[kind])
            found[name] = column.to_numpy()
    return columns_of(table, found)


def _as_kind(table: str, name: str, kind: Kind, array: Array) -> Array:
    dtypes: dict[Kind, Any] = {
        "code": np.int32, "time": "datetime64[us]", "flag": np.bool_, "count": np.int32, "seconds": np.int64,
    }  # fmt: skip
    right = {"time": "M", "flag": "b"}.get(kind, "iu")
    if array.dtype.kind not in right:
        message = Text(f"应当是 {kind}，而不是 {array.dtype}", f"has to be {kind}, not {array.dtype}")
        raise _error(table, name, message)
    return array.astype(dtypes[kind], copy=False)


def _error(table: str, name: str, message: Text) -> ColumnError:
    return ColumnError(
        Text(f"{table} 的列 {name} {message.zh}", f"{table}: column {name} {message.en}"),
        Text("列的定义见 operations/evaluation/columns.py", "operations/evaluation/columns.py defines the columns"),
    )
