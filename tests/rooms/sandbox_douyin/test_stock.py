"""Stock: overwritten, added once per idempotency id, guarded by audits, bans and events; the ledger exact."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.sandbox.douyin.state import Product, Sku
from support.douyin_desk import DouyinDesk

ONE, BATCH, MANY = "sku.syncStock", "sku.syncStockBatch", "sku.syncStockBatchMultiProducts"


def _entry(sku: Sku, number: int) -> dict[str, Any]:
    return {"sku_id": int(sku.sku_id), "sku_type": sku.kind, "stock_num": number}


def _batch(product: Product, *numbers: int, **more: Any) -> dict[str, Any]:
    entries = [_entry(sku, number) for sku, number in zip(product.skus, numbers, strict=False)]
    return {"product_id": int(product.product_id), "incremental": False, "sku_sync_list": entries, **more}


def _item(product: Product, number: int, place: int = 0) -> dict[str, Any]:
    sku_id = int(product.skus[place].sku_id)
    return {"product_id": int(product.product_id), "sku_id": sku_id, "stock_num": number}


def _wide(desk: DouyinDesk) -> Product:
    """Return a plain product with two SKUs at least."""
    products = desk.shop.stores.products.values()
    return next(
        p
        for p in products
        if p.on_sale
        and not p.in_audit
        and not p.locks
        and len(p.skus) > 1
        and not any(s.reserved for s in p.skus)
    )


def test_the_list_stands_directly_under_data(desk: DouyinDesk) -> None:
    product = desk.product()
    shown = desk.data("sku.list", {"product_id": int(product.product_id)})
    assert [(row["id"], row["code"], row["stock_num"], row["sku_type"]) for row in shown] == [
        (int(sku.sku_id), sku.code, sku.normal, 0) for sku in product.skus
    ]
    assert desk.code("sku.list", {"product_id": 1}) == "50002:2010064"


def test_one_number_has_another_name_for_its_map(desk: DouyinDesk) -> None:
    sku = next(
        sku for p in desk.shop.stores.products.values() for sku in p.skus if sku.kind == 0 and sku.normal
    )
    shown = desk.data("sku.stockNum", {"sku_id": int(sku.sku_id)})
    assert (shown["stock_num"], shown["stock_num_map"]) == (sku.normal + sku.reserved, {})
    codes = [desk.code("sku.stockNum", params) for params in ({"sku_id": 1}, {}, {"code": sku.code})]
    assert codes == ["40004:20050", "40004:20011", "10000"]


def test_overwriting_one(desk: DouyinDesk) -> None:
    product = desk.product()
    sku = product.skus[0]
    before = sku.normal
    assert desk.code(ONE, {"sku_id": int(sku.sku_id), "stock_num": 0}) == "10000"
    (effect,) = desk.effects()
    assert (effect.kind, effect.actor, effect.before, effect.after) == ("stock.set", "api", before, 0)
    assert (effect.product_id, effect.sku_id, sku.available) == (product.product_id, sku.sku_id, 0)


def test_adding_needs_an_id_and_takes_it_once(desk: DouyinDesk) -> None:
    sku = desk.product().skus[0]
    before = sku.normal
    params = {"sku_id": int(sku.sku_id), "stock_num": -3, "incremental": True}
    assert desk.code(ONE, params) == "40002:2010004"
    codes = [desk.code(ONE, {**params, "idempotent_id": "a"}) for _ in range(2)]
    assert (codes, sku.normal) == (["10000", "40004:40010"], before - 3)
    assert desk.code(ONE, {**params, "idempotent_id": "b", "stock_num": -10_000}) == "50002:2010012"
    assert [e.kind for e in desk.effects()] == ["stock.subtract"]


def test_an_id_that_was_refused_can_be_used_again(desk: DouyinDesk) -> None:
    sku = desk.product().skus[0]
    params = {"sku_id": int(sku.sku_id), "incremental": True, "idempotent_id": "a"}
    codes = [desk.code(ONE, {**params, "stock_num": number}) for number in (-10_000, 5)]
    assert codes == ["50002:2010012", "10000"]


def test_a_batch_is_all_or_nothing(desk: DouyinDesk) -> None:
    product = _wide(desk)
    before = [sku.normal for sku in product.skus]
    assert desk.code(BATCH, _batch(product, 0, -1)) == "50002:2010012"
    assert ([sku.normal for sku in product.skus], desk.effects()) == (before, [])
    assert desk.code(BATCH, _batch(product, 0, 0, idempotent_id="x")) == "10000"
    assert desk.code(BATCH, _batch(product, 9, 9, idempotent_id="x")) == "40004:2010021"
    assert [sku.normal for sku in product.skus[:2]] == [0, 0]
    assert len(desk.effects("stock.set")) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sku_sync_list": [{"sku_id": 1, "sku_type": 0, "stock_num": 0}]}, "40004:5"),
        ({"incremental": None}, "40002:2010004"),
        ({"incremental": True}, "40002:2010004"),
        ({"sku_sync_list": None}, "40002:2010004"),
        ({"product_id": 1}, "50002:2010064"),
    ],
)
def test_batches_that_are_refused(desk: DouyinDesk, change: dict[str, Any], code: str) -> None:
    assert desk.code(BATCH, {**_batch(desk.product(), 0), **change}) == code
    assert desk.effects() == []


@pytest.mark.parametrize(
    ("states", "number"),
    [((0, 3, 2), -40001), ((0, 2, 2), -40001), ((1, 5, 0), -40002), ((2, 1, 0), -40003)],
)
def test_states_that_forbid_stock_changes(
    desk: DouyinDesk, states: tuple[int, int, int], number: int
) -> None:
    product = desk.product(states)
    code = {-40001: 2010041, -40002: 2010043, -40003: 2010042}[number]
    assert desk.code(BATCH, _batch(product, 0)) == f"50002:{code}"
    answer = desk.call(MANY, {"items": [_item(product, 0)], "incremental": False, "idempotent_id": "x"})
    assert answer["data"]["results"][0]["status_code"] == number
    assert desk.effects() == []


def test_an_event_holds_the_stock_but_lets_it_grow(desk: DouyinDesk) -> None:
    product = desk.held("activity")
    sku = product.skus[0]
    total = sku.normal + sku.reserved
    assert desk.code(BATCH, _batch(product, 0)) == "50002:2010045"
    assert desk.code(BATCH, _batch(product, total + 5)) == "10000"
    assert (sku.normal + sku.reserved, sku.available) == (total + 5, total + 5)


def test_many_products_have_a_result_each(desk: DouyinDesk) -> None:
    free, held = desk.product(), desk.held("activity")
    before = free.skus[0].normal
    items = [_item(free, 0), _item(held, 0), {"product_id": 1, "sku_id": 2, "stock_num": 0}]
    answer = desk.call(MANY, {"items": items, "incremental": False, "idempotent_id": "off-1"})
    assert (answer["code"], answer["sub_code"]) == (10001, "isv.business-part-failed")
    told = [(row["status_code"], row["stock_num"], row["change_num"]) for row in answer["data"]["results"]]
    assert told == [(0, 0, -before), (-20008, held.skus[0].available, 0), (-10007, 0, 0)]
    again = {"items": items[:1], "incremental": False, "idempotent_id": "off-1"}
    assert desk.code(MANY, again) == "50002:-20002"
    assert len(desk.effects("stock")) == 1


def test_limits_of_many(desk: DouyinDesk) -> None:
    item = _item(desk.product(), 0)
    for items in ([], [item] * 51):
        assert desk.code(MANY, {"items": items, "incremental": False, "idempotent_id": "x"}) == "40004:-30001"
    assert desk.code(MANY, {"items": [item], "incremental": False}) == "40002:2010004"


def test_what_one_creator_reserved_stays(desk: DouyinDesk) -> None:
    product = next(
        p for p in desk.shop.stores.products.values() if not p.locks and any(sku.reserved for sku in p.skus)
    )
    sku = next(sku for sku in product.skus if sku.reserved)
    place = product.skus.index(sku)
    params = {"items": [_item(product, 0, place)], "incremental": False, "idempotent_id": "x"}
    assert desk.call(MANY, params)["data"]["results"][0]["status_code"] == -20008
    params = {"items": [_item(product, sku.reserved, place)], "incremental": False, "idempotent_id": "x"}
    assert desk.call(MANY, params)["code"] == 10000
    assert (sku.normal, sku.available) == (0, sku.reserved)


@pytest.mark.parametrize(("kind", "field"), [(1, "regional"), (10, "stepped")])
def test_other_kinds_of_stock_are_separate(kind: int, field: str) -> None:
    desk = DouyinDesk(size=200)
    product, sku = next((p, s) for p in desk.shop.stores.products.values() for s in p.skus if s.kind == kind)
    if kind == 1:
        shown = desk.data("sku.list", {"product_id": int(product.product_id)})[0]
        assert (shown["stock_num"], shown["stock_map"]) == (0, {"WH1": sku.regional})
        change: dict[str, Any] = {"stock_map": [{"out_warehouse_id": "WH1", "stock_num": 0}]}
    else:
        change = {"step_stock_num": 0}
    entry = {"sku_id": int(sku.sku_id), "sku_type": kind, **change}
    normal = sku.normal
    assert desk.code(BATCH, _batch(product, sku_sync_list=[entry])) == "10000"
    assert (getattr(sku, field), sku.normal) == (0, normal)
    assert desk.code(BATCH, _batch(product, sku_sync_list=[{**entry, "sku_type": 0}])) == "40004:2010004"


def test_a_warehouse_nobody_knows(desk: DouyinDesk) -> None:
    sku = desk.product().skus[0]
    params = {"sku_id": int(sku.sku_id), "stock_num": 1, "out_warehouse_id": "WH9"}
    assert desk.code(ONE, params) == "40004:-10002"


def test_a_doubled_addition_shows_in_the_books(desk: DouyinDesk) -> None:
    sku = desk.product().skus[0]
    for number, key in ((-4, "a"), (4, "b"), (4, "c")):
        params = {"sku_id": int(sku.sku_id), "stock_num": number, "incremental": True, "idempotent_id": key}
        desk.data(ONE, params)
    assert (sku.added, desk.engine.merchant.pools[sku.code].added) == (4, 4)
