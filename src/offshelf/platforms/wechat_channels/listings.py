"""The listings port: read, take off, put on, withdraw from audit (reference §4)."""

from __future__ import annotations

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, going_on
from offshelf.platforms.contract import CallFailedError, CallResult, Page, Seen
from offshelf.platforms.wechat_channels import translate, wire
from offshelf.platforms.wechat_channels.errors import NO_DRAFT, NO_SUCH_PRODUCT, NOT_ON_SALE
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.vocabulary.goods import Audit, Listing, Shelf


class Listings:
    """Implements `ListingsPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def ids(self, cursor: str | None = None, *, on_sale_only: bool = False) -> Page[str]:
        """Return one page of ids. Our cursor is `how many came before:platform's key`.

        A list that ends before the platform's own total is a failure: an id that is merely missing from the list of
        what is on sale must not be taken for one that is off.
        """
        before, _, key = (cursor or "0:").partition(":")
        body = translate.ids_body(key, limit("listing_page"), on_sale_only=on_sale_only)
        seen = await self._client.read(wire.LIST_IDS, body, translate.listing_ids)
        found, next_key, total = seen.value
        count = int(before) + len(found)
        if going_on(self._client, wire.LIST_IDS, Sheet(list(found), next_key, total), key):
            return Page(tuple(found), f"{count}:{next_key}", total)
        if total is not None and count < total:
            raise self._client.failure(
                wire.LIST_IDS, f"the list ended after {count} of {total}", seen.trace_id
            )
        return Page(tuple(found), None, total)

    async def observe(self, listing_id: str) -> Seen[Listing]:
        """Return the listing as it is now, from both copies of its data."""
        try:
            return await self._get(listing_id, wire.BOTH_COPIES)
        except CallFailedError as error:
            code = error.result.code
            if code == str(NO_SUCH_PRODUCT):
                return Seen(self._bare(listing_id, Shelf.GONE, Audit.NONE, code), error.result.trace_id)
            if code == str(NO_DRAFT):
                return await self._get(listing_id, wire.ONLINE_COPY)
            if code == str(NOT_ON_SALE):
                return await self._off_sale(listing_id, error.result)
            raise

    async def _off_sale(self, listing_id: str, refusal: CallResult) -> Seen[Listing]:
        """The platform says "not on sale" instead of giving the product; the draft tells the rest, if it can be had."""
        try:
            seen = await self._get(listing_id, wire.DRAFT_COPY)
        except CallFailedError:
            bare = self._bare(listing_id, Shelf.OFF, Audit.UNKNOWN, refusal.code)
            return Seen(bare, refusal.trace_id)
        return seen

    async def _get(self, listing_id: str, data_type: int) -> Seen[Listing]:
        body = translate.product_body(listing_id) | {"data_type": data_type}
        draftless = data_type == wire.ONLINE_COPY
        return await self._client.read(
            wire.GET,
            body,
            lambda fields, at: translate.listing(fields, at, self._shop_id, listing_id, draftless=draftless),
        )

    def _bare(self, listing_id: str, shelf: Shelf, audit: Audit, code: str) -> Listing:
        at = self._client.clock.now()
        return translate.bare_listing(self._shop_id, listing_id, shelf, audit, code, at)

    async def take_off(self, listing_id: str) -> CallResult:
        """Write: take one listing off the shelf."""
        return await self._client.write(wire.DELIST, translate.product_body(listing_id))

    async def put_on(self, listing_id: str) -> CallResult:
        """Write: submit the draft for audit and sale; draws on the audit quota (reference §1 row 3)."""
        return await self._client.write(wire.RELIST, translate.product_body(listing_id))

    async def cancel_audit(self, listing_id: str) -> CallResult:
        """Write: withdraw the draft from audit."""
        return await self._client.write(wire.CANCEL_AUDIT, translate.product_body(listing_id))
