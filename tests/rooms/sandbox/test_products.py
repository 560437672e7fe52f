"""Products: listing ids without gap or double, reading both copies, taking off, deleting."""

from __future__ import annotations

import json

import pytest

from support.sandbox_desk import PRODUCT, SandboxDesk


def _all_ids(desk: SandboxDesk, **body: object) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        answer = desk.call(PRODUCT + "list/get", {**body, "next_key": cursor})
        found.extend(str(product_id) for product_id in answer["product_ids"])
        cursor = answer["next_key"]
        if not cursor:
            return found


@pytest.mark.parametrize("size", [1, 7, 30])
def test_pages_have_no_gap_and_no_double(desk: SandboxDesk, size: int) -> None:
    wanted = [p.product_id for p in desk.shop.stores.products.values() if p.status == 5]
    assert _all_ids(desk, status=5, page_size=size) == sorted(wanted)


def test_the_list_without_status_leaves_out_drafts_and_the_recycle_bin(desk: SandboxDesk) -> None:
    products = desk.shop.stores.products.values()
    wanted = sorted(p.product_id for p in products if p.status not in {0, 6, 9})
    answer = desk.call(PRODUCT + "list/get", {})
    assert _all_ids(desk, page_size=30) == wanted
    assert (answer["total_num"], len(answer["product_ids"])) == (len(wanted), 10)


def test_taking_off_while_paging_loses_nothing(desk: SandboxDesk) -> None:
    first = desk.call(PRODUCT + "list/get", {"status": 5, "page_size": 10})
    rest = _all_ids(desk, status=5, page_size=10)[10:]
    for product_id in first["product_ids"]:
        product = desk.shop.stores.products[str(product_id)]
        product.edit_status = 4
        desk.call(PRODUCT + "delisting", {"product_id": product_id})
    second = desk.call(PRODUCT + "list/get", {"status": 5, "page_size": 10, "next_key": first["next_key"]})
    assert [str(one) for one in second["product_ids"]] == rest[:10]


@pytest.mark.parametrize("body", [{"page_size": 31}, {"page_size": 0}, {"status": 77}])
def test_list_limits(desk: SandboxDesk, body: dict[str, int]) -> None:
    assert desk.code(PRODUCT + "list/get", body) == 10020051


@pytest.mark.parametrize("change", [{"page_size": 9}, {"status": 11}, {"next_key": "bm9uc2Vuc2U"}])
def test_a_cursor_refuses_other_parameters(desk: SandboxDesk, change: dict[str, object]) -> None:
    body = {"status": 5, "page_size": 10}
    cursor = desk.call(PRODUCT + "list/get", body)["next_key"]
    assert desk.code(PRODUCT + "list/get", {**body, "next_key": cursor, **change}) == 606006


def test_get_returns_the_copies_asked_for(desk: SandboxDesk) -> None:
    product_id = desk.product().product_id
    shapes = [
        {"product", "edit_product"} & set(desk.call(PRODUCT + "get", {"product_id": product_id, **kind}))
        for kind in ({}, {"data_type": 2}, {"data_type": 3})
    ]
    assert shapes == [{"product"}, {"edit_product"}, {"product", "edit_product"}]


def test_the_edit_status_stands_in_the_draft_only(desk: SandboxDesk) -> None:
    product = desk.product(edit_status=2)
    answer = desk.call(PRODUCT + "get", {"product_id": product.product_id, "data_type": 3})
    assert answer["edit_product"]["edit_status"] == 2
    assert "edit_status" not in answer["product"]
    assert answer["product"]["status"] == 5


def test_codes_and_stock_are_those_of_the_world(desk: SandboxDesk) -> None:
    product = desk.product()
    shown = desk.call(PRODUCT + "get", {"product_id": product.product_id})["product"]
    assert shown["spu_code"] == product.code
    assert [(sku["sku_code"], sku["stock_num"]) for sku in shown["skus"]] == [
        (sku.code, sku.available) for sku in product.skus
    ]


def test_a_never_listed_product_has_only_a_draft(desk: SandboxDesk) -> None:
    product = desk.product(0, 1)
    assert "product" not in desk.call(PRODUCT + "get", {"product_id": product.product_id, "data_type": 3})


@pytest.mark.parametrize(("reading", "shown"), [("returned", True), ("missing", False)])
def test_the_open_reading_of_a_product_that_is_off(reading: str, shown: bool) -> None:
    desk = SandboxDesk(product_when_off=reading)
    answer = desk.call(PRODUCT + "get", {"product_id": desk.product(11).product_id, "data_type": 3})
    assert ("product" in answer, answer["edit_product"]["status"]) == (shown, 11)


def test_the_reading_that_refuses_a_product_that_is_off() -> None:
    desk = SandboxDesk(product_when_off="refused")
    assert desk.code(PRODUCT + "get", {"product_id": desk.product(11).product_id}) == 10020065
    assert desk.code(PRODUCT + "get", {"product_id": desk.product(5).product_id}) == 0


def test_a_lottery_product_has_no_draft(desk: SandboxDesk) -> None:
    product = desk.product()
    product.product_type = 2
    assert desk.code(PRODUCT + "get", {"product_id": product.product_id, "data_type": 2}) == 10020207


def test_taking_off_is_one_effect_and_the_second_time_none(desk: SandboxDesk) -> None:
    product = desk.product()
    codes = [desk.code(PRODUCT + "delisting", {"product_id": product.product_id}) for _ in range(2)]
    effects = desk.effects("listing")
    assert codes == [0, 10020065]
    assert [(e.actor, e.kind, e.before, e.after, e.product_id) for e in effects] == [
        ("api", "listing.off", 5, 11, product.product_id)
    ]
    assert effects[0].call_id > 0


def test_what_is_in_audit_cannot_be_taken_off_or_deleted(desk: SandboxDesk) -> None:
    product = desk.product(edit_status=2)
    body = {"product_id": product.product_id}
    assert [desk.code(PRODUCT + act, body) for act in ("delisting", "delete")] == [10020047, 10020049]
    assert (product.status, desk.effects()) == (5, [])


@pytest.mark.parametrize("status", [0, 6, 11, 12, 13, 14, 15, 20])
def test_only_what_is_on_sale_can_be_taken_off(desk: SandboxDesk, status: int) -> None:
    product = desk.product(status, 1 if status == 0 else 4)
    assert desk.code(PRODUCT + "delisting", {"product_id": product.product_id}) == 10020065
    assert product.status == status


def test_unknown_and_destroyed_products_do_not_exist(desk: SandboxDesk) -> None:
    product = desk.product()
    desk.world.wechat.operate(product.product_id, "destroy", {})
    for product_id in ("1", product.product_id):
        assert desk.code(PRODUCT + "delisting", {"product_id": product_id}) == 10020052
    assert desk.code(PRODUCT + "delisting", {}) == 10020051


def test_deleting_moves_to_the_recycle_bin_once(desk: SandboxDesk) -> None:
    product = desk.product()
    codes = [desk.code(PRODUCT + "delete", {"product_id": product.product_id}) for _ in range(2)]
    assert (codes, product.status, len(desk.effects())) == ([0, 10020052], 6, 1)


def test_the_link_leads_to_the_storefront(desk: SandboxDesk) -> None:
    product = desk.product()
    link = desk.call(PRODUCT + "h5url/get", {"product_id": product.product_id})["product_h5url"]
    assert link == f"http://sandbox/h5/product/{product.product_id}"


def test_ids_survive_only_a_reader_of_big_numbers(desk: SandboxDesk) -> None:
    product_id = desk.product().product_id
    assert int(product_id) > 2**53
    assert json.loads(product_id) == int(product_id)
