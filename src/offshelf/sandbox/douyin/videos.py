"""Short videos of the shop's accounts and what they link (reference §11), and the state of the grant."""

from __future__ import annotations

from typing import Any

from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import FAILED, ILLEGAL, refuse
from offshelf.sandbox.douyin.params import optional_text, optional_whole, text, whole, wholes, within
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.state import Video
from offshelf.sandbox.douyin.tokens import TokenOffice

BAD = refuse(ILLEGAL, 10001, "参数错误")  # no numbers are published for videos
NO_VIDEO = refuse(FAILED, 10002, "视频不存在")
WINDOW = 90 * 86_400
VALID, GONE = 0, -1
WITH_CART = 1


def list_videos(call: Call) -> dict[str, Any]:
    """Return one page of the videos of the last ninety days, deleted ones included; pages begin at 1."""
    body, shop = call.body, call.shop
    page = within(whole(body, "page", BAD), 1, 10_000, BAD)
    size = within(whole(body, "size", BAD), 1, 50, BAD)
    since = max(optional_whole(body, "create_time_start") or 0, shop.now() - WINDOW)
    item_id, product_id = optional_whole(body, "item_id"), optional_whole(body, "bind_product_id")
    kinds = wholes(body, "bind_type_list")
    ascending = within(optional_whole(body, "order_by_type") or 0, 0, 1, BAD)
    found = [
        video
        for video in sorted(
            shop.stores.videos.values(), key=lambda video: (video.create_time, video.video_id)
        )
        if video.create_time >= since
        and item_id in {None, int(video.video_id)}
        and (product_id is None or str(product_id) in video.product_ids)
        and (not kinds or _bind(video) in kinds)
    ]
    if not ascending:
        found.reverse()
    shown = found[(page - 1) * size : page * size]
    return {"video_list": [_row(shop, video) for video in shown], "total": len(found), "current_page": page}


def _bind(video: Video) -> int:
    return WITH_CART if video.product_ids else 0


def _row(shop: Shop, video: Video) -> dict[str, Any]:
    return {
        "shop_id": int(shop.identity.shop_id),
        "item_id": int(video.video_id),
        "user_id": int(video.user_id),
        "status": video.status,
        "play_count": video.plays,
        "alliance_product_list": [int(one) for one in video.product_ids],
        "create_time": video.create_time,
        "modify_time": video.create_time,
        "order_amount": 0,
        "bind_type": _bind(video),
        "seeding_product_list": [],
    }


def delete_video(call: Call) -> Any:
    """Delete one video; nothing brings it back."""
    shop = call.shop
    video = shop.stores.videos.get(text(call.body, "video_id", BAD))
    user = optional_text(call.body, "user_id") or shop.identity.user_id
    if video is None or video.status == GONE or video.user_id != user:
        raise NO_VIDEO.error()
    video.status = GONE
    shop.engine.ledger.record(call.cause, "video.deleted", VALID, GONE, subject=video.video_id)
    return None


def endpoints(office: TokenOffice) -> dict[str, Method]:
    """Return the calls about videos and the grant."""

    def auth_info(call: Call) -> dict[str, Any]:
        identity = call.shop.identity
        if optional_text(call.body, "auth_id") not in {"", identity.shop_id}:
            raise BAD.error()
        return {
            "status": 1,
            "auth_success_time": identity.open_time,
            "auth_end_time": identity.open_time + 5 * 365 * 86_400,
            "auth_id": identity.shop_id,
            "auth_update_time": office.ends(identity.app_key),
        }

    return {
        "shopVideo.listVideo": Method(list_videos, tells=frozenset({"status"})),
        "shopVideo.deleteShopVideo": Method(delete_video, writes=True),
        "open.getAuthInfo": Method(auth_info, tells=frozenset({"status"})),
    }
