"""The promotions port: coupons, read only (reference §9). No method ends one; limited-time sales are not even told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.calling.reading import amount, need, rows, table
from offshelf.platforms.contract import NO_API, CallFailedError, CallResult, Meaning, Seen
from offshelf.platforms.douyin import translate_promotions as translate
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.manifest import limit
from offshelf.platforms.douyin.pages import by_number
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

_ABSENT = "absent"  # evidence: not in the platform's whole lists of waiting and running ones


class Promotions:
    """Implements `PromotionsPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    def kinds(self) -> tuple[PromotionKind, ...]:
        """Return the kinds the platform tells."""
        return (PromotionKind.COUPON,)

    async def active(self) -> tuple[Promotion, ...]:
        """Return every coupon that waits, runs, or of which that cannot be told.

        Limited-time sales, seckill entries and group buys cannot be read: a lock on the listing tells of them, and a
        person ends them in the console.
        """
        living = await self._living()
        return tuple(found for found in living.values() if found.state is not PromotionState.ENDED)

    async def observe(self, kind: PromotionKind, promotion_id: str) -> Seen[Promotion]:
        """Return one coupon as it is now; one the platform no longer has among the living is ended."""
        return Seen((await self.observe_many(kind, [promotion_id]))[promotion_id])

    async def observe_many(self, kind: PromotionKind, ids: Sequence[str]) -> Mapping[str, Promotion]:
        """Return several coupons from the platform's whole lists; those the lists do not hold have ended."""
        if not ids:
            return {}
        if kind is not PromotionKind.COUPON:
            raise CallFailedError(_no_api(kind))
        living = await self._living()
        at = self._client.clock.now()
        return {
            ident: living.get(ident) or translate.ended(self._shop_id, kind, ident, _ABSENT, at)
            for ident in ids
        }

    def can_stop(self, kind: PromotionKind) -> bool:  # noqa: ARG002 - the port's
        """Tell that no call ends any of them."""
        return False

    async def stop(self, kind: PromotionKind, promotion_id: str) -> CallResult:  # noqa: ARG002 - the port's
        """Write: not possible here. A person ends it in the console (the manifest has the way)."""
        return _no_api(kind)

    async def _living(self) -> dict[str, Promotion]:
        """Return waiting and running coupons by id; one that starts meanwhile is in the second list."""
        found: dict[str, Promotion] = {}
        for status in wire.COUPONS_LIVING:
            for promotion in await self._coupons(status):
                found[promotion.promotion_id] = promotion
        return found

    async def _coupons(self, status: int) -> list[Promotion]:
        size = limit("coupon_page")

        def page(fields: dict[str, Any], at: datetime) -> Sheet[Promotion]:
            data = table(fields.get("data"))
            entries = need(data, "coupon_list", rows)
            coupons = [translate.coupon(entry, at, self._shop_id) for entry in entries]
            return Sheet(coupons, "", need(data, "total", amount))

        async def turn(number: int) -> Sheet[Promotion]:
            if number > limit("coupon_pages"):
                raise self._client.failure(wire.COUPONS, "more coupons than the platform lets one list")
            body = {"page_no": number - 1, "page_size": size, "status": status}
            return (await self._client.read(wire.COUPONS, body, page)).value

        return await by_number(self._client, wire.COUPONS, turn, size)


def _no_api(kind: PromotionKind) -> CallResult:
    note = f"the platform has no interface for this ({kind.value})"
    return CallResult(Meaning.ASK_PERSON, wire.COUPONS, NO_API, note)
