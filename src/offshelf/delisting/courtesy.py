"""Courtesy gates: who must have been told how long before sale may stop. Pure.

A gate is a promise to people, so it is met only by a statement that says they were told, and what nobody has told us is
unknown, which blocks. Hours run from the moment (Civil Code art. 201); natural days are legal days of Asia/Shanghai, the
day of the notice not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from offshelf.kit.instants import SHANGHAI, from_iso
from offshelf.policy.model import NoPolicyError, Policy, Unit, Value
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement, StatementKind


class GateName(StrEnum):
    """Who must be told."""

    CUSTOMERS = "customers"
    SUPPLIERS = "suppliers"
    CLOSING = "closing"  # everybody, by the notice on the shop's home page


class GateState(StrEnum):
    """Where a gate stands. Unknown blocks like not met."""

    MET = "met"
    NOT_YET = "not_yet"  # met from `until` on
    SKIPPED = "skipped"  # does not apply; `code` and `rule` say why
    UNKNOWN = "unknown"


# Which policy a gate is computed from.
POLICY_OF = {
    GateName.CUSTOMERS: "notice.customers",
    GateName.SUPPLIERS: "notice.suppliers",
    GateName.CLOSING: "notice.closing",
}
RECHECK = "notice.closing.recheck"  # natural days within which the home-page notice must have been seen again
# Reasons that let no courtesy wait, with the rule that says so (rows of the compliance reference).
_AT_ONCE = {
    Reason.SAFETY: ("safety", "R-13"),
    Reason.PLATFORM: ("platform", "F-4"),
    Reason.CERTIFICATE: ("certificate", "F-7"),
    Reason.VIOLATION: ("violation", "A-1"),
}
_FOOD = ("food_safety", "F-2")


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate.

    `until` is the instant from which it is (or was) open; on an unknown gate it is the earliest it could be, if that
    much is known. `given_at` is when the last of those who had to be told was told. `missing` names who or what is not
    covered. `source` is the policy value it was computed from, `rule` the row of the law reference that lets it be
    skipped (texts `schedule.rule`).
    """

    name: GateName
    state: GateState
    code: str
    until: datetime | None = None
    given_at: datetime | None = None
    missing: tuple[str, ...] = ()
    source: Value | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a plan covers. `codes` gives, by (shop, listing), the merchant's codes: the product's first, then its SKUs'."""

    plan_id: str
    listings: tuple[tuple[str, str], ...]
    codes: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def shops(self) -> tuple[str, ...]:
        """Return the shops in order."""
        return tuple(sorted({shop_id for shop_id, _ in self.listings}))

    @property
    def products(self) -> frozenset[str]:
        """Return the codes of products."""
        return frozenset(codes[0] for codes in self.codes.values() if codes and codes[0])

    @property
    def every_code(self) -> frozenset[str]:
        """Return the codes of products and SKUs."""
        return frozenset(code for codes in self.codes.values() for code in codes if code)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gates are computed from.

    `notices` None: no room told us of statements. `drop_ship` None: nobody said whether suppliers ship. `suppliers` are
    those known, with the codes they ship (empty: all of them). `food` narrows a safety reason to food law.
    """

    reason: Reason
    now: datetime
    policy: Policy | None
    scope: Scope
    notices: tuple[Statement, ...] | None = None
    drop_ship: bool | None = None
    suppliers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    food: bool = False


def gates(asked: Asked) -> tuple[Gate, ...]:
    """Return every courtesy gate of a delisting, in the order of their length."""
    return tuple(_gate(name, asked) for name in GateName)


def earliest(found: Iterable[Gate], now: datetime) -> datetime | None:
    """Return from when on every gate is open, or None while one of them is unknown."""
    some = tuple(found)
    return None if any(gate.state is GateState.UNKNOWN for gate in some) else floor(some, now)


def floor(found: Iterable[Gate], now: datetime) -> datetime:
    """Return the instant before which sale may certainly not stop, whatever the unknown gates turn out to be."""
    shut = (gate for gate in found if gate.state in (GateState.NOT_YET, GateState.UNKNOWN))
    return max([now, *(gate.until for gate in shut if gate.until is not None)])


def closing_day(first_seen: datetime, days: int) -> datetime:
    """Return when closing is allowed: 00:00 of the legal day after the last of `days` days that follow the first."""
    return _midnight(first_seen.astimezone(SHANGHAI).date() + timedelta(days=days + 1))


def notice_day_ends(closing: datetime, days: int) -> datetime:
    """Return the end of the last legal day on which a notice may first be shown, to close at `closing`."""
    return _midnight(closing.astimezone(SHANGHAI).date() - timedelta(days=days))


def instant_of(value: object) -> datetime | None:
    """Read an ISO instant of a statement's detail; None where it is missing or no instant."""
    try:
        return from_iso(str(value)) if value else None
    except ValueError:
        return None


def standing(notices: Sequence[Statement], kind: StatementKind, now: datetime) -> tuple[Statement, ...]:
    """Return the statements of a kind in force: made by `now`, not over, and not replaced by a newer one."""
    newest: dict[tuple[str, str], Statement] = {}
    for one in sorted((s for s in notices if s.kind is kind and s.at <= now), key=lambda s: s.at):
        # One supplier is told product by product: a word on another code does not replace this one.
        about = str(one.detail.get("code", "")) if kind is StatementKind.SUPPLIER_NOTICE else ""
        newest[one.subject, about] = one
    return tuple(s for s in newest.values() if s.valid_until is None or s.valid_until > now)


def customer_notices(
    notices: Sequence[Statement], scope: Scope, now: datetime
) -> dict[tuple[str, str], Statement | None]:
    """Return, for every listing, the first notice customers were given of it, or None."""
    by_subject = {s.subject: s for s in standing(notices, StatementKind.CUSTOMER_NOTICE, now)}
    found: dict[tuple[str, str], Statement | None] = {}
    for shop_id, listing_id in scope.listings:
        # A word on one SKU tells nobody of the others: only the product's own code counts.
        code = scope.codes.get((shop_id, listing_id), ("",))[:1]
        names = (scope.plan_id, listing_id, f"{shop_id}/{listing_id}", *code)
        said = [by_subject[name] for name in names if name and name in by_subject]
        found[shop_id, listing_id] = min(said, key=lambda s: s.at, default=None)
    return found


def _gate(name: GateName, asked: Asked) -> Gate:
    source = asked.policy.find(POLICY_OF[name]) if asked.policy is not None else None
    skipped = _skipped(name, asked, source)
    if skipped is not None:
        return skipped
    if source is None or asked.policy is None:
        return Gate(name, GateState.UNKNOWN, "no_policy", missing=(POLICY_OF[name],))
    try:
        return _BY_NAME[name](asked, asked.policy, source)
    except NoPolicyError as error:  # of another unit, or no number: as good as none
        return Gate(name, GateState.UNKNOWN, "no_policy", missing=(str(error),), source=source)


def _skipped(name: GateName, asked: Asked, source: Value | None) -> Gate | None:
    """Return the gate where it does not apply, with why."""
    if asked.reason in _AT_ONCE:
        code, rule = _FOOD if asked.food and asked.reason is Reason.SAFETY else _AT_ONCE[asked.reason]
        return Gate(name, GateState.SKIPPED, code, source=source, rule=rule)
    if name is GateName.CLOSING and asked.reason is not Reason.WIND_DOWN:
        return Gate(name, GateState.SKIPPED, "not_closing", source=source)
    if name is GateName.SUPPLIERS and asked.drop_ship is False:
        return Gate(name, GateState.SKIPPED, "no_drop_ship", source=source)
    return None


def _customers(asked: Asked, policy: Policy, source: Value) -> Gate:
    span = policy.span(POLICY_OF[GateName.CUSTOMERS])
    if asked.notices is None:
        return Gate(GateName.CUSTOMERS, GateState.UNKNOWN, "not_told", source=source)
    told = customer_notices(asked.notices, asked.scope, asked.now)
    missing = tuple(f"{shop}/{listing}" for (shop, listing), said in told.items() if said is None)
    return _after(
        GateName.CUSTOMERS, [said for said in told.values() if said], missing, span, asked.now, source
    )


def _suppliers(asked: Asked, policy: Policy, source: Value) -> Gate:
    span = policy.span(POLICY_OF[GateName.SUPPLIERS])
    if asked.drop_ship is None:
        return Gate(GateName.SUPPLIERS, GateState.UNKNOWN, "drop_ship_unknown", source=source)
    if asked.notices is None:
        return Gate(GateName.SUPPLIERS, GateState.UNKNOWN, "not_told", source=source)
    said, missing = _said_to_suppliers(asked, asked.notices)
    if not said and not missing:  # the suppliers we know ship other products
        return Gate(GateName.SUPPLIERS, GateState.SKIPPED, "no_drop_ship", source=source)
    gate = _after(GateName.SUPPLIERS, said, missing, span, asked.now, source)
    silent = tuple(sorted({s.subject for s in said if instant_of(s.detail.get("acknowledged_at")) is None}))
    if missing or not silent:
        return gate
    # Told, but no word that they read it: goods may still leave. Nobody can say when that word comes.
    return Gate(
        GateName.SUPPLIERS, GateState.UNKNOWN, "not_acknowledged", gate.until, gate.given_at, silent, source
    )


def _said_to_suppliers(asked: Asked, notices: Sequence[Statement]) -> tuple[list[Statement], tuple[str, ...]]:
    """Return the notices suppliers were given of this plan, and who was not told (`supplier` or `supplier/code`)."""
    codes, products = asked.scope.every_code, asked.scope.products
    by_supplier: dict[str, dict[str, Statement]] = {}
    for one in standing(notices, StatementKind.SUPPLIER_NOTICE, asked.now):
        about = str(one.detail.get("code", ""))
        if about in ("", "*") or about in codes:
            by_supplier.setdefault(one.subject, {})[about.replace("*", "")] = one
    if not asked.suppliers:
        said = [one for some in by_supplier.values() for one in some.values()]
        return said, () if said else ("*",)
    found: list[Statement] = []
    missing: list[str] = []
    for supplier, ships in sorted(asked.suppliers.items()):
        told = by_supplier.get(supplier, {})
        if ships and not ships & codes:
            continue  # ships nothing of this plan
        for code in sorted(ships & codes or products or {""}):
            word = told.get(code) or told.get("")
            if word is None:
                missing.append(f"{supplier}/{code}" if code else supplier)
            else:
                found.append(word)
    return found, tuple(missing)


def _after(
    name: GateName,
    said: Sequence[Statement],
    missing: tuple[str, ...],
    span: timedelta,
    now: datetime,
    source: Value,
) -> Gate:
    """Return a gate that opens a span after the last who had to be told was told; who was not, can be told now."""
    if missing:
        code = "partly_announced" if said else "not_announced"
        return Gate(name, GateState.NOT_YET, code, now + span, None, missing, source)
    given = max(s.at for s in said)
    until = given + span
    return Gate(name, *_judged(now, until), until, given, (), source)


def _closing(asked: Asked, policy: Policy, source: Value) -> Gate:
    days = policy.number(POLICY_OF[GateName.CLOSING])
    if source.unit is not Unit.NATURAL_DAYS:
        raise NoPolicyError(source.policy_id)
    if asked.notices is None:
        return Gate(GateName.CLOSING, GateState.UNKNOWN, "not_told", source=source)
    recheck = policy.number(RECHECK)
    shown = {s.subject: s for s in standing(asked.notices, StatementKind.SHOP_NOTICE, asked.now)}
    missing = tuple(shop for shop in asked.scope.shops if shop not in shown)
    doubt = [(shop, _doubt(shown[shop], recheck, asked.now)) for shop in asked.scope.shops if shop in shown]
    unclear = [(shop, code) for shop, code in doubt if code]
    if unclear:
        named = tuple(shop for shop, _ in unclear)
        return Gate(GateName.CLOSING, GateState.UNKNOWN, unclear[0][1], missing=named, source=source)
    if missing:
        code = "partly_announced" if shown else "not_announced"
        until = closing_day(asked.now, days)
        return Gate(GateName.CLOSING, GateState.NOT_YET, code, until, None, missing, source)
    given = max(_first_seen(shown[shop]) or asked.now for shop in asked.scope.shops)
    until = closing_day(given, days)
    return Gate(GateName.CLOSING, *_judged(asked.now, until), until, given, (), source)


def _judged(now: datetime, until: datetime) -> tuple[GateState, str]:
    """Return state and code of a gate all of whose people were told."""
    return (GateState.MET, "announced") if now >= until else (GateState.NOT_YET, "waiting")


def _first_seen(notice: Statement) -> datetime | None:
    return instant_of(notice.detail.get("first_seen"))


def _doubt(notice: Statement, recheck: int, now: datetime) -> str:
    """Return why a home-page notice cannot be called continuous; empty where it can."""
    first, last = _first_seen(notice), instant_of(notice.detail.get("last_seen"))
    if first is None or last is None or first > last or last > now:
        return "unreadable"
    return "unseen" if _day(last) < _day(now) - timedelta(days=recheck) else ""


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


_BY_NAME = {
    GateName.CUSTOMERS: _customers,
    GateName.SUPPLIERS: _suppliers,
    GateName.CLOSING: _closing,
}
