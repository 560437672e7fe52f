"""Two operators at once, by every face: whatever they do in whatever order, nothing that cannot be undone reaches a shop
without the signatures of as many people as policy asks for under exactly this plan, the delay behind the last of them,
and the mark typed.

A model of the rules, written anew here and simpler, says of every run whether it may reach the shop; the shop's own list
of effects says whether it did.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from offshelf import cli
from offshelf.access.actor import SYSTEM
from offshelf.access.roles import Permission, Role
from offshelf.api import create_app
from offshelf.delisting._store import change_plan
from offshelf.delisting.run import EngineFailedError
from offshelf.durable.ledger import Ledger
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import OffshelfError
from offshelf.kit.redact import Secret
from offshelf.vocabulary.goods import Audit, PromotionKind
from offshelf.vocabulary.plans import Department, PlanState, Reason
from support.api_services import KEY, _exchange
from support.approval import passphrase, policy
from support.approval_rules import ROLES, RUNNERS, SIGNERS, Model
from support.cli_house import Cli, House, build
from support.databases import START, SqliteTemplates

# Whose the finding is that has to be waived: operations' and finance's, not the warehouse's.
DESKS = {"wang": [Department.OPERATIONS], "zhao": [Department.FINANCE], "chen": [Department.WAREHOUSE]}
STRANGER = "chen"
FACES = st.sampled_from(["service", "cli", "api"])
BETWEEN = ("", "leave", "edit", "more", "waive", "hurry", "untyped")
WORLD = ("time", "more", "less", "people", "restart", "running", "approved", "crash", "takeover")
METHODS = ("promotions.stop", "stock.set_zero", "listings.take_off")
# Hypothesis begins a house per example, which no fixture can hand a folder to.
_KEPT = tempfile.TemporaryDirectory(prefix="offshelf-two-")
_WORK = Path(_KEPT.name)
_TEMPLATES = SqliteTemplates(_WORK)
_NUMBERS = count(1)


@pytest.fixture(scope="module", autouse=True)
def _leave_nothing() -> Iterator[None]:
    yield
    _KEPT.cleanup()


class TwoOperators(RuleBasedStateMachine):
    """People, faces, time, crashes and a database somebody meddles with."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = _WORK / f"h{next(_NUMBERS)}"
        self.folder.mkdir()
        _TEMPLATES.copy_to(self.folder / "db.sqlite")
        self.database = Database(f"sqlite:///{self.folder / 'db.sqlite'}")
        self.clock = ManualClock(START)
        self.model = Model()
        self.marks: list[str] = []  # every fingerprint there ever was, the present one last
        self.plan = ""
        self.keys: dict[str, str] = {}
        self.coupons = count(1)
        self.known = 0
        self.house = self._house()
        self.shop = self.house.open_shop(listings=3)
        for name in ROLES:
            os.environ[f"TWO_{name.upper()}"] = passphrase(name).reveal()

    def _house(self) -> House:
        return build(self.database, self.clock, self.folder, policy=self._policy)

    def _policy(self) -> Any:
        minutes = int(self.model.delay.total_seconds()) // 60
        return policy(
            approval__persons__irreversible=self.model.persons, approval__delay__irreversible=minutes
        )

    def teardown(self) -> None:
        self.house.services.io.close()
        self.database.close()
        shutil.rmtree(self.folder)

    # -- faces ----------------------------------------------------------------------------------------------------

    def do(self, face: str, name: str, verb: str, **said: Any) -> str:
        """Do a verb as a person by a face; return the code of the refusal, or nothing."""
        if face == "cli":
            return self._by_cli(name, verb, said)
        if face == "api" and (not self.model.users or name in self.keys):
            return self._by_api(name, verb, said)
        try:
            self._by_service(name, verb, said)
        except OffshelfError as error:
            return error.code
        return ""

    def _by_service(self, name: str, verb: str, said: dict[str, Any]) -> None:
        services = self.house.services
        users = services.users
        by = users.sign_in(name, passphrase(name)) if self.model.users else name
        calls = {
            "approve": lambda: services.plans.approve(self.plan, said["mark"], by=by),
            "confirm": lambda: services.plans.confirm(self.plan, said["mark"], by=by),
            "pause": lambda: services.plans.ask(self.plan, "pause", by=by),
            "cancel": lambda: services.plans.ask(self.plan, "cancel", by=by),
            "run": lambda: services.worker.run(
                self.plan, by=by, progress=lambda *_: None, confirm=said["mark"]
            ),
        }
        calls[verb]()

    def _by_cli(self, name: str, verb: str, said: dict[str, Any]) -> str:
        argv = ["plan", verb, self.plan, "--json"]
        mark = said.get("mark", "")
        if verb in ("approve", "confirm"):
            argv += ["--fingerprint", mark]
        elif verb == "run":
            argv += ["--execute", *(["--confirm", mark] if mark else [])]
        argv += (
            ["--as", name, "--passphrase-env", f"TWO_{name.upper()}"] if self.model.users else ["--by", name]
        )
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = cli.run(Cli(self.house, None)._doors(), argv)  # type: ignore[arg-type]
        return json.loads(out.getvalue())["error"]["code"] if code not in (0, 4) else ""

    def _by_api(self, name: str, verb: str, said: dict[str, Any]) -> str:
        services = self.house.services
        app = create_app(lambda: services, key=lambda: Secret(KEY), language="en")
        mark = said.get("mark", "")
        body = {"by": name} | ({"confirm": mark} if verb == "run" else {})
        headers = {"authorization": f"Bearer {self.keys.get(name, KEY)}", "content-type": "application/json"}
        headers |= {"if-match": f'"{mark}"'} if verb in ("approve", "confirm") else {}
        path = f"/api/v1/plans/{self.plan}/{'start' if verb == 'run' else verb}"
        answer = asyncio.run(_exchange(app, "POST", path, json.dumps(body).encode(), headers))
        if answer.status >= 400:
            return answer.code
        if verb == "run":  # the API moves the state; the worker process takes it from there
            with contextlib.suppress(OffshelfError):
                services.worker.run(self.plan, by=SYSTEM, progress=lambda *_: None)
        return ""

    # -- people ---------------------------------------------------------------------------------------------------

    @initialize(users=st.booleans(), scope=st.sampled_from([1, 1, 3]))
    def begin(self, users: bool, scope: int) -> None:
        if users:
            self.register()
        self.propose(scope)

    def propose(self, scope: int) -> None:
        self.plan = ""
        self._propose(scope)

    def edit(self, scope: int) -> None:
        self._propose(scope)

    def _propose(self, scope: int) -> None:
        services = self.house.services
        self.shop.goods["L3"].audit = Audit.UNKNOWN  # its finding has to be waived
        self.shop.promote(PromotionKind.COUPON, f"c{next(self.coupons)}", "L1")
        services.call(services.sync.read(services.shops.get("flagship"), self.shop.connector()))
        keys = [("flagship", f"L{n}") for n in range(1, scope + 1)]
        plan = services.plans.propose(keys, reason=Reason.SEASON, by=SYSTEM, amend=self.plan or None)
        self.plan = plan.plan_id
        self.marks.append(plan.fingerprint)
        services.plans.check(plan.plan_id)

    @rule(face=FACES, name=st.sampled_from(SIGNERS), old=st.booleans())
    def approve(self, face: str, name: str, old: bool) -> None:
        mark = self.marks[-2 if old and len(self.marks) > 1 else -1]
        code = self.do(face, name, "approve", mark=mark)
        if mark != self.marks[-1]:
            assert code == "plan.fingerprint_differs" or name not in self.model.active, code
        if not code:
            self.model.signed.setdefault(mark, {}).setdefault(name, self.clock.now())

    def enough_approve(self, face: str, people: list[str]) -> None:
        """Let just as many sign as policy asks for now: whoever leaves afterwards is missed."""
        for name in people[: self.model.persons]:
            self.approve(face, name, old=False)

    @rule(face=FACES, people=st.permutations(SIGNERS), between=st.sampled_from(BETWEEN))
    def go_the_whole_way(self, face: str, people: list[str], between: str) -> None:
        """Do all that is needed, and right before the start perhaps something that undoes it."""
        if self.state in (PlanState.DONE, PlanState.CANCELLED):
            self.propose(1 + 2 * (between == "waive"))
        for name in people[::-1]:
            if self.blockers:
                self.waive(name)
        self.enough_approve(face, people)
        if between == "waive":
            self.waive(people[-1])
        if between != "hurry":
            self.pass_time(21)
        if between == "leave":
            if self.model.users:
                self.come_or_go(people[0])
            else:
                self.register()
        elif between == "edit" and self.state in (PlanState.PROPOSED, PlanState.APPROVED):
            self.edit(3)
        elif between == "more":
            self.change_policy(min(3, self.model.persons + 1), 10)
        self.run(face, "lin", "" if between == "untyped" else "right")

    @rule(face=FACES, people=st.permutations(SIGNERS), between=st.sampled_from(BETWEEN))
    def go_it_again(self, face: str, people: list[str], between: str) -> None:
        """Be the same rule once more: it is the one that gets to the shop."""
        self.go_the_whole_way(face, people, between)

    @rule(
        face=FACES,
        name=st.sampled_from(RUNNERS),
        what=st.sampled_from(["ask", "cancel", "edit", "propose", "waive"]),
    )
    def somebody_does(self, face: str, name: str, what: str) -> None:
        if what in ("ask", "cancel"):
            self.ask(face, name, "cancel" if what == "cancel" else "pause")
        elif what == "waive":
            self.waive("wang")
        elif self.state in (PlanState.DONE, PlanState.CANCELLED):
            self.propose(2)
        elif self.state in (PlanState.PROPOSED, PlanState.APPROVED):
            self.edit(1 if what == "propose" else 2)

    @rule(
        what=st.sampled_from(WORLD), method=st.sampled_from(METHODS), name=st.sampled_from([*SIGNERS, "lin"])
    )
    def something_happens(self, what: str, method: str, name: str) -> None:
        if what == "time":
            self.pass_time(11)
        elif what in ("more", "less"):
            self.change_policy(3 if what == "more" else 1, 20 if what == "more" else 0)
        elif what == "people" and self.model.users:
            self.come_or_go(name)
        elif what == "people":
            self.register()
        elif what == "restart":
            self.restart()
        elif what in ("running", "approved"):
            self.meddle(PlanState(what))
        else:
            {"crash": self.crash_next, "takeover": self.lose_the_post}[what](method)

    @rule(face=FACES, name=st.sampled_from(RUNNERS))
    def confirm(self, face: str, name: str) -> None:
        if not self.do(face, name, "confirm", mark=self.marks[-1]):
            self.model.typed.setdefault(self.marks[-1], set()).add(name)

    def waive(self, name: str) -> None:
        """Waive whatever blocks, waived before or not: what was signed was signed under the findings as they stood."""
        services = self.house.services
        by = services.users.sign_in(name, passphrase(name)) if self._signs_in(name) else name
        before = (self.state, len(self.blockers), services.plans.signatures(self.plan))
        end = self.clock.now() + timedelta(days=1)
        rows = services.plans.findings(self.plan)
        refusal = ""
        try:
            for code in sorted({row["code"] for row in rows if row["blocking"] and row["verdict"] != "pass"}):
                services.plans.waive(self.plan, code, subject="*", by=by, why="seen", until=end)
                assert name != STRANGER or not self.model.users, "somebody of another department waived"
                self.model.signed.pop(self.marks[-1], None)
                self.model.typed.pop(self.marks[-1], None)
        except OffshelfError as error:
            refusal = error.code
        if refusal:
            assert refusal != "plan.waiver_other_department" or (name == STRANGER and self.model.users)
            assert (self.state, len(self.blockers), services.plans.signatures(self.plan)) == before

    def _signs_in(self, name: str) -> bool:
        return self.model.users and name in self.model.active

    @rule(face=FACES, name=st.sampled_from([*RUNNERS, "wang"]), typed=st.sampled_from(["right", "wrong", ""]))
    def run(self, face: str, name: str, typed: str) -> None:
        mark = self.marks[-1]
        said = {"right": mark, "wrong": "0" * 64, "": ""}[typed]
        first = self.state is PlanState.APPROVED and not self.blockers
        may = self.model.may_begin(mark, self.clock.now(), name, said)
        before = self.effects
        went_on = self.model.may_go_on(mark)
        code = self._run(face, name, said)
        if first:
            # Both ways: what may begin reaches the shop, and what may not does not.
            began = self.begun_at_last()
            assert began == may, (code, self.model)
            if began:
                self.model.begun.add(mark)
        if self.effects != before:
            assert may if first else went_on, (code, self.model)
        self.known = len(self.effects)

    def _run(self, face: str, name: str, said: str) -> str:
        try:
            return self.do(face, name, "run", mark=said)
        except EngineFailedError:
            return "crashed"

    def begun_at_last(self) -> bool:
        """Tell by the journal whether the present version has begun."""
        entries = self.house.services.journal.entries(verb="plan.started", subject=self.plan, limit=1000)
        return any(entry.body["fingerprint"] == self.marks[-1] for entry in entries)

    def ask(self, face: str, name: str, what: str) -> None:
        self.do(face, name, what)

    # -- the world ------------------------------------------------------------------------------------------------

    def pass_time(self, minutes: int) -> None:
        self.clock.advance(60 * minutes)

    def change_policy(self, persons: int, minutes: int) -> None:
        self.model.persons, self.model.delay = persons, timedelta(minutes=minutes)

    def register(self) -> None:
        """Give the house users: names that were only typed count no more."""
        users, keys = self.house.services.users, self.house.services.keys
        users.add("boss", [Role.OWNER], passphrase("boss"), by="boss")
        boss = users.sign_in("boss", passphrase("boss"))
        for name in ROLES:
            if name != "boss":
                users.add(name, [ROLES[name]], passphrase(name), by=boss, departments=DESKS.get(name, ()))
            scopes = (
                [Permission.RUN, Permission.CANCEL, Permission.PAUSE]
                if name in RUNNERS
                else [Permission.APPROVE]
            )
            self.keys[name] = keys.add(name, "", scopes, by=boss)[1].reveal()
        self.model.users = True
        self.model.signed.clear()
        self.model.typed.clear()

    def come_or_go(self, name: str) -> None:
        """Disable a user, or let a disabled one in anew: as somebody who has signed nothing."""
        users = self.house.services.users
        boss = users.sign_in("boss", passphrase("boss"))
        if name in self.model.active:
            users.disable(name, by=boss)
            self.model.active.discard(name)
            self.keys.pop(name, None)
            for found in self.model.signed.values():
                found.pop(name, None)
            for people in self.model.typed.values():
                people.discard(name)
        else:
            users.add(name, [ROLES[name]], passphrase(name), by=boss, departments=DESKS.get(name, ()))
            self.model.active.add(name)

    def restart(self) -> None:
        """Let another process come: it remembers nothing but what the database holds."""
        shops = self.house.shops
        self.house.services.io.close()
        self.house = self._house()
        self.house.shops.update(shops)

    def crash_next(self, method: str) -> None:
        """Let the next such call end the process."""

        def die() -> None:
            raise RuntimeError("the process died here")

        self.shop.before[method] = die

    def lose_the_post(self, method: str) -> None:
        """Let another worker take over at the next such call."""

        def take_over() -> None:
            lanes = Ledger(self.database, self.clock).lanes
            lanes.enter()
            lanes.begin(self.plan, ["flagship"])

        self.shop.before[method] = take_over

    def _set(self, state: PlanState) -> None:
        with self.database.begin() as tx:
            change_plan(tx, self.plan, state=state.value, asked="")

    def meddle(self, state: PlanState) -> None:
        """Change the state in the database, as an administrator could; then let the worker go on, and undo it."""
        had = self.state
        if had not in (PlanState.PROPOSED, PlanState.APPROVED) or state is had:
            return
        self._set(state)
        before = self.effects
        with contextlib.suppress(OffshelfError, EngineFailedError):
            self.house.services.worker.run(self.plan, by=SYSTEM, progress=lambda *_: None)
        mark = self.marks[-1]
        if self.effects == before and not self.begun_at_last():
            self._set(had)
            return
        assert self.model.may_begin(mark, self.clock.now(), "boss", ""), self.model
        self.model.begun.add(mark)
        self.known = len(self.effects)

    # -- what must always be so -----------------------------------------------------------------------------------

    @property
    def effects(self) -> list[tuple[str, str, int]]:
        """Return what really happened at the shop and cannot be undone."""
        return [effect for effect in self.shop.effects if effect[0] == "promotions.stop"]

    @property
    def state(self) -> PlanState:
        return self.house.services.plans.get(self.plan).state

    @property
    def blockers(self) -> list[dict[str, Any]]:
        return self.house.services.plans.blockers(self.plan)

    @invariant()
    def nothing_happens_but_in_a_run(self) -> None:
        assert len(self.effects) == self.known

    @invariant()
    def nothing_happens_twice(self) -> None:
        assert len(self.effects) == len(set(self.effects))


TwoOperators.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestTwoOperators = TwoOperators.TestCase


@pytest.mark.parametrize("users", [False, True])
@pytest.mark.parametrize("face", ["service", "cli", "api"])
def test_the_machine_reaches_the_shop_and_is_refused_by_every_face(face: str, users: bool) -> None:
    """A machine in which nothing ever ran, or nothing was ever refused, would show nothing."""
    machine = TwoOperators()
    machine.begin(users, 1)
    mark = machine.marks[-1]
    machine.enough_approve(face, list(SIGNERS))
    early = machine.do(face, "lin", "run", mark=mark)
    machine.pass_time(11)
    untyped = machine.do(face, "lin", "run", mark="")
    assert (early, untyped, machine.effects) == ("plan.delay_runs", "plan.unconfirmed", [])
    assert machine.do(face, "lin", "run", mark=mark) == ""
    assert machine.effects == [("promotions.stop", "c1", 0)]
    machine.teardown()


def test_the_machine_lets_a_department_waive_and_refuses_another() -> None:
    machine = TwoOperators()
    machine.begin(True, 3)
    (stands,) = machine.blockers
    machine.waive(STRANGER)
    assert machine.blockers == [stands]
    machine.waive("zhao")
    assert machine.blockers == []
    machine.teardown()
