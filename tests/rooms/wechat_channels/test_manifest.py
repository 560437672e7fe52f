"""What the connector declares is complete, dated and sourced, and the words it uses are ours."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from offshelf.kit.errors import UsageError
from offshelf.platforms import registry
from offshelf.platforms.contract import Connector, Grade
from offshelf.platforms.wechat_channels import errors, wire
from offshelf.platforms.wechat_channels.manifest import limit, manifest, words
from offshelf.vocabulary.goods import Audit, PromotionState, Shelf
from offshelf.vocabulary.texts import catalogue
from offshelf.vocabulary.trade import OrderState
from support.wechat_channels_wire import OK, Bench


def document() -> dict[str, Any]:
    text = files("offshelf.platforms.wechat_channels").joinpath("manifest.toml").read_text("utf-8")
    return tomllib.loads(text)


def test_what_is_declared() -> None:
    found = registry.manifests()["wechat_channels"]
    assert found == manifest()
    assert found.grades == {Grade.READS, Grade.DELISTS, Grade.RELISTS, Grade.WEBHOOKS}
    assert found.observed_on == "2026-06"
    assert found.limits["stock_batch"] == 50


def test_every_declared_port_is_offered_and_no_other() -> None:
    keys = {"push_token": "t", "push_key": "A" * 43}
    connector = Bench(assistant=True, probe="storefront", secrets=keys).connector
    names = [name for name in Connector.__dataclass_fields__ if name not in ("manifest", "pace")]
    assert {name for name in names if getattr(connector, name) is not None} == manifest().ports


def _secret(value: str) -> Any:
    from offshelf.kit.redact import Secret

    return Secret(value)


def test_every_limit_has_a_source_and_a_certainty() -> None:
    for name, entry in document()["limits"].items():
        assert set(entry) == {"value", "unit", "source", "certainty"}, name
        assert entry["certainty"] in {"agreed", "single source", "inferred", "conflict"}
        assert entry["source"].startswith(("reference §", "ours: "))
        assert limit(name) == entry["value"] > 0


def test_every_word_is_one_of_ours() -> None:
    assert set(words("shelf").values()) <= {shelf.value for shelf in Shelf} - {"unknown"}
    assert set(words("audit").values()) <= {audit.value for audit in Audit} - {"unknown"}
    assert set(words("order").values()) <= {state.value for state in OrderState} - {"unknown"}
    assert set(words("aftersale").values()) == {"merchant", "others", "nobody"}
    assert set(words("window").values()) == {"visible", "hidden"}
    for name in ("limited_discount", "coupon", "league"):
        assert set(words(name).values()) <= {state.value for state in PromotionState} - {"unknown"}


def test_no_value_stands_in_two_tables_of_a_kind() -> None:
    for name in ("shelf", "audit", "window", "order"):
        parts = document()[name].values()
        assert sum(len(part) for part in parts) == len(words(name))


def test_every_method_has_a_path_and_paths_can_be_replaced() -> None:
    table = wire.paths({"product/delisting": "/shop/ec/product/delisting"})
    assert table["product/delisting"] == "/shop/ec/product/delisting"
    assert table["product/get"] == "/channels/ec/product/get"
    assert table["cgi-bin/stable_token"] == "/cgi-bin/stable_token"
    methods = {
        value
        for name, value in vars(wire).items()
        if name.isupper() and isinstance(value, str) and "/" in value
    }
    assert {wire.base_method(method) for method in methods} == set(table)


def test_a_replaced_path_is_called() -> None:
    bench = Bench(paths={"product/delisting": "/shop/ec/product/delisting"})
    bench.wire.script("/shop/ec/product/delisting", OK)
    assert bench.run(lambda connector: connector.listings.take_off("1")).ok is True


def test_a_path_for_no_method_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        Bench(paths={"product/explode": "/x"})
    assert caught.value.code == "platforms.unknown_method"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_error_has_its_texts(language: str) -> None:
    codes = ["unknown_method", "bad_push_key", "no_connector", "unreadable_answer"]
    codes += ["credentials_refused", "not_permitted", "unreachable", "throttled", "unclear_answer"]
    for code in codes:
        assert catalogue().has(f"error.platforms.{code}", language)
        assert catalogue().has(f"error.platforms.{code}.next", language)


def test_every_method_of_the_error_table_is_a_method() -> None:
    known = set(wire.paths()) | {
        value for name, value in vars(wire).items() if name.isupper() and isinstance(value, str)
    }
    assert {method for method, _ in errors.TABLE if method != "*"} <= known
