"""Opens targets in batches. Safe to repeat: what is open is joined, what was finished before and is back is a new case."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.db import Tx
from offshelf.kit.errors import BlockedError
from offshelf.kit.ids import new_id
from offshelf.policy.model import Policy
from offshelf.tasks import _store
from offshelf.tasks.model import SYSTEM, Recheck, Target, TargetRow, TargetState, Task, TaskState, sells
from offshelf.tasks.rows import found, like_key, name_key, task_of
from offshelf.tasks.rules import batch_size, expiry
from offshelf.tasks.shares import WIDENED, Note, Shares, row_of, shares_of

_SUBJECT = 200  # characters of a subject


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done at some targets: `place` and `act` name the manifest's row.

    `due_at` None: as long as policy allows. `selling` None: told by the kinds of the targets. `once`: what was finished
    for this very plan is not opened for it again.
    """

    kind: str
    shop_id: str
    plan_id: str
    place: str
    act: str
    due_at: datetime | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    selling: bool | None = None
    once: bool = False


class Batches:
    """Opens batches of one database."""

    def __init__(self, *, clock: Clock, policy: Callable[[], Policy], note: Note) -> None:
        self._clock = clock
        self._policy = policy
        self._note = note

    def open(self, tx: Tx, job: Job, targets: Sequence[Target]) -> tuple[Task, ...]:
        """Return the tasks these targets stand in now: new ones in order, then those where they were open already."""
        names = {name_key(target, job.act): target for target in targets}
        live = _store.live_names(tx, names)
        # In the order of the tasks, whose rows are held: two processes never wait for each other in a circle.
        there = {
            key: where
            for key, where in sorted(live.items(), key=lambda pair: (pair[1][1], pair[1][0]))
            if self._join(tx, job, where[0], names[key])
        }
        fresh = [(key, target) for key, target in names.items() if key not in there]
        if job.once:  # asked after the open ones: what is finished in between is seen here
            fresh = [pair for pair in fresh if not _store.was_finished(tx, job.plan_id, pair[0])]
        made = self._open_fresh(tx, job, fresh) if fresh else []
        joined = dict.fromkeys(task_id for _, task_id in there.values())
        return tuple(made) + tuple(task_of(found(tx, task_id)) for task_id in joined)

    def _join(self, tx: Tx, job: Job, target_id: str, target: Target) -> bool:
        """Let a plan wait for an open target; False where it was finished meanwhile, over fewer goods than are asked for.

        What is to leave the place besides is added to it. Whatever was claimed or seen of fewer goods proves nothing of
        the rest, so a claim is void and the work is to do again.
        """
        row = row_of(tx, target_id)
        mine = shares_of(tx, row).get(job.plan_id)
        if mine is not None and set(target.names) <= set(mine):
            return True  # asked for before
        # Held from here: another plan that leaves at the same time must not take away what this one asks for.
        found(tx, row.task_id, lock=True)
        row = row_of(tx, target_id)
        if not row.state.live and not (row.state.finished and row.target.holds(target.names)):
            return False
        self._widen(tx, job, row, target)
        mine = shares_of(tx, row).get(job.plan_id, ())
        _store.join_plan(tx, target_id, job.plan_id, sorted({*mine, *target.names}))
        return True

    def _widen(self, tx: Tx, job: Job, row: TargetRow, target: Target) -> None:
        added = sorted(set(target.names) - set(row.target.names))
        if not added:
            return
        claimed = row.state is TargetState.CLAIMED_DONE
        values: dict[str, Any] = {
            "items": sorted({*row.target.names, *added}),
            "sight": None,
            "sight_at": None,
        }
        values |= {"why": WIDENED} if row.state is not TargetState.REJECTED else {}
        values |= {"state": TargetState.OPEN.value, "gone": False} if claimed else {}
        _store.move(tx, row.target_id, [row.state.value], values)
        body = {"target": row.target_id, "plan": job.plan_id, "added": added}
        void = {"void_claim_by": row.claimed_by} if claimed else {}
        self._note(tx, SYSTEM, "task.widened", row.task_id, body | void)

    def open_again(self, tx: Tx, earlier: TargetRow, target: Target, shares: Shares) -> tuple[Task, ...]:
        """Open the case of a finished target that is back (under the same ref or a new one), for plans and their shares."""
        was = task_of(found(tx, earlier.task_id))
        made: tuple[Task, ...] = ()
        for plan_id, names in sorted(shares.items(), key=lambda share: -len(share[1])):
            job = Job(
                was.kind, was.shop_id, plan_id, earlier.place, earlier.act,
                params=was.params, selling=was.selling,
            )  # fmt: skip
            mine = set(names) == set(target.names)
            made = self.open(tx, job, [target if mine else replace(target, items=names)])
        return made

    def _open_fresh(self, tx: Tx, job: Job, fresh: Sequence[tuple[str, Target]]) -> list[Task]:
        policy, now = self._policy(), self._clock.now()
        size, due = batch_size(policy), job.due_at or now + expiry(policy)
        made = []
        for start in range(0, len(fresh), size):
            task_id = new_id("T", now)
            kept = self._add_targets(tx, job, task_id, fresh[start : start + size], now)
            if not kept:  # another process opened every one meanwhile
                continue
            row = _task_row(job, task_id, kept, now, due)
            if not _store.add(tx, row):  # 30 random bits met
                raise BlockedError("tasks.try_again")
            body = {"kind": job.kind, "shop": job.shop_id, "plan": job.plan_id, "place": job.place}
            more = {"act": job.act, "targets": [_short(target) for target in kept], "policy": policy.version}
            self._note(tx, SYSTEM, "task.opened", task_id, body | more)
            made.append(task_of(row))
        return made

    def _add_targets(
        self, tx: Tx, job: Job, task_id: str, fresh: Sequence[tuple[str, Target]], now: datetime
    ) -> list[Target]:
        rows = []
        for number, (key, target) in enumerate(fresh, 1):
            like = like_key(target, job.act)
            earlier = _store.finished_like(tx, key, like) or {"target_id": "", "recurrences": -1}
            names = {"name_key": key, "like_key": like, "open_key": key}
            came_back = {"earlier": earlier["target_id"], "recurrences": earlier["recurrences"] + 1}
            rows.append(
                (_target_row(job, target, f"{task_id}-{number:02d}", now) | names | came_back, target)
            )
        kept = []
        # In the order of the keys: two processes over the same targets never wait for each other in a circle.
        for row, target in sorted(rows, key=lambda pair: pair[0]["open_key"]):
            values = row | {"task_id": task_id, "number": int(row["target_id"].rpartition("-")[2])}
            if not _store.add_target(tx, values):
                continue
            kept.append((values["number"], target))
            _store.join_plan(tx, values["target_id"], job.plan_id, target.names)
            if values["earlier"]:
                told = {"earlier": values["earlier"], "times": values["recurrences"]} | _short(target)
                self._note(tx, SYSTEM, "task.came_back", task_id, told)
        return [target for _, target in sorted(kept, key=lambda pair: pair[0])]


def _short(target: Target) -> dict[str, str]:
    return {"kind": target.kind.value, "ref": target.ref, "listing": target.listing_id}


def _task_row(
    job: Job, task_id: str, targets: Sequence[Target], now: datetime, due: datetime
) -> dict[str, Any]:
    first = targets[0]
    told = {"what": first.kind.value, "count": len(targets), "listing": first.listing_id}
    return {
        "task_id": task_id,
        "kind": job.kind,
        "shop_id": job.shop_id,
        "subject": first.ref[:_SUBJECT],
        "plan_id": job.plan_id,
        "opened_at": now,
        "due_at": due,
        "params": {**job.params, "place": job.place, **told},
        "state": TaskState.OPEN.value,
        "closed_at": None,
        "closed_by": "",
        "note": "",
        "open_key": None,
        "place": job.place,
        "act": job.act,
        "targets": len(targets),
        "selling": sells(tuple(targets)) if job.selling is None else job.selling,
        "overdue_at": None,
        "taken_by": "",
    }


def _target_row(job: Job, target: Target, target_id: str, now: datetime) -> dict[str, Any]:
    return {
        "target_id": target_id,
        "shop_id": target.shop_id,
        "kind": target.kind.value,
        "ref": target.ref,
        "title": target.title,
        "url": target.url,
        "listing_id": target.listing_id,
        "items": list(target.items),
        "listed": target.listed,
        "place": job.place,
        "act": job.act,
        "state": TargetState.OPEN.value,
        "opened_at": now,
        "claimed_at": None,
        "claimed_by": "",
        "gone": False,
        "finished_at": None,
        "finished_by": "",
        "how": "",
        "why": "",
        "sight": None,
        "sight_at": None,
        "seen": {},
        "recheck": Recheck.NONE.value,
        "rechecked_by": "",
        "rechecked_at": None,
    }
