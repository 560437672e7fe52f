"""A Kuaishou sandbox called at the wire, with a signer written from the reference, apart from the sandbox's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from offshelf.kit.clock import ManualClock
from offshelf.sandbox.config import SandboxConfig
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou import KuaishouPlatform, KuaishouSettings
from offshelf.sandbox.kuaishou.state import Item
from offshelf.sandbox.wire import Reply, Request

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Shanghai
NOW = int(START.timestamp()) * 1000
DAY = 86_400_000
SIGNED = ("access_token", "appkey", "method", "param", "signMethod", "timestamp", "version")
FORM = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
SHELF, STOCK, GET = "open.item.shelf.status.update", "open.item.sku.stock.update", "open.item.get"


def seal(given: dict[str, str], secret: str) -> str:
    """Sign raw texts as §1.3 says."""
    text = "&".join(f"{name}={given[name]}" for name in SIGNED) + "&signSecret=" + secret
    if given["signMethod"] == "MD5":
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


class Desk:
    """One platform; `call` returns the answer's JSON, None when there was none."""

    def __init__(self, *more: KuaishouSettings, **settings: Any) -> None:
        self.engine = Engine(
            SandboxConfig(**{"size": 60, **settings}, platforms=("kuaishou",), more=more), ManualClock(START)
        )
        self.platform = KuaishouPlatform(self.engine)
        self.shop = self.platform.shops[0]
        self.identity = self.shop.identity
        self.token = ""

    def raw(self, verb: str, path: str, query: str = "", body: str = "", **headers: str) -> Reply | None:
        """Send one request as it is."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(verb, path, query.encode(), body.encode(), "127.0.0.1", "sandbox", "", sent)
        return self.platform.answer(request)

    def signed(self, method: str, body: dict[str, Any], /, **more: str) -> dict[str, str]:
        """Return all public parameters, signed after the changes in `more`."""
        if not self.token and "access_token" not in more:
            self.token = self.grant()["access_token"]
        given = {
            "access_token": self.token,
            "appkey": self.identity.app_key,
            "method": method,
            "param": json.dumps(body, ensure_ascii=False),
            "signMethod": "HMAC_SHA256",
            "timestamp": str(self.now()),
            "version": "1",
            **more,
        }
        return {**given, "sign": seal(given, self.identity.sign_secret)}

    def send(self, verb: str, method: str, given: dict[str, str]) -> Any:
        """Send public parameters the way of the verb: in the query, or as a form."""
        path, text = "/" + method.replace(".", "/"), urlencode(given, quote_via=quote)
        reply = (
            self.raw(verb, path, text) if verb == "GET" else self.raw(verb, path, "", text, **FORM_HEADERS)
        )
        return None if reply is None else json.loads(reply.body)

    def get(self, method: str, body: dict[str, Any] | None = None, /, **more: str) -> Any:
        """Call by GET."""
        return self.send("GET", method, self.signed(method, body or {}, **more))

    def post(self, method: str, body: dict[str, Any] | None = None, /, **more: str) -> Any:
        """Call by POST."""
        return self.send("POST", method, self.signed(method, body or {}, **more))

    def oauth(self, path: str, verb: str = "GET", **given: str) -> Any:
        """Call the authorisation server with the application's credentials."""
        who = {"app_id": self.identity.app_key, "app_secret": self.identity.app_secret}
        reply = self.raw(verb, f"/oauth2/{path}", urlencode({**who, **given}))
        return None if reply is None else json.loads(reply.body)

    def grant(self) -> Any:
        """Redeem the fresh code of the identities."""
        code = self.platform.identities()[0]["grant_code"]
        return self.oauth("access_token", grant_type="code", code=code)

    def refresh(self, token: str) -> Any:
        """Use a refresh token."""
        return self.oauth("refresh_token", "POST", grant_type="refresh_token", refresh_token=token)

    def now(self) -> int:
        """Return the present millisecond of the sandbox."""
        return round(self.engine.time.now() * 1000)

    def item(
        self, *, shelf: int = 1, kind: int = 1, audit: int = 2, reason: str = "", plan: bool = False
    ) -> Item:
        """Return the first living item in these states, with stock and without reserve."""
        return next(
            item
            for item in self.shop.stores.items.values()
            if (item.status, item.shelf, item.kind, item.audit) == (1, shelf, kind, audit)
            and item.off_reason == reason
            and item.skus[0].stock > 2
            and item.skus[0].reserve == 0
            and (not plan or self.shop.plan_of(item.item_id) is not None)
        )

    def shelve(self, item: Item, shelf: int) -> int:
        """Put an item on or off; return the result code."""
        answer = self.post(SHELF, {"kwaiItemId": int(item.item_id), "shelfStatus": shelf})
        return int(answer["result"])

    def effects(self, kind: str = "") -> list[tuple[Any, ...]]:
        """Return (actor, kind, product, SKU, subject, before, after) of the ledger's effects of one kind."""
        return [
            (one.actor, one.kind, one.product_id, one.sku_id, one.subject, one.before, one.after)
            for one in self.engine.ledger.entries()
            if one.kind.startswith(kind)
        ]


FORM_HEADERS = {"content_type": FORM["content-type"]}
