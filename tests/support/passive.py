"""The rooms of passive delisting beside a house: tasks, what went off sale, and the process between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from offshelf.access.shops import Shops
from offshelf.catalog.licences.joining import join
from offshelf.catalog.places.service import ident
from offshelf.catalog.registers.declare import Around, Declarations
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.delisting.forced import Forced
from offshelf.delisting.licences import LicenceProcess
from offshelf.delisting.service import Plans
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI
from offshelf.monitoring.forced import ShelfEvents
from offshelf.monitoring.licences import LicenceWatch
from offshelf.platforms.contract import Connector, Manifest
from offshelf.policy.model import Kind, Policy, Value
from offshelf.policy.service import Policies
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.register_proofs import RegisterProofs
from offshelf.tasks.service import Tasks
from support.databases import START
from support.evidence import evidence_store


@dataclass(frozen=True)
class Passive:
    """The rooms, wired. `places` are those that were declared; `alarms` what the watch over licences goes by."""

    tasks: Tasks
    events: ShelfEvents
    forced: Forced
    policies: Policies
    registers: Registers
    declarations: Declarations
    licences: LicenceWatch
    papers: LicenceProcess
    places: list[Any]
    alarms: dict[str, Value]
    crosscheck: CrossCheck

    def sweep(self) -> int:
        """Do what `services.sweep` does."""
        return self.forced.sweep() + self.papers.sweep() + self.tasks.escalate()

    def for_services(self) -> dict[str, Any]:
        """Return what `Services` calls them."""
        names = (
            "tasks",
            "events",
            "registers",
            "declarations",
            "licences",
            "sweep",
            "policies",
            "crosscheck",
        )
        return {name: getattr(self, name) for name in names}


def alarms(*days: str) -> dict[str, Value]:
    """Return the policy of alarms before the end of a licence."""
    day = START.date()
    return {"licence.alarms": Value("licence.alarms", days, Kind.HOUSE, "test", day, day, "test")}


def passive(
    database: Database,
    clock: Clock,
    *,
    catalog: Catalog,
    journal: Journal,
    plans: Plans,
    shops: Shops,
    manifests: Callable[[], Mapping[str, Manifest]] = dict,
    own_hand_told: bool = False,
    lost: Callable[[], Mapping[str, tuple[str, datetime]]] | None = None,
    policy_folder: Path = Path("no-such-folder"),
    policy: Callable[[], Policy] | None = None,
    connect: Callable[[str], Connector] | None = None,
) -> Passive:
    """Wire tasks, events and the process over the rooms of a house."""

    def note(tx: Tx, actor: str, verb: str, subject: str, body: dict[str, Any]) -> None:
        journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)

    tasks = Tasks(
        database=database, clock=clock, shops=shops, manifests=manifests, note=note,
        evidence=evidence_store(database), policy=policy,
    )  # fmt: skip
    events = ShelfEvents(
        database=database, catalog=catalog, journal=journal, clock=clock,
        own_hand_told=lambda _shop: own_hand_told,
    )  # fmt: skip
    forced = Forced(
        database=database, plans=plans, catalog=catalog, journal=journal, tasks=tasks, events=events,
        lost_grants=lost or shops.lost_grants, clock=clock,
    )  # fmt: skip
    policies = Policies(folder=policy_folder, database=database, clock=clock, note=note)
    registers = Registers(database=database, clock=clock, note=note)
    values, places = alarms("60", "30", "7"), []
    watch = LicenceWatch(
        database=database, registers=registers, journal=journal, clock=clock,
        policy=lambda: Policy(clock.now().astimezone(SHANGHAI).date(), values),
    )  # fmt: skip
    papers = LicenceProcess(
        database=database, plans=plans, catalog=catalog, journal=journal, tasks=tasks,
        registers=registers, watch=watch, clock=clock,
    )  # fmt: skip
    around = Around(
        shops=lambda: [shop.shop_id for shop in shops.all()],
        record_places=lambda _tx, found: places.extend(found),
        place_of=lambda _tx, place: next((one for one in places if ident(one) == ident(place)), None),
        join_papers=partial(join, registers),
        proofs=RegisterProofs(evidence_store(database)),
        has_plan=lambda plan_id: any(plan.plan_id == plan_id for plan in plans.all()),
        standing=lambda kind: sum(one.kind is kind for one in places),
    )
    declarations = Declarations(database=database, clock=clock, registers=registers, around=around)
    crosscheck = CrossCheck(database=database, tasks=tasks, connect=connect or _no_shop, clock=clock)
    return Passive(
        tasks, events, forced, policies, registers, declarations, watch, papers, places, values, crosscheck
    )


def _no_shop(shop_id: str) -> Connector:
    raise UsageError("access.unknown_shop", shop=shop_id)
