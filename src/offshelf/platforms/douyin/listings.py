"""The listings port: read, take off, put on, withdraw from audit (reference §5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, going_on
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Page, Seen
from offshelf.platforms.douyin import translate, wire
from offshelf.platforms.douyin.errors import NO_SUCH_PRODUCT
from offshelf.platforms.douyin.locks import ProductLocks
from offshelf.platforms.douyin.manifest import limit, raw_table
from offshelf.vocabulary.goods import Listing

LOCK_OFF = "lock:17"


class Listings:
    """Implements `ListingsPort`."""

    def __init__(self, client: Client, shop_id: str, locks: ProductLocks) -> None:
        self._client = client
        self._shop_id = shop_id
        self._locks = locks
        self._by_cursor = raw_table("choices")["listing_traversal"] == "cursor"

    async def ids(self, cursor: str | None = None, *, on_sale_only: bool = False) -> Page[str]:
        """Return one page of ids. Our cursor is `how many came before:the platform's cursor or page number`.

        A list that ends before the platform's own total is a failure: an id that is merely missing from the list of
        what is on sale must not be taken for one that is off.
        """
        before, _, key = (cursor or "0:").partition(":")
        body = self._body(key) | (
            {"status": wire.ONLINE, "check_status": wire.PASSED} if on_sale_only else {}
        )
        seen = await self._client.read(wire.LIST, body, translate.listing_ids)
        sheet = seen.value if self._by_cursor else self._numbered(seen.value, key)
        count, total = int(before) + len(sheet.items), sheet.total
        if going_on(self._client, wire.LIST, sheet, key):
            return Page(tuple(sheet.items), f"{count}:{sheet.cursor}", total)
        if total is not None and count < total:
            raise self._client.failure(wire.LIST, f"the list ended after {count} of {total}", seen.trace_id)
        return Page(tuple(sheet.items), None, total)

    def _body(self, key: str) -> dict[str, Any]:
        size = limit("listing_page")
        if self._by_cursor:  # the page number is required and not heeded; reference §5.5
            return {"page": 1, "size": size, "use_cursor": True, "cursor_id": key or None}
        return {"page": int(key or 1), "size": size}

    @staticmethod
    def _numbered(sheet: Sheet[str], key: str) -> Sheet[str]:
        """Return a page read by number with the next number as cursor, as far as numbers reach."""
        page, size = int(key or 1), limit("listing_page")
        total = sheet.total or 0
        more = bool(sheet.items) and page * size < min(total, limit("listing_rows_by_page"))
        return Sheet(sheet.items, str(page + 1), sheet.total, more)

    async def observe(self, listing_id: str) -> Seen[Listing]:
        """Return the listing as it is now."""
        try:
            return await self._client.read(
                wire.DETAIL,
                {"product_id": listing_id},  # a text here
                lambda fields, at: translate.listing(fields, at, self._shop_id, listing_id),
            )
        except CallFailedError as error:
            result = error.result
            if result.code != NO_SUCH_PRODUCT:
                raise
            gone = translate.gone_listing(self._shop_id, listing_id, result.code, self._client.clock.now())
            return Seen(gone, result.trace_id)

    async def take_off(self, listing_id: str) -> CallResult:
        """Write: take one listing off the shelf. What the platform itself holds fast is not even tried.

        Where the locks cannot be read the write is made all the same: the platform refuses by itself what is locked.
        """
        try:
            locks = (await self._locks.observe([listing_id])).get(listing_id)
        except CallFailedError:
            locks = None
        if locks is not None and locks.off:
            note = f"the platform holds this product on sale (locks {locks.raw})"
            return CallResult(Meaning.REFUSED, wire.TAKE_OFF, LOCK_OFF, note)
        return await self._client.write(wire.TAKE_OFF, _body(listing_id))

    async def put_on(self, listing_id: str) -> CallResult:
        """Write: put one listing on the shelf again; what waits audited is launched, the rest may be audited anew.

        Whether it is depends on the platform and is not told beforehand (reference §17, question 3): look afterwards.
        """
        try:
            parked = await self._client.read(
                wire.DETAIL,
                {"product_id": listing_id},
                lambda fields, at: translate.parked(fields, at, listing_id),
            )
        except CallFailedError as error:
            return _not_put_on(error.result)
        return await self._client.write(wire.LAUNCH if parked.value else wire.PUT_ON, _body(listing_id))

    async def cancel_audit(self, listing_id: str) -> CallResult:
        """Write: withdraw the draft from audit."""
        return await self._client.write(wire.CANCEL_AUDIT, _body(listing_id))


def _body(listing_id: str) -> dict[str, Any]:
    return {"product_id": wire.number(listing_id)}


def _not_put_on(result: CallResult) -> CallResult:
    """Return the result of a write that was not made because its listing could not be read."""
    meaning = Meaning.NOT_SENT if result.meaning is Meaning.UNKNOWN else result.meaning
    return replace(result, meaning=meaning, method=wire.PUT_ON)
