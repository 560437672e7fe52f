"""The live cart (reference §6.1, read only: there is no way to take a listing out of it) and the shop's videos (§6.2)."""

from __future__ import annotations

from offshelf.platforms.calling.client import Client
from offshelf.platforms.contract import CallResult
from offshelf.platforms.kuaishou import translate, wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.platforms.kuaishou.numbers import wanted
from offshelf.vocabulary.goods import Video


class LiveCart:
    """Implements `LiveCartPort`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def holds(self, listing_id: str) -> bool:
        """Tell whether the listing is in the live cart of the account that gave the grant."""
        body = {"itemId": wanted(wire.ON_CART, listing_id)}
        return (await self._client.read(wire.ON_CART, body, translate.on_cart)).value


class Videos:
    """Implements `VideosPort`. Not callable with a token of a sub-account."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def published(self) -> tuple[Video, ...]:
        """Return every video. The cursor is the id of the oldest one of a page.

        Whether a page begins after that one or with it is not documented: the end is a page that is empty, or holds
        the cursor's own video and nothing else.
        """
        found: dict[str, Video] = {}
        cursor = ""
        while True:
            page = await self._page(cursor)
            if all(video.video_id == cursor for video in page):
                return tuple(found.values())
            if all(video.video_id in found for video in page):
                raise self._client.failure(wire.VIDEO_LIST, "the list does not go on")
            found.update((video.video_id, video) for video in page)
            cursor = page[-1].video_id

    async def _page(self, cursor: str) -> list[Video]:
        body = {"count": limit("video_page")} | ({"cursor": cursor} if cursor else {})
        read = self._client.read
        return (
            await read(wire.VIDEO_LIST, body, lambda fields, at: translate.videos(fields, at, self._shop_id))
        ).value

    async def delete(self, video_id: str) -> CallResult:
        """Write: delete one video for good."""
        return await self._client.write(wire.VIDEO_DELETE, {"photoId": video_id})
