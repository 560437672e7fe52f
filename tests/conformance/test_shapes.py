"""Any field missing, null, renamed or of another form: never read as off, ended, closed or sold, never a traceback.

Every field of every answer is bent, one at a time. A read may fail or say that it does not know; it may never say
less than what is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector
from offshelf.vocabulary.goods import Audit, Shelf
from support.bending import Bender, bends, places
from support.stage import Stage, TrueListing
from support.walks import all_ids, all_plans

Look = Callable[[Connector], Awaitable[Any]]
FAILED = object()


class BentStage:
    """A stage with a bender between the sandbox and the connector."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.bender = Bender(stage.app())
        stage.app = lambda: self.bender  # type: ignore[method-assign]

    def every(self, method: str, look: Look) -> list[tuple[str, Any]]:
        """Return (what was bent, what was seen) for every field of the answers of a method."""

        async def story(connector: Connector) -> list[tuple[str, Any]]:
            bender, found = self.bender, []
            bender.path = self.stage.paths[method]
            await look(connector)
            for place in list(places(bender.last)):
                for name, bender.bend in bends(place):
                    try:
                        found.append((f"{place} {name}", await look(connector)))
                    except CallFailedError:
                        found.append((f"{place} {name}", FAILED))
            bender.bend = None
            return found

        found: list[tuple[str, Any]] = self.stage.play(story)
        assert len(found) > 20
        return [(what, value) for what, value in found if value is not FAILED]


@pytest.fixture
def bent(make: Callable[..., Stage]) -> BentStage:
    return BentStage(make(size=60))


def observing(listing: TrueListing) -> Look:
    async def look(connector: Connector) -> Any:
        return (await connector.listings.observe(listing.listing_id)).value

    return look


def test_what_is_on_sale_is_never_seen_as_off(bent: BentStage) -> None:
    seen = bent.every("observe", observing(bent.stage.free()[0]))
    assert [(what, one.shelf) for what, one in seen if one.shelf not in {Shelf.ON, Shelf.UNKNOWN}] == []
    assert Shelf.ON in {one.shelf for _, one in seen}


def test_a_draft_under_audit_is_never_seen_as_none(bent: BentStage) -> None:
    pending = bent.stage.find(lambda one: one.pending)
    seen = bent.every("observe", observing(pending))
    missed = [(what, one.audit) for what, one in seen if one.audit not in {Audit.PENDING, Audit.UNKNOWN}]
    assert missed == []


def test_the_list_of_what_is_on_sale_is_whole_or_fails(bent: BentStage) -> None:
    true = {one.listing_id for one in bent.stage.listings() if one.on}
    seen = bent.every("list", lambda connector: all_ids(connector, on_sale_only=True))
    assert [what for what, ids in seen if not true <= set(ids)] == []


def test_stock_is_never_seen_as_less(bent: BentStage) -> None:
    target = max(bent.stage.free(), key=lambda one: min(sku.total for sku in one.skus))
    true = {sku.sku_id: sku.total for sku in target.skus}

    async def look(connector: Connector) -> Any:
        assert connector.stock is not None
        found = await connector.stock.observe([target.listing_id])
        return {sku: seen.total for (_, sku), seen in found.items()}

    seen = bent.every("stock_read", look)
    # A SKU that is not told of is no SKU without stock: whoever asked sees that it is missing.
    assert [(what, one) for what, one in seen if any(one[sku] < true[sku] for sku in one.keys() & true)] == []


def test_an_open_order_is_never_seen_as_closed(bent: BentStage) -> None:
    order = bent.stage.paid_order()[1]

    async def look(connector: Connector) -> Any:
        assert connector.orders is not None
        return (await connector.orders.observe(order)).value

    seen = bent.every("order_read", look)
    assert [(what, one.state) for what, one in seen if not one.state.open] == []


def test_an_open_case_is_never_seen_as_closed(make: Callable[..., Stage]) -> None:
    bent = BentStage(make(size=200))

    async def look(connector: Connector, case: str = "") -> Any:
        assert connector.after_sales is not None
        return (await connector.after_sales.observe(case)).value

    async def is_open(connector: Connector) -> str:
        for one in bent.stage.cases():
            if (await look(connector, one.case_id)).waits_for == "merchant":
                return one.case_id
        raise LookupError

    case = bent.stage.play(is_open)
    seen = bent.every("case_read", lambda connector: look(connector, case))
    assert [(what, one.waits_for) for what, one in seen if one.waits_for == "nobody"] == []


@pytest.mark.parametrize("what", ["orders", "after_sales"])
def test_a_list_of_changes_is_whole_or_fails(bent: BentStage, what: str) -> None:
    stage = bent.stage
    now = stage.clock.now()
    since = now.replace(hour=0)
    records = (
        [(one.order_id, one.changed) for one in stage.orders()]
        if what == "orders"
        else [(one.case_id, one.changed) for one in stage.cases()]
    )
    true = {i for i, when in records if since.timestamp() <= when < now.timestamp()}
    port = {"orders": "order_list", "after_sales": "case_list"}[what]
    seen = bent.every(port, lambda connector: getattr(connector, what).changed(since, now))
    assert [name for name, ids in seen if not true <= set(ids)] == []


@pytest.mark.parametrize("what", ["promotions", "plans"])
def test_what_promotes_is_never_missing(bent: BentStage, what: str) -> None:
    stage = bent.stage
    ids = [one.listing_id for one in stage.listings()]

    async def look(connector: Connector) -> set[str]:
        assert connector.promotions is not None
        found = (
            await connector.promotions.active() if what == "promotions" else await all_plans(connector, ids)
        )
        return {one.promotion_id for one in found}

    if what == "promotions":
        true = {one.promotion_id for one in stage.promotions() if one.alive}
    else:
        true = {name for name, alive in stage.plans().items() if alive}
    seen = bent.every({"promotions": "coupon_list", "plans": "plan_list"}[what], look)
    assert true
    assert [(name, true - found) for name, found in seen if not true <= found] == []
