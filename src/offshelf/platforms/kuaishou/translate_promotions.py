"""Coupons, plans, commissions and activities: from the platform's answers to our records. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from offshelf.platforms.calling.reading import (
    UnreadableError,
    amount,
    identities,
    identity,
    instant_ms,
    mark,
    need,
    raw,
    rows,
    text,
)
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import words
from offshelf.platforms.kuaishou.translate import data
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

Fields = dict[str, Any]

PLAN, COMMISSION, ACTIVITY = "plan", "commission", "activity"
_KEY_LENGTH = 100
_ORDINARY = "1"  # `type`, reference §7.1


class Key(NamedTuple):
    """Our id of what promotes a listing: `plan:<planId>:<item>`, `commission:<planId>.<commissionId>:<item>`,

    `activity:<activityId>:<item>`.
    """

    kind: str
    ident: str
    listing_id: str

    @property
    def promotion_id(self) -> str:
        """Return it as one text."""
        return f"{self.kind}:{self.ident}:{self.listing_id}"

    @property
    def parts(self) -> tuple[str, str]:
        """Return plan and commission of a commission; the second is empty for the others."""
        plan, _, commission = self.ident.partition(".")
        return plan, commission

    @classmethod
    def parse(cls, promotion_id: str) -> Key | None:
        """Read our id; None for what is none."""
        kind, _, rest = promotion_id.partition(":")
        ident, _, listing_id = rest.partition(":")
        key = cls(kind, ident, listing_id)
        if kind not in (PLAN, COMMISSION, ACTIVITY) or not listing_id.isdecimal():
            return None
        plan, commission = key.parts
        fits = plan.isdecimal() and (commission.isdecimal() if kind == COMMISSION else "." not in ident)
        return key if fits and promotion_id.isascii() else None


def _number(value: object) -> str | None:
    """Return an id that is sent back as a number, as text; None for one that is none."""
    told = identity(value)
    return told if told is not None and wire.number(told) is not None else None


def state_of(kind: str, status: object) -> PromotionState:
    """Return what a status means by the manifest's table `kind`; unknown for a number that is not in it."""
    return PromotionState(words(kind).get(raw(status), PromotionState.UNKNOWN.value))


def coupon(entry: Fields, at: datetime, shop_id: str) -> Promotion:
    """Read one coupon (reference §8).

    A valid one that cannot be claimed yet waits. One that lives, but of which it cannot be told what it touches, is
    unknown and counts for the whole shop.
    """
    state = state_of("coupon", entry.get("status"))
    starts = instant_ms(entry.get("receiveStartTime"))
    if state is PromotionState.RUNNING and starts is not None and at < starts:
        state = PromotionState.WAITING
    target = words("coupon_target").get(raw(entry.get("couponTargetType")))
    items = tuple(dict.fromkeys(identities(entry.get("itemId")) or ()))
    whole_shop = target == "shop"
    if not whole_shop and (target is None or not items):
        whole_shop = True
        state = state if state is PromotionState.ENDED else PromotionState.UNKNOWN
    return Promotion(
        shop_id=shop_id,
        kind=PromotionKind.COUPON,
        promotion_id=need(entry, "couponId", identity),
        title=text(entry.get("name")),
        state=state,
        listing_ids=() if whole_shop else items,
        whole_shop=whole_shop,
        raw_status=raw(entry.get("status")),
        observed_at=at,
    )


def coupons(fields: Fields, at: datetime, shop_id: str) -> list[Promotion]:
    """Read `open.promotion.coupon.query`, whose payload is a list."""
    return [coupon(entry, at, shop_id) for entry in need(fields, "data", rows)]


def plan(fields: Fields, at: datetime, shop_id: str, listing_id: str) -> Promotion | None:
    """Read `open.distribution.plan.query` (reference §7.1); None when the payload is empty or its plan has the id 0.

    What an item without a plan brings is not documented (inferred: an empty payload, or 24102). No payload at all does
    not say "no plan": it gives a plan of unknown state, whose id is 0.
    """
    shown = fields.get("data")
    if shown is None:
        return unknown_plan(shop_id, Key(PLAN, "0", listing_id), at)
    payload = data(fields)
    if not payload:
        return None
    ident, item = need(payload, "planId", _number), payload.get("itemId")
    if ident == "0":
        return None
    if identity(item) != listing_id:
        raise UnreadableError("itemId")
    status = payload.get("planStatus")
    return _affiliate(shop_id, Key(PLAN, ident, listing_id), state_of("plan", status), raw(status), at)


def unknown_plan(shop_id: str, key: Key, at: datetime) -> Promotion:
    """Return a plan of which the platform says nothing."""
    return _affiliate(shop_id, key, PromotionState.UNKNOWN, "?", at)


def commissions(
    fields: Fields, at: datetime, shop_id: str, plan_id: str, listing_id: str, *, skip_ordinary: bool = False
) -> tuple[list[Promotion], str]:
    """Read one page of a plan's commissions, and the next cursor; the ordinary one is the plan's own and may be skipped."""
    payload = data(fields)
    found: list[Promotion] = []
    for entry in need(payload, "planCommissions", rows):
        if identity(entry.get("planId")) != plan_id:
            raise UnreadableError("planId")
        if skip_ordinary and raw(entry.get("type")) == _ORDINARY:
            continue
        key = Key(COMMISSION, f"{plan_id}.{need(entry, 'commissionId', _number)}", listing_id)
        status = entry.get("status")
        found.append(_affiliate(shop_id, key, state_of("commission", status), raw(status), at))
    return found, need(payload, "pcursor", mark)


def activities(fields: Fields, _at: datetime) -> tuple[list[str], int]:
    """Read one page of the activities the shop joined: their ids, and how many there are."""
    payload = data(fields)
    ids = [need(entry, "activityId", _number) for entry in need(payload, "result", rows)]
    return ids, need(payload, "total", amount)


def activity_items(
    fields: Fields, at: datetime, shop_id: str, activity_id: str
) -> tuple[list[Promotion], int]:
    """Read one page of the shop's items in an activity, and how many there are."""
    payload = data(fields)
    found: list[Promotion] = []
    for entry in need(payload, "activityItemDataList", rows):
        key = Key(ACTIVITY, activity_id, need(entry, "itemId", identity))
        status = entry.get("itemAuditStatus")
        found.append(_affiliate(shop_id, key, state_of("activity", status), raw(status), at))
    return found, need(payload, "total", amount)


def _affiliate(shop_id: str, key: Key, state: PromotionState, status: str, at: datetime) -> Promotion:
    if len(key.promotion_id) > _KEY_LENGTH:  # three ids in one; those of the platform are far shorter
        raise UnreadableError("planId")
    return Promotion(
        shop_id=shop_id,
        kind=PromotionKind.AFFILIATE,
        promotion_id=key.promotion_id,
        title="",
        state=state,
        listing_ids=(key.listing_id,),
        whole_shop=False,
        raw_status=status,
        observed_at=at,
    )


def ended(shop_id: str, kind: PromotionKind, promotion_id: str, why: str, at: datetime) -> Promotion:
    """Return a promotion the platform no longer has among its living ones; `why` is the evidence."""
    return Promotion(
        shop_id,
        kind,
        promotion_id,
        "",
        PromotionState.ENDED,
        (),
        whole_shop=False,
        raw_status=why,
        observed_at=at,
    )
