"""Which acts a plan has, and how they are laid into lanes, chunks and batches."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offshelf.delisting.model import Act, step_of
from offshelf.delisting.plan import BATCH, CHUNK, off_acts, place, touching
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.plans import ActKind, Reason
from support.databases import START

SEASON, SAFETY = Reason.SEASON, Reason.SAFETY
PROMOTION_KINDS = {ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_COUPON, ActKind.STOP_AFFILIATE}


def listing(number=1, shop="a", skus=1, stock=5, **changes):
    items = tuple(Sku(f"s{n}", f"C{number}-{n}", "", 100, stock) for n in range(skus))
    made = Listing(shop, f"L{number}", f"C{number}", "t", Shelf.ON, Audit.NONE, "5/0", 100, items, START)
    return replace(made, **changes)


def promotion(kind, promotion_id="p1", ids=("L1",), shop="a", whole=False):
    return Promotion(shop, kind, promotion_id, "", PromotionState.RUNNING, ids, whole, "2", START)


def kinds(acts):
    return [(act.kind.value, act.target) for act in acts]


def test_a_plain_listing_is_drained_and_taken_off():
    assert kinds(off_acts([listing(skus=2)], [], SEASON)) == [
        ("drain_stock", "L1/s0"),
        ("drain_stock", "L1/s1"),
        ("take_off", "L1"),
    ]


def test_a_pending_draft_is_withdrawn_too():
    assert kinds(off_acts([listing(audit=Audit.PENDING)], [], SEASON))[0] == ("cancel_audit", "L1")


def test_what_is_gone_has_no_stock_to_drain_but_is_looked_at():
    assert kinds(off_acts([listing(shelf=Shelf.GONE)], [], SEASON)) == [("take_off", "L1")]


def test_each_named_warehouse_is_a_place_of_its_own():
    sku = Sku("s0", "C", "", 100, 5, 0, 7, (("w1", 3), ("w2", 4)))
    targets = [act.target for act in off_acts([replace(listing(), skus=(sku,))], [], SEASON)]
    assert targets == ["L1/s0", "L1/s0@w1", "L1/s0@w2", "L1"]


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        (PromotionKind.LIMITED_DISCOUNT, ActKind.STOP_LIMITED_DISCOUNT),
        (PromotionKind.COUPON, ActKind.STOP_COUPON),
        (PromotionKind.AFFILIATE, ActKind.STOP_AFFILIATE),
    ],
)
def test_each_kind_of_promotion_has_its_act(kind, act):
    found = [a for a in off_acts([listing()], [promotion(kind)], SEASON) if a.kind in PROMOTION_KINDS]
    assert [(a.kind, a.target, a.listing_id) for a in found] == [(act, "p1", "L1")]


@pytest.mark.parametrize(
    ("ids", "whole", "stopped"),
    [(("L1",), False, True), (("L1", "L9"), False, False), ((), True, False), (("L9",), False, False)],
)
def test_a_coupon_ends_only_when_all_its_products_go(ids, whole, stopped):
    acts = off_acts([listing()], [promotion(PromotionKind.COUPON, ids=ids, whole=whole)], SEASON)
    assert any(act.kind is ActKind.STOP_COUPON for act in acts) is stopped


def test_a_coupon_whose_products_all_go_is_stopped_once():
    coupon = promotion(PromotionKind.COUPON, ids=("L1", "L2"))
    acts = off_acts([listing(1), listing(2)], [coupon], SEASON)
    assert [act.target for act in acts if act.kind is ActKind.STOP_COUPON] == ["p1"]


def test_promotions_of_another_shop_are_left_alone():
    other = promotion(PromotionKind.COUPON, shop="b")
    assert touching([other], [listing()]) == ()
    assert len(off_acts([listing()], [other], SEASON)) == 2


def test_whole_shop_promotions_touch_every_listing_of_their_shop():
    whole = promotion(PromotionKind.COUPON, ids=(), whole=True)
    assert touching([whole], [listing()]) == (whole,)
    assert touching([whole], [listing(shop="b")]) == ()


@pytest.mark.parametrize(
    ("reason", "order"),
    [
        (SEASON, ["stop_affiliate", "stop_coupon", "cancel_audit", "drain_stock", "take_off"]),
        (SAFETY, ["cancel_audit", "drain_stock", "take_off", "stop_affiliate", "stop_coupon"]),
    ],
)
def test_the_order_of_acts_is_that_of_the_design(reason, order):
    goods = [listing(audit=Audit.PENDING)]
    promotions = [promotion(PromotionKind.COUPON), promotion(PromotionKind.AFFILIATE, "p2")]
    placed = place("P", 1, off_acts(goods, promotions, reason), goods, reason)
    assert [p.act.kind.value for p in placed] == order


def test_what_is_on_sale_goes_first_and_the_smallest_stock_before_the_rest():
    goods = [listing(1, stock=90), listing(2, stock=1), listing(3, stock=0, shelf=Shelf.OFF)]
    placed = place("P", 1, off_acts(goods, [], SEASON), goods, SEASON)
    assert [p.act.listing_id for p in placed if p.act.kind is ActKind.TAKE_OFF] == ["L2", "L1", "L3"]


def test_an_unknown_shelf_is_treated_as_on_sale():
    goods = [listing(1, shelf=Shelf.OFF, stock=0), listing(2, shelf=Shelf.UNKNOWN)]
    placed = place("P", 1, off_acts(goods, [], SEASON), goods, SEASON)
    assert [p.act.listing_id for p in placed if p.act.kind is ActKind.TAKE_OFF] == ["L2", "L1"]


def test_ids_are_numbered_in_the_order_of_the_run():
    goods = [listing(1, shop="b"), listing(2, shop="a")]
    placed = place("P-1", 3, off_acts(goods, [], SEASON), goods, SEASON)
    assert [(p.act.act_id, p.lane) for p in placed] == [
        ("P-1.3.000001", "a"),
        ("P-1.3.000002", "a"),
        ("P-1.3.000003", "b"),
        ("P-1.3.000004", "b"),
    ]


@pytest.mark.parametrize("kind", list(ActKind))
@pytest.mark.parametrize("reason", list(Reason))
def test_every_act_has_a_step_for_every_reason(kind, reason):
    assert step_of(kind, reason) >= 0


SHOPS = st.sampled_from(["a", "b"])
LISTINGS = st.lists(
    st.builds(
        listing,
        st.integers(1, 400),
        SHOPS,
        st.integers(0, 30),
        st.integers(0, 9),
        audit=st.sampled_from([Audit.NONE, Audit.PENDING]),
        shelf=st.sampled_from(list(Shelf)),
    ),
    max_size=60,
    unique_by=lambda item: (item.shop_id, item.listing_id),
)
PROMOTIONS = st.lists(
    st.builds(
        promotion,
        st.sampled_from(list(PromotionKind)),
        st.integers(1, 900).map(str),
        st.lists(st.integers(1, 400).map("L{}".format), max_size=3).map(tuple),
        SHOPS,
        st.booleans(),
    ),
    max_size=80,
    unique_by=lambda item: (item.shop_id, item.kind, item.promotion_id),
)


def bare(act: Act):
    return (act.kind, act.shop_id, act.listing_id, act.target, act.step)


@given(LISTINGS, PROMOTIONS, st.sampled_from([SEASON, SAFETY]))
def test_laying_keeps_every_act_and_every_limit(goods, promotions, reason):
    acts = off_acts(goods, promotions, reason)
    placed = place("P", 1, acts, goods, reason)
    assert sorted(map(bare, (p.act for p in placed))) == sorted(map(bare, acts))
    assert len({p.act.act_id for p in placed}) == len(acts)
    batches, chunks = {}, {}
    for p in placed:
        assert p.lane == p.act.shop_id
        batches.setdefault((p.lane, p.chunk, p.batch), []).append(p.act)
        chunks.setdefault((p.lane, p.chunk), []).append(p.act)
    assert all(len(some) <= BATCH and len({a.step for a in some}) == 1 for some in batches.values())
    assert all(len(some) <= CHUNK for some in chunks.values())
    for some in chunks.values():
        assert [a.step for a in some] == sorted(a.step for a in some)


@given(LISTINGS, PROMOTIONS, st.sampled_from([SEASON, SAFETY]))
def test_a_listing_stays_in_one_chunk_and_promotions_stand_apart(goods, promotions, reason):
    placed = place("P", 1, off_acts(goods, promotions, reason), goods, reason)
    where = {}
    for p in placed:
        if p.act.kind not in PROMOTION_KINDS:
            where.setdefault((p.lane, p.act.listing_id), set()).add(p.chunk)
    assert all(len(chunks) == 1 for chunks in where.values())
    for lane in ("a", "b"):
        stops = {p.chunk for p in placed if p.lane == lane and p.act.kind in PROMOTION_KINDS}
        rest = {p.chunk for p in placed if p.lane == lane and p.act.kind not in PROMOTION_KINDS}
        assert not stops or not rest or (min(stops) > max(rest) if reason.urgent else max(stops) < min(rest))


@given(LISTINGS, PROMOTIONS, st.randoms(use_true_random=False))
def test_laying_does_not_depend_on_the_order_listings_come_in(goods, promotions, random):
    first = place("P", 1, off_acts(goods, [], SEASON), goods, SEASON)
    mixed = list(goods)
    random.shuffle(mixed)
    assert place("P", 1, off_acts(mixed, [], SEASON), mixed, SEASON) == first


def test_two_thousand_listings_are_laid_into_chunks_of_at_most_500():
    goods = [listing(n) for n in range(2000)]
    placed = place("P", 1, off_acts(goods, [], SEASON), goods, SEASON)
    sizes = {}
    for p in placed:
        sizes[p.chunk] = sizes.get(p.chunk, 0) + 1
    assert set(sizes.values()) == {500}
    assert len(sizes) == 8
