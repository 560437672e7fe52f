"""The worker's tick: tasks follow once a minute and at once when a plan has moved; no part starves another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from offshelf.bootstrap.wire import initialise, open_house
from offshelf.delisting.coverage import Coverage
from offshelf.delisting.forced import Forced
from offshelf.delisting.handwork import Handwork
from offshelf.delisting.licences import LicenceProcess
from offshelf.kit.clock import ManualClock
from offshelf.kit.errors import OutsideError
from offshelf.kit.redact import Secret
from offshelf.monitoring.letters import Letters
from offshelf.services import Services
from offshelf.settings import Settings
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.service import Tasks
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
    round_ = tick.__self__  # type: ignore[attr-defined]
    real, clock = round_.handwork.sweep, services.clock
    round_.handwork.sweep = lambda: swept.append((clock.now() - START).total_seconds()) or real()
    for second in range(0, 180, 5):
        asyncio.run(tick(second == 75))
        clock.advance(5)
    assert swept == [0, 60, 75, 135]


PARTS = {
    "pushes": (Letters, "handle"),
    "looks by calls": (CrossCheck, "sweep"),
    "forced changes": (Forced, "sweep"),
    "work by hand": (Handwork, "sweep"),
    "late tasks": (Tasks, "escalate"),
    "places beside plans": (Coverage, "sweep"),
    "papers": (LicenceProcess, "sweep"),
}


@pytest.mark.parametrize("failing", PARTS)
def test_a_part_that_fails_starves_no_other(
    services: Services, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def watched(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            tried.append(name)
            if name == failing:
                raise OutsideError("database.busy")
            return real(*given)

        return call

    for name, (room, verb) in PARTS.items():
        monkeypatch.setattr(room, verb, watched(name, getattr(room, verb)))
    asyncio.run(services.worker._tick(True))
    assert tried == list(PARTS)
    tried.clear()
    services.clock.advance(6)
    asyncio.run(services.worker._tick(False))
    assert tried == [name for name in PARTS if name in ("pushes", failing)]  # the others are not due yet
