"""What verbs over a large plan cost beside one reading of its acts from the ledger, and for how long nobody else can write.

Everything is in one process over a shop in memory: what is measured is ours, neither platform nor network.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from offshelf.access.shops import Shops
from offshelf.delisting.handwork import Handwork
from offshelf.delisting.model import Plan
from offshelf.kit.db import Database, Tx
from offshelf.platforms import registry
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.plans import Reason
from support.databases import create_schema
from support.delisting_house import House
from support.evidence import SEAL, evidence_store, policy_of

LISTINGS = 5_000
# Processor time over that of one reading of the ledger, as it may be at most: twice what it was when it was written.
AIMS = {"propose": 22.0, "start": 16.0, "start, lock held": 5.0, "sweep at rest": 5.0}


def verbs_over_many(listings: int = LISTINGS) -> list[dict[str, Any]]:
    """Return a figure per verb: processor time over that of one reading of the plan's acts."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bench.db")
        create_schema(database)
        try:
            taken = _measured(House(database), listings)
        finally:
            database.close()
    unit = taken.pop("ledger")
    return [
        {
            "name": f"{verb} over {listings:,} listings / one reading of the ledger",
            "ratio": seconds / unit,
            "aim": f"<= {AIMS[verb]:g}",
            "met": seconds / unit <= AIMS[verb],
            "detail": f"{seconds:.2f} s; the ledger is read in {unit:.2f} s",
        }
        for verb, seconds in taken.items()
    ]


def _measured(house: House, listings: int) -> dict[str, float]:
    house.shop.stock(listings)
    house.sync()
    keys = [("flagship", listing_id) for listing_id in house.shop.goods]
    taken: dict[str, float] = {}
    plan: Plan = _timed(taken, "propose", lambda: house.plans.propose(keys, reason=Reason.SEASON, by="lin"))
    house.plans.check(plan.plan_id)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    with _locked(house.database, taken, "start, lock held"):
        _timed(taken, "start", lambda: house.plans.start(plan.plan_id, by="wang"))
    work = _handwork(house)
    work.sweep()
    _timed(taken, "sweep at rest", work.sweep)
    _timed(taken, "ledger", lambda: house.ledger.acts(plan.plan_id))
    return taken


def _timed(taken: dict[str, float], name: str, verb: Callable[[], Any]) -> Any:
    began = process_time()
    done = verb()
    taken[name] = process_time() - began
    return done


@contextmanager
def _locked(database: Database, taken: dict[str, float], name: str) -> Iterator[None]:
    """Measure the longest writing transaction meanwhile."""
    real, longest = database.begin, [0.0]

    @contextmanager
    def begin() -> Iterator[Tx]:
        with real() as tx:
            began = process_time()
            yield tx
            longest.append(process_time() - began)

    database.begin = begin  # type: ignore[method-assign]
    try:
        yield
    finally:
        database.begin = real  # type: ignore[method-assign]
        taken[name] = max(longest)


def _handwork(house: House) -> Handwork:
    shops = Shops(
        house.database, house.clock, SEAL
    )  # none is asked: no call stands behind the work of people here
    tasks = Tasks(
        database=house.database, clock=house.clock, shops=shops, manifests=registry.manifests,
        note=lambda *_entry: None, evidence=evidence_store(house.database), policy=policy_of,
    )  # fmt: skip
    return Handwork(
        catalog=house.catalog, database=house.database, plans=house.plans, ledger=house.ledger,
        tasks=tasks, journal=house.journal,
    )  # fmt: skip


if __name__ == "__main__":
    for figure in verbs_over_many():
        print(f"{figure['name']}: {figure['ratio']:.2f} (aim {figure['aim']})  {figure['detail']}")
