"""Why a plan that should be on its way is not: told by the gates themselves, or by what its last run failed of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from offshelf.access.actor import SYSTEM
from offshelf.delisting.model import Plan
from offshelf.delisting.service import Plans
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.errors import BlockedError, OffshelfError
from offshelf.vocabulary.plans import PlanState

VERB, OVER = "plan.held_up", "plan.not_held_up"
BUG = "worker.fault"  # an error of ours: told by the name of its class, its words may hold anything
_AT_WORK = (PlanState.RUNNING, PlanState.INCOMPLETE)
_GATE = "plan."  # how the codes of refusals begin; each but one is asked for anew
_ANEW = "plan.judged_anew"  # the refusal that only whoever tries to start a plan knows of
_MOST = 10_000  # entries of one plan; each is a new reason, or the same one after the plan got on


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A reason: the code of an error (texts `error.<code>`) with what fills its sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class HeldUps:
    """Tells and keeps what holds plans up."""

    def __init__(self, *, database: Database, plans: Plans, journal: Journal, clock: Clock) -> None:
        self._database = database
        self._plans = plans
        self._journal = journal
        self._clock = clock

    def now(self) -> datetime:
        """Return the instant by which plans are judged due."""
        return self._clock.now()

    def of(self, plan_id: str) -> HeldUp | None:
        """Return what holds a plan up; None where nothing does, or where it is not due.

        An approved plan whose instant has come is asked at its gates, now; before, whoever reads its shops and judges it
        ahead has written down what will refuse it. One that was begun is held up while nothing happened to it since its
        run failed. Nothing is written for an answer and no check is run.
        """
        plan = self._plans.get(plan_id)
        if plan.state is not PlanState.APPROVED:
            return self._noted(plan_id) if plan.state in _AT_WORK else None
        if plan.stop_at is None:
            return None
        return self._at_the_gates(plan_id) if plan.stop_at <= self._clock.now() else self._noted(plan_id)

    def told(self, plan: Plan) -> HeldUp | None:
        """Return what is written down of what holds a plan up: for pages that are looked at all the time.

        `of` asks the gates of a plan that is due besides, for which it loads the whole plan.
        """
        waits = plan.state is PlanState.APPROVED and plan.stop_at is not None
        return self._noted(plan.plan_id) if waits or plan.state in _AT_WORK else None

    def _at_the_gates(self, plan_id: str) -> HeldUp | None:
        """Return which gate refuses a plan now; of the checks, which take long, what they said to who last tried to start it.

        So too what else only the worker knows: that a shop cannot be read, say. A gate that opened is told by nobody.
        """
        try:
            self._plans.starting.look(plan_id)
        except OffshelfError as error:
            return reason_of(error)
        noted = self._noted(plan_id)
        told = noted is not None and (noted.code == _ANEW or not noted.code.startswith(_GATE))
        return noted if told else None

    def all(self) -> dict[str, HeldUp]:
        """Return every plan that is held up, with the reason."""
        found = {}
        for state in (PlanState.APPROVED, *_AT_WORK):
            for plan in self._plans.all(state):
                held = self.of(plan.plan_id)
                if held is not None:
                    found[plan.plan_id] = held
        return found

    def foresee(self, plan_id: str) -> None:
        """Judge a plan as its first start would be judged now, and write down whether that will hold it up.

        The checks take long: for the worker alone. What was noted for another reason, a shop that cannot be read, stays.
        """
        noted = self._noted(plan_id)
        if noted is not None and noted.code != _ANEW:
            return
        try:
            self._plans.starting.foresee(plan_id)
        except BlockedError as error:
            self.note(plan_id, error)
        else:
            self.over(plan_id)

    def note(self, plan_id: str, error: BaseException) -> None:
        """Write down what a plan failed of, once per reason until something happens to the plan."""
        held = reason_of(error)
        if self._noted(plan_id) == held:
            return
        body = {"code": held.code, "params": dict(held.params)}
        with self._database.begin() as tx:
            self._journal.append(tx, actor=SYSTEM.name, verb=VERB, subject=plan_id, body=body)

    def over(self, plan_id: str) -> None:
        """Write down that what a plan failed of is over, where something was noted."""
        if self._noted(plan_id) is not None:
            with self._database.begin() as tx:
                self._journal.append(tx, actor=SYSTEM.name, verb=OVER, subject=plan_id, body={})

    def _noted(self, plan_id: str) -> HeldUp | None:
        """Return the newest note of a plan; None where it got on since."""
        notes = self._journal.entries(verb=VERB, subject=plan_id, limit=_MOST)
        if not notes or self._journal.entries(after_seq=notes[-1].seq, subject=plan_id, limit=1):
            return None
        body = notes[-1].body
        return HeldUp(str(body["code"]), dict(body["params"]))


def reason_of(error: BaseException) -> HeldUp:
    """Return an error as a reason."""
    if isinstance(error, OffshelfError):
        return HeldUp(error.code, {name: str(value) for name, value in error.params.items()})
    return HeldUp(BUG, {"what": type(error).__name__})
