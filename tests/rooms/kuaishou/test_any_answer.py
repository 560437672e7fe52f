"""Whatever the platform answers, a port gives a record or a failure of ours; never another error, never a wrong yes.

The recorded shapes are bent one field at a time: missing, null, renamed, text for number, number for text, an unknown
number, an empty or odd value.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.kit.http import Answer
from offshelf.platforms.calling.exchange import Call
from offshelf.platforms.calling.reading import UnreadableError
from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.platforms.kuaishou import translate, translate_promotions, translate_trade
from offshelf.platforms.kuaishou.dialect import judge
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState, Shelf
from support.kuaishou_samples import (
    ACTIVITIES,
    CASE,
    CASES,
    COMMISSIONS,
    COUPON,
    ENTRIES,
    ITEM,
    ITEM_ID,
    LIST,
    ORDER,
    ORDERS,
    PLAN,
    SKUS,
    VIDEO,
)
from support.kuaishou_wire import Bench, data

NOW = datetime(2026, 11, 21, 4, 0, 20, tzinfo=UTC)
ON = ITEM | {"onOfflineStatus": 1, "offlineReason": ""}
ODD: tuple[Any, ...] = (None, "", [], {}, -7, 2**70, 0.5, True, "x", "关", [None], {"a": 1})
READERS: dict[str, tuple[Any, Callable[[dict[str, Any]], Any]]] = {
    "item": (ON, lambda fields: translate.listing(fields, NOW, "basket", ITEM_ID)),
    "list": (LIST, lambda fields: translate.list_page(fields, NOW, 1)),
    "stock": (SKUS, lambda fields: translate.stock(fields, NOW, ITEM_ID)),
    "cart": ({"liveCarItem": True}, lambda fields: translate.on_cart(fields, NOW)),
    "videos": ({"videoList": [VIDEO]}, lambda fields: translate.videos(fields, NOW, "basket")),
    "coupons": ([COUPON], lambda fields: translate_promotions.coupons(fields, NOW, "basket")),
    "plan": (PLAN, lambda fields: translate_promotions.plan(fields, NOW, "basket", ITEM_ID)),
    "rates": (
        COMMISSIONS,
        lambda fields: translate_promotions.commissions(fields, NOW, "basket", "551122", ITEM_ID),
    ),
    "joined": (ACTIVITIES, lambda fields: translate_promotions.activities(fields, NOW)),
    "entries": (ENTRIES, lambda fields: translate_promotions.activity_items(fields, NOW, "basket", "3301")),
    "order": (ORDER, lambda fields: translate_trade.order(fields, NOW, "basket", "2400000000000101")),
    "orders": (ORDERS, lambda fields: translate_trade.order_ids(fields, NOW)),
    "case": (CASE, lambda fields: translate_trade.aftersale(fields, NOW, "basket", "2400000000009001")),
    "cases": (CASES, lambda fields: translate_trade.case_ids(fields, NOW)),
}


def holders(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from holders(inner)


def bent(sample: Any) -> Iterator[Any]:
    """Yield the sample with one field bent, in every way at every place."""
    for place, holder in enumerate(holders(sample)):
        for name, value in holder.items():
            other: list[Any] = [str(value) if not isinstance(value, str) else 7]
            for odd in (*ODD, *other):
                changed = copy.deepcopy(sample)
                list(holders(changed))[place][name] = odd
                yield changed
            for renamed in (False, True):
                changed = copy.deepcopy(sample)
                inside = list(holders(changed))[place]
                taken = inside.pop(name)
                if renamed:
                    inside[f"{name}New"] = taken
                yield changed


def promotions(found: Any) -> Iterator[Promotion]:
    if isinstance(found, Promotion):
        yield found
    elif isinstance(found, list | tuple):
        for inner in found:
            yield from promotions(inner)


@pytest.mark.parametrize("name", READERS)
def test_a_bent_answer_is_read_or_refused_and_never_off(name: str) -> None:
    sample, read = READERS[name]
    for payload in (*bent(sample), *ODD):
        with suppress(UnreadableError):
            found = read(data(payload))
            if name == "item":
                assert found.shelf in (Shelf.ON, Shelf.UNKNOWN), payload
            for promotion in promotions(found):
                assert promotion.state is not PromotionState.ENDED, payload


@pytest.mark.parametrize("name", READERS)
def test_without_a_payload_nothing_is_read(name: str) -> None:
    for fields in ({}, {"data": None}, {"data": ""}, {"data": 0}, {"Data": READERS[name][0]}):
        if name == "plan" and fields.get("data") is None:
            assert READERS[name][1](fields).state is PromotionState.UNKNOWN
            continue
        with pytest.raises(UnreadableError):
            READERS[name][1](fields)


Story = Callable[[Any], Any]
STORIES: dict[str, Story] = {
    "listing": lambda connector: connector.listings.observe(ITEM_ID),
    "ids": lambda connector: connector.listings.ids(),
    "stock": lambda connector: connector.stock.observe([ITEM_ID]),
    "coupon": lambda connector: connector.promotions.observe(PromotionKind.COUPON, "88001122"),
    "active": lambda connector: connector.promotions.active(),
    "plan": lambda connector: connector.affiliate.observe(f"plan:551122:{ITEM_ID}"),
    "rate": lambda connector: connector.affiliate.observe(f"commission:551122.7:{ITEM_ID}"),
    "entry": lambda connector: connector.affiliate.observe(f"activity:3301:{ITEM_ID}"),
    "order": lambda connector: connector.orders.observe("2400000000000101"),
    "case": lambda connector: connector.after_sales.observe("2400000000009001"),
    "cart": lambda connector: connector.live_cart.holds(ITEM_ID),
    "videos": lambda connector: connector.videos.published(),
}
EMPTY: tuple[Any, ...] = (b"", b"<html>busy</html>", b"[]", b"null", b"1", b'{"msg":"success","code":"1"}')


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("answer", EMPTY)
def test_what_is_no_answer_is_a_failure_everywhere(name: str, answer: bytes) -> None:
    bench = Bench()
    bench.wire.script_all(answer)
    with pytest.raises(CallFailedError) as caught:
        bench.run(STORIES[name])
    assert caught.value.result.meaning is Meaning.UNKNOWN


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    body=st.binary(max_size=40)
    | st.dictionaries(
        st.sampled_from(["result", "code", "msg", "error_msg", "data", "sub_code"]),
        st.one_of(st.none(), st.booleans(), st.integers(2), st.floats(allow_nan=False), st.text(max_size=8)),
    ),
    status=st.sampled_from([200, 204, 302, 403, 404, 429, 500, 503]),
)
def test_no_answer_without_the_mark_is_a_success(body: Any, status: int) -> None:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    call = Call("open.item.shelf.status.update#off", writes=True)
    mark = not isinstance(body, bytes) and body.get("result") == "1"
    told = judge(call, Answer(status, "application/json", sent), NOW).result.meaning
    assert mark or told is not Meaning.OK


@pytest.mark.parametrize("odd", ["x", "\ud800", "９", "-1", "1" * 20, 10**30])
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("joined", {"result": [{"activityId": 0}], "total": 1}),
        ("plan", {"planId": 0, "itemId": ITEM_ID, "planStatus": 1}),
        ("rates", {"planCommissions": [{"planId": 551122, "commissionId": 0}], "pcursor": "nomore"}),
    ],
)
def test_an_id_that_goes_back_as_a_number_is_one(name: str, data: dict[str, Any], odd: Any) -> None:
    field = {"joined": "activityId", "plan": "planId", "rates": "commissionId"}[name]
    bent = json.loads(json.dumps(data).replace(f'"{field}": 0', f'"{field}": {json.dumps(odd)}'))
    with pytest.raises(UnreadableError, match=f"field={field}"):
        READERS[name][1]({"data": bent})
