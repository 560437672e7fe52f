"""The bench every test of this room works at."""

from __future__ import annotations

import pytest

from support.douyin_wire import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
