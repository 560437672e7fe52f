"""What a worker does beside its plans: a part that fails rests alone, longer each time, and is told once per reason."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest

from offshelf.delisting.rounds import Rounds
from offshelf.delisting.settings import WorkerSettings
from offshelf.delisting.sweeping import Rhythm
from offshelf.durable.lease import StaleLeaseError
from offshelf.kit.errors import BlockedError, OutsideError


class Parts:
    """Three parts, the second of which fails as told, and when each was tried."""

    def __init__(self, clock):
        self.clock = clock
        self.tried: dict[str, list[int]] = {"first": [], "second": [], "third": []}
        self.error: BaseException | None = None
        parts = {"first": self.first, "second": self.second, "third": self.third}
        self.rounds = Rounds(clock, WorkerSettings(pauses=(5.0, 30.0), look_again=60.0), parts)

    def first(self):
        self.tried["first"].append(int(self.clock.monotonic()))

    async def second(self):
        self.tried["second"].append(int(self.clock.monotonic()))
        if self.error is not None:
            raise self.error

    def third(self):
        self.tried["third"].append(int(self.clock.monotonic()))

    def live(self, seconds):
        for _ in range(seconds):
            asyncio.run(self.rounds.go())
            self.clock.advance(1)


@pytest.fixture
def parts(clock):
    return Parts(clock)


def gaps(tried):
    return [later - sooner for sooner, later in pairwise(tried)]


@pytest.mark.parametrize("error", [OutsideError("database.busy"), ValueError("a bug"), BlockedError("x")])
def test_a_part_that_fails_stops_none_and_hurries_none(parts, error, caplog):
    caplog.set_level(logging.ERROR)
    parts.error = error
    parts.live(100)
    assert len(parts.tried["first"]) == len(parts.tried["third"]) == 100
    assert gaps(parts.tried["second"])[:3] == ([60] if isinstance(error, BlockedError) else [5, 30, 30])
    assert len([one for one in caplog.records if "second" in one.getMessage()]) == 1
    parts.error = None
    parts.live(70)
    assert gaps(parts.tried["second"])[-3:] == [1, 1, 1]


def test_who_has_lost_the_database_stops(parts):
    parts.error = StaleLeaseError("durable.stale")
    with pytest.raises(StaleLeaseError):
        parts.live(1)


def test_a_sweep_that_failed_did_not_have_its_turn(clock):
    rhythm, tried = Rhythm(clock, 60.0), []

    def sweep():
        tried.append(clock.monotonic())
        return 1 // (len(tried) - 1)

    with pytest.raises(ZeroDivisionError):
        rhythm.at_most(sweep)
    assert (rhythm.at_most(sweep), rhythm.at_most(sweep)) == (1, 0)
