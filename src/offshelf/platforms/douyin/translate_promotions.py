"""Coupons, affiliate plans and videos: from the platform's answers to our records. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.calling.reading import (
    amount,
    evidence,
    flag,
    identities,
    identity,
    instant,
    mark,
    need,
    raw,
    rows,
    table,
    text,
    whole,
)
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.manifest import words
from offshelf.platforms.douyin.translate import product_of
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState, Video

Fields = dict[str, Any]

SIMPLE, EXCLUSIVE, TARGETED, STRATEGY = "simple", "exclusive", "targeted", "strategy"
_KINDS = frozenset({SIMPLE, EXCLUSIVE, TARGETED, STRATEGY})
_ID_LIST = re.compile(r"[\[\]\s\"',;|0-9]*")


class PlanKey(NamedTuple):
    """What an affiliate plan is called here: its kind, and the product (simple, exclusive) or the plan's own id."""

    kind: str
    ident: str

    @property
    def promotion_id(self) -> str:
        """Return our id of the plan, `kind:id`."""
        return f"{self.kind}:{self.ident}"

    @classmethod
    def parse(cls, promotion_id: str) -> PlanKey | None:
        """Read our id of a plan; None for what is none."""
        kind, _, ident = promotion_id.partition(":")
        return cls(kind, ident) if kind in _KINDS and ident else None


class Plan(NamedTuple):
    """One plan as a list gave it. `listing_ids` empty: the list does not say what it promotes."""

    key: PlanKey
    state: PromotionState
    listing_ids: tuple[str, ...]
    title: str
    raw_status: str

    def promotion(self, shop_id: str, at: datetime) -> Promotion:
        """Return our record of it."""
        return Promotion(
            shop_id=shop_id,
            kind=PromotionKind.AFFILIATE,
            promotion_id=self.key.promotion_id,
            title=self.title,
            state=self.state,
            listing_ids=self.listing_ids,
            whole_shop=False,
            raw_status=self.raw_status,
            observed_at=at,
        )


def state_of(kind: str, status: object) -> PromotionState:
    """Return what a status means by the manifest's table `kind`; unknown for a number that is not in it."""
    return PromotionState(words(kind).get(raw(status), PromotionState.UNKNOWN.value))


def simple_plans(fields: Fields, _at: datetime) -> Sheet[Plan]:
    """Read one page of `buyin.simplePlanList` (answer: public copies of the C# SDK)."""
    data = table(fields.get("data"))
    found = []
    for entry in need(data, "promotions", rows):
        product_id = need(entry, "product_id", identity)
        state, told = state_of("simple", entry.get("status")), raw(entry.get("status"))
        found.append(Plan(PlanKey(SIMPLE, product_id), state, (product_id,), text(entry.get("title")), told))
    return Sheet(found, "", need(data, "total", amount))


def exclusive_plans(fields: Fields, _at: datetime) -> Sheet[Plan]:
    """Read one page of `buyin.queryShopAllianceProducts` (answer: public copies of the Java SDK).

    A product of which it is not told whether it is in an exclusive plan is unknown.
    """
    data = table(fields.get("data"))
    found = []
    for entry in need(data, "product_list", rows):
        product_id = need(entry, "product_id", identity)
        held = flag(entry.get("is_exclusive"))
        state = PromotionState.ENDED if held is False else PromotionState.UNKNOWN
        if held:
            state = state_of("exclusive", entry.get("status"))
        told = evidence(raw(entry.get("status")), "?" if held is None else "exclusive" if held else "open")
        found.append(
            Plan(PlanKey(EXCLUSIVE, product_id), state, (product_id,), text(entry.get("title")), told)
        )
    return Sheet(found, "", need(data, "total", amount))


def targeted_plans(fields: Fields, _at: datetime, size: int) -> Sheet[Plan]:
    """Read one page of `buyin.orienPlanList`: products, each with its plans (reference §1.5, §10).

    A page of fewer than `size` products is the last.
    """
    data = table(fields.get("data"))
    found = []
    products = need(data, "orien_plans", rows)
    for product in products:
        for entry in need(product, "orien_plans", rows):
            plan_id = need(entry, "orien_plan_id", identity)
            product_id = product_of(entry) or need(product, "product_id", identity)
            state = state_of("targeted", entry.get("plan_status"))
            name, told = text(entry.get("product_name")), raw(entry.get("plan_status"))
            found.append(Plan(PlanKey(TARGETED, plan_id), state, (product_id,), name, told))
    return Sheet(found, "", need(data, "total", amount), len(products) >= size)


def strategies(fields: Fields, _at: datetime, product_id: str = "") -> Sheet[Plan]:
    """Read one page of `buyin.promotionStrategyList` (reference §10).

    An entry does not say what it promotes: that is the product that was asked for, where one was.
    """
    data = table(fields.get("data"))
    found = []
    for entry in need(data, "data", rows):
        told = product_of(entry) or product_id
        key = PlanKey(STRATEGY, need(entry, "strategy_id", identity))
        state = state_of("strategy", entry.get("status"))
        found.append(Plan(key, state, (told,) if told else (), "", raw(entry.get("status"))))
    return Sheet(found, "", need(data, "total", amount))


def item_result(result: CallResult, fields: Fields, product_id: str) -> CallResult:
    """Return how it went for one product of `simplePlan` or `exclusivePlan`: the success above says nothing (§10)."""
    found = rows(table(fields.get("data")).get("result")) or []
    entry = next((row for row in found if product_of(row) == product_id), None)
    done = None if entry is None else flag(entry.get("is_success"))
    if done:
        return result
    if entry is None or done is None:
        return _with(result, Meaning.UNKNOWN, "", "the answer does not tell how it went for this product")
    return _with(
        result, Meaning.REFUSED, f"item:{raw(entry.get('error_code'))}", text(entry.get("error_msg"))
    )


def strategy_result(result: CallResult, fields: Fields) -> CallResult:
    """Return how `kolStrategyEdit` went: `data.success` where it is told (public copies of the Java SDK)."""
    data = table(fields.get("data"))
    if "success" not in data or flag(data["success"]):
        return result
    return _with(result, Meaning.UNKNOWN, "", "accepted above, not below")


def _with(result: CallResult, meaning: Meaning, code: str, note: str) -> CallResult:
    return CallResult(meaning, result.method, code[:64], note[:200], result.trace_id)


def coupon(entry: Fields, at: datetime, shop_id: str) -> Promotion:
    """Read one entry of `marketing.queryShopCouponList` (reference §9).

    A coupon that lives, but of which it cannot be told what it touches, is unknown and counts for the whole shop.
    """
    state = state_of("coupon", entry.get("status"))
    reach = whole(entry.get("range_type"))
    products = _id_list(entry.get("range_value")) if reach == wire.RANGE_PRODUCTS else ()
    whole_shop = not products
    if whole_shop and reach != wire.RANGE_SHOP and state is not PromotionState.ENDED:
        state = PromotionState.UNKNOWN
    return Promotion(
        shop_id=shop_id,
        kind=PromotionKind.COUPON,
        promotion_id=need(entry, "coupon_id", identity),
        title=text(entry.get("coupon_name")),
        state=state,
        listing_ids=products,
        whole_shop=whole_shop,
        raw_status=raw(entry.get("status")),
        observed_at=at,
    )


def _id_list(value: object) -> tuple[str, ...]:
    """Return the ids of `range_value`: a list, or a text of numbers however they are set apart; empty when unclear."""
    told = identities(value)
    if told is None:
        said = mark(value) or ""
        told = identities(re.findall(r"[0-9]+", said)) if _ID_LIST.fullmatch(said) else None
    return tuple(dict.fromkeys(told or ()))


def ended(shop_id: str, kind: PromotionKind, promotion_id: str, why: str, at: datetime) -> Promotion:
    """Return a promotion the platform no longer has among its living ones; `why` is the evidence."""
    nothing: tuple[str, ...] = ()
    state = PromotionState.ENDED
    return Promotion(
        shop_id, kind, promotion_id, "", state, nothing, whole_shop=False, raw_status=why, observed_at=at
    )


def video(entry: Fields, at: datetime, shop_id: str) -> Video:
    """Read one entry of `shopVideo.listVideo` (answer: public copies of the Go SDK)."""
    linked = identities(entry.get("alliance_product_list"))
    seeded = identities(entry.get("seeding_product_list", []))
    return Video(
        shop_id=shop_id,
        video_id=need(entry, "item_id", identity),
        title=text(entry.get("title")),
        created_at=instant(entry.get("create_time")),
        listing_ids=None if linked is None or seeded is None else tuple(dict.fromkeys(linked + seeded)),
        raw_status=raw(entry.get("status")),
        observed_at=at,
    )


def is_deleted(found: Video) -> bool:
    """Tell whether the platform says that a video is deleted; an unknown status is not."""
    return words("video").get(found.raw_status) == "deleted"


def videos(fields: Fields, at: datetime, shop_id: str) -> Sheet[Video]:
    """Read one page of `shopVideo.listVideo`."""
    data = table(fields.get("data"))
    found = [video(entry, at, shop_id) for entry in need(data, "video_list", rows)]
    return Sheet(found, "", need(data, "total", amount))
