"""Columns that grow: fixed values one a row, and values of which a row has any number."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Array = npt.NDArray[np.generic]


class Growing:
    """A column of one value a row, doubled when it is full."""

    def __init__(self, dtype: str) -> None:
        self.values: npt.NDArray[np.generic] = np.zeros(1024, dtype=dtype)

    def put(self, row: int, value: float) -> None:
        """Set the value of a row."""
        if row >= len(self.values):
            self.values = np.concatenate([self.values, np.zeros(max(row + 1, len(self.values)), self.values.dtype)])
        self.values[row] = value

    def __getitem__(self, rows: Rows) -> npt.NDArray[np.generic]:
        return self.values[rows]


class Ragged:
    """A column of several values a row, all in one array; what removed rows leave is reclaimed by halves.

    Parameters
    ----------
    dtype
        Of the values.
    """

    def __init__(self, dtype: str) -> None:
        self._values: npt.NDArray[np.generic] = np.zeros(4096, dtype=dtype)
        self._end = self._lost = 0
        self._start, self._length = Growing("i8"), Growing("i4")
        self._rows = 0

    def put(self, row: int, values: npt.NDArray[np.generic]) -> None:
        """Set the values of a row."""
        self._rows = max(self._rows, row + 1)
        self._start.put(row, self._end)
        self._length.put(row, len(values))
        need = self._end + len(values)
        if need > len(self._values):
            self._values = np.concatenate([self._values, np.zeros(max(need, len(self._values)), self._values.dtype)])
        self._values[self._end : need] = values
        self._end = need

    def drop(self, row: int) -> None:
        """Forget the values of a row."""
        self._lost += int(self._length.values[row])
        self._length.put(row, 0)
        if self._lost > 4096 and self._lost > self._end // 2:
            self._compact()

    def lengths(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return how many values each row has."""
        return self._length[rows].astype(np.int64)

    def gather(self, rows: Rows) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.int64]]:
        """Return the values of some rows one after another, and for each value its place in `rows`."""
        lengths = self.lengths(rows)
        owner = np.repeat(np.arange(len(rows)), lengths)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return self._values[np.repeat(self._start[rows].astype(np.int64), lengths) + within], owner

    def _compact(self) -> None:
        rows = np.arange(self._rows)
        values, _ = self.gather(rows)
        lengths = self.lengths(rows)
        self._start.values[: self._rows] = np.cumsum(lengths) - lengths
        self._values = np.concatenate([values, np.zeros(max(4096, len(values)), values.dtype)])
        self._end, self._lost = len(values), 0
