"""The twelve checks in a row: owner, inputs with the age they may have, law, waiver. `docs/checks.md` is written from it."""

from __future__ import annotations

from offshelf.checks.backup import backup
from offshelf.checks.drop_ship import drop_ship
from offshelf.checks.knowing import age_id
from offshelf.checks.licences import truth
from offshelf.checks.media import media
from offshelf.checks.model import Afterwards, CheckSpec, Input, WaiverRule
from offshelf.checks.notice import notice
from offshelf.checks.orders import all_orders
from offshelf.checks.payment import payment
from offshelf.checks.presale import presale
from offshelf.checks.promotions import all_promotions
from offshelf.checks.scripts import scripts
from offshelf.checks.stock import stock
from offshelf.checks.substitutes import substitutes
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Department


def _places(*kinds: PlaceKind) -> tuple[Input, ...]:
    return tuple(Input(f"places.{kind.value}", age_id(kind)) for kind in kinds)


_NONE = "fresh.none"  # the age of a word that there is none
_ON, _FIN, _WARE, _SERV = (
    Department.OPERATIONS,
    Department.FINANCE,
    Department.WAREHOUSE,
    Department.SERVICE,
)
_MARK, _LAW, _DATA, _SUP, _GOODS = (
    Department.MARKETING,
    Department.LEGAL,
    Department.DATA,
    Department.SUPPLY,
    Department.MERCHANDISING,
)

ALL: tuple[CheckSpec, ...] = (
    CheckSpec(
        check_id="payment",
        number=1,
        department=_FIN,
        inputs=(
            Input("listings", "fresh.listings"),
            Input("plan"),
            *_places(PlaceKind.SHOWCASE, PlaceKind.BINDING),
        ),
        run=payment,
        waiver=WaiverRule(
            (_FIN, _ON),
            7,
            each=frozenset(
                {
                    "payment.also_sold",
                    "payment.also_unclear",
                    "payment.not_taken_off",
                    "payment.path_open",
                    "payment.path_unclear",
                }
            ),
        ),
        policies=(_NONE,),
        legal=("A-1", "O-1", "O-5"),
        families=("audit", "listings", "places"),
    ),
    CheckSpec(
        check_id="stock",
        number=2,
        department=_WARE,
        inputs=(
            Input("stock", "fresh.stock"),
            *_places(PlaceKind.ERP_STOCK, PlaceKind.WMS_PICKING),
        ),
        run=stock,
        waiver=WaiverRule(
            (_WARE, _ON), 3, each=frozenset({"stock.erp_not_frozen", "stock.picking_not_paused"})
        ),
        policies=(_NONE,),
        legal=("O-5", "N-7"),
        families=("places",),
        # The shelf is what buyers see: neither the ERP nor the warehouse makes its stop wrong.
        later=frozenset(
            {
                "stock.contradiction",
                "stock.erp_not_frozen",
                "stock.erp_shared",
                "stock.erp_stale",
                "stock.erp_units_untold",
                "stock.erp_untold",
                "stock.picking_not_paused",
            }
        ),
    ),
    CheckSpec(
        check_id="scripts",
        number=3,
        department=_SERV,
        inputs=_places(PlaceKind.SCRIPT),
        run=scripts,
        waiver=WaiverRule(
            (_SERV, _LAW), 7, frozenset({"scripts.false_sold_out"}), each=frozenset({"scripts.still_offers"})
        ),
        policies=(_NONE, "lexicon.sold_out"),
        legal=("N-7", "A-1", "F-10"),
        families=("places",),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.ALWAYS,
    ),
    CheckSpec(
        check_id="promotions",
        number=4,
        department=_MARK,
        inputs=(
            Input("promotions", "fresh.promotions"),
            Input("locks", "fresh.promotions"),
            *_places(PlaceKind.GIFT, PlaceKind.BUNDLE),
        ),
        run=all_promotions,
        waiver=WaiverRule(
            (_MARK, _ON),
            7,
            each=frozenset(
                {
                    "promotions.not_stopped",
                    "promotions.place_runs",
                    "promotions.place_unclear",
                    "promotions.unclear_state",
                }
            ),
        ),
        policies=(_NONE,),
        legal=("A-1", "A-8", "A-9", "O-9"),
        families=("locks", "places"),
        later=frozenset({"locks", "promotions"}),  # nobody buys by a coupon what is off the shelf
    ),
    CheckSpec(
        check_id="orders",
        number=5,
        department=_ON,
        inputs=(
            Input("orders", "fresh.orders"),
            Input("aftersales", "fresh.orders"),
            Input("statements.order_decision"),
        ),
        run=all_orders,
        waiver=WaiverRule((_ON, _LAW), 3, frozenset({"orders.no_consent"})),
        legal=("O-1", "O-2", "O-4", "R-1", "R-13"),
        families=("aftersales",),
        later=frozenset({"aftersales", "orders"}),
        after_expiry=Afterwards.REVERSIBLE,
    ),
    CheckSpec(
        check_id="media",
        number=6,
        department=_MARK,
        inputs=(
            *_places(PlaceKind.LIVE, PlaceKind.REPLAY, PlaceKind.VIDEO, PlaceKind.CREATOR_SHOWCASE),
            Input("promotions", age_id(PlaceKind.AFFILIATE)),
        ),
        run=media,
        waiver=WaiverRule(
            (_MARK, _ON), 7, each=frozenset({"media.not_ended", "media.on_air", "media.unclear_state"})
        ),
        policies=(_NONE,),
        legal=("A-1", "A-3", "A-6", "F-7"),
        families=("places",),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.ALWAYS,
    ),
    CheckSpec(
        check_id="licences",
        number=7,
        department=_LAW,
        inputs=(Input("licences", "fresh.licences"), Input("stock")),
        run=truth,
        waiver=WaiverRule(
            (_LAW,),
            7,
            frozenset({"reason.false_sold_out", "reason.left_in_erp"}),
            each=frozenset({"licences.ended", "licences.end_untold"}),
        ),
        policies=(_NONE,),
        legal=("N-5", "N-7", "F-1", "F-3", "F-4", "F-7"),
        families=("reason",),
        later=frozenset({"licences"}),
    ),
    CheckSpec(
        check_id="backup",
        number=8,
        department=_DATA,
        inputs=(
            Input("statements.backup", "fresh.backup"),
            Input("statements.restore_drill", "fresh.drill"),
        ),
        run=backup,
        waiver=WaiverRule((_DATA, _LAW), 7),
        policies=("export.back",),
        legal=("O-6", "K-1", "K-8", "P-13"),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.REVERSIBLE,
    ),
    CheckSpec(
        check_id="drop_ship",
        number=9,
        department=_SUP,
        inputs=(
            *_places(PlaceKind.DROP_SHIP),
            Input("statements.supplier_notice"),
            Input("statements.interception_rules"),
            Input("statements.ground"),
        ),
        run=drop_ship,
        waiver=WaiverRule((_SUP, _ON), 7, each=frozenset({"drop_ship.not_ended"})),
        policies=(_NONE, "notice.suppliers", "notice.valid", "notice.valid.closing"),
        legal=("O-2", "O-4", "P-5"),
        families=("places",),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.ALWAYS,
    ),
    CheckSpec(
        check_id="notice",
        number=10,
        department=_SERV,
        inputs=(
            Input("statements.customer_notice"),
            Input("statements.shop_notice", "fresh.places"),
            Input("statements.ground"),
        ),
        run=notice,
        waiver=WaiverRule((_SERV, _LAW), 7, frozenset({"notice.false_sold_out"})),
        policies=(
            "lexicon.forbidden_clauses",
            "lexicon.required_clauses",
            "lexicon.sold_out",
            "notice.closing",
            "notice.customers",
            "notice.valid",
            "notice.valid.closing",
            "safety.proof",
        ),
        legal=("N-1", "N-2", "N-3", "N-7", "R-11", "R-12", "R-13"),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.ALWAYS,
    ),
    CheckSpec(
        check_id="presale",
        number=11,
        department=_FIN,
        inputs=(*_places(PlaceKind.PRESALE), Input("statements.presale_settled")),
        run=presale,
        waiver=WaiverRule(
            (_FIN, _LAW), 3, each=frozenset({"presale.over_ceiling", "presale.owed", "presale.untold"})
        ),
        policies=("deposit.ceiling", "deposit.return", _NONE),
        legal=("D-1", "D-2", "D-3", "D-5", "D-7"),
        families=("places",),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.REVERSIBLE,
    ),
    CheckSpec(
        check_id="substitutes",
        number=12,
        department=_GOODS,
        inputs=(
            Input("statements.substitute", "fresh.substitutes"),
            Input("substitutes", "fresh.listings"),
        ),
        run=substitutes,
        waiver=WaiverRule((_GOODS, _ON), 30),
        policies=(_NONE,),
        legal=("A-8", "A-11", "A-12"),
        registers=True,
        after_safety=True,
        after_expiry=Afterwards.ALWAYS,
    ),
)
