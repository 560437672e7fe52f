"""Several pacers over one store: one allowance for all, holds and lessons for all, and calls that go on without it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.kit.clock import LoopClock, ManualClock, VirtualLoop, run_virtual
from offshelf.kit.pace import BLOCK_SECONDS, GRACE_SECONDS, Amend, Key, PaceRow, PaceStoreError
from offshelf.kit.pacer import Known, Pacer

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
KEY = ("app", "shop", "product/delisting")


class MemoryStore:
    """Rows in a dict; counts what it is asked, and fails when told to."""

    def __init__(self) -> None:
        self.rows: dict[Key, PaceRow] = {}
        self.reads = 0
        self.changes = 0
        self.failing = False

    def read(self, key: Key) -> PaceRow | None:
        """Return the row."""
        self.reads += 1
        self._try()
        return self.rows.get(key)

    def change(self, key: Key, amend: Amend) -> PaceRow:
        """Put the amended row in place; the first try always loses, as to a faster process."""
        self.changes += 1
        self._try()
        amend(self.rows.get(key))
        self.rows[key] = amend(self.rows.get(key))
        return self.rows[key]

    def _try(self) -> None:
        if self.failing:
            raise PaceStoreError("away")


class LateClock(LoopClock):
    """Oversleeps, as a busy event loop does."""

    late: Iterator[float] = cycle((0.0,))

    async def sleep(self, seconds: float) -> None:
        """Wait a little longer than asked."""
        await super().sleep(seconds + next(self.late))


Story = Callable[[LoopClock, MemoryStore], Coroutine[Any, Any, Any]]


def virtual(story: Story) -> Any:
    loop = VirtualLoop()
    try:
        return run_virtual(loop, story(LoopClock(loop, START), MemoryStore()))
    finally:
        loop.close()


async def gone(pacer: Pacer, clock: LoopClock, delay: float = 0.0, *, urgent: bool = False) -> float:
    """Wait, take a turn, and return when it came."""
    await clock.sleep(delay)
    await pacer.take(KEY, urgent=urgent)
    return clock.monotonic()


def most(times: list[float], seconds: float) -> int:
    """Return how many fall at most into any window shorter than `seconds`."""
    return max(sum(1 for t in times if begin <= t < begin + seconds - 1e-5) for begin in times)


_LONG = st.floats(0, 15)
_SHORT = st.integers(0, 150).map(lambda hundredths: hundredths / 100)  # dense, so that turns are used late


@settings(max_examples=150, deadline=None)
@given(
    calls=st.integers(1, 30),
    seconds=st.sampled_from([0.5, 1.0, 2.5, 60.0]),
    burst=st.one_of(st.none(), st.integers(1, 30)),
    arrivals=st.one_of(
        st.lists(st.tuples(st.integers(0, 2), times, st.booleans()), min_size=20, max_size=90)
        for times in (_LONG, _SHORT)
    ),
    late=st.lists(st.sampled_from([0.0, 0.01, 0.05, 0.2]), min_size=1, max_size=7),
)
def test_no_window_ever_holds_more_than_the_allowance(
    calls: int, seconds: float, burst: int | None, arrivals: list[tuple[int, float, bool]], late: list[float]
) -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> list[float]:
        slow = LateClock(asyncio.get_running_loop(), START)
        slow.late = cycle(late)
        pacers = [Pacer(slow, store) for _ in range(3)]
        pacers[0].learn(KEY, calls, seconds, burst)
        return await asyncio.gather(*(gone(pacers[n], clock, at, urgent=u) for n, at, u in arrivals))

    times = virtual(story)
    assert len(times) == len(arrivals)
    assert most(times, seconds) <= calls


def test_together_they_are_as_fast_as_one() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[float, int]:
        pacers = [Pacer(clock, store) for _ in range(4)]
        pacers[0].learn(KEY, 600, 60)
        times = await asyncio.gather(*(gone(pacers[n % 4], clock) for n in range(1200)))
        return max(times), store.changes

    last, changes = virtual(story)
    assert last == pytest.approx((1200 - 30) * 60 / 571, abs=BLOCK_SECONDS)
    assert changes < 1200


def test_a_single_process_gets_back_what_it_booked_and_did_not_use() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> list[float]:
        pacer = Pacer(clock, store)
        pacer.learn(KEY, 20, 1, burst=10)
        await asyncio.gather(*(gone(pacer, clock) for _ in range(4)))
        await gone(pacer, clock)  # books more than this one
        booked = store.rows[KEY].due
        await clock.sleep(0.2)
        again = await asyncio.gather(*(gone(pacer, clock) for _ in range(6)))
        assert booked > START + timedelta(seconds=5 / 11)
        return [round(t, 3) for t in again]

    assert virtual(story) == [0.2] * 6  # ten at once, less five that went, plus what grew back


def test_what_is_booked_is_used_at_its_time_or_not_at_all() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[int, float]:
        one, other = Pacer(clock, store), Pacer(clock, store)
        one.learn(KEY, 10, 1, burst=1)
        await asyncio.gather(*(gone(one, clock) for _ in range(4)))
        await gone(one, clock)  # books five turns
        await gone(other, clock)
        before = store.changes
        await clock.sleep(GRACE_SECONDS + 2)
        await gone(one, clock)
        return store.changes - before, clock.monotonic()

    assert virtual(story)[0] == 1


@pytest.mark.parametrize("late", [0.06, 0.2, 0.7])
def test_processes_that_always_wake_late_get_their_turns_all_the_same(late: float) -> None:
    async def story(_clock: LoopClock, store: MemoryStore) -> list[float]:
        slow = LateClock(asyncio.get_running_loop(), START)
        slow.late = cycle((late,))
        pacers = [Pacer(slow, store) for _ in range(3)]
        pacers[0].learn(KEY, 10, 1, burst=1)
        return await asyncio.gather(*(gone(pacers[n % 3], slow) for n in range(60)))

    times = virtual(story)
    assert most(times, 1.0) <= 10
    assert max(times) < 120


def test_a_key_without_limit_costs_one_look_a_second() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[int, int, float, dict[Key, PaceRow]]:
        pacer = Pacer(clock, store)
        for _ in range(3):
            await asyncio.gather(*(gone(pacer, clock) for _ in range(500)))
            await clock.sleep(1)
        return store.reads, store.changes, clock.monotonic(), store.rows

    assert virtual(story) == (3, 0, 3.0, {})


def test_a_hold_of_one_is_a_hold_of_all() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> list[float]:
        one, other = Pacer(clock, store), Pacer(clock, store)
        await gone(one, clock)
        await gone(other, clock)
        one.hold(KEY, clock.now() + timedelta(seconds=42))
        early = await gone(other, clock, 0.5)  # within a second of its last look
        late = await gone(other, clock, 0.6)
        return [early, round(late, 3)]

    assert virtual(story) == [0.5, 42.0]


def test_a_hold_is_seen_with_the_next_block() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> int:
        one, other = Pacer(clock, store), Pacer(clock, store)
        one.learn(KEY, 20, 1, burst=1)
        waiting = [asyncio.create_task(gone(other, clock)) for _ in range(60)]
        await clock.sleep(0.01)
        one.hold(KEY, clock.now() + timedelta(seconds=100))
        await clock.sleep(50)
        through = sum(task.done() for task in waiting)
        await asyncio.gather(*waiting)
        return through

    assert virtual(story) == 3  # the blocks of one and of two that were booked before


def test_refusals_of_one_rush_in_two_processes_halve_once() -> None:
    clock, store = ManualClock(START), MemoryStore()
    one, other = Pacer(clock, store), Pacer(clock, store)
    one.learn(KEY, 10, 1, burst=1)
    one.hold(KEY, START + timedelta(seconds=10))
    other.hold(KEY, START + timedelta(seconds=12))
    assert (store.rows[KEY].share, store.rows[KEY].held) == (0.5, START + timedelta(seconds=12))


def test_a_hidden_ceiling_outlives_its_process() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[Known, float]:
        first = Pacer(clock, store)
        await asyncio.gather(*(gone(first, clock) for _ in range(40)))
        await clock.sleep(8)
        first.hold(KEY, clock.now() + timedelta(seconds=2))
        reborn = Pacer(clock, store)
        return reborn.known(KEY), round(reborn.forecast(KEY, 11), 3)

    known, seconds = virtual(story)
    assert known == Known(40, 8.0, False, 0.5, START + timedelta(seconds=10))
    assert seconds == pytest.approx(2 + 10 / 2.5, abs=0.1)


def test_a_used_up_day_is_a_hold_that_leaves_the_rate_alone() -> None:
    clock, store = ManualClock(START), MemoryStore()
    Pacer(clock, store).learn(KEY, 10, 1, burst=1)
    Pacer(clock, store).hold(KEY, MIDNIGHT, slower=False)
    assert Pacer(clock, store).known(KEY) == Known(10, 1.0, True, 1.0, MIDNIGHT)
    clock.advance((MIDNIGHT - START).total_seconds())
    assert Pacer(clock, store).known(KEY) == Known(10, 1.0, True, 1.0, None)


def test_a_lesson_that_is_known_is_not_written_again() -> None:
    clock, store = ManualClock(START), MemoryStore()
    for _ in range(5):
        Pacer(clock, store).learn(KEY, 600, 60)
    assert (store.changes, store.rows[KEY].calls, store.rows[KEY].burst) == (1, 600, 30)


def test_urgent_calls_of_one_process_go_before_patient_ones_of_another() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[list[float], list[float]]:
        reader, stopper = Pacer(clock, store), Pacer(clock, store)
        reader.learn(KEY, 2, 1, burst=1)
        patient = [asyncio.create_task(gone(reader, clock)) for _ in range(20)]
        await clock.sleep(0.1)
        urgent = await asyncio.gather(*(gone(stopper, clock, urgent=True) for _ in range(5)))
        return list(urgent), await asyncio.gather(*patient)

    urgent, patient = virtual(story)
    before = [t for t in patient if t < max(urgent)]
    assert max(urgent) < 5.0
    assert len(before) <= 5  # of the twenty that came earlier


def test_patient_calls_give_way_and_are_not_forgotten() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> float:
        reader, stopper = Pacer(clock, store), Pacer(clock, store)
        reader.learn(KEY, 10, 1, burst=1)
        rush = [asyncio.create_task(gone(stopper, clock, urgent=True)) for _ in range(200)]
        await clock.sleep(0.2)
        came = await gone(reader, clock)
        for task in rush:
            task.cancel()
        return came

    assert virtual(story) < 4.0


def test_a_killed_process_loses_at_most_one_block() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[float, float]:
        doomed, heir = Pacer(clock, store), Pacer(clock, store)
        doomed.learn(KEY, 10, 1, burst=1)
        tasks = [asyncio.create_task(gone(doomed, clock)) for _ in range(50)]
        await clock.sleep(1.0)
        for task in tasks:
            task.cancel()
        return clock.monotonic(), await gone(heir, clock)

    killed, came = virtual(story)
    assert came - killed <= BLOCK_SECONDS + 0.11


def test_calls_go_on_when_the_store_is_away_and_it_is_said_once() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> list[float]:
        pacer = Pacer(clock, store)
        pacer.learn(KEY, 2, 1, burst=1)
        await gone(pacer, clock)
        store.failing = True
        times = await asyncio.gather(*(gone(pacer, clock) for _ in range(30)))
        asked = store.changes
        store.failing = False
        last = await gone(pacer, clock, 6)
        assert store.changes > asked
        assert store.rows[KEY].due > START + timedelta(seconds=last)  # what went meanwhile is in the row
        return list(times)

    ours = logging.getLogger("offshelf.kit.pacer")
    heard: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)  # whatever a house opened before in this process had set
    try:
        times = virtual(story)
    finally:
        ours.removeHandler(handler)
        ours.setLevel(logging.NOTSET)
    assert most(times, 1.0) <= 2
    assert heard == [
        "the shared pace fails, this process paces by itself meanwhile: away",
        "the shared pace answers again",
    ]


def test_what_was_learnt_while_the_store_was_away_is_told_afterwards() -> None:
    async def story(clock: LoopClock, store: MemoryStore) -> tuple[float, PaceRow]:
        pacer = Pacer(clock, store)
        store.failing = True
        pacer.learn(KEY, 2, 1, burst=1)
        pacer.hold(KEY, START + timedelta(seconds=3))
        held = await gone(pacer, clock, 1)
        store.failing = False
        await gone(pacer, clock, 6)
        return held, store.rows[KEY]

    held, row = virtual(story)
    assert (held, row.calls, row.seconds, row.learnt, row.share < 1) == (3.0, 2, 1.0, True, True)


def test_a_clock_that_was_turned_back_does_not_stop_the_calls() -> None:
    clock, store = ManualClock(START), MemoryStore()
    Pacer(clock, store).learn(KEY, 1, 1, burst=1)
    store.rows[KEY] = replace(store.rows[KEY], due=START + timedelta(hours=5))
    assert Pacer(clock, store).forecast(KEY, 1) < 150
