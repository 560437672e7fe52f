"""The registers: what was stated, and the papers there are. Every writing is noted (by the process: in the journal)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

from offshelf.catalog.registers import _store
from offshelf.catalog.registers.coverage import covered, once
from offshelf.catalog.registers.lately import Lately
from offshelf.catalog.registers.model import Effect, Observation, Standing
from offshelf.catalog.registers.proofs import evidence_of
from offshelf.catalog.registers.standing import standing
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import sm3_of
from offshelf.kit.instants import SHANGHAI, iso
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.statements import (
    Doubt,
    Licence,
    LicenceKind,
    Statement,
    StatementKind,
    Term,
    TermKind,
)

# (transaction, actor, verb, subject, body): rooms beside this one keep the journal.
Note = Callable[[Tx, str, str, str, dict[str, Any]], None]
_US = "offshelf"
_NOTED = 200  # things one entry of the journal names
_TOLD = ("api", "both")  # sources of what rests on a platform's word
_READ = ("doubt", "terms", "listings")  # fields of a paper that rest on what platforms tell
_PLAIN = tuple(one.name for one in fields(Licence) if one.name not in _READ)


class Registers:
    """Statements and papers of one database. `lately` tells pages how papers stood a moment ago."""

    def __init__(self, *, database: Database, clock: Clock, note: Note) -> None:
        self._database = database
        self._clock = clock
        self._note = note
        self.lately = Lately(database, clock, self.standing)

    # -- write --------------------------------------------------------------------------------------------------

    def state(self, tx: Tx, statements: Iterable[Statement], *, actor: str = "") -> tuple[Effect, ...]:
        """Write statements down and return what each did.

        A newer one of the same kind and subject counts instead of an older one; an older one never counts instead of a
        newer. Supplier notices are told apart by their code too: a supplier is told of many products. `actor` is who
        writes down (default: who said the first).
        """
        effects, items = [], []
        for given in statements:
            row = _statement_row(given)
            before = _store.newest_statement(tx, row["kind"], row["subject"], row["about"])
            added = _store.add_statement(tx, row | {"recorded_at": self._clock.now()})
            effects.append(_effect(before, row, "at", added=added))
            if added:
                items.append([row["kind"], row["subject"], iso(given.at), row["digest"]])
                actor = actor or given.by
        self._noted(tx, actor, "register.stated", items)
        return tuple(effects)

    def put_licences(self, tx: Tx, licences: Iterable[Licence], *, actor: str = _US) -> tuple[Effect, ...]:
        """Write observations of papers down and return what each did; the newest of a paper counts."""
        effects, items = [], []
        for seen in licences:
            row = _licence_row(seen)
            before = _store.newest_licence(tx, row["kind"], row["number"], row["shop_id"])
            added = _store.add_licence(tx, row | {"recorded_at": self._clock.now()})
            effects.append(_effect(before, row, "observed_at", added=added))
            if added:
                end = row["valid_until"] or ("no_end" if seen.end_known else "unknown")
                items.append([row["kind"], row["number"], row["shop_id"], end, row["digest"]])
        self._noted(tx, actor, "register.licences", items)
        return tuple(effects)

    def note_places(self, tx: Tx, places: Iterable[Place], *, actor: str) -> None:
        """Note places that a person wrote down, each with the file that shows how it stands."""
        items = [
            [
                place.shop_id,
                place.kind.value,
                place.ref,
                place.state.value,
                iso(place.observed_at),
                evidence_of(place),
            ]
            for place in places
        ]
        self._noted(tx, actor, "register.places", items)

    def observe_licences(self, tx: Tx, licences: Iterable[Licence], *, again_after: timedelta) -> int:
        """Write down those observations that tell something else than what stands there, or the same so much later.

        Nothing is added to what somebody wrote down meanwhile, of a later instant. Returns how many were written.
        """
        fresh = []
        for seen in licences:
            row = _licence_row(seen)
            before = _store.newest_licence(tx, row["kind"], row["number"], row["shop_id"])
            effect = _effect(before, row, "observed_at", added=True)
            old = before is None or before["observed_at"] + again_after <= seen.observed_at
            if effect in (Effect.NEW, Effect.CHANGED) or (effect is Effect.AGAIN and old):
                fresh.append(seen)
        self.put_licences(tx, fresh)
        return len(fresh)

    def _noted(self, tx: Tx, actor: str, verb: str, items: Sequence[list[str]]) -> None:
        for start in range(0, len(items), _NOTED):
            self._note(tx, actor or _US, verb, "register", {"items": items[start : start + _NOTED]})

    # -- tell ---------------------------------------------------------------------------------------------------

    def statements(
        self, kind: StatementKind | None = None, subject: str | None = None, *, history: bool = False
    ) -> tuple[Statement, ...]:
        """Return what is stated now, by kind and subject; with `history` everything ever stated, the newest first."""
        word = kind.value if kind is not None else None
        with self._database.read() as tx:
            rows = _store.statements(tx, kind=word, subject=subject, history=history)
        return tuple(statement_of(row) for row in rows)

    def licences(self, kind: LicenceKind | None = None, *, history: bool = False) -> tuple[Licence, ...]:
        """Return papers as last seen, by name; with `history` every observation, the newest of each first."""
        with self._database.read() as tx:
            rows = _store.licences(tx, history=history)
            mine = (licence_of(row) for row in rows if kind is None or row["kind"] == kind.value)
            return covered(tx, once(mine))

    def history_of(self, kind: LicenceKind, number: str, shop_id: str) -> tuple[Observation, ...]:
        """Return all that was ever written down of one paper, the newest first; what it covers as it was written."""
        with self._database.read() as tx:
            rows = _store.history_of(tx, kind.value, number, shop_id)
        return tuple(Observation(licence_of(row), row["recorded_at"], row["digest"]) for row in rows)

    def declared(self, tx: Tx) -> tuple[Licence, ...]:
        """Return the newest word of people on every paper they spoke of, whatever platforms said since."""
        found: dict[tuple[str, str, str], Licence] = {}
        for row in _store.licences(tx, history=True):
            if row["source"] not in _TOLD:
                found.setdefault((row["kind"], row["number"], row["shop_id"]), licence_of(row))
        return tuple(found.values())

    def standing(self, now: datetime) -> tuple[Standing, ...]:
        """Return every paper as it stands on the legal day of an instant, by name."""
        return standing(self.licences(history=True), now.astimezone(SHANGHAI).date())


def _effect(before: Mapping[str, Any] | None, row: Mapping[str, Any], at: str, *, added: bool) -> Effect:
    if not added:
        return Effect.SAME
    if before is None:
        return Effect.NEW
    if before[at] > row[at]:
        return Effect.OLDER
    same = all(before[name] == value for name, value in row.items() if name not in (at, "digest"))
    return Effect.AGAIN if same else Effect.CHANGED


def about_of(given: Statement) -> str:
    """Return what tells two standing statements of one kind and subject apart."""
    return str(given.detail.get("code", "")) if given.kind is StatementKind.SUPPLIER_NOTICE else ""


def _statement_row(given: Statement) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": given.kind.value,
        "subject": given.subject,
        "about": about_of(given),
        "at": given.at,
        "by": given.by,
        "detail": dict(given.detail),
        "evidence": given.evidence,
        "valid_until": given.valid_until,
    }
    return row | {"digest": _digest(row)}


def _licence_row(seen: Licence) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(seen, name) for name in _PLAIN}
    row |= {
        "kind": seen.kind.value,
        "covers": list(seen.covers),
        "valid_from": _text(seen.valid_from),
        "valid_until": _text(seen.valid_until),
    }
    # What no platform tells leaves the digest as it was before platforms told anything.
    told: dict[str, Any] = {"doubt": seen.doubt.value, "terms": [list(term) for term in seen.terms]}
    return row | told | {"digest": _digest(row | {name: value for name, value in told.items() if value})}


def _digest(row: Mapping[str, Any]) -> str:
    return sm3_of({k: iso(v) if isinstance(v, datetime) else v for k, v in row.items()})


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def statement_of(row: Mapping[str, Any]) -> Statement:
    """Return a row as a value."""
    ours = ("seq", "digest", "about", "recorded_at", "kind")
    values = {name: value for name, value in row.items() if name not in ours}
    return Statement(kind=StatementKind(row["kind"]), **values)


def licence_of(row: Mapping[str, Any]) -> Licence:
    """Return a row as a value."""
    values = {name: value for name, value in row.items() if name not in ("seq", "digest", "recorded_at")}
    days = {name: row[name] and date.fromisoformat(row[name]) for name in ("valid_from", "valid_until")}
    told = {
        "kind": LicenceKind(row["kind"]),
        "covers": tuple(row["covers"]),
        "doubt": Doubt(row["doubt"]),
        "terms": tuple(Term(shop_id, TermKind(kind), ref) for shop_id, kind, ref in row["terms"]),
    }
    return Licence(**(values | days | told))
