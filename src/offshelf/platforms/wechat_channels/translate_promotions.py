"""Limited-time sales, coupons and affiliate plans: from the platform's answers to our records. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from offshelf.platforms.calling.reading import (
    UnreadableError,
    identities,
    identity,
    need,
    raw,
    table,
    text,
    whole,
)
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.manifest import words
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState

Fields = dict[str, Any]


class PlanKey(NamedTuple):
    """How the platform names an affiliate plan: its type, and the product (type 1) or `info_id` (types 2, 3)."""

    kind: int
    ident: str

    @property
    def promotion_id(self) -> str:
        """Return our id of the plan, `type:id`."""
        return f"{self.kind}:{self.ident}"

    @property
    def field(self) -> str:
        """Return the name of the field that carries the id."""
        return "product_id" if self.kind == wire.ORDINARY_PLAN else "info_id"

    @classmethod
    def parse(cls, promotion_id: str) -> PlanKey | None:
        """Read our id of a plan; None for what is none."""
        kind, _, ident = promotion_id.partition(":")
        known = kind in {str(number) for number in wire.PLAN_TYPES}
        return cls(int(kind), ident) if known and ident else None


def state_of(kind: str, status: object) -> PromotionState:
    """Return what a status means by the manifest's table `kind`; unknown for a number that is not in it."""
    return PromotionState(words(kind).get(raw(status), PromotionState.UNKNOWN.value))


def task(fields: Fields, at: datetime, shop_id: str) -> Promotion:
    """Read one entry of the list of limited-time sales (reference §6.1)."""
    return Promotion(
        shop_id=shop_id,
        kind=PromotionKind.LIMITED_DISCOUNT,
        promotion_id=need(fields, "task_id", identity),
        title=text(fields.get("title")),
        state=state_of("limited_discount", fields.get("status")),
        listing_ids=(need(fields, "product_id", identity),),
        whole_shop=False,
        raw_status=raw(fields.get("status")),
        observed_at=at,
    )


def coupon(fields: Fields, at: datetime, shop_id: str, coupon_id: str) -> Promotion:
    """Read `coupon/get` (reference §10).

    A coupon that lives, but of which it cannot be told what it touches, is unknown and counts for the whole shop.
    """
    shown = table(fields.get("coupon"))
    if identity(shown.get("coupon_id")) != coupon_id:
        raise UnreadableError("coupon_id")
    info = table(shown.get("coupon_info"))
    state = state_of("coupon", shown.get("status"))
    kind = whole(shown.get("type"))
    products = _coupon_products(info)
    whole_shop = kind in wire.SHOP_COUPONS
    if not whole_shop and (kind not in wire.PRODUCT_COUPONS or not products):
        whole_shop, products = True, ()
        state = state if state is PromotionState.ENDED else PromotionState.UNKNOWN
    return Promotion(
        shop_id=shop_id,
        kind=PromotionKind.COUPON,
        promotion_id=coupon_id,
        title=text(info.get("name")),
        state=state,
        listing_ids=() if whole_shop else products,
        whole_shop=whole_shop,
        raw_status=raw(shown.get("status")),
        observed_at=at,
    )


def _coupon_products(info: Fields) -> tuple[str, ...]:
    condition = table(table(info.get("discount_info")).get("discount_condition"))
    return tuple(dict.fromkeys(identities(condition.get("product_ids")) or ()))


def plan(fields: Fields, at: datetime, shop_id: str, key: PlanKey) -> Promotion:
    """Read `league/item/get` (reference §11)."""
    item = table(fields.get("item"))
    product_id = need(item, "product_id", identity)
    told = product_id if key.kind == wire.ORDINARY_PLAN else _info_id(item, key)
    if told != key.ident:
        raise UnreadableError(key.field)
    return Promotion(
        shop_id=shop_id,
        kind=PromotionKind.AFFILIATE,
        promotion_id=key.promotion_id,
        title="",
        state=state_of("league", item.get("status")),
        listing_ids=(product_id,),
        whole_shop=False,
        raw_status=raw(item.get("status")),
        observed_at=at,
    )


def _info_id(item: Fields, key: PlanKey) -> str | None:
    """Return the plan's own id; where the answer leaves it out, it is the one asked for."""
    exclusive = table(item.get("exclusive_info"))
    return identity(exclusive["info_id"]) if "info_id" in exclusive else key.ident


def plan_key(kind: int, entry: Fields) -> PlanKey:
    """Read one entry of the list of plans of one type."""
    name = PlanKey(kind, "").field
    return PlanKey(kind, need(entry, name, identity))


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
