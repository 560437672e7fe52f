"""The grades of the WeChat Channels connector, proven against the sandbox, which shares no code with it.

What is true is read from the sandbox's own records and ledger; what the platform's numbers mean is written down here
again, in words of the test.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from offshelf.platforms import registry
from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Delivery, Grade, Meaning
from offshelf.sandbox import QuotaPlan
from offshelf.sandbox.pushes import Posting
from offshelf.vocabulary.goods import Audit, Listing, PromotionKind, Shelf
from support.wechat_channels_sandbox import START, Meeting

PREFIX = "/channels/ec/"
DELIST = PREFIX + "product/delisting"
SHELVES = {0: "never_listed", 5: "on", 6: "gone", 9: "gone", 11: "off", 12: "sold_out"} | dict.fromkeys(
    (10, 13, 14, 15, 20), "off_by_platform"
)
SALE, TICKET = PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON


async def all_ids(connector: Connector, *, on_sale_only: bool = False) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await connector.listings.ids(cursor, on_sale_only=on_sale_only)
        found += page.items
        if page.cursor is None:
            return found
        cursor = page.cursor


def test_only_proven_grades_are_declared() -> None:
    declared = registry.manifests()["wechat_channels"].grades
    assert declared == {Grade.READS, Grade.DELISTS, Grade.RELISTS, Grade.WEBHOOKS}


# -- reads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [7, 8, 9]
)  # the seed decides which paths write ids and codes in the other form
def test_the_lists_are_whole(seed: int) -> None:
    meeting = Meeting(seed=seed)
    products = meeting.stores.products.values()
    listed = meeting.play(all_ids)
    on_sale = meeting.play(lambda connector: all_ids(connector, on_sale_only=True))
    assert sorted(listed) == sorted(p.product_id for p in products if p.status not in {0, 6, 9})
    assert sorted(on_sale) == sorted(p.product_id for p in products if p.status == 5)


@pytest.mark.parametrize("when_off", ["returned", "missing", "refused"])
@pytest.mark.parametrize("seed", [7, 8])
def test_every_listing_is_seen_as_it_is(when_off: str, seed: int) -> None:
    meeting = Meeting(seed=seed, product_when_off=when_off)

    async def story(connector: Connector) -> list[Listing]:
        return [(await connector.listings.observe(i)).value for i in meeting.stores.products]

    for seen, true in zip(meeting.play(story), meeting.stores.products.values(), strict=True):
        gone = true.status == 9
        assert (seen.listing_id, seen.shelf.value) == (true.product_id, SHELVES[true.status])
        assert (seen.audit is Audit.PENDING) == (true.edit_status == 2 and not gone)
        assert seen.merchant_code == ("" if gone else true.code)
        assert [(s.sku_id, s.merchant_code, s.price) for s in seen.skus] == (
            [] if gone else [(s.sku_id, s.code, s.price) for s in true.skus]
        )


def test_a_listing_that_does_not_exist_is_gone() -> None:
    seen = Meeting().play(lambda connector: connector.listings.observe("10000000000000001")).value
    assert (seen.shelf, seen.audit) == (Shelf.GONE, Audit.NONE)


@pytest.mark.parametrize("seed", [7, 8])
def test_stock_is_seen_as_it_is(seed: int) -> None:
    meeting = Meeting(seed=seed)
    some = list(meeting.stores.products)[:50]
    seen = meeting.play(lambda connector: connector.stock.observe(some))
    true = {(i, sku.sku_id): sku for i in some for sku in meeting.stores.products[i].skus}
    assert {key: (s.normal, s.reserved, s.elsewhere) for key, s in seen.items()} == {
        key: (sku.normal, sku.reserved, sku.regional) for key, sku in true.items()
    }


@pytest.mark.parametrize("seed", [7, 8])
def test_promotions_and_plans_are_seen_whole(seed: int) -> None:
    meeting = Meeting(seed=seed, size=400)
    stores = meeting.stores

    async def story(connector: Connector) -> tuple[Any, Any]:
        assert connector.promotions is not None
        assert connector.affiliate is not None
        return await connector.promotions.active(), await connector.affiliate.active()

    promotions, plans = meeting.play(story)
    seen = {(p.kind, p.promotion_id): (set(p.listing_ids), p.whole_shop) for p in promotions}
    living = {(SALE, t.task_id): ({t.product_id}, False) for t in stores.tasks.values() if t.status in {0, 1}}
    living |= {
        (TICKET, c.coupon_id): (set(c.product_ids), c.kind > 100)
        for c in stores.coupons.values()
        if c.status in {1, 2}
    }
    assert seen == living
    assert {p.promotion_id for p in plans} == {
        f"{p.kind}:{p.product_id if p.kind == 1 else p.info_id}"
        for p in stores.plans.values()
        if p.status not in {2, 4}
    }


def test_a_shop_without_the_league_has_no_plans() -> None:
    assert Meeting(league_open=False).play(lambda connector: connector.affiliate.active()) == ()


@pytest.mark.parametrize("most", [100_000, 40])
def test_orders_of_ninety_days_come_once_each(most: int) -> None:
    meeting = Meeting(orders_per_range=most)
    since = START - timedelta(days=90)
    seen = meeting.play(lambda connector: connector.orders.changed(since, START))
    inside = [
        o for o in meeting.stores.orders.values() if since.timestamp() <= o.update_time <= START.timestamp()
    ]
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(order.order_id for order in inside)


def test_orders_and_cases_are_seen_as_they_are() -> None:
    meeting = Meeting()
    orders, cases = list(meeting.stores.orders.values())[:60], list(meeting.stores.aftersales.values())

    async def story(connector: Connector) -> tuple[list[Any], list[Any], Any]:
        assert connector.orders is not None
        assert connector.after_sales is not None
        some = [(await connector.orders.observe(o.order_id)).value for o in orders]
        every = [(await connector.after_sales.observe(c.aftersale_id)).value for c in cases]
        return some, every, await connector.after_sales.changed(START - timedelta(days=90), START)

    seen_orders, seen_cases, ids = meeting.play(story)
    assert [
        (o.raw_status, [(line.listing_id, line.quantity, line.paid) for line in o.lines]) for o in seen_orders
    ] == [(str(o.status), [(o.product_id, o.units, o.price * o.units)]) for o in orders]
    assert [(c.raw_status, c.order_id, c.amount) for c in seen_cases] == [
        (c.status, c.order_id, c.amount) for c in cases
    ]
    recent = [c for c in cases if c.update_time >= (START - timedelta(days=90)).timestamp()]
    assert sorted(ids) == sorted(case.aftersale_id for case in recent)


def test_the_window_is_seen_as_it_is() -> None:
    meeting = Meeting()
    products = list(meeting.stores.products.values())
    seen = meeting.play(lambda connector: connector.showcase.items([p.product_id for p in products]))
    shown = {ident for ident, item in seen.items() if item.visible}
    assert shown == {p.product_id for p in products if p.in_window and p.status == 5}
    assert len(seen) == len(products)


def test_a_buyers_look_agrees_with_the_storefront() -> None:
    meeting = Meeting()

    async def story(connector: Connector) -> list[bool | None]:
        assert connector.probe is not None
        return [(await connector.probe.look(p.product_id)).buyable for p in products]

    products = [p for p in meeting.stores.products.values() if p.status != 9]
    assert meeting.play(story) == [p.status == 5 and any(s.available for s in p.skus) for p in products]


# -- delists ------------------------------------------------------------------------------------------------------


def test_taking_off_takes_effect_once_and_is_seen_by_every_path() -> None:
    meeting = Meeting()
    target = meeting.product().product_id

    async def story(connector: Connector) -> list[Any]:
        assert connector.probe is not None
        first, second = await connector.listings.take_off(target), await connector.listings.take_off(target)
        seen = (await connector.listings.observe(target)).value
        listed = await all_ids(connector, on_sale_only=True)
        return [
            first.meaning,
            second.meaning,
            seen.shelf,
            target in listed,
            (await connector.probe.look(target)).buyable,
        ]

    assert meeting.play(story) == [Meaning.OK, Meaning.ALREADY_SO, Shelf.OFF, False, False]
    assert meeting.effects("listing") == [("api", target)]


def test_a_draft_under_audit_is_withdrawn_first() -> None:
    meeting = Meeting()
    target = meeting.product(edit_status=2).product_id

    async def story(connector: Connector) -> list[Meaning]:
        port = connector.listings
        calls = [port.take_off, port.cancel_audit, port.cancel_audit, port.take_off]
        return [(await call(target)).meaning for call in calls]

    assert meeting.play(story) == [Meaning.PRECONDITION, Meaning.OK, Meaning.ALREADY_SO, Meaning.OK]
    assert meeting.effects("audit") + meeting.effects("listing") == [("api", target)] * 2


def test_promotions_and_plans_are_ended() -> None:
    meeting = Meeting(size=400)

    async def story(connector: Connector) -> list[Any]:
        promotions, affiliate = connector.promotions, connector.affiliate
        assert promotions is not None
        assert affiliate is not None
        active = await promotions.active()
        told: list[Any] = []
        for kind in (SALE, TICKET):
            one = next(p.promotion_id for p in active if p.kind is kind)
            told += [(await promotions.stop(kind, one)).meaning for _ in range(2)]
            told.append((await promotions.observe_many(kind, [one]))[one].state.value)
        plan = (await affiliate.active())[0].promotion_id
        told += [(await affiliate.stop(plan)).meaning, (await affiliate.observe(plan)).value.state.value]
        return [
            *told,
            (await affiliate.restore(plan)).meaning,
            (await affiliate.observe(plan)).value.state.value,
        ]

    ok, so = Meaning.OK, Meaning.ALREADY_SO
    assert meeting.play(story) == [ok, so, "ended", ok, so, "ended", ok, "ended", ok, "running"]


def test_stock_is_drained_and_put_back_to_the_unit() -> None:
    meeting = Meeting()
    product = next(
        p for p in meeting.stores.products.values() if p.status == 5 and any(s.normal > 1 for s in p.skus)
    )
    sku = next(s for s in product.skus if s.normal > 1)
    before, key = sku.normal, (product.product_id, sku.sku_id)

    async def story(connector: Connector) -> list[Any]:
        port = connector.stock
        assert port is not None
        told: list[Any] = [(await port.subtract(*key, before + 1)).meaning, sku.normal]
        told += [(await port.subtract(*key, before - 1)).meaning, sku.normal]
        told += [(await port.set_zero(*key)).meaning, sku.normal]
        return [*told, (await port.add(*key, before)).meaning, sku.normal]

    ok = Meaning.OK
    assert meeting.play(story) == [Meaning.REFUSED, before, ok, 1, ok, 0, ok, before]


def test_a_regional_warehouse_is_drained() -> None:
    meeting = Meeting(size=400)
    product, sku = next(
        (p, s) for p in meeting.stores.products.values() for s in p.skus if s.regional and p.status == 5
    )

    async def story(connector: Connector) -> Meaning:
        assert connector.stock is not None
        seen = (await connector.stock.observe([product.product_id]))[product.product_id, sku.sku_id]
        warehouse, units = seen.warehouses[0]
        return (await connector.stock.subtract(product.product_id, sku.sku_id, units, warehouse)).meaning

    assert meeting.play(story) is Meaning.OK
    assert sku.regional == 0


# -- relists ------------------------------------------------------------------------------------------------------


def test_putting_on_goes_through_audit() -> None:
    meeting = Meeting()
    target = meeting.product().product_id

    async def story(connector: Connector) -> list[Any]:
        port = connector.listings
        await port.take_off(target)
        told: list[Any] = [(await port.put_on(target)).meaning]
        seen = (await port.observe(target)).value
        told += [seen.shelf, seen.audit]
        meeting.world.advance(3600)
        seen = (await port.observe(target)).value
        return [*told, seen.shelf, seen.audit]

    assert meeting.play(story) == [Meaning.OK, Shelf.OFF, Audit.PENDING, Shelf.ON, Audit.NONE]


def test_an_audit_quota_says_when_to_come_back() -> None:
    meeting = Meeting(audits_per_hour=0)
    target = meeting.product(status=11).product_id
    result = meeting.play(lambda connector: connector.listings.put_on(target))
    assert (result.meaning, result.code, result.retry_at) == (
        Meaning.QUOTA,
        "10020066",
        START + timedelta(hours=1),
    )
    assert meeting.effects("audit") == []


# -- webhooks -----------------------------------------------------------------------------------------------------


def test_pushes_of_the_sandbox_are_opened() -> None:
    meeting = Meeting()
    target = meeting.product().product_id

    async def story(connector: Connector) -> list[Any]:
        inbound = connector.inbound
        assert inbound is not None
        opened: list[Any] = []

        async def sink(posting: Posting) -> bool:
            opened.append(inbound.open(Delivery(posting.query, posting.headers, posting.body)))
            tampered = posting.query | {"nonce": posting.query["nonce"] + "0"}
            opened.append(inbound.open(Delivery(tampered, posting.headers, posting.body)))
            return True

        meeting.shop.pushes.sink = sink
        await connector.listings.take_off(target)
        await meeting.world.deliver_pushes()
        challenge = meeting.shop.postman.challenge("4827")
        return [*opened, inbound.challenge(challenge), inbound.challenge(challenge | {"signature": "0" * 40})]

    (push,), tampered, answer, refused = meeting.play(story)
    assert (push.topic, push.event, push.subject, push.raw_status) == (
        "listing",
        "product_spu_listing",
        target,
        "11",
    )
    assert (push.happened_at, push.external_id.count(target)) == (START, 1)
    assert (tampered, answer, refused) == (None, "4827", None)


# -- trouble ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "meaning", "effects"),
    [
        ("drop_request", Meaning.UNKNOWN, 0),
        ("drop_answer", Meaning.UNKNOWN, 1),
        ("late_apply", Meaning.UNKNOWN, 0),
        ("accept_and_ignore", Meaning.OK, 0),
        ("error_after_effect", Meaning.UNKNOWN, 1),
        ("html_error", Meaning.UNKNOWN, 0),
        ("empty_200", Meaning.UNKNOWN, 0),
        ("throttle", Meaning.NOT_NOW, 0),
        ("system_busy", Meaning.NOT_NOW, 0),
    ],
)
def test_a_write_that_goes_wrong_is_told_and_sent_once(kind: str, meaning: Meaning, effects: int) -> None:
    meeting = Meeting()
    target = meeting.product().product_id
    more = {"seconds": 30.0} if kind == "late_apply" else {}
    meeting.fault(kind, DELIST, **more)
    result = meeting.play(lambda connector: connector.listings.take_off(target))
    assert result.meaning is meaning
    assert len(meeting.effects("listing")) == effects
    assert meeting.world.calls.count == 2  # the token and the call


@pytest.mark.parametrize(
    "kind", ["drop_request", "drop_answer", "html_error", "empty_200", "throttle", "system_busy"]
)
def test_a_read_that_goes_wrong_now_and_then_is_made_again(kind: str) -> None:
    meeting = Meeting(size=60)
    meeting.fault(kind, "*", every=3)
    seen = meeting.play(lambda connector: all_ids(connector, on_sale_only=True))
    assert sorted(seen) == sorted(p.product_id for p in meeting.stores.products.values() if p.status == 5)


@pytest.mark.parametrize("kind", ["drop_request", "html_error", "empty_200", "system_busy"])
def test_a_read_that_keeps_going_wrong_is_a_failure(kind: str) -> None:
    meeting = Meeting()
    meeting.fault(kind, PREFIX + "product/get")
    with pytest.raises(CallFailedError):
        meeting.play(lambda connector: connector.listings.observe(meeting.product().product_id))


def test_a_status_nobody_knows_is_unknown_everywhere() -> None:
    meeting = Meeting()
    meeting.fault("unknown_enum", "*")
    product, order = meeting.product().product_id, next(iter(meeting.stores.orders))
    case, plan = next(iter(meeting.stores.aftersales)), next(iter(meeting.stores.plans))

    async def story(connector: Connector) -> list[Any]:
        assert connector.orders and connector.after_sales and connector.affiliate and connector.showcase  # noqa: PT018
        promotions = await connector.promotions.active() if connector.promotions else ()
        return [
            (await connector.listings.observe(product)).value.shelf.value,
            (await connector.orders.observe(order)).value.state.value,
            (await connector.after_sales.observe(case)).value.waits_for,
            (await connector.affiliate.observe(plan)).value.state.value,
            *{promotion.state.value for promotion in promotions},
        ]

    assert meeting.play(story) == ["unknown"] * 5


def test_twenty_workers_replace_an_expired_token_once() -> None:
    meeting = Meeting()
    targets = [p.product_id for p in meeting.stores.products.values() if (p.status, p.edit_status) == (5, 4)][
        :20
    ]

    async def story(connector: Connector) -> list[CallResult]:
        await connector.listings.ids()
        meeting.world.wechat.office.expire_all()
        return list(await asyncio.gather(*(connector.listings.take_off(i) for i in targets)))

    assert [result.ok for result in meeting.play(story)] == [True] * 20
    assert dict(meeting.world.calls.tokens) == {"stable_normal": 2}
    assert len(meeting.effects("listing")) == 20


def test_a_token_is_replaced_early_so_that_no_call_is_refused() -> None:
    meeting = Meeting(token_seconds=600)

    async def story(connector: Connector) -> None:
        for _ in range(200):
            await connector.listings.ids()
            meeting.clock.advance(30)

    meeting.play(story)
    outcomes = {outcome for _, outcome in meeting.world.calls.outcomes}
    assert outcomes == {"0"}


def test_a_wrong_secret_asks_for_another_and_a_wrong_address_for_a_person() -> None:
    wrong = Meeting(secret="not-the-secret")
    assert wrong.play(lambda connector: connector.listings.take_off("1")).meaning is Meaning.AUTH
    for refusal in ("errcode", "http403"):
        outside = Meeting(ip_allow=("10.0.0.0/8",), ip_refusal=refusal)
        assert outside.play(lambda connector: connector.listings.take_off("1")).meaning is Meaning.ASK_PERSON


def test_calls_keep_to_a_declared_rate_without_being_refused() -> None:
    meeting = Meeting(quotas=QuotaPlan.parse("product/delisting=10/60s"))
    targets = [p.product_id for p in meeting.stores.products.values() if (p.status, p.edit_status) == (5, 4)][
        :25
    ]

    async def story(connector: Connector) -> list[Meaning]:
        assert connector.quota is not None
        await connector.quota.keep()
        return [(await connector.listings.take_off(i)).meaning for i in targets]

    assert meeting.play(story) == [Meaning.OK] * 25
    assert meeting.clock.now() - START < timedelta(seconds=180)
