"""A sandbox with its clock in hand, called at the wire without a network."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from offshelf.kit.clock import ManualClock
from offshelf.sandbox import SandboxConfig, build_world
from offshelf.sandbox.wechat.state import Product
from offshelf.sandbox.wire import Reply, Request

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Shanghai
PRODUCT = "/channels/ec/product/"


class SandboxDesk:
    """One world; `call` returns the answer's JSON, None when there was none."""

    def __init__(self, **settings: Any) -> None:
        self.clock = ManualClock(START)
        self.world = build_world(SandboxConfig(**{"size": 60, **settings}), self.clock)
        self.shop = self.world.wechat.shops[0]
        self.identity = self.shop.identity
        self._tokens: dict[str, str] = {}

    def raw(self, method: str, path: str, query: str = "", body: bytes = b"", **more: str) -> Reply | None:
        """Send one request as it is."""
        request = Request(method, path, query.encode(), body, more.get("address", "127.0.0.1"), "sandbox", "")
        return self.world.wechat.gateway.answer(request)

    def call(self, path: str, body: dict[str, Any] | None = None, **more: str) -> Any:
        """POST (or `method`) with a token of the shop (or `account`, or `token`)."""
        token = more.pop("token", None) or self.token(more.pop("account", "shop"))
        method = more.pop("method", "POST")
        reply = self.raw(method, path, f"access_token={token}", json.dumps(body or {}).encode(), **more)
        return None if reply is None else json.loads(reply.body)

    def code(self, path: str, body: dict[str, Any] | None = None, **more: str) -> int:
        """Return the error code of a call as a number."""
        return int(self.call(path, body, **more)["errcode"])

    def token(self, account: str = "shop") -> str:
        """Return a token, asked for once."""
        if account not in self._tokens:
            self._tokens[account] = self.stable(account)["access_token"]
        return self._tokens[account]

    def credentials(self, account: str = "shop") -> dict[str, Any]:
        """Return the body of a token request."""
        one = self.identity
        pair = (one.app_id, one.app_secret)
        if account == "assistant":
            pair = (one.assistant_app_id, one.assistant_app_secret)
        return {"grant_type": "client_credential", "appid": pair[0], "secret": pair[1]}

    def stable(self, account: str = "shop", **more: Any) -> Any:
        """Ask for a stable token."""
        body = json.dumps({**self.credentials(account), **more}).encode()
        reply = self.raw("POST", "/cgi-bin/stable_token", body=body)
        assert reply is not None
        return json.loads(reply.body)

    def product(self, status: int = 5, edit_status: int = 4, *, task: bool = False) -> Product:
        """Return the first product in these states, with or without a running limited-time sale."""
        return next(
            product
            for product in self.shop.stores.products.values()
            if (product.status, product.edit_status, product.task_id is not None)
            == (status, edit_status, task)
        )

    def effects(self, kind: str | None = None) -> list[Any]:
        """Return the ledger's effects of one kind."""
        return [
            effect for effect in self.world.ledger.entries() if kind is None or effect.kind.startswith(kind)
        ]
