"""Listings: the cursor's end, every combination of states, locks before taking off, launching and putting on."""

from __future__ import annotations

from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Meaning
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from support.douyin_wire import (
    CUT,
    EXPIRED,
    LOG_ID,
    START,
    THROTTLED,
    THROTTLED_PRODUCT,
    Bench,
    business,
    ok,
    parameter,
    refusal,
)

LIST, DETAIL, LOCKS = "product.listV2", "product.detail", "product.batchGetProductLocks"
OFF, ON, LAUNCH, CANCEL = (
    "product.setOffline",
    "product.setOnline",
    "product.launchProduct",
    "product.cancelAudit",
)
TEA, SET = 3600000000000000001, 3600000000000000002
ID = str(TEA)


def detail(status: Any = 0, check: Any = 3, draft: Any = 0, **more: Any) -> dict[str, Any]:
    data = {
        "product_id": TEA,
        "product_id_str": ID,
        "name": "高山绿茶 250g 罐装",
        "outer_product_id": "TEA-001",
    }
    sku = {"sku_id": 1790000000000011, "code": "TEA-001-R", "price": 5900, "sku_type": 0, "stock_num": 41}
    states = {"status": status, "check_status": check, "draft_status": draft}
    return ok({**data, **states, "update_time": "2026-03-11 10:15:02", "spec_prices": [sku], **more})


def page(*ids: int, cursor: str = "c", total: Any = 2) -> dict[str, Any]:
    return ok(
        {
            "total": total,
            "page": 1,
            "size": 100,
            "cursor_id": cursor,
            "data": [{"product_id": i} for i in ids],
        }
    )


def locked(*locks: int, skus: Any = ()) -> dict[str, Any]:
    return ok(
        {
            "product_lock_infos": [
                {"product_id": TEA, "product_locks": list(locks), "sku_lock_infos": list(skus)}
            ]
        }
    )


def observe(bench: Bench, *answers: Any) -> Listing:
    bench.wire.script(DETAIL, *answers)
    found = bench.run(lambda connector: connector.listings.observe(ID)).value
    assert isinstance(found, Listing)
    return found


def take_off(bench: Bench, locks: Any, *answers: Any) -> CallResult:
    bench.wire.script(LOCKS, locks)
    bench.wire.script(OFF, *answers)
    found = bench.run(lambda connector: connector.listings.take_off(ID))
    assert isinstance(found, CallResult)
    return found


async def whole(connector: Connector, *, on_sale_only: bool = False) -> list[str]:
    found, cursor = [], None
    while True:
        sheet = await connector.listings.ids(cursor, on_sale_only=on_sale_only)
        found += sheet.items
        cursor = sheet.cursor
        if cursor is None:
            return found


def test_a_listing_is_read(bench: Bench) -> None:
    sku = Sku("1790000000000011", "TEA-001-R", "", 5900, None)
    assert observe(bench, detail()) == Listing(
        "tea", ID, "TEA-001", "高山绿茶 250g 罐装", Shelf.ON, Audit.NONE, "0/3/0", 5900, (sku,), START
    )
    assert bench.wire.bodies(DETAIL) == [{"product_id": ID}]


STATES = [
    ((0, 3, 0), "on", "none"),
    ((0, 3, 1), "on", "none"),
    ((0, 3, 2), "on", "pending"),
    ((0, 3, 4), "on", "none"),
    ((0, 3, 9), "on", "unknown"),
    ((0, 3, None), "on", "unknown"),
    ((0, 2, 2), "never_listed", "pending"),
    ((0, 1, 0), "never_listed", "none"),
    ((0, 1, 1), "never_listed", "none"),
    ((0, 4, 4), "never_listed", "none"),
    ((1, 1, 0), "off", "none"),
    (("1", "1", "0"), "off", "none"),
    ((1, 7, 0), "off", "none"),
    ((1, 5, 0), "off_by_platform", "none"),
    ((2, 1, 0), "gone", "none"),
    # Everything that stands nowhere.
    ((0, 2, 0), "unknown", "none"),
    ((0, 5, 0), "unknown", "none"),
    ((0, 4, 0), "unknown", "none"),
    ((1, 3, 0), "unknown", "none"),
    ((1, 1, 2), "unknown", "pending"),
    ((1, 1, None), "unknown", "unknown"),
    ((1, None, 0), "unknown", "none"),
    ((None, 1, 0), "unknown", "none"),
    ((-1, 1, 0), "unknown", "none"),
    ((-2, 1, 0), "unknown", "none"),
    ((True, True, False), "unknown", "unknown"),
    ((1.0, 1, 0), "unknown", "none"),
    (("*", "3", "0"), "unknown", "none"),
]


@pytest.mark.parametrize(("states", "shelf", "audit"), STATES)
def test_every_combination_of_states(
    bench: Bench, states: tuple[Any, Any, Any], shelf: str, audit: str
) -> None:
    found = observe(bench, detail(*states))
    assert (found.shelf.value, found.audit.value) == (shelf, audit)


def test_a_product_gone_for_good_is_gone(bench: Bench) -> None:
    found = observe(bench, parameter(2010058))
    assert (found.shelf, found.raw_status) == (Shelf.GONE, "40004:2010058")


@pytest.mark.parametrize(
    "answer",
    [
        ok(),
        detail(product_id_str="7"),
        ok({"product_id": None, "status": 1, "check_status": 1, "draft_status": 0}),
        business(2010058),
        parameter(4),
        b"",
        b"<html>",
        CUT,
        detail(spec_prices=[{"price": 1}]),
    ],
)
def test_what_is_not_about_this_product_is_a_failure(bench: Bench, answer: Any) -> None:
    with pytest.raises(CallFailedError) as caught:
        observe(bench, answer)
    assert caught.value.result.meaning is Meaning.UNKNOWN


def test_a_read_is_repeated_after_either_form_of_throttling(bench: Bench) -> None:
    assert observe(bench, THROTTLED, THROTTLED_PRODUCT, detail()).shelf is Shelf.ON
    assert len(bench.wire.bodies(DETAIL)) == 3


def test_a_cursor_ends_with_an_empty_page(bench: Bench) -> None:
    bench.wire.script(LIST, page(TEA, cursor="CA:EQ=="), page(SET, cursor="c2"), page(cursor="c3"))
    assert bench.run(whole) == [ID, str(SET)]
    assert bench.wire.bodies(LIST) == [
        {"page": 1, "size": 100, "use_cursor": True},
        {"page": 1, "size": 100, "use_cursor": True, "cursor_id": "CA:EQ=="},
        {"page": 1, "size": 100, "use_cursor": True, "cursor_id": "c2"},
    ]


def test_only_what_is_online_and_passed_is_on_sale(bench: Bench) -> None:
    bench.wire.script(LIST, page(total=0))
    assert bench.run(lambda connector: whole(connector, on_sale_only=True)) == []
    asked = bench.wire.bodies(LIST)[0]
    assert (asked["status"], asked["check_status"]) == (0, 3)


@pytest.mark.parametrize(
    "answers",
    [
        (page(TEA), page(total=2)),  # one of two
        (page(TEA, cursor=""),),  # it does not say how to go on
        (page(TEA), page(SET, cursor="c")),  # the same cursor again
        (page(TEA, total=None),),
        (ok({"total": 0}),),
        (ok({"total": 1, "data": [{"id": 3}]}),),
    ],
)
def test_a_list_that_ends_early_is_a_failure(bench: Bench, answers: tuple[Any, ...]) -> None:
    bench.wire.script(LIST, *answers)
    with pytest.raises(CallFailedError):
        bench.run(whole)


def test_pages_by_number_reach_ten_thousand_and_say_so() -> None:
    bench = Bench()
    bench.connector.listings._by_cursor = False  # a choice of the manifest
    full = [TEA + number for number in range(100)]
    bench.wire.script(LIST, lambda body: page(*full, total=250 if body["page"] < 3 else 200))
    assert len(bench.run(whole)) == 300
    assert bench.wire.bodies(LIST)[2] == {"page": 3, "size": 100}
    more = Bench()
    more.connector.listings._by_cursor = False  # a choice of the manifest
    more.wire.script(LIST, page(*full, total=10_001))
    with pytest.raises(CallFailedError):
        more.run(whole)
    assert len(more.wire.bodies(LIST)) == 100


# -- writes -------------------------------------------------------------------------------------------------------


def test_locks_are_asked_before_taking_off(bench: Bench) -> None:
    assert take_off(bench, locked(7, 19), ok()) == CallResult(Meaning.OK, OFF, "10000", trace_id=LOG_ID)
    assert bench.wire.methods() == [LOCKS, OFF]
    assert bench.wire.bodies(LOCKS) == [{"product_ids": [TEA]}]
    assert bench.wire.bodies(OFF) == [{"product_id": TEA}]


def test_what_the_platform_holds_is_not_tried(bench: Bench) -> None:
    found = take_off(bench, locked(7, 17), ok())
    assert (found.meaning, found.code) == (Meaning.REFUSED, "lock:17")
    assert bench.wire.methods() == [LOCKS]


@pytest.mark.parametrize(
    "locks", [refusal(30001, "isv.app-permissions-insufficient"), ok(), b"<html>", locked()]
)
def test_unreadable_locks_do_not_keep_a_listing_on_sale(bench: Bench, locks: Any) -> None:
    assert take_off(bench, locks, ok()).ok


@pytest.mark.parametrize(
    ("answer", "meaning", "code"),
    [
        (parameter(2010021), Meaning.ALREADY_SO, "40004:2010021"),
        (business(2010045), Meaning.REFUSED, "50002:2010045"),
        (business(2010401), Meaning.NOT_NOW, "50002:2010401"),
        (refusal(10001, "isv.business-part-failed"), Meaning.UNKNOWN, "10001:isv.business-part-failed"),
        (b"", Meaning.UNKNOWN, ""),
        (b"<html>", Meaning.UNKNOWN, ""),
        ((500, ok()), Meaning.UNKNOWN, "http500"),
        (CUT, Meaning.UNKNOWN, ""),
    ],
)
def test_a_write_is_sent_once_whatever_comes_back(
    bench: Bench, answer: Any, meaning: Meaning, code: str
) -> None:
    found = take_off(bench, locked(), answer)
    assert (found.meaning, found.code) == (meaning, code)
    assert len(bench.wire.bodies(OFF)) == 1


def test_a_write_with_an_expired_token_is_sent_again_with_a_new_one(bench: Bench) -> None:
    assert take_off(bench, locked(), EXPIRED, ok()).ok
    used = [query["access_token"] for method, query, _ in bench.wire.calls if method == OFF]
    assert used == ["canary-token-1", "canary-token-2"]


@pytest.mark.parametrize(("check", "method"), [(7, LAUNCH), (1, ON), (3, ON), (99, ON)])
def test_what_waits_audited_is_launched_and_the_rest_put_on(bench: Bench, check: int, method: str) -> None:
    bench.wire.script(DETAIL, detail(1, check, 0))
    bench.wire.script(ON, ok())
    bench.wire.script(LAUNCH, ok())
    assert bench.run(lambda connector: connector.listings.put_on(ID)).ok
    assert bench.wire.methods() == [DETAIL, method]
    assert bench.wire.bodies(method) == [{"product_id": TEA}]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [(parameter(2010058), Meaning.GONE), (b"", Meaning.NOT_SENT), (ok(), Meaning.NOT_SENT)],
)
def test_what_cannot_be_read_is_not_put_on(bench: Bench, answer: Any, meaning: Meaning) -> None:
    bench.wire.script(DETAIL, answer)
    found = bench.run(lambda connector: connector.listings.put_on(ID))
    assert (found.meaning, found.method) == (meaning, ON)
    assert set(bench.wire.methods()) == {DETAIL}


def test_an_audit_is_withdrawn(bench: Bench) -> None:
    bench.wire.script(CANCEL, ok())
    assert bench.run(lambda connector: connector.listings.cancel_audit(ID)).ok
    assert bench.wire.bodies(CANCEL) == [{"product_id": TEA}]


def test_an_id_that_is_no_number_goes_as_it_is(bench: Bench) -> None:
    bench.wire.script(CANCEL, parameter(1))
    bench.run(lambda connector: connector.listings.cancel_audit("０７"))
    assert bench.wire.bodies(CANCEL) == [{"product_id": "０７"}]
