"""The sandbox's own time: forward only, in order, on the base clock or on a virtual loop."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from offshelf.kit.clock import LoopClock, ManualClock, VirtualLoop, run_virtual
from offshelf.kit.errors import UsageError
from offshelf.sandbox import SandboxConfig, World, build_world
from offshelf.sandbox.timeline import Timeline
from support.sandbox_desk import START, SandboxDesk


def test_acts_run_in_order_at_the_instant_they_were_due() -> None:
    time, seen = Timeline(ManualClock(START)), []
    begin = time.now()
    for delay in (30, 10, 20, 10):
        time.after(delay, lambda delay=delay: seen.append((delay, time.now() - begin)))
    time.advance(25)
    assert seen == [(10, 10.0), (10, 10.0), (20, 20.0)]
    assert (time.now() - begin, time.waiting) == (25.0, 1)


def test_acts_that_call_for_acts_are_settled_too() -> None:
    time, seen = Timeline(ManualClock(START)), []
    time.after(10, lambda: time.after(10, lambda: seen.append(time.now())))
    begin = time.now()
    time.advance(60)
    assert seen == [begin + 20]


def test_time_never_goes_back() -> None:
    time = Timeline(ManualClock(START))
    for seconds in (-1, float("nan")):
        with pytest.raises(UsageError) as caught:
            time.advance(seconds)
        assert caught.value.code == "sandbox.clock_back"
    assert time.now() == START.timestamp()


def test_a_sandbox_can_begin_at_another_instant() -> None:
    start = START + timedelta(days=30)
    desk = SandboxDesk(start=start)
    desk.clock.advance(5)
    assert desk.world.now() == start.timestamp() + 5


async def _ten_minutes_of_buyers(world: World, clock: LoopClock) -> None:
    ticking = asyncio.create_task(world.tick_forever())
    world.buyers.start(6)
    await clock.sleep(600)
    ticking.cancel()


def test_a_world_ticks_by_itself_on_a_virtual_loop() -> None:
    loop = VirtualLoop()
    clock = LoopClock(loop, START)
    world = build_world(SandboxConfig(size=40), clock)
    run_virtual(loop, _ten_minutes_of_buyers(world, clock))
    loop.close()
    assert 3590 <= world.buyers.tally.attempts <= 3600
    assert world.buyers.tally.paid > 100
