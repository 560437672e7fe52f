"""What the connector declares, videos, the buyer's view, and the call on the wire."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import CallFailedError, Connector, Grade, Meaning, Probe, Risk
from offshelf.platforms.douyin import errors, wire
from offshelf.platforms.douyin.manifest import limit, manifest, pacing, words
from offshelf.vocabulary.goods import Audit, PromotionState, Shelf, Video
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.trade import OrderState
from support.douyin_wire import APP_KEY, START, Bench, business, ok, refusal

VIDEOS, DELETE, CANCEL = "shopVideo.listVideo", "shopVideo.deleteShopVideo", "product.cancelAudit"
CERTAINTIES = {"agreed", "single source", "inferred", "conflict"}
PLACES = {
    "listing",
    "stock",
    "promotion",
    "coupon",
    "affiliate",
    "showcase",
    "live",
    "replay",
    "video",
    "order",
}
PLACES |= {"after_sale", "parcel", "message", "shop", "account", *PlaceKind}


def document() -> dict[str, Any]:
    return tomllib.loads(files("offshelf.platforms.douyin").joinpath("manifest.toml").read_text("utf-8"))


def test_what_is_declared() -> None:
    found = manifest()
    assert (found.platform, found.observed_on) == ("douyin", "2026-03")
    assert found.gateway == "https://openapi-fxg.jinritemai.com"
    assert found.grades == {Grade.READS, Grade.DELISTS, Grade.RELISTS, Grade.AFTER_SALES, Grade.WEBHOOKS}
    assert [(slot.slot, slot.required, slot.sandbox) for slot in found.credentials] == [
        ("secret", True, "app_secret")
    ]
    assert pacing() == {}


def test_every_declared_port_is_offered_and_no_other() -> None:
    connector = Bench(probe="storefront").connector
    names = [name for name in Connector.__dataclass_fields__ if name not in ("manifest", "pace")]
    assert {name for name in names if getattr(connector, name) is not None} == manifest().ports


def test_every_number_has_a_source_and_a_certainty() -> None:
    for name, fact in manifest().facts.items():
        assert fact.certainty in CERTAINTIES, name
        assert fact.source.startswith(("reference §", "ours: ")), name
        assert limit(name) == fact.value > 0


def test_every_method_that_is_called_is_declared_with_its_risk() -> None:
    declared = {method.name: method for method in manifest().methods}
    assert len(declared) == len(manifest().methods)
    assert set(declared) == set(wire.paths())
    assert {wire.base_method(name) for name in wire.READS} == {
        name for name, method in declared.items() if method.risk is Risk.READS
    }
    assert {name for name, method in declared.items() if method.risk is Risk.IRREVERSIBLE} == {
        wire.INTERCEPT,
        wire.VIDEO_DELETE,
    }
    rows = [*manifest().methods, *manifest().guided]
    assert {row.place for row in rows} <= PLACES
    assert {row.certainty for row in rows} <= CERTAINTIES
    assert all(row.source.startswith("reference §") for row in rows)


def test_what_is_done_by_hand_has_a_way_in_both_languages_and_evidence() -> None:
    acts = [(row.place, row.act) for row in manifest().guided]
    assert len(set(acts)) == len(acts) == 29
    for row in manifest().guided:
        assert all(row.menu[language] for language in ("zh", "en")), row.act
        assert row.evidence, row.act


def test_every_word_is_one_of_ours() -> None:
    ours = {
        "state": {shelf.value for shelf in Shelf},
        "audit": {audit.value for audit in Audit},
        "order": {state.value for state in OrderState},
        "aftersale": {"merchant", "others", "nobody"},
        "order_case": {"open", "closed"},
        **{name: {state.value for state in PromotionState} for name in ("coupon", "simple", "exclusive")},
        **{name: {state.value for state in PromotionState} for name in ("targeted", "strategy")},
    }
    for name, allowed in ours.items():
        assert set(words(name).values()) <= allowed - {"unknown"}, name
        assert sum(len(part) for part in document()[name].values()) == len(words(name)), name


def test_every_line_of_the_table_is_for_a_method_that_is_called() -> None:
    called = wire.READS | wire.WRITES | set(wire.paths()) | {errors.ALL}
    assert {key[0] for key in errors.TABLE} <= called


def test_urgent_calls_are_writes_that_stop_sales() -> None:
    assert wire.URGENT < wire.WRITES
    assert wire.URGENT & {wire.PUT_ON, wire.LAUNCH, wire.STOCK_ADD, wire.SIMPLE_OPEN} == set()


def test_paths_can_be_replaced() -> None:
    assert wire.paths({"product.detail": "/x"})["product.detail"] == "/x"
    assert wire.paths()["afterSale.List"] == "/afterSale/List"
    with pytest.raises(UsageError) as caught:
        Bench(paths={"product.explode": "/x"})
    assert caught.value.code == "platforms.unknown_method"


# -- the call on the wire -----------------------------------------------------------------------------------------


def cancel(bench: Bench, *answers: Any) -> Meaning:
    bench.wire.script(CANCEL, *answers)
    found = bench.run(lambda connector: connector.listings.cancel_audit("7"))
    assert isinstance(found.meaning, Meaning)
    return found.meaning


def test_a_call_is_signed_with_the_time_of_its_sending(bench: Bench) -> None:
    assert cancel(bench, ok()) is Meaning.OK  # the scripted platform refuses any other signature
    query = bench.wire.calls[-1][1]
    assert set(query) == {"app_key", "method", "timestamp", "v", "sign_method", "sign", "access_token"}
    assert (query["app_key"], query["v"], query["timestamp"]) == (APP_KEY, "2", str(int(START.timestamp())))


@pytest.mark.parametrize("answer", [refusal(60000, "isv.traffic-limited"), business(2010401), (429, b"no")])
def test_whoever_calls_a_throttled_method_waits(bench: Bench, answer: Any) -> None:
    assert cancel(bench, answer) is Meaning.NOT_NOW
    key = (APP_KEY, "tea", CANCEL)
    assert bench.pacer.forecast(key, 1) == pytest.approx(3.0)
    assert bench.pacer.forecast((APP_KEY, "tea", "product.detail"), 1) == 0.0


def test_a_pace_of_the_shop_is_kept_to() -> None:
    bench = Bench(pace={CANCEL: (1, 60)})
    assert bench.pacer.forecast((APP_KEY, "tea", CANCEL), 2) == pytest.approx(60.0)


# -- videos -------------------------------------------------------------------------------------------------------


def video(number: Any = 7, status: Any = 0, **change: Any) -> dict[str, Any]:
    shown = {
        "item_id": number,
        "status": status,
        "create_time": 1773190000,
        "alliance_product_list": [11],
        "seeding_product_list": [12, 11],
    }
    return shown | change


def videos(*entries: Any, total: Any = None) -> dict[str, Any]:
    return ok(
        {"video_list": list(entries), "total": len(entries) if total is None else total, "current_page": 1}
    )


def published(bench: Bench, *answers: Any) -> list[Video]:
    bench.wire.script(VIDEOS, *answers)
    return list(bench.run(lambda connector: connector.videos.published()))


def test_published_videos(bench: Bench) -> None:
    at = datetime(2026, 3, 11, 0, 46, 40, tzinfo=UTC)
    assert published(bench, videos(video(), video(8, -1))) == [
        Video("tea", "7", "", at, ("11", "12"), "0", START),
    ]
    assert bench.wire.bodies(VIDEOS) == [{"page": 1, "size": 50}]


@pytest.mark.parametrize(
    ("change", "linked", "raw"),
    [
        ({"seeding_product_list": []}, ("11",), "0"),
        ({"alliance_product_list": None}, None, "0"),
        ({"seeding_product_list": "x"}, None, "0"),
        ({"status": 9}, ("11", "12"), "9"),
        ({"status": None}, ("11", "12"), "?"),
    ],
)
def test_what_a_video_does_not_tell(bench: Bench, change: Any, linked: Any, raw: str) -> None:
    found = published(bench, videos(video(**change)))
    assert [(one.listing_ids, one.raw_status) for one in found] == [(linked, raw)]


@pytest.mark.parametrize(
    "answers", [(ok(),), (videos(total=1),), (ok({"video_list": []}),), (videos(video(None)),), (b"<html>",)]
)
def test_videos_that_cannot_be_read_are_a_failure(bench: Bench, answers: Any) -> None:
    with pytest.raises(CallFailedError):
        published(bench, *answers)


def test_pages_of_videos_are_followed(bench: Bench) -> None:
    pages = {1: [video(n) for n in range(50)], 2: [video(n) for n in range(50, 60)]}
    assert len(published(bench, lambda body: videos(*pages[body["page"]], total=60))) == 60


def test_a_video_is_deleted_once(bench: Bench) -> None:
    bench.wire.script(DELETE, refusal(20000))
    assert bench.run(lambda connector: connector.videos.delete("7")).meaning is Meaning.UNKNOWN
    assert bench.wire.bodies(DELETE) == [{"video_id": "7"}]


# -- the buyer's view ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "buyable"),
    [
        ({"product_id": 7, "buyable": True}, True),
        ({"product_id": "7", "buyable": False}, False),
        ({"product_id": "8", "buyable": False}, None),
        ({"product_id": "7"}, None),
        (b"<html>", None),
        ((404, {"product_id": "7", "buyable": False}), None),
    ],
)
def test_what_a_buyer_sees(page: Any, buyable: bool | None) -> None:
    bench = Bench(probe="storefront")
    bench.wire.script("/h5/product/7", page)
    found = bench.run(lambda connector: connector.probe.look("7"))
    assert isinstance(found, Probe)
    assert (found.buyable, found.observed_at) == (buyable, START)


def test_without_readable_pages_there_is_no_probe() -> None:
    assert Bench().connector.probe is None
