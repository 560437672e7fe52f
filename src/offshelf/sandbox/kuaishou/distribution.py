"""Distribution: plans, commissions, team leaders' activities, the selection library (reference §7)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from offshelf.kit.instants import SHANGHAI, from_unix
from offshelf.sandbox.kuaishou import state
from offshelf.sandbox.kuaishou.calls import DISTRIBUTION, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import BUSINESS, ILLEGAL, RefusalError
from offshelf.sandbox.kuaishou.params import block_of, long_of, longs_of, maybe_long, need, one_of, within
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import Activity, Commission, Entry, Plan

T = TypeVar("T")
END = "no_more"
PER_PAGE = 20
OPEN_OR_CLOSED = frozenset({state.OPEN, state.PLAN_CLOSED})
VOID = 5
NO_ITEM, NO_PLAN = 24101, 24102
MOST_RATE = 90


def get_plan(call: Call) -> dict[str, Any]:
    """Return the plan of one item."""
    shop = call.shop
    plan = shop.plan_of(str(long_of(call.body, "itemId")))
    if plan is None:
        if shop.settings.no_plan == "refused":
            raise RefusalError(NO_PLAN)
        return data({})
    rates = [one.rate for one in plan.commissions if one.kind == 1 and plan.kind == 1]
    return data(
        {
            "planId": int(plan.plan_id),
            "itemId": int(plan.item_id),
            "commissionRate": rates[0] if rates else 0,
            "planStatus": plan.status,
            "planType": plan.kind,
            "createTime": plan.created,
            "updateTime": plan.updated,
        }
    )


def list_commissions(call: Call) -> dict[str, Any]:
    """Return one page of a plan's commissions; the end word is `no_more`."""
    plan = _plan(call.shop, long_of(call.body, "planId"))
    cursor = call.body.get("pcursor")
    if not isinstance(cursor, str) or not (cursor == "" or (cursor.isascii() and cursor.isdecimal())):
        raise RefusalError(ILLEGAL, "pcursor参数非法")
    start = int(cursor or "0")
    shown = plan.commissions[start : start + PER_PAGE]
    more = start + PER_PAGE < len(plan.commissions)
    return data(
        {
            "pcursor": str(start + PER_PAGE) if more else END,
            "planCommissions": [_commission(call.shop, plan, one) for one in shown],
        }
    )


def _commission(shop: Shop, plan: Plan, one: Commission) -> dict[str, Any]:
    return {
        "commissionId": int(one.commission_id),
        "planId": int(plan.plan_id),
        "sellerId": int(shop.identity.seller_id),
        "promoterId": one.promoter_id,
        "type": one.kind,
        "rate": one.rate,
        "status": _state_of(shop, plan, one),
        "createTime": one.created,
        "updateTime": one.updated,
    }


def _state_of(shop: Shop, plan: Plan, one: Commission) -> int:
    if one.closed or plan.status == state.PLAN_CLOSED:
        return state.PLAN_CLOSED
    return state.OPEN if shop.stores.items[plan.item_id].on_sale else state.ITEM_OFF


def update_plan(call: Call) -> dict[str, Any]:
    """Open or close a plan, or change the rate of a commission."""
    body, shop = call.body, call.shop
    plan = _plan(shop, long_of(body, "planId"))
    what = need(body, "updateType")
    if what == "UPDATE_PLAN_STATUS":
        block = block_of(body, "updatePlanStatusParam")
        _same(plan, long_of(block, "planId"))
        _set_status(call, plan, one_of(block, "status", OPEN_OR_CLOSED, None))
    elif what == "UPDATE_NORMAL_COMMISSION":
        block = block_of(body, "updateNormalCommissionParam")
        _same(plan, long_of(block, "planId"))
        _set_rate(shop, plan, _of_kind(plan, 1), within(block, "commissionRate", 0, MOST_RATE))
    elif what == "UPDATE_ORIENTATION_COMMISSION":
        block = block_of(body, "updateOrientationCommissionParam")
        wanted = str(long_of(block, "commissionId"))
        found = next((one for one in plan.commissions if one.commission_id == wanted), None)
        _set_rate(shop, plan, found, within(block, "commissionRate", 0, MOST_RATE))
    else:
        raise RefusalError(BUSINESS)
    return {}


def _set_status(call: Call, plan: Plan, status: int) -> None:
    if status == state.OPEN and (
        plan.status == state.OPEN or not call.shop.stores.items[plan.item_id].on_sale
    ):
        raise RefusalError(BUSINESS, "计划未关闭或商品未上架，无法开启")
    before = plan.status
    if before == status:
        return
    plan.status = status
    plan.updated = call.shop.now()
    _record(call, status, before, plan.item_id, plan.plan_id)


def _record(call: Call, status: int, before: int, item_id: str, subject: str) -> None:
    kind = "affiliate.opened" if status == state.OPEN else "affiliate.closed"
    call.shop.engine.ledger.record(call.cause, kind, before, status, product_id=item_id, subject=subject)


def _set_rate(shop: Shop, plan: Plan, one: Commission | None, rate: int) -> None:
    if one is None:
        raise RefusalError(NO_PLAN)
    if rate >= one.rate or plan.status == state.PLAN_CLOSED:
        one.rate, one.updated = rate, shop.now()
        return
    # While the plan is open a lower rate waits for the next day, and is refused in the last ten minutes.
    here = from_unix(int(shop.engine.time.now())).astimezone(SHANGHAI)
    midnight = _next_midnight(here)
    if midnight - here <= timedelta(minutes=10):
        raise RefusalError(BUSINESS, "23:50至24:00不可下调佣金")

    def lower() -> None:
        one.rate, one.updated = rate, shop.now()

    shop.engine.time.at(midnight.timestamp(), lower)


def _next_midnight(here: datetime) -> datetime:
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def update_commissions(call: Call) -> dict[str, Any]:
    """Open (1) or close (3) single commissions; unknown ones refuse the whole call."""
    wanted = [str(entry) for entry in longs_of(call.body, "commissionId")]
    status = one_of(call.body, "status", OPEN_OR_CLOSED, None)
    known = {one.commission_id: one for plan in call.shop.stores.plans.values() for one in plan.commissions}
    if any(entry not in known for entry in wanted):
        raise RefusalError(NO_PLAN)
    closed = status == state.PLAN_CLOSED
    for one in (known[entry] for entry in wanted):
        if one.closed == closed:
            continue
        one.closed, one.updated = closed, call.shop.now()
        item_id = call.shop.stores.plans[one.plan_id].item_id
        before = state.OPEN if closed else state.PLAN_CLOSED
        _record(call, status, before, item_id, one.commission_id)
    return {}


def list_activities(call: Call) -> dict[str, Any]:
    """Return one page of the team leaders' activities the shop takes part in."""
    body = call.body
    kind = one_of(body, "activityType", frozenset({1, 2}), None)
    activity_id = maybe_long(body, "activityId")
    found = [
        activity
        for activity in call.shop.stores.activities.values()
        if activity.kind == kind and activity_id in {None, int(activity.activity_id)}
    ]
    shown = [
        {
            "activityId": int(one.activity_id),
            "activityTitle": one.title,
            "activityUserId": one.leader_id,
            "activityStatus": one.status,
            "activityType": one.kind,
            "activityBeginTime": one.begin,
            "activityEndTime": one.end,
            "activityItemDataView": {"applyItemCount": len(one.entries)},
        }
        for one in _slice(body, found)
    ]
    return data({"total": len(found), "result": shown})


def list_entries(call: Call) -> dict[str, Any]:
    """Return one page of the shop's items in one activity."""
    body = call.body
    activity = _activity(call.shop, long_of(body, "activityId"))
    item_id, audit = maybe_long(body, "itemId"), maybe_long(body, "itemAuditStatus")
    found = [
        entry
        for entry in activity.entries.values()
        if item_id in {None, int(entry.item_id)} and audit in {None, entry.audit}
    ]
    shown = [
        {
            "itemId": int(entry.item_id),
            "itemTitle": call.shop.stores.items[entry.item_id].title,
            "itemAuditStatus": entry.audit,
            "cooperateBeginTime": activity.begin,
            "cooperateEndTime": activity.end,
            "itemCommissionRate": entry.rate,
            "investmentPromotionRate": entry.leader_rate,
        }
        for entry in _slice(body, found)
    ]
    return data({"total": len(found), "activityItemDataList": shown})


def _slice(body: dict[str, Any], found: list[T]) -> list[T]:
    limit, offset = within(body, "limit", 1, 100), maybe_long(body, "offset") or 0
    if offset < 0 or offset % limit:  # the offset is a multiple of the limit
        raise RefusalError(BUSINESS)
    return found[offset : offset + limit]


def cancel_entry(call: Call) -> dict[str, Any]:
    """Withdraw one item from one activity: a GET that writes."""
    item_id = str(long_of(call.body, "itemId"))
    activity = _activity(call.shop, long_of(call.body, "activityId"))
    entry: Entry | None = activity.entries.get(item_id)
    if entry is None or entry.audit in {3, VOID}:
        raise RefusalError(BUSINESS, "商品未报名该活动")
    before, entry.audit = entry.audit, VOID
    _record(call, VOID, before, item_id, activity.activity_id)
    return {}


def selection_detail(call: Call) -> dict[str, Any]:
    """Return what promoters see of items in the selection library; the list stands at the top level."""
    shown = []
    for item_id in longs_of(call.body, "itemId"):
        item = call.shop.stores.items.get(str(item_id))
        if item is None or not item.on_sale:
            raise RefusalError(NO_ITEM)
        plan = call.shop.plan_of(item.item_id)
        if plan is None or plan.status != state.OPEN:
            raise RefusalError(NO_PLAN)
        rate = max(one.rate for one in plan.commissions)
        shown.append(
            {
                "itemId": item_id,
                "itemTitle": item.title,
                "itemPrice": item.price,
                "zkFinalPrice": item.price,
                "commissionRate": rate * 10,
                "profitAmount": item.price * rate // 100,
                "shopTitle": call.shop.identity.name,
                "soldCountThirtyDays": item.volume // 4,
            }
        )
    return {"itemList": shown}


def _plan(shop: Shop, plan_id: int) -> Plan:
    plan = shop.stores.plans.get(str(plan_id))
    if plan is None:
        raise RefusalError(NO_PLAN)
    return plan


def _same(plan: Plan, plan_id: int) -> None:
    if plan.plan_id != str(plan_id):
        raise RefusalError(BUSINESS)


def _of_kind(plan: Plan, kind: int) -> Commission | None:
    return next((one for one in plan.commissions if one.kind == kind), None)


def _activity(shop: Shop, activity_id: int) -> Activity:
    activity = shop.stores.activities.get(str(activity_id))
    if activity is None:
        raise RefusalError(BUSINESS, "活动不存在")
    return activity


_PREFIX = "open.distribution."
ENDPOINTS = {
    f"{_PREFIX}plan.query": Endpoint("GET", get_plan, DISTRIBUTION, tells_status=True),
    f"{_PREFIX}plan.commission.query": Endpoint("GET", list_commissions, DISTRIBUTION, tells_status=True),
    f"{_PREFIX}plan.update": Endpoint("POST", update_plan, DISTRIBUTION, writes=True),
    f"{_PREFIX}promote.update": Endpoint("POST", update_commissions, DISTRIBUTION, writes=True),
    f"{_PREFIX}seller.activity.apply.list": Endpoint("GET", list_activities, DISTRIBUTION),
    f"{_PREFIX}seller.activity.item.list": Endpoint("GET", list_entries, DISTRIBUTION, tells_status=True),
    f"{_PREFIX}seller.activity.apply.cancel": Endpoint("GET", cancel_entry, DISTRIBUTION, writes=True),
    f"{_PREFIX}query.selection.item.detail": Endpoint("GET", selection_detail, DISTRIBUTION),
}
