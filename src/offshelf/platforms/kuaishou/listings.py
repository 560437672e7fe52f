"""The listings port: read, take off, put on (reference §3). There is no way to withdraw a draft from audit."""

from __future__ import annotations

from typing import NamedTuple

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import NO_API, CallFailedError, CallResult, Meaning, Page, Seen
from offshelf.platforms.kuaishou import translate, wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import no_id, wanted
from offshelf.platforms.kuaishou.translate import ListPage
from offshelf.vocabulary.goods import Listing, Shelf

# A refusal that may hide an item that is no more: the detail call documents 21 only (reference §3.4).
_MAY_BE_DELETED = frozenset({Meaning.REFUSED, Meaning.GONE})


class _Cursor(NamedTuple):
    """Where a walk stands: the page to read next, and how many ids came so far."""

    page: int
    came: int

    def __str__(self) -> str:
        return f"{self.page}:{self.came}"

    @classmethod
    def parse(cls, text: str) -> _Cursor:
        page, _, came = text.partition(":")
        return cls(int(page), int(came))


class Listings:
    """Implements `ListingsPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def ids(self, cursor: str | None = None, *, on_sale_only: bool = False) -> Page[str]:
        """Return one page of ids, the last page first.

        Pages are cut anew with every call, and what goes off the shelf meanwhile moves the rest to earlier pages
        (reference §3.3). Read from the last page to the first, an id may come twice but is not skipped. A walk that
        brought fewer ids than the platform counts at its end is a failure: an id that is merely missing must not be
        taken for one that is off.
        """
        if cursor is None:
            first = await self._page(1, on_sale_only=on_sale_only)
            if first.pages <= 1:
                return self._ended(first, len(first.ids))
            at = _Cursor(first.pages, 0)
        else:
            at = _Cursor.parse(cursor)
        found = await self._page(at.page, on_sale_only=on_sale_only)
        count = at.came + len(found.ids)
        if at.page > 1:
            return Page(tuple(found.ids), str(_Cursor(at.page - 1, count)), found.total)
        return self._ended(found, count)

    def _ended(self, found: ListPage, count: int) -> Page[str]:
        if count < found.total:
            raise self._client.failure(wire.LIST, f"the list ended after {count} of {found.total}")
        return Page(tuple(found.ids), None, found.total)

    async def _page(self, page: int, *, on_sale_only: bool) -> ListPage:
        body = translate.list_body(page, limit("listing_page"), on_sale_only=on_sale_only)
        read = self._client.read
        return (await read(wire.LIST, body, lambda fields, at: translate.list_page(fields, at, page))).value

    async def observe(self, listing_id: str) -> Seen[Listing]:
        """Return the listing as it is now; deleted, or unknown to the platform, is gone."""
        item = wanted(wire.GET, listing_id)
        try:
            return await self._client.read(
                wire.GET,
                {"kwaiItemId": item},
                lambda fields, at: translate.listing(fields, at, self._shop_id, listing_id),
            )
        except CallFailedError as error:
            if error.result.meaning not in _MAY_BE_DELETED:
                raise
            return await self._deleted(listing_id, item, error)

    async def _deleted(self, listing_id: str, item: int, refusal: CallFailedError) -> Seen[Listing]:
        """Ask among the items deleted in the last days. Only the platform's "no such item" or a find there is gone."""
        try:
            return await self._client.read(
                wire.DELETED,
                {"itemId": item},
                lambda fields, at: translate.listing(fields, at, self._shop_id, listing_id, deleted=True),
            )
        except CallFailedError:
            result = refusal.result
            if result.meaning is not Meaning.GONE:
                raise refusal from None
        at = self._client.clock.now()
        return Seen(
            translate.bare_listing(self._shop_id, listing_id, Shelf.GONE, result.code, at), result.trace_id
        )

    async def take_off(self, listing_id: str) -> CallResult:
        """Write: take one listing off the shelf."""
        return await self._shelf(wire.TAKE_OFF, listing_id, on=False)

    async def put_on(self, listing_id: str) -> CallResult:
        """Write: put one listing on the shelf; it must have passed its audit."""
        return await self._shelf(wire.PUT_ON, listing_id, on=True)

    async def _shelf(self, method: str, listing_id: str, *, on: bool) -> CallResult:
        item = wire.number(listing_id)
        if item is None:
            return no_id(method)
        return await self._client.write(method, translate.shelf_body(item, on=on))

    async def cancel_audit(self, listing_id: str) -> CallResult:  # noqa: ARG002 - no call to give it to
        """Write: the platform has no method for it; a person withdraws the draft in the shop's backend."""
        return CallResult(Meaning.ASK_PERSON, wire.CANCEL_AUDIT, NO_API, "the platform has no method for it")
