"""What is generated, what buyers do to it, and what others do to it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.sandbox.buyers import Buyers
from offshelf.sandbox.kuaishou import state as ks
from rooms.sandbox_kuaishou.ks_desk import START, Desk


def test_same_seed_same_shop() -> None:
    first, second, other = Desk(), Desk(), Desk(seed=8)
    assert first.shop.stores == second.shop.stores
    assert first.identity == second.identity != other.identity
    assert first.shop.stores != other.shop.stores


def test_every_state_is_there_in_its_share() -> None:
    desk = Desk(size=1000)
    items = desk.shop.stores.items.values()
    assert len(items) == 1000
    counts = Counter((item.shelf, item.status, item.audit, item.kind) for item in items)
    assert counts[0, 1, 2, 1] == 80 + 10 + 3 + 5 + 7
    assert (counts[0, 1, 0, 1], counts[0, 1, 1, 1], counts[0, 1, 3, 1]) == (20, 5, 10)
    assert (counts[0, 2, 2, 1], counts[0, 3, 2, 1], counts[1, 1, 2, 2]) == (12, 3, 15)
    assert desk.platform.identities()[0]["by_status"] == {
        "deleted": 15,
        "off": 105,
        "on": 845,
        "rejected": 10,
        "to_change": 5,
        "waiting": 20,
    }
    orders = desk.shop.stores.orders.values()
    assert {order.status for order in orders} == {10, 30, 40, 50, 70, 80}
    assert all(10**15 < int(order.order_id) < 10**16 for order in orders)
    assert next(iter(desk.shop.stores.items)) == "24000000000001"


def test_identities_offer_a_fresh_code_each_time(desk: Desk) -> None:
    first, second = (desk.platform.identities()[0] for _ in range(2))
    assert first["grant_code"] != second["grant_code"]
    assert {"platform", "name", "app_id", "app_secret", "sign_secret", "message_key", "account_id"} < set(
        first
    )
    told = desk.get("open.user.seller.get")["data"]
    assert (told["sellerId"], told["openId"]) == (int(first["account_id"]), first["open_id"])


def test_an_order_takes_free_stock_first_and_gives_back_what_it_took(desk: Desk) -> None:
    item, front = desk.item(), desk.platform.fronts[0]
    sku = item.skus[0]
    sku.stock, sku.reserve = 3, 2
    order = front.place(item.item_id, sku.sku_id, 2).order_id
    assert (sku.stock, sku.reserve, sku.locked) == (1, 1, 2)
    assert front.place(item.item_id, sku.sku_id, 2).refusal in {"sku_short", "sold_out"}
    desk.engine.time.advance(1800)  # it runs out
    assert (sku.stock, sku.reserve, sku.locked) == (3, 2, 0)
    assert not front.pay(order)
    assert [effect[:2] for effect in desk.effects("order")[:1]] == [("buyer", "order.created")]
    assert ("platform", "order.cancelled") in [effect[:2] for effect in desk.effects("order")]


@pytest.mark.parametrize(("units", "left"), [(2, (8, 3)), (9, (1, 1)), (99, (0, 0))])
def test_what_is_sold_elsewhere_leaves_here_too(desk: Desk, units: int, left: tuple[int, int]) -> None:
    item = desk.item()
    sku = item.skus[0]
    sku.stock, sku.reserve = 10, 3
    desk.platform.fronts[0].withdraw(sku.code, units)
    assert (sku.stock, sku.reserve) == left
    assert desk.effects() == [("operator", "stock.hub", item.item_id, sku.sku_id, "", 10, left[0])]
    desk.platform.fronts[0].withdraw("nobody", 1)
    assert len(desk.effects()) == 1


def test_off_means_that_nobody_can_order(desk: Desk) -> None:
    item, front = desk.item(), desk.platform.fronts[0]
    assert front.look(item.item_id) == (True, "")
    assert front.off_since(item.item_id) is None
    desk.shelve(item, 0)
    assert front.look(item.item_id) == (False, "off_sale")
    assert front.off_since(item.item_id) == START.timestamp()
    assert front.place(item.item_id, item.skus[0].sku_id, 1) == ("", "off_sale")
    desk.platform.operate(item.item_id, "destroy", {})
    assert front.look(item.item_id) == (False, "gone")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("violation", ks.VIOLATION),
        ("ban", ks.BANNED),
        ("deposit", ks.DEPOSIT),
        ("brand_expired", ks.BRAND),
        ("delist", ks.BY_MERCHANT),
    ],
)
def test_acts_of_others(desk: Desk, act: str, reason: str) -> None:
    item = desk.item()
    told = desk.platform.operate(item.item_id, act, {})
    assert (told["shelf_status"], told["off_reason"]) == (0, reason)
    actor = "operator" if act == "delist" else "platform"
    assert desk.effects() == [(actor, "listing.off", item.item_id, "", "", 1, 0)]
    assert desk.platform.operate(item.item_id, "relist", {})["shelf_status"] == 1


@pytest.mark.parametrize(
    ("product", "act", "body", "code"),
    [
        ("1", "relist", {}, "sandbox.no_product"),
        (None, "explode", {}, "sandbox.no_act"),
        (None, "set_stock", {"num": -1}, "sandbox.bad_value"),
        (None, "restock", {"num": 1, "sku_id": "1"}, "sandbox.bad_value"),
        (None, "set_reserve", {"num": 10**9}, "sandbox.bad_value"),
    ],
)
def test_acts_that_make_no_sense(
    desk: Desk, product: str | None, act: str, body: dict[str, Any], code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        desk.platform.operate(product or desk.item().item_id, act, body)
    assert caught.value.code == code
    assert desk.effects() == []


def test_restocking_and_the_true_state(desk: Desk) -> None:
    item = desk.item()
    sku, before = item.skus[0], item.skus[0].stock
    told = desk.platform.operate(item.item_id, "restock", {"num": 5})
    assert told["skus"][0]["stock"] == before + 5
    assert desk.engine.merchant.pools[sku.code].goods == before + 5
    assert desk.platform.operate(item.item_id, "reject_audit", {})["audit_status"] == 3


@pytest.mark.parametrize("seed", range(4))
def test_two_fronts_over_one_stock_oversell_nothing(seed: int) -> None:
    desk = Desk(shops=2, seed=seed)
    merchant, fronts = desk.engine.merchant, desk.platform.fronts
    merchant.shared = list(fronts)
    buyers = Buyers(merchant.shared, desk.engine.time, desk.engine.dice("buyers"), merchant)
    for _ in range(3):
        buyers.step(3000)
        desk.engine.time.advance(7200)
    assert min(front.units().sold for front in fronts) > 100
    assert sum(pool.sold for pool in merchant.pools.values()) == sum(front.units().sold for front in fronts)
    assert [code for code, pool in merchant.pools.items() if pool.oversold] == []
    assert len(desk.effects("stock.hub")) > 100


def test_two_shops_have_ids_and_credentials_of_their_own() -> None:
    desk = Desk(shops=2)
    first, second = desk.platform.shops
    assert not first.stores.items.keys() & second.stores.items.keys()
    assert not first.stores.orders.keys() & second.stores.orders.keys()
    assert not first.stores.plans.keys() & second.stores.plans.keys()
    assert first.identity.sign_secret != second.identity.sign_secret
    theirs = next(iter(second.stores.items))
    assert desk.get("open.item.get", {"kwaiItemId": int(theirs)})["result"] == 100002
    other = desk.platform.identities()[1]
    given = {"app_id": other["app_id"], "app_secret": other["app_secret"]}
    held = desk.oauth("access_token", grant_type="code", code=other["grant_code"], **given)
    assert held["open_id"] == other["open_id"]
    refused = desk.get("open.shop.info.get", access_token=held["access_token"])
    assert refused["result"] == 22  # another application's token


def test_brands_are_paged(desk: Desk) -> None:
    first = desk.get("open.shop.brand.page.get", {"pageNum": 1, "pageSize": 2})["data"]
    second = desk.get("open.shop.brand.page.get", {"pageNum": 2, "pageSize": 2})["data"]
    assert (first["totalCount"], first["pageCount"]) == (3, 2)
    brands = first["authBrands"] + second["authBrands"]
    assert [str(one["brandId"]) for one in brands] == list(desk.shop.stores.brands)
    assert len({type(one["validDate"]) for one in brands}) == 2  # its form is not published


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"pageNum": 1}, 14),
        ({"pageSize": 10}, 14),
        ({"pageNum": 0, "pageSize": 10}, 21),
        ({"pageNum": 1, "pageSize": 51}, 21),
        ({"pageNum": "1", "pageSize": 10}, 13),
    ],
)
def test_brands_are_asked_for_as_the_platform_wants(desk: Desk, body: dict[str, Any], code: int) -> None:
    assert desk.get("open.shop.brand.page.get", body)["result"] == code
