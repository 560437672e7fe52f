"""A shop made from a snapshot is the same shop, as far as the real connectors can see."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.sandbox import QuotaPlan, SandboxConfig, Snapshot
from offshelf.sandbox.quotas import Limit, Meter
from offshelf.vocabulary.goods import Audit, PromotionKind, Shelf
from support.clones import read, sight, snapshot_of, through_a_clone
from support.virtual_house import ALL, VirtualHouse, play

NAMES = ("s1", "s2", "s3")


def _told(folder: Path, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    async def story(house: VirtualHouse) -> tuple[dict[str, Any], dict[str, Any]]:
        await read(house)
        return sight(house.catalog, house.shops), snapshot_of(house)

    return play(story, folder, **options)


@pytest.mark.parametrize("seed", [3, 11])
def test_a_clone_looks_like_the_original_on_every_platform(tmp_path: Path, seed: int) -> None:
    (tmp_path / "copy").mkdir()
    original, document = _told(tmp_path, size=120, seed=seed, platforms=ALL)
    copied, world = through_a_clone(tmp_path / "copy", document)
    for shop in NAMES:
        for part in ("listings", "promotions", "locks"):
            assert copied[shop][part] == original[shop][part], (shop, part)
    assert {loss.what for loss in world.engine.losses} <= {"order"}


def test_the_original_has_something_to_copy(tmp_path: Path) -> None:
    original, document = _told(tmp_path, size=120, seed=3, platforms=ALL)
    for shop in NAMES:
        listings = original[shop]["listings"].values()
        assert {Shelf.ON, Shelf.OFF} < {one.shelf for one in listings}
        assert Audit.PENDING in {one.audit for one in listings}
        assert any(sku.reserved for one in listings for sku in one.skus)
        kinds = {kind for kind, _ in original[shop]["promotions"]}
        assert {PromotionKind.COUPON, PromotionKind.AFFILIATE} <= kinds
    assert any(held for held, _ in original["s2"]["locks"].values())
    assert any(sku.warehouses for one in original["s2"]["listings"].values() for sku in one.skus)
    plans = Counter(key.partition(":")[0] for _, key in original["s2"]["promotions"] if ":" in key)
    assert set(plans) == {"simple", "exclusive", "targeted", "strategy"}
    assert any(shop["open_orders"] for shop in document["shops"])


def test_a_snapshot_of_a_clone_is_the_snapshot_it_was_made_from(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    _, document = _told(tmp_path, size=60, seed=5, platforms=ALL)
    copied, _ = through_a_clone(tmp_path / "copy", document)
    again = {
        (shop, ident): (one.raw_status, [(s.sku_id, s.stock, s.reserved, s.warehouses) for s in one.skus])
        for shop in NAMES
        for ident, one in copied[shop]["listings"].items()
    }
    given = {
        (shop["shop_id"], one["id"]): (
            one["raw"],
            [
                (s["id"], s["stock"], s["reserved"], tuple(tuple(pair) for pair in s["warehouses"]))
                for s in one["skus"]
            ],
        )
        for shop in document["shops"]
        for one in shop["listings"]
    }
    assert again == given


CANARY = "13800138000"


def test_nobody_and_no_secret_is_in_a_snapshot(tmp_path: Path) -> None:
    """Plant canaries where the platforms keep people and secrets; none of them comes out, nor any order number."""
    found: dict[str, Any] = {}

    async def story(house: VirtualHouse) -> None:
        world = house.world
        for order in world.wechat.shops[0].stores.orders.values():
            order.openid = f"openid-{CANARY}"
        douyin = world.platforms[1].shops[0]
        for order in douyin.stores.orders.values():
            order.receiver = (f"王{CANARY}", CANARY, f"文三路{CANARY}号")
            order.sealed = f"{order.sealed}{CANARY}"
        await read(house)
        found["text"] = json.dumps(snapshot_of(house), ensure_ascii=False)
        found["orders"] = [
            order.order_id
            for shop in (world.wechat.shops[0], douyin)
            for order in shop.stores.orders.values()
        ]
        found["secrets"] = [
            value
            for shop in world.describe()["shops"]
            for name, value in shop.items()
            if "secret" in name or name in ("token", "encoding_aes_key", "message_key", "grant_code")
        ]

    play(story, tmp_path, size=40, platforms=ALL)
    assert CANARY not in found["text"]
    assert [ident for ident in found["orders"] if ident in found["text"]] == []
    assert len(found["secrets"]) > 8
    assert [secret for secret in found["secrets"] if secret in found["text"]] == []


LISTING = {
    "id": "10000412200731000", "code": "TEA-1", "title": "龙井", "shelf": "on", "audit": "none", "raw": "5/4",
    "price": 100, "off_reason": "", "lock": "", "orders": 0,
    "skus": [{"id": "1", "code": "TEA-1-A", "title": "", "price": 100, "stock": 3, "reserved": 0, "warehouses": []}],
}  # fmt: skip


def one_shop(platform: str = "wechat_channels", **changes: Any) -> dict[str, Any]:
    shop = {
        "shop_id": "s1", "platform": platform, "name": "铺", "app_id": "wx1", "account_id": "",
        "demand_hours": 168, "usual_orders_per_1000_hours": 50,
        "listings": [LISTING | changes], "promotions": [], "open_orders": [],
    }  # fmt: skip
    return {"schema": "offshelf.snapshot.v1", "taken_at": "2026-11-21T02:00:00.000Z", "shops": [shop]}


@pytest.mark.parametrize("platform", ALL)
def test_an_unknown_state_stays_unknown(tmp_path: Path, platform: str) -> None:
    document = one_shop(platform, raw="上架?", shelf="unknown", audit="unknown")
    seen, world = through_a_clone(tmp_path, document)
    name = {"wechat_channels": "s1", "douyin": "s2", "kuaishou": "s3"}[platform]
    (listing,) = seen[name]["listings"].values()
    assert (listing.shelf, listing.audit) == (Shelf.UNKNOWN, Audit.UNKNOWN)
    assert [loss.code for loss in world.engine.losses if loss.what == "listing"] == ["state_unclear"]


@pytest.mark.parametrize("platform", ALL)
@pytest.mark.parametrize(
    ("shelf", "audit"),
    [
        (Shelf.ON, Audit.NONE),
        (Shelf.ON, Audit.PENDING),
        (Shelf.OFF, Audit.NONE),
        (Shelf.OFF_BY_PLATFORM, Audit.NONE),
        (Shelf.NEVER_LISTED, Audit.NONE),
    ],
)
def test_a_state_known_from_a_file_is_copied_by_its_word(
    tmp_path: Path, platform: str, shelf: Shelf, audit: Audit
) -> None:
    """A console's export has no numbers of the platform's API."""
    document = one_shop(platform, raw="在售", shelf=shelf.value, audit=audit.value)
    seen, _ = through_a_clone(tmp_path, document)
    found = list(next(iter(seen.values()))["listings"].values())
    if platform == "wechat_channels" and shelf is Shelf.NEVER_LISTED:
        assert found == []  # the platform's list leaves drafts out
        return
    (listing,), expected = found, shelf
    if platform == "kuaishou" and shelf is Shelf.NEVER_LISTED:
        expected = Shelf.OFF  # the platform has no such state
    assert (listing.shelf, listing.audit) == (expected, audit)


def losses(folder: Path, document: dict[str, Any]) -> list[tuple[str, str, str]]:
    _, world = through_a_clone(folder, document)
    return [(loss.what, loss.code, loss.subject) for loss in world.engine.losses]


SKU = LISTING["skus"][0]
STOCK = {
    "stock_unread": SKU | {"stock": None},
    "warehouses_merged": SKU | {"warehouses": [["a", 1], ["b", 2]]},
}


@pytest.mark.parametrize("code", STOCK)
@pytest.mark.parametrize("platform", ["wechat_channels", "douyin"])
def test_what_cannot_be_copied_is_told(tmp_path: Path, platform: str, code: str) -> None:
    document = one_shop(platform, skus=[STOCK[code]], raw="5/4" if platform == "wechat_channels" else "0/3/3")
    assert losses(tmp_path, document) == [("stock", code, "10000412200731000/1")]


def test_an_id_no_platform_could_write_is_not_copied(tmp_path: Path) -> None:
    document = one_shop()
    document["shops"][0]["listings"].append(LISTING | {"id": "L-1"})
    assert losses(tmp_path, document) == [("listing", "bad_id", "L-1")]


BAD = {
    "schema": {"schema": "offshelf.snapshot.v2", "shops": []},
    "no shops": {"schema": "offshelf.snapshot.v1", "shops": []},
    "a list": [],
    "text as stock": one_shop(skus=[SKU | {"stock": "3"}]),
    "negative": one_shop(skus=[SKU | {"reserved": -1}]),
    "no skus": one_shop(skus=None),
    "title": one_shop(title=7),
    "lock": one_shop(lock=7),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_snapshot_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        Snapshot.from_json(BAD[name])
    assert refused.value.code == "sandbox.snapshot"


def test_the_same_goods_in_two_shops_are_one_pool_of_the_most_that_is_listed() -> None:
    document = one_shop()
    other = one_shop("douyin", skus=[SKU | {"id": "9", "stock": 8}], raw="0/3/3")["shops"][0]
    document["shops"].append(other | {"shop_id": "s2"})
    order = {
        "state": "unpaid",
        "created_at": "2026-11-21T01:59:00.000Z",
        "listing": LISTING["id"],
        "sku": "1",
        "units": 2,
    }
    document["shops"][0]["open_orders"] = [order]
    pools = Snapshot.from_json(document).pools()
    assert {code: (pool.goods, pool.free) for code, pool in pools.items()} == {"TEA-1-A": (10, 8)}


def test_shops_of_one_application_are_told_apart() -> None:
    document = one_shop()
    document["shops"].append(document["shops"][0] | {"shop_id": "s2"})
    assert [shop.app_id for shop in Snapshot.from_json(document).shops] == ["wx1", "wx12"]


def test_a_configuration_must_name_the_platforms_of_its_snapshot() -> None:
    with pytest.raises(UsageError) as refused:
        SandboxConfig(snapshot=Snapshot.from_json(one_shop()), platforms=("douyin",))
    assert refused.value.code == "sandbox.snapshot"


def test_a_limit_can_bind_one_application_and_begin_with_calls_made_before() -> None:
    meter = Meter(QuotaPlan((Limit("off", 2, 60, hidden=False, daily=False, account="a", used=1),)))
    assert [meter.admit(account, "/x/off", 0.0) is None for account in ("a", "a:7", "b", "b", "b", "a")] == [
        True, True, True, True, True, False,
    ]  # fmt: skip
    assert meter.refused == 1
    assert meter.admit("a", "/x/off", 60.0) is None
