"""Stock: reading, three ways of changing, refusals, the flow, and what becomes of a product without any."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.wechat.state import Product
from support.sandbox_desk import PRODUCT, SandboxDesk

UPDATE = PRODUCT + "stock/update"


def _body(product: Product, how: int, number: int) -> dict[str, Any]:
    return {
        "product_id": product.product_id,
        "sku_id": product.skus[0].sku_id,
        "diff_type": how,
        "num": number,
    }


def test_one_sku_and_many_products_agree(desk: SandboxDesk) -> None:
    product = desk.product(task=True)
    one = desk.call(PRODUCT + "stock/get", _body(product, 1, 1))["data"]
    many = desk.call(PRODUCT + "stock/batchget", {"product_id": [product.product_id, "1"]})["data"]
    first = many["spu_stock_list"][0]["sku_stock"][0]
    assert len(many["spu_stock_list"]) == 1
    assert {name: first[name] for name in one} == one
    assert one["total_stock_num"] == product.skus[0].available
    assert one["limited_discount_stock_num"] == product.skus[0].reserved > 0


@pytest.mark.parametrize("count", [0, 51])
def test_a_batch_has_one_to_fifty_products(desk: SandboxDesk, count: int) -> None:
    ids = list(desk.shop.stores.products)[:count]
    assert desk.code(PRODUCT + "stock/batchget", {"product_id": ids}) == 10020055
    assert desk.code(PRODUCT + "stock/batchget", {"product_id": list(desk.shop.stores.products)[:50]}) == 0


@pytest.mark.parametrize(("how", "number", "after"), [(1, 5, 15), (2, 4, 6), (2, 10, 0), (3, 7, 7)])
def test_add_subtract_and_set(desk: SandboxDesk, how: int, number: int, after: int) -> None:
    product = desk.product()
    product.skus[0].normal = 10
    assert desk.code(UPDATE, _body(product, how, number)) == 0
    assert product.skus[0].normal == after
    assert [(e.before, e.after) for e in desk.effects("stock")] == [(10, after)]


@pytest.mark.parametrize(
    ("how", "number", "code"),
    [(2, 11, 10020219), (1, 0, 10020218), (2, 0, 10020218), (4, 1, 10020055), (1, -1, 10020055)],
)
def test_changes_that_are_refused(desk: SandboxDesk, how: int, number: int, code: int) -> None:
    product = desk.product()
    product.skus[0].normal = 10
    assert desk.code(UPDATE, _body(product, how, number)) == code
    assert (product.skus[0].normal, desk.effects()) == (10, [])


def test_setting_what_it_already_is_has_no_effect(desk: SandboxDesk) -> None:
    product = desk.product()
    assert desk.code(UPDATE, _body(product, 3, product.skus[0].normal)) == 0
    assert desk.effects() == []


def test_a_draft_in_audit_and_a_product_never_listed(desk: SandboxDesk) -> None:
    assert desk.code(UPDATE, _body(desk.product(edit_status=2), 3, 0)) == 10020217
    assert desk.code(UPDATE, _body(desk.product(0, 1), 3, 0)) == 10020289
    assert desk.effects() == []


def test_unknown_product_sku_and_type(desk: SandboxDesk) -> None:
    product = desk.product()
    assert desk.code(UPDATE, {**_body(product, 3, 0), "product_id": "1"}) == 10020052
    assert desk.code(UPDATE, {**_body(product, 3, 0), "sku_id": "1"}) == 10020055
    product.product_type = 2
    assert desk.code(UPDATE, _body(product, 3, 0)) == 10020091


def test_one_sku_changed_too_often() -> None:
    desk = SandboxDesk(stock_updates_per_minute=2)
    product = desk.product()
    codes = [desk.code(UPDATE, _body(product, 1, 1)) for _ in range(3)]
    desk.clock.advance(60)
    assert [*codes, desk.code(UPDATE, _body(product, 1, 1))] == [0, 0, 10020112, 0]


def test_the_flow_is_paged_and_filtered(desk: SandboxDesk) -> None:
    product = desk.product()
    product.skus[0].normal = 10
    for how, number in ((1, 5), (2, 3), (3, 0)):
        desk.call(UPDATE, _body(product, how, number))
    body = {"product_id": product.product_id, "sku_id": product.skus[0].sku_id, "page_size": 2}
    first = desk.call(PRODUCT + "stock/getflow", body)["data"]
    second = desk.call(PRODUCT + "stock/getflow", {**body, "next_key": first["next_key"]})["data"]
    entries = first["stock_flow_info_list"] + second["stock_flow_info_list"]
    assert [(e["beginning_amount"], e["ending_amount"]) for e in entries] == [(10, 15), (15, 12), (12, 0)]
    assert second["next_key"] == ""
    only = desk.call(PRODUCT + "stock/getflow", {**body, "op_type_list": [2]})["data"]
    assert [e["amount"] for e in only["stock_flow_info_list"]] == [3]


def test_a_product_without_stock_is_taken_off_by_the_platform_later(desk: SandboxDesk) -> None:
    product = desk.product()
    for sku in product.skus:
        sku.regional = 0
        desk.call(UPDATE, {**_body(product, 3, 0), "sku_id": sku.sku_id})
    desk.world.advance(599)
    assert product.status == 5
    desk.world.advance(1)
    assert product.status == 12
    assert desk.effects("listing")[-1].actor == "platform"


def test_restocking_in_time_keeps_it_on_sale(desk: SandboxDesk) -> None:
    product = desk.product()
    for sku in product.skus:
        desk.call(UPDATE, {**_body(product, 3, 0), "sku_id": sku.sku_id})
    desk.call(UPDATE, _body(product, 1, 1))
    desk.world.advance(3600)
    assert product.status == 5


def test_a_regional_warehouse_has_stock_of_its_own(desk: SandboxDesk) -> None:
    product = desk.product()
    product.skus[0].regional = 9
    body = {**_body(product, 2, 4), "out_warehouse_id": "hz-01"}
    assert desk.code("/channels/ec/warehouse/stock/update", body) == 0
    assert desk.call("/channels/ec/warehouse/stock/get", body)["num"] == 5
    assert desk.code("/channels/ec/warehouse/stock/update", {**body, "num": 6}) == 10020219
    assert desk.code("/channels/ec/warehouse/stock/get", {**body, "out_warehouse_id": "x"}) == 10020055
