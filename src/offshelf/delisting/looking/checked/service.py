"""Tells what the checks said of a plan: one card for each check, and pages of what each found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.checks.model import CheckSpec, WaiverRule
from offshelf.checks.relist_specs import BACK
from offshelf.checks.specs import ALL
from offshelf.delisting import _store as plans_store
from offshelf.delisting.looking.checked import _store
from offshelf.delisting.service import Plans
from offshelf.delisting.waiving import people_for
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.vocabulary.plans import Department, PlanKind, Verdict

SIZE = 20  # findings of a page


class Standing(StrEnum):
    """How a finding is to be taken now."""

    STANDS = _store.STANDS  # it stands in the way
    WAIVED = _store.WAIVED
    HEED = _store.HEED  # a person should see it, it blocks nothing
    PASSED = _store.PASSED


class Result(StrEnum):
    """What a check comes to: the worst of its findings that blocks."""

    UNCHECKED = "unchecked"
    FAIL = "fail"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


@dataclass(frozen=True, slots=True)
class Card:
    """One check with what it found, in counts. `number` is its place among the twelve, 0 for others."""

    check: str
    number: int
    department: Department | None
    fails: int = 0
    unknown: int = 0
    waived: int = 0
    heed: int = 0
    passed: int = 0
    checked: bool = True

    @property
    def stands(self) -> int:
        """Return how many findings stand in the way."""
        return self.fails + self.unknown

    @property
    def total(self) -> int:
        """Return how many findings there are."""
        return self.stands + self.waived + self.heed + self.passed

    @property
    def result(self) -> Result:
        """Return what it comes to."""
        if not self.checked or not self.total:
            return Result.UNCHECKED
        if self.fails:
            return Result.FAIL
        if self.unknown:
            return Result.UNKNOWN
        return Result.WAIVED if self.waived else Result.PASS


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who let which finding stand, why, and until when. `subject` `*`: every subject of the code."""

    code: str
    subject: str
    person: str
    why: str
    until: datetime
    at: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class Open:
    """How a finding may be waived: by whom, for how many days at most, for every subject at once or one by one."""

    rule: WaiverRule
    people: tuple[str, ...]
    every: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `row` holds code, params and verdict as stored; `waiver` who lets it stand; `open` None: nobody may waive it."""

    row: Mapping[str, Any]
    standing: Standing
    waiver: Waiver | None = None
    open: Open | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """One page of findings; a number beyond the end gives the last page."""

    rows: tuple[Found, ...]
    total: int
    number: int
    pages: int
    waivers: tuple[Waiver, ...] = field(default=())


class PlanChecks:
    """What pages about the checks of a plan are made of."""

    def __init__(self, *, database: Database, plans: Plans, clock: Clock) -> None:
        self._database = database
        self._plans = plans
        self._clock = clock

    def cards(self, plan_id: str, kind: PlanKind, *, checked: bool) -> tuple[Card, ...]:
        """Return one card for each check in its order; those registered by others stand last."""
        with self._database.read() as tx:
            rows = _store.counts(tx, plan_id, self._clock.now())
        specs = ALL if kind is PlanKind.DELIST else BACK
        named = {spec.check_id for spec in specs}
        cards = [_card(spec.check_id, spec, rows, checked=checked) for spec in specs]
        others = sorted({row["check_name"] for row in rows} - named)
        return (*cards, *(_card(name, None, rows, checked=checked) for name in others))

    def findings(
        self, plan_id: str, *, check: str = "", standing: Standing | None = None, number: int = 1
    ) -> Findings:
        """Return a page of findings, those that stand in the way first."""
        now, word = self._clock.now(), standing.value if standing else ""
        with self._database.read() as tx:
            total = _store.count(tx, plan_id, check, word, now)
            pages = max(1, -(-total // SIZE))
            number = min(max(1, number), pages)
            offset = (number - 1) * SIZE
            rows = _store.rows(tx, plan_id, check, word, now, offset=offset, limit=SIZE)
            waivers = _waivers(plans_store.waiver_rows(tx, plan_id), now)
        known: dict[tuple[str, str], Open | None] = {}
        found = tuple(self._found(row, waivers, known) for row in rows)
        return Findings(found, total, number, pages, waivers)

    def waivers(self, plan_id: str) -> tuple[Waiver, ...]:
        """Return every waiver of this version of a plan, the ended ones too, oldest first."""
        with self._database.read() as tx:
            return _waivers(plans_store.waiver_rows(tx, plan_id), self._clock.now())

    def _found(
        self, row: Mapping[str, Any], waivers: Iterable[Waiver], known: dict[tuple[str, str], Open | None]
    ) -> Found:
        standing, code = Standing(row["standing"]), str(row["code"])
        waiver = next(
            (w for w in waivers if not w.ended and w.code == code and w.subject in ("*", row["subject"])),
            None,
        )
        key = code, str(row["check_name"])
        if standing is Standing.STANDS and key not in known:
            known[key] = self._open(*key)
        return Found(
            row,
            standing,
            waiver if standing is Standing.WAIVED else None,
            known.get(key) if standing is Standing.STANDS else None,
        )

    def _open(self, code: str, check: str) -> Open | None:
        rule = self._plans.waiver_rule(code, check)
        if code in rule.never or rule.days == 0:
            return None
        return Open(rule, people_for(self._plans.users, [rule]), not rule.one_by_one(code))


def _card(name: str, spec: CheckSpec | None, rows: Iterable[Mapping[str, Any]], *, checked: bool) -> Card:
    mine = [row for row in rows if row["check_name"] == name]

    def count(standing: Standing, *verdicts: Verdict) -> int:
        words = {verdict.value for verdict in verdicts or tuple(Verdict)}
        return sum(
            row["count"] for row in mine if row["standing"] == standing.value and row["verdict"] in words
        )

    return Card(
        name,
        spec.number if spec else 0,
        spec.department if spec else None,
        fails=count(Standing.STANDS, Verdict.FAIL),
        unknown=count(Standing.STANDS, Verdict.UNKNOWN),
        waived=count(Standing.WAIVED),
        heed=count(Standing.HEED),
        passed=count(Standing.PASSED),
        checked=checked,
    )


def _waivers(rows: Iterable[Mapping[str, Any]], now: datetime) -> tuple[Waiver, ...]:
    names = ("code", "subject", "person", "why", "until", "at")
    return tuple(Waiver(**{name: row[name] for name in names}, ended=row["until"] <= now) for row in rows)
