"""The rooms beside the plans, wired as the process wires them: policy in force, register, tasks, looks, work by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offshelf.access.shops import Shops
from offshelf.bootstrap.around import crosscheck_of, declarations_of
from offshelf.catalog.places.service import Places
from offshelf.catalog.registers.declare import Declarations
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.delisting.coverage import Coverage
from offshelf.delisting.handwork import Handwork
from offshelf.delisting.known import Known
from offshelf.durable.ledger import Ledger
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.instants import iso
from offshelf.kit.seal import Seal
from offshelf.platforms import registry
from offshelf.policy.service import Policies
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.evidence import EvidenceStore
from offshelf.tasks.model import Task
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.places import Place
from support.evidence import evidence_store, shot
from support.task_desk import numbered, texted

if TYPE_CHECKING:
    from support.virtual_house import VirtualHouse

FIRST, SECOND = "lin", "wang"
_OWN_POLICY = """\
pack: own
version: 1
values:
  - id: approval.delay.irreversible
    value: 0
    unit: minutes
    kind: house
    source: ours
    why: a test need not wait
    observed_on: {day}
    effective_from: {day}
"""


@dataclass
class Beside:
    """What a wired house has beside its plans."""

    folder: Path
    shops: Shops
    places: Places
    policies: Policies
    registers: Registers
    known: Known
    tasks: Tasks
    coverage: Coverage

    def declarations(self, house: VirtualHouse) -> Declarations:
        """Return what takes in the merchant's register."""
        return declarations_of(
            house.database, house.clock, self.registers, shops=self.shops, places=self.places,
            plans=house.plans, evidence=evidence_store(house.database),
        )  # fmt: skip

    def crosscheck(self, house: VirtualHouse) -> CrossCheck:
        """Return what looks by calls at the work of people."""
        return crosscheck_of(house.database, house.catalog, self.tasks, house.connections.of, house.clock)

    def handwork(self, house: VirtualHouse) -> Handwork:
        """Return what makes tasks of acts by hand."""
        return Handwork(
            catalog=house.catalog, database=house.database, plans=house.plans, ledger=house.ledger,
            tasks=self.tasks, journal=house.journal,
        )  # fmt: skip

    def declare(self, house: VirtualHouse, *lines: str) -> None:
        """Declare a register as the merchant would write it."""
        path = self.folder / "register.yaml"
        path.write_text("\n".join([f"by: {FIRST}", *lines]) + "\n", "utf-8")
        declarations = self.declarations(house)
        draft = declarations.read(path, by=FIRST)
        assert draft.faults == (), draft.faults
        declarations.apply(draft, by=FIRST)

    def record(self, house: VirtualHouse, *places: Place) -> None:
        """Write down places as a reading of the platform does."""
        with house.database.begin() as tx:
            self.places.record(tx, places)

    def do(self, task: Task, mark: str = "") -> None:
        """Do every target of a task that is to do, each with evidence of its own; another person confirms where asked."""
        for row in self.tasks.targets.of(task.task_id):
            if row.state.to_do:
                self.tasks.targets.claim(
                    task.task_id, [row.target_id], self.pieces(task, f"{row.target_id}{mark}"), by=FIRST
                )
        if self.tasks.targets.second_person(task):
            self.tasks.targets.confirm(task.task_id, [], by=SECOND)

    def pieces(self, task: Task, mark: str) -> Sequence[Any]:
        """Return the evidence a target of this task needs."""
        make = {"number": lambda n: numbered(n + 1), "text": lambda n: texted(f"{mark} {n}")}
        return [
            make.get(kind.value, lambda n: shot(f"{mark} {n}"))(number)
            for kind, many in self.tasks.targets.required(task).kinds.items()
            for number in range(many)
        ]


def wire(
    folder: Path, database: Database, clock: Clock, seal: Seal, shops: Shops, catalog: Catalog
) -> Beside:
    """Wire them over a house's database; the merchant's policy file lies where a merchant puts it."""
    journal = Journal(database, clock)

    def note(tx: Tx, actor: str, verb: str, subject: str, body: dict[str, Any]) -> None:
        journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)

    own = folder / "policy"
    own.mkdir(exist_ok=True)
    (own / "own.yaml").write_text(_OWN_POLICY.format(day=iso(clock.now())[:10]), "utf-8")
    policies = Policies(folder=own, database=database, clock=clock, note=note)
    places = Places(database)
    registers = Registers(database=database, clock=clock, note=note)
    known = Known(
        catalog=catalog, places=places, registers=registers, shops=shops, policy=policies.today
    )  # fmt: skip
    tasks = Tasks(
        database=database, clock=clock, shops=shops, manifests=registry.manifests, note=note,
        evidence=EvidenceStore(folder / "evidence", seal), policy=policies.today,
    )  # fmt: skip
    coverage = Coverage(
        database=database, catalog=catalog, ledger=Ledger(database, clock), journal=journal, tasks=tasks,
        known=known, clock=clock,
    )  # fmt: skip
    return Beside(folder, shops, places, policies, registers, known, tasks, coverage)
