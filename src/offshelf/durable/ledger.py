"""The act ledger: what is to be done, that it is being tried, and what became of it.

Intent is committed before the call, the outcome after it, both in groups. An act with an intent and no settled
outcome may have taken effect: whoever takes it up again observes first. Who writes under a lease is refused once
somebody else has taken the work over (`durable.lease`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from offshelf.durable import _store
from offshelf.durable.lease import Lanes, Lease
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx

Also = Callable[[Tx], None]


@dataclass(frozen=True, slots=True)
class LedgerAct:
    """One act as it stands in the ledger. `undo` is the record of how to undo, written before the first try."""

    act_id: str
    owner: str
    lane: str
    chunk: int
    batch: int
    step: int
    kind: str
    subject: str
    target: str
    params: dict[str, Any]
    outcome: str | None = None
    code: str = ""
    attempts: int = 0
    intent_at: datetime | None = None
    undo: dict[str, Any] | None = None
    next_try_at: datetime | None = None
    settled_at: datetime | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settling:
    """What to write about one act. `settled` outcomes get an instant and are never taken up again."""

    act_id: str
    outcome: str
    code: str
    evidence: dict[str, Any]
    settled: bool
    next_try_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a lane: how many batches, how many acts are open, when the next of them may be tried."""

    lane: str
    chunk: int
    batches: int
    open: int
    untimed: int
    next_try_at: datetime | None

    def due(self, now: datetime) -> bool:
        """Tell whether some act can be tried now."""
        return self.open > 0 and (
            self.untimed > 0 or (self.next_try_at is not None and self.next_try_at <= now)
        )


class Ledger:
    """The act ledger of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.lanes = Lanes(database, clock)  # the leases under which this process writes

    def plan(self, tx: Tx, owner: str, acts: Sequence[LedgerAct]) -> None:
        """Write the acts of an owner in place of earlier ones (allowed only while none was tried: the caller's gate)."""
        _store.drop_acts(tx, owner)
        names = LedgerAct.__dataclass_fields__
        _store.add_acts(tx, [{name: getattr(act, name) for name in names} for act in acts])

    def open_batch(self, owner: str, lane: str, chunk: int, batch: int) -> tuple[LedgerAct, ...]:
        """Return the acts of a batch that are not settled and may be tried now."""
        now = self._clock.now()
        with self._database.read() as tx:
            rows = _store.batch_rows(tx, owner, lane, chunk, batch)
        acts = (LedgerAct(**row) for row in rows)
        return tuple(act for act in acts if act.next_try_at is None or act.next_try_at <= now)

    def intend(self, undo_by_act: dict[str, dict[str, Any] | None], lease: Lease | None = None) -> None:
        """Commit intents with their undo records in one transaction.

        Raises `StaleLeaseError` and writes nothing where the lane of `lease` was taken over.
        """
        now = self._clock.now()
        rows = [
            {"b_act_id": act_id, "b_intent_at": now, "b_undo": undo} for act_id, undo in undo_by_act.items()
        ]
        with self._database.begin() as tx:
            if lease is not None:
                self.lanes.keep(tx, lease)
            _store.mark_intents(tx, rows)

    def settle(self, items: Sequence[Settling], also: Also | None = None, lease: Lease | None = None) -> None:
        """Commit outcomes, and what must be true together with them (`also`), in one transaction.

        Raises `StaleLeaseError` and writes nothing where the lane of `lease` was taken over.
        """
        now = self._clock.now()
        with self._database.begin() as tx:
            if lease is not None:
                self.lanes.keep(tx, lease)
            _store.mark_outcomes(tx, [self._outcome(item, now) for item in items])
            if also is not None:
                also(tx)

    def reopen(self, tx: Tx, owner: str, outcome: str = "") -> None:
        """Make every open act of an owner due now (a person asked to go on), and those settled with `outcome` again.

        What the other side refused may be mended by now, or done by hand: it is looked at before anything is tried.
        """
        if outcome:
            _store.reopen(tx, owner, outcome)
        _store.clear_waits(tx, owner)

    def chunks(self, owner: str) -> tuple[Chunk, ...]:
        """Return the chunks of an owner in order."""
        with self._database.read() as tx:
            return tuple(Chunk(**row) for row in _store.chunk_rows(tx, owner))

    def acts(self, owner: str, *, kinds: Collection[str] = ()) -> tuple[LedgerAct, ...]:
        """Return the acts of an owner in order: of some kinds, or all of them where none is named."""
        with self._database.read() as tx:
            return tuple(LedgerAct(**row) for row in _store.act_rows(tx, owner, kinds))

    def some(self, act_ids: Sequence[str]) -> tuple[LedgerAct, ...]:
        """Return these acts in the order they are asked for; one that is gone is left out."""
        with self._database.read() as tx:
            found = {row["act_id"]: LedgerAct(**row) for row in _store.some_acts(tx, act_ids)}
        return tuple(found[act_id] for act_id in act_ids if act_id in found)

    def counts(self, owner: str) -> list[dict[str, Any]]:
        """Return `{lane, kind, outcome, count}`; outcome None counts acts not tried yet."""
        with self._database.read() as tx:
            return _store.outcome_counts(tx, owner)

    # -- for pages ------------------------------------------------------------------------------------------------

    def at(self, owner: str, lane: str, subject: str) -> tuple[LedgerAct, ...]:
        """Return the acts of an owner at one listing, tried or not."""
        with self._database.read() as tx:
            return tuple(LedgerAct(**row) for row in _store.acts_at(tx, owner, lane, subject))

    def tried(self, lane: str, subject: str, limit: int) -> tuple[LedgerAct, ...]:
        """Return what was tried at one listing, by whichever owner, the newest first."""
        with self._database.read() as tx:
            return tuple(LedgerAct(**row) for row in _store.tried_rows(tx, lane, subject, limit))

    def tried_count(self, lane: str, subject: str) -> int:
        """Return how many acts were tried at one listing."""
        with self._database.read() as tx:
            return _store.tried_count(tx, lane, subject)

    def taken_off(self, since: datetime, shift: int) -> dict[int, int]:
        """Return how many listings were taken off by day since 1970, for days `shift` seconds ahead of UTC."""
        with self._database.read() as tx:
            return dict(_store.taken_off_days(tx, since, shift))

    def outcomes(self, owner: str) -> dict[str | None, int]:
        """Return how many acts of an owner came to each outcome; None: not tried."""
        with self._database.read() as tx:
            return dict(_store.outcomes(tx, owner))

    def open_kinds(self, owner: str) -> list[tuple[str, str, int]]:
        """Return `(lane, kind, number)` of what is left to do."""
        with self._database.read() as tx:
            return _store.open_kinds(tx, owner)

    @staticmethod
    def _outcome(item: Settling, now: datetime) -> dict[str, Any]:
        return {
            "b_act_id": item.act_id,
            "b_outcome": item.outcome,
            "b_code": item.code,
            "b_evidence": item.evidence,
            "b_next_try_at": None if item.settled else item.next_try_at,
            "b_settled_at": now if item.settled else None,
        }
