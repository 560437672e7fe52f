"""Conditions of checks 1 to 6 beside the planted ones, one row each: what stands in the way, exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.checks.model import AlsoSells, Facts
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import Member, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from support.clean_merchant import (
    BOX,
    CLEAN,
    COUPON,
    FOOD,
    LINE,
    NOW,
    OTHER,
    PLANNED,
    SHOP,
    TEA,
    having,
    place,
)
from support.spoilt_merchant import (
    DAY,
    HOUR,
    decided,
    emptied,
    standing,
    state,
)

SOLD_OUT = {"detail": {"text": "卖完了", "routes_to_human": 1}}
FLASH = replace(COUPON, kind=PromotionKind.LIMITED_DISCOUNT, promotion_id="f1")
BUNDLE = {"members": (Member(Role.GOODS, listing_id="L9"), Member(Role.COMPONENT, code="C1"))}
LOOSE = {"members": (Member(Role.COMPONENT, code="C1"), Member(Role.COMPONENT, code="C7"))}
GONE = replace(OTHER, shelf=Shelf.OFF)
WIDE = replace(FOOD, number="JY9", covers=("*",))

ROWS: dict[str, tuple[Facts, list[str]]] = {
    # 1
    "a listing without its act": (
        replace(CLEAN, planned=PLANNED - {("take_off", SHOP, "L2")}),
        ["payment.not_taken_off fail"],
    ),
    "a listing that is gone needs none": (
        replace(
            CLEAN,
            listings=(TEA, replace(BOX, shelf=Shelf.GONE)),
            planned=PLANNED - {("take_off", SHOP, "L2")},
        ),
        [],
    ),
    "a bundle beside the plan that is off": (replace(CLEAN, closure_listings=(AlsoSells(GONE, False),)), []),
    "seen off as long ago as a sight may be": (
        replace(CLEAN, closure_listings=(AlsoSells(replace(GONE, observed_at=NOW - 2 * HOUR), False),)),
        [],
    ),
    "and may have come back": (
        replace(CLEAN, closure_listings=(AlsoSells(replace(GONE, observed_at=NOW - 3 * HOUR), False),)),
        ["payment.also_unclear unknown"],
    ),
    "a bundle whose state is unknown": (
        replace(CLEAN, closure_listings=(AlsoSells(replace(OTHER, shelf=Shelf.UNKNOWN), False),)),
        ["payment.also_unclear unknown"],
    ),
    "a bundle taken off by the plan": (
        replace(
            CLEAN,
            closure_listings=(AlsoSells(OTHER, False),),
            planned=PLANNED | {("take_off", SHOP, "L7")},
        ),
        [],
    ),
    "a bundle known by its place only": (having(PlaceKind.BUNDLE, **BUNDLE), ["payment.also_sold fail"]),
    "a showcase left": (
        state(PlaceKind.SHOWCASE, PlaceState.LIVE, planned=False),
        ["payment.path_open fail"],
    ),
    "a mall left, on no shop of ours": (
        replace(
            having(PlaceKind.BINDING, shop_id=""), planned=PLANNED - {("by_hand", SHOP, "binding/binding-1")}
        ),
        ["payment.path_open fail"],
    ),
    "a showcase nobody is sure of": (
        state(PlaceKind.SHOWCASE, PlaceState.UNKNOWN, planned=False),
        ["payment.path_unclear unknown"],
    ),
    "a showcase nobody is sure of, ended by the plan": (
        state(PlaceKind.SHOWCASE, PlaceState.UNKNOWN, planned=True),
        [],
    ),
    "a showcase that ended": (state(PlaceKind.SHOWCASE, PlaceState.ENDED, planned=False), []),
    "a showcase of a shop beside the plan, ended from its lane": (
        having(
            PlaceKind.SHOWCASE,
            replace(CLEAN, planned=PLANNED | {("by_hand", "beside", "showcase/showcase-1")}),
            shop_id="beside",
        ),
        [],
    ),
    "a showcase of a shop beside the plan, whose like the plan ends in its own": (
        having(PlaceKind.SHOWCASE, shop_id="beside"),
        ["payment.path_open fail"],
    ),
    "an act at another place of the same name": (
        replace(
            CLEAN,
            planned=(PLANNED - {("by_hand", SHOP, "showcase/showcase-1")})
            | {("by_hand", "other", "showcase/showcase-1")},
        ),
        ["payment.path_open fail"],
    ),
    # 2
    "an ERP not frozen": (
        state(PlaceKind.ERP_STOCK, PlaceState.LIVE, planned=False),
        ["stock.erp_not_frozen fail"],
    ),
    "an ERP that does not say how many": (
        having(PlaceKind.ERP_STOCK, detail={}),
        ["stock.erp_units_untold unknown"],
    ),
    "an ERP with as many as a shop offers": (having(PlaceKind.ERP_STOCK, detail={"units": 5}), []),
    "an ERP that tells of one product only": (
        having(PlaceKind.ERP_STOCK, members=(Member(Role.GOODS, code="C1"),)),
        ["stock.erp_untold unknown"],
    ),
    "an ERP that tells by SKU": (
        having(
            PlaceKind.ERP_STOCK, members=(Member(Role.GOODS, code="C1-R"), Member(Role.GOODS, code="C2-R"))
        ),
        [],
    ),
    "a sight of the ERP older than the reading": (
        having(PlaceKind.ERP_STOCK, observed_at=NOW - timedelta(minutes=31)),
        ["stock.erp_stale unknown"],
    ),
    "a warehouse that goes on picking": (
        state(PlaceKind.WMS_PICKING, PlaceState.LIVE, planned=False),
        ["stock.picking_not_paused fail"],
    ),
    # 3
    "a script that still offers": (
        state(PlaceKind.SCRIPT, PlaceState.LIVE, planned=False),
        ["scripts.still_offers fail"],
    ),
    "a script without a person": (
        having(PlaceKind.SCRIPT, detail={"text": "请稍候", "routes_to_human": 0}),
        ["scripts.no_human fail"],
    ),
    "a script that may have none": (
        having(PlaceKind.SCRIPT, detail={"text": "请稍候"}),
        ["scripts.human_untold unknown"],
    ),
    "a script nobody wrote down": (
        having(PlaceKind.SCRIPT, detail={"routes_to_human": 1}),
        ["scripts.no_text unknown"],
    ),
    "sold out, said in half width and with spaces": (
        having(PlaceKind.SCRIPT, detail={"text": "Ｓｏｌｄ　ＯＵＴ", "routes_to_human": 1}),
        ["scripts.false_sold_out fail"],
    ),
    "sold out and so said": (having(PlaceKind.SCRIPT, emptied(), **SOLD_OUT), []),
    "nothing left, but another reason": (
        having(PlaceKind.SCRIPT, replace(emptied(), reason=Reason.SEASON), **SOLD_OUT),
        ["scripts.false_sold_out fail"],
    ),
    "sold out said while nobody knows": (
        having(PlaceKind.SCRIPT, emptied(None), **SOLD_OUT),
        ["stock.not_read unknown", "scripts.unproven unknown", "reason.unproven unknown"],
    ),
    # 4
    "a gift left": (state(PlaceKind.GIFT, PlaceState.LIVE, planned=False), ["promotions.place_runs fail"]),
    "a gift nobody is sure of": (
        state(PlaceKind.GIFT, PlaceState.UNKNOWN, planned=False),
        ["promotions.place_unclear unknown"],
    ),
    "a bundle that is no listing": (
        replace(having(PlaceKind.BUNDLE, **LOOSE), planned=PLANNED - {("by_hand", SHOP, "bundle/bundle-1")}),
        ["promotions.place_runs fail"],
    ),
    "a bundle sold under a code of the plan": (
        replace(
            having(PlaceKind.BUNDLE, members=(Member(Role.GOODS, code="C2"),)),
            planned=PLANNED - {("by_hand", SHOP, "bundle/bundle-1")},
        ),
        [],
    ),
    "a bundle sold under another": (
        replace(
            having(PlaceKind.BUNDLE, members=(Member(Role.GOODS, code="C8"),)),
            planned=PLANNED - {("by_hand", SHOP, "bundle/bundle-1")},
        ),
        ["promotions.place_runs fail"],
    ),
    "a bundle that is a listing of the plan": (
        replace(CLEAN, planned=PLANNED - {("by_hand", SHOP, "bundle/bundle-1")}),
        [],
    ),
    "a flash sale somebody wrote down": (
        replace(CLEAN, places=(*CLEAN.places, place(PlaceKind.LIMITED_DISCOUNT))),
        ["promotions.place_runs fail"],
    ),
    "a coupon told by a call and drawn as a place": (
        replace(CLEAN, places=(*CLEAN.places, place(PlaceKind.COUPON, ref="c1"))),
        [],
    ),
    "a flash sale ended by hand": (
        replace(
            CLEAN, promotions=(COUPON, FLASH), planned=PLANNED | {("by_hand", SHOP, "limited_discount/f1")}
        ),
        [],
    ),
    "a flash sale told by a call is told once": (
        replace(
            CLEAN,
            promotions=(COUPON, FLASH),
            places=(*CLEAN.places, place(PlaceKind.LIMITED_DISCOUNT, ref="f1")),
        ),
        ["promotions.not_stopped fail"],
    ),
    # 5
    "shipment due now is not late": (replace(CLEAN, open_lines=(LINE | {"ship_by": NOW},)), []),
    "shipped late is over": (
        replace(CLEAN, open_lines=(LINE | {"ship_by": NOW - DAY, "state": "shipped"},)),
        [],
    ),
    "an after-sale case nobody understands": (
        replace(CLEAN, aftersales=(CLEAN.aftersales[0] | {"waits_for": "unknown"},)),
        ["aftersales.unclear_state unknown"],
    ),
    "a refund without the buyer's word": (decided("refund"), ["orders.no_consent fail"]),
    "a refund with it": (decided("refund", "chat 12"), []),
    "shipping needs no word": (decided("ship"), []),
    "a decision nobody understands": (decided("later"), ["orders.decision_unclear unknown"]),
    "safety: decided without the buyer's word": (decided("refund", reason=Reason.SAFETY), []),
    # 6
    "a live room that is on": (
        having(PlaceKind.LIVE, detail={"started_at": iso(NOW - HOUR), "ends_at": iso(NOW + HOUR)}),
        ["media.on_air fail"],
    ),
    "on from this second": (having(PlaceKind.LIVE, detail={"started_at": iso(NOW)}), ["media.on_air fail"]),
    "over this second": (
        having(PlaceKind.LIVE, detail={"started_at": iso(NOW - HOUR), "ends_at": iso(NOW)}),
        [],
    ),
    "a live room of which nobody knows": (having(PlaceKind.LIVE, detail={}), ["media.live_untold unknown"]),
    "in the cart of a room, as the platform tells": (
        having(PlaceKind.LIVE, detail={"listed": 1}, source="api"),
        ["media.on_air fail"],
    ),
    "a start that cannot be read": (
        having(PlaceKind.LIVE, detail={"started_at": "8 pm"}),
        ["media.live_untold unknown"],
    ),
    "a video nobody is sure of": (
        state(PlaceKind.VIDEO, PlaceState.UNKNOWN, planned=False),
        ["media.unclear_state unknown"],
    ),
    "a creator left": (
        state(PlaceKind.CREATOR_SHOWCASE, PlaceState.LIVE, planned=False),
        ["media.not_ended fail"],
    ),
    "an affiliate link left": (
        state(PlaceKind.AFFILIATE, PlaceState.LIVE, planned=False),
        ["media.not_ended fail"],
    ),
    # an act covers the place it names, and no other
    "a replay with the name of a listing": (
        having(PlaceKind.REPLAY, ref="L1"),
        ["media.not_ended fail"],
    ),
    "a flash sale written down and stopped by a call": (
        replace(
            CLEAN,
            places=(*CLEAN.places, place(PlaceKind.LIMITED_DISCOUNT)),
            planned=PLANNED | {("stop_limited_discount", SHOP, "limited_discount-1")},
        ),
        [],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_stands_in_the_way_is_exactly(row: str) -> None:
    facts, expected = ROWS[row]
    assert standing(facts) == expected
