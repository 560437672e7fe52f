"""Draining stock before a listing goes, and putting back exactly what was taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from offshelf.delisting.deeds.deed import Look, trouble
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.instants import iso
from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Meaning, StockPort, StockSeen
from offshelf.vocabulary.goods import Shelf

_NO_PORT = CallResult(Meaning.ASK_PERSON, "stock", note="no stock port")


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
            seen = stock.get(_key(act))
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


def _key(act: LedgerAct) -> tuple[str, str]:
    listing_id, _, sku_id = act.target.partition("/")
    return listing_id, sku_id


def _evidence(seen: StockSeen) -> dict[str, Any]:
    return {
        "normal": seen.normal,
        "reserved": seen.reserved,
        "elsewhere": seen.elsewhere,
        "at": iso(seen.observed_at),
    }


class DrainStock:
    """Take exactly what is there, so that putting back gives exactly what was taken; set to zero when buyers race us."""

    repeatable = True  # a second drain finds less or nothing; stock cannot go below zero

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read stock in batches."""
        found = await _read(connector, acts)
        return {
            act_id: seen if isinstance(seen, Look) else self._judge(seen) for act_id, seen in found.items()
        }

    @staticmethod
    def _judge(seen: StockSeen) -> Look:
        evidence = _evidence(seen)
        if seen.normal > 0:
            return Look(False, "stock.some", evidence, {"quantity": seen.normal}, stock=seen)
        if seen.reserved > 0:
            # Held by a running promotion: it comes back to the normal stock when that stops; then it is drained.
            return Look(None, "stock.reserved", evidence, hold=True, stock=seen)
        if seen.elsewhere > 0:
            return Look(None, "stock.elsewhere", evidence, stock=seen)
        return Look(True, "stock.zero", evidence, {"quantity": 0}, stock=seen)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:
        """Subtract what was seen; when that no longer fits, set to zero."""
        if connector.stock is None or look.stock is None:
            return _NO_PORT
        listing_id, sku_id = _key(act)
        first = await connector.stock.subtract(listing_id, sku_id, look.stock.normal)
        if first.meaning not in (Meaning.REFUSED, Meaning.PRECONDITION):
            return first
        return await self._race(connector.stock, listing_id, sku_id, look.stock, first)

    @staticmethod
    async def _race(
        port: StockPort, listing_id: str, sku_id: str, seen: StockSeen, first: CallResult
    ) -> CallResult:
        """The platform refused to subtract: when the stock has changed since we looked, a buyer was faster."""
        try:
            now = (await port.observe([listing_id])).get((listing_id, sku_id))
        except CallFailedError:
            return first
        if now is None or now.normal == seen.normal:
            return first
        if now.normal == 0:
            return CallResult(
                Meaning.ALREADY_SO, first.method, first.code, "sold out meanwhile", first.trace_id
            )
        return await port.set_zero(listing_id, sku_id)


class RestoreStock:
    """Put back what a plan took. Adding is not repeatable: the stock before is written down, and compared after."""

    repeatable = False

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read stock in batches and compare with what was written down before."""
        found = await _read(connector, acts)
        return {act.act_id: self._judge(act, found[act.act_id]) for act in acts}

    @staticmethod
    def _judge(act: LedgerAct, seen: StockSeen | Look) -> Look:
        if isinstance(seen, Look):
            return Look(None, seen.code, seen.evidence, failure=seen.failure) if seen.satisfied else seen
        evidence, quantity = _evidence(seen), int(act.params["quantity"])
        if act.undo is None:
            return Look(quantity == 0, "stock.some", evidence, {"before": seen.normal}, stock=seen)
        before = int(act.undo["before"])
        if seen.normal == before + quantity:
            return Look(True, "stock.restored", evidence, stock=seen)
        if seen.normal == before:
            return Look(False, "stock.not_restored", evidence, stock=seen)
        return Look(None, "stock.ambiguous", evidence, stock=seen)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """Add the quantity once."""
        if connector.stock is None:
            return _NO_PORT
        listing_id, sku_id = _key(act)
        return await connector.stock.add(listing_id, sku_id, int(act.params["quantity"]))
