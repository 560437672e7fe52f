"""The engine without durability: order, stops, bugs."""

from __future__ import annotations

from offshelf.durable.engine import InlineEngine, Work, WorkState
from support.delisting_house import LivesClock


def work(name, lane="a", chunk=0, batches=2):
    return Work(name, "P", lane, chunk, batches, 1)


def run(handler, *pieces):
    """Submit, let everything end, and return (engine, states)."""
    clock = LivesClock()

    async def main():
        engine = InlineEngine(handler(clock))
        await engine.submit(pieces)
        await clock.sleep(60)
        return engine, await engine.states([piece.work_id for piece in pieces])

    return clock.live(main())


def recording(seen, seconds=0.0, stop=()):
    def make(clock):
        async def handler(piece, number):
            seen.append((piece.work_id, number, clock.monotonic()))
            await clock.sleep(seconds)
            return (piece.work_id, number) not in stop

        return handler

    return make


def test_batches_and_chunks_of_a_lane_follow_each_other():
    seen = []
    _, states = run(recording(seen, 1), work("w1"), work("w2"))
    assert seen == [("w1", 0, 0), ("w1", 1, 1), ("w2", 0, 2), ("w2", 1, 3)]
    assert set(states.values()) == {WorkState.FINISHED}


def test_lanes_run_side_by_side():
    seen = []
    run(recording(seen, 1), work("w1"), work("w2", lane="b"))
    assert [at for _, _, at in seen] == [0, 0, 1, 1]


def test_a_handler_that_says_stop_ends_its_chunk_only():
    seen = []
    run(recording(seen, stop={("w1", 0)}), work("w1"), work("w2"))
    assert [(name, number) for name, number, _ in seen] == [("w1", 0), ("w2", 0), ("w2", 1)]


def test_a_bug_fails_its_chunk_and_the_next_one_runs():
    def make(_clock):
        async def handler(piece, _number):
            if piece.work_id == "w1":
                raise ZeroDivisionError
            return True

        return handler

    engine, states = run(make, work("w1"), work("w2"))
    assert states == {"w1": WorkState.FAILED, "w2": WorkState.FINISHED}
    assert [type(error) for error in engine.errors] == [ZeroDivisionError]


def test_work_submitted_twice_runs_once():
    seen = []
    run(recording(seen), work("w1"), work("w1"))
    assert len(seen) == 2


def test_work_nobody_submitted_has_no_state():
    clock = LivesClock()
    assert clock.live(InlineEngine(recording([])(clock)).states(["w9"])) == {}
