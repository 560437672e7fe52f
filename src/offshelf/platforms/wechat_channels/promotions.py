"""The promotions port: limited-time sales (reference §6.1) and coupons (reference §10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import amount, identity, need, rows, text
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Seen
from offshelf.platforms.wechat_channels import translate_promotions as translate
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.errors import NO_SUCH_COUPON, STALE
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

_ABSENT = "absent"  # evidence: not in the platform's whole lists of waiting and running ones


class Promotions:
    """Implements `PromotionsPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    def kinds(self) -> tuple[PromotionKind, ...]:
        """Return the kinds the platform tells."""
        return (PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON)

    async def active(self) -> tuple[Promotion, ...]:
        """Return every sale and coupon that waits, runs, or of which that cannot be told."""
        sales = await self._living_tasks()
        coupons = await self._client.each(await self._living_coupon_ids(), self._coupon)
        found = [*sales.values(), *coupons]
        return tuple(promotion for promotion in found if promotion.state is not PromotionState.ENDED)

    async def observe(self, kind: PromotionKind, promotion_id: str) -> Seen[Promotion]:
        """Return one promotion as it is now; one the platform no longer has is ended."""
        if kind is PromotionKind.COUPON:
            return Seen(await self._coupon(promotion_id))
        return Seen((await self.observe_many(kind, [promotion_id]))[promotion_id])

    async def observe_many(self, kind: PromotionKind, ids: Sequence[str]) -> Mapping[str, Promotion]:
        """Return several of one kind from the platform's whole lists of what waits and runs.

        Those the lists do not hold have ended; the lists are checked against the platform's own totals.
        """
        if not ids:
            return {}
        self._check(kind)
        if kind is PromotionKind.LIMITED_DISCOUNT:
            living = await self._living_tasks()
        else:
            wanted = set(ids)
            still = [ident for ident in await self._living_coupon_ids() if ident in wanted]
            living = {found.promotion_id: found for found in await self._client.each(still, self._coupon)}
        at = self._client.clock.now()
        return {
            ident: living.get(ident) or translate.ended(self._shop_id, kind, ident, _ABSENT, at)
            for ident in ids
        }

    def can_stop(self, kind: PromotionKind) -> bool:
        """Tell that both kinds can be ended by a call (reference §6.1, §10)."""
        return kind in (PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON)

    async def stop(self, kind: PromotionKind, promotion_id: str) -> CallResult:
        """Write: end one for good."""
        if kind is PromotionKind.LIMITED_DISCOUNT:
            return await self._client.write(wire.TASK_STOP, {"task_id": promotion_id})
        if kind is PromotionKind.COUPON:
            body = {"coupon_id": promotion_id, "status": wire.INVALIDATE}
            return await self._client.write(wire.COUPON_STATUS, body)
        return _not_here(kind)

    @staticmethod
    def _check(kind: PromotionKind) -> None:
        if kind not in (PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON):
            raise CallFailedError(_not_here(kind))

    async def _living_tasks(self) -> dict[str, Promotion]:
        """Return waiting and running sales by id; one that starts meanwhile is in the second list."""
        found: dict[str, Promotion] = {}
        for status in wire.TASKS_ACTIVE:
            for promotion in await self._tasks(status):
                found[promotion.promotion_id] = promotion
        return found

    async def _tasks(self, status: int) -> list[Promotion]:
        size = limit("task_page")

        def page(fields: dict[str, Any], at: datetime) -> Sheet[Promotion]:
            entries = need(fields, "limited_discount_tasks", rows)
            tasks = [translate.task(entry, at, self._shop_id) for entry in entries]
            return Sheet(tasks, text(fields.get("next_key")), amount(fields.get("total_num")))

        async def turn(cursor: str, _page: int) -> Sheet[Promotion]:
            body = {"status": status, "page_size": size, "next_key": cursor}
            return (await self._client.read(wire.TASK_LIST, body, page)).value

        return await follow(self._client, wire.TASK_LIST, turn, STALE)

    async def _living_coupon_ids(self) -> list[str]:
        """Return ids of waiting and active coupons, each once."""
        found: dict[str, None] = {}
        for status in wire.COUPONS_ACTIVE:
            found.update(dict.fromkeys(await self._coupon_ids(status)))
        return list(found)

    async def _coupon_ids(self, status: int) -> list[str]:
        size = limit("coupon_page")

        async def turn(cursor: str, page: int) -> Sheet[str]:
            def read(fields: dict[str, Any], _at: datetime) -> Sheet[str]:
                ids = [need(entry, "coupon_id", identity) for entry in need(fields, "coupons", rows)]
                total = amount(fields.get("total_num"))
                # Paged by number; the context alone may stay the same from page to page.
                context = f"{page}:{text(fields.get('page_ctx'))}"
                return Sheet(
                    ids, context, total, None if total is None else bool(ids) and page * size < total
                )

            context = cursor.partition(":")[2]
            body = {"status": status, "page": page, "page_size": size, "page_ctx": context}
            return (await self._client.read(wire.COUPON_LIST, body, read)).value

        return await follow(self._client, wire.COUPON_LIST, turn, STALE)

    async def _coupon(self, coupon_id: str) -> Promotion:
        try:
            seen = await self._client.read(
                wire.COUPON_GET,
                {"coupon_id": coupon_id},
                lambda fields, at: translate.coupon(fields, at, self._shop_id, coupon_id),
            )
        except CallFailedError as error:
            if error.result.code != str(NO_SUCH_COUPON):
                raise
            at = self._client.clock.now()
            return translate.ended(self._shop_id, PromotionKind.COUPON, coupon_id, error.result.code, at)
        return seen.value


def _not_here(kind: PromotionKind) -> CallResult:
    return CallResult(Meaning.REFUSED, "promotions", note=f"{kind.value} has a port of its own")
