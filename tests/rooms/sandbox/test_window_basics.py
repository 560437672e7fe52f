"""The finder window, which follows the shop late, and the shop's own facts with their expiry."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from support.sandbox_desk import PRODUCT, SandboxDesk

WINDOW = "/channels/ec/window/product/"
RIGHTS = "/shop/ec/category/get_category_relation_list"
BRANDS = "/channels/ec/brand/valid/list/get"
DAY = 86_400


def _window(desk: SandboxDesk, path: str, body: dict[str, Any]) -> Any:
    return desk.call(WINDOW + path, body, account="assistant")


def _own(desk: SandboxDesk, product_id: str) -> dict[str, Any]:
    return {"product_id": product_id, "appid": desk.identity.app_id}


def _shown(desk: SandboxDesk) -> str:
    return next(
        p.product_id
        for p in desk.shop.stores.products.values()
        if p.in_window and (p.status, p.edit_status) == (5, 4)
    )


@pytest.mark.parametrize("by_index", [True, False])
def test_the_window_is_paged_both_ways(desk: SandboxDesk, by_index: bool) -> None:
    found: list[str] = []
    body: dict[str, Any] = {"page_size": 7, "page_index": 1, "need_total_num": True}
    while len(found) < (answer := _window(desk, "list/get", body))["total_num"]:
        found.extend(str(entry["product_id"]) for entry in answer["products"])
        step = {"page_index": body["page_index"] + 1} if by_index else {"last_buffer": answer["last_buffer"]}
        body = {**body, **step}
    products = desk.shop.stores.products.values()
    assert found == sorted(p.product_id for p in products if p.in_window and p.status == 5)


def test_the_window_follows_a_little_late(desk: SandboxDesk) -> None:
    product_id = _shown(desk)
    desk.call(PRODUCT + "delisting", {"product_id": product_id})
    statuses = []
    for wait in (0, 4, 1):
        desk.clock.advance(wait)
        statuses.append(_window(desk, "get", _own(desk, product_id))["product"]["status"])
    assert statuses == [1, 1, 2]


def test_a_deleted_product_is_gone_at_the_source(desk: SandboxDesk) -> None:
    product_id = _shown(desk)
    desk.call(PRODUCT + "delete", {"product_id": product_id})
    assert _window(desk, "get", _own(desk, product_id))["product"]["status"] == 3


def test_off_answers_success_and_does_nothing(desk: SandboxDesk) -> None:
    product_id = _shown(desk)
    assert _window(desk, "off", _own(desk, product_id))["errmsg"] == "ok"
    assert _window(desk, "get", _own(desk, product_id))["product"]["status"] == 1
    assert desk.effects() == []


def test_affiliate_products_stand_apart_and_cannot_be_operated(desk: SandboxDesk) -> None:
    listed = _window(desk, "list/get", {"page_size": 200, "query_cps_product": True})["products"]
    assert len(listed) == 5
    body = {"product_id": listed[0]["product_id"], "appid": ""}
    assert desk.code(WINDOW + "off", body, account="assistant") == 10022007
    assert "cps_products" in _window(desk, "get", {**body, "need_cps_product": True})


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("list/get", {"page_size": 201}, 40097),
        ("list/get", {"page_size": 200, "page_index": 51}, 40097),
        ("list/get", {"page_size": 10, "appid": "wxother"}, 10022008),
        ("get", {"product_id": "1", "appid": "wxother"}, 10022008),
    ],
)
def test_refusals(desk: SandboxDesk, path: str, body: dict[str, object], code: int) -> None:
    assert desk.code(WINDOW + path, body, account="assistant") == code


def test_a_product_that_is_not_in_the_window(desk: SandboxDesk) -> None:
    assert desk.code(WINDOW + "get", _own(desk, "1"), account="assistant") == 10022003


def test_the_shop_tells_its_name(desk: SandboxDesk) -> None:
    info = desk.call("/channels/ec/basics/info/get", method="GET")["info"]
    assert (info["nickname"], info["status"]) == (desk.identity.name, "open_finished")


def test_brands_are_paged_and_tell_their_expiry(desk: SandboxDesk) -> None:
    first = desk.call("/channels/ec/brand/valid/list/get", {"page_size": 4})
    second = desk.call("/channels/ec/brand/valid/list/get", {"page_size": 4, "next_key": first["next_key"]})
    brands = first["brands"] + second["brands"]
    assert (len(brands), second["next_key"]) == (6, "")
    assert sorted(brand["status"] for brand in brands) == [3, 3, 3, 5, 5, 6]
    assert sum("grant_details" in brand for brand in brands) == 3


def test_an_expiring_brand_takes_its_products_off(desk: SandboxDesk) -> None:
    soon = min(
        (b for b in desk.shop.stores.brands.values() if b.status == 3 and b.end_time),
        key=lambda b: b.end_time,
    )
    product = desk.product(11)
    product.brand_id = soon.brand_id
    bound = [p for p in desk.shop.stores.products.values() if p.brand_id == soon.brand_id]
    on_sale = [p for p in bound if p.status == 5]
    desk.world.advance(soon.end_time - desk.world.now())
    assert (soon.status, product.status) == (6, 11)
    assert {p.status for p in on_sale} <= {15, 12}
    assert on_sale


def test_category_rights_can_be_filtered(desk: SandboxDesk) -> None:
    path = RIGHTS
    everything = desk.call(path, {"is_filter_status": False})["list"]
    lapsed = desk.call(path, {"is_filter_status": True, "status": 2})["list"]
    assert (len(everything), [right["status"] for right in lapsed]) == (6, [2])
    assert lapsed[0]["uneffective_time"] < desk.world.now()


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (BRANDS, {"page_size": 51}, 40097),
        (BRANDS, {"page_size": 0}, 40097),
        (BRANDS, {"page_size": 10, "next_key": "x"}, 606006),
        (RIGHTS, {}, 40097),
        (RIGHTS, {"status": 1}, 40097),
        (RIGHTS, {"is_filter_status": True, "status": 3}, 40097),
    ],
)
def test_papers_are_asked_for_as_the_platform_wants(
    desk: SandboxDesk, path: str, body: dict[str, Any], code: int
) -> None:
    assert desk.code(path, body) == code


def test_a_brand_can_be_given_another_end(desk: SandboxDesk) -> None:
    product = desk.product(5)
    brand = next(b for b in desk.shop.stores.brands.values() if b.status == 3 and b.end_time)
    product.brand_id, first = brand.brand_id, brand.end_time
    operate, now = desk.world.wechat.operate, int(desk.world.now())
    operate(product.product_id, "brand_until", {"unix": first + 5 * DAY})
    desk.world.advance(first + DAY - now)
    assert (brand.status, product.status) == (3, 5)  # its former end does nothing any more
    desk.world.advance(5 * DAY)
    assert (brand.status, product.status) == (6, 15)
    operate(product.product_id, "brand_until", {"unix": 0})
    assert (brand.status, product.status) == (3, 15)
    operate(product.product_id, "relist", {})
    operate(product.product_id, "brand_until", {"unix": int(desk.world.now())})
    assert (brand.status, product.status) == (6, 15)


def test_a_category_right_that_lapses_takes_nothing_off(desk: SandboxDesk) -> None:
    product = desk.product(5)
    desk.world.wechat.operate(product.product_id, "category_until", {"unix": int(desk.world.now()) + DAY})
    lapsed = {"is_filter_status": True, "status": 2}
    before = len(desk.call(RIGHTS, lapsed)["list"])
    desk.world.advance(DAY)
    token = desk.stable()["access_token"]
    assert (len(desk.call(RIGHTS, lapsed, token=token)["list"]), product.status) == (before + 1, 5)


@pytest.mark.parametrize("act", ["brand_until", "category_until"])
@pytest.mark.parametrize("body", [{}, {"unix": -1}, {"unix": "soon"}])
def test_an_end_that_is_none_is_refused(desk: SandboxDesk, act: str, body: dict[str, Any]) -> None:
    product = desk.product(5)
    product.brand_id = next(iter(desk.shop.stores.brands))
    with pytest.raises(UsageError):
        desk.world.wechat.operate(product.product_id, act, body)
