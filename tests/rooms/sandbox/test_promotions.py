"""Limited-time sales and coupons: lists, ends, and what may follow what."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.wechat.state import Coupon, Task
from support.sandbox_desk import PRODUCT, SandboxDesk

TASKS = PRODUCT + "limiteddiscounttask/"
COUPONS = "/channels/ec/coupon/"


def _task(desk: SandboxDesk, status: int) -> Task:
    return next(task for task in desk.shop.stores.tasks.values() if task.status == status)


def _coupon(desk: SandboxDesk, status: int) -> Coupon:
    return next(coupon for coupon in desk.shop.stores.coupons.values() if coupon.status == status)


@pytest.mark.parametrize("status", [0, 1, 2, None])
def test_tasks_are_paged_by_status(status: int | None) -> None:
    desk = SandboxDesk(size=400)
    body: dict[str, Any] = {"page_size": 3} if status is None else {"page_size": 3, "status": status}
    found, cursor = [], ""
    while True:
        answer = desk.call(TASKS + "list/get", {**body, "next_key": cursor})
        found.extend(str(task["task_id"]) for task in answer["limited_discount_tasks"])
        cursor = answer["next_key"]
        if not cursor:
            break
    wanted = [t.task_id for t in desk.shop.stores.tasks.values() if status in {None, t.status}]
    assert found == sorted(wanted)
    assert answer["total_num"] == len(wanted)


def test_stopping_gives_the_reserved_stock_back_once(desk: SandboxDesk) -> None:
    task = _task(desk, 1)
    product = desk.shop.stores.products[task.product_id]
    total = product.available
    codes = [desk.code(TASKS + "stop", {"task_id": task.task_id}) for _ in range(2)]
    assert codes == [0, 10020076]
    assert (sum(sku.reserved for sku in product.skus), product.available) == (0, total)
    assert [e.kind for e in desk.effects("promotion")] == ["promotion.stopped"]


def test_a_running_task_locks_the_product_against_listing_and_a_stopped_one_does_not(
    desk: SandboxDesk,
) -> None:
    task = _task(desk, 1)
    desk.call(TASKS + "stop", {"task_id": task.task_id})
    assert desk.code(PRODUCT + "listing", {"product_id": task.product_id}) == 0


def test_a_waiting_task_begins_and_ends_by_itself(desk: SandboxDesk) -> None:
    task = _task(desk, 0)
    product = desk.shop.stores.products[task.product_id]
    total = product.available
    desk.world.advance(task.start_time - desk.world.now())
    assert (task.status, sum(sku.reserved for sku in product.skus) > 0) == (1, True)
    desk.world.advance(task.end_time - desk.world.now())
    assert (task.status, sum(sku.reserved for sku in product.skus)) == (2, 0)
    assert product.available == total


def test_only_ended_tasks_can_be_deleted(desk: SandboxDesk) -> None:
    running, ended = _task(desk, 1), _task(desk, 2)
    assert desk.code(TASKS + "delete", {"task_id": running.task_id}) == 10020077
    assert [desk.code(TASKS + "delete", {"task_id": ended.task_id}) for _ in range(2)] == [0, 10020076]
    assert running.task_id in desk.shop.stores.tasks


def test_task_limits(desk: SandboxDesk) -> None:
    assert desk.code(TASKS + "list/get", {"page_size": 51}) == 10020051
    assert desk.code(TASKS + "stop", {"task_id": "1"}) == 10020076
    assert desk.code(TASKS + "stop", {}) == 10020051


@pytest.mark.parametrize("status", [1, 2, 3, 4, 200])
def test_coupons_are_paged_with_their_context(status: int) -> None:
    desk = SandboxDesk(size=2000)
    found: list[str] = []
    body = {"status": status, "page": 1, "page_size": 7, "page_ctx": ""}
    while len(found) < (answer := desk.call(COUPONS + "get_list", body))["total_num"]:
        found.extend(str(entry["coupon_id"]) for entry in answer["coupons"])
        body = {**body, "page": body["page"] + 1, "page_ctx": answer["page_ctx"]}
    members = {200: {3, 4}}.get(status, {status})
    wanted = [c.coupon_id for c in desk.shop.stores.coupons.values() if c.status in members]
    assert found == sorted(wanted)
    assert wanted


def test_coupon_pages_do_not_shift_when_some_are_invalidated() -> None:
    desk = SandboxDesk(size=2000)
    body = {"status": 2, "page": 1, "page_size": 5, "page_ctx": ""}
    first = desk.call(COUPONS + "get_list", body)
    wanted = desk.call(COUPONS + "get_list", {**body, "page": 2, "page_ctx": first["page_ctx"]})["coupons"]
    for entry in first["coupons"]:
        desk.call(COUPONS + "update_status", {"coupon_id": entry["coupon_id"], "status": 4})
    again = desk.call(COUPONS + "get_list", {**body, "page": 2, "page_ctx": first["page_ctx"]})["coupons"]
    assert again == wanted


@pytest.mark.parametrize(
    "change", [{"page_size": 201}, {"page": 0}, {"status": 9}, {"status": None}, {"page": 12}]
)
def test_coupon_list_limits(desk: SandboxDesk, change: dict[str, object]) -> None:
    body = {"status": 2, "page": 1, "page_size": 10, "page_ctx": ""}
    context = desk.call(COUPONS + "get_list", body)["page_ctx"]
    assert desk.code(COUPONS + "get_list", {**body, **change}) == 40097
    assert desk.code(COUPONS + "get_list", {**body, "page": 12, "page_ctx": context}) == 40097


@pytest.mark.parametrize(
    ("status", "wanted", "code"),
    [
        (1, 2, 0),
        (1, 4, 0),
        (1, 5, 0),
        (2, 4, 0),
        (2, 5, 10021003),
        (2, 2, 10021001),
        (3, 4, 10021001),
        (3, 5, 0),
        (4, 4, 10021001),
        (4, 5, 0),
        (4, 2, 10021001),
    ],
)
def test_coupon_transitions(desk: SandboxDesk, status: int, wanted: int, code: int) -> None:
    coupon = _coupon(desk, status)
    body = {"coupon_id": coupon.coupon_id, "status": wanted}
    assert desk.code(COUPONS + "update_status", body) == code
    assert coupon.status == (wanted if code == 0 else status)
    assert len(desk.effects("coupon")) == (code == 0)


def test_a_coupon_tells_the_products_it_is_bound_to(desk: SandboxDesk) -> None:
    kinds = set()
    for coupon in desk.shop.stores.coupons.values():
        shown = desk.call(COUPONS + "get", {"coupon_id": coupon.coupon_id})["coupon"]
        condition = shown["coupon_info"]["discount_info"]["discount_condition"]
        bound = [str(one) for one in condition.get("product_ids", [])]
        kinds.add((shown["type"] > 100, bool(bound)))
        assert bound == list(coupon.product_ids)
    assert kinds == {(True, False), (False, True)}
    assert desk.code(COUPONS + "get", {"coupon_id": "1"}) == 10021037


def test_a_coupon_expires_by_itself(desk: SandboxDesk) -> None:
    coupon = _coupon(desk, 2)
    desk.world.advance(coupon.end_time - desk.world.now())
    assert coupon.status == 3
    assert {e.actor for e in desk.effects("coupon")} == {"platform"}
