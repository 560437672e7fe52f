"""Draining stock before a listing goes, and putting back exactly what was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from offshelf.delisting.deeds.deed import Look, Taken, trouble
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.instants import iso
from offshelf.platforms.contract import (
    NO_API,
    CallFailedError,
    CallResult,
    Connector,
    Meaning,
    StockPort,
    StockSeen,
)
from offshelf.vocabulary.goods import PromotionKind, Shelf

_RACES = 3  # subtractions tried against faster buyers before stock is set to zero
_NO_PORT = CallResult(Meaning.ASK_PERSON, "stock", note="no stock port")
_HELD = CallResult(Meaning.ASK_PERSON, "stock", NO_API, "held by an activity that no call ends")


async def _read(connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, StockSeen | Look]:
    """Return stock by act id, read in batches; a failed batch gives every act of it the same look."""
    if connector.stock is None:
        return {act.act_id: trouble(_NO_PORT) for act in acts}
    port = connector.stock
    found: dict[str, StockSeen | Look] = {}
    listings = list(dict.fromkeys(act.subject for act in acts))
    for start in range(0, len(listings), port.batch_limit()):
        some = listings[start : start + port.batch_limit()]
        mine = [act for act in acts if act.subject in set(some)]
        try:
            stock = await port.observe(some)
        except CallFailedError as error:
            found.update({act.act_id: trouble(error.result) for act in mine})
            continue
        for act in mine:
            seen = stock.get(_key(act)[:2])
            found[act.act_id] = seen if seen is not None else await _missing(connector, act)
    return found


async def _missing(connector: Connector, act: LedgerAct) -> Look:
    """A SKU the stock call did not return: gone with its listing, or unknown."""
    try:
        listing = (await connector.listings.observe(act.subject)).value
    except CallFailedError as error:
        return trouble(error.result)
    if listing.shelf is Shelf.GONE:
        return Look(True, "shelf.gone", {"raw": listing.raw_status}, listing=listing)
    return Look(None, "stock.not_returned", {"raw": listing.raw_status}, listing=listing)


def _key(act: LedgerAct) -> tuple[str, str, str]:
    """Return listing, SKU and warehouse of a target `listing/sku` or `listing/sku@warehouse`."""
    listing_id, _, rest = act.target.partition("/")
    sku_id, _, warehouse = rest.partition("@")
    return listing_id, sku_id, warehouse


def _units(seen: StockSeen, warehouse: str) -> int:
    """Return what lies at the place of an act: the normal stock, or one warehouse (0 when it is not named)."""
    return dict(seen.warehouses).get(warehouse, 0) if warehouse else seen.normal


def _evidence(seen: StockSeen, units: int) -> dict[str, Any]:
    return {
        "units": units,
        "normal": seen.normal,
        "reserved": seen.reserved,
        "elsewhere": seen.elsewhere,
        "at": iso(seen.observed_at),
    }


def _taking(result: CallResult, units: int, *, exact: bool = True) -> Taken:
    names = ("meaning", "method", "code", "note", "trace_id", "retry_at")
    return Taken(**{name: getattr(result, name) for name in names}, units=units, exact=exact)


class DrainStock:
    """Take exactly what is there, so that putting back gives exactly what was taken; set to zero when buyers race us."""

    repeatable = True  # a second drain finds less or nothing; stock cannot go below zero

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read stock in batches."""
        found = await _read(connector, acts)
        once = connector.stock is not None and not connector.stock.can_set()
        looks = {act.act_id: replace(self._judge(act, found[act.act_id]), once=once) for act in acts}
        if _sales_are_told(connector):
            return looks
        return {act_id: _held_by_hand(look) for act_id, look in looks.items()}

    @staticmethod
    def _judge(act: LedgerAct, seen: StockSeen | Look) -> Look:
        if isinstance(seen, Look):
            return seen
        warehouse = _key(act)[2]
        units = _units(seen, warehouse)
        evidence = _evidence(seen, units)
        if units > 0:
            return Look(False, "stock.some", evidence, {"quantity": units}, stock=seen)
        if not warehouse and seen.reserved > 0:
            # Held by a running promotion: it comes back to the normal stock when that stops; then it is drained.
            return Look(None, "stock.reserved", evidence, hold=True, stock=seen)
        return Look(True, "stock.zero", evidence, {"quantity": 0}, stock=seen)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:
        """Subtract what was seen; when that no longer fits, set to zero where the platform can."""
        if connector.stock is None or look.stock is None:
            return _NO_PORT
        listing_id, sku_id, warehouse = _key(act)
        units = _units(look.stock, warehouse)
        refused = _NO_PORT
        for race in range(_RACES):
            key = f"{act.act_id}.{act.attempts}.{race}"
            result = await connector.stock.subtract(listing_id, sku_id, units, warehouse, key=key)
            if result.meaning not in (Meaning.REFUSED, Meaning.PRECONDITION):
                return _taking(result, units)
            now = await self._now(connector.stock, act)
            if now is None or now == units:
                return result  # refused for another reason than a buyer who was faster
            if now == 0:
                note = "sold out meanwhile"
                return CallResult(Meaning.ALREADY_SO, result.method, result.code, note, result.trace_id)
            units, refused = now, result
        if not connector.stock.can_set():
            return replace(refused, meaning=Meaning.NOT_NOW, note="buyers were faster each time")
        return _taking(await connector.stock.set_zero(listing_id, sku_id, warehouse), units, exact=False)

    @staticmethod
    async def _now(port: StockPort, act: LedgerAct) -> int | None:
        """Return what lies at the place now, or None where it cannot be seen."""
        listing_id, sku_id, warehouse = _key(act)
        try:
            seen = (await port.observe([listing_id])).get((listing_id, sku_id))
        except CallFailedError:
            return None
        return None if seen is None else _units(seen, warehouse)


def _sales_are_told(connector: Connector) -> bool:
    """Tell whether the plan itself ends what holds stock; where it cannot, waiting for that is waiting for a person."""
    return connector.promotions is not None and PromotionKind.LIMITED_DISCOUNT in connector.promotions.kinds()


def _held_by_hand(look: Look) -> Look:
    if look.code != "stock.reserved":
        return look
    return replace(look, hold=False, failure=_HELD)


class RestoreStock:
    """Put back what a plan took. Adding is not repeatable: the stock before is written down, and compared after."""

    repeatable = False

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read stock in batches and compare with what was written down before."""
        found = await _read(connector, acts)
        # Without keys a lost addition may still come, however long we wait: adding again could sell what is not there.
        on_word = connector.stock is not None and not connector.stock.keyed()
        return {act.act_id: replace(self._judge(act, found[act.act_id]), on_word=on_word) for act in acts}

    @staticmethod
    def _judge(act: LedgerAct, seen: StockSeen | Look) -> Look:
        if isinstance(seen, Look):
            return Look(None, seen.code, seen.evidence, failure=seen.failure) if seen.satisfied else seen
        units, quantity = _units(seen, _key(act)[2]), int(act.params["quantity"])
        evidence = _evidence(seen, units)
        if act.undo is None and units >= quantity > 0:
            # The drain left nothing. A few units come back from orders that ran out; this many were put there by hand.
            return Look(None, "stock.changed_meanwhile", evidence, stock=seen)
        if act.undo is None:
            return Look(quantity == 0, "stock.some", evidence, {"before": units}, stock=seen)
        before = int(act.undo["before"])
        if units == before + quantity:
            return Look(True, "stock.restored", evidence, stock=seen)
        if units == before:
            return Look(False, "stock.not_restored", evidence, stock=seen)
        return Look(None, "stock.ambiguous", evidence, stock=seen)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """Add the quantity once."""
        if connector.stock is None:
            return _NO_PORT
        listing_id, sku_id, warehouse = _key(act)
        quantity = int(act.params["quantity"])
        return await connector.stock.add(listing_id, sku_id, quantity, warehouse, key=act.act_id)
