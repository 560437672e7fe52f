"""Every condition of the twelve checks beside the planted ones, one row each: what stands in the way, exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offshelf.checks.model import AlsoSells, Facts
from offshelf.kit.instants import iso
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import Member, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import (
    BOX,
    CLEAN,
    COFFEE,
    COUPON,
    FOOD,
    LINE,
    NOW,
    OTHER,
    PLANNED,
    SHOP,
    STATEMENTS,
    TEA,
    having,
    judged,
    place,
    said,
    stating,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOLD_OUT = {"detail": {"text": "卖完了", "routes_to_human": 1}}


def emptied(stock: int | None = 0, facts: Facts = CLEAN) -> Facts:
    """Return facts with nothing left anywhere, and that as the reason."""
    some = tuple(
        replace(one, skus=tuple(replace(sku, stock=stock) for sku in one.skus)) for one in facts.listings
    )
    units = replace(facts, listings=some, reason=Reason.SOLD_OUT)
    return having(PlaceKind.ERP_STOCK, units, detail={"units": 0})


def standing(facts: Facts) -> list[str]:
    """Return `code verdict` of what stands in the way, each once."""
    return list(dict.fromkeys(f"{one.code} {one.verdict.value}" for one in judged(facts) if one.blocks))


def state(kind: PlaceKind, word: PlaceState, *, planned: bool) -> Facts:
    shop = place(kind).shop_id
    facts = having(kind, state=word)
    act = {("by_hand", shop, f"{kind.value}/{kind.value}-1")}
    return facts if planned else replace(facts, planned=PLANNED - act)


def settled(**detail: int) -> Facts:
    return stating(StatementKind.PRESALE_SETTLED, said(StatementKind.PRESALE_SETTLED, "presale-1", **detail))


def presale(**detail: str | int) -> Facts:
    return having(PlaceKind.PRESALE, stating(StatementKind.PRESALE_SETTLED), detail=detail)


def decided(decision: str, consent: str = "", reason: Reason = Reason.SEASON) -> Facts:
    word = said(StatementKind.ORDER_DECISION, f"{SHOP}/o1", decision=decision, consent=consent)
    return replace(CLEAN, statements=(*STATEMENTS, word), reason=reason)


def offering(code: str, *more, facts: Facts = CLEAN) -> Facts:
    named = said(StatementKind.SUBSTITUTE, "C1", code=code)
    return stating(StatementKind.SUBSTITUTE, named, STATEMENTS[-1], *more, facts=facts)


def sold(**changes) -> Facts:
    return replace(CLEAN, substitutes=(replace(OTHER, **changes),))


def drilled(**detail: int | str) -> Facts:
    return stating(StatementKind.RESTORE_DRILL, said(StatementKind.RESTORE_DRILL, SHOP, **detail))


def saved(**detail: int | str) -> Facts:
    return stating(StatementKind.BACKUP, said(StatementKind.BACKUP, SHOP, **detail))


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
    # 7
    "sold out and nothing left": (emptied(), []),
    "its last day is still good": (
        replace(CLEAN, licences=(replace(FOOD, valid_until=date(2026, 11, 21)), COFFEE)),
        [],
    ),
    "another paper in its place": (
        replace(CLEAN, licences=(replace(FOOD, valid_until=date(2026, 11, 20)), WIDE, COFFEE)),
        [],
    ),
    "the product's paper does for its SKU": (
        replace(
            CLEAN, licences=(FOOD, COFFEE, replace(FOOD, covers=("C1-R",), valid_until=date(2026, 1, 1)))
        ),
        [],
    ),
    "another kind of paper is not in its place": (
        replace(
            CLEAN,
            licences=(
                replace(FOOD, valid_until=date(2026, 11, 20)),
                replace(WIDE, kind=type(FOOD.kind).TEST_REPORT),
                COFFEE,
            ),
        ),
        ["licences.ended fail"],
    ),
    "a paper of another shop is not in its place": (
        replace(
            CLEAN,
            licences=(replace(FOOD, valid_until=date(2026, 11, 20)), replace(WIDE, shop_id="x"), COFFEE),
        ),
        ["licences.ended fail"],
    ),
    "a paper that begins tomorrow": (
        replace(CLEAN, licences=(replace(FOOD, valid_from=date(2026, 11, 22)), COFFEE)),
        ["licences.ended fail"],
    ),
    "a paper other goods need": (
        replace(
            CLEAN,
            licences=(FOOD, COFFEE, replace(FOOD, number="X", covers=("C8",), valid_until=date(2020, 1, 1))),
        ),
        [],
    ),
    "the reason is a paper, and it ended": (
        replace(
            CLEAN,
            reason=Reason.CERTIFICATE,
            licences=(replace(FOOD, valid_until=date(2026, 11, 20)), COFFEE),
        ),
        [],
    ),
    "and it ends before the stop": (
        replace(
            CLEAN,
            reason=Reason.CERTIFICATE,
            licences=(replace(FOOD, valid_until=date(2026, 11, 23)), COFFEE),
        ),
        [],
    ),
    "the reason is a paper, and none ended": (
        replace(CLEAN, reason=Reason.CERTIFICATE),
        ["licences.nothing_ended fail"],
    ),
    "forced, and nothing shows it": (replace(CLEAN, reason=Reason.PLATFORM), ["reason.not_forced fail"]),
    "forced, and the shelf shows it": (
        replace(CLEAN, reason=Reason.PLATFORM, listings=(replace(TEA, shelf=Shelf.OFF_BY_PLATFORM), BOX)),
        [],
    ),
    "forced on another shop": (replace(CLEAN, reason=Reason.PLATFORM, forced={"event": "e1"}), []),
    # 8
    "a drill that does not say how it went": (
        drilled(backup_through=iso(NOW)),
        ["backup.drill_unclear unknown"],
    ),
    "a drill of a backup nobody knows": (
        drilled(passed=1, backup_through=iso(NOW + HOUR)),
        ["backup.drill_unclear unknown"],
    ),
    "a backup until nobody knows when": (saved(rows=9), ["backup.through_untold unknown"]),
    "a backup of the time to come": (
        saved(through=iso(NOW + HOUR), rows=9),
        ["backup.through_untold unknown"],
    ),
    "an empty backup": (saved(through=iso(NOW), rows=0), ["backup.empty unknown"]),
    "a drill of the very backup": (drilled(passed=1, backup_through=iso(NOW)), []),
    # 9
    "a part of a bundle is asked for by its own name": (
        having(PlaceKind.DROP_SHIP, members=(Member(Role.GOODS, code="C8"),)),
        ["drop_ship.no_notice unknown"],
    ),
    "supply left": (
        state(PlaceKind.DROP_SHIP, PlaceState.LIVE, planned=False),
        ["drop_ship.not_ended fail"],
    ),
    "what else a supplier ships is not asked for": (
        having(PlaceKind.DROP_SHIP, members=(Member(Role.GOODS, code="C1-R"), Member(Role.GOODS, code="C8"))),
        [],
    ),
    "rules of the shop will do": (
        stating(StatementKind.INTERCEPTION_RULES, said(StatementKind.INTERCEPTION_RULES, SHOP, text="stop")),
        [],
    ),
    "rules that say nothing": (
        stating(StatementKind.INTERCEPTION_RULES, said(StatementKind.INTERCEPTION_RULES, SHOP, text=" ")),
        ["drop_ship.no_rules unknown"],
    ),
    # 11
    "a presale of unknown nature": (presale(payers=3, amount=6_000), ["presale.untold unknown"]),
    "a presale nobody counted": (presale(legal_nature="earnest_money"), ["presale.untold unknown"]),
    "a presale that contradicts itself": (
        presale(legal_nature="advance", payers=0, amount=5),
        ["presale.untold unknown"],
    ),
    "free, but paid for": (
        presale(legal_nature="registration", payers=3, amount=5),
        ["presale.untold unknown"],
    ),
    "free": (presale(legal_nature="registration"), []),
    "nobody paid yet": (presale(legal_nature="定金", payers=0, amount=0), []),
    "an advance to give back": (
        presale(legal_nature="订金", payers=3, amount=60_000),
        ["presale.owed fail"],
    ),
    "twice less one fen": (settled(payers=3, amount=11_999), ["presale.owed fail"]),
    "twice, but not to all": (settled(payers=2, amount=12_000), ["presale.owed fail"]),
    "a fifth of the price": (
        having(
            PlaceKind.PRESALE,
            settled(payers=3, amount=12_000),
            detail={"legal_nature": "earnest_money", "payers": 3, "amount": 6_000, "price": 10_000},
        ),
        [],
    ),
    "a fen over a fifth": (
        having(
            PlaceKind.PRESALE,
            settled(payers=3, amount=12_002),
            detail={"legal_nature": "earnest_money", "payers": 3, "amount": 6_001},
        ),
        ["presale.over_ceiling fail"],
    ),
    "a price nobody knows": (
        having(PlaceKind.PRESALE, members=(Member(Role.GOODS, code="C8"),)),
        ["presale.price_untold unknown"],
    ),
    "over, and still owed": (
        replace(
            having(PlaceKind.PRESALE, stating(StatementKind.PRESALE_SETTLED), state=PlaceState.ENDED),
        ),
        ["presale.owed fail"],
    ),
    # 12
    "a substitute that is replaced itself": (
        offering("C7", said(StatementKind.SUBSTITUTE, "C7", code="C8")),
        ["substitutes.chain fail"],
    ),
    "a circle": (
        offering("C7", said(StatementKind.SUBSTITUTE, "C7", code="C1")),
        ["substitutes.chain fail"],
    ),
    "itself": (offering("C1"), ["substitutes.going fail"]),
    "a SKU of the plan": (offering("C2-R"), ["substitutes.going fail"]),
    "a substitute in no shop": (offering("C8"), ["substitutes.not_found unknown"]),
    "a substitute without a name": (offering(""), ["substitutes.not_found unknown"]),
    "a substitute off the shelf": (sold(shelf=Shelf.OFF), ["substitutes.out_of_stock fail"]),
    "a substitute without stock": (
        sold(skus=(replace(OTHER.skus[0], stock=0),)),
        ["substitutes.out_of_stock fail"],
    ),
    "a substitute of unread stock": (
        sold(skus=(replace(OTHER.skus[0], stock=None),)),
        ["substitutes.unclear_stock unknown"],
    ),
    "a substitute of unknown state": (sold(shelf=Shelf.UNKNOWN), ["substitutes.unclear_stock unknown"]),
    "a substitute without its paper": (
        replace(CLEAN, licences=(FOOD, replace(COFFEE, valid_until=date(2026, 11, 20)))),
        ["substitutes.unlicensed fail"],
    ),
    "one of two products without a substitute": (
        stating(StatementKind.SUBSTITUTE, STATEMENTS[-1]),
        ["substitutes.untold unknown"],
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_what_stands_in_the_way_is_exactly(row: str) -> None:
    facts, expected = ROWS[row]
    assert standing(facts) == expected
