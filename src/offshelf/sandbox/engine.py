"""What every imitated platform stands on: time, ledger, counters, faults, quotas and seeded randomness."""

from __future__ import annotations

from random import Random

from offshelf.kit.clock import Clock
from offshelf.sandbox.articles import Merchant
from offshelf.sandbox.config import SandboxConfig
from offshelf.sandbox.faults import FaultDice, FaultPlan
from offshelf.sandbox.ledger import CallBook, EffectLedger
from offshelf.sandbox.quotas import Meter, QuotaPlan
from offshelf.sandbox.snapshot import Loss
from offshelf.sandbox.timeline import Timeline


class Engine:
    """The platform-neutral machinery of one sandbox."""

    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        self.config = config
        self.time = Timeline(clock, config.start)
        self.ledger = EffectLedger(self.time.now)
        self.calls = CallBook()
        self.faults = FaultDice(config.faults)
        self.quotas = Meter(config.quotas)
        self.merchant = Merchant(hub=config.hub)
        self.losses: list[Loss] = [] if config.snapshot is None else list(config.snapshot.losses)

    def dice(self, purpose: str) -> Random:
        """Return a generator of its own for one purpose, fixed by the seed."""
        return Random(f"{self.config.seed}:{purpose}")

    def lose(self, shop_id: str, what: str, code: str, subject: str) -> None:
        """Write down what a copy of a shop does not hold as it is."""
        self.losses.append(Loss(shop_id, what, code, subject))

    def plan_faults(self, plan: FaultPlan) -> None:
        """Put another fault plan in force, its counters at zero."""
        self.faults = FaultDice(plan)

    def plan_quotas(self, plan: QuotaPlan) -> None:
        """Put another quota plan in force, its counters at zero."""
        self.quotas = Meter(plan)
