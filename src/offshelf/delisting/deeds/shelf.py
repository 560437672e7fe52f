"""Taking a listing off the shelf, putting it on, withdrawing its draft from audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from offshelf.delisting.deeds.deed import Look, look_each
from offshelf.durable.ledger import LedgerAct
from offshelf.kit.instants import iso
from offshelf.platforms.contract import NO_API, CallResult, Connector, Meaning
from offshelf.vocabulary.goods import Audit, Listing, Shelf

_OFF = {
    Shelf.OFF: "shelf.off",
    Shelf.OFF_BY_PLATFORM: "shelf.off_by_platform",
    Shelf.NEVER_LISTED: "shelf.never_listed",
    Shelf.GONE: "shelf.gone",
}


async def _seen(connector: Connector, act: LedgerAct) -> tuple[Listing, dict[str, str]]:
    seen = await connector.listings.observe(act.subject)
    listing = seen.value
    evidence = {
        "shelf": listing.shelf.value,
        "audit": listing.audit.value,
        "raw": listing.raw_status,
        "at": iso(listing.observed_at),
        "trace": seen.trace_id,
    }
    return listing, evidence


class TakeOff:
    """Take one listing off the shelf; a draft under audit is withdrawn first, because it blocks and may relist."""

    repeatable = True

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read each listing."""

        async def one(act: LedgerAct) -> Look:
            listing, evidence = await _seen(connector, act)
            undo = {"shelf": listing.shelf.value, "raw": listing.raw_status}
            if listing.shelf is Shelf.UNKNOWN:
                return Look(None, "shelf.unknown", evidence, listing=listing)
            if listing.shelf is Shelf.GONE:
                return Look(True, _OFF[listing.shelf], evidence, undo, listing=listing)
            if listing.audit in (Audit.UNKNOWN, Audit.BUSY):
                busy = listing.audit is Audit.BUSY
                code = "audit.busy" if busy else "audit.unknown"
                return Look(None, code, evidence, hold=busy, listing=listing)
            if listing.shelf in _OFF:
                # A pending draft of a listing that is off can still put it back: not at rest until it is withdrawn.
                if listing.audit is Audit.PENDING:
                    return Look(False, "audit.pending", evidence, undo, listing=listing)
                return Look(True, _OFF[listing.shelf], evidence, undo, listing=listing)
            code = "shelf.sold_out" if listing.shelf is Shelf.SOLD_OUT else "shelf.on"
            return Look(False, code, evidence, undo, listing=listing)

        return await look_each(acts, one)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:
        """Withdraw the audit where there is one, then take off."""
        if look.listing is not None and look.listing.audit is Audit.PENDING:
            withdrawn = await connector.listings.cancel_audit(act.subject)
            if withdrawn.code == NO_API and look.listing.shelf in _OFF:
                # Nothing is left that a call could do, for this item only: a person looks after the draft.
                return replace(withdrawn, meaning=Meaning.REFUSED)
            if withdrawn.code == NO_API:
                return await connector.listings.take_off(act.subject)
            if withdrawn.meaning not in (Meaning.OK, Meaning.ALREADY_SO) or look.listing.shelf in _OFF:
                return withdrawn
        return await connector.listings.take_off(act.subject)


class CancelAudit:
    """Withdraw the pending draft of a listing from audit."""

    repeatable = True

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read each listing."""

        async def one(act: LedgerAct) -> Look:
            listing, evidence = await _seen(connector, act)
            if listing.shelf is Shelf.GONE:
                return Look(True, "shelf.gone", evidence, listing=listing)
            if listing.audit is Audit.NONE:
                return Look(True, "audit.none", evidence, listing=listing)
            if listing.audit is Audit.PENDING:
                return Look(False, "audit.pending", evidence, {"audit": "pending"}, listing=listing)
            busy = listing.audit is Audit.BUSY
            return Look(None, "audit.busy" if busy else "audit.unknown", evidence, hold=busy, listing=listing)

        return await look_each(acts, one)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """Withdraw."""
        return await connector.listings.cancel_audit(act.subject)


class PutOn:
    """Submit a listing for sale again. Done only when it is seen on sale; an audit in between is waiting."""

    repeatable = False  # repeated submissions cost audit quota and may get the function banned

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Read each listing."""

        async def one(act: LedgerAct) -> Look:
            listing, evidence = await _seen(connector, act)
            if listing.shelf is Shelf.ON:
                return Look(True, "shelf.on", evidence, listing=listing)
            if listing.audit in (Audit.PENDING, Audit.BUSY):
                return Look(None, "audit.pending", evidence, hold=True, listing=listing)
            if listing.shelf in (Shelf.OFF, Shelf.SOLD_OUT) and listing.audit is Audit.NONE:
                return Look(False, "shelf.off", evidence, {"shelf": listing.shelf.value}, listing=listing)
            return Look(None, f"shelf.{listing.shelf.value}", evidence, listing=listing)

        return await look_each(acts, one)

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:  # noqa: ARG002
        """Submit."""
        return await connector.listings.put_on(act.subject)
