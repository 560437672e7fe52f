"""Tokens with a refresh token that may be spent once: shared, kept, and lost in the open."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.tokens import Fresh, GrantLostError, TokenRules, Tokens
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, TokenState
from support.databases import START
from support.vault import MemoryTokens

RULES = TokenRules("oauth2/refresh_token", early_seconds=100, claim_seconds=30)
SPENT = CallResult(Meaning.AUTH, RULES.method, "100200102")


class Door:
    """A platform that rotates: each refresh token opens once."""

    def __init__(self) -> None:
        self.good = "r1"
        self.asked: list[str] = []

    async def fetch(self, stored: TokenState | None, _refused: TokenState | None) -> Fresh:
        key = "" if stored is None or stored.refresh is None else stored.refresh.reveal()
        self.asked.append(key)
        if key != self.good:
            raise GrantLostError(SPENT)
        self.good = f"r{len(self.asked) + 1}"
        return Fresh(f"a{len(self.asked) + 1}", 1000, self.good, 5000)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(clock: ManualClock) -> MemoryTokens:
    made = MemoryTokens(clock)
    made.write(Secret("a1"), START, refresh=Secret("r1"))
    made.log.clear()
    return made


def tokens(store: MemoryTokens, clock: ManualClock, door: Door) -> Tokens:
    return Tokens(store=store, fetch=door.fetch, clock=clock, rules=RULES)


def test_the_pair_is_stored_with_the_ends_of_both(store: MemoryTokens, clock: ManualClock) -> None:
    door = Door()
    state = asyncio.run(tokens(store, clock, door).current())
    assert (state.value.reveal(), state.expires_at) == ("a2", START + timedelta(seconds=900))
    assert state.refresh is not None
    assert (state.refresh.reveal(), state.refresh_until) == ("r2", START + timedelta(seconds=5000))
    assert (store.state, store.log, door.asked) == (state, ["claim", "write"], ["r1"])


def test_twenty_workers_spend_one_refresh_token(store: MemoryTokens, clock: ManualClock) -> None:
    door = Door()
    several = [tokens(store, clock, door) for _ in range(20)]

    async def all_at_once() -> set[str]:
        found = await asyncio.gather(*(one.current() for one in several))
        return {state.value.reveal() for state in found}

    assert asyncio.run(all_at_once()) == {"a2"}
    assert door.asked == ["r1"]


def test_a_pair_lost_between_answer_and_saving_is_lost_in_the_open(
    store: MemoryTokens, clock: ManualClock
) -> None:
    door = Door()
    door.good = "r2"  # the platform answered, and the process died before it wrote that down
    one = tokens(store, clock, door)
    clock.advance(200)
    for _ in range(3):
        with pytest.raises(CallFailedError) as caught:
            asyncio.run(one.current())
        assert (caught.value.result.meaning, caught.value.result.code) == (Meaning.AUTH, "100200102")
    assert (door.asked, store.lost(), store.log) == (["r1"], "100200102", ["claim", "lose"])


def test_the_old_token_serves_to_its_end_after_the_grant_was_lost(
    store: MemoryTokens, clock: ManualClock
) -> None:
    door = Door()
    door.good = "r2"
    one = tokens(store, clock, door)
    clock.advance(99)  # replaced early, so it still lives
    assert asyncio.run(one.current()).value.reveal() == "a1"
    assert store.lost() == "100200102"


def test_a_new_consent_ends_the_loss(store: MemoryTokens, clock: ManualClock) -> None:
    door = Door()
    store.lose("100200102", 1)
    one = tokens(store, clock, door)
    one.take(Fresh("a9", 1000, "r9", 5000))
    assert (asyncio.run(one.current()).value.reveal(), store.lost(), door.asked) == ("a9", None, [])


def test_a_newer_pair_somebody_brought_meanwhile_is_taken_instead_of_losing_the_grant(
    store: MemoryTokens, clock: ManualClock
) -> None:
    async def stalls(stored: TokenState | None, _refused: TokenState | None) -> Fresh:
        # While we were away past our claim, another process spent the refresh token and stored what came.
        store.write(Secret("a2"), START + timedelta(hours=1), refresh=Secret("r2"))
        raise GrantLostError(SPENT)

    one = Tokens(store=store, fetch=stalls, clock=clock, rules=RULES)
    clock.advance(200)
    assert (asyncio.run(one.current()).value.reveal(), store.lost()) == ("a2", None)
