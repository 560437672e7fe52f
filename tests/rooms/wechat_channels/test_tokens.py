"""Tokens: one refresh for all, early, and never by force without need."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import CallResult, Connector, Meaning
from support.wechat_channels_wire import APP_ID, CUT, OK, SECRET, START, Bench, refusal

DELIST = "product/delisting"
TOKEN = "/cgi-bin/stable_token"


async def crowd(connector: Connector, number: int = 20) -> list[CallResult]:
    return list(await asyncio.gather(*(connector.listings.take_off(str(n)) for n in range(number))))


def accepts(bench: Bench, good: str) -> None:
    """Let the platform accept one token only."""

    def answer(_body: Any) -> Any:
        used = bench.wire.calls[-1][1]["access_token"]
        return OK if used == good else refusal(40001)

    bench.wire.script(DELIST, answer)


def test_the_first_call_fetches_one_token_for_everyone(bench: Bench) -> None:
    bench.wire.script(DELIST, OK)
    results = bench.run(crowd)
    assert [result.ok for result in results] == [True] * 20
    assert bench.wire.bodies(TOKEN) == [
        {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": False}
    ]
    assert bench.tokens.log == ["claim", "write"]


def test_a_token_is_replaced_three_hundred_seconds_before_its_end(bench: Bench) -> None:
    bench.wire.script(DELIST, OK)

    async def story(connector: Connector) -> list[int]:
        given = []
        for seconds in (0, 7200 - 301, 1):
            bench.clock.advance(seconds)
            await crowd(connector)
            given.append(bench.wire.tokens_given)
        return given

    assert bench.run(story) == [1, 1, 2]


def test_a_token_with_little_life_left_is_kept_for_half_of_it(bench: Bench) -> None:
    bench.wire.script(TOKEN, {"access_token": "short", "expires_in": "280"})
    bench.wire.script(DELIST, OK)

    async def story(connector: Connector) -> list[int]:
        given = []
        for seconds in (0, 139, 1):
            bench.clock.advance(seconds)
            await crowd(connector)
            given.append(len(bench.wire.bodies(TOKEN)))
        return given

    assert bench.run(story) == [1, 1, 2]


def test_a_token_that_expires_under_twenty_workers_is_replaced_once(bench: Bench) -> None:
    accepts(bench, "canary-token-2")
    results = bench.run(crowd)
    assert [result.ok for result in results] == [True] * 20
    assert bench.wire.tokens_given == 2
    assert [body["force_refresh"] for body in bench.wire.bodies(TOKEN)] == [False, False]


def test_two_processes_refresh_once_between_them(bench: Bench) -> None:
    accepts(bench, "canary-token-2")
    other = bench.connect(bench.tokens)

    async def story(connector: Connector) -> list[CallResult]:
        one, two = await asyncio.gather(crowd(connector), crowd(other))
        return one + two

    assert [result.ok for result in bench.run(story)] == [True] * 40
    assert bench.wire.tokens_given == 2
    assert bench.tokens.log == ["claim", "write", "claim", "write"]


def test_a_newer_token_of_another_process_is_used_without_a_refresh(bench: Bench) -> None:
    accepts(bench, "elsewhere")

    async def story(connector: Connector) -> CallResult:
        bench.tokens.write(Secret("old"), START + timedelta(hours=1))
        first = asyncio.create_task(connector.listings.take_off("1"))
        await bench.clock.sleep(0)
        bench.tokens.write(Secret("elsewhere"), START + timedelta(hours=1))
        return await first

    assert bench.run(story).ok is True
    assert bench.wire.bodies(TOKEN) == []


def test_a_later_copy_of_the_refused_token_is_not_taken_for_a_newer_one(bench: Bench) -> None:
    accepts(bench, "canary-token-1")

    async def story(connector: Connector) -> CallResult:
        bench.tokens.write(Secret("same"), START + timedelta(hours=1))
        call = asyncio.create_task(connector.listings.take_off("1"))
        await bench.clock.sleep(0)
        bench.tokens.write(Secret("same"), START + timedelta(hours=1))
        return await call

    assert bench.run(story).ok is True
    assert len(bench.wire.bodies(DELIST)) == 2
    assert len(bench.wire.bodies(TOKEN)) == 1


def test_the_loser_waits_for_the_winner(bench: Bench) -> None:
    bench.wire.script(DELIST, OK)
    assert bench.tokens.claim(0, START + timedelta(seconds=30)) is True

    async def story(connector: Connector) -> CallResult:
        call = asyncio.create_task(connector.listings.take_off("1"))
        for _ in range(5):
            await bench.clock.sleep(0)
        bench.tokens.write(Secret("winner"), START + timedelta(hours=1))
        return await call

    assert bench.run(story).ok is True
    assert bench.wire.bodies(TOKEN) == []
    assert bench.wire.calls[-1][1] == {"access_token": "winner"}


def test_a_winner_that_died_is_succeeded_when_its_claim_lapses(bench: Bench) -> None:
    bench.wire.script(DELIST, OK)
    bench.tokens.claim(0, START + timedelta(seconds=30))
    results = bench.run(crowd)
    assert [result.ok for result in results] == [True] * 20
    assert bench.wire.tokens_given == 1
    assert START + timedelta(seconds=30) <= bench.clock.now() < START + timedelta(seconds=31)


def test_nobody_waits_for_ever(bench: Bench) -> None:
    bench.tokens.claim(0, START + timedelta(days=1))
    result = bench.run(lambda connector: connector.listings.take_off("1"))
    assert result.meaning is Meaning.NOT_NOW
    assert bench.wire.calls == []
    assert START + timedelta(seconds=60) <= bench.clock.now() < START + timedelta(seconds=61)


def test_force_is_used_only_when_normal_mode_insists_on_the_refused_token(bench: Bench) -> None:
    def token(body: Any) -> dict[str, Any]:
        value = "forced" if body["force_refresh"] else "stubborn"
        return {"access_token": value, "expires_in": 7200}

    bench.wire.script(TOKEN, token)
    accepts(bench, "forced")
    assert [result.ok for result in bench.run(crowd)] == [True] * 20
    assert [body["force_refresh"] for body in bench.wire.bodies(TOKEN)] == [False, False, True]


def test_force_is_not_used_twice_within_thirty_seconds(bench: Bench) -> None:
    bench.wire.script(TOKEN, {"access_token": "always-the-same", "expires_in": 7200})
    bench.wire.script(DELIST, refusal(40001))

    async def story(connector: Connector) -> list[CallResult]:
        found = [await connector.listings.take_off("1")]
        bench.clock.advance(10)
        return [*found, await connector.listings.take_off("2")]

    first, second = bench.run(story)
    assert first.meaning is Meaning.AUTH
    assert (second.meaning, second.retry_at) == (Meaning.NOT_NOW, START + timedelta(seconds=30))
    assert [body["force_refresh"] for body in bench.wire.bodies(TOKEN)] == [False, False, True, False]


def test_a_refused_secret_is_asked_once_for_everyone_and_again_later(bench: Bench) -> None:
    bench.wire.script(TOKEN, refusal(40001), {"access_token": "good", "expires_in": 7200})
    bench.wire.script(DELIST, OK)

    async def story(connector: Connector) -> tuple[list[CallResult], int, list[CallResult]]:
        before = await crowd(connector)
        asked = len(bench.wire.bodies(TOKEN))
        bench.clock.advance(2.0)
        return before, asked, await crowd(connector)

    before, asked, after = bench.run(story)
    assert {result.meaning for result in before} == {Meaning.AUTH}
    assert asked == 1
    assert {result.meaning for result in after} == {Meaning.OK}
    assert bench.tokens.log == ["claim", "release", "claim", "write"]


@pytest.mark.parametrize("answer", [CUT, (502, b""), refusal(40001), refusal(45011)])
def test_an_early_refresh_that_fails_does_not_stop_the_calls(bench: Bench, answer: Any) -> None:
    bench.wire.script(TOKEN, {"access_token": "old", "expires_in": 7200}, answer)
    bench.wire.script(DELIST, OK)

    async def story(connector: Connector) -> list[CallResult]:
        await crowd(connector)
        bench.clock.advance(7200 - 300)
        return await crowd(connector)

    assert {result.meaning for result in bench.run(story)} == {Meaning.OK}
    assert len(bench.wire.bodies(TOKEN)) == 2


@pytest.mark.parametrize("seconds", [7200, 7300])
def test_a_token_past_its_end_does_not_live_on(bench: Bench, seconds: int) -> None:
    bench.wire.script(TOKEN, {"access_token": "old", "expires_in": 7200}, CUT)
    bench.wire.script(DELIST, OK)

    async def story(connector: Connector) -> CallResult:
        await crowd(connector)
        bench.clock.advance(seconds)
        return await connector.listings.take_off("1")

    assert bench.run(story).meaning is Meaning.NOT_SENT
    assert len(bench.wire.bodies(DELIST)) == 20


def test_the_stored_token_of_an_earlier_run_is_used(bench: Bench) -> None:
    bench.tokens.write(Secret("stored"), START + timedelta(minutes=30))
    bench.wire.script(DELIST, OK)
    assert {result.meaning for result in bench.run(crowd)} == {Meaning.OK}
    assert bench.wire.bodies(TOKEN) == []


def test_a_missing_secret_gives_the_claim_back(bench: Bench) -> None:
    bench.secrets = {}
    connector = bench.connect(bench.tokens)

    async def story(_: Connector) -> None:
        with pytest.raises(UsageError, match="no_credential"):
            await connector.listings.take_off("1")

    bench.run(story)
    assert bench.tokens.log == ["claim", "release"]
