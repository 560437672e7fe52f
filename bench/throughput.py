"""Plan throughput against a bare asyncio loop that makes the same calls with the same client.

The loop has what a careful script has (look, act, look again, sixteen at a time) and nothing else: no ledger, no
engine, no journal. Both run in turn, each against a fresh sandbox process of the same seed.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from offshelf.bootstrap.wire import open_house
from offshelf.delisting.deeds import DEEDS
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.clock import SystemClock
from offshelf.platforms.contract import Connector
from offshelf.services import Services
from offshelf.vocabulary.plans import ActKind
from support.processes import Ready, prepare, sandbox_process

IN_FLIGHT = 16


def plan_against_bare_loop(listings: int, rounds: int) -> dict[str, Any]:
    """Return the ratio bare/plan of acts per second; medians of `rounds` after one warm-up."""
    with tempfile.TemporaryDirectory() as folder:
        ready = prepare(Path(folder) / "ready", listings)
        plan_times, bare_times = [], []
        acts = 0
        for number in range(rounds + 1):
            plan_time, acts = _measure(ready, Path(folder) / f"plan{number}", _by_plan)
            bare_time, _ = _measure(ready, Path(folder) / f"bare{number}", _by_loop)
            if number:
                plan_times.append(plan_time)
                bare_times.append(bare_time)
    plan_rate, bare_rate = (acts / statistics.median(times) for times in (plan_times, bare_times))
    ratio = plan_rate / bare_rate
    return {
        "name": "plan throughput / bare loop",
        "ratio": ratio,
        "aim": ">= 0.5",
        "met": ratio >= 0.5,
        "detail": f"{acts} acts: plan {plan_rate:.0f}/s, bare loop {bare_rate:.0f}/s, {rounds} rounds",
    }


def _measure(ready: Ready, home: Path, run: Callable[[Services, str], float]) -> tuple[float, int]:
    size = ready.size
    with sandbox_process(size) as url:
        services = open_house(ready.copy(home, url))
        try:
            return run(services, ready.plan_id), len(services.ledger.acts(ready.plan_id))
        finally:
            services.close()


def _by_plan(services: Services, plan_id: str) -> float:
    """Return seconds from the first submitted chunk to the last settled act (verification is not counted)."""
    clock = SystemClock()
    marks: dict[str, float] = {}

    def progress(part: str, _done: int, _of: int) -> None:
        marks.setdefault(part, clock.monotonic())

    services.worker.run(plan_id, by="bench", progress=progress)
    return marks["verify"] - marks["acts"]


def _by_loop(services: Services, plan_id: str) -> float:
    acts = services.ledger.acts(plan_id)
    connector = services.connect(acts[0].lane)
    return services.call(_loop(connector, acts))


async def _loop(connector: Connector, acts: tuple[LedgerAct, ...]) -> float:
    await connector.listings.ids()  # the token is there, as it is for the plan
    clock = SystemClock()
    start = clock.monotonic()
    for _, batch in groupby(sorted(acts, key=_place), key=_place):
        some = list(batch)
        looks = await _look(connector, some)
        gate = asyncio.Semaphore(IN_FLIGHT)

        async def do(act: LedgerAct, looks: Any = looks, gate: asyncio.Semaphore = gate) -> None:
            async with gate:
                await DEEDS[ActKind(act.kind)].do(connector, act, looks[act.act_id])

        todo = [act for act in some if looks[act.act_id].satisfied is False]
        await asyncio.gather(*(do(act) for act in todo))
        if todo:
            await _look(connector, todo)
    return clock.monotonic() - start


def _place(act: LedgerAct) -> tuple[str, int, int]:
    return act.lane, act.chunk, act.batch


async def _look(connector: Connector, acts: list[LedgerAct]) -> dict[str, Any]:
    looks: dict[str, Any] = {}
    for kind in sorted({act.kind for act in acts}):
        looks.update(await DEEDS[ActKind(kind)].look(connector, [act for act in acts if act.kind == kind]))
    return looks
