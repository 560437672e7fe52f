"""The live cart, the shop's videos, a buyer's look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offshelf.platforms.contract import CallFailedError, Meaning
from offshelf.vocabulary.goods import Video
from support.kuaishou_samples import ITEM_ID, VIDEO
from support.kuaishou_wire import CUT, OK, START, Bench, data, refusal

CART, VIDEOS, DELETE = "open.live.shop.item.check.oncar", "open.photo.list", "open.photo.delete"
PAGE = f"h5/product/{ITEM_ID}"


@pytest.mark.parametrize("held", [True, False])
def test_the_live_cart_is_asked_for_one_item(bench: Bench, held: bool) -> None:
    bench.wire.script(CART, data({"liveCarItem": held}))
    assert bench.run(lambda connector: connector.live_cart.holds(ITEM_ID)) is held
    assert bench.wire.bodies(CART) == [{"itemId": 24000000000001}]


@pytest.mark.parametrize(
    "answer", [OK, data(None), data({}), data({"liveCarItem": None}), data({"liveCarItem": "no"}), b"", CUT]
)
def test_a_cart_that_is_not_told_is_not_empty(bench: Bench, answer: Any) -> None:
    bench.wire.script(CART, answer)
    with pytest.raises(CallFailedError) as caught:
        bench.run(lambda connector: connector.live_cart.holds(ITEM_ID))
    assert caught.value.result.meaning is Meaning.UNKNOWN


def videos(*ids: str) -> dict[str, Any]:
    return data({"videoList": [VIDEO | {"photoId": ident} for ident in ids]})


def test_videos_do_not_tell_what_they_link(bench: Bench) -> None:
    bench.wire.script(VIDEOS, videos("3xdemo01"), videos())
    found = bench.run(lambda connector: connector.videos.published())
    assert found == (
        Video(
            shop_id="basket",
            video_id="3xdemo01",
            title="手工竹篮现货包邮",
            created_at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1779000000000),
            listing_ids=None,
            raw_status="published",
            observed_at=START,
        ),
    )


def test_videos_are_followed_by_the_oldest_of_a_page(bench: Bench) -> None:
    bench.wire.script(VIDEOS, videos("c", "b"), videos("a"), videos())
    found = bench.run(lambda connector: connector.videos.published())
    assert [video.video_id for video in found] == ["c", "b", "a"]
    assert bench.wire.bodies(VIDEOS) == [
        {"count": 200},
        {"count": 200, "cursor": "b"},
        {"count": 200, "cursor": "a"},
    ]


def test_a_page_may_begin_with_the_cursors_own_video(bench: Bench) -> None:
    bench.wire.script(VIDEOS, videos("c", "b"), videos("b", "a"), videos("a"))
    found = bench.run(lambda connector: connector.videos.published())
    assert [video.video_id for video in found] == ["c", "b", "a"]


@pytest.mark.parametrize("answer", [videos("b", "a"), OK, data({}), refusal(21), data({"videoList": [{}]})])
def test_a_list_of_videos_that_does_not_end_is_a_failure(bench: Bench, answer: Any) -> None:
    bench.wire.script(VIDEOS, videos("b", "a"), answer)
    with pytest.raises(CallFailedError):
        bench.run(lambda connector: connector.videos.published())


def test_deleting_a_video_is_sent_once(bench: Bench) -> None:
    bench.wire.script(DELETE, CUT)
    result = bench.run(lambda connector: connector.videos.delete("3xdemo01"))
    assert (result.meaning, bench.wire.bodies(DELETE)) == (Meaning.UNKNOWN, [{"photoId": "3xdemo01"}])


@pytest.mark.parametrize(
    ("answer", "buyable"),
    [
        ({"product_id": ITEM_ID, "buyable": True, "why": "on"}, True),
        ({"product_id": ITEM_ID, "buyable": False, "why": "off"}, False),
        ({"product_id": "7", "buyable": False}, None),
        ({"product_id": ITEM_ID}, None),
        (b"<html>", None),
        ((404, {"product_id": ITEM_ID, "buyable": False}), None),
        (CUT, None),
    ],
)
def test_a_buyers_look(answer: Any, buyable: bool | None) -> None:
    bench = Bench(probe="storefront")
    bench.wire.script(PAGE, answer)
    assert bench.run(lambda connector: connector.probe.look(ITEM_ID)).buyable is buyable
