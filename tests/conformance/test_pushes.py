"""Grade `webhooks`: pushes are opened when they are authentic, and are hints: losing some loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from offshelf.platforms.contract import Connector, InboundPort, Push
from offshelf.sandbox.pushes import Posting
from support.stage import Stage, delivery
from support.walks import all_ids


def opened(inbound: InboundPort, posting: Posting) -> tuple[Push, ...]:
    found = inbound.open(delivery(posting))
    assert found is not None
    return found


def test_a_push_of_a_paid_order_is_opened(stage: Stage) -> None:
    async def story(connector: Connector) -> tuple[str, list[Push]]:
        assert connector.inbound is not None
        stage.listen()
        _, order = stage.paid_order()
        found = [push for one in await stage.posted() for push in opened(connector.inbound, one)]
        return order, found

    order, pushes = stage.play(story)
    mine = [push for push in pushes if push.subject == order]
    assert mine
    assert {push.topic for push in mine} == {"order"}
    assert len({push.external_id for push in pushes}) == len(pushes)
    assert all(push.happened_at == stage.clock.now() for push in mine)


def test_one_changed_byte_anywhere_is_refused(stage: Stage) -> None:
    async def story(connector: Connector) -> tuple[int, list[int]]:
        assert connector.inbound is not None
        stage.listen()
        stage.paid_order()
        posting = (await stage.posted())[0]
        start, end = stage.sealed_part(posting)
        through = []
        for place in range(start, end):
            other = b"A" if posting.body[place : place + 1] != b"A" else b"B"
            bent = posting.body[:place] + other + posting.body[place + 1 :]
            if connector.inbound.open(delivery(posting, bent)) is not None:
                through.append(place)
        return end - start, through

    length, through = stage.play(story)
    assert length > 100
    assert through == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"Encrypt": 1}', b"x" * 300])
def test_what_is_no_push_is_refused_without_a_traceback(stage: Stage, body: bytes) -> None:
    async def story(connector: Connector) -> Any:
        assert connector.inbound is not None
        stage.listen()
        stage.paid_order()
        posting = (await stage.posted())[0]
        return connector.inbound.open(delivery(posting, body)), connector.inbound.open(
            delivery(Posting({}, {}, body))
        )

    assert stage.play(story) == (None, None)


def test_the_receipt_is_what_the_platform_wants(stage: Stage) -> None:
    async def story(connector: Connector) -> str:
        assert connector.inbound is not None
        return connector.inbound.receipt().body

    receipt = stage.play(story).encode()
    assert stage.pushes._manner.agreed(200, receipt)


@pytest.mark.parametrize("trouble", ["none", "duplicated", "shuffled", "a third lost"])
def test_losing_pushes_loses_nothing_after_one_look_at_everything(
    make: Callable[..., Stage], trouble: str
) -> None:
    stage = make(size=60, seed=9)

    async def story(connector: Connector) -> tuple[dict[str, bool], int]:
        assert connector.inbound is not None
        state = dict.fromkeys(await all_ids(connector, on_sale_only=True), True)
        stage.listen()
        for place, one in enumerate(stage.free()[:24]):
            stage.operate(one.listing_id, ("delist", "violation", "destroy")[place % 3])
        for _ in range(6):
            stage.paid_order()
        heard: set[str] = set()
        for posting in hurt(await stage.posted(), trouble):
            for push in opened(connector.inbound, posting):
                if push.external_id in heard or push.topic != "listing":
                    continue
                heard.add(push.external_id)
                seen = (await connector.listings.observe(push.subject)).value
                state[push.subject] = seen.shelf.sellable is True
        on_sale = set(await all_ids(connector, on_sale_only=True))  # the reconciliation
        return {one: one in on_sale for one in state.keys() | on_sale}, len(heard)

    end, heard = stage.play(story)
    assert {one for one, on in end.items() if on} == {one.listing_id for one in stage.listings() if one.on}
    assert sum(not on for on in end.values()) == 24
    assert heard <= 48


def hurt(postings: list[Posting], trouble: str) -> list[Posting]:
    dice = Random(5)
    match trouble:
        case "duplicated":
            return [posting for posting in postings for _ in range(2)]
        case "shuffled":
            return dice.sample(postings, len(postings))
        case "a third lost":
            return [posting for posting in postings if dice.random() > 1 / 3]
        case _:
            return postings
