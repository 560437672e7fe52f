"""A scripted Kuaishou at the wire, hand-written after the samples of the reference, and a connector that calls it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from offshelf.kit.clock import ManualClock
from offshelf.kit.http import HttpClient
from offshelf.kit.pacer import Pacer
from offshelf.kit.redact import Secret
from offshelf.platforms import kuaishou
from offshelf.platforms.contract import Connector
from offshelf.vocabulary.shops import Platform, Shop
from support.vault import MemoryTokens, MemoryVault

START = datetime(2026, 11, 21, 4, 0, 20, tzinfo=UTC)  # 12:00:20 in Shanghai
APP_KEY = "ks600000000000000001"
SECRET = "canary-app-secret"
SIGN_SECRET = "demoSignSecret_7c1f"
PUSH_KEY = "AAECAwQFBgcICQoLDA0ODw=="
SELLER = "100200300"
TRACE = "8d1f0c2ab7"
OK: dict[str, Any] = {"result": 1, "error_msg": "success", "requestId": TRACE}
CUT = object()  # the answer is announced and does not come whole
GRANT, REFRESH = "oauth2/access_token", "oauth2/refresh_token"

Answer = Any  # dict: JSON; bytes: body; (status, body); CUT; or a function of the request's body giving one of them


def data(payload: Any) -> dict[str, Any]:
    return {**OK, "data": payload}


def refusal(result: int | str, said: str = "no") -> dict[str, Any]:
    return {"result": result, "error_msg": said, "requestId": TRACE}


class Wire:
    """Answers by method; the last answer of a method stays. Every call is kept in `calls` as (verb, method, public)."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.refreshed = 0
        self._script: dict[str, list[Answer]] = {REFRESH: [self._next_pair]}

    def script(self, method: str, *answers: Answer) -> None:
        self._script[method] = list(answers)

    def script_all(self, answer: Answer) -> None:
        """Answer every method alike."""
        self._script = defaultdict(lambda: [answer])

    def bodies(self, method: str) -> list[Any]:
        """Return the business parameters of every call of a method."""
        return [json.loads(public["param"]) for _, called, public in self.calls if called == method]

    def public(self, method: str) -> list[dict[str, str]]:
        return [public for _, called, public in self.calls if called == method]

    def _next_pair(self, _body: Any) -> dict[str, Any]:
        self.refreshed += 1
        return {
            "result": 1,
            "access_token": f"canary-access-{self.refreshed}",
            "expires_in": 172800,
            "refresh_token": f"canary-refresh-{self.refreshed}",
            "refresh_token_expires_in": 15552000,
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = (await receive()).get("body", b"")
        await self._clock.sleep(0)  # the way there and back lets others run
        sent = raw.decode() if scope["method"] == "POST" else scope["query_string"].decode()
        public = dict(parse_qsl(sent, keep_blank_values=True, strict_parsing=bool(sent)))
        path = scope["path"].lstrip("/")
        method = path if path.startswith(("oauth", "h5")) else path.replace("/", ".")
        self.calls.append((scope["method"], method, public))
        answers = self._script[method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(json.loads(public["param"]) if "param" in public else public)
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        cut = content is CUT
        body = b"{" if cut else content if isinstance(content, bytes) else json.dumps(content).encode()
        kind = b"application/json" if body[:1] in b"{[" else b"text/html"
        headers = [(b"content-type", kind), (b"content-length", b"99" if cut else str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Bench:
    """One shop on a scripted platform, time in hand; its grant was given before, unless `granted` is False."""

    def __init__(self, *, granted: bool = True, **more: Any) -> None:
        self.clock = ManualClock(START)
        self.wire = Wire(self.clock)
        self.tokens = MemoryTokens(self.clock)
        if granted:
            self.grant(self.tokens)
        self.pacer = Pacer(self.clock)
        self.http = HttpClient(app=self.wire)
        self.shop = Shop(
            "basket",
            Platform.KUAISHOU,
            "示例竹编小店",
            APP_KEY,
            more.pop("base_url", "http://gateway/"),
            more.pop("probe", "none"),
            more.pop("account_id", SELLER),
        )
        self.secrets = {"secret": SECRET, "sign_secret": SIGN_SECRET, **more.pop("secrets", {})}
        self.connector = self.connect(self.tokens, **more)

    def grant(self, tokens: MemoryTokens, *, hours: int = 48) -> None:
        tokens.write(
            Secret("canary-access-0"),
            START + timedelta(hours=hours),
            refresh=Secret("canary-refresh-0"),
            refresh_until=START + timedelta(days=100),
        )
        tokens.log.clear()

    def connect(self, tokens: MemoryTokens, **more: Any) -> Connector:
        vault = MemoryVault(self.clock, **self.secrets).put("shop", tokens)
        return kuaishou.connect(
            self.shop, vault=vault, http=self.http, clock=self.clock, pacer=self.pacer, **more
        )

    def run(self, story: Callable[[Connector], Coroutine[Any, Any, Any]]) -> Any:
        """Run a story; the client calls a function, so there is no connection to close."""
        return asyncio.run(story(self.connector))
