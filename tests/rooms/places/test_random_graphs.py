"""Random merchants: after the plan nothing sells the SKU any more, and nothing beside its closure has changed."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from offshelf.catalog.places.graph import Offer, Scope, closure
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceKind, PlaceState, Role
from support.place_market import Market, key, markets
from support.place_shelves import codes_of

MANY = settings(max_examples=400, deadline=None)


@MANY
@given(markets())
def test_after_the_plan_no_way_to_buy_leads_to_the_sku(market: Market) -> None:
    after = market.after()
    assert [key(one) for one in after.listings if one.shelf is not Shelf.OFF and market.sells(one)] == []
    for one in after.places:
        if one.state is PlaceState.ENDED:
            continue
        if one.kind is PlaceKind.BUNDLE and not market.own(one):
            assert not any(market.holds(m, one.shop_id) for m in one.members if m.role is Role.COMPONENT)
        if one.kind is PlaceKind.GIFT:
            assert not any(market.holds(m, one.shop_id) for m in one.members if m.role is Role.GIFT)
        if one.kind in (PlaceKind.VIDEO, PlaceKind.LIVE):
            off = {key(x) for x in after.listings if x.shelf is Shelf.OFF and market.may_go(x)}
            named = {(one.shop_id, m.listing_id) for m in one.members if m.listing_id}
            # What was off before and nobody named may stand in a cart as it stood.
            assert not named & off & set(market.closure().listings)
            assert not any(market.is_goods(m.code) for m in one.members if m.code)


@MANY
@given(markets())
def test_nothing_beside_the_closure_has_changed(market: Market) -> None:
    after = market.after()
    for was, is_ in zip(market.listings, after.listings, strict=True):
        assert was == is_ or market.may_go(was)
    gone = {key(one) for one in market.listings if market.may_go(one)}
    left = {(one.shop_id, one.promotion_id) for one in after.promotions}
    for promotion in market.promotions:
        if (promotion.shop_id, promotion.promotion_id) not in left:
            assert {(promotion.shop_id, i) for i in promotion.listing_ids} <= gone
    for was, is_ in zip(market.places, after.places, strict=True):
        kept = set(is_.members)
        removed = [m for m in was.members if m not in kept] if was.members != is_.members else []
        for one in removed:
            assert market.holds(one, was.shop_id) or (was.shop_id, one.listing_id) in gone
        if was.state is not is_.state and was.kind in (PlaceKind.BUNDLE, PlaceKind.GIFT):
            concerned = [
                m for m in was.members if market.holds(m, was.shop_id) or (was.shop_id, m.listing_id) in gone
            ]
            concerned += [m for m in was.members if not was.shop_id and m.listing_id in {i for _, i in gone}]
            assert concerned


@MANY
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_things_changes_nothing(market: Market, dice: random.Random) -> None:
    listings, places, promotions = market.listings[:], market.places[:], market.promotions[:]
    for some in (listings, places, promotions):
        dice.shuffle(some)
    mixed = Market(listings, places, promotions)
    one, other = market.closure(), mixed.closure()
    assert (one.goods, one.listings, one.touched, one.stays, one.unsure) == (
        other.goods,
        other.listings,
        other.touched,
        other.stays,
        other.unsure,
    )
    assert [(a.key, a.because) for a in one.added] == [(a.key, a.because) for a in other.added]


@MANY
@given(markets(), st.data())
def test_only_this_link_reaches_no_further_than_what_nobody_else_sells(
    market: Market, data: st.DataObject
) -> None:
    only = key(data.draw(st.sampled_from(market.listings)))
    found = closure(
        Offer.of(market.listings), market.places, market.promotions, Scope(by_listing=frozenset({only}))
    )
    assert found.goods == frozenset()
    assert set(found.listings) == {only, *(one.key for one in found.added)}
    left = [
        one for one in market.listings if key(one) not in found.listings and one.shelf.sellable is not False
    ]
    brought = [(one.bundle.shop_id, code) for one in found.added for code in one.because]
    bundle = PlaceKind.BUNDLE
    brought += [
        (t.place.shop_id, m.code)
        for t in found.touched
        if t.place.kind is not bundle
        for m in t.items
        if m.code
    ]
    for shop_id, code in brought:
        # In its shop nobody else sells what brought it; listings are named by their ids, and no code is one.
        assert not any(code in codes_of(one) for one in left if one.shop_id == shop_id)
