"""Plans, commissions, activities, coupons, the live cart and videos (reference §6 to §8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from offshelf.sandbox.kuaishou import KuaishouSettings
from offshelf.sandbox.kuaishou import state as ks
from offshelf.sandbox.kuaishou.state import Plan
from rooms.sandbox_kuaishou.ks_desk import Desk

D = "open.distribution."
C = "open.promotion.coupon."


def _plan(desk: Desk, *, status: int = 1, kind: int = 1) -> Plan:
    return next(
        plan for plan in desk.shop.stores.plans.values() if (plan.status, plan.kind) == (status, kind)
    )


def _set(desk: Desk, plan: Plan, status: int) -> int:
    number = int(plan.plan_id)
    block = {"planId": number, "status": status}
    body = {"planId": number, "updateType": "UPDATE_PLAN_STATUS", "updatePlanStatusParam": block}
    return int(desk.post(f"{D}plan.update", body)["result"])


def test_closing_a_plan_is_seen_everywhere_and_written_down(desk: Desk) -> None:
    plan = _plan(desk)
    item = {"itemId": int(plan.item_id)}
    assert desk.get(f"{D}query.selection.item.detail", {"itemId": [item["itemId"]]})["itemList"][0][
        "itemId"
    ] == int(plan.item_id)
    assert _set(desk, plan, 3) == 1
    assert _set(desk, plan, 3) == 1  # closing has no precondition
    assert desk.get(f"{D}plan.query", item)["data"]["planStatus"] == 3
    asked = {"planId": int(plan.plan_id), "pcursor": ""}
    listed = desk.get(f"{D}plan.commission.query", asked)["data"]["planCommissions"]
    assert {one["status"] for one in listed} == {3}
    assert desk.get(f"{D}query.selection.item.detail", {"itemId": [item["itemId"]]})["result"] == 24102
    assert desk.effects() == [("api", "affiliate.closed", plan.item_id, "", plan.plan_id, 1, 3)]


def test_an_item_off_the_shelf_suspends_commissions_and_bars_opening(desk: Desk) -> None:
    plan = next(one for one in desk.shop.stores.plans.values() if one.status == 3)
    item = desk.shop.stores.items[plan.item_id]
    desk.shelve(item, 0)
    assert _set(desk, plan, 1) == 21
    desk.shelve(item, 1)
    assert _set(desk, plan, 1) == 1
    assert _set(desk, plan, 1) == 21  # not closed
    desk.shelve(item, 0)
    asked = {"planId": int(plan.plan_id), "pcursor": "0"}
    listed = desk.get(f"{D}plan.commission.query", asked)["data"]["planCommissions"]
    assert {one["status"] for one in listed} == {2}
    gone = desk.get(f"{D}query.selection.item.detail", {"itemId": [int(plan.item_id)]})
    assert gone["result"] == 24101
    assert [effect[1] for effect in desk.effects("affiliate")] == ["affiliate.opened"]


def test_commissions_are_paged_and_closed_one_by_one(desk: Desk) -> None:
    plan = max(desk.shop.stores.plans.values(), key=lambda one: len(one.commissions))
    cursor, seen, words = "", [], []
    while cursor != "no_more" and len(words) < 9:
        asked = {"planId": int(plan.plan_id), "pcursor": cursor}
        data = desk.get(f"{D}plan.commission.query", asked)["data"]
        seen += data["planCommissions"]
        cursor = data["pcursor"]
        words.append(cursor)
    assert words == ["20", "no_more"]
    assert len(seen) == len(plan.commissions) == 25
    ids = [one["commissionId"] for one in seen[:2]]
    assert desk.post(f"{D}promote.update", {"commissionId": [*ids, 1], "status": 3})["result"] == 24102
    assert desk.post(f"{D}promote.update", {"commissionId": ids, "status": 2})["result"] == 21
    assert desk.effects() == []
    assert desk.post(f"{D}promote.update", {"commissionId": ids, "status": 3})["result"] == 1
    assert [effect[4] for effect in desk.effects("affiliate.closed")] == [str(one) for one in ids]
    assert desk.post(f"{D}promote.update", {"commissionId": ids, "status": 1})["result"] == 1
    assert len(desk.effects("affiliate.opened")) == 2


@pytest.mark.parametrize(("reading", "answer"), [("refused", (24102, None)), ("empty", (1, {}))])
def test_an_item_without_a_plan(reading: Any, answer: tuple[int, Any]) -> None:
    desk = Desk(KuaishouSettings(no_plan=reading))
    item = next(one for one in desk.shop.stores.items.values() if desk.shop.plan_of(one.item_id) is None)
    told = desk.get(f"{D}plan.query", {"itemId": int(item.item_id)})
    assert (told["result"], told.get("data")) == answer


def test_a_lower_rate_waits_for_the_next_day_and_is_refused_at_its_eve(desk: Desk) -> None:
    plan = _plan(desk)
    one = plan.commissions[0]
    one.rate = 20
    number = int(plan.plan_id)

    def rate(percent: int) -> int:
        block = {"planId": number, "commissionRate": percent}
        body = {
            "planId": number,
            "updateType": "UPDATE_NORMAL_COMMISSION",
            "updateNormalCommissionParam": block,
        }
        return int(desk.post(f"{D}plan.update", body)["result"])

    assert (rate(91), rate(25), one.rate) == (21, 1, 25)
    assert (rate(10), one.rate) == (1, 25)
    desk.engine.time.advance(11 * 3600 + 50 * 60)  # 23:50 in Shanghai
    assert rate(9) == 21
    desk.engine.time.advance(600)
    assert one.rate == 10


def test_withdrawing_from_an_activity_is_a_get_that_writes(desk: Desk) -> None:
    listed = desk.get(f"{D}seller.activity.apply.list", {"activityType": 1, "limit": 10})["data"]
    assert listed["total"] == len(listed["result"]) == 3
    activity = listed["result"][0]["activityId"]
    asked = {"activityId": activity, "limit": 10}
    items = desk.get(f"{D}seller.activity.item.list", asked)["data"]["activityItemDataList"]
    entry = next(one for one in items if one["itemAuditStatus"] == 2)
    body = {"itemId": entry["itemId"], "activityId": activity}
    assert [desk.get(f"{D}seller.activity.apply.cancel", body)["result"] for _ in range(2)] == [1, 21]
    again = desk.get(f"{D}seller.activity.item.list", {**asked, "itemId": entry["itemId"]})["data"]
    assert again["activityItemDataList"][0]["itemAuditStatus"] == 5
    wanted = ("api", "affiliate.closed", str(entry["itemId"]), "", str(activity), 2, 5)
    assert desk.effects() == [wanted]
    assert desk.get(f"{D}seller.activity.apply.list", {"activityType": 1})["result"] == 14
    asked = {"activityType": 1, "limit": 2, "offset": 1}
    assert desk.get(f"{D}seller.activity.apply.list", asked)["result"] == 21


@pytest.mark.parametrize(("wanted", "statuses"), [(1, {1}), (2, {1}), (3, {2, 4}), (0, {1, 2, 4})])
def test_coupons_by_target_and_phase(wanted: int, statuses: set[int]) -> None:
    desk = Desk(size=2000)
    many = 0
    for target in (0, 1, 15):
        body = {"couponTargetType": target, "sellerCouponStatus": wanted, "pageNo": 1, "pageSize": 100}
        data = desk.get(f"{C}page.list", body)["data"]
        assert {one["status"] for one in data["marketingOpenCoupon"]} <= statuses
        assert all(bool(one["itemId"]) == (target == 0) for one in data["marketingOpenCoupon"])
        many += data["totalCount"]
    assert many == len(desk.shop.stores.coupons) if wanted == 0 else many > 0


def test_a_coupon_is_ended_then_deleted(desk: Desk) -> None:
    coupon = next(one for one in desk.shop.stores.coupons.values() if one.status == 1)
    body = {"couponId": int(coupon.coupon_id)}
    assert desk.post(f"{C}delete", body)["result"] == 21
    assert [desk.post(f"{C}over", body)["result"] for _ in range(2)] == [1, 21]
    asked = {"couponId": [body["couponId"], 1]}
    assert [one["status"] for one in desk.post(f"{C}query", asked)["data"]] == [2]
    assert [desk.post(f"{C}delete", body)["result"] for _ in range(2)] == [1, 21]
    assert desk.effects() == [
        ("api", "coupon.ended", "", "", coupon.coupon_id, 1, 2),
        ("api", "coupon.deleted", "", "", coupon.coupon_id, 2, 3),
    ]


def test_coupons_expire_by_themselves(desk: Desk) -> None:
    coupon = min(
        (one for one in desk.shop.stores.coupons.values() if one.status == 1), key=lambda one: one.valid_to
    )
    end = datetime.fromtimestamp(coupon.valid_to / 1000, UTC).timestamp()
    desk.engine.time.advance(end - desk.engine.time.now())
    assert coupon.status == ks.EXPIRED
    assert desk.effects("coupon")[0][:2] == ("platform", "coupon.expired")


def _in_cart(desk: Desk, item_id: str) -> bool:
    asked = {"itemId": int(item_id)}
    return bool(desk.get("open.live.shop.item.check.oncar", asked)["data"]["liveCarItem"])


@pytest.mark.parametrize(("reading", "left"), [("leaves", False), ("stays", True)])
def test_the_live_cart(reading: Any, left: bool) -> None:
    desk = Desk(KuaishouSettings(cart_after_off=reading, live_seconds=3600.0))
    first, second = [one for one in desk.shop.stores.items.values() if one.in_cart][:2]
    assert _in_cart(desk, first.item_id)
    desk.shelve(first, 0)
    assert (_in_cart(desk, first.item_id), _in_cart(desk, second.item_id)) == (left, True)
    desk.platform.operate(second.item_id, "out_of_cart", {})
    assert not _in_cart(desk, second.item_id)
    desk.engine.time.advance(3600)
    assert not any(_in_cart(desk, one.item_id) for one in (first, second))


def test_videos_are_paged_by_the_oldest_seen_and_deleted_for_good(desk: Desk) -> None:
    seen: list[str] = []
    page = desk.get("open.photo.list", {"count": 10})["data"]["videoList"]
    while page and len(seen) < 1000:
        seen += [one["photoId"] for one in page]
        asked = {"count": 10, "cursor": seen[-1]}
        page = desk.get("open.photo.list", asked)["data"]["videoList"]
    assert seen == sorted(desk.shop.stores.photos, reverse=True)
    assert [desk.post("open.photo.delete", {"photoId": seen[3]})["result"] for _ in range(2)] == [1, 21]
    assert desk.get("open.photo.info", {"photoId": seen[3]})["result"] == 21
    assert [effect[1:5] for effect in desk.effects()] == [("video.deleted", "", "", seen[3])]
    assert desk.get("open.photo.list", {"count": 201})["result"] == 21


def test_the_library_of_goods_videos(desk: Desk) -> None:
    listed = desk.post("open.item.video.list", {"pageIndex": 1, "pageSize": 50})["data"]
    assert listed["total"] == len(listed["videoInfo"]) == len(desk.shop.stores.clips)
    first = listed["videoInfo"][0]["videoId"]
    assert desk.post("open.item.video.list", {"pageSize": 51})["result"] == 1010187
    body = {"videoId": [first, 1], "videoType": 1}
    assert desk.post("open.item.video.delete", body)["result"] == 21
    assert desk.post("open.item.video.delete", {**body, "videoId": [first]})["result"] == 1
    assert [effect[4] for effect in desk.effects("video.deleted")] == [str(first)]
