"""Leases: one holder at a time, a larger token for each, and no late writer gets through."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count, pairwise
from random import Random
from threading import Barrier, Lock

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.durable.lease import HELD, MARGIN, Lanes, Lease, Leases, StaleLeaseError
from offshelf.durable.ledger import Ledger, LedgerAct, Settling
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.databases import START

FOR = timedelta(seconds=30)
ACT = LedgerAct("A1", "P1", "s1", 0, 0, 3, "take_off", "L1", "L1", {})


@pytest.fixture
def leases(database, clock):
    return Leases(database, clock)


def test_the_first_to_claim_holds_it_and_the_second_gets_nothing(leases):
    assert leases.claim("n", "a", FOR) == Lease("n", "a", 1, START + FOR)
    assert leases.claim("n", "b", FOR) is None
    assert leases.claim("other", "b", FOR) == Lease("other", "b", 1, START + FOR)


def test_the_token_grows_at_a_change_of_holder_and_at_no_other_time(leases, clock):
    tokens = [leases.claim("n", "a", FOR).token]
    tokens.append(leases.claim("n", "a", FOR).token)
    clock.advance(31)
    tokens.append(leases.claim("n", "a", FOR).token)  # run out, but nobody came
    clock.advance(31)
    tokens.append(leases.claim("n", "b", FOR).token)
    clock.advance(31)
    tokens.append(leases.claim("n", "a", FOR).token)
    assert tokens == [1, 1, 1, 2, 3]


def test_it_ends_exactly_at_its_end(leases, clock):
    leases.claim("n", "a", FOR)
    clock.advance(29.999)
    assert leases.claim("n", "b", FOR) is None
    clock.advance(0.001)
    assert leases.claim("n", "b", FOR).token == 2


def test_renewing_lengthens_it_and_a_stale_one_cannot(leases, clock):
    mine = leases.claim("n", "a", FOR)
    clock.advance(20)
    renewed = leases.renew(mine, FOR)
    assert (renewed.token, renewed.until) == (1, START + timedelta(seconds=50))
    clock.advance(30)
    assert leases.renew(renewed, FOR).until == START + timedelta(seconds=80)  # run out, but nobody came
    clock.advance(30)
    theirs = leases.claim("n", "b", FOR)
    with pytest.raises(StaleLeaseError):
        leases.renew(renewed, FOR)
    assert leases.renew(theirs, FOR) == theirs


def test_what_is_released_is_free_at_once_and_only_by_its_holder(leases, clock):
    mine = leases.claim("n", "a", FOR)
    clock.advance(1)
    leases.release(mine)
    theirs = leases.claim("n", "b", FOR)
    assert theirs.token == 2
    leases.release(mine)
    assert leases.claim("n", "c", FOR) is None


def test_who_knows_that_the_holder_is_gone_seizes_it_under_a_post(leases):
    leases.claim("n", "a", FOR)
    post = leases.seize("worker", "b", FOR)
    assert leases.seize("n", "b", FOR, under=post).token == 2
    leases.seize("worker", "c", FOR)
    with pytest.raises(StaleLeaseError):
        leases.seize("n", "b", FOR, under=post)
    assert leases.seize("n", "c", FOR).token == 3


def test_of_many_who_claim_at_once_one_gets_it(database, clock):
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: Leases(database, clock).claim("n", f"h{n}", FOR), range(8)))
    assert [lease.token for lease in got if lease is not None] == [1]


# -- the ledger ---------------------------------------------------------------------------------------------------


def ledger_of(database: Database, clock: ManualClock) -> Ledger:
    return Ledger(database, clock)


@pytest.fixture
def ledger(database, clock):
    made = ledger_of(database, clock)
    with database.begin() as tx:
        made.plan(tx, "P1", [ACT])
    return made


def acts(database: Database) -> list[tuple[object, ...]]:
    with database.read() as tx:
        return [tuple(row) for row in tx.execute(sa.text("SELECT * FROM act ORDER BY act_id"))]


@pytest.mark.parametrize("write", ["intend", "settle"])
def test_a_late_write_is_refused_with_all_that_belongs_to_it(ledger, database, clock, write):
    mine = ledger.lanes.hold("P1", "s1")
    other = ledger_of(database, clock)
    other.lanes.begin("P1", ["s1"])
    before, also = acts(database), []
    done = [Settling("A1", "done", "", {}, settled=True)]
    calls = {
        "intend": lambda: ledger.intend({"A1": {"shelf": "on"}}, mine),
        "settle": lambda: ledger.settle(done, also.append, mine),
    }
    with pytest.raises(StaleLeaseError) as caught:
        calls[write]()
    assert (caught.value.code, acts(database), also) == ("durable.lease_stale", before, [])
    other.intend({"A1": {"shelf": "on"}}, other.lanes.hold("P1", "s1"))
    assert ledger.acts("P1")[0].attempts == 1


def test_writes_keep_the_lease_alive(ledger, clock):
    mine = ledger.lanes.hold("P1", "s1")
    clock.advance(100)
    ledger.intend({"A1": None}, mine)
    assert ledger.lanes.hold("P1", "s1").until == clock.now() + HELD


def test_a_write_costs_one_statement_more(ledger, database):
    mine = ledger.lanes.hold("P1", "s1")

    def statements(lease: Lease | None) -> int:
        heard: list[str] = []

        def hear(_c: object, _k: object, text: str, *_: object) -> None:
            heard.append(text)

        sa.event.listen(database.engine, "before_cursor_execute", hear)
        try:
            ledger.intend({"A1": None}, lease)
        finally:
            sa.event.remove(database.engine, "before_cursor_execute", hear)
        return len(heard)

    assert statements(mine) - statements(None) == 1


# -- the leases of a process --------------------------------------------------------------------------------------


@pytest.fixture
def two(sqlite_database, clock):
    """Return the lanes of two processes; the first one is at its post and holds a lane."""
    first, second = Lanes(sqlite_database, clock), Lanes(sqlite_database, clock)
    first.enter()
    first.hold("P1", "s1")
    return first, second


def test_whoever_enters_makes_the_other_one_stale_for_good(two):
    first, second = two
    second.enter()
    with pytest.raises(StaleLeaseError):
        first.hold("P1", "s2")  # a lane neither has touched: the post alone tells
    for call in (lambda: first.hold("P1", "s1"), lambda: first.begin("P1", ["s1"]), first.refuse_lost):
        with pytest.raises(StaleLeaseError):
            call()
    assert second.hold("P1", "s1").token == 2
    first.enter()  # the worker's lock is its own again
    assert first.hold("P1", "s1").token == 3


def test_a_batch_of_an_earlier_time_at_the_post_is_stale_in_the_same_process(two):
    first, second = two
    old = first.hold("P1", "s1")
    second.enter()
    second.hold("P1", "s1")
    first.enter()
    first.hold("P1", "s1")
    with pytest.raises(StaleLeaseError):
        first.fit(old)
    first.refuse_lost()  # only that batch ends: whoever came after it in this process works on
    assert first.hold("P1", "s1").token == 3


def test_a_batch_that_outlived_its_worker_does_not_end_the_next_one(two, sqlite_database):
    first, _ = two
    old = first.hold("P1", "s1")
    first.enter()
    with pytest.raises(StaleLeaseError), sqlite_database.begin() as tx:
        first.keep(tx, old)
    first.refuse_lost()
    assert first.hold("P1", "s1").token == 1


def test_before_a_call_the_database_is_asked_only_when_time_runs_short(two, clock, sqlite_database):
    first, second = two
    lease = first.hold("P1", "s1")
    second.enter()
    second.hold("P1", "s1")
    first.fit(lease)  # nothing is asked: the lease lasts, and whoever took over waits for no clock
    clock.advance((HELD - MARGIN).total_seconds() + 1)
    with pytest.raises(StaleLeaseError):
        first.fit(lease)


def test_a_long_batch_renews_on_its_way(two, clock):
    first, _ = two
    lease = first.hold("P1", "s1")
    for _ in range(5):
        clock.advance(100)
        first.fit(lease)
    assert first.hold("P1", "s1").until == clock.now() + HELD


def test_what_is_written_about_a_plan_stands_or_falls_with_its_lanes_and_the_post(two, sqlite_database):
    first, second = two
    with sqlite_database.begin() as tx:
        first.stand(tx, "P1")
    second.enter()
    with pytest.raises(StaleLeaseError), sqlite_database.begin() as tx:
        first.stand(tx, "P1")
    with sqlite_database.begin() as tx:
        second.stand(tx, "P1")


# -- histories ----------------------------------------------------------------------------------------------------

DATABASES: dict[str, Iterator[int]] = {"n": count(1)}


class History:
    """Holders that claim, sleep, wake and write, in any order; and what their writes must look like."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database, self.clock, self.leases = database, clock, Leases(database, clock)
        self.name = f"lane-{next(DATABASES['n'])}"
        self.held: dict[str, Lease] = {}
        self.written: list[tuple[str, int]] = []  # (holder, token) in the order of the commits
        self.lock = Lock()

    def claim(self, holder: str) -> None:
        lease = self.leases.claim(self.name, holder, FOR)
        if lease is not None:
            self.held[holder] = lease

    def write(self, holder: str) -> bool:
        """Write under whatever lease the holder believes in, however old; tell whether it got through."""
        lease = self.held.get(holder)
        if lease is None:
            return False
        try:
            with self.database.begin() as tx:
                self.held[holder] = self.leases.keep(tx, lease, FOR)
                with self.lock:  # inside the transaction: the order of the list is the order of the commits
                    self.written.append((holder, lease.token))
        except StaleLeaseError:
            del self.held[holder]
            return False
        return True

    def judge(self) -> None:
        """No token comes back after a larger one, and no token has two holders."""
        assert all(one[1] <= other[1] for one, other in pairwise(self.written)), self.written
        holders = {(token, holder) for holder, token in self.written}
        assert len(holders) == len({token for token, _ in holders}), self.written


STEPS = st.lists(
    st.tuples(st.sampled_from(["claim", "write", "sleep", "release"]), st.sampled_from("abc")), max_size=40
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_writes_follow_the_tokens(sqlite_database, steps):
    clock = ManualClock(START)
    history = History(sqlite_database, clock)
    newest = 0
    for what, holder in steps:
        if what == "sleep":
            clock.advance(31)
        elif what == "release" and holder in history.held:
            history.leases.release(history.held[holder])
        elif what == "claim":
            history.claim(holder)
            newest = max([newest, *(lease.token for lease in history.held.values())])
        elif what == "write":
            believed = history.held.get(holder)
            # Exactly the newest token gets through: not one that was overtaken, and always the present one.
            assert history.write(holder) is (believed is not None and believed.token == newest)
    history.judge()


def test_with_real_threads_writes_follow_the_tokens(database):
    clock = ManualClock(START)
    history = History(database, clock)
    # All four go together, step by step: left alone, one thread may be through before the others have begun.
    together = Barrier(4)

    def live(holder: str) -> None:
        dice = Random(holder)
        for _ in range(30):
            what = dice.choice(["claim", "claim", "write", "write", "sleep"])
            together.wait(timeout=60)
            if what == "sleep":
                clock.advance(31)
            else:
                getattr(history, what)(holder)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(live, "abcd"))
    assert len({holder for holder, _ in history.written}) > 1
    history.judge()


@pytest.mark.parametrize("write", ["keep", "stand"])
def test_nobody_takes_a_lane_over_while_a_write_under_it_is_on_its_way(postgres_database, clock, write):
    leases = Leases(postgres_database, clock)
    mine = leases.claim("n", "a", FOR)
    wish = sa.text("SELECT token FROM lease FOR UPDATE NOWAIT")
    with postgres_database.begin() as tx:
        leases.keep(tx, mine, FOR) if write == "keep" else leases.stand(tx, [mine])
        with pytest.raises(sa.exc.OperationalError), postgres_database.engine.begin() as other:
            other.execute(wish)
    with postgres_database.begin() as tx:
        assert tx.execute(wish).scalar() == 1
