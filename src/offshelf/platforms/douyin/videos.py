"""The videos port: short videos of the shop's own account (reference §11)."""

from __future__ import annotations

from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.paging import Sheet
from offshelf.platforms.contract import CallResult
from offshelf.platforms.douyin import translate_promotions as translate
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.manifest import limit
from offshelf.platforms.douyin.pages import by_number
from offshelf.vocabulary.goods import Video


class Videos:
    """Implements `VideosPort`."""

    def __init__(self, client: Client, shop_id: str) -> None:
        self._client = client
        self._shop_id = shop_id

    async def published(self) -> tuple[Video, ...]:
        """Return every video the platform lists and does not call deleted.

        It is said to list those of the last 90 days (public copies of the Go SDK); older ones are for a person.
        """
        size = limit("video_page")

        async def turn(page: int) -> Sheet[Video]:
            body = {"page": page, "size": size}
            read = self._client.read(
                wire.VIDEO_LIST, body, lambda fields, at: translate.videos(fields, at, self._shop_id)
            )
            return (await read).value

        found = await by_number(self._client, wire.VIDEO_LIST, turn, size)
        once = {video.video_id: video for video in found}
        return tuple(video for video in once.values() if not translate.is_deleted(video))

    async def delete(self, video_id: str) -> CallResult:
        """Write: delete one video of the shop's own account. Cannot be undone."""
        return await self._client.write(wire.VIDEO_DELETE, {"video_id": video_id})
