"""Finishing time against the floor set by the platform's quota, in virtual time: exact, and the same on any machine."""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.virtual_house import VirtualHouse, play

CALLS, SECONDS, LISTINGS = 60, 60, 1500


def finishing_time() -> dict[str, Any]:
    """Return seconds taken by a plan / the least any client could need under `CALLS` delistings per `SECONDS`."""

    async def story(house: VirtualHouse) -> tuple[float, int]:
        await house.sync()
        plan = await house.approved()
        start = house.clock.monotonic()
        await house.run(plan)
        return house.clock.monotonic() - start, len(house.effects("listing.off"))

    with tempfile.TemporaryDirectory() as folder:
        quotas = f"product/delisting={CALLS}/{SECONDS}s"
        taken, delisted = play(story, Path(folder), size=LISTINGS, quotas=quotas, audit_seconds=10.0**7)
    # A fixed window lets CALLS through at once at its beginning: nobody can be faster than this.
    floor = (math.ceil(delisted / CALLS) - 1) * SECONDS
    return {
        "name": "finishing time / quota floor",
        "ratio": taken / floor,
        "aim": "<= 1.1",
        "met": taken / floor <= 1.1,
        "detail": f"{delisted} listings at {CALLS}/{SECONDS} s: {taken:.0f} s, floor {floor} s (virtual)",
    }
