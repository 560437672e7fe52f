"""The live cart, posted short videos and the goods-video library (reference §6)."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.kuaishou.calls import ANY, ITEM, Call, Endpoint, data
from offshelf.sandbox.kuaishou.envelope import BUSINESS, EMPTY, ILLEGAL, RefusalError
from offshelf.sandbox.kuaishou.params import long_of, maybe_long, need
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.state import Photo
from offshelf.sandbox.ledger import PLATFORM

PHOTOS, MOST_PHOTOS = 20, 200
MOST_CLIPS, BAD_CLIP_PAGE = 50, 1010187


def in_cart(call: Call) -> dict[str, Any]:
    """Tell whether an item is in the live cart of the authorised broadcaster now."""
    item = call.shop.item(long_of(call.body, "itemId"))
    return data({"liveCarItem": item.in_cart})


def schedule(shop: Shop) -> None:
    """Let the live room that runs at the start come to its end."""
    shop.engine.time.after(shop.settings.live_seconds, lambda: _end_live(shop))


def _end_live(shop: Shop) -> None:
    shop.engine.ledger.record(PLATFORM, "live.ended", "running", "ended")
    for item in shop.stores.items.values():
        item.in_cart = False


def list_photos(call: Call) -> dict[str, Any]:
    """Return posted videos, newest first, older than the one named by the cursor."""
    cursor = call.body.get("cursor") or ""
    count = maybe_long(call.body, "count")
    count = PHOTOS if count is None else count
    if not isinstance(cursor, str):
        raise RefusalError(ILLEGAL, "cursor参数类型错误")
    if not 1 <= count <= MOST_PHOTOS:
        raise RefusalError(BUSINESS)
    # Ids grow with time and are of one length, so that a video deleted meanwhile is still a place in the list.
    older = sorted((key for key in call.shop.stores.photos if not cursor or key < cursor), reverse=True)
    return data({"videoList": [_shown(call.shop.stores.photos[key]) for key in older[:count]]})


def get_photo(call: Call) -> dict[str, Any]:
    """Return one posted video."""
    return data(_shown(_photo(call.shop, need(call.body, "photoId"))))


def delete_photo(call: Call) -> dict[str, Any]:
    """Delete one posted video for good."""
    photo = _photo(call.shop, need(call.body, "photoId"))
    del call.shop.stores.photos[photo.photo_id]
    call.shop.engine.ledger.record(call.cause, "video.deleted", photo.caption, None, subject=photo.photo_id)
    return {}


def _photo(shop: Shop, photo_id: object) -> Photo:
    if not isinstance(photo_id, str):
        raise RefusalError(ILLEGAL, "photoId参数类型错误")
    photo = shop.stores.photos.get(photo_id)
    if photo is None:
        raise RefusalError(BUSINESS, "作品不存在")
    return photo


def _shown(photo: Photo) -> dict[str, Any]:
    return {
        "photoId": photo.photo_id,
        "caption": photo.caption,
        "cover": f"https://img.example/{photo.photo_id}.jpg",
        "playUrl": f"https://v.example/{photo.photo_id}",
        "createTime": photo.created,
        "likeCount": photo.likes,
        "commentCount": photo.comments,
        "viewCount": photo.views,
        "pending": photo.pending,
    }


def list_clips(call: Call) -> dict[str, Any]:
    """Return one page of the goods-video library."""
    number, size = maybe_long(call.body, "pageIndex"), maybe_long(call.body, "pageSize")
    number, size = 1 if number is None else number, 20 if size is None else size
    if number < 1 or not 1 <= size <= MOST_CLIPS:
        raise RefusalError(BAD_CLIP_PAGE)
    clips = sorted(call.shop.stores.clips.values(), key=lambda clip: -clip.uploaded)
    shown = [
        {
            "videoId": int(clip.video_id),
            "thumbnailUrl": f"https://img.example/{clip.video_id}.jpg",
            "mainUrl": f"https://v.example/{clip.video_id}",
            "bizInfo": {
                "caption": clip.caption,
                "videoType": clip.kind,
                "hasMerchant": True,
                "uploadTime": clip.uploaded,
            },
            "metaInfo": {"width": 720, "height": 1280, "duration": 15_000},
        }
        for clip in clips[(number - 1) * size : number * size]
    ]
    return data({"total": len(clips), "videoInfo": shown})


def delete_clips(call: Call) -> dict[str, Any]:
    """Delete videos from the library; unknown ones refuse the whole call."""
    wanted = need(call.body, "videoId")
    long_of(call.body, "videoType")
    if not isinstance(wanted, list) or not wanted:
        raise RefusalError(EMPTY)
    clips = call.shop.stores.clips
    if any(isinstance(one, bool) or not isinstance(one, int) or str(one) not in clips for one in wanted):
        raise RefusalError(BUSINESS, "视频不存在")
    for one in dict.fromkeys(wanted):
        clip = clips.pop(str(one))
        call.shop.engine.ledger.record(call.cause, "video.deleted", clip.caption, None, subject=clip.video_id)
    return {}


ENDPOINTS = {
    "open.live.shop.item.check.oncar": Endpoint("GET", in_cart, ANY),
    "open.photo.list": Endpoint("GET", list_photos, ANY),
    "open.photo.info": Endpoint("GET", get_photo, ANY),
    "open.photo.delete": Endpoint("POST", delete_photo, ANY, writes=True),
    # POST in the newer source, GET in another.
    "open.item.video.list": Endpoint("POST", list_clips, ITEM),
    "open.item.video.delete": Endpoint("POST", delete_clips, ITEM, writes=True),
}
