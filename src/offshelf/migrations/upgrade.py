"""Bringing a database to the version of this program, and telling when it is of another one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from offshelf.kit.db import Database
from offshelf.kit.errors import BlockedError, UsageError

# The newest revision under versions/; a test compares the two.
HEAD = "0025"


def upgrade(database: Database) -> None:
    """Run every missing migration in one transaction; a database from a newer program is refused untouched."""
    _refuse_newer(current(database))
    # Imported here: Alembic is needed by `init` only, and start-up time counts.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with database.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, HEAD)


def current(database: Database) -> str | None:
    """Return the revision of a database, or None for an empty one."""
    with database.read() as tx:
        if not sa.inspect(tx).has_table("alembic_version"):
            return None
        found = tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def check(database: Database) -> None:
    """Refuse a database that is empty, older or newer than this program."""
    found = current(database)
    if found == HEAD:
        return
    _refuse_newer(found)
    if found is None:
        raise UsageError("database.not_initialised")
    raise BlockedError("database.older", found=found, needed=HEAD)


def _refuse_newer(found: str | None) -> None:
    # Revisions are numbered, so one we do not know and that sorts after ours comes from a newer program.
    if found is not None and found > HEAD:
        raise UsageError("database.newer", found=found, needed=HEAD)
