"""The console over a house of real parts."""

from __future__ import annotations

import pytest

from support.cli_house import build
from support.console_house import console_of


@pytest.fixture
def house(sqlite_database, clock, tmp_path):
    made = build(sqlite_database, clock, tmp_path / "home")
    yield made
    made.services.io.close()


@pytest.fixture
def console(house):
    with console_of(house) as made:
        yield made


@pytest.fixture
def fresh(house):
    with console_of(house, users=False) as made:
        yield made
