"""Products: listed by page and cursor, taken off, brought up through an audit, deleted, locked."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from offshelf.sandbox.douyin import DouyinSettings
from offshelf.sandbox.douyin.state import Product
from support.douyin_desk import OFF, ON_SALE, DouyinDesk

OFFLINE, ONLINE, LIST = "product.setOffline", "product.setOnline", "product.listV2"


def _id(product: Product) -> dict[str, int]:
    return {"product_id": int(product.product_id)}


def _states(product: Product) -> tuple[int, int, int]:
    return product.status, product.check_status, product.draft_status


def _walk(desk: DouyinDesk, size: int, **filters: Any) -> list[int]:
    found: list[int] = []
    cursor = ""
    while True:
        page = desk.data(LIST, {"page": 1, "size": size, "use_cursor": True, "cursor_id": cursor, **filters})
        if not page["data"]:
            return found
        found += [row["product_id"] for row in page["data"]]
        cursor = page["cursor_id"]


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_cursor_walks_everything_once_and_ends_with_an_empty_page(desk: DouyinDesk, size: int) -> None:
    wanted = [int(p.product_id) for p in desk.shop.stores.products.values() if p.on_sale]
    assert _walk(desk, size, status=0, check_status=3) == sorted(wanted)


def test_pages_and_totals(desk: DouyinDesk) -> None:
    every = desk.data(LIST, {"page": 1, "size": 100})
    pages = [desk.data(LIST, {"page": page, "size": 25}) for page in (1, 2, 3, 4)]
    rows = [row["product_id"] for page in pages for row in page["data"]]
    assert rows == [row["product_id"] for row in every["data"]]
    assert {page["total"] for page in pages} == {60} == {every["total"]}
    assert [len(page["data"]) for page in pages] == [25, 25, 10, 0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"page": 0}, "40004:2010004"),
        ({"page": 101}, "40004:2010004"),
        ({"size": 0}, "40004:2010004"),
        ({"size": 101}, "40004:2010004"),
        ({"product_id": ["1"] * 101}, "40004:2010004"),
        ({"use_cursor": True, "cursor_id": "CAEQAg=="}, "40004:2010004"),
        ({"use_cursor": True, "cursor_id": "nonsense"}, "40004:2010004"),
    ],
)
def test_limits_of_the_list(desk: DouyinDesk, change: dict[str, Any], code: str) -> None:
    assert desk.code(LIST, {"page": 1, "size": 10, **change}) == code


def test_a_cursor_refuses_other_filters(desk: DouyinDesk) -> None:
    page = desk.data(LIST, {"page": 1, "size": 5, "use_cursor": True, "status": 0})
    change = {"page": 1, "size": 5, "use_cursor": True, "status": 1, "cursor_id": page["cursor_id"]}
    assert desk.code(LIST, change) == "40004:2010004"


def test_filters_of_the_list(desk: DouyinDesk) -> None:
    product = desk.product(OFF)
    at = product.update_time

    def ids(**filters: Any) -> list[int]:
        return [row["product_id"] for row in desk.data(LIST, {"page": 1, "size": 100, **filters})["data"]]

    mine = int(product.product_id)
    assert ids(product_id=[product.product_id]) == [mine]
    assert mine in ids(name=product.title[:3], status=1)
    # Both ends of the update time are left out.
    assert mine in ids(update_start_time=at - 1, update_end_time=at + 1)
    assert mine not in ids(update_start_time=at, update_end_time=at + 1)
    assert mine not in ids(update_start_time=at - 1, update_end_time=at)
    assert mine in ids(start_time=product.create_time, end_time=product.create_time)


def test_detail_speaks_text_ids_and_beijing_time(desk: DouyinDesk) -> None:
    product = desk.product()
    shown = desk.data("product.detail", {"product_id": product.product_id})
    assert (shown["product_id"], shown["product_id_str"]) == (int(product.product_id), product.product_id)
    assert (shown["status"], shown["check_status"], shown["draft_status"]) == ON_SALE
    desk.data(OFFLINE, _id(product))
    shown = desk.data("product.detail", {"product_id": product.product_id})
    assert shown["update_time"] == "2026-11-21 12:00:00"
    assert [(row["code"], row["stock_num"]) for row in shown["spec_prices"]] == [
        (sku.code, sku.normal) for sku in product.skus
    ]


def test_taking_off_is_one_effect_and_the_second_time_none(desk: DouyinDesk) -> None:
    product = desk.product()
    answer = desk.call(OFFLINE, _id(product))
    assert (answer["code"], answer["data"], _states(product)) == (10000, {}, OFF)
    assert desk.code(OFFLINE, _id(product)) == "40004:2010021"
    (effect,) = desk.effects("listing")
    told = (effect.actor, effect.kind, effect.before, effect.after, effect.product_id, effect.trace)
    assert told == ("api", "listing.off", "0/3/3", "1/1/0", product.product_id, answer["log_id"])


def _prize(desk: DouyinDesk) -> Product:
    return next(p for p in desk.shop.stores.products.values() if p.prize)


@pytest.mark.parametrize(
    ("find", "code"),
    [
        (lambda desk: desk.held("activity"), "50002:2010045"),
        (lambda desk: desk.held("seckill"), "40004:2010005"),
        (_prize, "40004:2010004"),
        (lambda desk: desk.product((2, 1, 0)), "40004:2010022"),
        (lambda desk: desk.product((1, 5, 0)), "40004:2010021"),
        (lambda desk: desk.product((1, 7, 0)), "40004:2010021"),
    ],
)
def test_what_cannot_be_taken_off(desk: DouyinDesk, find: Any, code: str) -> None:
    product = find(desk)
    before = _states(product)
    assert desk.code(OFFLINE, _id(product)) == code
    assert (_states(product), desk.effects()) == (before, [])


def test_locks_say_so_beforehand(desk: DouyinDesk) -> None:
    held, free = desk.held("activity"), desk.product()
    ids = [int(held.product_id), int(free.product_id), 1]
    rows = desk.data("product.batchGetProductLocks", {"product_ids": ids})["product_lock_infos"]
    assert [(row["product_id"], row["product_locks"]) for row in rows] == [
        (ids[0], [7, 17, 19, 25]),
        (ids[1], []),
    ]
    assert [row["sku_locks"] for row in rows[0]["sku_lock_infos"]] == [[1001, 1005]] * len(held.skus)
    assert desk.code("product.batchGetProductLocks", {"product_ids": list(range(51))}) == "40004:2010004"


def test_an_event_ends_and_lets_go(desk: DouyinDesk) -> None:
    product = desk.held("activity")
    available = product.available
    desk.advance(product.held_until - desk.engine.time.now())
    assert (product.locks, product.available) == ((), available)
    assert desk.code(OFFLINE, _id(product)) == "10000"
    assert product.product_id in {e.product_id for e in desk.effects("promotion.stopped")}


def test_coming_back_goes_through_an_audit(desk: DouyinDesk) -> None:
    product = desk.product()
    desk.data(OFFLINE, _id(product))
    assert desk.code(ONLINE, _id(product)) == "10000"
    assert _states(product) == (0, 2, 2)
    assert desk.front.look(product.product_id) == (False, "off_sale")
    assert desk.code(ONLINE, _id(product)) == "50002:2010041"
    desk.advance(600 * 1.25)
    assert _states(product) == (0, 3, 3)
    assert [
        e.kind for e in desk.effects() if e.product_id == product.product_id and "affil" not in e.kind
    ] == [
        "listing.off",
        "audit.submitted",
        "audit.passed",
        "listing.on",
    ]
    assert desk.code(ONLINE, _id(product)) == "40004:2010021"


def test_an_audit_that_refuses_leaves_the_product_off() -> None:
    desk = DouyinDesk(audit_pass_rate=0.0)
    product = desk.product(OFF)
    desk.data(ONLINE, _id(product))
    desk.advance(800)
    assert _states(product) == (0, 4, 4)
    records = desk.data("product.auditList", {"publish_status": 2, "page": 0, "size": 100})["records"]
    mine = next(row for row in records if row["product_id"] == int(product.product_id))
    assert mine["audit_reason"] == {"audit": ["商品信息与资质不符"]}


def test_the_reading_that_puts_on_sale_without_an_audit() -> None:
    desk = DouyinDesk(DouyinSettings(online_needs_audit=False))
    product = desk.product(OFF)
    desk.data(ONLINE, _id(product))
    assert _states(product) == (0, 3, 0)


def test_taking_off_withdraws_what_is_in_audit(desk: DouyinDesk) -> None:
    product = desk.product((0, 3, 2))
    desk.data(OFFLINE, _id(product))
    desk.advance(10_000)
    assert _states(product) == OFF
    mine = [e.kind for e in desk.effects() if e.product_id == product.product_id]
    assert mine[:2] == ["audit.cancelled", "listing.off"]


@pytest.mark.parametrize(("before", "after"), [((0, 3, 2), (0, 3, 1)), ((0, 2, 2), (0, 1, 1))])
def test_an_audit_can_be_cancelled_once(
    desk: DouyinDesk, before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    product = desk.product(before)
    codes = [desk.code("product.cancelAudit", _id(product)) for _ in range(2)]
    desk.advance(10_000)
    assert (codes, _states(product)) == (["10000", "40004:2010022"], after)


def test_a_parked_product_is_launched(desk: DouyinDesk) -> None:
    product = desk.product((1, 7, 0))
    assert desk.code("product.launchProduct", _id(product)) == "10000"
    assert _states(product) == (0, 3, 0)
    assert desk.code("product.launchProduct", _id(product)) == "40004:2010022"


def test_editing_with_commit_parks_what_says_so(desk: DouyinDesk) -> None:
    product = desk.product(OFF)
    change = {**_id(product), "commit": True, "start_sale_type": 1}
    assert desk.code("product.editV2", change) == "10000"
    desk.advance(800)
    assert (_states(product), product.start_sale_type) == ((1, 7, 0), 1)
    assert desk.code("product.editV2", {**_id(product)}) == "40002:2010004"


def test_banned_products_stay_where_they_are(desk: DouyinDesk) -> None:
    product = desk.product((1, 5, 0))
    assert [desk.code(method, _id(product)) for method in (ONLINE, "product.launchProduct")] == [
        "40004:2010022"
    ] * 2
    assert desk.effects() == []


def test_deleting_and_destroying(desk: DouyinDesk) -> None:
    product = desk.product()
    codes = [desk.code("product.del", _id(product)) for _ in range(2)]
    assert (codes, _states(product)) == (["10000", "40004:7"], (2, 1, 0))
    assert desk.code("product.del", {**_id(product), "delete_forever": True}) == "10000"
    assert desk.code("product.detail", {"product_id": product.product_id}) == "40004:2010058"
    assert desk.code(OFFLINE, _id(product)) == "50002:2010064"
    assert desk.code("product.del", {"out_product_id": 1}) == "40004:4"
    assert int(product.product_id) not in _walk(desk, 50)
    assert [e.kind for e in desk.effects("listing")] == ["listing.deleted"] * 2


def test_what_an_event_holds_cannot_be_deleted(desk: DouyinDesk) -> None:
    assert desk.code("product.del", _id(desk.held("activity"))) == "50002:2010045"


@pytest.mark.parametrize(
    ("act", "states", "actor"),
    [
        ("delist", (1, 1, 0), "operator"),
        ("ban", (1, 5, 0), "platform"),
        ("violation", (1, 1, 0), "platform"),
        ("deposit", (1, 1, 0), "platform"),
        ("brand_expired", (1, 1, 0), "platform"),
        ("destroy", (-2, 3, 3), "operator"),
    ],
)
def test_acts_of_others(desk: DouyinDesk, act: str, states: tuple[int, int, int], actor: str) -> None:
    product = desk.product()
    shown = desk.operate(product, act)
    assert (shown["status"], shown["check_status"], shown["draft_status"]) == states
    assert shown["on_sale"] is False
    assert desk.effects("listing")[0].actor == actor
    if act != "destroy":
        assert desk.operate(product, "relist")["on_sale"] is True


def test_the_shop_has_every_state(desk: DouyinDesk) -> None:
    states = Counter(_states(product) for product in desk.shop.stores.products.values())
    assert set(states) == {
        (0, 3, 3),
        (0, 3, 2),
        (1, 1, 0),
        (0, 2, 2),
        (0, 4, 4),
        (0, 1, 1),
        (1, 7, 0),
        (1, 5, 0),
        (2, 1, 0),
    }
    assert states[0, 3, 3] > 40
    assert desk.identity["by_status"]["0/3"] == states[0, 3, 3] + states[0, 3, 2]
