"""The recorded answers of the reference (§16), bent in every way: never a wrong *off*, never another error than ours."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.kit.http import Answer
from offshelf.platforms.calling.exchange import Call
from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.calling.reading import UnreadableError
from offshelf.platforms.contract import CallResult, Meaning, StockSeen
from offshelf.platforms.douyin import translate, translate_promotions, translate_trade, wire
from offshelf.platforms.douyin.dialect import judge
from offshelf.platforms.douyin.translate_promotions import Plan
from offshelf.vocabulary.goods import Listing, Promotion, PromotionState, Shelf
from offshelf.vocabulary.trade import AfterSale, Order, Parcel

NOW = datetime(2026, 3, 11, 2, 15, 20, tzinfo=UTC)
TEA = "3600000000000000001"
ORDER, CASE = "6900000000000000021", "7100000000000000031"
PARCEL = Parcel("yuantong", "YT0000000000001")
DONE = CallResult(Meaning.OK, "m", "10000")
Fields = dict[str, Any]


def said(data: Any) -> Fields:
    return {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "data": data, "log_id": "1"}


SHOWN = {  # one recorded answer per reader, with the state that must never be misread
    "listing": said(
        {
            "product_id": int(TEA), "product_id_str": TEA, "name": "高山绿茶 250g 罐装", "status": 0, "check_status": 3,
            "draft_status": 0, "update_time": "2026-03-11 10:15:02",
            "spec_prices": [{"sku_id": 1790000000000011, "code": "TEA-001-R", "price": 5900, "sku_type": 0}],
        }
    ),
    "ids": said(
        {"total": 2, "page": 1, "size": 100, "cursor_id": "CAEQAg==",
         "data": [{"product_id": int(TEA), "status": 0, "check_status": 3, "name": "高山绿茶 250g 罐装"},
                  {"product_id": int(TEA) + 1, "status": 0, "check_status": 3}]}
    ),
    "locks": said(
        {"product_lock_infos": [{"product_id": int(TEA), "product_locks": [7, 17, 19, 26],
                                 "sku_lock_infos": [{"sku_id": 1, "sku_locks": [1001, 1005]}]}]}
    ),
    "stock": said(
        [{"id": 1790000000000011, "product_id": int(TEA), "product_id_str": TEA, "sku_type": 0, "stock_num": 41,
          "prehold_stock_num": 3, "prom_stock_num": 0, "step_stock_num": 0, "stock_map": {}}]
    ),
    "coupon": said({"coupon_id": "700", "coupon_name": "新茶立减", "status": 2, "range_type": 1, "range_value": TEA}),
    "simple": said({"promotions": [{"product_id": int(TEA), "promotion_id": 1, "status": 1, "title": "茶"}], "total": 1}),
    "exclusive": said({"product_list": [{"product_id": int(TEA), "status": 2, "is_exclusive": True}], "total": 1}),
    "targeted": said(
        {"orien_plans": [{"product_id": int(TEA), "orien_plans": [{"orien_plan_id": "t", "plan_status": 3}]}], "total": 1}
    ),
    "strategy": said({"data": [{"strategy_id": "9", "status": 1}], "total": 1}),
    "item": said({"result": [{"product_id": int(TEA), "is_success": False, "error_code": 1537}], "total": 1}),
    "order": said(
        {"shop_order_detail": {"order_id": ORDER, "order_status": 2, "create_time": 1773190000, "update_time": 1773190060,
         "exp_ship_time": 1773362860, "mask_post_receiver": "王*", "sku_order_list": [
            {"order_id": ORDER, "product_id": int(TEA), "product_id_str": TEA, "sku_id": 1, "item_num": 1,
             "pay_amount": 5400, "after_sale_info": {"after_sale_status": 6, "refund_status": 0}}]}}
    ),
    "orders": said(
        {"page": 0, "total": 1, "size": 100, "shop_order_list": [{"order_id": ORDER, "update_time": 1773190060}]}
    ),
    "cases": said(
        {"has_more": False, "total": 1, "items": [
            {"aftersale_info": {"aftersale_id": CASE, "aftersale_status": 6, "update_time": 1773191000}}]}
    ),
    "case": said(
        {"process_info": {"after_sale_info": {"after_sale_id": CASE, "after_sale_status": 6, "update_time": 1773191000},
                          "logistics_info": {"order": [{"tracking_no": "YT1", "company_code": "yuantong"}]}},
         "order_info": {"shop_order_id": ORDER, "sku_order_infos": [{"product_id": int(TEA), "sku_id": 1}]}}
    ),
    "listed case": said(
        {"items": [{"aftersale_info": {"aftersale_id": CASE, "aftersale_status": 6, "update_time": 1773191000,
                    "order_logistics": [{"tracking_no": "YT1", "company_code": "yuantong"}]},
                    "order_info": {"shop_order_id": ORDER, "related_order_info": [{"product_id": int(TEA)}]}}]}
    ),
    "intercept": said(
        {"intercept_results": [{"company_code": "yuantong", "tracking_no": PARCEL.tracking_no, "is_success": False,
         "unavailable_reason_code": 3, "unavailable_reason": "已派送"}], "success_count": 0, "failed_count": 1}
    ),
    "videos": said({"video_list": [{"item_id": 7, "status": 0, "alliance_product_list": [1]}], "total": 1}),
}  # fmt: skip
READERS: dict[str, Callable[[Fields], Any]] = {
    "listing": lambda fields: translate.listing(fields, NOW, "tea", TEA),
    "ids": lambda fields: translate.listing_ids(fields, NOW),
    "locks": lambda fields: translate.locks(fields, NOW),
    "stock": lambda fields: translate.stock(fields, NOW, TEA),
    "coupon": lambda fields: translate_promotions.coupon(translate.table(fields.get("data")), NOW, "tea"),
    "simple": lambda fields: translate_promotions.simple_plans(fields, NOW),
    "exclusive": lambda fields: translate_promotions.exclusive_plans(fields, NOW),
    "targeted": lambda fields: translate_promotions.targeted_plans(fields, NOW, 20),
    "strategy": lambda fields: translate_promotions.strategies(fields, NOW, TEA),
    "item": lambda fields: translate_promotions.item_result(DONE, fields, TEA),
    "order": lambda fields: translate_trade.order(fields, NOW, "tea", ORDER),
    "orders": lambda fields: translate_trade.order_changes(fields, NOW),
    "cases": lambda fields: translate_trade.case_changes(fields, NOW),
    "case": lambda fields: translate_trade.aftersale(fields, NOW, "tea", CASE),
    "listed case": lambda fields: translate_trade.listed_aftersale(fields, NOW, "tea", CASE),
    "intercept": lambda fields: translate_trade.intercept_result(DONE, fields, PARCEL),
    "videos": lambda fields: translate_promotions.videos(fields, NOW, "tea"),
}
ODD: list[Any] = [None, "", 99, "99", -7, 1.5, True, [], {}, "x", [1], {"a": 1}, 2**70]
MANY = settings(
    max_examples=100, deadline=timedelta(seconds=2), suppress_health_check=list(HealthCheck), derandomize=True
)
GONE = {Shelf.OFF, Shelf.GONE, Shelf.OFF_BY_PLATFORM, Shelf.SOLD_OUT, Shelf.NEVER_LISTED}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of an answer."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def bent(fields: Fields) -> Iterator[Fields]:
    """Yield the answer with each value missing, renamed, odd, or in the other form of number and text."""
    for *way, last in places(fields):
        for change in ("drop", "rename", "swap", *range(len(ODD))):
            copied = copy.deepcopy(fields)
            holder = copied
            for key in way:
                holder = holder[key]
            value = holder[last]
            if change == "swap":
                if not isinstance(value, int | str):
                    continue
                holder[last] = (
                    str(value) if isinstance(value, int) else int(value) if value.isdigit() else value
                )
            elif isinstance(change, int):
                holder[last] = ODD[change]
            elif isinstance(holder, list):
                holder.pop(last)
            else:
                moved = holder.pop(last)
                if change == "rename":
                    holder[f"{last}_v2"] = moved
            yield copied


CLOSED: dict[type, Callable[[Any], bool]] = {
    Listing: lambda found: found.shelf in GONE,
    Promotion: lambda found: found.state is PromotionState.ENDED,
    Plan: lambda found: found.state is PromotionState.ENDED,
    Order: lambda found: not found.state.open,
    AfterSale: lambda found: found.waits_for == "nobody",
    CallResult: lambda found: found.meaning is Meaning.OK,
    StockSeen: lambda found: found.total < 41,
    Sheet: lambda found: any(misread(item) for item in found.items),
    dict: lambda found: any(misread(item) for item in found.values()),
}


def misread(found: Any) -> bool:
    """Tell whether something open was read as closed, or something refused as done."""
    return CLOSED.get(type(found), lambda _: False)(found)


@pytest.mark.parametrize("name", SHOWN)
def test_the_recorded_answer_is_read(name: str) -> None:
    assert not misread(READERS[name](SHOWN[name]))


@pytest.mark.parametrize("name", SHOWN)
def test_a_bent_answer_is_read_as_open_or_not_at_all(name: str) -> None:
    wrong, read, refused = [], 0, 0
    for fields in bent(SHOWN[name]):
        try:
            found = READERS[name](fields)
        except UnreadableError:
            refused += 1
            continue
        read += 1
        if misread(found) and not allowed(name, fields):
            wrong.append(fields)
    assert wrong == []
    assert read
    assert refused or name in ("item", "intercept")  # these give "unknown" instead


def allowed(name: str, fields: Fields) -> bool:
    """Tell whether a bend happens to say plainly that it is so: `true` and 1 are yes, a number of the tables is itself."""
    data = fields["data"]
    if name == "item":
        return data["result"][0]["is_success"] is True
    if name == "intercept":
        return data["intercept_results"][0]["is_success"] is True
    return name == "exclusive" and data["product_list"][0]["status"] in (99, "99")


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"[]", b"null", b"{}", b'{"data":{}}'])
def test_no_answer_at_all_is_no_success(name: str, body: bytes) -> None:
    for writes in (True, False):
        answer = Answer(200, "text/html", body)
        assert judge(Call(wire.TAKE_OFF, writes=writes), answer, NOW).result.meaning is Meaning.UNKNOWN
    with pytest.raises(UnreadableError):
        raise_unread(READERS[name]({}))


def raise_unread(found: Any) -> None:
    if isinstance(found, CallResult) and found.meaning is Meaning.UNKNOWN:
        raise UnreadableError("data")


@pytest.mark.parametrize("code", [None, True, "ok", 0, 1, 10001, "0", 1e4, [], {}])
def test_an_envelope_without_the_mark_is_no_success(code: Any) -> None:
    body = json.dumps(said({}) | {"code": code}).encode()
    assert judge(Call("m"), Answer(200, "application/json", body), NOW).result.meaning is not Meaning.OK


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", READERS)
@MANY
@given(data=JSON)
def test_a_reader_reads_anything_or_says_that_it_cannot(name: str, data: Any) -> None:
    try:
        found = READERS[name](said(data))
    except UnreadableError:
        return
    assert not misread(found)


@MANY
@given(body=JSON | st.binary(max_size=40), status=st.sampled_from([200, 204, 302, 403, 404, 429, 500, 503]))
def test_any_answer_can_be_judged(body: Any, status: int) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    result = judge(
        Call("product.setOffline", writes=True), Answer(status, "application/json", data), NOW
    ).result
    assert result.meaning is not Meaning.OK


@MANY
@given(states=st.tuples(JSON, JSON, JSON))
def test_nothing_but_the_combinations_that_mean_off_is_off(states: tuple[Any, Any, Any]) -> None:
    told = "/".join(str(state) for state in states)
    known = {"0/2/2", "0/1/0", "0/1/1", "0/4/4", "1/1/0", "1/7/0", "1/5/0", "2/1/0"}
    plain = all(isinstance(state, int | str) and not isinstance(state, bool) for state in states)
    assert (translate.shelf_of(*states).sellable is False) == (plain and told in known)
