"""What a database must do to hold a city model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from xiancheng.city.history import StoreError
from xiancheng.city.layer import Geometries
from xiancheng.city.schema import APPEND_ONLY, OVERLAP, TableShape
from xiancheng.foundation.text import Text

Parameters = Mapping[str, Any] | Sequence[Any]
Bounds = Sequence[float]
Record = Sequence[Any]


class Cursor(Protocol):
    """What a statement found."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row of whatever was selected
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection that takes ``?`` and ``:name`` for parameters."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:  # noqa: ANN401 - sqlite3's own or one like it
        """Run a statement."""

    def close(self) -> None:
        """End the connection."""


class Backend(ABC):
    """One open database with a city model in it.

    Attributes
    ----------
    name
        Short name of the kind of database.
    place
        Where it is, as people read it; without any password.
    errors
        What the database's driver raises.
    """

    name: ClassVar[str]
    errors: ClassVar[tuple[type[Exception], ...]]
    place: str

    @property
    @abstractmethod
    def connection(self) -> Connection:
        """The connection, for statements of one kind of database only."""

    @abstractmethod
    def execute(self, sql: str, parameters: Parameters = ()) -> Cursor:
        """Run a statement written for both kinds of database."""

    @abstractmethod
    def close(self) -> None:
        """End the connection."""

    @property
    @abstractmethod
    def is_alive(self) -> bool:
        """Whether the database can still be asked."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @abstractmethod
    def begin_reading(self) -> None:
        """Begin to see one state, whatever is written meanwhile."""

    @abstractmethod
    def begin_writing(self, wait: float) -> None:
        """Become the one writer.

        Raises
        ------
        StoreError
            If another writer does not finish within `wait` seconds.
        """

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block did if it fails."""
        self.execute("SAVEPOINT many")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO SAVEPOINT many")
            self.execute("RELEASE SAVEPOINT many")
            raise
        self.execute("RELEASE SAVEPOINT many")

    def commit(self) -> None:
        """Keep what the transaction did."""
        self.execute("COMMIT")

    def rollback(self) -> None:
        """Forget what the transaction did."""
        self.execute("ROLLBACK")

    @abstractmethod
    def tables_present(self) -> set[str]:
        """Return the names of all layers: classes, their views of the present, and the registers."""

    @abstractmethod
    def columns_of(self, name: str) -> tuple[str, ...]:
        """Return the attribute columns that a class's table has, known to the catalogue or not; empty without it."""

    @abstractmethod
    def shape_of(self, name: str) -> TableShape:
        """Return how the table of a class is made; see :meth:`ensure`."""

    @abstractmethod
    def ensure(self, shape: TableShape) -> None:
        """Create the table of a class, or add the columns that it lacks; inside a transaction."""

    @abstractmethod
    def encode(self, geometry: Geometries, *, promote: bool) -> list[bytes | None]:
        """Return ``(n,)`` geometries as stored; `promote`: lines and polygons as multi-geometries."""

    @abstractmethod
    def decode(self, blobs: Sequence[bytes | None]) -> Geometries:
        """Return ``(n,)`` geometries of what is stored; a multi-geometry of one part comes back as that part."""

    @abstractmethod
    def bounds(self, blobs: Sequence[bytes]) -> npt.NDArray[np.float64]:
        """Return ``(n, 4)`` min x, min y, max x, max y of stored geometries."""

    @abstractmethod
    def box(self, class_name: str) -> tuple[str, str]:
        """Return table expression and condition for the records of a class whose extent touches a box."""

    @abstractmethod
    def one_of(self, column: str, parameter: str) -> str:
        """Return the condition that a column is in the list given as the parameter."""

    @abstractmethod
    def loading(self, name: str, recorded_from: str | None) -> AbstractContextManager[None]:
        """Let the block insert many records into a class's table: guards and indexes may be made anew afterwards.

        Nobody else ever sees the table unguarded.

        Parameters
        ----------
        recorded_from
            The time at which all of them are recorded; None if at several.

        Raises
        ------
        Exception
            One of `errors`, if a record overlaps another in validity.
        """

    @abstractmethod
    def insert(
        self, name: str, columns: Sequence[str], records: Iterable[Record], boxes: npt.NDArray[np.float64] | None
    ) -> None:
        """Write records into the table of a class.

        Parameters
        ----------
        columns
            What the values of each record are; ``fid``, if at all, first.
        boxes
            ``(n, 4)`` extents of their geometries; None for a class without places.
        """

    @abstractmethod
    def supersede(self, name: str, fids: Sequence[int], time: str) -> None:
        """End the recorded interval of records."""

    @abstractmethod
    def remove(self, name: str, fids: Sequence[int]) -> None:
        """Delete records that nobody has ever seen."""

    @abstractmethod
    def note_change(self, names: Sequence[str], bounds: Bounds | None) -> None:
        """Note that layers changed and reach over `bounds` (min x, min y, max x, max y)."""

    @abstractmethod
    def extent(self, name: str | None = None) -> tuple[float, float, float, float] | None:
        """Return the extent of a layer, or of everything in the model; None if nothing in it has a place."""

    @abstractmethod
    def continue_numbers(self, name: str, last: int) -> None:
        """Let the next number that the table of a layer gives be above `last`."""

    @abstractmethod
    def last_number(self, name: str) -> int:
        """Return the highest number that the table of a layer ever gave."""

    @abstractmethod
    def damage(self) -> list[Text]:
        """Return what is wrong with the database itself; reads everything."""

    @abstractmethod
    def index_faults(self, name: str) -> Iterable[Text]:
        """Return what is wrong with the guards and indexes of a class's table."""

    @abstractmethod
    def copy_file(self, path: Path) -> bool:
        """Write a GeoPackage of everything the database's own quick way; False if it has none."""

    @abstractmethod
    def seal(self) -> None:
        """Make what was written one self-contained file, where it is a file."""

    def refused(self, error: Exception) -> StoreError:
        """Return what a person reads of an error of the database."""
        if OVERLAP in str(error):
            return StoreError(Text("同一对象的有效期重叠", OVERLAP))
        if APPEND_ONLY in str(error):
            return StoreError(Text("记录只增不改", APPEND_ONLY))
        return StoreError(Text(f"城市模型拒绝了变更：{error}", f"the city model refused the change: {error}"))
