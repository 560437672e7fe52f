"""Token life: one refresh for everybody, early enough that no call is refused, and a lost grant is said aloud."""

from __future__ import annotations

import asyncio
from typing import Any

from offshelf.kit.http import HttpClient
from offshelf.platforms.contract import CallFailedError, Connector, Meaning
from support.stage import Stage


def workers(stage: Stage, many: int, story: Any) -> Any:
    """Tell a story to many connectors that know of each other only through the shared vault."""

    async def whole() -> Any:
        async with stage.http() as http:
            first = await stage.connect(http)
            await first.listings.ids()  # the first token is there
            stage.latency = 0.02
            return await story([first, *[await stage.connect(http) for _ in range(many - 1)]], http)

    return stage.loop.run_until_complete(whole())


def test_twenty_workers_replace_an_expired_token_once(stage: Stage) -> None:
    targets = [one.listing_id for one in stage.free()[:20]]

    async def story(connectors: list[Connector], _: HttpClient) -> tuple[int, list[bool]]:
        before = stage.token_calls()
        stage.expire_tokens()
        pairs = zip(connectors, targets, strict=True)
        told = await asyncio.gather(*(one.listings.take_off(target) for one, target in pairs))
        return stage.token_calls() - before, [result.ok for result in told]

    assert workers(stage, 20, story) == (1, [True] * 20)
    assert len(stage.effects("listing")) == 20


def test_a_token_is_replaced_early_so_that_no_call_is_refused(stage: Stage) -> None:
    async def story(connectors: list[Connector], _: HttpClient) -> int:
        before = stage.token_calls()
        for _ in range(120):
            for connector in connectors:
                await connector.listings.ids()
            await stage.clock.sleep(7200)
        return stage.token_calls() - before

    assert workers(stage, 2, story) >= 1
    refused = {
        outcome for (path, outcome), _ in stage.world.calls.outcomes.items() if path == stage.paths["list"]
    }
    assert len(refused) == 1  # the mark of success, and nothing else


def test_a_revoked_grant_asks_for_a_person_and_calls_no_more(stage: Stage) -> None:
    target = stage.free()[0].listing_id

    async def story(connectors: list[Connector], http: HttpClient) -> list[Any]:
        stage.revoke()
        told = [(await connectors[0].listings.take_off(target)).meaning]
        before = stage.calls(), stage.token_calls()
        for connector in connectors:
            try:
                await connector.listings.observe(target)
            except CallFailedError as error:
                told.append(error.result.meaning)
        spent = stage.calls() - before[0]
        return [set(told), len(told), spent]

    meanings, count, spent = workers(stage, 5, story)
    assert meanings <= {Meaning.AUTH, Meaning.ASK_PERSON}
    assert count == 6
    assert spent <= 3 * 5  # a token, a refusal, a token: never in circles
    assert stage.effects("") == []


def test_a_grant_is_given_by_a_code_once(stage: Stage) -> None:
    async def story(connector: Connector) -> list[Meaning] | None:
        grant = connector.grant
        if grant is None:
            return None
        code = stage.place.identities()[0]["grant_code"]
        assert "state=x1" in grant.page("http://localhost/back", "x1")
        wrong, first, again = [await grant.redeem(one) for one in ("nothing", code, code)]
        await connector.listings.ids()
        return [first.meaning, *({wrong.ok, again.ok})]

    if "grant" in stage.manifest.ports:
        assert stage.play(story) == [Meaning.OK, False]
    else:
        assert stage.play(story) is None
