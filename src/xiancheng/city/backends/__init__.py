"""Databases that hold a city model: a GeoPackage file, or PostGIS; everything that differs in SQL is in here.

How to write queries that both understand
-----------------------------------------
Run them with ``store.fetch(sql, parameters)``, which returns all rows; records as arrays come from ``store.select``.

* Parameters are named, ``:name``. Dates and times are ISO text both ways, as `history.time_text` and ``date.isoformat``
  give them, and open ends are `OPEN_DATE_TEXT` and `OPEN_TIME`, whatever the database's own types are.
* ``store.backend.one_of('t."object_id"', "ids")`` is the condition that a column is in the list ``parameters["ids"]``.
* ``table, condition = store.backend.box(class_name)`` limits the class's table, which it names ``t``, to a box:
  ``f"FROM {table} WHERE {condition} AND …"`` with the parameters ``west``, ``south``, ``east``, ``north``.
* ``geom`` is selected as bytes; ``store.backend.decode`` makes shapes of a column of them.
* Compare booleans with ``TRUE`` and ``FALSE``; give Python's ``True`` and ``False`` as parameters.
* Say ``NULLS FIRST`` or ``NULLS LAST`` when a sorted column may be empty. Text sorts by code point in both.
* Compare text without regard to case by ``lower(x) LIKE lower(:pattern) ESCAPE '!'``; there is no default escape.
* ``coalesce``, ``lower``, ``length``, ``substr``, ``||``, ``CAST(x AS TEXT)`` (of numbers and dates) are common; every
  selected column that is no aggregate stands in ``GROUP BY``; classes that hold nothing have no table: ask
  ``store.backend.tables_present()``.
"""

from __future__ import annotations

from xiancheng.city.backends.base import Backend, Cursor
from xiancheng.city.backends.opening import create_backend, has_model, is_address, open_backend

__all__ = ["Backend", "Cursor", "create_backend", "has_model", "is_address", "open_backend"]
