"""Generated shops: the same from the same seed, in the promised proportions, and consistent in themselves."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.errors import UsageError
from offshelf.sandbox import SandboxConfig, build_world
from offshelf.sandbox.wechat.state import Stores
from support.sandbox_desk import START, SandboxDesk


@pytest.fixture(scope="module")
def stores() -> Stores:
    return SandboxDesk(size=2000).shop.stores


def _print(seed: int) -> Any:
    shop = SandboxDesk(seed=seed).shop
    return repr(shop.identity), repr(shop.stores)


def test_the_seed_decides_everything() -> None:
    assert _print(7) == _print(7) != _print(8)


def test_status_proportions(stores: Stores) -> None:
    counts = Counter(product.status for product in stores.products.values())
    assert counts == {5: 1630, 11: 160, 12: 60, 13: 20, 14: 10, 15: 20, 20: 10, 6: 30, 0: 60}


def test_drafts_in_audit_and_running_sales(stores: Stores) -> None:
    products = stores.products.values()
    assert sum((p.status, p.edit_status) == (5, 2) for p in products) == 60
    assert Counter(task.status for task in stores.tasks.values()) == {1: 80, 0: 20, 2: 30}
    assert all(
        stores.products[t.product_id].task_id == t.task_id for t in stores.tasks.values() if t.status == 1
    )


def test_codes_are_unique_and_skus_carry_them(stores: Stores) -> None:
    codes = [product.code for product in stores.products.values()]
    skus = [sku for product in stores.products.values() for sku in product.skus]
    assert len(set(codes)) == 2000
    assert len({sku.code for sku in skus}) == len({sku.sku_id for sku in skus}) == len(skus)
    assert all(sku.code.startswith(p.code + "-") for p in stores.products.values() for sku in p.skus)
    assert Counter(len(p.skus) for p in stores.products.values()).keys() == {1, 2, 3, 4, 5, 6}


def test_stock_is_physical(stores: Stores) -> None:
    for product in stores.products.values():
        for sku in product.skus:
            assert sku.physical == sku.available + sku.locked
            assert (sku.available == 0) or product.status != 12
            assert sku.price >= 100


def test_sales_have_a_long_tail(stores: Stores) -> None:
    sold = sorted((p.sold_before for p in stores.products.values()), reverse=True)
    assert sum(sold[:200]) > 0.5 * sum(sold)
    assert sold[0] > 50 * sold[1000]


def test_coupons_of_every_shape(stores: Stores) -> None:
    shapes = Counter(
        "shop" if c.kind > 100 else "few" if len(c.product_ids) <= 4 else "mixed"
        for c in stores.coupons.values()
    )
    assert set(shapes) == {"shop", "few", "mixed"}
    assert {c.status for c in stores.coupons.values()} == {1, 2, 3, 4}
    assert all(pid in stores.products for c in stores.coupons.values() for pid in c.product_ids)


def test_league_plans_do_not_clash(stores: Stores) -> None:
    kinds: dict[str, set[int]] = {}
    for plan in stores.plans.values():
        kinds.setdefault(plan.product_id, set()).add(plan.kind)
    assert {frozenset(one) for one in kinds.values()} == {frozenset({1}), frozenset({1, 2}), frozenset({3})}


def test_orders_in_every_state_of_the_last_ninety_days(stores: Stores) -> None:
    now = int(START.timestamp())
    counts = Counter(order.status for order in stores.orders.values())
    assert set(counts) == {10, 12, 13, 20, 21, 30, 100, 200, 250}
    for order in stores.orders.values():
        assert now - 90 * 86_400 <= order.create_time <= order.update_time <= now
        assert stores.products[order.product_id].sku(order.sku_id) is not None
    assert len({c.status for c in stores.aftersales.values()}) == 11
    assert all(c.aftersale_id in stores.orders[c.order_id].aftersale_ids for c in stores.aftersales.values())


def test_the_smallest_shop_has_one_of_everything() -> None:
    shop = SandboxDesk(size=20).shop
    statuses = {p.status for p in shop.stores.products.values()}
    assert statuses == {0, 5, 6, 11, 12, 13, 14, 15, 20}
    assert {t.status for t in shop.stores.tasks.values()} == {0, 1, 2}
    assert {p.kind for p in shop.stores.plans.values()} >= {1}


def test_shops_have_ids_and_credentials_of_their_own() -> None:
    world = build_world(SandboxConfig(size=20, shops=3), ManualClock(START))
    one, two, three = world.wechat.shops
    assert not set(one.product_ids) & set(two.product_ids)
    assert len({shop.identity.app_id for shop in (one, two, three)}) == 3
    assert world.wechat.shop_of(two.product_ids[0]) is two


@pytest.mark.parametrize("settings", [{"size": 19}, {"size": 100_001}, {"shops": 0}, {"shops": 21}])
def test_sizes_out_of_range(settings: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        SandboxConfig(**settings)
    assert caught.value.code == "sandbox.size"
