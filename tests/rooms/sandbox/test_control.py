"""The control calls and the buyers' page, over the ASGI program."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from offshelf.kit.http import HttpClient
from offshelf.sandbox import create_app
from offshelf.sandbox.control import Control
from support.sandbox_desk import PRODUCT, SandboxDesk


def _control(desk: SandboxDesk, method: str, path: str, body: Any = None, query: str = "") -> Any:
    raw = b"" if body is None else json.dumps(body).encode()
    return json.loads(Control(desk.world).answer(method, "/_sandbox" + path, query.encode(), raw).body)


def test_credentials_of_every_shop(desk: SandboxDesk) -> None:
    told = _control(desk, "GET", "")
    shop = told["shops"][0]
    assert (told["size"], told["seed"], told["now"]) == (60, 7, "2026-11-21T04:00:00.000Z")
    assert shop["app_secret"] == desk.identity.app_secret
    assert shop["assistant_app_id"] == desk.identity.assistant_app_id
    assert (shop["token"], shop["encoding_aes_key"]) == (
        desk.identity.push_token,
        desk.identity.encoding_aes_key,
    )


def test_the_clock_moves_forward_only(desk: SandboxDesk) -> None:
    assert _control(desk, "POST", "/clock", {"advance_seconds": 90})["now"] == "2026-11-21T04:01:30.000Z"
    assert _control(desk, "POST", "/clock", {"advance_seconds": -1})["error"] == "sandbox.bad_value"
    assert _control(desk, "GET", "/clock")["now"] == "2026-11-21T04:01:30.000Z"


def test_the_ledger_can_be_filtered_and_exported(desk: SandboxDesk) -> None:
    product_id = desk.product().product_id
    desk.call(PRODUCT + "delisting", {"product_id": product_id})
    desk.world.wechat.operate(product_id, "relist", {})
    told = _control(desk, "GET", "/ledger", query=f"kind=listing&product_id={product_id}&since_seq=1")
    assert [(e["seq"], e["actor"], e["kind"]) for e in told["effects"]] == [(2, "operator", "listing.on")]
    assert told["last_seq"] == 2
    raw = Control(desk.world).answer("GET", "/_sandbox/ledger.jsonl", b"actor=api", b"").body
    lines = [json.loads(line) for line in raw.decode().splitlines()]
    assert [(line["before"], line["after"]) for line in lines] == [(5, 11)]


@pytest.mark.parametrize(
    ("act", "body", "status", "actor"),
    [
        ("delist", {}, 11, "operator"),
        ("ban", {}, 20, "platform"),
        ("violation", {}, 13, "platform"),
        ("deposit", {}, 14, "platform"),
        ("brand_expired", {}, 15, "platform"),
        ("destroy", {}, 9, "operator"),
    ],
)
def test_acts_of_others(desk: SandboxDesk, act: str, body: dict[str, Any], status: int, actor: str) -> None:
    product_id = desk.product().product_id
    assert _control(desk, "POST", f"/products/{product_id}/{act}", body)["status"] == status
    assert [e.actor for e in desk.effects()] == [actor]


def test_another_operator_sets_stock(desk: SandboxDesk) -> None:
    product = desk.product()
    body = {"sku_id": product.skus[0].sku_id, "num": 123}
    told = _control(desk, "POST", f"/products/{product.product_id}/set_stock", body)
    assert told["skus"][0]["normal"] == 123
    assert told == _control(desk, "GET", f"/products/{product.product_id}")


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("GET", "/nothing", None, "sandbox.no_such_call"),
        ("GET", "/products/1", None, "sandbox.no_product"),
        ("POST", "/products/1/relist", None, "sandbox.no_product"),
        ("PUT", "/faults", {"rules": 1}, "sandbox.fault_plan"),
        ("PUT", "/quotas", {"quotas": "x"}, "sandbox.quota_plan"),
        ("PUT", "/quotas", {}, "sandbox.bad_value"),
        ("PUT", "/push", {"url": "ftp://x"}, "sandbox.bad_value"),
        ("POST", "/buyers/start", {"rate": "fast"}, "sandbox.bad_value"),
        ("POST", "/clock", [1], "sandbox.bad_value"),
    ],
)
def test_control_calls_that_are_refused(
    desk: SandboxDesk, method: str, path: str, body: Any, error: str
) -> None:
    assert _control(desk, method, path, body)["error"] == error
    assert desk.effects() == []


@pytest.mark.parametrize(("act", "body"), [("fly", {}), ("set_stock", {"num": -1}), ("restock", {})])
def test_acts_that_are_refused(desk: SandboxDesk, act: str, body: dict[str, Any]) -> None:
    told = _control(desk, "POST", f"/products/{desk.product().product_id}/{act}", body)
    assert told["error"] in {"sandbox.no_act", "sandbox.bad_value"}
    assert desk.effects() == []


def test_faults_quotas_and_tokens_can_be_changed_while_it_runs(desk: SandboxDesk) -> None:
    body = {"product_id": desk.product().product_id}
    desk.token()
    _control(desk, "PUT", "/faults", {"rules": [{"kind": "system_busy", "first": 1}]})
    assert [desk.code(PRODUCT + "get", body) for _ in range(2)] == [-1, 0]
    _control(desk, "PUT", "/quotas", {"quotas": "product/get=1/60s"})
    assert [desk.code(PRODUCT + "get", body) for _ in range(2)] == [0, 45011]
    assert _control(desk, "POST", "/tokens/expire") == {"expired": 1}
    assert desk.code(PRODUCT + "get", body) == 42001
    assert _control(desk, "GET", "/faults")["rules"][0]["kind"] == "system_busy"
    assert _control(desk, "GET", "/quotas") == {"quotas": "product/get=1/60s"}


def test_buyers_and_the_summary(desk: SandboxDesk) -> None:
    assert _control(desk, "POST", "/buyers/step", {"attempts": 50})["attempts"] == 50
    assert _control(desk, "POST", "/buyers/start", {"rate": 5}) == {"rate": 5.0}
    assert _control(desk, "POST", "/buyers/stop") == {"rate": 0.0}
    summary = _control(desk, "GET", "/summary")
    orders = _control(desk, "GET", "/buyers/orders", query=f"since={desk.world.now()}")["orders"]
    assert sum(orders.values()) == summary["buyers"]["orders"] == summary["effects"]
    assert summary["sellable_listings"] == sum(
        p.status == 5 and p.available > 0 for p in desk.shop.stores.products.values()
    )


def test_a_receiver_of_pushes_can_be_set(desk: SandboxDesk) -> None:
    _control(desk, "PUT", "/push", {"url": "http://127.0.0.1:9/callback"})
    assert desk.shop.pushes.url == "http://127.0.0.1:9/callback"
    _control(desk, "PUT", "/push", {"url": None})
    assert desk.shop.pushes.url is None


def test_calls_are_reported(desk: SandboxDesk) -> None:
    desk.call(PRODUCT + "get", {"product_id": "1"})
    told = _control(desk, "GET", "/calls")
    assert told["total"] == 2
    assert told["paths"][PRODUCT + "get"] == {"10020052": 1}
    assert told["tokens"] == {"stable_normal": 1}
    assert told["recent"][-1]["outcome"] == "10020052"


async def _page(desk: SandboxDesk, product_id: str, accept: str) -> Any:
    async with HttpClient(app=create_app(desk.world)) as client:
        return await client.get(f"http://sandbox/h5/product/{product_id}", accept=accept)


@pytest.mark.parametrize(
    ("status", "buyable", "why"),
    [(5, True, ""), (11, False, "off_sale"), (6, False, "gone"), (12, False, "off_sale")],
)
def test_the_buyers_page(desk: SandboxDesk, status: int, buyable: bool, why: str) -> None:
    product_id = desk.product(status).product_id
    answer = asyncio.run(_page(desk, product_id, "application/json"))
    assert answer.json_object() == {"product_id": product_id, "buyable": buyable, "why": why}


def test_the_buyers_page_of_nothing_and_of_something_sold_out(desk: SandboxDesk) -> None:
    product = desk.product()
    for sku in product.skus:
        sku.normal = sku.regional = 0
    pages = [asyncio.run(_page(desk, pid, "application/json")) for pid in ("1", product.product_id)]
    assert [page.json_object()["why"] for page in pages] == ["gone", "sold_out"]


def test_people_get_a_page_without_markup_of_theirs(desk: SandboxDesk) -> None:
    answer = asyncio.run(_page(desk, "<script>", "text/html"))
    assert answer.content_type.startswith("text/html")
    assert b"<script>" not in answer.body
