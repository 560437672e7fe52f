"""Opening tasks, telling them, and ending them. Every opening and ending is noted (by the process: in the journal)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from offshelf.access.shops import Shops
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import sm3_of
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.ids import new_id
from offshelf.kit.redact import scrub_text
from offshelf.platforms.contract import Manifest
from offshelf.policy.model import Policy
from offshelf.tasks import _store, ends, guide
from offshelf.tasks.batches import Batches, Job
from offshelf.tasks.evidence import EvidenceStore, add_rows, proofs, refuse_used
from offshelf.tasks.intake import Piece
from offshelf.tasks.model import (
    SELLING_KINDS,
    SYSTEM,
    Guide,
    Standing,
    Target,
    TargetRow,
    TargetState,
    Task,
    TaskState,
    may_take,
    menu_key,
)
from offshelf.tasks.recall import Recalls
from offshelf.tasks.requirements import row_of as guided_row
from offshelf.tasks.rows import found, target_of, targets_of, task_of
from offshelf.tasks.rules import expiry
from offshelf.tasks.shares import Note, Shares, leave, row_of, shares_of, wanted_of
from offshelf.tasks.standings import Standings
from offshelf.tasks.targets import STILL_THERE, Targets, person

NOT_WANTED = "not_wanted"  # note on a batch whose plans were all cancelled
NOW_A_TARGET = "now_a_target"  # note on a task of old without targets, which any words would have ended
_LIVE = tuple(state.value for state in TargetState if state.live)


class Tasks:
    """Tasks of one database. `targets` holds the verbs of a batch's targets."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        shops: Shops,
        manifests: Callable[[], Mapping[str, Manifest]],
        note: Note,
        evidence: EvidenceStore,
        policy: Callable[[], Policy] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._shops = shops
        self._manifests = manifests
        self._note = note
        self._files = evidence
        self._policy = policy or (lambda: Policy(clock.now().date()))
        self._batches = Batches(clock=clock, policy=self._policy, note=note)
        self._recalls = Recalls(clock=clock, policy=self._policy, note=note, open_task=self.open)
        self.targets = Targets(
            database=database,
            clock=clock,
            policy=self._policy,
            evidence=evidence,
            manifest_of=self._manifest_of,
            note=note,
        )

    # -- open ---------------------------------------------------------------------------------------------------

    def open(
        self,
        tx: Tx,
        kind: str,
        *,
        shop_id: str,
        subject: str,
        plan_id: str = "",
        params: Mapping[str, Any] | None = None,
        due_at: datetime | None = None,
        once: bool = False,
    ) -> Task:
        """Open a task, or return the open one of this kind, shop and subject.

        `once`: a task of this name that was closed is returned as well, never opened a second time.
        """
        if once:
            earlier = _store.newest(tx, kind, shop_id, subject)
            if earlier is not None:
                return task_of(earlier)
        now, key = self._clock.now(), sm3_of([kind, shop_id, subject])
        row: dict[str, Any] = {
            "task_id": new_id("T", now),
            "kind": kind,
            "shop_id": shop_id,
            "subject": subject,
            "plan_id": plan_id,
            "opened_at": now,
            "due_at": due_at,
            "params": dict(params or {}),
            "state": TaskState.OPEN.value,
            "closed_at": None,
            "closed_by": "",
            "note": "",
            "open_key": key,
        }
        if not _store.add(tx, row):
            there = _store.by_key(tx, key)
            if there is None:  # the id was taken, not the name: 30 random bits met
                raise BlockedError("tasks.try_again")
            return task_of(there)
        body = {"kind": kind, "shop": shop_id, "subject": subject, "plan": plan_id}
        self._note(tx, SYSTEM, "task.opened", str(row["task_id"]), body)
        return task_of(row)

    def open_batch(
        self,
        tx: Tx,
        kind: str,
        *,
        shop_id: str,
        plan_id: str,
        place: str,
        act: str,
        targets: Sequence[Target],
        due_at: datetime | None = None,
        params: Mapping[str, Any] | None = None,
        selling: bool | None = None,
        once: bool = False,
    ) -> tuple[Task, ...]:
        """Open tasks over these targets, at most as many in one as policy allows; return every task they stand in.

        A target that is open already is joined, one that was finished and is back is opened as a new case; with `once`
        not for the plan for which it was finished (whoever sees it come back says so by `came_back`). Refused with
        `tasks.no_policy` where no policy in force gives the size of a batch or, without `due_at`, its expiry.
        """
        job = Job(kind, shop_id, plan_id, place, act, due_at, dict(params or {}), selling, once)
        return self._batches.open(tx, job, targets)

    def came_back(
        self, tx: Tx, target_id: str, target: Target, shares: Shares | None = None
    ) -> tuple[Task, ...]:
        """Re-open the case of a finished target that was seen again, under its own ref or a new one.

        `shares` are those of the plans that still want it gone (`wanted_of`); None: all there are.
        """
        row = _store.target_row(tx, target_id)
        if row is None:
            raise UsageError("tasks.target_unknown", ref=target_id, task="-")
        earlier = target_of(row)
        return self._batches.open_again(tx, earlier, target, shares or self._shares(tx, earlier))

    def still_there(self, target_id: str, seen: dict[str, Any], *, at: datetime) -> bool:
        """Open a finished target again, with its task and its history: a look at `at` found the work undone.

        False where it is not finished (any more), or the same work is open under another target.
        """
        with self._database.begin() as tx:
            row = _store.target_row(tx, target_id)
            if row is None:
                raise UsageError("tasks.target_unknown", ref=target_id, task="-")
            task = task_of(found(tx, row["task_id"], lock=True))
            row = _store.target_row(tx, target_id) or row
            finished = TargetState(row["state"]).finished
            if not finished or row["finished_at"] >= at or not ends.named_again(tx, row):
                return False
            ends.send_back(tx, target_id, TargetState.OPEN, STILL_THERE)
            body = {"target": target_id, "seen": seen}
            self._note(tx, SYSTEM, "task.contradicted", task.task_id, body)
            due = self._clock.now() + expiry(self._policy())
            ends.open_again(tx, task, target_id, due=due, note=self._note)
            return True

    # -- end ----------------------------------------------------------------------------------------------------

    def done(self, tx: Tx, task_id: str, *, by: str, note: str) -> Task:
        """End a task as done. `note` says what was done; refused without, and for a task that is closed.

        A task with targets ends by its targets only.
        """
        row = found(tx, task_id)
        if row["targets"] and row["state"] == TaskState.OPEN.value:
            raise UsageError("tasks.by_targets", task=task_id)
        return self._close(tx, task_id, TaskState.DONE, by, note)

    def complete(self, task_id: str, pieces: Sequence[Piece], *, by: str, note: str) -> Task:
        """End a task without targets as done, with evidence where there is some."""
        now = self._clock.now()
        with self._database.read() as tx:
            found(tx, task_id)
            proven = proofs(pieces, [task_id], by=by, at=now)
            refuse_used(tx, proven)
        for piece in proven:
            self._files.keep(piece.data)
        with self._database.begin() as tx:
            task = self.done(tx, task_id, by=by, note=note)
            kept = add_rows(tx, proven, task_id=task_id, targets=[], by=by, at=now)
            if kept:
                self._note(tx, by, "task.evidence", task_id, {"evidence": kept})
            return task

    def drop(self, tx: Tx, task_id: str, *, by: str, why: str) -> Task:
        """End a task without doing it. `why` is wanted as for `done`. Targets that wait are dropped with it."""
        found(tx, task_id, lock=True)
        task = self._close(tx, task_id, TaskState.DROPPED, by, why)
        for row in _store.live_targets(tx, task_id) if task.targets else ():
            self._drop_target(tx, row["target_id"])
        if task.targets:
            ends.draw_sample(tx, task, self._policy(), self._note)
        return task

    def close_others(self, tx: Tx, kind: str, *, standing: Collection[tuple[str, str]], note: str) -> int:
        """End open tasks of a kind whose cause is gone: those whose (shop, subject) is not among `standing`.

        Batches are left alone: their targets end them.
        """
        gone = [
            row
            for row in _store.rows(tx, [TaskState.OPEN.value], kind)
            if not row["targets"] and (row["shop_id"], row["subject"]) not in standing
        ]
        for row in gone:
            self._close(tx, row["task_id"], TaskState.DONE, SYSTEM, note)
        return len(gone)

    def drop_single(self, tx: Tx, kinds: Collection[str], *, why: str) -> int:
        """Drop open tasks of these kinds that have no targets; returns how many."""
        rows = [row for kind in sorted(kinds) for row in _store.rows(tx, [TaskState.OPEN.value], kind)]
        single = [row for row in rows if not row["targets"]]
        for row in single:
            self._close(tx, row["task_id"], TaskState.DROPPED, SYSTEM, why)
        return len(single)

    def abandon(self, tx: Tx, cancelled: Callable[[str], bool]) -> int:
        """Drop targets every plan of which was cancelled; returns how many. Others are narrowed to what is still wanted."""
        gone = {plan_id for plan_id in _store.waiting_plans(tx) if cancelled(plan_id)}
        left: dict[str, int] = {}
        for target_id, task_id in _store.live_of_plans(tx, gone):
            found(tx, task_id, lock=True)
            row = row_of(tx, target_id)
            if not row.state.live:
                continue
            if not gone.issuperset(shares_of(tx, row)):
                leave(tx, row, gone, self._note, {"note": NOT_WANTED})
                continue
            self._drop_target(tx, target_id)
            left[task_id] = left.get(task_id, 0) + 1
        for task_id, number in left.items():
            self._note(tx, SYSTEM, "task.targets_dropped", task_id, {"count": number, "note": NOT_WANTED})
            now = self._clock.now()
            ends.close_ended(
                tx, task_id, by=SYSTEM, now=now, policy=self._policy(), note=self._note, unwanted=NOT_WANTED
            )
        return sum(left.values())

    def recall(self, tx: Tx, plan_id: str, because: str) -> int:
        """Drop the work of a plan that the plan `because` puts back; returns how many pieces.

        What another plan waits for as well stays. Whoever was at it is told by a task of their own.
        """
        return self._recalls.recall(tx, plan_id, because)

    @staticmethod
    def _drop_target(tx: Tx, target_id: str) -> None:
        _store.move(tx, target_id, _LIVE, {"state": TargetState.DROPPED.value, "open_key": None})

    def _close(self, tx: Tx, task_id: str, state: TaskState, by: str, note: str) -> Task:
        if not note.strip():
            raise UsageError("tasks.note_missing", task=task_id)
        closed = {"state": state.value, "closed_at": self._clock.now(), "closed_by": by, "note": note}
        if not _store.close(tx, task_id, closed):
            there = found(tx, task_id)
            raise BlockedError("tasks.closed", task=task_id, by=there["closed_by"])
        row = found(tx, task_id)
        self._note(tx, by, f"task.{state.value}", task_id, {"kind": row["kind"], "note": scrub_text(note)})
        return task_of(row)

    # -- take, and be late --------------------------------------------------------------------------------------

    def take(self, tx: Tx, task_id: str, *, by: str) -> Task:
        """Write down who works on an open task. What another person took can be taken over once it is overdue."""
        by, task = person(by), task_of(found(tx, task_id, lock=True))
        if task.state is not TaskState.OPEN:
            raise BlockedError("tasks.closed", task=task_id, by=task.closed_by)
        if not may_take(task, by):
            raise BlockedError("tasks.taken", task=task_id, by=task.taken_by)
        _store.take(tx, task_id, by)
        self._note(tx, by, "task.taken", task_id, {"before": task.taken_by})
        return task_of(found(tx, task_id))

    def escalate(self) -> int:
        """Mark open tasks past their due instant as overdue and note it, once each; returns how many. Closes none."""
        now = self._clock.now()
        with self._database.begin() as tx:
            late = [row for row in _store.late_rows(tx, now) if _store.mark_late(tx, row["task_id"], now)]
            for row in late:
                open_ = sum(target.state.live for target in targets_of(tx, row["task_id"]))
                body = {"kind": row["kind"], "plan": row["plan_id"], "taken_by": row["taken_by"]}
                self._note(tx, SYSTEM, "task.overdue", row["task_id"], body | {"targets_open": open_})
        return len(late)

    # -- tell ---------------------------------------------------------------------------------------------------

    def get(self, task_id: str) -> Task:
        """Return one task, or refuse with `tasks.unknown`."""
        with self._database.read() as tx:
            return task_of(found(tx, task_id))

    def list(self, state: TaskState | None = TaskState.OPEN) -> tuple[Task, ...]:
        """Return tasks in a state (None: all): overdue ones first, then those due first, then the oldest."""
        states = [state.value] if state is not None else [each.value for each in TaskState]
        with self._database.read() as tx:
            return tuple(task_of(row) for row in _store.rows(tx, states))

    def stamp(self) -> str:
        """Return a short text that differs whenever something about tasks has changed."""
        with self._database.read() as tx:
            return sm3_of(_store.standing(tx))[:16]

    def open_selling(self, plan_id: str) -> tuple[Task, ...]:
        """Return open tasks of places where a buyer can still pay and for which this plan waits.

        While there is one the plan is not *off*, whatever its acts say.
        """
        with self._database.read() as tx:
            return tuple(task_of(row) for row in _store.selling_rows(tx, plan_id, SELLING_KINDS))

    def outcome_of(
        self,
        plan_id: str,
        kind: str,
        ref: str,
        *,
        shop_id: str | None = None,
        listing_id: str = "",
        act: str = "",
    ) -> Standing | None:
        """Return how a place (a `PlaceKind` value and its ref) stands for a plan; None where no target was opened.

        Of several (`shop_id`, also an empty one, `listing_id` and `act` narrow them down), the newest one that is not
        finished, else the newest.
        """
        with self._database.read() as tx:
            there = Standings.read(tx, plan_id, (kind, ref))
        return there.of(kind, ref, shop_id=shop_id, listing_id=listing_id, act=act)

    def standings(self, plan_id: str) -> Standings:
        """Return how every place of a plan stands now: for whoever asks for many."""
        with self._database.read() as tx:
            return Standings.read(tx, plan_id)

    def still_wanted(
        self, row: TargetRow, not_wanted: Callable[[str], bool], selling: Collection[tuple[str, str]]
    ) -> dict[str, tuple[str, ...]]:
        """Return by plan what is still to leave a finished target: where it is back, its case opens again for these."""
        with self._database.read() as tx:
            shares = self._shares(tx, row)
        return wanted_of(row, shares, not_wanted, selling)

    @staticmethod
    def _shares(tx: Tx, row: TargetRow) -> Shares:
        """Return the shares of a target; where no plan has one, all of it is that of its task."""
        return shares_of(tx, row) or {str(found(tx, row.task_id)["plan_id"]): row.target.names}

    def newer_case(self, row: TargetRow, ref: str) -> bool:
        """Tell whether what was put up again, under a ref, has a newer case: open, done since, or dropped by somebody."""
        about = row.target
        with self._database.read() as tx:
            plans = self._shares(tx, row)
        for plan_id in plans:
            known = self.outcome_of(plan_id, about.kind.value, ref, shop_id=about.shop_id)
            if known is not None and known.row.target_id != row.target_id:
                return True
        return False

    def waiting_plans(self) -> tuple[str, ...]:
        """Return the plans behind targets that wait for something."""
        with self._database.read() as tx:
            return tuple(_store.waiting_plans(tx))

    def live_targets(self) -> tuple[TargetRow, ...]:
        """Return every target that waits for something."""
        with self._database.read() as tx:
            return tuple(target_of(row) for row in _store.live_targets(tx))

    def finished_since(self, since: datetime) -> tuple[TargetRow, ...]:
        """Return targets finished since then and not open again."""
        with self._database.read() as tx:
            return tuple(target_of(row) for row in _store.finished_since(tx, since))

    def finished_within(self, span: timedelta) -> tuple[TargetRow, ...]:
        """Return targets finished within this time up to now and not open again."""
        return self.finished_since(self._clock.now() - span)

    def guide(self, task: Task, language: str) -> Guide:
        """Return a task as a person reads it. A kind without texts is told by its own name, never refused."""
        platform = self._platform_of(task.shop_id)
        row = guided_row(self._manifests().get(platform), *menu_key(task))
        return guide.tell(task, language, row=row, menu=guide.menu_of(task, self._policy(), platform))

    def _platform_of(self, shop_id: str) -> str:
        return next((shop.platform.value for shop in self._shops.all() if shop.shop_id == shop_id), "")

    def _manifest_of(self, shop_id: str) -> Manifest | None:
        return self._manifests().get(self._platform_of(shop_id))
