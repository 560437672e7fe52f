"""The rooms of a house, made from settings: what holds facts. The processes over them are put together in `wire`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offshelf.access.approvals import Approvals
from offshelf.access.shops import Shops
from offshelf.bootstrap.connections import Connections
from offshelf.catalog.places.service import Places
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.delisting.known import Known
from offshelf.durable.ioloop import IoLoop
from offshelf.durable.ledger import Ledger
from offshelf.durable.pace import SharedPace
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.seal import FileKey, FixedKey, Seal
from offshelf.platforms import registry
from offshelf.policy.model import Policy
from offshelf.policy.service import Policies
from offshelf.settings import Settings
from offshelf.tasks.evidence import EvidenceStore
from offshelf.tasks.rules import policy_words

POLICY_FOLDER = "policy"  # below the home: the merchant's own policy files
EVIDENCE_FOLDER = "evidence"  # below the home: sealed


class Rooms:
    """Everything that holds facts."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        app: Any,
        policy: Callable[[], Policy] | None,
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.io = IoLoop()
        self.http = HttpClient(app=app)
        self.seal = seal_of(settings, create=False)
        self.shops = Shops(database, clock, self.seal)
        self.approvals = Approvals(database)
        self.catalog = Catalog(database)
        self.journal = Journal(database, clock)
        self.ledger = Ledger(database, clock)
        self.policies = Policies(
            folder=settings.home / POLICY_FOLDER,
            database=database,
            clock=clock,
            note=self._note,
            words=lambda: policy_words(registry.manifests().values()),
        )
        self.in_force = policy or self.policies.today
        self.places = Places(database)
        self.connections = Connections(
            database=database,
            clock=clock,
            seal=self.seal,
            shops=self.shops,
            http=self.http,
            pacer=Pacer(clock, SharedPace(database)),
        )
        self.registers = Registers(database=database, clock=clock, note=self._note)
        self.known = Known(
            catalog=self.catalog,
            places=self.places,
            registers=self.registers,
            shops=self.shops,
            policy=self.in_force,
        )
        self.evidence = EvidenceStore(settings.home / EVIDENCE_FOLDER, self.seal)

    def _note(self, tx: Tx, actor: str, verb: str, subject: str, body: dict[str, Any]) -> None:
        self.journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)

    def _own_hand_told(self, shop_id: str) -> bool:
        """Tell whether this shop's platform has a state of its own for what the merchant took off."""
        platform = next((shop.platform.value for shop in self.shops.all() if shop.shop_id == shop_id), "")
        manifest = registry.manifests().get(platform)
        return manifest is not None and manifest.limits.get("off_is_own_hand") == 1

    def _versions(self) -> dict[str, str]:
        """Return what decides: the manifests by the day they were observed, and the policy in force."""
        return self._policy() | {"policy": self.in_force().version}

    @staticmethod
    def _policy() -> dict[str, str]:
        return {name: manifest.observed_on for name, manifest in registry.manifests().items()}


def seal_of(settings: Settings, *, create: bool) -> Seal:
    if settings.master_key is not None:
        return Seal(FixedKey(settings.master_key, "OFFSHELF_MASTER_KEY"))
    return Seal(FileKey(settings.key_file, create=create))
