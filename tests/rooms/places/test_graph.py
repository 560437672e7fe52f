"""What hangs on goods that go, and what stands beside them and stays (docs/decisions/0015)."""

from __future__ import annotations

import pytest

from offshelf.catalog.places.graph import available
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import Member, PlaceState
from support.place_shelves import K, R, closed, listing, member, names, place, promotion


def test_a_bundle_with_the_sku_goes_as_its_listing_and_its_other_part_stays():
    shop = [listing("a/L1", "A"), listing("a/L2", "C"), listing("a/L9", "SET")]
    found = closed(shop, [place(K.BUNDLE, "b1", "#L9", parts=["A", "C"])], codes="A")
    assert names(found) == {
        "listings": ["a/L1", "a/L9"],
        "touched": ["listing:bundle/b1"],
        "stays": ["part_stays:b1"],
    }
    assert [(one.key, one.because) for one in found.added] == [(("a", "L9"), ("A",))]


def test_a_bundle_of_a_bundle_goes_too_in_every_shop_and_a_circle_ends():
    shop = [listing("a/L1", "A"), listing("b/L8", "SET1"), listing("a/L9", "SET2"), listing("a/L7", "D")]
    bundles = [
        place(K.BUNDLE, "one", "SET1", shop="", parts=["A", "SET2"]),
        place(K.BUNDLE, "two", "#L9", parts=["SET1", "D"]),
    ]
    assert names(closed(shop, bundles, codes="A"))["listings"] == ["a/L1", "a/L9", "b/L8"]
    assert names(closed(shop, bundles[::-1], codes="A"))["listings"] == ["a/L1", "a/L9", "b/L8"]


def test_naming_the_bundle_leaves_its_parts_on_sale():
    shop = [listing("a/L1", "A"), listing("a/L9", "SET")]
    found = closed(shop, [place(K.BUNDLE, "b1", "#L9", parts=["A"])], codes="SET")
    assert names(found)["listings"] == ["a/L9"]


def test_a_bundle_that_is_no_listing_of_ours_is_a_person_s():
    found = closed([listing("a/L1", "A")], [place(K.BUNDLE, "b1", parts=["A", "C"])], codes="A")
    assert names(found)["touched"] == ["by_hand:bundle/b1"]


def test_a_gift_activity_ends_with_what_it_gives_and_the_main_product_stays():
    shop = [listing("a/L1", "A"), listing("a/L2", "M")]
    found = closed(shop, [place(K.GIFT, "g1", gifts=["A"], mains=["#L2"])], codes="A")
    assert names(found) == {
        "listings": ["a/L1"],
        "touched": ["by_hand:gift/g1"],
        "stays": ["main_stays:g1"],
    }


@pytest.mark.parametrize(
    ("mains", "touched", "stays"),
    [(["#L1"], ["by_hand:gift/g1"], []), (["#L1", "#L2"], [], ["mixed:g1"])],
)
def test_a_gift_activity_ends_with_all_its_main_products_not_with_some(mains, touched, stays):
    shop = [listing("a/L1", "A"), listing("a/L2", "M")]
    found = names(closed(shop, [place(K.GIFT, "g1", gifts=["X"], mains=mains)], codes="A"))
    assert (found["touched"], found["stays"]) == (touched, stays)


@pytest.mark.parametrize(
    ("kind", "ids", "touched", "stays"),
    [
        (PromotionKind.COUPON, ["L1"], ["call:coupon/p"], []),
        (PromotionKind.COUPON, ["L1", "L2"], [], ["mixed:p"]),
        (PromotionKind.LIMITED_DISCOUNT, ["L1", "L2"], ["by_hand:limited_discount/p"], []),
        (PromotionKind.AFFILIATE, ["L1"], ["call:affiliate/p"], []),
        (PromotionKind.AFFILIATE, ["L2"], [], []),
    ],
)
def test_a_promotion_that_also_serves_goods_that_stay_is_not_ended(kind, ids, touched, stays):
    shop = [listing("a/L1", "A"), listing("a/L2", "M")]
    found = names(closed(shop, [], codes="A", promotions=[promotion(kind, "p", *ids)]))
    assert (found["touched"], found["stays"]) == (touched, stays)


def test_a_promotion_of_the_whole_shop_stays():
    whole = promotion(PromotionKind.COUPON, "p", whole=True)
    assert names(closed([listing("a/L1", "A")], [], codes="A", promotions=[whole]))["stays"] == [
        "whole_shop:p"
    ]


@pytest.mark.parametrize(
    "kind", [K.LIVE, K.REPLAY, K.VIDEO, K.SHOWCASE, K.CREATOR_SHOWCASE, K.PRESALE, K.SCRIPT]
)
def test_out_of_a_place_with_several_goods_only_these_are_taken(kind):
    shop = [listing("a/L1", "A"), listing("a/L2", "M")]
    (touch,) = closed(shop, [place(kind, "x", "#L1", "#L2")], codes="A").touched
    assert (touch.items, touch.mixed) == ((Member(R.GOODS, listing_id="L1"),), True)


def test_an_ended_place_is_left_alone_and_one_of_unknown_state_is_not():
    shop = [listing("a/L1", "A")]
    spots = [
        place(K.REPLAY, "old", "#L1", state=PlaceState.ENDED),
        place(K.REPLAY, "r", "#L1", state=PlaceState.UNKNOWN),
    ]
    assert names(closed(shop, spots, codes="A")) == {
        "listings": ["a/L1"],
        "touched": ["by_hand:replay/r"],
        "stays": ["ended:old"],
    }


def test_what_nobody_knows_the_goods_of_is_unsure_never_empty():
    spots = [
        place(K.VIDEO, "v", state=PlaceState.UNKNOWN),
        place(K.VIDEO, "far", shop="z"),
        place(K.VIDEO, "over", state=PlaceState.ENDED),
        place(K.WORDING, "bio"),
    ]
    found = closed([listing("a/L1", "A")], spots, codes="A")
    assert [one.ref for one in found.unsure] == ["v"]
    assert found.touched == ()


def test_another_sku_of_a_listing_that_goes_is_not_named_by_that():
    # The listing is what goes. What else holds its other SKU, by code, holds something nobody named.
    shop = [listing("a/L1", "A", "B"), listing("a/L9", "SETB")]
    spots = [place(K.BUNDLE, "b", "#L9", parts=["B"]), place(K.VIDEO, "v", "B"), place(K.VIDEO, "w", "#L1")]
    assert names(closed(shop, spots, codes="A")) == {
        "listings": ["a/L1"],
        "touched": ["by_hand:video/w"],
        "stays": ["other_goods:b", "other_goods:v"],
    }


def test_the_code_of_the_product_names_all_its_skus_and_a_sku_its_product_as_a_part():
    shop = [listing("a/L1", "A", "B", product="P"), listing("a/L9", "SET")]
    assert names(closed(shop, [place(K.BUNDLE, "b", "#L9", parts=["B"])], codes="P"))["listings"] == [
        "a/L1",
        "a/L9",
    ]
    assert names(closed(shop, [place(K.BUNDLE, "b", "#L9", parts=["P"])], codes="A"))["listings"] == [
        "a/L1",
        "a/L9",
    ]


def test_the_same_product_code_without_the_sku_in_another_shop_is_not_touched():
    shop = [listing("a/L1", "A", product="P"), listing("z/L5", "Z", product="P"), listing("z/L9", "SET")]
    spots = [place(K.BUNDLE, "b", "#L9", shop="z", parts=["P"]), place(K.VIDEO, "v", "P", shop="z")]
    assert names(closed(shop, spots, codes="A")) == {
        "listings": ["a/L1"],
        "touched": [],
        "stays": ["other_goods:b", "other_goods:v"],
    }


def test_a_product_that_another_listing_of_the_shop_sells_too_is_still_promoted_but_may_be_a_part():
    shop = [listing("a/L1", "A", product="P"), listing("a/L5", "Z", product="P"), listing("a/L9", "SET")]
    spots = [place(K.BUNDLE, "b", "#L9", parts=["P"]), place(K.VIDEO, "v", "P")]
    assert names(closed(shop, spots, codes="A")) == {
        "listings": ["a/L1", "a/L9"],
        "touched": ["listing:bundle/b"],
        "stays": ["other_goods:v"],
    }


def test_what_is_sold_as_the_same_bundle_in_another_shop_goes_too():
    shop = [listing("a/L1", "A"), listing("a/L9", "SET"), listing("b/L3", "SET", "Q")]
    found = closed(shop, [place(K.BUNDLE, "b", "#L9", parts=["A"])], codes="A")
    assert names(found)["listings"] == ["a/L1", "a/L9", "b/L3"]
    assert found.goods == {"A", "SET"}


def test_bundles_in_the_wrong_order_are_followed_to_the_end():
    shop = [listing("a/L1", "A"), *(listing(f"a/S{n}", f"SET{n}") for n in range(4))]
    chain = [place(K.BUNDLE, f"b{9 - n}", f"#S{n}", parts=[f"SET{n - 1}" if n else "A"]) for n in range(4)]
    assert names(closed(shop, chain, codes="A"))["listings"] == ["a/L1", "a/S0", "a/S1", "a/S2", "a/S3"]


def test_only_this_link_takes_what_nobody_else_sells_here_and_no_more():
    shop = [
        listing("a/L1", "A"),
        listing("z/L1", "A"),
        listing("a/L9", "SET"),
        listing("z/L9", "SET"),
    ]
    spots = [
        place(K.BUNDLE, "b", "#L9", parts=["A"]),
        place(K.BUNDLE, "far", "#L9", shop="z", parts=["A"]),
        place(K.ERP_STOCK, "A", "A", shop=""),
    ]
    assert names(closed(shop, spots, only="a/L1")) == {
        "listings": ["a/L1", "a/L9"],
        "touched": ["listing:bundle/b"],
        "stays": ["other_goods:A", "other_goods:far"],
    }
    both = names(closed(shop, spots, only="a/L1 z/L1"))
    assert both["listings"] == ["a/L1", "a/L9", "z/L1", "z/L9"]
    assert "by_hand:erp_stock/A" in both["touched"]


def test_a_second_link_of_the_same_shop_keeps_the_bundle_on_sale():
    shop = [listing("a/L1", "A"), listing("a/L2", "A"), listing("a/L9", "SET")]
    bundle = place(K.BUNDLE, "b", "#L9", parts=["A"])
    assert names(closed(shop, [bundle], only="a/L1"))["listings"] == ["a/L1"]
    off = [shop[0], listing("a/L2", "A", shelf=Shelf.OFF), shop[2]]
    assert names(closed(off, [bundle], only="a/L1"))["listings"] == ["a/L1", "a/L9"]


@pytest.mark.parametrize(
    ("stock", "lots"),
    [
        ({"A": 7, "C": 3}, 3),
        ({"A": 1, "C": 9}, 0),
        ({"A": 8, "C": None}, None),
        ({"A": 0, "C": None}, 0),
        ({"C": 4}, None),
    ],
)
def test_a_bundle_can_be_made_as_often_as_its_scarcest_part(stock, lots):
    bundle = place(K.BUNDLE, "b")
    parts = (member("A", R.COMPONENT, 2), member("C", R.COMPONENT))
    assert (
        available(
            type(bundle)("a", K.BUNDLE, "b", "", PlaceState.LIVE, parts, "hand", bundle.observed_at), stock
        )
        == lots
    )
