"""Buyers: only what is up and passed is sold, goods are conserved, and one stock is shared with other platforms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.sandbox.douyin.state import Sku
from offshelf.sandbox.storefront import Look
from support.douyin_desk import OFF, ON_SALE, DouyinDesk


def _conserved(desk: DouyinDesk) -> bool:
    return all(
        sku.available + sku.locked + sku.sold == sku.physical
        and min(sku.normal, sku.reserved, sku.regional, sku.stepped, sku.locked, sku.sold) >= 0
        for product in desk.shop.stores.products.values()
        for sku in product.skus
    )


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    moves=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 200_000)), min_size=1, max_size=8),
)
def test_buyers_alone_never_oversell_and_goods_are_conserved(seed: int, moves: list[tuple[int, int]]) -> None:
    desk = DouyinDesk(size=20, seed=seed, ship_after_seconds=3_600.0)
    assert _conserved(desk)
    for attempts, wait in moves:
        desk.buyers.step(attempts)
        desk.advance(wait)
        assert _conserved(desk)
    assert desk.buyers.report()["oversold"] == 0


def test_the_same_seed_has_the_same_history() -> None:
    histories = []
    for seed in (7, 7, 8):
        desk = DouyinDesk(seed=seed)
        desk.data("product.setOffline", {"product_id": int(desk.product().product_id)})
        for _ in range(4):
            desk.buyers.step(100)
            desk.advance(600)
        histories.append(desk.engine.ledger.jsonl())
    assert histories[0] == histories[1] != histories[2]


@pytest.mark.parametrize(
    ("states", "look"),
    [
        (ON_SALE, Look(buyable=True, why="")),
        ((0, 3, 2), Look(buyable=True, why="")),
        (OFF, Look(buyable=False, why="off_sale")),
        ((0, 2, 2), Look(buyable=False, why="off_sale")),
        ((0, 4, 4), Look(buyable=False, why="off_sale")),
        ((0, 1, 1), Look(buyable=False, why="off_sale")),
        ((1, 7, 0), Look(buyable=False, why="off_sale")),
        ((1, 5, 0), Look(buyable=False, why="off_sale")),
        ((2, 1, 0), Look(buyable=False, why="gone")),
    ],
)
def test_what_a_buyer_sees(desk: DouyinDesk, states: tuple[int, int, int], look: Look) -> None:
    product = desk.product(states)
    assert desk.front.look(product.product_id) == look
    placed = desk.front.place(product.product_id, product.skus[0].sku_id, 1)
    assert placed.refusal == look.why


def test_nobody_can_buy_what_is_off_and_the_attempts_are_counted(desk: DouyinDesk) -> None:
    desk.buyers.step(300)
    products = [
        p for p in desk.shop.stores.products.values() if p.on_sale and not p.prize and 17 not in p.locks
    ]
    for product in products:
        assert desk.code("product.setOffline", {"product_id": int(product.product_id)}) == "10000"
    desk.advance(60)
    desk.buyers.step(600)
    report = desk.buyers.report()
    assert report["attempts_after_off"] > 300
    assert report["orders_after_off"] == 0
    assert desk.front.off_since(products[0].product_id) == desk.engine.time.now() - 60


def test_an_order_locks_and_its_cancellation_gives_back(desk: DouyinDesk) -> None:
    product = desk.product()
    sku = product.skus[0]
    before = sku.available
    order = desk.buy(product)
    assert (sku.available, sku.locked) == (before - 1, 1)
    desk.advance(1_800)
    assert (order.status, sku.available, sku.locked) == (4, before, 0)
    assert not desk.front.pay(order.order_id)
    assert [
        (e.kind, e.actor)
        for e in desk.effects()
        if e.sku_id == sku.sku_id and e.subject in {order.order_id, ""}
    ] == [
        ("order.created", "buyer"),
        ("order.cancelled", "platform"),
        ("stock.release", "platform"),
    ]


def test_what_is_sold_elsewhere_is_taken_off_here(desk: DouyinDesk) -> None:
    sku = desk.held("activity").skus[0]
    normal, reserved = sku.normal, sku.reserved
    desk.front.withdraw(sku.code, normal + 1)
    assert (sku.normal, sku.reserved) == (0, reserved - 1)
    desk.front.withdraw(sku.code, 10_000)
    desk.front.withdraw("NO-SUCH-CODE", 1)
    assert sku.available == 0
    assert [(e.kind, e.actor, e.before, e.after) for e in desk.effects("stock")] == [
        ("stock.hub", "operator", normal + reserved, reserved - 1),
        ("stock.hub", "operator", reserved - 1, 0),
    ]


def test_what_was_sold_elsewhere_does_not_come_back_with_a_cancelled_order(desk: DouyinDesk) -> None:
    product = desk.product()
    sku = product.skus[0]
    order = desk.buy(product, 2)
    desk.front.withdraw(sku.code, sku.normal + 1)
    desk.front.cancel(order.order_id)
    assert (sku.available, sku.owed) == (1, 0)


class Elsewhere:
    """A front of another platform that only hears what is sold."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def withdraw(self, sku_code: str, units: int) -> None:
        self.heard.append((sku_code, units))


def test_one_stock_behind_every_platform(desk: DouyinDesk) -> None:
    other = Elsewhere()
    desk.engine.merchant.shared = [desk.front, other]  # type: ignore[list-item]
    product = desk.product()
    sku: Sku = product.skus[0]
    order = desk.buy(product, 2)
    desk.front.pay(order.order_id)
    assert other.heard == [(sku.code, 2)]
    assert desk.engine.merchant.pools[sku.code].sold == 2
    assert desk.front.units()[:3] == (2, 0, 0)


def test_every_article_of_the_merchant_is_listed_with_its_whole_stock(desk: DouyinDesk) -> None:
    articles = {article.code: article for article in desk.engine.merchant.articles}
    products = list(desk.shop.stores.products.values())
    assert [product.code for product in products] == list(articles)
    for product in products:
        goods = [sku.pool.goods for sku in articles[product.code].skus]
        assert [sku.available + sku.locked for sku in product.skus] == goods
    assert min(int(product.product_id) for product in products) == 3600000000000000001


@pytest.mark.parametrize("size", [20, 3000])
def test_small_and_large_shops_have_everything(size: int) -> None:
    desk = DouyinDesk(size=size)
    products = desk.shop.stores.products.values()
    assert len(products) == size
    for mark in ("activity", "seckill", "prize", "presell_type"):
        assert any(getattr(product, mark) for product in products), mark
    stores = desk.shop.stores
    assert all(
        (stores.coupons, stores.simple, stores.targeted, stores.strategies, stores.videos, stores.cases)
    )
    assert {coupon.status for coupon in stores.coupons.values()} == {1, 2, 3, 4}
