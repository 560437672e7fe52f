"""Targeted plans, which close overnight, and the strategies of the newer model (reference §10)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from offshelf.kit.instants import SHANGHAI, from_unix, local
from offshelf.sandbox.douyin.alliance import BAD, TIRED, joined
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.clockwork import next_midnight, same_day
from offshelf.sandbox.douyin.envelope import FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.params import optional_text, optional_whole, text, whole, wholes, within
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Strategy, TargetedPlan
from offshelf.sandbox.ledger import PLATFORM, Cause

NO_PLAN = refuse(ILLEGAL, 4114, "无效定向计划ID")
ENDS_TODAY = refuse(FAILED, 4123, "当天截止的计划不支持关停")
NOT_CHANGED = refuse(FAILED, 4124, "更新定向计划失败")
NO_DELETE = refuse(FAILED, 4126, "该计划禁止删除")
RUNNING, CLOSED, CLOSING = 1, 2, 3
S_CHANGE, S_CLOSE, S_RESUME, S_DELETE = 1, 2, 3, 4
S_RUNNING, S_ENDED, S_LAPSED = 1, 2, 3


def schedule(shop: Shop) -> None:
    """Let every plan and strategy end when its time comes."""
    for plan in shop.stores.targeted.values():
        if plan.status != CLOSED:
            shop.engine.time.at(plan.end, partial(_close, shop, plan, PLATFORM))
    for strategy in shop.stores.strategies.values():
        if strategy.status == S_RUNNING:
            shop.engine.time.at(strategy.end, partial(_lapse, shop, strategy))


def _close(shop: Shop, plan: TargetedPlan, cause: Cause) -> None:
    # A plan that ended by itself is closed too; a resumed one waits for its own end.
    if plan.status == CLOSING or (plan.status == RUNNING and plan.end <= shop.now()):
        _set(shop, plan, CLOSED, cause)


def _set(shop: Shop, plan: TargetedPlan, status: int, cause: Cause) -> None:
    before, plan.status = plan.status, status
    shop.affiliate(cause, plan.product_id, f"targeted:{plan.plan_id}", before, status)


def _lapse(shop: Shop, strategy: Strategy) -> None:
    if strategy.status == S_RUNNING and strategy.end <= shop.now():
        _set_strategy(shop, strategy, S_ENDED, PLATFORM)


def _set_strategy(shop: Shop, strategy: Strategy, status: int, cause: Cause) -> None:
    before, strategy.status = strategy.status, status
    shop.affiliate(cause, strategy.product_id, f"strategy:{strategy.strategy_id}", before, status)


def list_targeted(call: Call) -> dict[str, Any]:
    """Return targeted plans by product, the plans of one product nested in it; pages begin at 1."""
    body, shop = call.body, call.shop
    joined(shop)
    page = within(optional_whole(body, "page") or 1, 1, 100, BAD)
    size = within(optional_whole(body, "page_size") or 20, 1, 40, BAD)
    product_id, plan_id = optional_whole(body, "product_id"), optional_text(body, "orien_plan_id")
    name = optional_text(body, "product_name")
    groups: dict[str, list[TargetedPlan]] = {}
    for plan in shop.stores.targeted.values():
        if (
            product_id in {None, int(plan.product_id)}
            and plan_id in {"", plan.plan_id}
            and name in shop.stores.products[plan.product_id].title
        ):
            groups.setdefault(plan.product_id, []).append(plan)
    shown = list(groups.items())[(page - 1) * size : page * size]
    return {
        "total": len(groups),
        "orien_plans": [
            {"product_id": int(one), "orien_plans": [_row(shop, plan) for plan in plans]}
            for one, plans in shown
        ],
    }


def _row(shop: Shop, plan: TargetedPlan) -> dict[str, Any]:
    product = shop.stores.products[plan.product_id]
    return {
        "orien_plan_id": plan.plan_id,
        "product_id": int(plan.product_id),
        "product_name": product.title,
        "cover": f"https://example.invalid/{product.code}.jpg",
        "plan_status": plan.status,
        "cos_ratio": plan.ratio,
        "apply_type": 1,
        "restricted_type": 1,
        "author_level": 0,
        "audit_type": 1,
        "start_time": plan.begin,
        "end_time": plan.end,
        "create_time": plan.begin,
        "kol_num": plan.kols,
        "price": product.price,
        "new_cos_ratio": 0,
        "new_cos_ratio_start_time": 0,
    }


def control(call: Call) -> Any:
    """Close a targeted plan (at the next midnight), resume it, or delete one that is over."""
    shop = call.shop
    joined(shop)
    plan = shop.stores.targeted.get(text(call.body, "orien_plan_id", NO_PLAN))
    action = within(whole(call.body, "action", BAD), 1, 3, BAD)
    if plan is None:
        raise NO_PLAN.error()
    if action == 1:
        _ask_to_close(call, plan)
    elif action == 2:
        if plan.end <= shop.now():
            raise NOT_CHANGED.error()
        _set(shop, plan, RUNNING, call.cause)
    else:
        if plan.status != CLOSED:
            raise NO_DELETE.error()
        del shop.stores.targeted[plan.plan_id]
        shop.affiliate(call.cause, plan.product_id, f"targeted:{plan.plan_id}", CLOSED, None)
    return None


def _ask_to_close(call: Call, plan: TargetedPlan) -> None:
    shop = call.shop
    if plan.status == CLOSED:
        raise NOT_CHANGED.error()
    if same_day(plan.end, shop.now()):
        raise ENDS_TODAY.error()
    if plan.status == RUNNING:
        plan.status = CLOSING  # still runs: written down when it really closes
        due = next_midnight(shop.now())
        shop.engine.time.at(due, partial(_close_at, shop, plan, due, call.cause))


def _close_at(shop: Shop, plan: TargetedPlan, due: float, cause: Cause) -> None:
    if plan.plan_id in shop.stores.targeted and due <= shop.now():
        _close(shop, plan, cause)


def list_strategies(call: Call) -> dict[str, Any]:
    """Return strategies; they do not say which product they are for unless one was asked for."""
    body, shop = call.body, call.shop
    joined(shop)
    status = within(whole(body, "status", BAD), 0, 3, BAD)
    page = within(optional_whole(body, "page") or 1, 1, 10_000, BAD)
    size = within(optional_whole(body, "page_size") or 20, 1, 50, BAD)
    product_id = optional_text(body, "product_id")
    wanted = _strategy_ids(body)
    found = [
        strategy
        for strategy in shop.stores.strategies.values()
        if status in {0, strategy.status}
        and product_id in {"", strategy.product_id}
        and (not wanted or strategy.strategy_id in wanted)
    ]
    return {"data": [_shown(one) for one in found[(page - 1) * size : page * size]], "total": len(found)}


def _strategy_ids(body: dict[str, Any]) -> set[str]:
    """Return the strategies asked for: a list of texts, by a public copy of the Java package (single source)."""
    given = body.get("strategy_id")
    if given is None or given == "":
        return set()
    items = given if isinstance(given, list) else [given]
    if not all(isinstance(item, str) for item in items):
        raise BAD.error()
    return set(items)


def _shown(strategy: Strategy) -> dict[str, Any]:
    kols = [
        {
            "buyin_id": kol,
            "avatar_url": "",
            "account_name": f"达人{kol % 1000:03d}",
            "add_time": _stamp(strategy.begin),
        }
        for kol in strategy.kols
    ]
    ratio = {"cos_ratio": strategy.ratio, "ladder_bar": 0, "ladder_cos_ratio": 0}
    return {
        "strategy_id": strategy.strategy_id,
        "status": strategy.status,
        "end_time_tip": 0,
        "valid_kol_info": {"valid_kol_range": strategy.kol_range, "kol_infos": kols, "kol_num": len(kols)},
        "cos_info": {"cos_type": 1, "cos_ratio": ratio},
        "start_time": _stamp(strategy.begin),
        "end_time": _stamp(strategy.end),
    }


def _stamp(instant: int) -> str:
    return local(from_unix(instant))


def edit_strategy(call: Call) -> Any:
    """Change, close, resume or delete a strategy; only one that is over can be deleted (inferred)."""
    shop, body = call.shop, call.body
    joined(shop)
    act = within(whole(body, "status", BAD), S_CHANGE, S_DELETE, BAD)
    strategy = shop.stores.strategies.get(text(body, "strategy_id", BAD))
    if strategy is None:
        raise BAD.error()
    if act == S_CHANGE:
        _change(strategy, body)
    elif act == S_CLOSE:
        _set_strategy(shop, strategy, S_ENDED, call.cause)
    elif act == S_RESUME:
        if strategy.end <= shop.now():
            raise BAD.error()
        _set_strategy(shop, strategy, S_RUNNING, call.cause)
    else:
        if strategy.status == S_RUNNING:
            raise BAD.error()
        del shop.stores.strategies[strategy.strategy_id]
        shop.affiliate(call.cause, strategy.product_id, f"strategy:{strategy.strategy_id}", S_ENDED, None)
    return None


def _change(strategy: Strategy, body: dict[str, Any]) -> None:
    ratio, end = optional_whole(body, "cos_ratio"), optional_text(body, "end_time")
    if end:
        try:
            strategy.end = int(datetime.fromisoformat(end).replace(tzinfo=SHANGHAI).timestamp())
        except ValueError:
            raise BAD.error() from None
    if ratio is not None:
        strategy.ratio = within(ratio, 0, 80, BAD)
    gone = wholes(body, "del_buyin_ids")
    kept = [kol for kol in strategy.kols if kol not in gone]
    strategy.kols = tuple(dict.fromkeys([*kept, *wholes(body, "add_buyin_ids")]))


METHODS = {
    "buyin.orienPlanList": Method(list_targeted, tells=frozenset({"plan_status"}), busy=TIRED),
    "buyin.orienPlanCtrl": Method(control, writes=True, busy=TIRED),
    "buyin.promotionStrategyList": Method(list_strategies, tells=frozenset({"status"}), busy=TIRED),
    "buyin.kolStrategyEdit": Method(edit_strategy, writes=True, busy=TIRED),
}
