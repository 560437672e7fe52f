"""Lists of products: `product.listV2` by page and by cursor (reference §5.5)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from offshelf.kit.digest import sm3
from offshelf.sandbox.douyin import state
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import BUSY, FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.matching import Test, at_least, at_most, equal
from offshelf.sandbox.douyin.params import (
    flag,
    optional_text,
    optional_whole,
    rows,
    whole,
    within,
    wrong_type,
)
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Product
from offshelf.sandbox.names import CATEGORIES

LIMITED = refuse(FAILED, 2010401, "2010401:请求被限流")
FROM_ONE = refuse(ILLEGAL, 2010004, "页码从1开始")
TOO_MANY = refuse(ILLEGAL, 2010004, "分页参数超过限制")
# What is said of a cursor that is not ours, or was given for other filters, is not published.
BAD_CURSOR = refuse(ILLEGAL, 2010004, "游标无效")
MOST_ROWS = 10_000
STATES = frozenset({"status", "check_status", "draft_status"})
# Of the update time both ends are left out.
TIME_FILTERS = (
    ("start_time", "create_time", at_least, 0),
    ("end_time", "create_time", at_most, 0),
    ("update_start_time", "update_time", at_least, 1),
    ("update_end_time", "update_time", at_most, -1),
)


def list_products(call: Call) -> dict[str, Any]:
    """Return one page of products, oldest id first."""
    body = call.body
    page = whole(body, "page")
    size = within(whole(body, "size"), 1, 100, TOO_MANY)
    tests = _tests(body)
    total = _total(call.shop, body, tests)
    answer: dict[str, Any] = {"total": total, "page": page, "size": size}
    if flag(body, "use_cursor"):
        mark = _mark(body, call.shop)
        after = _read(optional_text(body, "cursor_id"), mark)
        found = list(islice(_matching(call.shop, after, tests), size))
        last = found[-1].product_id if found else after
        answer |= {"cursor_id": _write(last, mark), "data": [_row(product) for product in found]}
        return answer
    within(page, 1, 2**31, FROM_ONE)
    within(page, 1, 100, TOO_MANY)
    within(page * size, 1, MOST_ROWS, TOO_MANY)
    found = list(islice(_matching(call.shop, "", tests), (page - 1) * size, page * size))
    return answer | {"cursor_id": "", "data": [_row(product) for product in found]}


def _matching(shop: Shop, after: str, tests: list[Test]) -> Iterator[Product]:
    products = shop.stores.products
    return (
        product
        for product in map(products.__getitem__, shop.ids_after(after))
        if product.status != state.DESTROYED and all(test(product) for test in tests)
    )


def _tests(body: dict[str, Any]) -> list[Test]:
    tests: list[Test] = []
    for name in ("status", "check_status"):
        wanted = optional_whole(body, name)
        if wanted is not None:
            tests.append(equal(name, wanted))
    for name, field, bound_by, slack in TIME_FILTERS:
        bound = optional_whole(body, name)
        if bound is not None:
            tests.append(bound_by(field, bound + slack))
    title = optional_text(body, "name")
    if title:
        tests.append(lambda product: title in product.title)
    ids = rows(body, "product_id", None)
    if ids:
        if len(ids) > 100:
            raise TOO_MANY.error()
        if not all(isinstance(one, str) for one in ids):
            raise wrong_type("product_id")
        tests.append(lambda product: product.product_id in ids)
    return tests


def _total(shop: Shop, body: dict[str, Any], tests: list[Test]) -> int:
    states = [body.get("status"), body.get("check_status")]
    if len(tests) == sum(one is not None for one in states):
        # Only states are asked for: these are counted as they change.
        return sum(
            count
            for (status, check), count in shop.by_state.items()
            if status != state.DESTROYED and states[0] in {None, status} and states[1] in {None, check}
        )
    return sum(1 for _ in _matching(shop, "", tests))


def _mark(body: dict[str, Any], shop: Shop) -> str:
    rest = {name: value for name, value in body.items() if name not in {"cursor_id", "page", "size"}}
    return sm3(json.dumps([shop.identity.shop_id, rest], sort_keys=True).encode())[:8]


def _write(after: str, mark: str) -> str:
    return base64.b64encode(f"{after}|{mark}".encode()).decode()


def _read(cursor: str, mark: str) -> str:
    if not cursor:
        return ""
    try:
        after, _, told = base64.b64decode(cursor, validate=True).decode().partition("|")
    except ValueError:
        raise BAD_CURSOR.error() from None
    if told != mark:
        raise BAD_CURSOR.error()
    return after


def categories(product: Product) -> dict[str, Any]:
    """Return the category as the wire has it: numbers and names of up to four levels."""
    category = CATEGORIES[product.category]
    places = ("first", "second", "third", "fourth")
    ids = (*(int(one) % 100_000 for one in category.cat_ids), 0)
    names = (category.name, product.title.split(" ")[0][-2:], "", "")
    return {f"{place}_cid": cid for place, cid in zip(places, ids, strict=True)} | {
        f"{place}_cname": name for place, name in zip(places, names, strict=True)
    }


def _row(product: Product) -> dict[str, Any]:
    return {
        "product_id": int(product.product_id),
        "outer_product_id": product.code,
        "out_product_id": 0,
        "status": product.status,
        "check_status": product.check_status,
        "product_type": 0,
        "name": product.title,
        "img": f"https://example.invalid/{product.code}.jpg",
        "spec_id": int(product.skus[0].sku_id) // 10 if product.skus else 0,
        "create_time": product.create_time,
        "update_time": product.update_time,
        "extra": "{}",
        "sell_num": product.sold_before + sum(sku.sold for sku in product.skus),
        "category_detail": categories(product),
        "is_package_product": False,
        "package_product_list": [],
        "sub_product_list": [],
    }


LIST = Method(list_products, tells=STATES, busy=refuse(BUSY, 2010001, "系统繁忙"), limited=LIMITED)
