"""Stock: what can be taken, changes by so many, sent once."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning, StockSeen
from support.kuaishou_samples import ITEM_ID, SKU_ID, SKUS
from support.kuaishou_wire import CUT, OK, START, Bench, data, refusal

SKU_LIST, CHANGE = "open.item.sku.list.get", "open.item.sku.stock.update"
SKU = SKUS["skuList"][0]


def skus(**changed: Any) -> dict[str, Any]:
    return data(SKUS | {"skuList": [SKU | changed]})


def observed(bench: Bench, *answers: Any) -> Any:
    bench.wire.script(SKU_LIST, *answers)
    return bench.run(lambda connector: connector.stock.observe([ITEM_ID]))


def test_what_is_reserved_cannot_be_taken(bench: Bench) -> None:
    assert observed(bench, data(SKUS)) == {
        (ITEM_ID, SKU_ID): StockSeen(ITEM_ID, SKU_ID, normal=32, reserved=5, elsewhere=0, observed_at=START)
    }
    assert bench.wire.bodies(SKU_LIST) == [{"kwaiItemId": 24000000000001}]


@pytest.mark.parametrize(
    "changed",
    [
        {"skuStock": None},
        {"reserveStock": None},
        {"skuStock": -1},
        {"skuStock": "many"},
        {"reserveStock": 38},
        {"kwaiSkuId": None},
    ],
)
def test_a_number_that_is_missing_or_contradicts_leaves_the_sku_unknown(
    bench: Bench, changed: dict[str, Any]
) -> None:
    assert observed(bench, skus(**changed)) == {}


def test_skus_of_another_item_are_a_failure(bench: Bench) -> None:
    with pytest.raises(CallFailedError, match="kwaiItemId"):
        observed(bench, skus(kwaiItemId=7))


def test_listings_the_platform_does_not_know_are_left_out(bench: Bench) -> None:
    def answer(body: dict[str, Any]) -> Any:
        return data(SKUS) if body["kwaiItemId"] == int(ITEM_ID) else refusal(100002)

    bench.wire.script(SKU_LIST, answer)
    found = bench.run(lambda connector: connector.stock.observe(["7", ITEM_ID, "no-id"]))
    assert list(found) == [(ITEM_ID, SKU_ID)]


def test_one_that_cannot_be_read_fails_the_batch(bench: Bench) -> None:
    with pytest.raises(CallFailedError):
        observed(bench, refusal(24))


def test_the_platform_takes_no_absolute_number(bench: Bench) -> None:
    assert bench.connector.stock is not None
    assert bench.connector.stock.can_set() is False
    assert bench.connector.stock.batch_limit() == 8
    result = bench.run(lambda connector: connector.stock.set_zero(ITEM_ID, SKU_ID))
    assert (result.meaning, result.code, bench.wire.calls) == (Meaning.ASK_PERSON, "no_api", [])


@pytest.mark.parametrize(("verb", "kind"), [("add", 1), ("subtract", 2)])
def test_a_change_is_sent_once_with_its_direction(bench: Bench, verb: str, kind: int) -> None:
    bench.wire.script(CHANGE, OK)
    result = bench.run(lambda connector: getattr(connector.stock, verb)(ITEM_ID, SKU_ID, 32, key="k"))
    assert result.meaning is Meaning.OK
    assert bench.wire.bodies(CHANGE) == [
        {
            "kwaiItemId": 24000000000001,
            "skuId": 158000000000011,
            "skuChangeStock": 32,
            "changeType": kind,
        }
    ]


@pytest.mark.parametrize("verb", ["add", "subtract"])
@pytest.mark.parametrize(
    "answer", [CUT, b"", b"<html>", (502, b""), refusal(11), refusal(500), {"msg": "ok"}]
)
def test_a_change_whose_answer_is_lost_is_unknown_and_never_repeated(
    bench: Bench, verb: str, answer: Any
) -> None:
    bench.wire.script(CHANGE, answer)
    result = bench.run(lambda connector: getattr(connector.stock, verb)(ITEM_ID, SKU_ID, 32))
    assert result.meaning is Meaning.UNKNOWN
    assert len(bench.wire.bodies(CHANGE)) == 1


def test_read_write_read_shows_what_a_lost_answer_did(bench: Bench) -> None:
    shelf = {"units": 37}

    def take(body: dict[str, Any]) -> Any:
        shelf["units"] -= body["skuChangeStock"]
        return CUT

    bench.wire.script(SKU_LIST, lambda _: skus(skuStock=shelf["units"]))
    bench.wire.script(CHANGE, take)

    async def story(connector: Any) -> Any:
        before = (await connector.stock.observe([ITEM_ID]))[ITEM_ID, SKU_ID]
        result = await connector.stock.subtract(ITEM_ID, SKU_ID, before.normal)
        after = (await connector.stock.observe([ITEM_ID]))[ITEM_ID, SKU_ID]
        return before.normal, result.meaning, after.normal

    assert bench.run(story) == (32, Meaning.UNKNOWN, 0)
    assert len(bench.wire.bodies(CHANGE)) == 1


def test_less_than_asked_is_refused(bench: Bench) -> None:
    bench.wire.script(CHANGE, refusal(21, "当前库存不足，请减少预留数量"))
    result = bench.run(lambda connector: connector.stock.subtract(ITEM_ID, SKU_ID, 37))
    assert (result.meaning, result.note) == (Meaning.REFUSED, "当前库存不足，请减少预留数量")


@pytest.mark.parametrize(
    ("ids", "quantity", "warehouse", "code"),
    [
        ((ITEM_ID, SKU_ID), 0, "", "no_quantity"),
        ((ITEM_ID, SKU_ID), -1, "", "no_quantity"),
        ((ITEM_ID, SKU_ID), 9_999_999, "", "no_quantity"),
        ((ITEM_ID, SKU_ID), 1, "west", "no_warehouse"),
        ((ITEM_ID, "a"), 1, "", "no_id"),
    ],
)
def test_what_the_platform_cannot_take_is_not_sent(
    bench: Bench, ids: tuple[str, str], quantity: int, warehouse: str, code: str
) -> None:
    result = bench.run(lambda connector: connector.stock.subtract(*ids, quantity, warehouse))
    assert (result.meaning, result.code, bench.wire.calls) == (Meaning.REFUSED, code, [])
