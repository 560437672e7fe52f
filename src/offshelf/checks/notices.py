"""Who was told of a stop, and whether that counts for it. One rule for the checks (9, 10) and the gates of a timeline.

A word counts where it speaks of the goods, no newer word replaced it, it was given as long before the stop as policy asks,
and not so long before that it was about another stop. Hours run from the moment, exact to the second; natural days are
legal days of Asia/Shanghai, the day of the word not counted (T-1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from offshelf.checks import knowing
from offshelf.checks.model import Facts, product_code
from offshelf.policy.days import legal_day, midnight_after
from offshelf.policy.model import NoPolicyError, Unit
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement, StatementKind

CUSTOMERS, SUPPLIERS, CLOSING = "notice.customers", "notice.suppliers", "notice.closing"
EVERYTHING = "*"  # the code of a word to a supplier about all he ships


def begins(facts: Facts) -> datetime:
    """Return the instant sale begins to stop: the plan's, or now where that has passed or none was named."""
    return max(facts.stop, facts.now)


def same_stop(facts: Facts, told: datetime) -> bool:
    """Tell whether a notice told the instant the plan stops at; a plan without one may stop once the told one is past."""
    return told == facts.stop_at if facts.stop_at is not None else told <= facts.now


def in_force(statements: Iterable[Statement], kind: StatementKind, now: datetime) -> tuple[Statement, ...]:
    """Return the statements of a kind in force: made by `now`, the newest of its subject, not over."""
    newest: dict[tuple[str, str], Statement] = {}
    for one in sorted((s for s in statements if s.kind is kind and s.at <= now), key=lambda s: s.at):
        newest[one.subject, about(one)] = one
    return tuple(s for s in newest.values() if s.valid_until is None or s.valid_until > now)


def about(said: Statement) -> str:
    """Return what else names a statement beside its subject: one supplier is told product by product."""
    if said.kind is not StatementKind.SUPPLIER_NOTICE:
        return ""
    return str(said.detail.get("code", "")) or EVERYTHING


# -- how long before ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """For which stops a word counts: from `opens` on (UTC, to the second), and not after `closes`."""

    opens: datetime
    closes: datetime

    def outlived(self, stop: datetime) -> bool:
        """Tell whether a stop lies so long after the word that it must be given anew."""
        return stop > self.closes


def window(facts: Facts, said: Statement, span: timedelta) -> Window:
    """Return for which stops a word to customers or suppliers counts. Raises `NoPolicyError`."""
    days = natural_days(facts, valid_id(facts))
    return Window(said.at + span, midnight_after(legal_day(said.at) + timedelta(days=days)))


def valid_id(facts: Facts) -> str:
    """Return the policy id of the days a word counts: a closing shop tells its customers weeks before the end."""
    return "notice.valid.closing" if facts.reason is Reason.WIND_DOWN else "notice.valid"


def natural_days(facts: Facts, policy_id: str, shop_id: str = "") -> int:
    """Return a number of natural days for a shop's platform. Raises `NoPolicyError`, also for another unit."""
    platform = facts.platforms.get(shop_id, "")
    if facts.policy.get(policy_id, platform).unit is not Unit.NATURAL_DAYS:
        raise NoPolicyError(policy_id)
    return facts.policy.number(policy_id, platform)


def earliest_closing(first_seen: datetime, days: int) -> datetime:
    """Return 00:00 (Asia/Shanghai) after a notice of so many natural days; the day it began on is not counted (T-1)."""
    return midnight_after(legal_day(first_seen) + timedelta(days=days))


# -- customers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said of the goods: the `words` that count, each once, oldest first; `untold` listings none speaks of."""

    words: tuple[Statement, ...]
    untold: tuple[Listing, ...] = ()


def of_goods(facts: Facts, kind: StatementKind) -> Heard:
    """Return the words of a kind on the plan's goods.

    A word speaks of a listing by the plan, its id (with or without the shop) or the code of its product; so do words on
    each of its SKUs together. Of several the newest counts: it corrected what was said before.
    """
    words: dict[str, Statement] = {}
    untold: list[Listing] = []
    for listing in facts.listings:
        some = _on(facts, kind, listing)
        if some is None:
            untold.append(listing)
        for one in some or ():
            words[one.subject] = one
    return Heard(tuple(sorted(words.values(), key=lambda one: one.at)), tuple(untold))


def _on(facts: Facts, kind: StatementKind, listing: Listing) -> list[Statement] | None:
    """Return the words that reach the buyers of a listing; None where some of them heard nothing."""
    key = f"{listing.shop_id}/{listing.listing_id}"
    names = (facts.plan_id, key, listing.listing_id, product_code(listing))
    whole = facts.said(kind, *(name for name in names if name))
    parts: list[Statement | None] = []
    for sku in listing.skus:
        own = facts.said(kind, sku.merchant_code) if sku.merchant_code else None
        parts.append(max((one for one in (whole, own) if one is not None), key=_age, default=None))
    found = [one for one in parts or [whole] if one is not None]
    return None if len(found) < max(len(parts), 1) else found


def _age(said: Statement) -> datetime:
    return said.at


# -- suppliers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Supply:
    """Goods of the plan that a supplier ships, by the code they are named by, with the newest `word` he had of them."""

    supplier: str
    code: str
    word: Statement | None

    @property
    def subject(self) -> str:
        """Return who and what, as findings and gates name it."""
        return f"{self.supplier}/{self.code}"


def supplier_of(place: Place) -> str:
    """Return who ships at a place; a contract without a holder goes by its own name."""
    return place.holder or place.ref


def to_suppliers(facts: Facts) -> tuple[Supply, ...]:
    """Return everything of the plan that suppliers ship, each once."""
    given = {
        (one.subject, about(one)): one
        for one in in_force(facts.statements, StatementKind.SUPPLIER_NOTICE, facts.now)
    }
    found: dict[tuple[str, str], Supply] = {}
    for place in facts.standing(PlaceKind.DROP_SHIP):
        supplier = supplier_of(place)
        for names in _names(facts, place):
            mine = [given[supplier, name] for name in (*names, EVERYTHING) if (supplier, name) in given]
            found[supplier, names[0]] = Supply(supplier, names[0], max(mine, key=_age, default=None))
    return tuple(found.values())


def _names(facts: Facts, place: Place) -> Iterator[tuple[str, ...]]:
    """Yield the names a word may give each of the plan's goods at a place: its own code, then the product's.

    What else is shipped from there is none of the plan's; where nothing of it is (a part of a bundle), every member counts.
    """
    names = []
    for member in place.members:
        if member.code in facts.codes:
            names.append((member.code, *sorted(facts.products_of(member.code) - {member.code})))
        elif (place.shop_id, member.listing_id) in facts.listing_by_key:
            listing = facts.listing_by_key[place.shop_id, member.listing_id]
            names.append((product_code(listing), member.listing_id))
    yield from names or [(member.code or member.listing_id,) for member in place.members]


def acknowledged(said: Statement, now: datetime) -> bool:
    """Tell whether a supplier has answered: told without an answer, goods may still leave."""
    at = knowing.instant(said.detail, "acknowledged_at")
    return at is not None and at <= now


# -- everybody, on the home page -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """The closing notice of one shop. `problem` is `missing`, `unreadable`, `unseen` (not looked at lately) or ""."""

    shop_id: str
    word: Statement | None
    first: datetime | None = None
    last: datetime | None = None
    problem: str = ""


def on_home_pages(facts: Facts) -> Iterator[Shown]:
    """Yield what is known of the closing notice of every shop. Raises `NoPolicyError`."""
    for shop_id in facts.shops:
        said = facts.said(StatementKind.SHOP_NOTICE, shop_id)
        if said is None:
            yield Shown(shop_id, None, problem="missing")
            continue
        first, last = knowing.instant(said.detail, "first_seen"), knowing.instant(said.detail, "last_seen")
        if first is None or last is None or not first <= last <= facts.now:
            yield Shown(shop_id, said, first, last, "unreadable")
            continue
        unseen = facts.now - last > knowing.limit(facts, "fresh.places", shop_id)
        yield Shown(shop_id, said, first, last, "unseen" if unseen else "")


def closes_from(facts: Facts, shop_id: str, first_seen: datetime) -> datetime:
    """Return from when on a shop may close that shows its notice since an instant. Raises `NoPolicyError`."""
    return earliest_closing(first_seen, natural_days(facts, CLOSING, shop_id))


# Codes of findings that say somebody was not told, or not so that it counts; by whom it is owed.
OWED: Mapping[str, frozenset[str]] = {
    CUSTOMERS: frozenset({"notice.none", "notice.late", "notice.outlived"}),
    SUPPLIERS: frozenset(
        {"drop_ship.no_notice", "drop_ship.late", "drop_ship.outlived", "drop_ship.unacknowledged"}
    ),
    CLOSING: frozenset(
        {"notice.no_shop_notice", "notice.shop_unclear", "notice.shop_stale", "notice.shop_late"}
    ),
}
