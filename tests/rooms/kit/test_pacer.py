"""Pacing: rates, bursts, urgency, holds, recovery, forecasts; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.kit.clock import LoopClock, ManualClock, VirtualLoop, run_virtual
from offshelf.kit.pacer import Pacer

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
KEY = ("app", "shop", "product/delisting")
OTHER = ("app", "shop", "product/get")


def virtual(story: Callable[[Pacer, LoopClock], Coroutine[Any, Any, Any]]) -> Any:
    loop = VirtualLoop()
    clock = LoopClock(loop, START)
    try:
        return run_virtual(loop, story(Pacer(clock), clock))
    finally:
        loop.close()


async def times(pacer: Pacer, clock: LoopClock, number: int) -> list[float]:
    async def one() -> float:
        await pacer.take(KEY)
        return round(clock.monotonic(), 3)

    return list(await asyncio.gather(*(one() for _ in range(number))))


def test_nothing_learnt_means_no_waiting() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> list[float]:
        return await times(pacer, clock, 1000)

    assert virtual(story) == [0.0] * 1000


def test_calls_keep_the_pace() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> list[float]:
        pacer.learn(KEY, 2, 1)
        return await times(pacer, clock, 5)

    assert virtual(story) == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_a_burst_goes_at_once_and_the_steady_rate_pays_for_it() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> list[float]:
        pacer.learn(KEY, 6, 1, burst=3)
        return await times(pacer, clock, 7)

    assert virtual(story) == [0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(("calls", "seconds", "burst"), [(600, 60, None), (50, 1, 10), (7, 3, 7), (1, 5, 1)])
def test_no_window_ever_holds_more_than_the_allowance(calls: int, seconds: float, burst: int | None) -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> list[float]:
        pacer.learn(KEY, calls, seconds, burst)
        return await times(pacer, clock, calls * 3)

    gone = virtual(story)
    assert max(sum(1 for t in gone if begin <= t < begin + seconds - 0.01) for begin in gone) <= calls


def test_keys_do_not_wait_for_each_other() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> float:
        pacer.learn(KEY, 1, 100)
        await pacer.take(KEY)
        await pacer.take(OTHER)
        return clock.monotonic()

    assert virtual(story) == 0.0


def test_an_urgent_call_goes_before_waiting_ones() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> list[str]:
        pacer.learn(KEY, 1, 1)
        order: list[str] = []

        async def one(name: str, *, urgent: bool) -> None:
            await pacer.take(KEY, urgent=urgent)
            order.append(name)

        readers = [asyncio.create_task(one(f"read {n}", urgent=False)) for n in range(3)]
        await clock.sleep(0.5)
        await asyncio.gather(one("stop 1", urgent=True), one("stop 2", urgent=True), *readers)
        return order

    assert virtual(story) == ["read 0", "stop 1", "stop 2", "read 1", "read 2"]


def test_a_hold_makes_everyone_wait_even_where_nothing_was_learnt() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> list[float]:
        pacer.hold(KEY, START + timedelta(seconds=42))
        return await times(pacer, clock, 2)

    assert virtual(story) == [42.0, 44.0]  # held; then half of one guessed call a second


def test_a_second_refusal_of_the_same_rush_does_not_halve_again() -> None:
    pacer = Pacer(ManualClock(START))
    pacer.learn(KEY, 10, 1, burst=1)
    pacer.hold(KEY, START + timedelta(seconds=10))
    pacer.hold(KEY, START + timedelta(seconds=12))
    assert pacer.forecast(KEY, 11) == pytest.approx(12 + 10 / 5)


def test_the_rate_grows_back_to_what_was_learnt_and_no_further() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock)
    pacer.learn(KEY, 10, 1, burst=1)
    pacer.hold(KEY, START + timedelta(seconds=10))
    clock.advance(10 + 15)
    assert pacer.forecast(KEY, 11) == pytest.approx(10 / 7.5)
    clock.advance(500)
    assert pacer.forecast(KEY, 11) == pytest.approx(10 / 10)


def test_a_guessed_limit_is_forgotten_when_it_proves_wrong() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock)
    pacer.hold(KEY, START + timedelta(seconds=1))
    assert pacer.forecast(KEY, 3) == pytest.approx(1 + 2 / 0.5)
    clock.advance(1 + 90)
    assert pacer.forecast(KEY, 1000) == 0.0


def test_throttling_again_and_again_never_stops_the_calls() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock)
    pacer.learn(KEY, 64, 1, burst=1)
    for _ in range(20):
        pacer.hold(KEY, clock.now() + timedelta(seconds=0.001))
        clock.advance(0.001)
    assert pacer.forecast(KEY, 2) == pytest.approx(1.0, rel=0.01)


def test_the_forecast_counts_those_who_wait() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> tuple[float, float]:
        pacer.learn(KEY, 1, 1)
        waiting = [asyncio.create_task(pacer.take(KEY)) for _ in range(4)]
        await clock.sleep(0)
        told = pacer.forecast(KEY, 3)
        await asyncio.gather(*waiting)
        await asyncio.gather(*(pacer.take(KEY) for _ in range(3)))
        return told, clock.monotonic()

    told, real = virtual(story)
    assert told == pytest.approx(6.0)
    assert real == pytest.approx(6.0)


def test_a_cancelled_caller_gives_its_turn_to_the_next() -> None:
    async def story(pacer: Pacer, clock: LoopClock) -> float:
        pacer.learn(KEY, 1, 1)
        await pacer.take(KEY)
        first = asyncio.create_task(pacer.take(KEY))
        second = asyncio.create_task(pacer.take(KEY))
        await clock.sleep(0.1)
        first.cancel()
        await second
        return clock.monotonic()

    assert virtual(story) == pytest.approx(1.0)


@pytest.mark.parametrize(("calls", "seconds"), [(0, 1.0), (1, 0.0), (-1, 1.0)])
def test_a_pace_that_is_none_is_refused(calls: int, seconds: float) -> None:
    pacer = Pacer(ManualClock(START))
    with pytest.raises(ValueError, match="no pace"):
        pacer.learn(KEY, calls, seconds)
    assert pacer.forecast(KEY, 5) == 0.0
