"""A merchant with one of everything a preview has to tell, in the house of the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from offshelf.delisting.model import Plan
from offshelf.delisting.preview.model import Told
from offshelf.kit.instants import iso
from offshelf.policy.model import Policy
from offshelf.vocabulary.goods import PromotionKind, PromotionState
from offshelf.vocabulary.places import Member, Nature, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.statements import Statement, StatementKind
from offshelf.vocabulary.trade import Order, OrderLine, OrderState
from support.cli_house import Cli, House
from support.policies import policy

EVIL = """=HYPERLINK("http://x","y")<script>alert(1)</script>\u202e'{{ 7*7 }}"""


def place(kind: PlaceKind, ref: str, at: datetime, *, title: str = "", holder: str = "") -> Place:
    """Return a place of the first tea."""
    shop = "" if kind.nature is Nature.SHIPS else "flagship"
    members = (Member(Role.GOODS, code="TEA-1"),)
    return Place(
        shop, kind, ref, title or f"{kind.value} {ref}", PlaceState.LIVE, members, "hand", at, holder
    )


def places(at: datetime) -> tuple[Place, ...]:
    """Return places no call of a platform ends."""
    return (
        place(PlaceKind.REPLAY, "R1", at, title="周五晚场直播回放"),
        place(PlaceKind.VIDEO, "V1", at, title=EVIL),
        place(PlaceKind.CREATOR_SHOWCASE, "C1", at, holder="茶语达人"),
        place(PlaceKind.ERP_STOCK, "E1", at, title="主仓"),
        place(PlaceKind.DROP_SHIP, "D1", at, holder="云南茶厂"),
    )


def statements(at: datetime) -> tuple[Statement, ...]:
    """Return what was said: customers told, every supplier written down, told and heard, a backup without a drill."""
    day = timedelta(hours=24)
    return (
        Statement(StatementKind.CUSTOMER_NOTICE, "TEA-1", at - day, "lin", {"stop_at": iso(at + 2 * day)}),
        Statement(
            StatementKind.SUPPLIER_NOTICE, "云南茶厂", at, "lin", {"code": "", "acknowledged_at": iso(at)}
        ),
        Statement(StatementKind.READ, "drop_ship", at, "lin"),
        Statement(StatementKind.BACKUP, "flagship", at, "lin", {"through": iso(at), "rows": 12}),
        Statement(StatementKind.SUBSTITUTE, "TEA-1", at, "lin", {"code": "TEA-9"}),
    )


def open_merchant(house: House, run_cli: Cli) -> None:
    """Open a shop of four teas with a coupon that ends, a mixed one that stays, a flash sale, an affiliate plan."""
    shop = house.open_shop("flagship", 4)
    shop.promote(PromotionKind.COUPON, "C-ends", "L1")
    shop.promote(PromotionKind.COUPON, "C-mixed", "L1", "L4")
    shop.promote(PromotionKind.COUPON, "C-all", whole_shop=True)
    shop.promote(PromotionKind.LIMITED_DISCOUNT, "F-1", "L1", "L4")
    evil = shop.promotions[PromotionKind.COUPON, "C-ends"]
    shop.promotions[PromotionKind.COUPON, "C-ends"] = replace(evil, title=EVIL)
    now = house.clock.now()
    paid = now - timedelta(hours=2)
    for number, state in enumerate((OrderState.UNSHIPPED, OrderState.SHIPPED, OrderState.UNKNOWN)):
        line = OrderLine("L1", "s1", 1, 9900)
        shop.orders[f"O{number}"] = Order("flagship", f"O{number}", state, "20", paid, paid, (line,), 0, now)
    run_cli.json("catalog", "sync")


def unknown_promotion(house: House) -> None:
    """Let the platform tell nothing sound of a coupon."""
    shop = house.shops["flagship"]
    shop.promote(PromotionKind.COUPON, "C-odd", "L1", "L4")
    odd = shop.promotions[PromotionKind.COUPON, "C-odd"]
    shop.promotions[PromotionKind.COUPON, "C-odd"] = replace(odd, state=PromotionState.UNKNOWN)


def wired(house: House, told: Callable[[Plan, str], Told | None], in_force: Policy | None = None) -> House:
    """Return the house with what other rooms tell, and a policy."""
    chosen = in_force or policy()
    services = replace(house.services, told=told, in_force=lambda: chosen)
    return replace(house, services=services)


def everything(house: House) -> House:
    """Return the house where every other room has told what it knows."""
    now = house.clock.now()
    told = Told(statements=statements(now), places=places(now))
    return wired(house, lambda _plan, _language: told)
