"""The affiliate port: 精选联盟 on the merchant's side (reference §10).

Four kinds of plan: simple and exclusive ones are called by their product, targeted ones and strategies by their own id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.calling.verdicts import next_day
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Seen
from offshelf.platforms.douyin import translate_promotions as translate
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.errors import NOT_IN_ALLIANCE
from offshelf.platforms.douyin.manifest import limit
from offshelf.platforms.douyin.pages import by_number
from offshelf.platforms.douyin.translate_promotions import (
    EXCLUSIVE,
    SIMPLE,
    STRATEGY,
    TARGETED,
    Plan,
    PlanKey,
)
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

Fields = dict[str, Any]
ReadPlans = Callable[[Fields, datetime], Sheet[Plan]]

_ABSENT = "absent"  # evidence: asked for by its id and not in the list


class Affiliate:
    """Implements `AffiliatePort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    def by_listing(self) -> bool:
        """Tell that plans are asked for listing by listing: strategies do not say what they promote."""
        return True

    async def active(self, listing_ids: Sequence[str] | None = None) -> tuple[Promotion, ...]:
        """Return every plan that promotes one of the listings, waits, or of which that cannot be told.

        Raises `UsageError('platforms.needs_listings')` without listings. A shop that never joined the alliance has
        none (the platform says so by its own code).
        """
        if listing_ids is None:
            raise UsageError("platforms.needs_listings", shop=self._shop_id)
        wanted = list(dict.fromkeys(listing_ids))
        at = self._client.clock.now()
        try:
            found = [
                *await self._simple(wanted),
                *await self._exclusive(wanted),
                *await self._targeted(wanted),
                *await self._strategies(wanted),
            ]
        except CallFailedError as error:
            if error.result.code != NOT_IN_ALLIANCE:
                raise
            return ()
        return tuple(
            plan.promotion(self._shop_id, at)
            for plan in _merged(found)
            if plan.state is not PromotionState.ENDED and set(plan.listing_ids) & set(wanted)
        )

    async def observe(self, promotion_id: str) -> Seen[Promotion]:
        """Return one plan as it is now; one the platform does not list when asked for it is ended."""
        key = PlanKey.parse(promotion_id)
        if key is None:
            raise CallFailedError(_no_plan(wire.SIMPLE_LIST))
        at = self._client.clock.now()
        plans = await self._asked(key)
        found = next((plan for plan in _merged(plans) if plan.key == key), None)
        if found is None:
            kind = PromotionKind.AFFILIATE
            return Seen(translate.ended(self._shop_id, kind, promotion_id, _ABSENT, at))
        return Seen(found.promotion(self._shop_id, at))

    async def stop(self, promotion_id: str) -> CallResult:
        """Write: close the plan. A targeted one goes on until the day ends in Beijing (`effective_at`)."""
        return await self._change(promotion_id, close=True)

    async def restore(self, promotion_id: str) -> CallResult:
        """Write: open the plan again."""
        return await self._change(promotion_id, close=False)

    async def _change(self, promotion_id: str, *, close: bool) -> CallResult:
        key = PlanKey.parse(promotion_id)
        if key is None:
            return _no_plan(wire.SIMPLE_CLOSE if close else wire.SIMPLE_OPEN)
        if key.kind == TARGETED:
            return await self._change_targeted(key.ident, close=close)
        if key.kind == STRATEGY:
            method, status = (
                (wire.STRATEGY_CLOSE, wire.EDIT_CLOSE) if close else (wire.STRATEGY_RESUME, wire.EDIT_RESUME)
            )
            reply = await self._client.write_seen(method, {"strategy_id": key.ident, "status": status})
            return translate.strategy_result(reply.result, reply.fields) if reply.result.ok else reply.result
        return await self._change_product(key, close=close)

    async def _change_targeted(self, plan_id: str, *, close: bool) -> CallResult:
        method, action = (
            (wire.TARGETED_CLOSE, wire.TARGET_CLOSE) if close else (wire.TARGETED_RESUME, wire.TARGET_RESUME)
        )
        result = await self._client.write(method, {"orien_plan_id": plan_id, "action": action})
        if not result.ok or not close:
            return result
        return replace(result, effective_at=next_day(self._client.clock.now()))

    async def _change_product(self, key: PlanKey, *, close: bool) -> CallResult:
        """One product to a call, so that each has its own outcome."""
        close_by, open_by = (
            (wire.SIMPLE_CLOSE, wire.SIMPLE_OPEN)
            if key.kind == SIMPLE
            else (wire.EXCLUSIVE_CLOSE, wire.EXCLUSIVE_OPEN)
        )
        body = {
            "is_create": False,
            "status": wire.PLAN_CLOSE if close else wire.PLAN_OPEN,
            "products": [{"product_id": wire.number(key.ident)}],
        }
        reply = await self._client.write_seen(close_by if close else open_by, body)
        return (
            translate.item_result(reply.result, reply.fields, key.ident) if reply.result.ok else reply.result
        )

    async def _asked(self, key: PlanKey) -> list[Plan]:
        """Return what the platform lists when asked for one plan."""
        if key.kind == SIMPLE:
            return await self._simple([key.ident])
        if key.kind == EXCLUSIVE:
            return await self._exclusive([key.ident])
        if key.kind == TARGETED:
            return await self._targets({"orien_plan_id": key.ident})
        body = {"status": wire.PLAN_ANY, "strategy_id": [key.ident]}
        return await self._strategy_list(body, translate.strategies)

    async def _simple(self, listing_ids: list[str]) -> list[Plan]:
        if len(listing_ids) <= limit("lookups_few"):
            bodies = [{"status": wire.PLAN_ANY, "product_info": ident} for ident in listing_ids]
        else:
            bodies = [{"status": status} for status in wire.PLANS_LIVING]
        size = limit("simple_page")
        lists = await self._client.each(
            bodies, lambda body: self._pages(wire.SIMPLE_LIST, body, translate.simple_plans, size)
        )
        return [plan for found in lists for plan in found]

    async def _exclusive(self, listing_ids: list[str]) -> list[Plan]:
        size = limit("alliance_page")
        chunks = [listing_ids[first : first + size] for first in range(0, len(listing_ids), size)]

        async def chunk(ids: list[str]) -> list[Plan]:
            async def turn(page: int) -> Sheet[Plan]:
                body = {
                    "page": page,
                    "size": size,
                    "product_ids": [wire.number(ident) for ident in ids],
                    "fields": ["is_exclusive"],
                }
                return (await self._client.read(wire.ALLIANCE, body, translate.exclusive_plans)).value

            return await by_number(self._client, wire.ALLIANCE, turn, size)

        return [plan for found in await self._client.each(chunks, chunk) for plan in found]

    async def _targeted(self, listing_ids: list[str]) -> list[Plan]:
        if len(listing_ids) > limit("lookups_few"):
            return await self._targets({})
        bodies = [{"product_id": wire.number(ident)} for ident in listing_ids]
        return [plan for found in await self._client.each(bodies, self._targets) for plan in found]

    async def _targets(self, body: Fields) -> list[Plan]:
        """Return targeted plans. A page holds products, the total is said to count plans: a short page ends the list."""
        size = limit("targeted_page")
        read = partial(translate.targeted_plans, size=size)
        found: dict[PlanKey, Plan] = {}
        page, total, more = 0, 0, True
        while more or len(found) < total:
            page, before = page + 1, len(found)
            asked = body | {"page": page, "page_size": size}
            sheet = (await self._client.read(wire.TARGETED_LIST, asked, read)).value
            found.update({plan.key: plan for plan in sheet.items})
            total, more = sheet.total or 0, bool(sheet.more)
            if len(found) == before and (more or before < total):
                raise self._client.failure(wire.TARGETED_LIST, f"the list ended after {before} of {total}")
        return list(found.values())

    async def _strategies(self, listing_ids: list[str]) -> list[Plan]:
        async def one(ident: str) -> list[Plan]:
            body = {"status": wire.PLAN_ANY, "product_id": ident}
            return await self._strategy_list(body, partial(translate.strategies, product_id=ident))

        return [plan for found in await self._client.each(listing_ids, one) for plan in found]

    async def _strategy_list(self, body: Fields, read: ReadPlans) -> list[Plan]:
        return await self._pages(wire.STRATEGY_LIST, body, read, limit("strategy_page"))

    async def _pages(self, method: str, body: Fields, read: ReadPlans, size: int) -> list[Plan]:
        async def turn(page: int) -> Sheet[Plan]:
            asked = body | {"page": page, "page_size": size}
            return (await self._client.read(method, asked, read)).value

        return await by_number(self._client, method, turn, size)


def _merged(plans: list[Plan]) -> list[Plan]:
    """Return each plan once, with every listing it was found for."""
    found: dict[PlanKey, Plan] = {}
    for plan in plans:
        known = found.get(plan.key)
        told = plan.listing_ids if known is None else known.listing_ids + plan.listing_ids
        found[plan.key] = plan._replace(listing_ids=tuple(dict.fromkeys(told)))
    return list(found.values())


def _no_plan(method: str) -> CallResult:
    return CallResult(Meaning.REFUSED, method, note="not the id of an affiliate plan")
