"""Stock by product, kinds of stock, changes with a key; and what the platform holds fast."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Connector, Locks, Meaning, StockSeen
from support.douyin_wire import START, Bench, business, ok, parameter, refusal

SKUS, SYNC, LOCKS = "sku.list", "sku.syncStock", "product.batchGetProductLocks"
TEA, SKU = 3600000000000000001, 1790000000000011
ID, SKU_ID = str(TEA), str(SKU)
PLAIN = {
    "id": SKU,
    "product_id": TEA,
    "product_id_str": ID,
    "sku_type": 0,
    "stock_num": 41,
    "prehold_stock_num": 3,
    "prom_stock_num": 0,
    "step_stock_num": 0,
    "stock_map": {},
}


def seen(bench: Bench, *rows: Any) -> dict[tuple[str, str], StockSeen]:
    bench.wire.script(SKUS, ok(list(rows)))
    return dict(bench.run(lambda connector: connector.stock.observe([ID])))


@pytest.mark.parametrize(
    ("change", "normal", "reserved", "elsewhere", "warehouses"),
    [
        ({}, 41, 0, 0, ()),
        ({"stock_num": "41", "id": SKU_ID, "sku_type": "0"}, 41, 0, 0, ()),
        ({"prom_stock_num": 30}, 41, 30, 0, ()),
        ({"prom_step_stock_num": 4, "channel_stock_num": 2}, 41, 6, 0, ()),
        ({"step_stock_num": 5}, 41, 5, 0, ()),
        ({"sku_type": 10, "step_stock_num": 5}, 41, 5, 0, ()),
        ({"stock_map": None}, 41, 0, 0, ()),
        (
            {"sku_type": 1, "stock_num": 20, "stock_map": {"hz-01": 15, "gz-02": "5"}},
            0,
            0,
            20,
            (("hz-01", 15), ("gz-02", 5)),
        ),
    ],
)
def test_every_kind_of_stock(
    bench: Bench, change: Any, normal: int, reserved: int, elsewhere: int, warehouses: Any
) -> None:
    wanted = StockSeen(ID, SKU_ID, normal, reserved, elsewhere, START, warehouses)
    assert seen(bench, PLAIN | change) == {(ID, SKU_ID): wanted}
    assert bench.wire.bodies(SKUS) == [{"product_id": TEA}]


@pytest.mark.parametrize(
    "change",
    [
        {"stock_num": None},
        {"stock_num": -1},
        {"stock_num": True},
        {"prom_stock_num": None},
        {"channel_stock_num": "many"},
        {"step_stock_num": None},
        {"sku_type": None},
        {"sku_type": 2},
        {"sku_type": 1, "stock_map": None},
        {"stock_map": "none"},
        {"stock_map": {"hz-01": None}},
        {"id": None},
        {"product_id_str": "7"},
    ],
)
def test_a_sku_with_a_number_missing_is_left_out(bench: Bench, change: Any) -> None:
    assert list(seen(bench, PLAIN | {"id": 9}, PLAIN | change)) == [(ID, "9")]


def test_stepped_stock_must_be_told_where_there_is_such(bench: Bench) -> None:
    bare = {name: value for name, value in PLAIN.items() if name != "step_stock_num"}
    assert list(seen(bench, bare, bare | {"id": 9, "sku_type": 10})) == [(ID, SKU_ID)]


@pytest.mark.parametrize("unknown", [parameter(4), business(2010058), business(2010064)])
def test_products_are_asked_one_by_one_and_an_unknown_one_is_left_out(bench: Bench, unknown: Any) -> None:
    other = TEA + 1
    row = PLAIN | {"product_id": other, "product_id_str": str(other)}
    bench.wire.script(SKUS, lambda body: ok([row]) if body["product_id"] == other else unknown)
    found = bench.run(lambda connector: connector.stock.observe([ID, str(other), ID]))
    assert list(found) == [(str(other), SKU_ID)]
    assert sorted(body["product_id"] for body in bench.wire.bodies(SKUS)) == [TEA, other]


@pytest.mark.parametrize("answer", [ok(), ok({"data": []}), b"", refusal(30001), business(1)])
def test_an_answer_without_the_list_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(SKUS, answer)
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.stock.observe([ID]))


def test_what_stock_can_do(bench: Bench) -> None:
    assert bench.connector.stock is not None
    assert (bench.connector.stock.can_set(), bench.connector.stock.batch_limit()) == (True, 20)
    assert bench.run(lambda connector: connector.stock.observe([])) == {}
    assert bench.wire.calls == []


@pytest.mark.parametrize(
    ("verb", "arguments", "body"),
    [
        ("subtract", (5, ""), {"stock_num": -5, "incremental": True, "idempotent_id": "k1"}),
        ("add", (5, ""), {"stock_num": 5, "incremental": True, "idempotent_id": "k1"}),
        (
            "subtract",
            (5, "hz-01"),
            {"stock_num": -5, "incremental": True, "idempotent_id": "k1", "out_warehouse_id": "hz-01"},
        ),
        ("set_zero", ("",), {"stock_num": 0, "incremental": False}),
        ("set_zero", ("hz-01",), {"stock_num": 0, "incremental": False, "out_warehouse_id": "hz-01"}),
    ],
)
def test_writes(bench: Bench, verb: str, arguments: tuple[Any, ...], body: Any) -> None:
    bench.wire.script(SYNC, ok())
    keys = {} if verb == "set_zero" else {"key": "k1"}
    assert bench.run(lambda connector: getattr(connector.stock, verb)(ID, SKU_ID, *arguments, **keys)).ok
    assert bench.wire.bodies(SYNC) == [{"product_id": TEA, "sku_id": SKU, **body}]


def test_a_change_nobody_named_gets_a_key_of_its_own(bench: Bench) -> None:
    bench.wire.script(SYNC, ok())

    async def story(connector: Connector) -> None:
        assert connector.stock is not None
        for _ in range(2):
            await connector.stock.subtract(ID, SKU_ID, 1)

    bench.run(story)
    keys = [body["idempotent_id"] for body in bench.wire.bodies(SYNC)]
    assert len(set(keys)) == 2
    assert all(keys)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (parameter(40010), Meaning.ALREADY_SO),
        (business(2010012), Meaning.REFUSED),
        (business(2010041), Meaning.PRECONDITION),
        (refusal(20000, "isp.service-error:1", "更新库存数失败: 库存不足"), Meaning.UNKNOWN),
        (b"", Meaning.UNKNOWN),
    ],
)
def test_a_change_that_is_not_made(bench: Bench, answer: Any, meaning: Meaning) -> None:
    bench.wire.script(SYNC, answer)
    assert bench.run(lambda connector: connector.stock.subtract(ID, SKU_ID, 1, key="k")).meaning is meaning
    assert len(bench.wire.bodies(SYNC)) == 1


# -- locks --------------------------------------------------------------------------------------------------------


def infos(*entries: Any) -> dict[str, Any]:
    return ok({"product_lock_infos": list(entries)})


def entry(locks: Any, skus: Any = None, product: Any = TEA) -> dict[str, Any]:
    return {"product_id": product, "product_locks": locks, "sku_lock_infos": skus}


@pytest.mark.parametrize(
    ("locks", "skus", "held", "raw"),
    [
        ([], [], "", ""),
        ([7, 25], [], "", "7,25"),
        ([17], [], "off", "17"),
        (["17", 26], None, "off on", "17,26"),
        ([19], [], "stock_down", "19"),
        ([18], [], "stock_up", "18"),
        ([24], [], "stock_down stock_up", "24"),
        ([], [{"sku_id": 1, "sku_locks": [1001, 1005]}], "stock_down", "/1001,1005"),
        ([7], [{"sku_locks": [1004]}, {"sku_locks": [1004]}], "stock_up", "7/1004"),
        ([], [{"sku_locks": [1006]}], "stock_down stock_up", "/1006"),
        ([999], [], "", "999"),
        ([1004], [{"sku_locks": [17]}], "", "1004/17"),
    ],
)
def test_every_lock(bench: Bench, locks: Any, skus: Any, held: str, raw: str) -> None:
    bench.wire.script(LOCKS, infos(entry(locks, skus)))
    found = bench.run(lambda connector: connector.locks.observe([ID]))
    names = {name: name in held.split() for name in ("off", "on", "stock_down", "stock_up")}
    assert found == {ID: Locks(ID, **names, raw=raw, observed_at=START)}


@pytest.mark.parametrize(
    "row",
    [
        entry(None),
        entry("17"),
        entry([17.5]),
        entry([], "x"),
        entry([], [{"sku_locks": None}]),
        entry([17], [], 7),
    ],
)
def test_locks_that_are_not_told_are_missing(bench: Bench, row: Any) -> None:
    bench.wire.script(LOCKS, infos(row))
    assert bench.run(lambda connector: connector.locks.observe([ID])) == {}


def test_nothing_asked_is_nothing_called(bench: Bench) -> None:
    assert bench.connector.locks is not None
    assert bench.run(lambda connector: connector.locks.observe([])) == {}
    assert (bench.wire.calls, bench.connector.locks.batch_limit()) == ([], 20)
