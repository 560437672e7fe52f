"""Settings of the delisting process, each with its reason and unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from offshelf.delisting.facts import Freshness


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How acts are tried."""

    in_flight: int = (
        16  # calls of one lane at a time: enough to hide the way there and back, kind to a shop's quota
    )
    # s; a platform's read side may lag its write side. Short on purpose: the other acts of the batch wait meanwhile,
    # and what is not seen yet is looked at again in the next round, before anything is repeated.
    settle_reads: tuple[float, ...] = (0.2,)
    read_pauses: tuple[float, ...] = (0.2,)  # s before a read that met passing trouble is made again
    late_window: float = 120.0  # s; an answer lost on the way may belong to a write that lands this late
    backoff: tuple[float, ...] = (
        1.0,
        2.0,
        5.0,
        15.0,
        60.0,
    )  # s before the next try, by attempt; last one repeats
    max_attempts: int = 8  # tries with an outcome unknown or waiting before a person is asked
    patience: float = 180.0  # s; a run whose next try is further away ends for now and says when to go on
    poll: float = 0.05  # s between looks at the engine while chunks run


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """How off the shelf is proven."""

    rounds: int = 2  # reads at different instants
    gap: float = 2.0  # s between rounds
    read_pauses: tuple[float, ...] = (
        0.2,
        0.8,
        2.0,
        5.0,
    )  # s before a sight that could not be had is tried again
    in_flight: int = 16


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How often a worker comes back to what did not go on."""

    # s before a plan whose run failed is tried again, by failures in a row; the last one repeats.
    pauses: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    look_again: float = 60.0  # s between looks at what waits for a person: a gate, a task
    # s before its instant that the shops of a plan are read and what would refuse its start is told: time for a large
    # shop to be read, and for a person to mend what is told.
    read_before: float = 3600.0


@dataclass(frozen=True, slots=True)
class DelistingSettings:
    """All settings of the process."""

    run: RunSettings = field(default_factory=RunSettings)
    verify: VerifySettings = field(default_factory=VerifySettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    freshness: Freshness = field(default_factory=Freshness)
    check_valid: timedelta = timedelta(hours=24)  # a plan that starts later is checked and approved anew
    signatures: int = 1  # approvals needed; irreversible programmes ask for two
