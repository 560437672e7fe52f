"""The eight sections of a plan (S1.4), each saying what is known of it and what is not. Pure.

A section is a frame, not a show: where nothing is known it says so in one line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.checks import knowing
from offshelf.checks.notices import in_force
from offshelf.delisting.courtesy import GateState
from offshelf.delisting.forecast import Forecast
from offshelf.delisting.model import Plan
from offshelf.delisting.preview.model import (
    SECTIONS,
    Known,
    Section,
    SectionLine,
    StockSeen,
    Told,
)
from offshelf.delisting.timeline import Timeline
from offshelf.kit.instants import local
from offshelf.policy.model import Policy
from offshelf.vocabulary.places import Nature, Place
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement, StatementKind

_NEEDS_GOODS = (
    "unpaid",
    "paid",
    "unshipped",
    "partly_shipped",
    "unknown",
)  # order states that still need stock


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sections are written from."""

    plan: Plan
    now: datetime
    time: Timeline
    told: Told
    policy: Policy | None
    acts: int
    stock: StockSeen
    by_hand: tuple[Place, ...] | None
    orders: Mapping[str, int] | None
    codes: frozenset[str]
    standing: Sequence[dict[str, Any]]
    checked: bool
    forecast: Forecast | None

    @property
    def shops(self) -> tuple[str, ...]:
        """Return the shops of the plan."""
        return tuple(sorted({shop_id for shop_id, _ in self.plan.listings}))


def sections(seen: Seen) -> tuple[Section, ...]:
    """Return the eight sections in order."""
    return tuple(Section(name, tuple(_WRITERS[name](seen))) for name in SECTIONS)


def _line(code: str, known: Known, **params: str | int) -> SectionLine:
    return SectionLine(code, known, params)


def _rules(seen: Seen) -> list[SectionLine]:
    found = []
    if not seen.checked:
        found.append(_line("checks_missing", Known.UNKNOWN))
    elif seen.standing:
        found.append(_line("findings_stand", Known.BAD, count=len(seen.standing)))
    else:
        found.append(_line("checks_clear", Known.WELL))
    if seen.policy is None or not seen.policy.values:
        return [*found, _line("no_policy", Known.UNKNOWN)]
    return [*found, _line("policy_version", Known.PLAIN, version=seen.policy.version[:12])]


def _procedure(seen: Seen) -> list[SectionLine]:
    found = [_line("acts", Known.PLAIN, acts=seen.acts, shops=len(seen.shops))]
    if seen.plan.reason.urgent:
        found.append(_line("safety_order", Known.HEED))
    if seen.by_hand is None:
        found.append(_line("by_hand_unknown", Known.UNKNOWN))
    elif seen.by_hand:
        found.append(_line("by_hand", Known.HEED, count=len(seen.by_hand)))
    else:
        found.append(_line("by_hand_none", Known.WELL))
    if seen.forecast is None or seen.forecast.seconds is None:
        found.append(_line("lasts_unknown", Known.UNKNOWN))
    else:
        found.append(_line("lasts", Known.PLAIN, minutes=-int(-seen.forecast.seconds // 60)))
    return found


def _backup(seen: Seen) -> list[SectionLine]:
    if seen.told.statements is None:
        return [_line("backup_unknown", Known.UNKNOWN)]
    backups = _by_shop(seen, StatementKind.BACKUP)
    missing = len(seen.shops) - len(backups)
    through = [knowing.instant(s.detail, "through") for s in backups.values()]
    found = []
    if missing:
        found.append(_line("backup_missing", Known.BAD, count=missing))
    if backups:
        known = [at for at in through if at is not None]
        if len(known) < len(through):
            found.append(_line("backup_unreadable", Known.UNKNOWN))
        else:
            found.append(_line("backup_there", Known.WELL, count=len(backups), at=local(min(known))))
    drills = _by_shop(seen, StatementKind.RESTORE_DRILL)
    passed = sum(str(s.detail.get("passed")) == "1" for s in drills.values())
    if passed == len(seen.shops):
        found.append(_line("drill_passed", Known.WELL))
    else:
        found.append(_line("drill_missing", Known.BAD, count=len(seen.shops) - passed))
    return found


def _by_shop(seen: Seen, kind: StatementKind) -> dict[str, Statement]:
    some = in_force(seen.told.statements or (), kind, seen.now)
    return {s.subject: s for s in some if s.subject in seen.shops}


def _stock(seen: Seen) -> list[SectionLine]:
    found = [_line("stock_units", Known.PLAIN, units=seen.stock.units, skus=seen.stock.skus)]
    if seen.stock.unread:
        found.append(_line("stock_unread", Known.UNKNOWN, count=seen.stock.unread))
    if seen.orders is None:
        found.append(_line("orders_unread", Known.UNKNOWN))
    else:
        needing = sum(seen.orders.get(state, 0) for state in _NEEDS_GOODS)
        known = Known.HEED if needing else Known.WELL
        found.append(_line("orders_need_goods" if needing else "orders_need_none", known, count=needing))
    if seen.by_hand is None:
        found.append(_line("supply_unknown", Known.UNKNOWN))
    else:
        ships = sum(place.kind.nature is Nature.SHIPS for place in seen.by_hand)
        found.append(
            _line("supply" if ships else "supply_none", Known.HEED if ships else Known.WELL, count=ships)
        )
    return found


def _communication(seen: Seen) -> list[SectionLine]:
    states = [gate.state for gate in seen.time.gates]
    if not states:
        return [_line("tell_nobody", Known.PLAIN)]
    found = []
    shut = sum(state is GateState.NOT_YET for state in states)
    unknown = sum(state is GateState.UNKNOWN for state in states)
    if shut:
        at = local(seen.time.not_before)
        found.append(_line("gates_shut", Known.BAD, count=shut, at=at))
    if unknown:
        found.append(_line("gates_unknown", Known.UNKNOWN, count=unknown))
    if not shut and not unknown:
        spared = seen.plan.reason.at_once and all(state is GateState.SKIPPED for state in states)
        found.append(_line("gates_skipped" if spared else "gates_open", Known.WELL))
    late = seen.time.late
    if late or late is None:
        at = local(seen.time.announced) if seen.time.announced else ""
        code, known = ("promise_late", Known.BAD) if late else ("promise_unknown", Known.UNKNOWN)
        found.append(_line(code, known, at=at))
    return found


def _law(seen: Seen) -> list[SectionLine]:
    found = []
    known = sum(after.value is not None for after in seen.time.afterwards)
    if known:
        found.append(_line("afterwards", Known.PLAIN, count=known))
    if known < len(seen.time.afterwards):
        found.append(_line("after_unknown", Known.UNKNOWN, count=len(seen.time.afterwards) - known))
    if seen.plan.reason is Reason.CERTIFICATE:
        found.append(_line("refunds_possible", Known.HEED))
    return found or [_line("law_nothing", Known.PLAIN)]


def _substitutes(seen: Seen) -> list[SectionLine]:
    if seen.told.statements is None:
        return [_line("substitutes_unknown", Known.UNKNOWN)]
    offered = {s.subject for s in in_force(seen.told.statements, StatementKind.SUBSTITUTE, seen.now)}
    have = len(offered & seen.codes)
    if not have:
        return [_line("substitutes_none", Known.HEED)]
    known = Known.WELL if have == len(seen.codes) else Known.HEED
    return [_line("substitutes", known, have=have, of=len(seen.codes))]


def _monitoring(seen: Seen) -> list[SectionLine]:
    found = [_line("watch", Known.PLAIN)]
    rehearsal = seen.told.rehearsal
    if rehearsal is None:
        found.append(_line("not_rehearsed", Known.UNKNOWN))
    elif rehearsal.fingerprint != seen.plan.fingerprint:
        found.append(_line("rehearsed_other", Known.HEED, at=local(rehearsal.at)))
    else:
        found.append(_line("rehearsed", Known.WELL, at=local(rehearsal.at)))
    return found


_WRITERS = {
    "rules": _rules,
    "procedure": _procedure,
    "backup": _backup,
    "stock": _stock,
    "communication": _communication,
    "law": _law,
    "substitutes": _substitutes,
    "monitoring": _monitoring,
}
