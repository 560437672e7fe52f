"""League (优选联盟): the merchant's side of affiliate plans (reference §11). The module pushes no events."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any

from offshelf.sandbox.wechat import state
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.cursors import bind, read_cursor, write_cursor
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.params import flag_of, id_of, optional_id, text_of, whole_of
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.state import Plan

PROMOTED, TAKEN_DOWN, DELETED = 1, 2, 4
ORDINARY, DIRECTED, EXCLUSIVE = 1, 2, 3
EDIT_AND_LIST, TAKE_DOWN, LIST = 1, 2, 4
BAD, BAD_TYPE, NOT_OPENED, NONE_SUCH = 10023000, 10023100, 10023007, 10023103


def plan_key(kind: int, product_id: str, info_id: str) -> str:
    """Return the key of a plan: by product for ordinary ones, by `info_id` for the others."""
    return f"{kind}:{product_id if kind == ORDINARY else info_id}"


def list_items(call: Call) -> dict[str, Any]:
    """Return one page of plans of one type; deleted ones are left out."""
    body, shop = call.body, call.shop
    _opened(call)
    kind = whole_of(body, "type", low=1, high=3, wrong=BAD_TYPE)
    size = whole_of(body, "page_size", low=1, high=100, wrong=BAD)
    page = whole_of(body, "page_index", low=1, high=10**6, default=1, wrong=BAD)
    product_id = optional_id(body, "product_id")
    bound = {"type": kind, "page_size": size, "product_id": product_id}
    fingerprint = bind(bound, "", "league", shop.identity.app_id)
    cursor = text_of(body, "last_buffer")
    after = read_cursor(cursor, fingerprint) if cursor else ""
    places = shop.plan_places[kind]
    start = bisect_left(places, after + "\0") if after else 0
    skipped = 0 if after else (page - 1) * size
    rest = list(islice(_fitting(shop, kind, start, product_id), skipped, skipped + size + 1))
    shown = rest[:size]
    answer: dict[str, Any] = {
        "items": [{"product_id": call.id(plan.product_id), "info_id": plan.info_id} for plan in shown],
        "last_buffer": write_cursor(shown[-1].place, fingerprint) if shown else "",
        "has_more": len(rest) > size,
    }
    if flag_of(body, "need_total_num"):
        answer["total_num"] = sum(1 for _ in _fitting(shop, kind, 0, product_id))
    return answer


def _fitting(shop: Shop, kind: int, start: int, product_id: str) -> Iterator[Plan]:
    for place in islice(shop.plan_places[kind], start, None):
        wanted, _, info_id = place.partition(":")
        plan = shop.stores.plans[plan_key(kind, wanted, info_id)]
        if plan.status != DELETED and product_id in {"", wanted}:
            yield plan


def get_item(call: Call) -> dict[str, Any]:
    """Return one plan."""
    plan = _plan(call)
    product = call.shop.stores.products.get(plan.product_id)
    off = product is None or product.status != state.ON_SALE
    item: dict[str, Any] = {
        "product_id": call.id(plan.product_id),
        "type": plan.kind,
        "status": plan.status,
        "ratio": plan.ratio,
        "ext_info": {
            "is_sale_forbidden": off,
            "is_banned": product is not None and product.status == state.BANNED,
        },
    }
    if plan.kind != ORDINARY:
        item["exclusive_info"] = {
            "info_id": plan.info_id,
            "begin_time": plan.begin_time,
            "end_time": plan.end_time,
            "is_forerver": False,
            "finder_ids": list(plan.finder_ids) if flag_of(call.body, "need_relation") else [],
            "finder_num": len(plan.finder_ids),
        }
    return {"item": item}


def update_item(call: Call) -> dict[str, Any]:
    """Edit and list (1), take down (2) or list (4) one plan."""
    plan = _plan(call)
    how = whole_of(call.body, "operate_type", low=1, high=4, wrong=BAD)
    ratio = whole_of(call.body, "ratio", low=0, high=90, default=plan.ratio, wrong=BAD)
    if how not in {EDIT_AND_LIST, TAKE_DOWN, LIST}:
        raise RefusalError(BAD)
    if how != TAKE_DOWN:
        _listable(call, plan)
    if how == EDIT_AND_LIST:
        plan.ratio = ratio
    after = TAKEN_DOWN if how == TAKE_DOWN else PROMOTED
    if plan.status != after:
        before, plan.status = plan.status, after
        call.shop.engine.ledger.record(
            call.cause, "league.status", before, after, product_id=plan.product_id, subject=plan.key
        )
    return {"info_id": plan.info_id}


def _listable(call: Call, plan: Plan) -> None:
    product = call.shop.stores.products.get(plan.product_id)
    if product is None or product.status != state.ON_SALE:
        raise RefusalError(10023104)
    # Exclusive excludes the others, directed needs ordinary.
    promoted = {
        other.kind
        for other in call.shop.stores.plans.values()
        if other.product_id == plan.product_id and other.status == PROMOTED and other is not plan
    }
    clash = {EXCLUSIVE: {ORDINARY, DIRECTED}, ORDINARY: {EXCLUSIVE}, DIRECTED: {EXCLUSIVE}}[plan.kind]
    if promoted & clash or (plan.kind == DIRECTED and ORDINARY not in promoted):
        raise RefusalError(10023105)


def _plan(call: Call) -> Plan:
    _opened(call)
    kind = whole_of(call.body, "type", low=1, high=3, wrong=BAD_TYPE)
    if kind == ORDINARY:
        key = plan_key(kind, id_of(call.body, "product_id", BAD), "")
    else:
        key = plan_key(kind, "", id_of(call.body, "info_id", BAD))
    plan = call.shop.stores.plans.get(key)
    if plan is None or plan.status == DELETED:
        raise RefusalError(NONE_SUCH)
    return plan


def _opened(call: Call) -> None:
    if not call.shop.engine.config.league_open:
        raise RefusalError(NOT_OPENED)


ENDPOINTS = {
    "/channels/ec/league/item/list/get": Endpoint(list_items),
    "/channels/ec/league/item/get": Endpoint(get_item, tells_status=True),
    "/channels/ec/league/item/upd": Endpoint(update_item, writes=True),
}
