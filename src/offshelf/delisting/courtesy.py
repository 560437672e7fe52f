"""Courtesy gates: who must have been told how long before sale may stop. Pure.

A gate is a promise to people, so it is met only by a statement that says they were told, and what nobody has told us is
unknown, which blocks. Who counts as told is judged where the checks judge it (`checks.notices`, `checks.ground`); a gate
adds from when on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from offshelf.checks import ground, knowing, notices
from offshelf.checks.model import Facts
from offshelf.kit.instants import SHANGHAI
from offshelf.policy.model import NoPolicyError, Policy, Value
from offshelf.vocabulary.places import PlaceKind
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
    GateName.CUSTOMERS: notices.CUSTOMERS,
    GateName.SUPPLIERS: notices.SUPPLIERS,
    GateName.CLOSING: notices.CLOSING,
}
# What a gate says where the reason lets no courtesy wait.
_AT_ONCE = {
    Reason.SAFETY: "safety",
    Reason.PLATFORM: "platform",
    Reason.CERTIFICATE: "certificate",
    Reason.VIOLATION: "violation",
}
# What is missing for such a reason to let nothing wait (texts `schedule.note`).
_NO_GROUND = {
    Reason.PLATFORM: "not_forced",
    Reason.CERTIFICATE: "no_ended_paper",
    Reason.VIOLATION: "no_proof",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate.

    `until` is the instant from which it is (or was) open; on an unknown gate it is the earliest it could be, if that
    much is known. `given_at` is when the last of those who had to be told was told. `missing` names who or what is not
    covered. `source` is the policy value it was computed from, `rule` the row of the law reference that lets it be
    skipped (texts `schedule.rule`), `note` what would let it be skipped and is not there (texts `schedule.note`).
    """

    name: GateName
    state: GateState
    code: str
    until: datetime | None = None
    given_at: datetime | None = None
    missing: tuple[str, ...] = ()
    source: Value | None = None
    rule: str = ""
    note: str = ""

    @property
    def told(self) -> bool:
        """Tell whether nobody is left to be told for this gate to open by itself: only time may be missing."""
        return self.state is GateState.SKIPPED or (
            self.state is not GateState.UNKNOWN and self.given_at is not None
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gates are computed from: the facts the checks judge on.

    `told` False: no room told us of statements. `food` narrows a safety reason to food law. `waived` are gates whose
    missing notice somebody waived.
    """

    facts: Facts
    told: bool = True
    food: bool = False
    waived: frozenset[GateName] = frozenset()

    @property
    def reason(self) -> Reason:
        """Return the reason of the plan."""
        return self.facts.reason

    @property
    def now(self) -> datetime:
        """Return the instant that counts as now."""
        return self.facts.now

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        return self.facts.policy


def waived_gates(rows: Iterable[Mapping[str, object]]) -> frozenset[GateName]:
    """Return the gates of which findings stood in the way and every one was waived. `rows` as `Plans.findings` gives."""
    owed: dict[GateName, list[bool]] = {}
    for row in rows:
        for name, policy_id in POLICY_OF.items():
            if row["blocking"] and row["verdict"] != "pass" and row["code"] in notices.OWED[policy_id]:
                owed.setdefault(name, []).append(bool(row["waived_by"]))
    return frozenset(name for name, words in owed.items() if all(words))


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


def notice_day_ends(closing: datetime, days: int) -> datetime:
    """Return the end of the last legal day on which a notice may first be shown, to close at `closing`."""
    day = closing.astimezone(SHANGHAI).date() - timedelta(days=days)
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def _gate(name: GateName, asked: Asked) -> Gate:
    source = asked.policy.find(POLICY_OF[name])
    skipped = _skipped(name, asked, source)
    if skipped is not None:
        return skipped
    try:
        gate = _BY_NAME[name](asked, source)
    except NoPolicyError as error:  # not there, of another unit, or no number: as good as none
        gate = Gate(name, GateState.UNKNOWN, "no_policy", missing=(str(error),), source=source)
    gate = replace(gate, note=_NO_GROUND.get(asked.reason, ""))
    if name in asked.waived and gate.state in (GateState.NOT_YET, GateState.UNKNOWN):
        return replace(gate, state=GateState.SKIPPED, code="waived")
    return gate


def _skipped(name: GateName, asked: Asked, source: Value | None) -> Gate | None:
    """Return the gate where it does not apply, with why."""
    if ground.skips_courtesy(asked.facts):
        food = asked.food and asked.reason is Reason.SAFETY
        code = "food_safety" if food else _AT_ONCE[asked.reason]
        rule = ground.FOOD_LAW if food else ground.LAW[asked.reason][0]
        return Gate(name, GateState.SKIPPED, code, source=source, rule=rule)
    if name is GateName.CLOSING and asked.reason is not Reason.WIND_DOWN:
        return Gate(name, GateState.SKIPPED, "not_closing", source=source)
    return None


def _customers(asked: Asked, source: Value | None) -> Gate:
    span = asked.policy.span(notices.CUSTOMERS)
    if not asked.told:
        return Gate(GateName.CUSTOMERS, GateState.UNKNOWN, "not_told", source=source)
    heard = notices.of_goods(asked.facts, StatementKind.CUSTOMER_NOTICE)
    missing = tuple(f"{one.shop_id}/{one.listing_id}" for one in heard.untold)
    return _after(GateName.CUSTOMERS, asked, heard.words, missing, span, source)


def _suppliers(asked: Asked, source: Value | None) -> Gate:
    name, facts = GateName.SUPPLIERS, asked.facts
    if knowing.told(facts, PlaceKind.DROP_SHIP, "").problem is not None:
        return Gate(name, GateState.UNKNOWN, "drop_ship_unknown", source=source)
    supplies = notices.to_suppliers(facts)
    if not supplies:
        return Gate(name, GateState.SKIPPED, "no_drop_ship", source=source)
    span = asked.policy.span(notices.SUPPLIERS)
    if not asked.told:
        return Gate(name, GateState.UNKNOWN, "not_told", source=source)
    words = [one.word for one in supplies if one.word is not None]
    missing = tuple(one.subject for one in supplies if one.word is None)
    gate = _after(name, asked, words, missing, span, source)
    silent = tuple(sorted({one.subject for one in words if not notices.acknowledged(one, facts.now)}))
    if gate.given_at is None or not silent:
        return gate
    # Told, but no word that they read it: goods may still leave. Nobody can say when that word comes.
    return Gate(name, GateState.UNKNOWN, "not_acknowledged", gate.until, gate.given_at, silent, source)


def _after(
    name: GateName,
    asked: Asked,
    said: Sequence[Statement],
    missing: tuple[str, ...],
    span: timedelta,
    source: Value | None,
) -> Gate:
    """Return a gate that opens a span after the last who had to be told was told; who was not, can be told now."""
    again = asked.now + span
    if missing or not said:
        code = "partly_announced" if said else "not_announced"
        return Gate(name, GateState.NOT_YET, code, again, None, missing, source)
    windows = {one.subject: notices.window(asked.facts, one, span) for one in said}
    stop = notices.begins(asked.facts)
    old = tuple(sorted(subject for subject, window in windows.items() if window.outlived(stop)))
    if old:
        return Gate(name, GateState.NOT_YET, "outlived", again, None, old, source)
    until = max(window.opens for window in windows.values())
    return Gate(name, *_judged(asked.now, until), until, max(one.at for one in said), (), source)


def _closing(asked: Asked, source: Value | None) -> Gate:
    name, facts = GateName.CLOSING, asked.facts
    days = {shop_id: notices.natural_days(facts, notices.CLOSING, shop_id) for shop_id in facts.shops}
    if not asked.told:
        return Gate(name, GateState.UNKNOWN, "not_told", source=source)
    pages = tuple(notices.on_home_pages(facts))
    unclear = [one for one in pages if one.problem not in ("", "missing")]
    if unclear:
        named = tuple(one.shop_id for one in unclear)
        return Gate(name, GateState.UNKNOWN, unclear[0].problem, missing=named, source=source)
    shown = {one.shop_id: one.first for one in pages if one.first is not None}
    missing = tuple(one.shop_id for one in pages if one.problem)
    opens = [
        notices.earliest_closing(shown.get(shop_id, asked.now), days[shop_id]) for shop_id in facts.shops
    ]
    until = max(opens, default=asked.now)
    if missing or not shown:
        code = "partly_announced" if shown else "not_announced"
        return Gate(name, GateState.NOT_YET, code, until, None, missing, source)
    return Gate(name, *_judged(asked.now, until), until, max(shown.values()), (), source)


def _judged(now: datetime, until: datetime) -> tuple[GateState, str]:
    """Return state and code of a gate all of whose people were told."""
    return (GateState.MET, "announced") if now >= until else (GateState.NOT_YET, "waiting")


_BY_NAME = {
    GateName.CUSTOMERS: _customers,
    GateName.SUPPLIERS: _suppliers,
    GateName.CLOSING: _closing,
}
