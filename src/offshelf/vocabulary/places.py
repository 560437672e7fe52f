"""Places (售卖触点): anywhere a product can still be bought, promoted or shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Nature(StrEnum):
    """What a place does with a product."""

    SELLS = "sells"  # a buyer can pay through it
    PROMOTES = "promotes"  # it draws buyers, or speaks of the product
    SHIPS = "ships"  # goods leave through it


class PlaceKind(StrEnum):
    """Every kind of place. Listing, stock, coupon, limited-time sale and affiliate plan have acts of their own."""

    LISTING = "listing"  # 平台商品
    STOCK = "stock"  # 平台库存
    SHOWCASE = "showcase"  # 橱窗, the shop's own account
    CREATOR_SHOWCASE = "creator_showcase"  # 达人橱窗
    LIVE = "live"  # 直播间商品
    REPLAY = "replay"  # 回放购物袋
    VIDEO = "video"  # 短视频链接
    COUPON = "coupon"  # 优惠券
    LIMITED_DISCOUNT = "limited_discount"  # 限时抢购
    AFFILIATE = "affiliate"  # 分销/联盟
    PRESALE = "presale"  # 预售
    GIFT = "gift"  # 赠品, 买赠活动
    BUNDLE = "bundle"  # 组合, 套装
    BINDING = "binding"  # 第三方商城绑定
    SCRIPT = "script"  # 自动回复, 客服话术
    ERP_STOCK = "erp_stock"  # ERP 库存
    WMS_PICKING = "wms_picking"  # 仓库拣货
    DROP_SHIP = "drop_ship"  # 一件代发供应
    WORDING = "wording"  # 简介、标题里的带货用语

    @property
    def nature(self) -> Nature:
        """Return what such a place does with a product."""
        if self in _SHIPS:
            return Nature.SHIPS
        return Nature.PROMOTES if self in _PROMOTES else Nature.SELLS


_SHIPS = frozenset({PlaceKind.ERP_STOCK, PlaceKind.WMS_PICKING, PlaceKind.DROP_SHIP})
_PROMOTES = frozenset(
    {
        PlaceKind.COUPON,
        PlaceKind.LIMITED_DISCOUNT,
        PlaceKind.AFFILIATE,
        PlaceKind.GIFT,
        PlaceKind.SCRIPT,
        PlaceKind.WORDING,
    }
)


class PlaceState(StrEnum):
    """Whether the product still stands there. Unknown is a state."""

    LIVE = "live"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """How a product stands in a place."""

    GOODS = "goods"  # it is what is bought, promoted, spoken of or shipped there
    COMPONENT = "component"  # a part of the bundle that is bought there
    GIFT = "gift"  # given away there
    WITH = "with"  # bought there so that the gift is given


@dataclass(frozen=True, slots=True)
class Member:
    """A product in a place, by platform listing (of the place's shop) or by the merchant's code of product or SKU.

    Exactly one of `listing_id` and `code` is set. `quantity` is units per sale where that means something (bundles).
    """

    role: Role
    listing_id: str = ""
    code: str = ""
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """One place as last seen.

    `shop_id` is empty where it stands on no shop of ours (ERP, warehouse, supplier, third-party mall). `ref` is the
    platform's or the merchant's own id, one of its kind in its shop. `source` is `api`, `file` or `hand`. `holder` is who
    else has a hand on it (creator, supplier, mall). `detail` is plain data by kind: `url`, `text` (scripts, wording),
    `units` (ERP, WMS), `started_at`, `ends_at` (ISO instants), `legal_nature`, `payers`, `amount` (presale, fen),
    `evidence` (SM3 of the file that shows how it stands). What the store adds, and no two sights differ by: `unsure_since`
    is since when nobody knows what stands there (None: it is known, or was never stored), `told` that a platform has
    told of it, whoever wrote it down since.
    """

    shop_id: str
    kind: PlaceKind
    ref: str
    title: str
    state: PlaceState
    members: tuple[Member, ...]
    source: str
    observed_at: datetime
    holder: str = ""
    detail: Mapping[str, str | int] = field(default_factory=dict)
    unsure_since: datetime | None = field(default=None, compare=False)
    told: bool = field(default=False, compare=False)
