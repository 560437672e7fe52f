"""The affiliate port: 优选联盟 plans on the merchant's side (reference §11). A plan's id is `type:product or info id`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import amount, flag, need, rows, text
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Seen
from offshelf.platforms.wechat_channels import translate_promotions as translate
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.errors import LEAGUE_NOT_OPENED, NO_SUCH_PLAN, STALE
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.platforms.wechat_channels.translate_promotions import PlanKey
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState


class Affiliate:
    """Implements `AffiliatePort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    def by_listing(self) -> bool:
        """Tell that the platform lists plans of the whole shop."""
        return False

    async def active(self, listing_ids: Sequence[str] | None = None) -> tuple[Promotion, ...]:
        """Return every plan of every type that promotes, waits, or of which that cannot be told.

        A shop that never opened the league has none (the platform says so by 10023007).
        """
        keys: dict[PlanKey, None] = {}
        for kind in wire.PLAN_TYPES:
            try:
                keys.update(dict.fromkeys(await self._keys(kind)))
            except CallFailedError as error:
                if error.result.code != str(LEAGUE_NOT_OPENED):
                    raise
                return ()
        plans = await self._client.each(keys, self._plan)
        wanted = None if listing_ids is None else frozenset(listing_ids)
        return tuple(
            seen.value
            for seen in plans
            if seen.value.state is not PromotionState.ENDED
            and (wanted is None or not wanted.isdisjoint(seen.value.listing_ids))
        )

    async def observe(self, promotion_id: str) -> Seen[Promotion]:
        """Return one plan as it is now; one the platform no longer has is ended."""
        key = PlanKey.parse(promotion_id)
        if key is None:
            raise CallFailedError(_no_plan(wire.LEAGUE_GET))
        return await self._plan(key)

    async def stop(self, promotion_id: str) -> CallResult:
        """Write: take the plan down."""
        return await self._update(promotion_id, wire.LEAGUE_TAKE_DOWN, wire.TAKE_DOWN)

    async def restore(self, promotion_id: str) -> CallResult:
        """Write: list a taken-down plan again; the listing must be on sale."""
        return await self._update(promotion_id, wire.LEAGUE_PROMOTE, wire.PROMOTE)

    async def _update(self, promotion_id: str, method: str, operate_type: int) -> CallResult:
        key = PlanKey.parse(promotion_id)
        if key is None:
            return _no_plan(method)
        return await self._client.write(method, _body(key) | {"operate_type": operate_type})

    async def _keys(self, kind: int) -> list[PlanKey]:
        size = limit("league_page")

        def page(fields: dict[str, Any], _at: datetime) -> Sheet[PlanKey]:
            keys = [translate.plan_key(kind, entry) for entry in need(fields, "items", rows)]
            more = flag(fields.get("has_more"))
            return Sheet(keys, text(fields.get("last_buffer")), amount(fields.get("total_num")), more)

        async def turn(cursor: str, _page: int) -> Sheet[PlanKey]:
            body: dict[str, Any] = {"type": kind, "page_size": size, "need_total_num": True}
            body |= {"last_buffer": cursor} if cursor else {"page_index": 1}
            return (await self._client.read(wire.LEAGUE_LIST, body, page)).value

        return await follow(self._client, wire.LEAGUE_LIST, turn, STALE)

    async def _plan(self, key: PlanKey) -> Seen[Promotion]:
        try:
            return await self._client.read(
                wire.LEAGUE_GET, _body(key), lambda fields, at: translate.plan(fields, at, self._shop_id, key)
            )
        except CallFailedError as error:
            if error.result.code != str(NO_SUCH_PLAN):
                raise
            kind, at = PromotionKind.AFFILIATE, self._client.clock.now()
            gone = translate.ended(self._shop_id, kind, key.promotion_id, error.result.code, at)
            return Seen(gone, error.result.trace_id)


def _body(key: PlanKey) -> dict[str, Any]:
    return {"type": key.kind, key.field: key.ident}


def _no_plan(method: str) -> CallResult:
    return CallResult(Meaning.REFUSED, method, note="not the id of an affiliate plan")
