"""A merchant with whom all is well: every input of the twelve checks is there, young and good. Tests spoil one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from offshelf.checks.model import AlsoSells, Facts
from offshelf.checks.rules import examine
from offshelf.cli.words import Words
from offshelf.kit.instants import iso
from offshelf.policy.model import Kind, Plain, Policy, Unit, Value
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Finding, Reason, Verdict
from offshelf.vocabulary.statements import Licence, LicenceKind, Statement, StatementKind
from support.databases import START

NOW = START
STOP = NOW + timedelta(hours=72)
SHOP, PLAN = "flagship", "P-261121-AAAAAA"
LETTER = "尊敬的顾客：本商品将于约定时间停售。三包服务不受影响，退货期限自实际签收之日起算。"
MINUTES = {
    "listings": 120,
    "stock": 30,
    "promotions": 60,
    "orders": 60,
    "live": 30,
    "erp_stock": 30,
    "wms": 60,
}
HOURS = {
    "places": 24,
    "scripts": 7 * 24,
    "licences": 30 * 24,
    "backup": 24,
    "drill": 90 * 24,
    "drop_ship": 24,
    "substitutes": 7 * 24,
    "presale": 24,
    "none": 30 * 24,
}
# Kinds of places with no shop of ours, the rest stand in the shop.
NOWHERE = (PlaceKind.ERP_STOCK, PlaceKind.WMS_PICKING, PlaceKind.DROP_SHIP)
BY_HAND = tuple(
    kind
    for kind in PlaceKind
    if kind
    not in (
        PlaceKind.LISTING,
        PlaceKind.STOCK,
        PlaceKind.COUPON,
        PlaceKind.LIMITED_DISCOUNT,
        PlaceKind.WORDING,
    )
)


def value(policy_id: str, plain: Plain, unit: Unit | None = None) -> Value:
    """Return a policy value of the house."""
    return Value(policy_id, plain, Kind.HOUSE, "test", date(2026, 11, 1), date(2026, 1, 1), "test", unit)


def policy(**changes: Value) -> Policy:
    """Return the policy in force."""
    values = [value(f"fresh.{name}", n, Unit.MINUTES) for name, n in MINUTES.items()]
    values += [value(f"fresh.{name}", n, Unit.HOURS) for name, n in HOURS.items()]
    values += [
        value("notice.customers", 24, Unit.HOURS),
        value("notice.suppliers", 48, Unit.HOURS),
        value("notice.closing", 30, Unit.NATURAL_DAYS),
        value("notice.valid", 30, Unit.NATURAL_DAYS),
        value("notice.valid.closing", 90, Unit.NATURAL_DAYS),
        value("safety.proof", 24, Unit.HOURS),
        value("deposit.ceiling", 20, Unit.PERCENT),
        value("deposit.return", 200, Unit.PERCENT),
        value("lexicon.sold_out", ("已售罄", "卖完了", "sold out")),
        value(
            "lexicon.required_clauses",
            (
                {"id": "three_guarantees", "any": "三包", "rule": "R-11"},
                {"id": "return_period", "any": "实际签收|签收之日", "rule": "R-4"},
            ),
        ),
        value("lexicon.forbidden_clauses", ({"text": "最终解释权", "rule": "R-12", "fix": "删去"},)),
    ]
    return Policy(date(2026, 11, 21), {one.policy_id: one for one in values} | changes)


SKU = Sku("s1", "C1-R", "red", 10_000, 5, stock_at=NOW)
TEA = Listing(SHOP, "L1", "C1", "tea", Shelf.ON, Audit.NONE, "5/0", 10_000, (SKU,), NOW)
BOX = replace(
    TEA, listing_id="L2", merchant_code="C2", title="box", skus=(replace(SKU, merchant_code="C2-R"),)
)
OTHER = replace(
    TEA, listing_id="L7", merchant_code="C7", title="coffee", skus=(replace(SKU, merchant_code="C7-R"),)
)
COUPON = Promotion(
    SHOP, PromotionKind.COUPON, "c1", "ten off", PromotionState.RUNNING, ("L1",), False, "2", NOW
)
SOON, LATER = iso(NOW + timedelta(hours=30)), iso(NOW + timedelta(hours=33))
DETAIL: dict[PlaceKind, dict[str, str | int]] = {
    PlaceKind.LIVE: {"started_at": SOON, "ends_at": LATER},
    PlaceKind.SCRIPT: {"text": "茶叶正在调整，详情请咨询人工客服。", "routes_to_human": 1},
    PlaceKind.ERP_STOCK: {"units": 8},
    PlaceKind.PRESALE: {"legal_nature": "earnest_money", "payers": 3, "amount": 6_000},
}


def place(kind: PlaceKind, **changes: object) -> Place:
    """Return the merchant's place of a kind."""
    shop = "" if kind in NOWHERE else SHOP
    members = (Member(Role.GOODS, code="C1"), Member(Role.GOODS, code="C2"))
    if kind is PlaceKind.BUNDLE:
        members = (Member(Role.GOODS, listing_id="L2"), Member(Role.COMPONENT, code="C1"))
    one = Place(
        shop,
        kind,
        f"{kind.value}-1",
        f"the {kind.value}",
        PlaceState.LIVE,
        members,
        "file",
        NOW,
        "Hua Supply" if kind is PlaceKind.DROP_SHIP else "",
        DETAIL.get(kind, {}),
    )
    return replace(one, **changes)


def said(kind: StatementKind, subject: str, at: datetime = NOW, /, **detail: str | int) -> Statement:
    """Return a statement."""
    return Statement(kind, subject, at, "lin", detail)


def _supplier(code: str) -> Statement:
    at = STOP - timedelta(hours=48)
    detail = {"code": code, "stop_at": iso(STOP), "acknowledged_at": iso(NOW)}
    return said(StatementKind.SUPPLIER_NOTICE, "Hua Supply", min(at, NOW), **detail)


STATEMENTS = (
    said(StatementKind.BACKUP, SHOP, through=iso(NOW), rows=100),
    said(StatementKind.RESTORE_DRILL, SHOP, passed=1, backup_through=iso(NOW - timedelta(days=80))),
    said(StatementKind.CUSTOMER_NOTICE, PLAN, stop_at=iso(STOP), text=LETTER, channel="feed"),
    _supplier("C1"),
    _supplier("C2"),
    said(StatementKind.INTERCEPTION_RULES, "Hua Supply", text="stop what is not picked"),
    said(StatementKind.PRESALE_SETTLED, "presale-1", payers=3, amount=12_000),
    said(StatementKind.SUBSTITUTE, "C1", code="C7"),
    said(StatementKind.SUBSTITUTE, "C2", code="C7"),
)
FOOD = Licence(
    LicenceKind.FOOD_LICENCE, "JY1", "Tea Ltd", ("C1", "C2"), date(2024, 1, 1), date(2027, 1, 1), "file", NOW
)
COFFEE = replace(FOOD, number="JY2", holder="Coffee Ltd", covers=("C7",))
PARTS = ("listings", "promotions", "orders", "aftersales", "locks")
MARKS: Mapping[tuple[str, str], datetime] = {(SHOP, part): NOW for part in PARTS} | {
    ("" if kind in NOWHERE else SHOP, f"places.{kind.value}"): NOW
    for kind in BY_HAND
    if kind is not PlaceKind.AFFILIATE  # read with the promotions
}
PLANNED = frozenset(
    {("take_off", SHOP, "L1"), ("take_off", SHOP, "L2"), ("stop_coupon", SHOP, "c1")}
    | {("by_hand", "" if kind in NOWHERE else SHOP, f"{kind.value}/{kind.value}-1") for kind in BY_HAND}
)
LINE = {
    "shop_id": SHOP,
    "order_id": "o1",
    "listing_id": "L1",
    "state": "unshipped",
    "ship_by": NOW + timedelta(hours=20),
}
CLEAN = Facts(
    now=NOW,
    reason=Reason.SEASON,
    listings=(TEA, BOX),
    promotions=(COUPON,),
    planned=PLANNED,
    open_lines=(LINE,),
    read_at=MARKS,
    policy=policy(),
    plan_id=PLAN,
    stop_at=STOP,
    platforms={SHOP: "kuaishou"},
    aftersales=({"shop_id": SHOP, "listing_id": "L1", "aftersale_id": "a1", "waits_for": "merchant"},),
    places=tuple(place(kind) for kind in BY_HAND),
    closure_listings=(AlsoSells(BOX, in_plan=True, through="bundle-1"),),
    statements=STATEMENTS,
    licences=(FOOD, COFFEE),
    substitutes=(OTHER,),
)


def having(kind: PlaceKind, facts: Facts = CLEAN, /, **changes: object) -> Facts:
    """Return facts in which the place of a kind is changed."""
    return replace(facts, places=(*others(kind, facts), place(kind, **changes)))


def others(kind: PlaceKind, facts: Facts = CLEAN) -> tuple[Place, ...]:
    """Return the places of all other kinds."""
    return tuple(one for one in facts.places if one.kind is not kind)


def stating(kind: StatementKind, *statements: Statement, facts: Facts = CLEAN) -> Facts:
    """Return facts with these statements in the place of all of a kind."""
    left = tuple(one for one in facts.statements if one.kind is not kind)
    return replace(facts, statements=(*left, *statements))


def none_of(kind: PlaceKind, at: datetime = NOW, facts: Facts = CLEAN) -> Facts:
    """Return facts in which somebody stated that there is no place of a kind, and nothing else is known of it."""
    read = {key: mark for key, mark in facts.read_at.items() if key[1] != f"places.{kind.value}"}
    word = said(StatementKind.NONE, kind.value, at)
    return replace(facts, read_at=read, places=others(kind, facts), statements=(*facts.statements, word))


def missing(part: str, facts: Facts = CLEAN) -> Facts:
    """Return facts without one input, named as the checks name it."""
    read = {key: at for key, at in facts.read_at.items() if key[1] != part}
    if part.startswith("statements."):
        return stating(StatementKind(part.partition(".")[2]), facts=replace(facts, read_at=read))
    if part.startswith("places."):
        kind = PlaceKind(part.partition(".")[2])
        return replace(facts, read_at=read, places=others(kind, facts))
    return _TAKEN.get(part, lambda one: one)(replace(facts, read_at=read))


_TAKEN: dict[str, Callable[[Facts], Facts]] = {
    "licences": lambda facts: replace(facts, licences=()),
    "substitutes": lambda facts: replace(facts, substitutes=()),
    "plan": lambda facts: replace(facts, planned=frozenset()),
    "stock": lambda facts: replace(
        facts,
        listings=tuple(
            replace(one, skus=tuple(replace(sku, stock=None, stock_at=None) for sku in one.skus))
            for one in facts.listings
        ),
    ),
}


def aged(part: str, age: timedelta, facts: Facts = CLEAN) -> Facts:
    """Return facts in which one input is that old."""
    at = facts.now - age
    read = {key: at if key[1] == part else mark for key, mark in facts.read_at.items()}
    older = replace(facts, read_at=read)
    if part.startswith("statements."):
        kind = StatementKind(part.partition(".")[2])
        return stating(kind, *(_older(one, at) for one in facts.statements if one.kind is kind), facts=older)
    match part:
        case "listings":
            some = tuple(replace(one, observed_at=at) for one in facts.listings)
            return replace(older, listings=some)
        case "stock":
            return replace(older, listings=tuple(_stock(one, at) for one in facts.listings))
        case "licences":
            return replace(older, licences=tuple(replace(one, observed_at=at) for one in facts.licences))
        case "substitutes":
            return replace(
                older, substitutes=tuple(replace(one, observed_at=at) for one in facts.substitutes)
            )
    return older


def _stock(listing: Listing, at: datetime) -> Listing:
    return replace(listing, skus=tuple(replace(sku, stock_at=at) for sku in listing.skus))


def _older(statement: Statement, at: datetime) -> Statement:
    """Return a statement of an earlier instant; what it says happened then, happened then."""
    detail = dict(statement.detail)
    for name in ("through", "last_seen", "backup_through"):
        if name in detail:
            detail[name] = iso(at)
    if "first_seen" in detail:
        detail["first_seen"] = iso(at - timedelta(days=40))
    return replace(statement, at=at, detail=detail)


def judged(facts: Facts) -> tuple[Finding, ...]:
    """Return what the checks find, after telling each finding to a person in both languages."""
    found = examine(facts)
    for words in _WORDS:
        for one in found:
            text, remedy = words.finding({"code": one.code, "params": one.params})
            assert text != one.code, f"{one.code} has no text"
            assert remedy or one.verdict is Verdict.PASS, f"{one.code} has no remedy"
    return found


_WORDS = (Words("zh"), Words("en"))
