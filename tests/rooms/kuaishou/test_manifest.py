"""What the connector declares is complete, dated and sourced, and the words it uses are ours."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import Connector, Grade, Risk
from offshelf.platforms.kuaishou import errors, wire
from offshelf.platforms.kuaishou.manifest import limit, manifest, pacing, verbs, words
from offshelf.vocabulary.goods import Audit, PromotionState, Shelf
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.trade import OrderState
from support.kuaishou_wire import OK, PUSH_KEY, Bench

CERTAINTIES = {"agreed", "single source", "inferred", "conflict"}
PLACES = {
    *("listing", "stock", "promotion", "coupon", "affiliate", "showcase", "live", "replay", "video"),
    *("order", "after_sale", "parcel", "message", "shop", "account"),
    *PlaceKind,
}


def document() -> dict[str, Any]:
    return tomllib.loads(files("offshelf.platforms.kuaishou").joinpath("manifest.toml").read_text("utf-8"))


def test_what_is_declared() -> None:
    found = manifest()
    assert found.platform == "kuaishou"
    assert found.gateway == "https://openapi.kwaixiaodian.com"
    assert found.grades == {Grade.READS, Grade.DELISTS, Grade.RELISTS, Grade.WEBHOOKS}
    assert [(slot.slot, slot.required, slot.sandbox) for slot in found.credentials] == [
        ("secret", True, "app_secret"),
        ("sign_secret", True, "sign_secret"),
        ("push_key", False, "message_key"),
    ]


def test_every_declared_port_is_offered_and_no_other() -> None:
    connector = Bench(probe="storefront", secrets={"push_key": PUSH_KEY}).connector
    names = [name for name in Connector.__dataclass_fields__ if name not in ("manifest", "pace")]
    assert {name for name in names if getattr(connector, name) is not None} == manifest().ports


def test_every_limit_has_a_source_and_a_certainty() -> None:
    for name, fact in manifest().facts.items():
        assert fact.certainty in CERTAINTIES, name
        assert fact.source.startswith(("reference §", "ours: ")), name
        assert limit(name) == fact.value > 0
    assert pacing()["open.item.shelf.status.update"] == (50, 1)


def test_every_called_method_is_declared_with_its_risk_and_verb() -> None:
    declared = {method.name: method.risk for method in manifest().methods}
    assert set(declared) == set(wire.paths()) == set(verbs())
    writes = {wire.base(method) for method in wire.URGENT | {wire.PUT_ON, wire.STOCK_ADD, wire.PLAN_OPEN}}
    writes |= {wire.GRANT, wire.REFRESH}
    assert {name for name, risk in declared.items() if risk is not Risk.READS} == writes
    # The verb does not tell.
    assert verbs()[wire.ACTIVITY_CANCEL] == "GET"
    assert declared[wire.COUPON_QUERY] is Risk.READS
    assert verbs()[wire.COUPON_QUERY] == "POST"
    assert set(verbs().values()) == {"GET", "POST"}
    final = {name for name, risk in declared.items() if risk is Risk.IRREVERSIBLE}
    assert final == {wire.COUPON_OVER, wire.ACTIVITY_CANCEL, wire.VIDEO_DELETE, wire.GRANT, wire.REFRESH}


def test_every_row_has_its_place_source_and_certainty() -> None:
    for row in (*manifest().methods, *manifest().guided):
        assert row.place in PLACES
        assert row.certainty in CERTAINTIES
        assert row.source.startswith("reference §")
    for step in manifest().guided:
        assert step.menu["zh"] != step.menu["en"]
        assert all(step.menu.values())
        assert step.evidence


def test_every_word_is_one_of_ours() -> None:
    assert set(words("shelf").values()) == {"on", "off"}
    assert set(words("off_reason").values()) <= {shelf.value for shelf in Shelf} - {"unknown", "on", "gone"}
    assert set(words("audit").values()) <= {audit.value for audit in Audit} - {"unknown"}
    assert set(words("order").values()) <= {state.value for state in OrderState} - {"unknown"}
    assert set(words("aftersale").values()) == {"merchant", "others", "nobody"}
    assert set(words("coupon_target").values()) == {"listings", "shop"}
    assert set(words("event").values()) == {"order", "aftersale", "listing"}
    assert set(words("cursor_end").values()) == {"nomore", "no_more", "no_nore"}
    for name in ("coupon", "plan", "commission", "activity"):
        assert set(words(name).values()) <= {state.value for state in PromotionState} - {"unknown"}


@pytest.mark.parametrize("name", ["audit", "coupon_target", "cursor_end", "event"])
def test_no_value_stands_in_two_tables_of_a_kind(name: str) -> None:
    assert sum(len(part) for part in document()[name].values()) == len(words(name))


def test_paths_follow_from_methods_and_can_be_replaced() -> None:
    table = wire.paths({"open.item.get": "/v2/item/get"})
    assert table["open.item.get"] == "/v2/item/get"
    assert table["open.item.shelf.status.update"] == "/open/item/shelf/status/update"
    assert table["oauth2/refresh_token"] == "/oauth2/refresh_token"
    bench = Bench(paths={"open.item.shelf.status.update": "/v2/shelf"})
    bench.wire.script("v2.shelf", OK)
    assert bench.run(lambda connector: connector.listings.take_off("1")).ok is True
    with pytest.raises(UsageError) as caught:
        Bench(paths={"open.item.explode": "/x"})
    assert caught.value.code == "platforms.unknown_method"


def test_every_method_of_the_error_table_is_a_method() -> None:
    assert {method for method, _ in errors.TABLE if method != "*"} <= wire.METHODS
