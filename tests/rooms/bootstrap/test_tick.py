"""The worker's tick: tasks follow once a minute and at once when a plan has moved; otherwise it is cheap."""

from __future__ import annotations

import asyncio

import pytest

from offshelf.bootstrap.wire import initialise, open_house
from offshelf.kit.clock import ManualClock
from offshelf.kit.redact import Secret
from offshelf.services import Services
from offshelf.settings import Settings
from support.databases import START


@pytest.fixture
def services(tmp_path):
    url = f"sqlite:///{tmp_path / 'offshelf.db'}"
    settings = Settings(tmp_path, url, Secret("00" * 16), "en", "ERROR", "")
    initialise(settings)
    opened = open_house(settings, clock=ManualClock(START))
    yield opened
    opened.close()


def test_handwork_is_swept_once_a_minute_and_whenever_a_plan_has_moved(services: Services) -> None:
    tick, swept = services.worker._tick, []
    wiring = tick.__self__  # type: ignore[attr-defined]
    real, clock = wiring.handwork.sweep, services.clock
    wiring.handwork.sweep = lambda: swept.append((clock.now() - START).total_seconds()) or real()
    for second in range(0, 180, 5):
        asyncio.run(tick(second == 75))
        clock.advance(5)
    assert swept == [0, 60, 75, 135]
