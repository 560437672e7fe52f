"""How each kind of act looks at its place and writes, against a shop in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.delisting.deeds import DEEDS
from offshelf.durable.ledger import LedgerAct
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit, PromotionKind, PromotionState, Shelf
from offshelf.vocabulary.plans import ActKind
from support.delisting_house import LivesClock
from support.memory_shop import MemoryShop, answers


@pytest.fixture
def shop():
    made = MemoryShop(LivesClock())
    made.stock(1)
    return made


def act(kind, target="L1", **changes):
    subject = target.partition("/")[0]
    base = LedgerAct("A", "P", "flagship", 0, 0, 1, kind, subject, target, {})
    return replace(base, **changes)


def look(shop, item):
    found = shop.clock.live(DEEDS[ActKind(item.kind)].look(shop.connector(), [item]))
    assert set(found) == {item.act_id}
    return found[item.act_id]


def do(shop, item):
    seen = look(shop, item)
    return shop.clock.live(DEEDS[ActKind(item.kind)].do(shop.connector(), item, seen))


SHELVES = [
    (Shelf.ON, Audit.NONE, False, "shelf.on"),
    (Shelf.OFF, Audit.NONE, True, "shelf.off"),
    (Shelf.OFF_BY_PLATFORM, Audit.NONE, True, "shelf.off_by_platform"),
    (Shelf.NEVER_LISTED, Audit.NONE, True, "shelf.never_listed"),
    (Shelf.GONE, Audit.NONE, True, "shelf.gone"),
    (Shelf.SOLD_OUT, Audit.NONE, False, "shelf.sold_out"),
    (Shelf.UNKNOWN, Audit.NONE, None, "shelf.unknown"),
    (Shelf.ON, Audit.PENDING, False, "shelf.on"),
    (Shelf.ON, Audit.BUSY, None, "audit.busy"),
    (Shelf.ON, Audit.UNKNOWN, None, "audit.unknown"),
    (Shelf.OFF, Audit.PENDING, False, "audit.pending"),
    (Shelf.OFF, Audit.BUSY, None, "audit.busy"),
    (Shelf.OFF, Audit.UNKNOWN, None, "audit.unknown"),
]


@pytest.mark.parametrize(("shelf", "audit", "satisfied", "code"), SHELVES)
def test_take_off_looks_at_shelf_and_draft(shop, shelf, audit, satisfied, code):
    shop.goods["L1"].shelf, shop.goods["L1"].audit = shelf, audit
    seen = look(shop, act("take_off"))
    assert (seen.satisfied, seen.code, seen.hold) == (satisfied, code, code == "audit.busy")
    if satisfied is False:
        assert seen.undo == {"shelf": shelf.value, "raw": f"{shelf.value}/{audit.value}"}


@pytest.mark.parametrize("kind", ["take_off", "cancel_audit", "put_on", "drain_stock", "stop_coupon"])
def test_what_cannot_be_read_is_a_look_of_its_own(shop, kind):
    method = {"drain_stock": "stock.observe", "stop_coupon": "promotions.observe"}.get(
        kind, "listings.observe"
    )
    shop.faults[method] = [answers(Meaning.UNKNOWN, "-1")]
    seen = look(shop, act(kind))
    assert (seen.satisfied, seen.code, seen.failure.code) == (None, "read.unknown", "-1")


def test_take_off_withdraws_the_draft_first(shop):
    shop.goods["L1"].audit = Audit.PENDING
    assert do(shop, act("take_off")).ok
    assert [name for name, _, _ in shop.effects] == ["listings.cancel_audit", "listings.take_off"]


def test_take_off_stops_where_the_draft_cannot_be_withdrawn(shop):
    shop.goods["L1"].audit = Audit.PENDING
    shop.faults["listings.cancel_audit"] = [answers(Meaning.QUOTA, "x")]
    assert do(shop, act("take_off")).meaning is Meaning.QUOTA
    assert shop.writes("listings.take_off") == []


def test_take_off_of_what_is_off_only_withdraws_the_draft(shop):
    shop.goods["L1"].shelf, shop.goods["L1"].audit = Shelf.OFF, Audit.PENDING
    assert do(shop, act("take_off")).ok
    assert shop.writes("listings") == [("listings.cancel_audit", "L1")]


@pytest.mark.parametrize(
    ("shelf", "audit", "satisfied", "hold"),
    [
        (Shelf.ON, Audit.NONE, True, False),
        (Shelf.ON, Audit.PENDING, False, False),
        (Shelf.ON, Audit.BUSY, None, True),
        (Shelf.ON, Audit.UNKNOWN, None, False),
        (Shelf.GONE, Audit.UNKNOWN, True, False),
    ],
)
def test_cancel_audit_looks_at_the_draft(shop, shelf, audit, satisfied, hold):
    shop.goods["L1"].shelf, shop.goods["L1"].audit = shelf, audit
    seen = look(shop, act("cancel_audit"))
    assert (seen.satisfied, seen.hold) == (satisfied, hold)


@pytest.mark.parametrize(
    ("shelf", "audit", "satisfied", "hold"),
    [
        (Shelf.ON, Audit.NONE, True, False),
        (Shelf.OFF, Audit.NONE, False, False),
        (Shelf.SOLD_OUT, Audit.NONE, False, False),
        (Shelf.OFF, Audit.PENDING, None, True),
        (Shelf.OFF, Audit.BUSY, None, True),
        (Shelf.OFF, Audit.UNKNOWN, None, False),
        (Shelf.OFF_BY_PLATFORM, Audit.NONE, None, False),
        (Shelf.NEVER_LISTED, Audit.NONE, None, False),
        (Shelf.GONE, Audit.NONE, None, False),
        (Shelf.UNKNOWN, Audit.NONE, None, False),
    ],
)
def test_put_on_submits_only_what_is_off_and_at_rest(shop, shelf, audit, satisfied, hold):
    shop.goods["L1"].shelf, shop.goods["L1"].audit = shelf, audit
    seen = look(shop, act("put_on"))
    assert (seen.satisfied, seen.hold) == (satisfied, hold)


@pytest.mark.parametrize(
    ("places", "target", "satisfied", "code"),
    [
        ({"": 5}, "L1/s1", False, "stock.some"),
        ({"": 0}, "L1/s1", True, "stock.zero"),
        ({"": 0, "reserved": 3}, "L1/s1", None, "stock.reserved"),
        ({"": 2, "reserved": 3}, "L1/s1", False, "stock.some"),
        ({"": 0, "w1": 4}, "L1/s1", True, "stock.zero"),
        ({"": 0, "w1": 4}, "L1/s1@w1", False, "stock.some"),
        ({"": 9, "w1": 0}, "L1/s1@w1", True, "stock.zero"),
        ({"": 9}, "L1/s2", None, "stock.not_returned"),
    ],
)
def test_drain_looks_at_its_own_place(shop, places, target, satisfied, code):
    shop.goods["L1"].stock = {"s1": places}
    seen = look(shop, act("drain_stock", target))
    assert (seen.satisfied, seen.code) == (satisfied, code)


def test_drain_takes_exactly_what_is_there(shop):
    shop.goods["L1"].stock["s1"] = {"": 5, "w1": 4}
    assert do(shop, act("drain_stock", "L1/s1")).ok
    assert do(shop, act("drain_stock", "L1/s1@w1")).ok
    assert shop.effects == [("stock.subtract", "L1/s1", -5), ("stock.subtract", "L1/s1@w1", -4)]


def buys(shop, units):
    shop.goods["L1"].stock["s1"][""] -= units


def test_drain_takes_what_is_left_when_a_buyer_was_faster(shop):
    shop.before["stock.subtract"] = lambda: buys(shop, 2)
    taken = do(shop, act("drain_stock", "L1/s1"))
    assert (taken.ok, taken.units, taken.exact) == (True, 3, True)
    assert (shop.units("L1"), shop.effects) == (0, [("stock.subtract", "L1/s1", -3)])


def test_drain_is_already_so_when_buyers_took_all(shop):
    shop.before["stock.subtract"] = lambda: buys(shop, 5)
    assert do(shop, act("drain_stock", "L1/s1")).meaning is Meaning.ALREADY_SO
    assert shop.effects == []


def test_drain_keeps_a_refusal_that_no_buyer_explains(shop):
    shop.faults["stock.subtract"] = [answers(Meaning.REFUSED, "10020049")]
    assert do(shop, act("drain_stock", "L1/s1")).code == "10020049"
    assert shop.writes("stock") == [("stock.subtract", "L1/s1")]


def test_drain_reads_a_batch_in_as_few_calls_as_allowed(shop):
    shop.stock(45)
    acts = [act("drain_stock", f"L{n}/s1", act_id=f"A{n}") for n in range(1, 46)]
    looks = shop.clock.live(DEEDS[ActKind.DRAIN_STOCK].look(shop.connector(), acts))
    assert (len(looks), [name for name, _ in shop.calls]) == (45, ["stock.observe"] * 3)


def test_a_failed_read_of_some_leaves_the_others_seen(shop):
    shop.stock(45)
    shop.faults["stock.observe"] = [answers(Meaning.NOT_NOW)]
    acts = [act("drain_stock", f"L{n}/s1", act_id=f"A{n}") for n in range(1, 46)]
    looks = shop.clock.live(DEEDS[ActKind.DRAIN_STOCK].look(shop.connector(), acts))
    assert [look.satisfied for look in looks.values()].count(None) == 20


def test_drain_of_a_sku_that_went_with_its_listing_is_satisfied(shop):
    shop.goods["L1"].shelf = Shelf.GONE
    assert (look(shop, act("drain_stock", "L1/s1")).code) == "shelf.gone"


@pytest.mark.parametrize(
    ("undo", "now", "satisfied", "code"),
    [
        (None, 0, False, "stock.some"),
        ({"before": 0}, 0, False, "stock.not_restored"),
        ({"before": 0}, 4, True, "stock.restored"),
        ({"before": 1}, 5, True, "stock.restored"),
        ({"before": 0}, 3, None, "stock.ambiguous"),
        ({"before": 0}, 8, None, "stock.ambiguous"),
    ],
)
def test_restore_compares_with_what_was_written_down(shop, undo, now, satisfied, code):
    shop.goods["L1"].stock["s1"][""] = now
    seen = look(shop, act("restore_stock", "L1/s1", params={"quantity": 4}, undo=undo))
    assert (seen.satisfied, seen.code) == (satisfied, code)
    if undo is None:
        assert seen.undo == {"before": now}


def test_restore_of_a_listing_that_is_gone_is_not_called_good(shop):
    shop.goods["L1"].shelf = Shelf.GONE
    assert look(shop, act("restore_stock", "L1/s1", params={"quantity": 4})).satisfied is None


@pytest.mark.parametrize(
    ("state", "stop", "restore"),
    [
        (PromotionState.RUNNING, False, True),
        (PromotionState.WAITING, False, True),
        (PromotionState.ENDED, True, False),
        (PromotionState.UNKNOWN, None, None),
    ],
)
def test_promotions_are_looked_at_by_state(shop, state, stop, restore):
    for kind in PromotionKind:
        shop.promote(kind, "p1", "L1")
        shop.promotions[kind, "p1"] = replace(shop.promotions[kind, "p1"], state=state)
    for kind in ("stop_limited_discount", "stop_coupon", "stop_affiliate"):
        assert look(shop, act(kind, "p1")).satisfied is stop
    assert look(shop, act("restore_affiliate", "p1")).satisfied is restore


def test_a_promotion_not_returned_is_not_ended(shop):
    seen = look(shop, act("stop_coupon", "p9"))
    assert (seen.satisfied, seen.code) == (None, "promotion.not_returned")


def test_what_a_promotion_was_is_written_down_before_it_ends(shop):
    shop.promote(PromotionKind.COUPON, "p1", "L1")
    assert look(shop, act("stop_coupon", "p1")).undo == {"title": "promo p1", "listings": ["L1"]}


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("stop_limited_discount", "promotions.stop"),
        ("stop_coupon", "promotions.stop"),
        ("stop_affiliate", "affiliate.stop"),
        ("restore_affiliate", "affiliate.restore"),
    ],
)
def test_promotions_are_stopped_and_listed_again(shop, kind, method):
    for each in PromotionKind:
        shop.promote(each, "p1", "L1")
    assert do(shop, act(kind, "p1")).ok
    assert shop.effects == [(method, "p1", 0)]


@pytest.mark.parametrize(
    ("kind", "port"),
    [
        ("stop_coupon", "promotions"),
        ("stop_affiliate", "affiliate"),
        ("restore_affiliate", "affiliate"),
        ("drain_stock", "stock"),
        ("restore_stock", "stock"),
    ],
)
def test_a_port_that_is_not_there_asks_a_person(shop, kind, port):
    bare = replace(shop.connector(), **{port: None})
    item, deed = act(kind, "L1/s1", params={"quantity": 1}), DEEDS[ActKind(kind)]
    seen = shop.clock.live(deed.look(bare, [item]))["A"]
    assert (seen.satisfied, seen.failure.meaning) == (None, Meaning.ASK_PERSON)
    assert shop.clock.live(deed.do(bare, item, seen)).meaning is Meaning.ASK_PERSON


def test_only_adding_and_submitting_must_not_be_doubled():
    assert {kind for kind, deed in DEEDS.items() if not deed.repeatable} == {
        ActKind.PUT_ON,
        ActKind.RESTORE_STOCK,
    }


def test_where_the_platform_takes_changes_only_nothing_is_set_to_zero(shop):
    shop.sets_stock = False

    def buyer() -> None:
        shop.goods["L1"].stock["s1"][""] -= 1
        shop.before["stock.subtract"] = buyer

    shop.before["stock.subtract"] = buyer
    result = do(shop, act("drain_stock", "L1/s1"))
    assert (result.meaning, shop.units("L1")) == (Meaning.NOT_NOW, 2)
    assert [method for method, _ in shop.calls if method.startswith("stock.s")] == ["stock.subtract"] * 3
    assert look(shop, act("drain_stock", "L1/s1")).once


def test_what_no_call_can_end_waits_for_a_person_and_is_never_called(shop):
    shop.promote(PromotionKind.COUPON, "C1", "L1")
    shop.by_hand = frozenset({PromotionKind.COUPON})
    seen = look(shop, act("stop_coupon", "C1"))
    assert (seen.satisfied, seen.code, seen.failure.meaning) == (
        None,
        "promotion.by_hand",
        Meaning.ASK_PERSON,
    )
    assert shop.writes() == []


def test_stock_held_where_no_call_ends_what_holds_it_waits_for_a_person(shop):
    shop.goods["L1"].stock["s1"] = {"": 0, "reserved": 3}
    shop.told_kinds = (PromotionKind.COUPON,)
    seen = look(shop, act("drain_stock", "L1/s1"))
    assert (seen.satisfied, seen.code, seen.hold) == (None, "stock.reserved", False)
    assert seen.failure.meaning is Meaning.ASK_PERSON
