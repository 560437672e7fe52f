"""One browser for the tests of a file; a house and a server for each test."""

from __future__ import annotations

import pytest

from support.browsing import chromium, served
from support.cli_house import build
from support.console_house import console_of


@pytest.fixture(
    scope="module"
)  # no longer: while it is open the driver's loop runs here, and no other test could have one
def browser():
    with chromium() as made:
        yield made


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
def address(console):
    with served(console.app) as where:
        yield where


@pytest.fixture
def shop(house):
    """Open a shop whose goods have hostile titles, and read it."""
    made = house.open_shop("flagship", listings=6)
    services = house.services
    services.call(services.sync.read(services.shops.all()[0], services.connect("flagship")))
    return made
