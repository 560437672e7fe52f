"""The caller every test of the API uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.api_services import Caller


@pytest.fixture
def api(sqlite_database: Database, clock: ManualClock, tmp_path: Path) -> Iterator[Caller]:
    caller = Caller(sqlite_database, clock, tmp_path)
    yield caller
    caller.services.close()
