"""A place is covered only by an act that ends such places, on that very target, in that very shop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import ActKind
from support.clean_merchant import CLEAN, COUPON, SHOP, TEA, place

OUTLET = "outlet"  # a second shop of the plan, with look-alike ids
TWO = replace(CLEAN, listings=(TEA, replace(TEA, shop_id=OUTLET)))
CALLS = {
    PlaceKind.LISTING: ActKind.TAKE_OFF,
    PlaceKind.COUPON: ActKind.STOP_COUPON,
    PlaceKind.LIMITED_DISCOUNT: ActKind.STOP_LIMITED_DISCOUNT,
    PlaceKind.AFFILIATE: ActKind.STOP_AFFILIATE,
}


def covers(kind: PlaceKind, shop_id: str, *planned: tuple[str, str, str], ref: str = "7") -> bool:
    return replace(TWO, planned=frozenset(planned)).covers(place(kind, shop_id=shop_id, ref=ref))


@pytest.mark.parametrize(("kind", "act"), CALLS.items())
def test_a_call_of_its_own_kind_in_its_own_shop_covers_a_place(kind: PlaceKind, act: ActKind) -> None:
    assert covers(kind, SHOP, (act, SHOP, "7"))
    assert not covers(kind, OUTLET, (act, SHOP, "7"))
    assert not covers(kind, SHOP, (act, SHOP, "8"))


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("act", ActKind)
def test_an_act_of_another_kind_on_the_same_id_does_not(kind: PlaceKind, act: ActKind) -> None:
    assert covers(kind, SHOP, (act, SHOP, "7")) is (act is CALLS[kind])


@pytest.mark.parametrize("kind", [PlaceKind.VIDEO, PlaceKind.COUPON, PlaceKind.ERP_STOCK])
@pytest.mark.parametrize("shop_id", [SHOP, OUTLET, "beside", ""])
def test_an_act_by_hand_covers_the_place_of_its_own_shop_or_of_none(kind: PlaceKind, shop_id: str) -> None:
    target = f"{kind.value}/7"
    assert covers(kind, shop_id, (ActKind.BY_HAND, shop_id, target))
    others = {SHOP, OUTLET, "beside", "elsewhere", ""} - {shop_id}
    assert not covers(kind, shop_id, *((ActKind.BY_HAND, other, target) for other in others))
    assert not covers(kind, shop_id, (ActKind.TAKE_OFF, shop_id, target))
    assert not covers(kind, shop_id, (ActKind.BY_HAND, shop_id, f"{PlaceKind.SCRIPT.value}/7"))


@pytest.mark.parametrize("kind", PromotionKind)
def test_a_promotion_ends_by_its_own_act_in_its_own_shop(kind: PromotionKind) -> None:
    promotion = replace(COUPON, kind=kind, promotion_id="7")
    own = (CALLS[PlaceKind(kind.value)], SHOP, "7"), (ActKind.BY_HAND, SHOP, f"{kind.value}/7")
    for act in own:
        assert replace(TWO, planned=frozenset({act})).ends(promotion)
        assert not replace(TWO, planned=frozenset({act})).ends(replace(promotion, shop_id=OUTLET))
    others = {(act, SHOP, "7") for act in ActKind} - {own[0]}
    assert not replace(TWO, planned=frozenset(others)).ends(promotion)
