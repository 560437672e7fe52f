"""What the checks are told of the acts of a plan: each in the shop of its place, and which cannot be undone."""

from __future__ import annotations

from dataclasses import replace

from offshelf.delisting.facts import gather
from offshelf.durable.ledger import LedgerAct
from offshelf.vocabulary.goods import PromotionKind
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Reason
from support.clean_merchant import place
from support.databases import START


def test_an_act_that_waits_in_the_lane_of_another_shop_is_at_its_own_place(house) -> None:
    house.shop.stock(1)
    house.proposed("L1")
    act = house.ledger.acts(house.plans.all()[0].plan_id)[0]
    acts = [by_hand(act, "beside", "binding/7"), by_hand(act, "", "erp_stock/7")]
    facts = gather(house.catalog, [("flagship", "L1")], acts, reason=Reason.SEASON, now=START)
    assert facts.planned == {("by_hand", "beside", "binding/7"), ("by_hand", "", "erp_stock/7")}
    assert facts.covers(place(PlaceKind.BINDING, shop_id="beside", ref="7"))
    assert not facts.covers(place(PlaceKind.BINDING, shop_id="elsewhere", ref="7"))
    assert facts.covers(place(PlaceKind.ERP_STOCK, ref="7"))


def by_hand(act: LedgerAct, shop_id: str, target: str) -> LedgerAct:
    """Return an act by hand in the lane of the flagship."""
    return replace(act, kind="by_hand", target=target, params={"shop": shop_id})


def test_what_cannot_be_undone_is_told_apart(house) -> None:
    house.shop.stock(1)
    house.shop.promote(PromotionKind.COUPON, "c1", "L1")
    plan = house.proposed("L1")
    acts = house.ledger.acts(plan.plan_id)
    acts = [*acts, by_hand(acts[0], "flagship", "replay/7"), by_hand(acts[0], "flagship", "video/7")]
    facts = gather(house.catalog, plan.listings, acts, reason=Reason.SEASON, now=START)
    assert facts.lost == {("stop_coupon", "flagship", "c1"), ("by_hand", "flagship", "replay/7")}
    assert facts.lost < facts.planned
