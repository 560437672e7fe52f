"""From wanted and observed to one act per place, in the right order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from offshelf.catalog.places.graph import Touch
from offshelf.delisting.by_hand import Offered, by_hand_acts
from offshelf.delisting.model import Act, step_of
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, Shelf
from offshelf.vocabulary.plans import ActKind, Reason

CHUNK = 500  # acts of one queued workflow; docs/decisions/0001
BATCH = 50  # acts of one step and one group commit

_PROMOTION_ACT = {
    PromotionKind.LIMITED_DISCOUNT: ActKind.STOP_LIMITED_DISCOUNT,
    PromotionKind.COUPON: ActKind.STOP_COUPON,
    PromotionKind.AFFILIATE: ActKind.STOP_AFFILIATE,
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An act with its place in the run: lane (shop), chunk and batch."""

    act: Act
    lane: str
    chunk: int
    batch: int


def touching(promotions: Iterable[Promotion], listings: Iterable[Listing]) -> tuple[Promotion, ...]:
    """Return the promotions that push any of these listings (whole-shop ones included)."""
    scope = {(listing.shop_id, listing.listing_id) for listing in listings}
    shops = {shop_id for shop_id, _ in scope}
    return tuple(
        p
        for p in promotions
        if (p.whole_shop and p.shop_id in shops) or any((p.shop_id, i) in scope for i in p.listing_ids)
    )


def off_acts(
    listings: Sequence[Listing],
    promotions: Sequence[Promotion],
    reason: Reason,
    places: Sequence[Touch] = (),
) -> tuple[Act, ...]:
    """Return every act that takes these listings off sale, without ids, in no order.

    `places` are those of the closure over the listings; the ones no call ends become acts of a person.
    """
    acts = [act for listing in listings for act in _listing_acts(listing, reason)]
    scope = {(listing.shop_id, listing.listing_id) for listing in listings}
    for promotion in touching(promotions, listings):
        act = _promotion_act(promotion, scope, reason)
        if act is not None:
            acts.append(act)
    acts += by_hand_acts(places, Offered.of(listings), reason)
    return tuple(acts)


def _listing_acts(listing: Listing, reason: Reason) -> list[Act]:
    def act(kind: ActKind, target: str, **params: Any) -> Act:
        return Act("", kind, listing.shop_id, listing.listing_id, target, step_of(kind, reason), params)

    acts: list[Act] = []
    if listing.audit is Audit.PENDING:
        acts.append(act(ActKind.CANCEL_AUDIT, listing.listing_id))
    if listing.shelf is not Shelf.GONE:
        for sku in listing.skus:
            places = ["", *(f"@{warehouse}" for warehouse, _ in sku.warehouses)]
            acts += [
                act(ActKind.DRAIN_STOCK, f"{listing.listing_id}/{sku.sku_id}{place}") for place in places
            ]
    acts.append(act(ActKind.TAKE_OFF, listing.listing_id, shelf=listing.shelf.value))
    return acts


def _promotion_act(promotion: Promotion, scope: set[tuple[str, str]], reason: Reason) -> Act | None:
    """Return the stopping act, or None where ending it would touch products that stay (a check says so)."""
    mine = [listing_id for listing_id in promotion.listing_ids if (promotion.shop_id, listing_id) in scope]
    if promotion.whole_shop or not mine:
        return None
    if len(mine) < len(promotion.listing_ids):
        return None
    kind = _PROMOTION_ACT[promotion.kind]
    return Act("", kind, promotion.shop_id, mine[0], promotion.promotion_id, step_of(kind, reason))


def place(
    plan_id: str, version: int, acts: Iterable[Act], listings: Sequence[Listing], reason: Reason
) -> list[Placed]:
    """Number the acts in the order they will run and lay them into lanes, chunks and batches.

    Promotions of a shop come first as a whole (last for a safety reason); then listings in groups of about 500 acts,
    the riskiest first; inside a group step by step, and a batch never mixes steps.
    """
    risk = {(item.shop_id, item.listing_id): _risk(item) for item in listings}
    lanes: dict[str, list[Act]] = {}
    for act in acts:
        lanes.setdefault(act.shop_id, []).append(act)
    placed: list[Placed] = []
    numbers = count(1)
    for lane in sorted(lanes):
        for chunk, group in enumerate(_chunks(lanes[lane], risk, reason)):
            for batch, some in enumerate(_batches(group)):
                for act in some:
                    act_id = f"{plan_id}.{version}.{next(numbers):06d}"
                    placed.append(Placed(replace(act, act_id=act_id), lane, chunk, batch))
    return placed


def _risk(listing: Listing) -> tuple[int, int, str]:
    """Return a sort key: on sale before the rest, small stock (soonest oversold) before large."""
    stock = sum(sku.stock or 0 for sku in listing.skus)
    return (0 if listing.shelf.sellable is not False else 1, stock, listing.listing_id)


def _chunks(
    acts: list[Act], risk: dict[tuple[str, str], tuple[int, int, str]], reason: Reason
) -> list[list[Act]]:
    promotion_kinds = frozenset(_PROMOTION_ACT.values())
    promotions = [act for act in acts if act.kind in promotion_kinds]
    by_listing: dict[tuple[str, str], list[Act]] = {}
    for act in acts:
        if act.kind not in promotion_kinds:
            by_listing.setdefault((act.shop_id, act.listing_id), []).append(act)
    groups: list[list[Act]] = []
    for key in sorted(by_listing, key=lambda k: risk.get(k, (1, 0, k[1]))):
        if not groups or len(groups[-1]) + len(by_listing[key]) > CHUNK:
            groups.append([])
        groups[-1] += by_listing[key]
    stops = [promotions[start : start + CHUNK] for start in range(0, len(promotions), CHUNK)]
    return groups + stops if reason.urgent else stops + groups


def _batches(group: list[Act]) -> list[list[Act]]:
    batches: list[list[Act]] = []
    for act in sorted(group, key=lambda a: (a.step, a.kind.value)):
        if not batches or len(batches[-1]) == BATCH or batches[-1][-1].step != act.step:
            batches.append([])
        batches[-1].append(act)
    return batches
