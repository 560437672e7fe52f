"""One browser for the tests of a file; a house and a server for each test."""

from __future__ import annotations

import pytest

from support.browsing import chromium, served
from support.cli_house import house
from support.console_house import console

__all__ = ["console", "house"]


# For a file only: while it is open the driver's loop runs here, and no other test could have one.
@pytest.fixture(scope="module")
def browser():
    with chromium() as made:
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
