"""The clocks: standing still, virtual, and the machine's."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta

import pytest

from offshelf.kit.clock import LoopClock, ManualClock, SystemClock, VirtualLoop, run_virtual
from support.databases import START


@pytest.fixture
def loop():
    made = VirtualLoop()
    yield made
    made.close()


def test_a_manual_clock_stands_still_until_told():
    clock = ManualClock(START)
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    clock.advance(90)
    assert (clock.now(), clock.monotonic()) == (START + timedelta(seconds=90), 90.0)


def test_sleeping_on_a_manual_clock_moves_it(loop):
    clock = ManualClock(START)
    run_virtual(loop, clock.sleep(5))
    run_virtual(loop, clock.sleep(-5))
    assert clock.monotonic() == 5.0


def test_hours_pass_at_once_on_a_virtual_loop(loop):
    clock = LoopClock(loop, START)

    async def main():
        await clock.sleep(7200)
        return clock.now(), clock.monotonic()

    assert run_virtual(loop, main()) == (START + timedelta(hours=2), pytest.approx(7200))


def test_tasks_wake_in_the_order_of_their_instants(loop):
    clock = LoopClock(loop, START)
    seen = []

    async def wait(seconds):
        await clock.sleep(seconds)
        seen.append((seconds, round(clock.monotonic())))

    async def main():
        await asyncio.gather(wait(3), wait(1), wait(2))

    run_virtual(loop, main())
    assert seen == [(1, 1), (2, 2), (3, 3)]


def test_time_does_not_move_while_something_can_run(loop):
    async def main():
        for _ in range(100):
            await asyncio.sleep(0)  # noqa: TID251 - the subject of this test
        return loop.time()

    assert run_virtual(loop, main()) == 0.0


def test_a_thread_can_wake_a_virtual_loop(loop):
    async def main():
        return await asyncio.to_thread(lambda: "done")

    assert run_virtual(loop, main()) == "done"
    loop.run_until_complete(loop.shutdown_default_executor())


def test_the_machine_s_clock_is_utc_and_never_goes_back(loop):
    clock = SystemClock()
    first = clock.monotonic()
    run_virtual(loop, clock.sleep(0))
    assert (clock.now().tzinfo, clock.monotonic() >= first) == (UTC, True)
