"""Grade `relists`: putting on again, through an audit where the platform has one."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import Connector, Meaning
from offshelf.vocabulary.goods import Audit, Shelf
from support.stage import Stage


def test_what_was_taken_off_comes_back_when_the_platform_lets_it(stage: Stage) -> None:
    target = stage.free()[0].listing_id

    async def story(connector: Connector) -> list[Any]:
        port = connector.listings
        await port.take_off(target)
        told: list[Any] = [(await port.put_on(target)).meaning]
        seen = (await port.observe(target)).value
        told += [seen.shelf is Shelf.ON, seen.audit is Audit.PENDING, stage.true(target).on]
        await stage.clock.sleep(3600)
        seen = (await port.observe(target)).value
        return [*told, seen.shelf, seen.audit, stage.true(target).on]

    waits = stage.audits
    assert stage.play(story) == [Meaning.OK, not waits, waits, not waits, Shelf.ON, Audit.NONE, True]
    mine = [one.kind for one in stage.world.ledger.entries() if one.product_id == target]
    assert [kind for kind in mine if kind.startswith("listing")] == ["listing.off", "listing.on"]


@pytest.mark.parametrize("act", ["ban", "destroy"])
def test_what_the_platform_took_does_not_come_back(stage: Stage, act: str) -> None:
    target = stage.free()[0].listing_id
    stage.operate(target, act)
    told = stage.play(lambda connector: connector.listings.put_on(target))
    assert told.meaning in {Meaning.REFUSED, Meaning.ASK_PERSON, Meaning.GONE, Meaning.UNKNOWN}
    assert told.code
    assert not stage.true(target).on
    assert stage.effects("") == []


def test_a_lost_answer_to_putting_on_is_seen_afterwards(stage: Stage) -> None:
    target = stage.free()[0].listing_id

    async def story(connector: Connector) -> list[Any]:
        port = connector.listings
        await port.take_off(target)
        stage.fault("drop_answer", "put_on", first=1)
        told = (await port.put_on(target)).meaning
        seen = (await port.observe(target)).value
        return [told, seen.shelf is Shelf.ON or seen.audit is Audit.PENDING]

    assert stage.play(story) == [Meaning.UNKNOWN, True]
