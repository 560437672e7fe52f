"""What stands around the plans, each put together in one place: the house and the tests' houses use the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from offshelf.access.shops import Shops
from offshelf.catalog.licences.joining import join
from offshelf.catalog.places.service import Places
from offshelf.catalog.registers.declare import Around, Declarations
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.catalog.sync import Sync
from offshelf.delisting.not_wanted import NotWanted
from offshelf.delisting.scope import planned
from offshelf.delisting.service import Plans
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.platforms.contract import Connector
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.evidence import EvidenceStore
from offshelf.tasks.register_proofs import RegisterProofs
from offshelf.tasks.service import Tasks


def reader_of(database: Database, catalog: Catalog, clock: Clock, registers: Registers) -> Sync:
    """Return what reads shops: of a large one the carts of what plans are about, and papers."""
    return Sync(database, catalog, clock, planned=partial(planned, database), registers=registers)


def crosscheck_of(
    database: Database, catalog: Catalog, tasks: Tasks, connect: Callable[[str], Connector], clock: Clock
) -> CrossCheck:
    """Return what looks by calls at the work of people."""
    return CrossCheck(
        database=database,
        tasks=tasks,
        connect=connect,
        clock=clock,
        wanted_on=catalog.wanted_on,
        not_wanted=NotWanted(database),
    )


def declarations_of(
    database: Database,
    clock: Clock,
    registers: Registers,
    *,
    shops: Shops,
    places: Places,
    plans: Plans,
    evidence: EvidenceStore,
) -> Declarations:
    """Return what takes in the merchant's register."""
    around = Around(
        shops=lambda: [shop.shop_id for shop in shops.all()],
        record_places=places.record,
        place_of=places.last_seen,
        join_papers=partial(join, registers),
        proofs=RegisterProofs(evidence),
        standing=places.count,
        has_plan=lambda plan_id: any(plan.plan_id == plan_id for plan in plans.all()),
    )
    return Declarations(database=database, clock=clock, registers=registers, around=around)
