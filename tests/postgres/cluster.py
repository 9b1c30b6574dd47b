"""A PostgreSQL cluster of the tests' own: made in a temporary directory, gone when they end.

``python tests/postgres/cluster.py COMMAND…`` runs a command with XIANCHENG_DATABASE naming a database in a new one.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SETTINGS = {
    "listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "shared_buffers": "128MB", "max_connections": "100", "autovacuum": "off", "wal_level": "minimal",
    "max_wal_senders": "0", "log_min_messages": "fatal",
}  # fmt: skip
EXTENSIONS = ("postgis", "btree_gist")
TEMPLATE = "xiancheng_template"
PREFIX = "xc-pg-"
ABANDONED_SECONDS = 3600
_DIES_WITH_PARENT = 1


class NoPostgresError(Exception):
    """There is no PostgreSQL with PostGIS on this machine."""


def binaries() -> Path:
    """Return the folder of initdb and postgres."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoPostgresError("no initdb: install postgresql and postgis (Debian: apt install postgresql postgis)")


def program(name: str) -> Path:
    """Return another program of PostgreSQL."""
    found = shutil.which(name)
    return Path(found) if found else binaries() / name


class Cluster:
    """A running cluster; its one user may do everything and needs no password."""

    def __init__(self) -> None:
        folder = binaries()
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self._as: dict[str, str] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            try:
                pwd.getpwnam("postgres")
            except KeyError as error:
                raise NoPostgresError("PostgreSQL does not run as root, and there is no user postgres") from error
            self.user, self._as = "postgres", {"user": "postgres", "group": "postgres"}
        _remove_abandoned()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self.folder.chmod(0o755)
        self._numbers = itertools.count(1)
        data = self.folder / "data"
        made = subprocess.run(
            [folder / "initdb", "-D", data, "-U", self.user, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            cwd=self.folder, capture_output=True, text=True, check=False, **self._as,
        )  # fmt: skip
        if made.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise NoPostgresError(f"initdb failed: {made.stderr.strip()}")
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        self._server = subprocess.Popen(
            [folder / "postgres", "-D", data, "-k", self.folder, *options],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_end_with_parent,  # noqa: PLW1509
            **self._as,
        )  # fmt: skip
        try:
            self._wait()
            self.run("postgres", f"CREATE DATABASE {TEMPLATE}")
            for extension in EXTENSIONS:
                self.run(TEMPLATE, f"CREATE EXTENSION {extension}")
        except BaseException:
            self.stop()
            raise

    def url(self, database: str, schema: str | None = None) -> str:
        """Return the address of a database."""
        more = "" if schema is None else f"&schema={schema}"
        return f"postgresql://{self.user}@/{database}?host={self.folder}{more}"

    def run(self, database: str, statement: str) -> None:
        """Run a statement outside of any transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)

    def database(self, template: str = TEMPLATE) -> str:
        """Make a new database like another, ending connections to that; return its name."""
        name = f"xc_{next(self._numbers)}"
        self.run("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{template}'")
        self.run("postgres", f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def stop(self) -> None:
        """End the server and remove everything."""
        self._server.send_signal(signal.SIGQUIT)
        try:
            self._server.wait(10)
        except subprocess.TimeoutExpired:
            self._server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait(self) -> None:
        import psycopg

        for _ in range(200):
            if self._server.poll() is not None:
                raise NoPostgresError("the PostgreSQL server did not start")
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise NoPostgresError("the PostgreSQL server does not answer")


def _remove_abandoned() -> None:
    """Remove what tests left that were killed: their servers ended with them, the folders did not."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            age = time.time() - folder.stat().st_mtime
        except FileNotFoundError:
            continue
        if age > ABANDONED_SECONDS and not _runs(folder / "data" / "postmaster.pid"):
            shutil.rmtree(folder, ignore_errors=True)


def _runs(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text().split()[0]), 0)
    except PermissionError:
        return True
    except (OSError, ValueError, IndexError):
        return False
    return True


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGQUIT)


def main() -> None:
    cluster = Cluster()
    try:
        environment = {**os.environ, "XIANCHENG_DATABASE": cluster.url(cluster.database())}
        sys.exit(subprocess.run(sys.argv[1:], env=environment, check=False).returncode)
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
