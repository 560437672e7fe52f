"""Tokens: made once, refreshed in their last hour, made anew only where refreshing does not help."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import CallResult, Connector, Meaning
from support.douyin_wire import ACCOUNT, CREATE, EXPIRED, REFRESH, SECRET, START, Bench, given, ok, refusal

CANCEL = "product.cancelAudit"
WEEK = 604800
DEAD = refusal(50001, "dop.token-generate-failed:token-expired")


async def crowd(connector: Connector, number: int = 20) -> list[CallResult]:
    return list(await asyncio.gather(*(connector.listings.cancel_audit(str(n + 1)) for n in range(number))))


def accepts(bench: Bench, good: str) -> None:
    """Let the platform accept one token only."""
    bench.wire.script(CANCEL, lambda _: ok() if bench.wire.calls[-1][1]["access_token"] == good else EXPIRED)


def token_calls(bench: Bench) -> list[str]:
    return [method for method, _, _ in bench.wire.calls if method.startswith("token.")]


def test_the_first_call_makes_one_token_for_everyone(bench: Bench) -> None:
    bench.wire.script(CANCEL, ok())
    assert [result.ok for result in bench.run(crowd)] == [True] * 20
    assert bench.wire.bodies(CREATE) == [{"code": "", "grant_type": "authorization_self", "shop_id": ACCOUNT}]
    assert "access_token" not in bench.wire.calls[0][1]
    state = bench.tokens.state
    assert state is not None
    assert (state.value, state.refresh) == (Secret("canary-token-1"), Secret("canary-refresh-1"))
    assert state.expires_at == START + timedelta(seconds=WEEK - 1800)
    assert state.refresh_until == START + timedelta(days=14)


def test_a_shop_without_a_number_asks_for_the_earliest() -> None:
    bench = Bench(account_id="")
    bench.wire.script(CANCEL, ok())
    bench.run(crowd)
    assert bench.wire.bodies(CREATE) == [{"code": "", "grant_type": "authorization_self"}]


def test_a_token_is_refreshed_in_its_last_half_hour(bench: Bench) -> None:
    bench.wire.script(CANCEL, ok())

    async def story(connector: Connector) -> list[int]:
        made = []
        for seconds in (0, WEEK - 1801, 1):
            bench.clock.advance(seconds)
            await crowd(connector)
            made.append(bench.wire.tokens_given)
        return made

    assert bench.run(story) == [1, 1, 2]
    assert bench.wire.bodies(REFRESH) == [
        {"grant_type": "refresh_token", "refresh_token": "canary-refresh-1"}
    ]


def test_twenty_workers_with_an_expired_token_refresh_once(bench: Bench) -> None:
    accepts(bench, "canary-token-2")
    assert [result.ok for result in bench.run(crowd)] == [True] * 20
    assert token_calls(bench) == [CREATE, REFRESH]


def test_two_processes_refresh_once_between_them(bench: Bench) -> None:
    accepts(bench, "canary-token-2")
    other = bench.connect(bench.tokens)

    async def story(connector: Connector) -> list[CallResult]:
        one, two = await asyncio.gather(crowd(connector), crowd(other))
        return one + two

    assert [result.ok for result in bench.run(story)] == [True] * 40
    assert token_calls(bench) == [CREATE, REFRESH]


def test_refreshing_that_brings_the_refused_token_again_ends_in_a_new_one(bench: Bench) -> None:
    accepts(bench, "canary-token-2")
    bench.wire.script(REFRESH, given("canary-token-1"))
    assert [result.ok for result in bench.run(crowd)] == [True] * 20
    assert token_calls(bench) == [CREATE, REFRESH, CREATE]


def test_a_refused_refresh_token_loses_nothing(bench: Bench) -> None:
    accepts(bench, "canary-token-2")
    bench.wire.script(REFRESH, DEAD)
    assert [result.ok for result in bench.run(crowd)] == [True] * 20
    assert (token_calls(bench), bench.tokens.lost()) == ([CREATE, REFRESH, CREATE], None)


def test_a_refresh_token_past_its_life_is_not_tried(bench: Bench) -> None:
    bench.tokens.write(
        Secret("old"),
        START - timedelta(days=8),
        refresh=Secret("dead"),
        refresh_until=START - timedelta(days=1),
    )
    bench.wire.script(CANCEL, ok())
    bench.run(crowd)
    assert token_calls(bench) == [CREATE]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (refusal(30001, "dop.authorization-closed"), Meaning.AUTH),
        (refusal(50001, "dop.token-generate-failed:no-authorization"), Meaning.AUTH),
        (refusal(60000, "isv.traffic-limited"), Meaning.NOT_NOW),
        (ok({}), Meaning.NOT_SENT),
        (given("x", seconds=0), Meaning.NOT_SENT),
        (given("x", seconds="soon"), Meaning.NOT_SENT),
        (given("", seconds=WEEK), Meaning.NOT_SENT),
        (b"<html>", Meaning.NOT_SENT),
    ],
)
def test_without_a_token_nothing_is_sent(bench: Bench, answer: Any, meaning: Meaning) -> None:
    bench.wire.script(CREATE, answer)
    found = bench.run(lambda connector: connector.listings.cancel_audit("1"))
    assert (found.meaning, found.method) == (meaning, CANCEL)
    assert bench.wire.bodies(CANCEL) == []
    assert bench.tokens.log == ["claim", "release"]


def test_a_life_longer_than_a_token_can_have_is_not_believed(bench: Bench) -> None:
    bench.wire.script(CREATE, given("x", seconds=1790000000))
    bench.wire.script(CANCEL, ok())
    bench.run(crowd)
    assert bench.tokens.state is not None
    assert bench.tokens.state.expires_at == START + timedelta(seconds=WEEK - 1800)


def test_no_secret_is_in_what_is_kept_as_evidence(bench: Bench) -> None:
    said = f"secret {SECRET}, refresh canary-refresh-1, token canary-token-1"
    bench.wire.script(CREATE, refusal(50001, "dop.token-generate-failed:app-secret-invalid", said))
    found = bench.run(lambda connector: connector.listings.cancel_audit("1"))
    assert SECRET not in found.note
    assert (found.meaning, found.code) == (Meaning.AUTH, "50001:app-secret-invalid")
