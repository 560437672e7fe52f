"""A grade is proven by a story, never claimed: what the manifest declares is what can be played here.

The stories below are the shortest that prove a grade; the files beside this one play the same grades at length.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from offshelf.platforms.contract import Connector, Grade, Meaning
from offshelf.vocabulary.goods import Shelf
from support.stage import Stage, delivery
from support.walks import all_ids, all_promotions, changed


class NotOfferedError(Exception):
    """The connector has no port for it, by its own word."""


def offered(port: Any) -> Any:
    if port is None:
        raise NotOfferedError
    return port


async def reads(stage: Stage, connector: Connector) -> None:
    assert {one.listing_id for one in stage.listings() if one.on} == set(
        await all_ids(connector, on_sale_only=True)
    )
    target = stage.free()[0]
    assert (await connector.listings.observe(target.listing_id)).value.shelf is Shelf.ON
    found = await offered(connector.stock).observe([target.listing_id])
    assert {sku for _, sku in found} == set(target.stock())
    for port in (connector.promotions, connector.affiliate):
        offered(port)
    promotions, plans = await all_promotions(connector, stage)
    assert promotions
    assert plans
    now = stage.clock.now()
    for port in (connector.orders, connector.after_sales):
        await changed(offered(port), now.replace(day=1), now)


async def delists(stage: Stage, connector: Connector) -> None:
    target = stage.free()[0].listing_id
    assert (await connector.listings.take_off(target)).meaning is Meaning.OK
    assert not stage.true(target).on
    assert (await connector.listings.observe(target)).value.shelf is Shelf.OFF


async def relists(stage: Stage, connector: Connector) -> None:
    target = stage.free()[0].listing_id
    stage.operate(target, "delist")
    assert (await connector.listings.put_on(target)).meaning is Meaning.OK
    await stage.clock.sleep(3600)
    assert (await connector.listings.observe(target)).value.shelf is Shelf.ON


async def after_sales(stage: Stage, connector: Connector) -> None:
    """Prove that something is done about a case, not only read."""
    parcels, port = offered(connector.parcels), offered(connector.after_sales)
    for one in stage.cases():
        case = (await port.observe(one.case_id)).value
        if case.waits_for != "nobody" and case.parcels:
            told = await parcels.intercept(one.case_id, case.parcels[0])
            if told.meaning is Meaning.OK:
                assert len(stage.effects("parcel.intercepted")) == 1
                return
    pytest.fail("no parcel could be stopped")


async def messages(stage: Stage, connector: Connector) -> None:
    """Prove that buyers can be written to: no connector has a port for it yet."""
    offered(getattr(connector, "messages", None))


async def webhooks(stage: Stage, connector: Connector) -> None:
    inbound = offered(connector.inbound)
    stage.listen()
    _, order = stage.paid_order()
    pushes = [push for one in await stage.posted() for push in inbound.open(delivery(one))]
    assert order in {push.subject for push in pushes}


PROOFS: dict[Grade, Callable[[Stage, Connector], Coroutine[Any, Any, None]]] = {
    Grade.READS: reads,
    Grade.DELISTS: delists,
    Grade.RELISTS: relists,
    Grade.AFTER_SALES: after_sales,
    Grade.MESSAGES: messages,
    Grade.WEBHOOKS: webhooks,
}


def played(stage: Stage, grade: Grade) -> bool:
    """Play the proof of a grade; False where the connector does not offer it."""
    try:
        stage.play(lambda connector: PROOFS[grade](stage, connector))
    except NotOfferedError:
        return False
    return True


def test_the_declared_grades_are_the_proven_ones(make: Callable[..., Stage]) -> None:
    assert set(PROOFS) == set(Grade)
    assert make().manifest.grades == {grade for grade in Grade if played(make(size=300), grade)}
