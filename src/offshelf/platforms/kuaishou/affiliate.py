"""The affiliate port: 分销 on the seller's side (reference §7.1): plans, single commissions, team leaders' activities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet, follow
from offshelf.platforms.calling.reading import whole
from offshelf.platforms.contract import NO_API, CallFailedError, CallResult, Meaning, Seen
from offshelf.platforms.kuaishou import translate_promotions as translate
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import wanted
from offshelf.platforms.kuaishou.paging import numbered, sheet
from offshelf.platforms.kuaishou.translate_promotions import ACTIVITY, COMMISSION, PLAN, Key
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

_ABSENT = "absent"  # evidence: not in the platform's whole list


class Affiliate:
    """Implements `AffiliatePort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    def by_listing(self) -> bool:
        """No method lists all plans of a shop: plans are asked for item by item."""
        return True

    async def active(self, listing_ids: Sequence[str] | None = None) -> tuple[Promotion, ...]:
        """Return what promotes one of the listings: its plan, its commissions, the activities it takes part in.

        Raises `UsageError('platforms.needs_listings')` without listings.
        """
        if listing_ids is None:
            raise UsageError("platforms.needs_listings", shop=self._shop_id)
        wished = dict.fromkeys(listing_ids)
        if not wished:
            return ()
        found = [promotion for some in await self._client.each(wished, self._of) for promotion in some]
        for activity_id in await self._activities():
            items = await self._activity_items(activity_id)
            found += [promotion for promotion in items if promotion.listing_ids[0] in wished]
        return tuple(promotion for promotion in found if promotion.state is not PromotionState.ENDED)

    async def observe(self, promotion_id: str) -> Seen[Promotion]:
        """Return one plan, commission or participation as it is now."""
        key = Key.parse(promotion_id)
        if key is None:
            raise CallFailedError(_no_key(wire.PLAN_QUERY))
        if key.kind == PLAN:
            return Seen(await self._plan_of(key))
        if key.kind == COMMISSION:
            found = await self._commissions(key.parts[0], key.listing_id)
        else:
            found = await self._activity_items(key.ident, key.listing_id)
        return Seen(next((one for one in found if one.promotion_id == promotion_id), self._ended(key)))

    async def stop(self, promotion_id: str) -> CallResult:
        """Write: close the plan or commission, withdraw the listing from the activity."""
        return await self._switch(promotion_id, wire.PLAN_CLOSE, wire.COMMISSION_CLOSE, wire.CLOSED)

    async def restore(self, promotion_id: str) -> CallResult:
        """Write: open the plan or commission again; the listing must be on the shelf.

        A listing withdrawn from an activity comes back by the team leader's consent only: refused, nothing is sent.
        """
        return await self._switch(promotion_id, wire.PLAN_OPEN, wire.COMMISSION_OPEN, wire.OPEN)

    async def _switch(self, promotion_id: str, of_plan: str, of_commission: str, status: int) -> CallResult:
        key = Key.parse(promotion_id)
        if key is None or key.ident == "0":
            return _no_key(of_plan)
        if key.kind == ACTIVITY:
            if status == wire.OPEN:
                note = "only with the team leader's consent"
                return CallResult(Meaning.REFUSED, wire.ACTIVITY_LIST, NO_API, note)
            body: dict[str, Any] = {"itemId": int(key.listing_id), "activityId": int(key.ident)}
            return await self._client.write(wire.ACTIVITY_CANCEL, body)
        plan, commission = key.parts
        if key.kind == COMMISSION:
            body = {"commissionId": [int(commission)], "status": status}
            return await self._client.write(of_commission, body)
        change = {"planId": int(plan), "status": status}
        body = {"planId": int(plan), "updateType": wire.UPDATE_PLAN, "updatePlanStatusParam": change}
        return await self._client.write(of_plan, body)

    async def _of(self, listing_id: str) -> list[Promotion]:
        """Return the plan of a listing and its directed and exclusive commissions; the ordinary one is the plan's own."""
        try:
            plan = await self._plan(listing_id)
        except CallFailedError as error:
            if error.result.meaning is not Meaning.GONE:
                raise
            return []
        if plan is None:
            return []
        key = Key.parse(plan.promotion_id)
        if key is None or key.ident == "0":
            return [plan]
        return [plan, *await self._commissions(key.ident, listing_id, skip_ordinary=True)]

    async def _plan(self, listing_id: str) -> Promotion | None:
        body = {"itemId": wanted(wire.PLAN_QUERY, listing_id)}
        read = self._client.read
        return (
            await read(
                wire.PLAN_QUERY,
                body,
                lambda fields, at: translate.plan(fields, at, self._shop_id, listing_id),
            )
        ).value

    async def _plan_of(self, key: Key) -> Promotion:
        """Return the plan named by `key`; "no such plan" (24102) is its end.

        Another plan in its place, or an empty payload where a plan was, tells nothing of it.
        """
        try:
            found = await self._plan(key.listing_id)
        except CallFailedError as error:
            if error.result.meaning is not Meaning.GONE:
                raise
            return self._ended(key, error.result.code)
        if found is None or found.promotion_id.startswith(f"{PLAN}:0:"):
            return translate.unknown_plan(self._shop_id, key, self._client.clock.now())
        if found.promotion_id != key.promotion_id:
            raise self._client.failure(wire.PLAN_QUERY, "the listing has another plan now")
        return found

    async def _commissions(
        self, plan_id: str, listing_id: str, *, skip_ordinary: bool = False
    ) -> list[Promotion]:
        method = wire.COMMISSION_QUERY

        async def turn(cursor: str, _page: int) -> Sheet[Promotion]:
            def read(fields: dict[str, Any], at: datetime) -> Sheet[Promotion]:
                found, further = translate.commissions(
                    fields, at, self._shop_id, plan_id, listing_id, skip_ordinary=skip_ordinary
                )
                return sheet(method, found, further)

            body = {"planId": int(plan_id), "pcursor": cursor}
            return (await self._client.read(method, body, read)).value

        return await follow(self._client, method, turn)

    async def _activities(self) -> list[str]:
        """Return the ids of all activities the shop joined, of both types, each once."""
        size = limit("activity_page")
        found: dict[str, None] = {}
        for kind in wire.ACTIVITY_TYPES:

            async def turn(_cursor: str, page: int, kind: int = kind) -> Sheet[str]:
                body = {"activityType": kind, "limit": size, "offset": (page - 1) * size}
                seen = await self._client.read(wire.ACTIVITY_LIST, body, translate.activities)
                ids, total = seen.value
                return numbered(ids, page, size, total)

            found.update(dict.fromkeys(await follow(self._client, wire.ACTIVITY_LIST, turn)))
        return list(found)

    async def _activity_items(self, activity_id: str, listing_id: str = "") -> list[Promotion]:
        size = limit("activity_page")
        narrowed = {"itemId": whole(listing_id)} if listing_id else {}

        async def turn(_cursor: str, page: int) -> Sheet[Promotion]:
            body = {"activityId": int(activity_id), "limit": size, "offset": (page - 1) * size, **narrowed}
            seen = await self._client.read(
                wire.ACTIVITY_ITEMS,
                body,
                lambda fields, at: translate.activity_items(fields, at, self._shop_id, activity_id),
            )
            items, total = seen.value
            return numbered(items, page, size, total)

        return await follow(self._client, wire.ACTIVITY_ITEMS, turn)

    def _ended(self, key: Key, why: str = _ABSENT) -> Promotion:
        at = self._client.clock.now()
        return translate.ended(self._shop_id, PromotionKind.AFFILIATE, key.promotion_id, why, at)


def _no_key(method: str) -> CallResult:
    return CallResult(Meaning.REFUSED, method, "no_id", "not the id of a plan, a commission or an activity")
