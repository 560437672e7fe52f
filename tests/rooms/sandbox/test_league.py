"""League plans: paging by type, taking down, listing again, clashes."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.wechat.state import Plan
from support.sandbox_desk import PRODUCT, SandboxDesk

LEAGUE = "/channels/ec/league/item/"


def _plan(desk: SandboxDesk, kind: int, status: int = 1) -> Plan:
    return next(p for p in desk.shop.stores.plans.values() if (p.kind, p.status) == (kind, status))


def _address(plan: Plan) -> dict[str, Any]:
    return (
        {"type": plan.kind, "product_id": plan.product_id}
        if plan.kind == 1
        else {
            "type": plan.kind,
            "info_id": plan.info_id,
        }
    )


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_plans_are_paged_by_type(kind: int) -> None:
    desk = SandboxDesk(size=300)
    found, body = [], {"type": kind, "page_size": 4, "need_total_num": True}
    while True:
        answer = desk.call(LEAGUE + "list/get", body)
        found.extend((str(item["product_id"]), item["info_id"]) for item in answer["items"])
        body["last_buffer"] = answer["last_buffer"]
        if not answer["has_more"]:
            break
    wanted = sorted((p.product_id, p.info_id) for p in desk.shop.stores.plans.values() if p.kind == kind)
    assert found == wanted
    assert answer["total_num"] == len(wanted) > 0


def test_the_list_can_be_asked_for_one_product(desk: SandboxDesk) -> None:
    plan = _plan(desk, 1)
    body = {"type": 1, "page_size": 10, "product_id": plan.product_id}
    answer = desk.call(LEAGUE + "list/get", body)
    assert [str(item["product_id"]) for item in answer["items"]] == [plan.product_id]


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_taking_down_is_one_effect_and_shows(desk: SandboxDesk, kind: int) -> None:
    plan = _plan(desk, kind)
    for _ in range(2):
        assert desk.code(LEAGUE + "upd", {**_address(plan), "operate_type": 2}) == 0
    assert desk.call(LEAGUE + "get", _address(plan))["item"]["status"] == 2
    assert len(desk.effects("league")) == 1


def test_listing_again_needs_a_product_on_sale(desk: SandboxDesk) -> None:
    plan = next(
        p
        for p in desk.shop.stores.plans.values()
        if p.kind == 1 and desk.shop.stores.products[p.product_id].edit_status == 4
    )
    desk.call(LEAGUE + "upd", {**_address(plan), "operate_type": 2})
    assert desk.code(LEAGUE + "upd", {**_address(plan), "operate_type": 4}) == 0
    desk.call(LEAGUE + "upd", {**_address(plan), "operate_type": 2})
    desk.call(PRODUCT + "delisting", {"product_id": plan.product_id})
    assert desk.code(LEAGUE + "upd", {**_address(plan), "operate_type": 4}) == 10023104
    assert plan.status == 2


def test_a_directed_plan_needs_the_ordinary_one(desk: SandboxDesk) -> None:
    directed = _plan(desk, 2)
    ordinary = desk.shop.stores.plans[f"1:{directed.product_id}"]
    for plan in (directed, ordinary):
        desk.call(LEAGUE + "upd", {**_address(plan), "operate_type": 2})
    assert desk.code(LEAGUE + "upd", {**_address(directed), "operate_type": 4}) == 10023105
    assert desk.code(LEAGUE + "upd", {**_address(ordinary), "operate_type": 4}) == 0
    assert desk.code(LEAGUE + "upd", {**_address(directed), "operate_type": 4}) == 0


def test_taking_off_the_product_leaves_the_plan_as_it_is(desk: SandboxDesk) -> None:
    plan = next(
        p
        for p in desk.shop.stores.plans.values()
        if p.status == 1 and desk.shop.stores.products[p.product_id].edit_status == 4
    )
    assert desk.code(PRODUCT + "delisting", {"product_id": plan.product_id}) == 0
    assert plan.status == 1


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("list/get", {"page_size": 10}, 10023100),
        ("list/get", {"type": 4, "page_size": 10}, 10023100),
        ("list/get", {"type": 1, "page_size": 101}, 10023000),
        ("get", {"type": 1}, 10023000),
        ("get", {"type": 1, "product_id": "1"}, 10023103),
        ("upd", {"type": 2, "info_id": "1", "operate_type": 2}, 10023103),
    ],
)
def test_refusals(desk: SandboxDesk, path: str, body: dict[str, object], code: int) -> None:
    assert desk.code(LEAGUE + path, body) == code
    assert desk.effects() == []


def test_an_unknown_operation_is_refused(desk: SandboxDesk) -> None:
    plan = _plan(desk, 1)
    assert desk.code(LEAGUE + "upd", {**_address(plan), "operate_type": 3}) == 10023000
    assert desk.code(LEAGUE + "upd", {**_address(plan), "operate_type": 1, "ratio": 91}) == 10023000


def test_a_shop_without_the_league() -> None:
    desk = SandboxDesk(league_open=False)
    assert desk.code(LEAGUE + "list/get", {"type": 1, "page_size": 10}) == 10023007
