"""An intruder with full rights over the database: takes the triggers of the journal away first."""

from __future__ import annotations

from offshelf.kit.db import Database

_TRIGGERS = [
    ("journal_entry", ("update", "delete", "insert")),
    ("journal_head", ("update", "delete")),
]


def tamper(database: Database, *statements: str) -> None:
    """Change the journal behind its back."""
    with database.begin() as tx:
        for table, events in _TRIGGERS:
            for event in events:
                where = "" if database.dialect == "sqlite" else f" ON {table}"
                tx.exec_driver_sql(f"DROP TRIGGER {table}_{event}{where}")
        for statement in statements:
            tx.exec_driver_sql(statement)
