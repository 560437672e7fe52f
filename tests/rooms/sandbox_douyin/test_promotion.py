"""Coupons, alliance plans that follow the shelf or close overnight, strategies, and videos."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.douyin import DouyinSettings
from support.douyin_desk import DouyinDesk

SIMPLE, EXCLUSIVE, CTRL = "buyin.simplePlan", "buyin.exclusivePlan", "buyin.orienPlanCtrl"
NOON_TO_MIDNIGHT = 12 * 3_600


def _simple(desk: DouyinDesk, product_id: str) -> int:
    rows = desk.data("buyin.simplePlanList", {"product_info": product_id})["promotions"]
    assert len(rows) == 1
    return int(rows[0]["status"])


def _close(*product_ids: str) -> dict[str, Any]:
    return {"is_create": False, "status": 2, "products": [{"product_id": int(one)} for one in product_ids]}


def _open_plan(desk: DouyinDesk) -> str:
    """Return a product with an open plan and nothing that keeps it on sale."""
    for plan in desk.shop.stores.simple.values():
        product = desk.shop.stores.products[plan.product_id]
        if plan.status == 1 and not product.locks and not product.prize and not product.in_audit:
            return plan.product_id
    raise LookupError


def test_coupons_are_read_by_page_and_state(desk: DouyinDesk) -> None:
    call = "marketing.queryShopCouponList"
    every = desk.data(call, {"page_no": 0, "page_size": 20})
    assert every["total"] == len(desk.shop.stores.coupons)
    by_state = [desk.data(call, {"page_no": 0, "page_size": 20, "status": s})["total"] for s in (1, 2, 3, 4)]
    assert sum(by_state) == every["total"]
    bound = next(row for row in every["coupon_list"] if row["range_type"] == 1)
    assert bound["range_value"].split(",") == list(desk.shop.stores.coupons[bound["coupon_id"]].product_ids)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"page_no": 21}, "40004:605012025"),
        ({"page_size": 21}, "40004:605012025"),
        ({"page_no": None}, "40004:605012024"),
    ],
)
def test_limits_of_coupons(desk: DouyinDesk, change: dict[str, Any], code: str) -> None:
    assert desk.code("marketing.queryShopCouponList", {"page_no": 0, "page_size": 20, **change}) == code


def test_coupons_begin_and_end_by_themselves_or_by_hand(desk: DouyinDesk) -> None:
    waiting = next(c for c in desk.shop.stores.coupons.values() if c.status == 1)
    running = next(c for c in desk.shop.stores.coupons.values() if c.status == 2)
    desk.operate(desk.product(), "end_coupon", coupon_id=running.coupon_id)
    desk.advance(waiting.begin - desk.engine.time.now())
    assert (waiting.status, running.status) == (2, 4)
    desk.advance(waiting.end - desk.engine.time.now())
    assert waiting.status == 3
    ended = {e.subject: (e.actor, e.after) for e in desk.effects("coupon.ended")}
    assert ended[running.coupon_id] == ("operator", 4)
    assert ended[waiting.coupon_id] == ("platform", 3)


def test_closing_an_ordinary_plan_answers_for_every_product(desk: DouyinDesk) -> None:
    product_id = _open_plan(desk)
    without = next(p for p in desk.shop.product_ids if p not in desk.shop.stores.simple)
    result = desk.data(SIMPLE, _close(product_id, without, "1"))
    assert [(row["is_success"], row["error_code"]) for row in result["result"]] == [
        (True, 0),
        (False, 1537),
        (False, 1531),
    ]
    assert _simple(desk, product_id) == 2
    (effect,) = desk.effects("affiliate")
    assert (effect.kind, effect.actor, effect.before, effect.after) == ("affiliate.closed", "api", 1, 2)


@pytest.mark.parametrize(
    "params",
    [
        {"is_create": False, "status": 2, "products": []},
        {"is_create": False, "status": 2, "products": [{"product_id": one} for one in range(21)]},
        {"is_create": False, "status": 2, "products": [{"product_id": 1}, {"product_id": 1}]},
        {"is_create": False, "products": [{"product_id": 1}]},
        {"is_create": False, "status": 3, "products": [{"product_id": 1}]},
        {"is_create": True, "products": [{"product_id": 1}]},
        {"is_create": True, "products": [{"product_id": 1, "cos_ratio": 51}]},
    ],
)
def test_limits_of_plans(desk: DouyinDesk, params: dict[str, Any]) -> None:
    assert desk.code(SIMPLE, params) == "40004:257"
    assert desk.effects() == []


def test_the_plan_follows_the_shelf_unless_it_was_closed(desk: DouyinDesk) -> None:
    product_id = _open_plan(desk)
    product = desk.shop.stores.products[product_id]
    desk.data("product.setOffline", {"product_id": int(product_id)})
    entries = {"page": 1, "size": 20, "product_ids": [int(product_id)]}
    entry = desk.data("buyin.queryShopAllianceProducts", entries)["product_list"][0]
    assert (_simple(desk, product_id), entry["status"]) == (3, 4)
    desk.operate(product, "relist")
    assert _simple(desk, product_id) == 1
    desk.data("product.setOffline", {"product_id": int(product_id)})
    desk.data(SIMPLE, _close(product_id))
    desk.operate(product, "relist")
    assert _simple(desk, product_id) == 2
    assert [e.kind for e in desk.effects("affiliate")] == [
        "affiliate.closed",
        "affiliate.opened",
        "affiliate.closed",
        "affiliate.closed",
    ]


def test_lowering_the_ratio_waits_for_midnight_and_raising_does_not(desk: DouyinDesk) -> None:
    product_id = _open_plan(desk)
    plan = desk.shop.stores.simple[product_id]
    plan.ratio = 20
    params = {"is_create": False, "status": 1, "products": [{"product_id": int(product_id), "cos_ratio": 10}]}
    desk.data(SIMPLE, params)
    desk.advance(NOON_TO_MIDNIGHT - 1)
    assert plan.ratio == 20
    desk.advance(1)
    assert plan.ratio == 10
    params["products"][0]["cos_ratio"] = 30  # type: ignore[index]
    desk.data(SIMPLE, params)
    assert plan.ratio == 30


def test_exclusive_plans_are_cancelled_one_by_one(desk: DouyinDesk) -> None:
    plan = next(p for p in desk.shop.stores.simple.values() if p.exclusive)
    listed = desk.data("buyin.queryShopAllianceProducts", {"page": 1, "size": 20})["product_list"]
    assert {row["product_id"] for row in listed if row["is_exclusive"]} >= {int(plan.product_id)}
    results = [desk.data(EXCLUSIVE, _close(plan.product_id))["result"][0]["is_success"] for _ in range(2)]
    assert (results, plan.exclusive) == ([True, False], False)
    assert desk.effects("affiliate.closed")[0].subject == f"exclusive:{plan.product_id}"


def test_a_targeted_plan_closes_at_the_next_midnight(desk: DouyinDesk) -> None:
    plan = next(iter(desk.shop.stores.targeted.values()))

    def status() -> int:
        groups = desk.data("buyin.orienPlanList", {"orien_plan_id": plan.plan_id})["orien_plans"]
        return int(groups[0]["orien_plans"][0]["plan_status"])

    def mine() -> list[tuple[str, str]]:
        effects = desk.effects("affiliate")
        return [(e.kind, e.actor) for e in effects if e.subject == f"targeted:{plan.plan_id}"]

    assert (status(), desk.code(CTRL, {"orien_plan_id": plan.plan_id, "action": 1})) == (1, "10000")
    desk.advance(NOON_TO_MIDNIGHT - 1)
    assert (status(), mine()) == (3, [])
    desk.advance(1)
    assert (status(), mine()) == (2, [("affiliate.closed", "api")])
    assert desk.code(CTRL, {"orien_plan_id": plan.plan_id, "action": 3}) == "10000"
    assert desk.code(CTRL, {"orien_plan_id": plan.plan_id, "action": 3}) == "40004:4114"


def test_a_plan_resumed_before_midnight_stays(desk: DouyinDesk) -> None:
    plan = next(iter(desk.shop.stores.targeted.values()))
    for action in (1, 2):
        desk.data(CTRL, {"orien_plan_id": plan.plan_id, "action": action})
    desk.advance(NOON_TO_MIDNIGHT + 5)
    assert plan.status == 1


def test_targeted_plans_that_refuse(desk: DouyinDesk) -> None:
    plans = list(desk.shop.stores.targeted.values())
    assert desk.code(CTRL, {"orien_plan_id": plans[1].plan_id, "action": 1}) == "50002:4123"
    assert desk.code(CTRL, {"orien_plan_id": plans[0].plan_id, "action": 3}) == "50002:4126"
    assert desk.code(CTRL, {"orien_plan_id": plans[0].plan_id, "action": 4}) == "40004:257"
    assert desk.code(CTRL, {"orien_plan_id": 1, "action": 1}) == "40003"
    assert [plan.status for plan in plans[:2]] == [1, 1]


def test_strategies_are_closed_resumed_and_deleted(desk: DouyinDesk) -> None:
    strategy = next(s for s in desk.shop.stores.strategies.values() if s.status == 1)
    edit = {"strategy_id": strategy.strategy_id}
    codes = [desk.code("buyin.kolStrategyEdit", {**edit, "status": act}) for act in (4, 2)]
    assert codes == ["40004:257", "10000"]
    filters = {"status": 2, "product_id": strategy.product_id}
    shown = desk.data("buyin.promotionStrategyList", filters)["data"]
    assert strategy.strategy_id in {row["strategy_id"] for row in shown}
    desk.data("buyin.kolStrategyEdit", {**edit, "status": 3})
    assert strategy.status == 1
    desk.data("buyin.kolStrategyEdit", {**edit, "status": 1, "cos_ratio": 7, "add_buyin_ids": [5]})
    assert (strategy.ratio, strategy.kols[-1]) == (7, 5)
    for act in (2, 4):
        desk.data("buyin.kolStrategyEdit", {**edit, "status": act})
    assert strategy.strategy_id not in desk.shop.stores.strategies


def test_a_shop_outside_the_alliance() -> None:
    desk = DouyinDesk(DouyinSettings(alliance_joined=False))
    codes = [
        desk.code(method, params)
        for method, params in (
            ("buyin.simplePlanList", {}),
            (SIMPLE, _close("1")),
            ("buyin.orienPlanList", {}),
            ("buyin.promotionStrategyList", {"status": 0}),
        )
    ]
    assert codes == ["50002:1549"] * 4


def test_videos_link_products_and_are_deleted_once(desk: DouyinDesk) -> None:
    video = next(v for v in desk.shop.stores.videos.values() if v.status == 0 and v.product_ids)
    linked = {"page": 1, "size": 50, "bind_product_id": int(video.product_ids[0]), "bind_type_list": [1]}
    rows = desk.data("shopVideo.listVideo", linked)["video_list"]
    assert int(video.video_id) in {row["item_id"] for row in rows}
    codes = [desk.code("shopVideo.deleteShopVideo", {"video_id": video.video_id}) for _ in range(2)]
    assert (codes, video.status) == (["10000", "50002:10002"], -1)
    (effect,) = desk.effects("video")
    assert (effect.kind, effect.subject, effect.actor) == ("video.deleted", video.video_id, "api")
    assert desk.code("shopVideo.listVideo", {"page": 1, "size": 51}) == "40004:10001"


def test_a_video_of_another_account_is_not_ours_to_delete(desk: DouyinDesk) -> None:
    video = next(v for v in desk.shop.stores.videos.values() if v.status == 0)
    params = {"video_id": video.video_id, "user_id": "42"}
    assert desk.code("shopVideo.deleteShopVideo", params) == "50002:10002"
    assert video.status == 0


def test_the_grant_tells_its_state(desk: DouyinDesk) -> None:
    shown = desk.data("open.getAuthInfo", {"auth_id": desk.identity["account_id"]})
    assert (shown["status"], shown["auth_id"]) == (1, desk.identity["account_id"])
