"""The life of targets: claimed with evidence, looked at, finished or sent back.

Every change of a task's targets holds the task's row, so that the last one to finish closes it. Files are kept before
the transaction that counts them; whatever is refused in it leaves nothing but sealed bytes without a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.redact import scrub_text
from offshelf.platforms.contract import Manifest
from offshelf.policy.model import Policy
from offshelf.tasks import _store, ends
from offshelf.tasks.ends import FINISHED
from offshelf.tasks.evidence import EvidenceStore, add_rows, evidence_of, proofs, refuse_used, sight_proof
from offshelf.tasks.intake import Piece
from offshelf.tasks.model import (
    SYSTEM,
    Evidence,
    Recheck,
    Sight,
    Target,
    TargetRow,
    TargetState,
    Task,
    TaskState,
    same_person,
)
from offshelf.tasks.requirements import SIGHT, Requirement, required, row_of
from offshelf.tasks.rows import found, target_of, targets_of, task_of
from offshelf.tasks.rules import expiry, needs_second_person
from offshelf.tasks.shares import Note
from offshelf.tasks.sights import look_for
from offshelf.tasks.waiting import Waiting, had_a_hand, may_confirm, waiting_of

STILL_THERE = "seen_still_there"  # why a look by a call sent a target back
_TO_DO = (TargetState.OPEN.value, TargetState.REJECTED.value)
_LIVE = (*_TO_DO, TargetState.CLAIMED_DONE.value)
_LONGEST = 100  # characters of a person's name


class Targets:
    """Targets and evidence of one database. `manifest_of` gives the manifest of a shop's platform."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        policy: Callable[[], Policy],
        evidence: EvidenceStore,
        manifest_of: Callable[[str], Manifest | None],
        note: Note,
    ) -> None:
        self._database = database
        self._clock = clock
        self._policy = policy
        self._files = evidence
        self._manifest_of = manifest_of
        self._note = note

    # -- tell ---------------------------------------------------------------------------------------------------

    def of(self, task_id: str) -> tuple[TargetRow, ...]:
        """Return the targets of a task in order."""
        with self._database.read() as tx:
            return targets_of(tx, task_id)

    def evidence(self, task_id: str) -> tuple[Evidence, ...]:
        """Return the evidence of a task, oldest first."""
        with self._database.read() as tx:
            return tuple(evidence_of(row) for row in _store.evidence_of(tx, task_id))

    def piece(self, task_id: str, digest: str) -> tuple[Evidence, bytes]:
        """Return one piece of a task's evidence with its clear bytes; refuses what proves nothing of this task."""
        with self._database.read() as tx:
            row = _store.evidence_row(tx, digest)
        if row is None or row["task_id"] != task_id:
            raise UsageError("tasks.unknown_evidence", task=task_id)
        return evidence_of(row), self._files.read(digest)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return by task how many of its targets stand in each state."""
        found_: dict[str, dict[str, int]] = {}
        with self._database.read() as tx:
            for task_id, state, number in _store.counts(tx):
                found_.setdefault(task_id, {})[state] = number
        return found_

    def to_recheck(self) -> tuple[TargetRow, ...]:
        """Return the targets drawn for a second look."""
        with self._database.read() as tx:
            return tuple(target_of(row) for row in _store.drawn_rows(tx))

    def second_person(self, task: Task) -> bool:
        """Tell whether the task's act needs another person's word."""
        return needs_second_person(self._policy(), task.place, task.act)

    def waiting(self, task: Task, rows: Sequence[TargetRow]) -> Waiting | None:
        """Return what of these targets was handed in and is not done yet; None where nothing was."""
        return waiting_of(rows, second_person=self.second_person(task))

    def required(self, task: Task) -> Requirement:
        """Return what must be handed in to claim a target of this task."""
        return required(row_of(self._manifest_of(task.shop_id), task.place, task.act))

    def seen_by_call(self, row: TargetRow) -> bool:
        """Tell whether a call can see that this target is done."""
        return look_for(row.target.kind, row.act, self._manifest_of(row.target.shop_id)) is not None

    # -- claim --------------------------------------------------------------------------------------------------

    def claim(
        self,
        task_id: str,
        refs: Sequence[str],
        pieces: Sequence[Piece],
        *,
        by: str,
        note: str = "",
        not_there: bool = False,
        saw: Mapping[str, Collection[str]] | None = None,
    ) -> tuple[TargetRow, ...]:
        """Claim targets as done (or as gone already) with evidence, and return them as they stand then.

        `refs` are refs, numbers or ids of targets; empty means every one still to do. Without a call that can look and
        without a second person, the claim itself finishes them. `saw` is, by target id, which goods the person was told are
        to leave: where they are more by now, the claim is refused.
        """
        by = person(by)
        with self._database.read() as tx:
            task = open_batch(tx, task_id)
            rows = chosen(task, targets_of(tx, task_id), refs, _TO_DO)
            for row in rows:
                if saw is not None and not set(row.target.names) <= set(saw.get(row.target_id, ())):
                    raise BlockedError("tasks.target_widened", target=row.target_id, task=task_id)
            self._refuse_lacking(task, rows, pieces, not_there=not_there)
            now = self._clock.now()
            proven = proofs(pieces, [row.target_id for row in rows], by=by, at=now)
            refuse_used(tx, proven)
        for piece in proven:
            self._files.keep(piece.data)
        with self._database.begin() as tx:
            open_batch(tx, task_id, lock=True)
            _refuse_widened(tx, rows)
            digests = self._claim(tx, task, rows, proven, by=by, now=now, note=note, gone=not_there)
            if not self.second_person(task):
                unseen = [row for row in rows if not self.seen_by_call(row)]
                self._finish(tx, unseen, by=by, how="completion", digests=digests, gone=not_there)
            return tuple(target_of(_row(tx, row.target_id)) for row in rows)

    def _refuse_lacking(
        self, task: Task, rows: Sequence[TargetRow], pieces: Sequence[Piece], *, not_there: bool
    ) -> None:
        needs = self.required(task)
        if len(rows) > 1 and not needs.together:
            raise UsageError("tasks.one_target", count=len(rows), task=task.task_id)
        lacking = (SIGHT if not_there else needs).missing(piece.kind for piece in pieces)
        if lacking:
            wanted = ", ".join(f"{kind.value}×{number}" for kind, number in lacking.items())
            raise UsageError("tasks.evidence_missing", task=task.task_id, missing=wanted)

    def _claim(
        self,
        tx: Tx,
        task: Task,
        rows: Sequence[TargetRow],
        pieces: Sequence[Piece],
        *,
        by: str,
        now: datetime,
        note: str,
        gone: bool,
    ) -> list[str]:
        names = [row.target_id for row in rows]
        digests = add_rows(tx, pieces, task_id=task.task_id, targets=names, by=by, at=now)
        values = {
            "state": TargetState.CLAIMED_DONE.value,
            "claimed_at": now,
            "claimed_by": by,
            "gone": gone,
            "why": "",
        }
        for name in names:
            if not _store.move(tx, name, _TO_DO, values):
                raise BlockedError("tasks.target_not_open", target=name)
        body = {"targets": names, "evidence": digests, "gone": gone, "note": scrub_text(note)}
        self._note(tx, by, "task.claimed", task.task_id, body)
        return digests

    # -- look ---------------------------------------------------------------------------------------------------

    def confirm(
        self,
        task_id: str,
        refs: Sequence[str],
        *,
        by: str,
        saw: Mapping[str, datetime] | None = None,
    ) -> tuple[TargetRow, ...]:
        """Confirm claims of somebody else: the second person's word. Empty `refs`: every claim of the task.

        `saw` is, by target id, when the claims the person looked at were made: a newer one is refused.
        """
        by = person(by)
        with self._database.begin() as tx:
            task = open_batch(tx, task_id, lock=True)
            rows = chosen(task, targets_of(tx, task_id), refs, (TargetState.CLAIMED_DONE.value,))
            if len(may_confirm(rows, by)) < len(rows):
                raise BlockedError("tasks.same_person", person=by)
            for row in rows:
                if saw is not None and saw.get(row.target_id) != row.claimed_at:
                    raise BlockedError("tasks.claim_changed", target=row.target_id)
            for gone in (False, True):
                some = [row for row in rows if row.gone is gone]
                self._finish(tx, some, by=by, how="second_person", digests=[], gone=gone)
            return tuple(target_of(_row(tx, row.target_id)) for row in rows)

    def reject(self, task_id: str, refs: Sequence[str], *, by: str, why: str) -> tuple[TargetRow, ...]:
        """Send claims back to be done again, saying why. Whoever claimed may take the claim back this way."""
        by = person(by)
        if not why.strip():
            raise UsageError("tasks.note_missing", task=task_id)
        with self._database.begin() as tx:
            task = open_batch(tx, task_id, lock=True)
            rows = chosen(task, targets_of(tx, task_id), refs, (TargetState.CLAIMED_DONE.value,))
            names = [row.target_id for row in rows]
            for name in names:
                ends.send_back(tx, name, TargetState.REJECTED, scrub_text(why))
            body = {"targets": names, "why": scrub_text(why)}
            self._note(tx, by, "task.rejected", task_id, body)
            return tuple(target_of(_row(tx, name)) for name in names)

    def observed(
        self,
        target_id: str,
        sight: Sight,
        seen: dict[str, Any],
        *,
        began_at: datetime,
        of: Target | None = None,
    ) -> TargetRow:
        """Write down what a look by a call saw; `began_at` is when it began, `of` what it looked for (None: all of it).

        A yes over fewer goods than are to leave the place by now says nothing of the rest, a no over more of them nothing of
        these, and so is unknown. Yes finishes a target, with the sight as evidence, claimed or not; but no sight speaks for
        the second person of a harmful act. No sends back a claim made before the look. Unknown changes nothing.
        """
        with self._database.read() as tx:
            row = target_of(_row(tx, target_id))
            task = task_of(found(tx, row.task_id))
        sight = _seen_of(row, sight, of)
        proof = sight_proof(target_id, {"sight": sight.value, **seen}, began_at)
        finishes = sight is Sight.YES and row.state.live and not self.second_person(task)
        if finishes:
            self._files.keep(proof.data)
        with self._database.begin() as tx:
            found(tx, row.task_id, lock=True)
            row = target_of(_row(tx, target_id))
            finishes, sight = finishes and _seen_of(row, sight, of) is Sight.YES, _seen_of(row, sight, of)
            looked = {"sight": sight.value, "sight_at": began_at, "seen": seen}
            if row.sight_at is None or row.sight_at <= began_at:
                _store.move(tx, target_id, _LIVE, looked)
            if finishes and row.state.live:
                kept = add_rows(
                    tx, [proof], task_id=task.task_id, targets=[target_id], by=SYSTEM, at=began_at
                )
                gone = row.gone and row.state is TargetState.CLAIMED_DONE
                self._finish(tx, [row], by=SYSTEM, how="observed", digests=kept, gone=gone)
            elif sight is Sight.NO and _claimed_before(row, began_at):
                ends.send_back(tx, target_id, TargetState.OPEN, STILL_THERE)
                self._note(tx, SYSTEM, "task.contradicted", task.task_id, {"target": target_id, "seen": seen})
            return target_of(_row(tx, target_id))

    # -- look again ---------------------------------------------------------------------------------------------

    def recheck(
        self, target_id: str, pieces: Sequence[Piece], *, by: str, passed: bool, why: str = ""
    ) -> TargetRow:
        """Write down a second person's look at a finished target; passed needs fresh evidence, failed a reason.

        A failed look sends the target back, re-opens its task, and draws the rest of the batch.
        """
        by = person(by)
        if passed and SIGHT.missing(piece.kind for piece in pieces):
            raise UsageError("tasks.evidence_missing", task=target_id, missing="screenshot×1")
        if not passed and not why.strip():
            raise UsageError("tasks.note_missing", task=target_id)
        with self._database.read() as tx:
            row = self._second_look(tx, target_id, by)
            now = self._clock.now()
            proven = proofs(pieces, [target_id], by=by, at=now)
            refuse_used(tx, proven)
        for piece in proven:
            self._files.keep(piece.data)
        with self._database.begin() as tx:
            task = task_of(found(tx, row.task_id, lock=True))
            row = self._second_look(tx, target_id, by)
            kept = add_rows(tx, proven, task_id=task.task_id, targets=[target_id], by=by, at=now)
            word = Recheck.PASSED if passed else Recheck.FAILED
            looked = {"recheck": word.value, "rechecked_by": by, "rechecked_at": now}
            _store.move(tx, target_id, FINISHED, looked)
            body = {"target": target_id, "word": word.value, "evidence": kept, "why": scrub_text(why)}
            self._note(tx, by, "task.rechecked", task.task_id, body)
            if not passed:
                self._fail(tx, task, row, scrub_text(why))
            return target_of(_row(tx, target_id))

    def _second_look(self, tx: Tx, target_id: str, by: str) -> TargetRow:
        """Return a finished target that this person may look at again."""
        row = target_of(_row(tx, target_id))
        if not row.state.finished:
            raise BlockedError("tasks.target_not_finished", target=target_id)
        if had_a_hand(row, by):
            raise BlockedError("tasks.same_person", person=by)
        return row

    def _fail(self, tx: Tx, task: Task, row: TargetRow, why: str) -> None:
        ends.draw(tx, task, ends.unlooked(tx, task.task_id), self._note)
        # Where the same work is open already (it was seen to be back), that case goes on; this one stays as it is.
        if not ends.named_again(tx, _row(tx, row.target_id)):
            return
        ends.send_back(tx, row.target_id, TargetState.REJECTED, why)
        due = self._clock.now() + expiry(self._policy())
        ends.open_again(tx, task, row.target_id, due=due, note=self._note)

    # -- ends ---------------------------------------------------------------------------------------------------

    def _finish(
        self, tx: Tx, rows: Sequence[TargetRow], *, by: str, how: str, digests: Sequence[str], gone: bool
    ) -> None:
        """Finish targets and, with the last one, their task."""
        if not rows:
            return
        state = TargetState.NOT_THERE if gone else TargetState.CONFIRMED
        ended = {"finished_at": self._clock.now(), "finished_by": by, "how": how, "open_key": None}
        for row in rows:
            # What failed a second look once is looked at again.
            again = {"recheck": Recheck.DRAWN.value} if row.recheck is Recheck.FAILED else {}
            if not _store.move(tx, row.target_id, _LIVE, {"state": state.value} | ended | again):
                raise BlockedError("tasks.target_not_open", target=row.target_id)
        body = {"targets": [row.target_id for row in rows], "how": how, "evidence": list(digests)}
        self._note(tx, by, f"task.{state.value}", rows[0].task_id, body)
        ends.close_ended(
            tx, rows[0].task_id, by=by, now=self._clock.now(), policy=self._policy(), note=self._note
        )


def person(name: str) -> str:
    """Return a person's name without spaces around, or refuse an empty or endless one."""
    name = name.strip()
    if not name or len(name) > _LONGEST or same_person(name, SYSTEM):
        raise UsageError("tasks.no_person")
    return name


def open_batch(tx: Tx, task_id: str, *, lock: bool = False) -> Task:
    """Return an open task with targets, or refuse."""
    task = task_of(found(tx, task_id, lock=lock))
    if task.state is not TaskState.OPEN:
        raise BlockedError("tasks.closed", task=task_id, by=task.closed_by)
    if not task.targets:
        raise UsageError("tasks.no_targets", task=task_id)
    return task


def chosen(
    task: Task, rows: Sequence[TargetRow], refs: Sequence[str], states: Sequence[str]
) -> tuple[TargetRow, ...]:
    """Return the targets a person named, or all in one of these states; refuses one that is unknown or in another."""
    fit = [row for row in rows if row.state.value in states]
    if not refs:
        if not fit:
            raise BlockedError("tasks.nothing_to_do", task=task.task_id)
        return tuple(fit)
    named = [_named(task, rows, ref) for ref in dict.fromkeys(refs)]
    for row in named:
        if row.state.value not in states:
            raise BlockedError("tasks.target_not_open", target=row.target_id)
    return tuple({row.target_id: row for row in named}.values())


def _named(task: Task, rows: Sequence[TargetRow], ref: str) -> TargetRow:
    """Return one target by id, ref or number (in this order: a ref may be a small number as well)."""
    for same in (
        [row for row in rows if row.target_id == ref],
        [row for row in rows if row.target.ref == ref],
        [row for row in rows if str(row.number) == ref],
    ):
        if len(same) > 1:
            raise UsageError("tasks.target_unclear", ref=ref, numbers=", ".join(str(r.number) for r in same))
        if same:
            return same[0]
    raise UsageError("tasks.target_unknown", ref=ref, task=task.task_id)


def _seen_of(row: TargetRow, sight: Sight, of: Target | None) -> Sight:
    """Return what a look says of a target whose goods may have become more, or fewer, since the look began.

    That all have left says nothing of more; that some have not may be about those which are to stay by now.
    """
    if of is None or (sight is Sight.YES and of.holds(row.target.names)):
        return sight
    return sight if sight is Sight.NO and row.target.holds(of.names) else Sight.UNKNOWN


def _refuse_widened(tx: Tx, rows: Sequence[TargetRow]) -> None:
    """Refuse a claim over fewer goods than are to leave the place by now."""
    for row in rows:
        if not row.target.holds(target_of(_row(tx, row.target_id)).target.names):
            raise BlockedError("tasks.target_widened", target=row.target_id, task=row.task_id)


def _claimed_before(row: TargetRow, instant: datetime) -> bool:
    return row.state is TargetState.CLAIMED_DONE and row.claimed_at is not None and row.claimed_at <= instant


def _row(tx: Tx, target_id: str) -> dict[str, Any]:
    row = _store.target_row(tx, target_id)
    if row is None:
        raise UsageError("tasks.target_unknown", ref=target_id, task="-")
    return row
