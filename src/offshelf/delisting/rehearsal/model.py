"""What a rehearsal found, as values. Figures go into the journal as they stand here: whole numbers and texts only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from offshelf.kit.instants import iso

SAMPLE = 20  # targets named per blocker, subjects per loss


@dataclass(frozen=True, slots=True)
class Blocker:
    """Acts of one kind that did not get done for one reason. `by_hand`: only a person can do them."""

    shop_id: str
    kind: str
    outcome: str
    code: str
    count: int
    by_hand: bool
    targets: tuple[str, ...]  # the first few


@dataclass(frozen=True, slots=True)
class Loss:
    """What the copy did not hold as it is in life; `touches` acts of the plan prove nothing for it."""

    shop_id: str
    what: str
    code: str
    count: int
    touches: int
    subjects: tuple[str, ...]  # the first few


@dataclass(frozen=True, slots=True)
class ShopRun:
    """One shop. `seconds` until its last act was settled, None where some were not; `foreseen` by the forecast.

    `off_seconds`: until the last listing that came off was off, None where none did.
    """

    shop_id: str
    acts: int
    good: int
    seconds: int | None
    off_seconds: int | None
    foreseen: int | None
    bottleneck: str

    @property
    def percent(self) -> int | None:
        """Return how long it took in percent of what was foreseen."""
        return percent(self.seconds, self.foreseen)


@dataclass(frozen=True, slots=True)
class Sales:
    """What buyers did to the plan's goods from the start on.

    `beyond_stock`: paid units there were no goods for; `cannot_ship`: with those that may still be paid. `after_off`:
    orders for a listing after the plan called it off. `open_orders`: of the plan's listings at the end, by state.
    `per_1000_hours`: orders all buyers together try to place; `assumed`: shops whose orders were never read.
    """

    orders: int
    units: int
    beyond_stock: int
    cannot_ship: int
    after_off: int
    open_orders: dict[str, int]
    per_1000_hours: int
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what it was at the last rehearsal of this plan. `what` is a word of `rehearsal.changed`."""

    what: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rehearsal was played with; two rehearsals compare only where this is the same."""

    seed: int
    faults: str  # SM3 mark of the fault plan; empty: none
    demand_percent: int
    synced: bool
    latency_ms: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal of one version of a plan over one state of the catalog.

    `digest` is that of the acts, the plan's id left out: the same on both sides, or the rehearsal is refused. `seconds` is
    virtual, from the start until the proof; with `complete` False it is how long what could be done took.
    """

    plan_id: str
    version: int
    fingerprint: str
    digest: str
    catalog: str
    policy: dict[str, str]
    at: datetime
    setting: Setting
    complete: bool
    seconds: int
    foreseen: int | None
    acts: int
    listings: int
    verified: int
    outcomes: dict[str, dict[str, int]]  # by kind of act
    shops: tuple[ShopRun, ...]
    blockers: tuple[Blocker, ...]
    sales: Sales
    losses: tuple[Loss, ...]
    calls: int
    throttled: int
    differences: tuple[Difference, ...] = ()

    @property
    def percent(self) -> int | None:
        """Return how long it took in percent of what was foreseen; None where it did not end or nothing was."""
        return percent(self.seconds if self.complete else None, self.foreseen)

    @property
    def by_hand(self) -> int:
        """Return how many acts only a person can do."""
        return sum(blocker.count for blocker in self.blockers if blocker.by_hand)

    def document(self) -> dict[str, Any]:
        """Return it as plain data; the differences are not part of what is kept."""
        found = asdict(self) | {"at": iso(self.at), "by_hand": self.by_hand, "percent": self.percent}
        found["shops"] = [asdict(shop) | {"percent": shop.percent} for shop in self.shops]
        del found["differences"]
        plain: dict[str, Any] = _plain(found)
        return plain


def percent(seconds: int | None, foreseen: int | None) -> int | None:
    """Return one length of time in percent of another, None where either is not known or nothing was foreseen."""
    return None if seconds is None or not foreseen else round(100 * seconds / foreseen)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
