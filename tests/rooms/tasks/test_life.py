"""The life of targets under any order of what people, looks and time do: what must never be."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.tasks.model import Recheck, Sight, Target, TargetState, TaskState, same_person
from offshelf.vocabulary.places import PlaceKind
from support.databases import START, create_schema
from support.evidence import shot
from support.task_desk import TaskDesk

PEOPLE = ("lin", "Lin ", "wang")
REFS = tuple(f"r{n}" for n in range(3))
HARMFUL, SEEN = "by_hand", "remove"  # two acts: one needs a second person, the other is seen by a call


class Life(RuleBasedStateMachine):
    """One shop, four places, two acts; screenshots are few, so that people reach for used ones."""

    @initialize()
    def begin(self):
        memory = Path("/dev/shm")  # noqa: S108 - a folder in memory, where there is one: every step is written through
        self.folder = Path(tempfile.mkdtemp(prefix="offshelf-life-", dir=memory if memory.is_dir() else None))
        self.database = Database(f"sqlite:///{self.folder / 'life.db'}")
        create_schema(self.database)
        self.clock = ManualClock(START)
        self.desk = TaskDesk(
            self.database,
            self.clock,
            batch__manual=3,
            task__second_person=(HARMFUL,),
            task__recheck__percent=50,
        )
        self.proven: dict[str, str] = {}
        for act in (HARMFUL, SEEN):
            self.open(REFS, act, "A")

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.folder)

    def tasks(self):
        return self.desk.tasks.list(None)

    def rows(self):
        return [row for task in self.tasks() for row in self.desk.targets.of(task.task_id)]

    def one(self, data, *states):
        """Return a target, most often one in a state in which the rule does something."""
        rows = self.rows()
        fit = [row for row in rows if row.state in states]
        return data.draw(st.sampled_from(rows if not fit or data.draw(st.integers(0, 7)) == 7 else fit))

    def attempt(self, call, *args, **more):
        self.clock.advance(1)
        with suppress(BlockedError, UsageError):
            call(*args, **more)

    @rule(
        refs=st.lists(st.sampled_from(REFS), min_size=1, max_size=4),
        act=st.sampled_from((HARMFUL, SEEN)),
        plan=st.sampled_from("AB"),
    )
    def open(self, refs, act, plan):
        self.clock.advance(1)
        kind = PlaceKind.LIVE if act == SEEN else PlaceKind.REPLAY
        targets = [Target("k", kind, ref, "茶", listing_id="L1") for ref in refs]
        self.desk.open(*targets, place="live", act=act, plan=plan)

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), mark=st.integers(0, 19), by=st.sampled_from(PEOPLE), gone=st.booleans())
    def claim(self, data, mark, by, gone):
        row = self.one(data, TargetState.OPEN, TargetState.REJECTED)
        self.attempt(
            self.desk.targets.claim, row.task_id, [row.target_id], [shot(mark)], by=by, not_there=gone
        )

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), by=st.sampled_from(PEOPLE), yes=st.booleans())
    def judge(self, data, by, yes):
        row = self.one(data, TargetState.CLAIMED_DONE)
        if yes:
            self.attempt(self.desk.targets.confirm, row.task_id, [row.target_id], by=by)
        else:
            self.attempt(self.desk.targets.reject, row.task_id, [row.target_id], by=by, why="no")

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), sight=st.sampled_from(Sight), late=st.booleans())
    def look(self, data, sight, late):
        row = self.one(data, TargetState.OPEN, TargetState.REJECTED, TargetState.CLAIMED_DONE)
        began = self.clock.now() - timedelta(seconds=30 if late else 0)
        self.attempt(self.desk.targets.observed, row.target_id, sight, {"late": late}, began_at=began)

    @precondition(lambda self: self.rows())
    @rule(data=st.data(), mark=st.integers(0, 19), by=st.sampled_from(PEOPLE), passed=st.booleans())
    def look_again(self, data, mark, by, passed):
        row = self.one(data, TargetState.CONFIRMED, TargetState.NOT_THERE)
        self.attempt(self.desk.targets.recheck, row.target_id, [shot(mark)], by=by, passed=passed, why="seen")

    @precondition(lambda self: self.tasks())
    @rule(data=st.data())
    def drop(self, data):
        if data.draw(st.integers(0, 7)) == 7:  # seldom: what is dropped has no life left
            self.attempt(self.desk.drop, data.draw(st.sampled_from(self.tasks())))

    @rule(hours=st.sampled_from((1, 80)))
    def wait(self, hours):
        self.clock.advance(hours * 3600)
        self.desk.tasks.escalate()

    @invariant()
    def finished_is_proven(self):
        for task in self.tasks() if hasattr(self, "desk") else ():
            evidence = self.desk.targets.evidence(task.task_id)
            for row in self.desk.targets.of(task.task_id):
                if row.state.finished:
                    proofs = [piece for piece in evidence if row.target_id in piece.targets]
                    assert proofs, "finished without evidence or observation"
                    assert row.how == "observed" or row.claimed_by, row
                    assert all(self.desk.store.read(piece.digest) for piece in proofs)

    @invariant()
    def harm_needs_two(self):
        for row in self.rows() if hasattr(self, "desk") else ():
            if row.state.finished and row.act == HARMFUL:
                assert row.how == "second_person"
                assert not same_person(row.claimed_by, row.finished_by)
            if row.recheck in (Recheck.PASSED, Recheck.FAILED):
                assert row.rechecked_by

    @invariant()
    def a_hash_proves_one_target_for_ever(self):
        for task in self.tasks() if hasattr(self, "desk") else ():
            for piece in self.desk.targets.evidence(task.task_id):
                assert len(piece.targets) == 1
                assert self.proven.setdefault(piece.digest, piece.targets[0]) == piece.targets[0]

    @invariant()
    def open_work_is_open_once_and_in_an_open_task(self):
        if not hasattr(self, "desk"):
            return
        live = [row for row in self.rows() if row.state.live]
        names = [(row.target.kind, row.target.ref, row.act) for row in live]
        assert len(names) == len(set(names))
        states = {task.task_id: task.state for task in self.tasks()}
        assert all(states[row.task_id] is TaskState.OPEN for row in live)
        for task in self.tasks():
            rows = self.desk.targets.of(task.task_id)
            assert (task.state is TaskState.OPEN) == any(row.state.live for row in rows)
            assert task.state is not TaskState.DONE or any(row.state.finished for row in rows)
            # What was dropped stays so where a target of its task, finished before, failed its second look.
            dropped = any(row.state is TargetState.DROPPED for row in rows)
            failed = any(row.recheck is Recheck.FAILED for row in rows)
            assert not dropped or failed or task.state is not TaskState.OPEN

    @invariant()
    def a_plan_knows_what_still_sells(self):
        for plan in "AB" if hasattr(self, "desk") else ():
            waiting = {task.task_id for task in self.desk.tasks.open_selling(plan)}
            for row in self.rows():
                standing = self.desk.tasks.outcome_of(plan, row.target.kind.value, row.target.ref)
                if standing is not None and row.state.live and standing.row.target_id == row.target_id:
                    assert row.task_id in waiting


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
