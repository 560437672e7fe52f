"""Shops as a running sandbox describes them: how to try everything without a shop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Manifest
from offshelf.vocabulary.shops import Platform, Shop


def shop_from(
    name: str, described: Mapping[str, Any], url: str, manifest: Manifest
) -> tuple[Shop, dict[str, Secret]]:
    """Return the shop and its credentials by slot, from one entry of the sandbox's own description."""
    shop = Shop(
        shop_id=name,
        platform=Platform(described["platform"]),
        name=described["name"],
        app_id=described["app_id"],
        base_url=url.rstrip("/"),
        probe="storefront",
        account_id=str(described.get("account_id", "")),
    )
    found = {row.slot: described.get(row.sandbox) for row in manifest.credentials}
    return shop, {slot: Secret(str(value)) for slot, value in found.items() if value}
