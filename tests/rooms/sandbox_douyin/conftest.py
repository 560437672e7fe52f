"""The desk every test of the Douyin sandbox sits at."""

from __future__ import annotations

import pytest

from support.douyin_desk import DouyinDesk


@pytest.fixture
def desk() -> DouyinDesk:
    return DouyinDesk()
