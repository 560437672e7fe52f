"""The promotions port: coupons (reference §8). Flash sales and the platform's campaigns have no API: a person ends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import amount, need, rows
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Seen
from offshelf.platforms.kuaishou import translate_promotions as translate
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import no_id, wanted
from offshelf.platforms.kuaishou.paging import numbered
from offshelf.platforms.kuaishou.translate import data
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

_ABSENT = (
    "absent"  # evidence: neither found by its id nor in the platform's whole lists of what waits and runs
)


class Promotions:
    """Implements `PromotionsPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    def kinds(self) -> tuple[PromotionKind, ...]:
        """Return the kinds the platform tells."""
        return (PromotionKind.COUPON,)

    async def active(self) -> tuple[Promotion, ...]:
        """Return every coupon that waits, can be claimed, or of which that cannot be told."""
        living = await self._living()
        return tuple(found for found in living.values() if found.state is not PromotionState.ENDED)

    async def observe(self, kind: PromotionKind, promotion_id: str) -> Seen[Promotion]:
        """Return one coupon as it is now."""
        return Seen((await self.observe_many(kind, [promotion_id]))[promotion_id])

    async def observe_many(self, kind: PromotionKind, ids: Sequence[str]) -> Mapping[str, Promotion]:
        """Return several coupons by id. One the platform does not return is looked for in its lists of living ones.

        Only what is in neither has ended; the lists are checked against the platform's own totals.
        """
        if not ids:
            return {}
        if kind is not PromotionKind.COUPON:
            raise CallFailedError(_not_here(kind))
        found: dict[str, Promotion] = {}
        wished, size = list(dict.fromkeys(ids)), limit("coupon_batch")
        for start in range(0, len(wished), size):
            found |= await self._query(wished[start : start + size])
        missing = [ident for ident in ids if ident not in found]
        if missing:
            living, at = await self._living(), self._client.clock.now()
            for ident in missing:
                found[ident] = living.get(ident) or translate.ended(self._shop_id, kind, ident, _ABSENT, at)
        return {ident: found[ident] for ident in ids}

    def can_stop(self, kind: PromotionKind) -> bool:
        """Only coupons have a call that ends them (reference §8)."""
        return kind is PromotionKind.COUPON

    async def stop(self, kind: PromotionKind, promotion_id: str) -> CallResult:
        """Write: end one coupon for good; those claimed before stay with their owners (inferred, reference §8)."""
        if kind is not PromotionKind.COUPON:
            return _not_here(kind)
        number = wire.number(promotion_id)
        if number is None:
            return no_id(wire.COUPON_OVER)
        return await self._client.write(wire.COUPON_OVER, {"couponId": number})

    async def _query(self, ids: Sequence[str]) -> dict[str, Promotion]:
        body = {"couponId": [wanted(wire.COUPON_QUERY, ident) for ident in ids]}
        seen = await self._client.read(
            wire.COUPON_QUERY, body, lambda fields, at: translate.coupons(fields, at, self._shop_id)
        )
        asked = frozenset(ids)
        return {found.promotion_id: found for found in seen.value if found.promotion_id in asked}

    async def _living(self) -> dict[str, Promotion]:
        """Return waiting and claimable coupons by id; one that starts meanwhile is in the second list of its kind."""
        found: dict[str, Promotion] = {}
        for target, status in product(wire.COUPON_TARGETS, wire.COUPONS_ACTIVE):
            for coupon in await self._list(target, status):
                found[coupon.promotion_id] = coupon
        return found

    async def _list(self, target: int, status: int) -> list[Promotion]:
        size = limit("coupon_page")

        async def turn(_cursor: str, page: int) -> Sheet[Promotion]:
            def read(fields: dict[str, Any], at: datetime) -> Sheet[Promotion]:
                payload = data(fields)
                entries = need(payload, "marketingOpenCoupon", rows)
                coupons = [translate.coupon(entry, at, self._shop_id) for entry in entries]
                return numbered(coupons, page, size, need(payload, "totalCount", amount))

            body = {
                "couponTargetType": target,
                "sellerCouponStatus": status,
                "pageNo": page,
                "pageSize": size,
            }
            return (await self._client.read(wire.COUPON_LIST, body, read)).value

        return await follow(self._client, wire.COUPON_LIST, turn)


def _not_here(kind: PromotionKind) -> CallResult:
    return CallResult(Meaning.REFUSED, "promotions", note=f"{kind.value} is not told by this API")
