"""A scripted Douyin at the wire, hand-written after the samples of the reference, and a connector that calls it.

It verifies every signature by a few lines of its own, so no test passes with a wrong one.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from offshelf.kit.clock import ManualClock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.platforms import douyin
from offshelf.platforms.contract import Connector
from offshelf.vocabulary.shops import Platform, Shop
from support.vault import MemoryTokens, MemoryVault

START = datetime(2026, 3, 11, 2, 15, 20, tzinfo=UTC)  # 10:15:20 in Shanghai
APP_KEY = "1111111111111111111"
SECRET = "canary-secret-71c0ffee"
ACCOUNT = "12345"
LOG_ID = "20260311101502010204050607080A1B2C"
CREATE, REFRESH = "token.create", "token.refresh"
CUT = object()  # the answer is announced and does not come whole

Answer = Any  # dict: JSON; bytes: body; (status, body); CUT; or a function of the request's body giving one of them


def ok(data: Any = None, **more: Any) -> dict[str, Any]:
    envelope = {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "log_id": LOG_ID}
    return {**envelope, "data": {} if data is None else data, **more}


def refusal(code: Any, sub: str = "", said: str = "不行") -> dict[str, Any]:
    return {
        "code": code,
        "msg": "失败",
        "sub_code": sub,
        "sub_msg": said,
        "data": {},
        "err_no": code,
        "log_id": LOG_ID,
    }


def business(number: Any, said: str = "不行") -> dict[str, Any]:
    return refusal(50002, f"isv.business-failed:{number}", said)


def parameter(number: Any, said: str = "不行") -> dict[str, Any]:
    return refusal(40004, f"isv.parameter-invalid:{number}", said)


EXPIRED = refusal(40003, "isv.access-token-expired", "access_token已过期")
THROTTLED = refusal(60000, "isv.traffic-limited", "请求过于频繁")
THROTTLED_PRODUCT = business(2010401, "2010401:请求被限流")


def well_signed(query: dict[str, str], body: bytes) -> bool:
    middle = f"app_key{query['app_key']}method{query['method']}param_json{body.decode()}"
    text = f"{SECRET}{middle}timestamp{query['timestamp']}v{query['v']}{SECRET}".encode()
    wanted = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    return query["sign_method"] == "hmac-sha256" and query["sign"] == wanted


class Wire:
    """Answers by method; the last answer of a method stays. Every call is kept in `calls` as (method, query, body)."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.tokens_given = 0
        self._script: dict[str, list[Answer]] = {CREATE: [self._next_token], REFRESH: [self._next_token]}

    def script(self, method: str, *answers: Answer) -> None:
        self._script[method] = list(answers)

    def bodies(self, method: str) -> list[Any]:
        return [body for called, _, body in self.calls if called == method]

    def methods(self) -> list[str]:
        return [called for called, _, _ in self.calls if not called.startswith("token.")]

    def _next_token(self, _body: Any) -> dict[str, Any]:
        self.tokens_given += 1
        return given(f"canary-token-{self.tokens_given}", refresh=f"canary-refresh-{self.tokens_given}")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = (await receive()).get("body", b"")
        await self._clock.sleep(0)  # the way there and back lets others run
        query = dict(parse_qsl(scope["query_string"].decode()))
        method = query.get("method", scope["path"])
        self.calls.append((method, query, json.loads(raw) if raw else None))
        await self._answer(send, self._said(scope, method, query, raw))

    def _said(self, scope: Any, method: str, query: dict[str, str], raw: bytes) -> Answer:
        if "method" in query:
            if scope["path"] != "/" + method.replace(".", "/") or scope["method"] != "POST":
                return 404, b"<html>no such path</html>"
            if not well_signed(query, raw):
                return refusal(40003, "isv.signature-invalid", "签名错误")
        answers = self._script[method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(json.loads(raw) if raw else None) if callable(answer) else answer

    async def _answer(self, send: Any, answer: Answer) -> None:
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        cut = content is CUT
        data = b"{" if cut else content if isinstance(content, bytes) else json.dumps(content).encode()
        kind = b"application/json" if data[:1] in b"{[" else b"text/html"
        headers = [(b"content-type", kind), (b"content-length", b"99" if cut else str(len(data)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})


def given(value: str, seconds: Any = 604800, refresh: str = "canary-refresh") -> dict[str, Any]:
    data = {"access_token": value, "expires_in": seconds, "refresh_token": refresh, "shop_id": ACCOUNT}
    return ok(data | {"scope": "SCOPE", "shop_name": "示例店铺"})


class Bench:
    """One shop on a scripted platform, time in hand."""

    def __init__(self, *, probe: str = "none", account_id: str = ACCOUNT, **more: Any) -> None:
        self.clock = ManualClock(START)
        self.wire = Wire(self.clock)
        self.tokens = MemoryTokens(self.clock)
        self.pacer = Pacer(self.clock)
        self.http = HttpClient(app=self.wire)
        base = "http://gateway/"
        self.shop = Shop("tea", Platform.DOUYIN, "凉亭山茶业", APP_KEY, base, probe, account_id)
        self.connector = self.connect(self.tokens, **more)

    def connect(self, tokens: MemoryTokens, **more: Any) -> Connector:
        vault = MemoryVault(self.clock, secret=SECRET).put("shop", tokens)
        return douyin.connect(
            self.shop, vault=vault, http=self.http, clock=self.clock, pacer=self.pacer, **more
        )

    def run(self, story: Callable[[Connector], Coroutine[Any, Any, Any]]) -> Any:
        async def whole() -> Any:
            async with self.http:
                return await story(self.connector)

        return asyncio.run(whole())
