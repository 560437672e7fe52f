"""Registers for every test of the room: on both databases, or on SQLite where the database is not the subject."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.register_house import RegisterHouse


@pytest.fixture
def both(database: Database, clock: ManualClock, tmp_path: Path) -> RegisterHouse:
    """Return registers on SQLite, then on PostgreSQL."""
    made = RegisterHouse(database, clock, tmp_path)
    made.stock()
    return made


@pytest.fixture
def house(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> RegisterHouse:
    """Return registers on SQLite."""
    made = RegisterHouse(sqlite_database, clock, tmp_path)
    made.stock()
    return made
