"""Reads the papers a platform tells of, once per reading of a shop, and brings the register up to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from offshelf.catalog.licences import _store
from offshelf.catalog.licences.joining import SAID_AGAIN, sightings
from offshelf.catalog.licences.merge import Sighting, register_of
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.service import Catalog
from offshelf.catalog.sync_places import Persist
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.instants import SHANGHAI
from offshelf.platforms.contract import CallFailedError, Force, LicenceSeen, LicencesPort, Meaning

PART = "licences"  # the mark of this part of a reading
_SHOP_ITSELF = (Meaning.AUTH, Meaning.NOT_SENT)  # nothing of the shop can be read
_PLAIN = ("ref", "number", "title", "holder", "raw_status", "reason", "end_known", "observed_at")


class LicenceReader:
    """Reads one shop's papers."""

    def __init__(
        self, database: Database, catalog: Catalog, registers: Registers, clock: Clock, persist: Persist
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._registers = registers
        self._clock = clock
        self._persist = persist

    async def read(self, shop_id: str, port: LicencesPort) -> tuple[int, int]:
        """Return how many papers the platform told of, and 1 where they could not all be read, else 0.

        A reading that is not whole changes nothing but the mark: what it does not hold is not gone.
        """
        started = self._clock.now()
        try:
            seen = await self._persist(port.held)
        except CallFailedError as error:
            if error.result.meaning in _SHOP_ITSELF:
                raise
            self._mark(shop_id, started, failed=1)
            return 0, 1
        with self._database.begin() as tx:
            told = self._record(tx, shop_id, seen, started)
            papers = register_of(self._registers.declared(tx), told, shop_id)
            self._registers.observe_licences(tx, papers, again_after=SAID_AGAIN)
        self._mark(shop_id, started, failed=0)
        return len(seen), 0

    def _record(
        self, tx: Tx, shop_id: str, seen: Iterable[LicenceSeen], at: datetime
    ) -> tuple[Sighting, ...]:
        """Write down what was seen and what is not there any more; return what every shop's platform told last."""
        rows = {(row["shop_id"], row["kind"], row["ref"]): row for row in _store.every(tx)}
        new = {(shop_id, one.kind.value, one.ref): one for one in seen}
        changed = [_row(shop_id, one, rows.get(key)) for key, one in new.items()]
        missing = [row for key, row in rows.items() if key[0] == shop_id and key not in new]
        changed += [row | {"gone_at": at} for row in missing if row["gone_at"] is None]
        _store.put(tx, changed)
        return sightings(tx)

    def _mark(self, shop_id: str, started: datetime, *, failed: int) -> None:
        with self._database.begin() as tx:
            now = self._clock.now()
            self._catalog.mark(tx, shop_id, PART, finished_at=now, through=started, failed=failed)


def _row(shop_id: str, seen: LicenceSeen, before: Mapping[str, Any] | None) -> dict[str, Any]:
    number = seen.number if before is None else str(before["number"])
    earlier = "" if before is None else str(before["replaces"])
    return {name: getattr(seen, name) for name in _PLAIN} | {
        "shop_id": shop_id,
        "kind": seen.kind.value,
        "force": seen.force.value,
        "valid_from": _text(seen.valid_from),
        "valid_until": _text(seen.valid_until),
        "brand_ids": list(seen.brand_ids),
        "category_ids": list(seen.category_ids),
        "replaces": earlier if number == seen.number else number,
        "ended_on": _ended_on(seen, before),
        "gone_at": None,
    }


def _ended_on(seen: LicenceSeen, before: Mapping[str, Any] | None) -> str | None:
    """Return the day before the platform first said that it has ended; the day stays, however often it says so."""
    if seen.force is not Force.ENDED:
        return None
    if before is not None and before["ended_on"] is not None:
        return str(before["ended_on"])
    return _text(seen.observed_at.astimezone(SHANGHAI).date() - timedelta(days=1))


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
