"""A scripted platform at the wire, hand-written after the samples of the reference, and a connector that calls it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from offshelf.kit.clock import ManualClock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.platforms import registry
from offshelf.platforms.contract import Connector
from offshelf.vocabulary.shops import Platform, Shop
from support.vault import MemoryTokens, MemoryVault

START = datetime(2026, 11, 21, 4, 0, 20, tzinfo=UTC)  # 12:00:20 in Shanghai
APP_ID = "wx5f0a7c19e2b4d863"
SECRET = "canary-secret-71c0ffee"
ASSISTANT_ID = "wx0assistant0000001"
RID = "6a20d8f1-31c07e55-0b9e4d21"
OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
TOKEN_PATH = "/cgi-bin/stable_token"
CUT = object()  # the answer is announced and does not come whole

Answer = Any  # dict: JSON; bytes: body; (status, body); CUT; or a function of the request's body giving one of them


def refusal(code: int | str, said: str = "no") -> dict[str, Any]:
    return {"errcode": code, "errmsg": f"{said} rid: {RID}"}


class Wire:
    """Answers by path; the last answer of a path stays. Every call is kept in `calls` as (path, query, body)."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.tokens_given = 0
        self._script: dict[str, list[Answer]] = {TOKEN_PATH: [self._next_token]}

    def script(self, method: str, *answers: Answer) -> None:
        path = method if method.startswith("/") else f"/channels/ec/{method}"
        self._script[path] = list(answers)

    def bodies(self, method: str) -> list[Any]:
        path = method if method.startswith("/") else f"/channels/ec/{method}"
        return [body for called, _, body in self.calls if called == path]

    def _next_token(self, _body: Any) -> dict[str, Any]:
        self.tokens_given += 1
        return {"access_token": f"canary-token-{self.tokens_given}", "expires_in": 7200}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = (await receive()).get("body", b"")
        await self._clock.sleep(0)  # the way there and back lets others run
        query = dict(parse_qsl(scope["query_string"].decode()))
        body = json.loads(raw) if raw else None
        self.calls.append((scope["path"], query, body))
        answers = self._script[scope["path"]]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(body)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        cut = content is CUT
        data = b"{" if cut else content if isinstance(content, bytes) else json.dumps(content).encode()
        kind = b"application/json" if data[:1] in b"{[" else b"text/html"
        headers = [(b"content-type", kind), (b"content-length", b"99" if cut else str(len(data)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})


class Bench:
    """One shop on a scripted platform, time in hand."""

    def __init__(self, *, http: HttpClient | None = None, **more: Any) -> None:
        self.clock = ManualClock(START)
        self.wire = Wire(self.clock)
        self.tokens = MemoryTokens(self.clock)
        self.assistant_tokens = MemoryTokens(self.clock)
        self.pacer = Pacer(self.clock)
        self.http = http or HttpClient(app=self.wire)
        self.shop = Shop(
            "tea",
            Platform.WECHAT_CHANNELS,
            "凉亭山茶业",
            APP_ID,
            "http://gateway/",
            more.pop("probe", "none"),
        )
        self.secrets: dict[str, Any] = {"secret": SECRET, **more.pop("secrets", {})}
        if more.pop("assistant", False):
            self.secrets |= {"assistant_id": ASSISTANT_ID, "assistant_secret": "assistant-secret"}
        self.connector = self.connect(self.tokens, **more)

    def connect(self, tokens: MemoryTokens, **more: Any) -> Connector:
        vault = MemoryVault(self.clock, **self.secrets)
        vault.put("shop", tokens).put("assistant", self.assistant_tokens)
        return registry.connect(
            self.shop, vault=vault, http=self.http, clock=self.clock, pacer=self.pacer, **more
        )

    def run(self, story: Callable[[Connector], Coroutine[Any, Any, Any]]) -> Any:
        async def whole() -> Any:
            async with self.http:
                return await story(self.connector)

        return asyncio.run(whole())
