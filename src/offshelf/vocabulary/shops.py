"""Platforms and shops."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Platform(StrEnum):
    """A platform a shop can stand on."""

    WECHAT_CHANNELS = "wechat_channels"
    DOUYIN = "douyin"
    KUAISHOU = "kuaishou"


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop of the merchant on one platform.

    `shop_id` is ours (a short name the merchant chose). `app_id` is the platform's public identifier of the account or
    of the merchant's app (appid, app_key). `account_id` is the platform's own number of the shop where an app may serve
    several, else empty.
    `base_url` is the gateway (the real one, a proxy or the sandbox). `probe` says how a buyer's view can be read:
    `storefront` (the product page answers machine-readably, as in the sandbox) or `none`.
    """

    shop_id: str
    platform: Platform
    name: str
    app_id: str
    base_url: str
    probe: str = "none"
    account_id: str = ""
