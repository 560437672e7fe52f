"""Buyers: the same history from the same seed, never an oversale of their own, and honest counts."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.sandbox.wechat.state import Product
from support.sandbox_desk import PRODUCT, SandboxDesk


def _conserved(desk: SandboxDesk) -> bool:
    return all(
        sku.normal + sku.reserved + sku.regional + sku.locked + sku.sold == sku.physical
        and min(sku.normal, sku.reserved, sku.regional, sku.locked, sku.sold) >= 0
        for product in desk.shop.stores.products.values()
        for sku in product.skus
    )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    moves=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2500)), min_size=1, max_size=12),
)
def test_buyers_alone_never_oversell_and_goods_are_conserved(seed: int, moves: list[tuple[int, int]]) -> None:
    desk = SandboxDesk(size=20, seed=seed)
    for attempts, wait in moves:
        desk.world.buyers.step(attempts)
        desk.world.advance(wait)
        assert _conserved(desk)
    assert desk.world.buyers.report()["oversold"] == 0


def test_the_same_seed_has_the_same_history() -> None:
    histories = []
    for seed in (7, 7, 8):
        desk = SandboxDesk(seed=seed)
        for _ in range(5):
            desk.world.buyers.step(100)
            desk.world.advance(600)
        histories.append(desk.world.ledger.jsonl())
    assert histories[0] == histories[1] != histories[2]


def test_every_attempt_is_an_order_or_a_refusal(desk: SandboxDesk) -> None:
    desk.world.buyers.step(2000)
    tally = desk.world.buyers.tally
    assert tally.attempts == 2000 == tally.orders + sum(tally.refused.values())
    assert len(desk.effects("order.created")) == tally.orders > 500
    assert set(tally.refused) == {"off_sale", "gone", "sold_out", "sku_short"}


def test_orders_end_paid_or_cancelled(desk: SandboxDesk) -> None:
    desk.world.buyers.step(500)
    desk.world.advance(1801)
    tally = desk.world.buyers.tally
    ran_out = [e for e in desk.effects("order.cancelled") if e.actor == "platform"]
    generated = sum(
        1 for o in desk.shop.stores.orders.values() if o.openid.startswith("oA") and o.status == 250
    )
    assert tally.paid + tally.cancelled <= tally.orders
    assert len(ran_out) >= tally.orders - tally.paid - tally.cancelled > 0
    assert generated > 0
    assert 0.8 < tally.paid / tally.orders < 0.95


def _everything_off(desk: SandboxDesk) -> list[Product]:
    products = [p for p in desk.shop.stores.products.values() if (p.status, p.edit_status) == (5, 4)]
    for product in products:
        desk.call(PRODUCT + "delisting", {"product_id": product.product_id})
    return products


def test_nobody_can_buy_what_is_off_and_the_attempts_are_counted(desk: SandboxDesk) -> None:
    desk.world.buyers.step(300)
    products = _everything_off(desk)
    off_at = desk.world.now()
    desk.clock.advance(60)
    desk.world.buyers.step(600)
    report = desk.world.buyers.report()
    assert report["orders_after_off"] == 0
    assert report["attempts_after_off"] > 300
    assert {entry["off_at"] for entry in report["after_off"].values()} == {off_at}
    later = desk.world.buyers.orders_since(off_at + 1)
    assert not set(later) & {p.product_id for p in products}


def test_orders_since_an_instant(desk: SandboxDesk) -> None:
    desk.world.buyers.step(200)
    middle = desk.world.now() + 5
    desk.clock.advance(10)
    before = desk.world.buyers.tally.orders
    desk.world.buyers.step(200)
    counts = desk.world.buyers.orders_since(middle)
    assert sum(counts.values()) == desk.world.buyers.tally.orders - before > 0


def test_stock_that_was_never_there_is_counted_when_sold(desk: SandboxDesk) -> None:
    product, front = desk.product(), desk.world.wechat.fronts[0]
    sku = product.skus[0]
    had = sku.available
    desk.world.wechat.operate(product.product_id, "set_stock", {"sku_id": sku.sku_id, "num": had + 3})
    order = front.place(product.product_id, sku.sku_id, had + 2 + sku.regional)
    assert front.pay(order.order_id)
    assert (front.units().oversold, front.units().oversold_without_api) == (
        2 + sku.regional,
        2 + sku.regional,
    )


def test_putting_withdrawn_stock_back_twice_shows_as_an_api_addition(desk: SandboxDesk) -> None:
    product, front = desk.product(), desk.world.wechat.fronts[0]
    sku = product.skus[0]
    sku.regional, had = 0, sku.normal
    sku.physical = had
    body = {"product_id": product.product_id, "sku_id": sku.sku_id, "num": had}
    for how in (2, 1, 1):
        assert desk.code(PRODUCT + "stock/update", {**body, "diff_type": how}) == 0
    front.pay(front.place(product.product_id, sku.sku_id, 2 * had).order_id)
    assert (front.units().oversold, front.units().oversold_without_api) == (0, had)


def test_stock_put_back_over_the_api_brings_no_new_goods(desk: SandboxDesk) -> None:
    product, front = desk.product(), desk.world.wechat.fronts[0]
    sku = product.skus[0]
    body = {"product_id": product.product_id, "sku_id": sku.sku_id, "num": sku.normal}
    for how in (2, 1):
        assert desk.code(PRODUCT + "stock/update", {**body, "diff_type": how}) == 0
    desk.world.wechat.operate(product.product_id, "set_stock", {**body, "num": sku.normal + 3})
    front.pay(front.place(product.product_id, sku.sku_id, sku.available).order_id)
    assert (front.units().oversold, front.units().oversold_without_api) == (3, 3)


def test_an_operator_who_restocks_brings_real_goods(desk: SandboxDesk) -> None:
    product, front = desk.product(), desk.world.wechat.fronts[0]
    sku = product.skus[0]
    desk.world.wechat.operate(product.product_id, "restock", {"sku_id": sku.sku_id, "num": 4})
    front.pay(front.place(product.product_id, sku.sku_id, sku.available).order_id)
    assert front.units().oversold_without_api == 0


def test_a_refused_order_changes_nothing(desk: SandboxDesk) -> None:
    front, product = desk.world.wechat.fronts[0], desk.product()
    sku = product.skus[0]
    for units in (sku.available + 1, 10**6):
        assert front.place(product.product_id, sku.sku_id, units).refusal == "sku_short"
    assert front.place(product.product_id, "1", 1).refusal == "gone"
    assert front.place("1", "1", 1).refusal == "gone"
    assert front.place(desk.product(11).product_id, desk.product(11).skus[0].sku_id, 1).refusal == "off_sale"
    assert desk.effects() == []


def test_reserved_stock_goes_first_and_returns_where_it_belongs(desk: SandboxDesk) -> None:
    product, front = desk.product(task=True), desk.world.wechat.fronts[0]
    sku = next(sku for sku in product.skus if sku.reserved)
    normal, reserved = sku.normal, sku.reserved
    first = front.place(product.product_id, sku.sku_id, reserved).order_id
    assert (sku.reserved, sku.normal) == (0, normal)
    assert desk.shop.stores.orders[first].price == sku.price * 4 // 5
    front.cancel(first)
    assert (sku.reserved, sku.normal) == (reserved, normal)
    second = front.place(product.product_id, sku.sku_id, reserved).order_id
    desk.call(PRODUCT + "limiteddiscounttask/stop", {"task_id": product.task_id})
    front.cancel(second)
    assert (sku.reserved, sku.normal) == (0, normal + reserved)
