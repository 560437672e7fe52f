"""Stock: batches with a singular key, numbers that must all be there, writes to the normal stock and to warehouses."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning, StockSeen
from support.wechat_channels_wire import OK, START, Bench, refusal

BATCH = "product/stock/batchget"
PLAIN = {
    "sku_id": "3120448871",
    "normal_stock_num": 64,
    "limited_discount_stock_num": 0,
    "warehouse_stocks": [],
    "finder_total_num": 0,
    "total_stock_num": 64,
}
SPREAD = {
    "sku_id": 3098812240,
    "normal_stock_num": "120",
    "limited_discount_stock_num": 30,
    "warehouse_stocks": [
        {"out_warehouse_id": "hz-01", "num": 15, "lock_stock": 2},
        {"out_warehouse_id": "gz-02", "num": 5, "lock_stock": 0},
    ],
    "total_stock_num": 170,
}


def stocks(*products: tuple[str | int, list[Any]]) -> dict[str, Any]:
    listed = [{"product_id": product_id, "sku_stock": skus} for product_id, skus in products]
    return {**OK, "data": {"spu_stock_list": listed}}


def seen(bench: Bench, ids: list[str], *answers: Any) -> dict[tuple[str, str], StockSeen]:
    bench.wire.script(BATCH, *answers)
    return dict(bench.run(lambda connector: connector.stock.observe(ids)))


def test_stock_is_read_in_one_call_with_a_singular_key(bench: Bench) -> None:
    found = seen(bench, ["1", "2"], stocks(("1", [PLAIN]), (2, [SPREAD])))
    assert found == {
        ("1", "3120448871"): StockSeen("1", "3120448871", 64, 0, 0, START),
        ("2", "3098812240"): StockSeen("2", "3098812240", 120, 30, 20, START, (("hz-01", 15), ("gz-02", 5))),
    }
    assert bench.wire.bodies(BATCH) == [{"product_id": ["1", "2"]}]


def test_nothing_asked_is_nothing_called(bench: Bench) -> None:
    assert bench.run(lambda connector: connector.stock.observe([])) == {}
    assert bench.wire.calls == []


def test_the_batch_limit_is_fifty(bench: Bench) -> None:
    assert bench.connector.stock is not None
    assert bench.connector.stock.batch_limit() == 50


@pytest.mark.parametrize(
    "change",
    [
        {"normal_stock_num": None},
        {"normal_stock_num": -1},
        {"normal_stock_num": "many"},
        {"normal_stock_num": True},
        {"limited_discount_stock_num": None},
        {"warehouse_stocks": "none"},
        {"warehouse_stocks": [{"num": 3}]},
        {"warehouse_stocks": [{"out_warehouse_id": "hz-01"}]},
        {"sku_id": None},
    ],
)
def test_a_sku_with_a_number_missing_is_left_out(bench: Bench, change: dict[str, Any]) -> None:
    found = seen(bench, ["1"], stocks(("1", [PLAIN | {"sku_id": "9"}, PLAIN | change])))
    assert list(found) == [("1", "9")]


def test_a_product_nobody_asked_for_is_left_out(bench: Bench) -> None:
    assert list(seen(bench, ["1"], stocks(("1", [PLAIN]), ("7", [PLAIN])))) == [("1", "3120448871")]


@pytest.mark.parametrize("fields", [OK, {**OK, "data": []}, {**OK, "data": {"spu_stock_list": {}}}])
def test_an_answer_without_the_list_is_a_failure(bench: Bench, fields: dict[str, Any]) -> None:
    with pytest.raises(CallFailedError) as caught:
        seen(bench, ["1"], fields)
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_an_unknown_product_that_spoils_the_batch_is_singled_out(bench: Bench) -> None:
    def answer(body: Any) -> Any:
        ids = body["product_id"]
        return refusal(10020052) if "3" in ids else stocks(*((ident, [PLAIN]) for ident in ids))

    found = seen(bench, ["1", "2", "3", "4"], answer)
    assert sorted(found) == [("1", "3120448871"), ("2", "3120448871"), ("4", "3120448871")]


def test_any_other_refusal_is_a_failure(bench: Bench) -> None:
    with pytest.raises(CallFailedError) as caught:
        seen(bench, ["1", "2"], refusal(48001))
    assert caught.value.result.meaning is Meaning.ASK_PERSON
    assert len(bench.wire.bodies(BATCH)) == 1


@pytest.mark.parametrize("warehouse", ["", "hz-01"])
@pytest.mark.parametrize(
    ("verb", "quantity", "kind", "num"),
    [("add", (5,), 1, 5), ("subtract", (5,), 2, 5), ("set_zero", (), 3, 0)],
)
def test_writes(
    bench: Bench, verb: str, quantity: tuple[int, ...], kind: int, num: int, warehouse: str
) -> None:
    method = "warehouse/stock/update" if warehouse else "product/stock/update"
    bench.wire.script(method, OK)
    result = bench.run(lambda connector: getattr(connector.stock, verb)("1", "2", *quantity, warehouse))
    body = {"product_id": "1", "sku_id": "2", "diff_type": kind, "num": num}
    assert result.ok is True
    assert bench.wire.bodies(method) == [body | ({"out_warehouse_id": warehouse} if warehouse else {})]


def test_a_busy_platform_leaves_a_delta_open_but_not_a_set(bench: Bench) -> None:
    bench.wire.script("product/stock/update", refusal(-1))

    async def story(connector: Any) -> list[Meaning]:
        stock = connector.stock
        calls = [
            await stock.add("1", "2", 5),
            await stock.subtract("1", "2", 5),
            await stock.set_zero("1", "2"),
        ]
        return [result.meaning for result in calls]

    assert bench.run(story) == [Meaning.UNKNOWN, Meaning.UNKNOWN, Meaning.NOT_NOW]
