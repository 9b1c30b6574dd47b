"""The database itself refuses to change or remove entries of the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "audit_entry"
NAMES = ("audit_entry_no_update", "audit_entry_no_delete")
REFUSAL = "the audit log is append-only"

_CREATE = {
    "sqlite": (
        f"CREATE TRIGGER {NAMES[0]} BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"CREATE TRIGGER {NAMES[1]} BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        ),
        f"CREATE TRIGGER {NAMES[0]} BEFORE UPDATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
        (
            f"CREATE TRIGGER {NAMES[1]} BEFORE DELETE OR TRUNCATE ON {TABLE} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()"
        ),
    ),
}
_DROP = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {name}" for name in NAMES),
    "postgresql": tuple(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}" for name in NAMES),
}
_FIND = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled IN ('O', 'A')",
}


def create_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers."""
    _run(connection, _CREATE)


def drop_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers."""
    _run(connection, _DROP)


def are_there(connection: BaseDatabaseWrapper) -> bool:
    """Whether both triggers are there and enabled."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND[connection.vendor], [TABLE])
        return {row[0] for row in cursor.fetchall()} >= set(NAMES)


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Lift the triggers within the block: for tests, which tamper with the log and empty the database after each."""
    drop_triggers(connection)
    try:
        yield
    finally:
        create_triggers(connection)


def _run(connection: BaseDatabaseWrapper, statements: dict[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
