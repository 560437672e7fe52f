"""The rooms of passive delisting beside a house: tasks, what went off sale, and the process between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog
from offshelf.delisting.forced import Forced
from offshelf.delisting.service import Plans
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.monitoring.forced import ShelfEvents
from offshelf.platforms.contract import Connector, Manifest
from offshelf.policy.model import Policy
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.service import Tasks
from support.evidence import evidence_store


@dataclass(frozen=True)
class Passive:
    """The three, wired."""

    tasks: Tasks
    events: ShelfEvents
    forced: Forced
    crosscheck: CrossCheck
    sweep: Callable[[], int]

    def for_services(self) -> dict[str, Any]:
        """Return what `Services` calls them."""
        return {
            "tasks": self.tasks,
            "events": self.events,
            "sweep": self.sweep,
            "crosscheck": self.crosscheck,
        }


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
    crosscheck = CrossCheck(database=database, tasks=tasks, connect=connect or _no_shop, clock=clock)
    return Passive(tasks, events, forced, crosscheck, lambda: forced.sweep() + tasks.escalate())


def _no_shop(shop_id: str) -> Connector:
    raise UsageError("access.unknown_shop", shop=shop_id)
