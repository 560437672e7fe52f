"""A shop in memory that also tells its showcase, the cart of its live and its videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from offshelf.kit.clock import Clock
from offshelf.platforms.contract import CallResult, Connector, ShowcaseItem
from offshelf.vocabulary.goods import Shelf, Video
from support.memory_shop import MANIFEST, MemoryShop


class PlaceShop(MemoryShop):
    """A listing stands in the window while it is on sale, unless `window` says otherwise. `clips`: what videos link."""

    cart: set[str]
    window: dict[str, bool | None]
    clips: dict[str, tuple[str, ...] | None]
    back: int | None = None  # seconds its list of videos reaches back

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.cart, self.window, self.clips = set(), {}, {}

    def connector(self) -> Connector:
        """Return the ports."""
        limits = {} if self.back is None else {"video_list_back_seconds": self.back}
        return replace(
            super().connector(),
            manifest=replace(MANIFEST, limits=limits),
            showcase=_Window(self),
            live_cart=_Cart(self),
            videos=_Clips(self),
        )


class _Window:
    def __init__(self, shop: PlaceShop) -> None:
        self._shop = shop

    async def items(self, listing_ids: Sequence[str]) -> Mapping[str, ShowcaseItem]:
        self._shop.read("showcase.observe", ",".join(listing_ids))
        found = {}
        for one in listing_ids:
            if one in self._shop.window or one in self._shop.goods:
                shown = self._shop.window.get(one, self._shop.goods[one].shelf is Shelf.ON)
                found[one] = ShowcaseItem(one, shown, "1" if shown else "2")
        return found


class _Cart:
    def __init__(self, shop: PlaceShop) -> None:
        self._shop = shop

    async def holds(self, listing_id: str) -> bool:
        self._shop.read("live.observe", listing_id)
        return listing_id in self._shop.cart


class _Clips:
    def __init__(self, shop: PlaceShop) -> None:
        self._shop = shop

    async def published(self) -> tuple[Video, ...]:
        self._shop.read("videos.observe", "")
        now = self._shop.clock.now()
        return tuple(
            Video(self._shop.shop_id, one, f"video {one}", now, links, "1", now)
            for one, links in self._shop.clips.items()
        )

    async def delete(self, video_id: str) -> CallResult:
        raise AssertionError(f"nobody may delete {video_id}")
