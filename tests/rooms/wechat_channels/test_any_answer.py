"""Whatever the platform answers, a port gives a record or a failure of ours; never another error, never a wrong yes."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offshelf.kit.http import Answer
from offshelf.platforms.calling.exchange import Call
from offshelf.platforms.calling.reading import UnreadableError
from offshelf.platforms.contract import Meaning
from offshelf.platforms.wechat_channels import translate, translate_promotions, translate_trade
from offshelf.platforms.wechat_channels.dialect import judge
from offshelf.platforms.wechat_channels.translate_promotions import PlanKey

NOW = datetime(2026, 11, 21, 4, 0, 20, tzinfo=UTC)
ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False),
        st.sampled_from(["", "0", "1", "5", "11", "7", "x", "-1", "1e3"]),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "7", "skus"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = [
    *(
        "product",
        "edit_product",
        "product_id",
        "status",
        "edit_status",
        "skus",
        "sku_id",
        "sku_attrs",
        "min_price",
    ),
    *(
        "data",
        "spu_stock_list",
        "sku_stock",
        "normal_stock_num",
        "limited_discount_stock_num",
        "warehouse_stocks",
    ),
    *(
        "order",
        "order_id",
        "order_detail",
        "product_infos",
        "create_time",
        "update_time",
        "sku_cnt",
        "real_price",
    ),
    *(
        "after_sale_order",
        "after_sale_order_id",
        "product_info",
        "coupon",
        "coupon_id",
        "type",
        "coupon_info",
    ),
    *("discount_info", "discount_condition", "product_ids", "item", "exclusive_info", "info_id", "task_id"),
]
FIELDS = st.recursive(
    st.dictionaries(st.sampled_from(NAMES), ODD, max_size=8),
    lambda inner: st.dictionaries(
        st.sampled_from(NAMES), inner | st.lists(inner, max_size=2) | ODD, max_size=6
    ),
    max_leaves=12,
)
READERS = {
    "listing": lambda fields: translate.listing(fields, NOW, "tea", "7"),
    "stock": lambda fields: translate.stock(fields, NOW),
    "ids": lambda fields: translate.listing_ids(fields, NOW),
    "window": lambda fields: translate.window_item(fields, NOW, "7"),
    "task": lambda fields: translate_promotions.task(fields, NOW, "tea"),
    "coupon": lambda fields: translate_promotions.coupon(fields, NOW, "tea", "7"),
    "plan": lambda fields: translate_promotions.plan(fields, NOW, "tea", PlanKey(1, "7")),
    "info plan": lambda fields: translate_promotions.plan(fields, NOW, "tea", PlanKey(2, "7")),
    "order": lambda fields: translate_trade.order(fields, NOW, "tea", "7"),
    "case": lambda fields: translate_trade.aftersale(fields, NOW, "tea", "7"),
}
MANY = settings(
    max_examples=100, deadline=timedelta(seconds=2), suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.mark.parametrize("name", READERS)
@MANY
@given(fields=FIELDS)
def test_a_reader_reads_or_says_that_it_cannot(name: str, fields: dict[str, Any]) -> None:
    with suppress(UnreadableError):
        READERS[name](fields)


@MANY
@given(body=ODD | st.binary(max_size=40), status=st.sampled_from([200, 204, 302, 403, 404, 429, 500, 503]))
def test_no_answer_without_the_mark_is_a_success(body: Any, status: int) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    result = judge(
        Call("product/delisting", writes=True), Answer(status, "application/json", data), NOW
    ).result
    assert result.meaning is not Meaning.OK


@MANY
@given(status=ODD, edit_status=ODD)
def test_nothing_but_the_numbers_that_mean_off_is_off(status: Any, edit_status: Any) -> None:
    copy = {"product_id": "7", "status": status, "edit_status": edit_status}
    seen = translate.listing({"product": copy, "edit_product": copy}, NOW, "tea", "7")
    known = not isinstance(status, bool | float | dict | list) and str(status) in {"0", "1", "7", "11"}
    assert (seen.shelf.sellable is False) == known
