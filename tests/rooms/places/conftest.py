"""Fixtures of the places room."""

from __future__ import annotations

import pytest

from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog
from offshelf.kit.db import Database


@pytest.fixture
def places(database: Database) -> Places:
    """Return the places of a fresh database."""
    return Places(database)


@pytest.fixture
def catalog(database: Database) -> Catalog:
    """Return the catalog of the same database."""
    return Catalog(database)
