"""A house of one shop, for the tests of this room."""

from __future__ import annotations

import pytest

from support.delisting_house import House


@pytest.fixture
def house(sqlite_database):
    return House(sqlite_database)
