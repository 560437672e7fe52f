"""Settings of rehearsals, each with its reason and unit."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DemandSettings:
    """How many buyers come."""

    days: int = 7  # orders of so many days tell the rate: a week has every weekday once
    usual_per_1000_hours: int = (
        50  # orders of a listing on sale where orders were never read: about one a day
    )


@dataclass(frozen=True, slots=True)
class RehearsalSettings:
    """How a plan is rehearsed."""

    seed: int = 7
    demand: DemandSettings = field(default_factory=DemandSettings)
    times: float = 1.0  # so many times as many buyers as the orders tell
    latency: float = 0.2  # s from a call to its answer; assumed, not measured
    tail: float = 1_800.0  # s of buyers after the end: unpaid orders are paid or run out by then
    horizon_days: int = 14  # what has not come by itself until then does not count as coming
    looks: int = 2_000  # looks at the engine in the time foreseen: the finishing time is as exact as that
    synced: bool = False  # one stock system takes what a shop sold off the others at once
