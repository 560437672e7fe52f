"""The one place that knows which connectors there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from offshelf.kit.clock import Clock
from offshelf.kit.errors import UsageError
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.platforms import douyin, kuaishou, wechat_channels
from offshelf.platforms.contract import Connector, Manifest, Vault
from offshelf.vocabulary.shops import Platform, Shop


class _Connect(Protocol):
    def __call__(
        self,
        shop: Shop,
        *,
        vault: Vault,
        http: HttpClient,
        clock: Clock,
        pacer: Pacer,
        paths: Mapping[str, str] | None = None,
        pace: Mapping[str, tuple[int, int]] | None = None,
    ) -> Connector: ...


_CONNECTS: dict[Platform, _Connect] = {
    Platform.WECHAT_CHANNELS: wechat_channels.connect,
    Platform.DOUYIN: douyin.connect,
    Platform.KUAISHOU: kuaishou.connect,
}
_MANIFESTS: tuple[Callable[[], Manifest], ...] = (
    wechat_channels.manifest,
    douyin.manifest,
    kuaishou.manifest,
)


def connect(
    shop: Shop,
    *,
    vault: Vault,
    http: HttpClient,
    clock: Clock,
    pacer: Pacer,
    paths: Mapping[str, str] | None = None,
    pace: Mapping[str, tuple[int, int]] | None = None,
) -> Connector:
    """Return the connector of a shop by its platform; makes no call.

    Raises `UsageError('platforms.no_connector')` for a platform without one, and what the connector refuses.
    """
    chosen = _CONNECTS.get(shop.platform)
    if chosen is None:
        raise UsageError("platforms.no_connector", shop=shop.shop_id, platform=str(shop.platform))
    return chosen(shop, vault=vault, http=http, clock=clock, pacer=pacer, paths=paths, pace=pace)


def manifests() -> dict[str, Manifest]:
    """Return every connector's manifest by platform."""
    return {found.platform: found for found in (read() for read in _MANIFESTS)}
