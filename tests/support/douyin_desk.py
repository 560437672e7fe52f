"""A Douyin sandbox with its clock in hand, called at the wire; it signs by the reference, not by the connector."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from offshelf.kit.clock import ManualClock
from offshelf.sandbox import FaultPlan, SandboxConfig
from offshelf.sandbox.articles import make_articles
from offshelf.sandbox.buyers import Buyers
from offshelf.sandbox.douyin import DouyinPlatform, DouyinSettings
from offshelf.sandbox.douyin.state import Case, Order, Product
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.wire import Reply, Request

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Shanghai
ON_SALE, OFF, IN_AUDIT = (0, 3, 3), (1, 1, 0), (0, 3, 2)


def compact(params: Any) -> bytes:
    """Return the text that is sent and signed: sorted keys, no blanks, letters as they are."""
    return json.dumps(params, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signed(way: str, key: str, secret: str, method: str, body: bytes, stamp: str) -> str:
    """Return the signature of reference §1.2."""
    text = secret.encode() + f"app_key{key}method{method}param_json".encode() + body
    text += f"timestamp{stamp}v2{secret}".encode()
    if way == "md5":
        return hashlib.md5(text, usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class DouyinDesk:
    """One platform on an engine of its own."""

    def __init__(self, settings: DouyinSettings | None = None, **config: Any) -> None:
        self.clock = ManualClock(START)
        more = () if settings is None else (settings,)
        self.engine = Engine(SandboxConfig(**{"size": 60, "more": more, **config}), self.clock)
        self.engine.merchant.stock(make_articles(self.engine.dice("articles"), self.engine.config.size))
        self.platform = DouyinPlatform(self.engine)
        self.shop, self.front = self.platform.shops[0], self.platform.fronts[0]
        self.buyers = Buyers([self.front], self.engine.time, self.engine.dice("buyers"), self.engine.merchant)
        self.identity = self.platform.identities()[0]
        self._token = ""

    def send(self, method: str, body: bytes, /, **change: str) -> Reply | None:
        """Send one signed request, changed as `request` says."""
        return self.platform.answer(self.request(method, body, **change))

    def request(self, method: str, body: bytes, /, **change: str) -> Request:
        """Return a signed request; `change` replaces query parameters after signing, "" leaves one out.

        `verb`, `path`, `address` and `way` (of signing) can be changed, too.
        """
        way = change.pop("way", "hmac-sha256")
        verb, address = change.pop("verb", "POST"), change.pop("address", "127.0.0.1")
        path = change.pop("path", "/" + method.replace(".", "/"))
        stamp = change.pop("stamp", str(int(self.engine.time.now())))
        key, secret = self.identity["app_id"], self.identity["app_secret"]
        query = {
            "app_key": key,
            "method": method,
            "timestamp": stamp,
            "v": "2",
            "sign": signed(way, key, secret, method, body, stamp),
            "sign_method": way,
        }
        if not method.startswith("token."):
            query["access_token"] = change.pop("token", "") or self.token()
        query = {name: value for name, value in (query | change).items() if value}
        return Request(verb, path, urlencode(query).encode(), body, address, "sandbox")

    def call(self, method: str, params: dict[str, Any] | None = None, /, **change: str) -> Any:
        """Return the answer's JSON, None when there was none."""
        reply = self.send(method, compact(params or {}), **change)
        return None if reply is None else json.loads(reply.body)

    def data(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Return the data of a call that succeeds."""
        answer = self.call(method, params)
        assert (answer["code"], answer["sub_code"]) == (10000, ""), answer
        return answer.get("data")

    def code(self, method: str, params: dict[str, Any] | None = None, /, **change: str) -> str:
        """Return how a call ended: main code and what stands after the colon, e.g. `40004:2010021`."""
        answer = self.call(method, params, **change)
        number = str(answer["sub_code"]).partition(":")[2]
        return f"{answer['code']}:{number}" if number else str(answer["code"])

    def token(self) -> str:
        """Return an access token, asked for once."""
        self._token = self._token or self.create()["access_token"]
        return self._token

    def create(self, **more: Any) -> Any:
        """Ask for a pair of tokens."""
        params = {"grant_type": "authorization_self", "code": "", "shop_id": self.identity["account_id"]}
        return self.data("token.create", {**params, **more})

    def advance(self, seconds: float) -> None:
        """Move time; everything that falls due happens."""
        self.engine.time.advance(seconds)

    def plan(self, plan: FaultPlan) -> None:
        """Put a fault plan in force; the token is there already."""
        self.token()
        self.engine.plan_faults(plan)

    def product(self, states: tuple[int, int, int] = ON_SALE, **marks: Any) -> Product:
        """Return the first product in these states with these marks; unmarked ones have no event, prize or lock."""
        wanted = {"activity": "", "seckill": "", "prize": False, "locks": (), "presell_type": 0, **marks}
        return next(
            product
            for product in self.shop.stores.products.values()
            if (product.status, product.check_status, product.draft_status) == states
            and all(getattr(product, name) == value for name, value in wanted.items())
            and not any(sku.reserved or sku.kind for sku in product.skus if not product.locks)
        )

    def held(self, what: str) -> Product:
        """Return the first product in an `activity` or `seckill`."""
        return next(p for p in self.shop.stores.products.values() if getattr(p, what))

    def buy(self, product: Product, units: int = 1) -> Order:
        """Let a buyer order of the first SKU."""
        placed = self.front.place(product.product_id, product.skus[0].sku_id, units)
        assert placed.refusal == ""
        return self.shop.stores.orders[placed.order_id]

    def case(self, order: Order) -> Case:
        """Let the buyer of a paid order open a case."""
        case = self.front.open_case(order)
        assert case is not None
        return case

    def effects(self, kind: str = "") -> list[Any]:
        """Return the ledger's effects whose kind begins like this."""
        return [effect for effect in self.engine.ledger.entries() if effect.kind.startswith(kind)]

    def operate(self, product: Product, act: str, **body: Any) -> dict[str, Any]:
        """Do an act of another operator."""
        return self.platform.operate(product.product_id, act, body)
