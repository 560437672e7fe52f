"""The control calls under `/_sandbox`: credentials, ledger, clock, buyers, faults, quotas, acts of others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.instants import from_unix, iso
from offshelf.sandbox.faults import FaultPlan
from offshelf.sandbox.ledger import Wanted
from offshelf.sandbox.quotas import QuotaPlan
from offshelf.sandbox.wire import Reply, write
from offshelf.sandbox.world import World

PREFIX = "/_sandbox"
Act = Callable[[dict[str, Any]], dict[str, Any]]


class Control:
    """Answers control calls. Every answer is JSON; trouble is `{"error": code, "params": {...}}` with 400 or 404."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._table: dict[tuple[str, str], Act] = {
            ("GET", ""): lambda _: world.describe(),
            ("GET", "/summary"): lambda _: world.summary(),
            ("GET", "/ledger"): self._ledger,
            ("GET", "/calls"): lambda _: world.calls.report(),
            ("GET", "/clock"): self._clock,
            ("POST", "/clock"): self._advance,
            ("GET", "/buyers"): lambda _: world.buyers.report(),
            ("GET", "/buyers/orders"): self._orders_since,
            ("POST", "/buyers/start"): self._start,
            ("POST", "/buyers/stop"): self._stop,
            ("POST", "/buyers/step"): self._step,
            ("GET", "/faults"): lambda _: world.engine.faults.plan.to_json(),
            ("PUT", "/faults"): self._faults,
            ("GET", "/quotas"): lambda _: {"quotas": world.engine.quotas.plan.text},
            ("PUT", "/quotas"): self._quotas,
            ("POST", "/tokens/expire"): lambda _: {
                "expired": sum(platform.expire_tokens() for platform in world.platforms)
            },
            ("PUT", "/push"): self._push,
        }
        # Callers that know only GET and POST may set things, too.
        self._table |= {("POST", rest): act for (verb, rest), act in self._table.items() if verb == "PUT"}

    def answer(self, method: str, path: str, query: bytes, body: bytes) -> Reply:
        """Answer one call; `path` includes the prefix."""
        self._world.engine.time.settle()
        rest = path.removeprefix(PREFIX).rstrip("/")
        try:
            given = _given(query, body)
            if rest == "/ledger.jsonl" and method == "GET":
                text = self._world.ledger.jsonl(_wanted(given))
                return Reply(200, b"application/x-ndjson; charset=utf-8", text.encode())
            if rest.startswith("/products/"):
                return write(self._product(method, rest, given))
            act = self._table.get((method, rest))
            if act is None:
                return write({"error": "sandbox.no_such_call", "params": {"path": path}}, 404)
            return write(act(given))
        except OffshelfError as error:
            status = 404 if error.code == "sandbox.no_product" else 400
            return write({"error": error.code, "params": error.params}, status)

    def _product(self, method: str, rest: str, given: dict[str, Any]) -> dict[str, Any]:
        product_id, _, act = rest.removeprefix("/products/").partition("/")
        if method == "GET" and not act:
            return self._world.platform_of(product_id).true_state(product_id)
        if method == "POST" and act:
            return self._world.platform_of(product_id).operate(product_id, act, given)
        raise UsageError("sandbox.no_act", act=act)

    def _ledger(self, given: dict[str, Any]) -> dict[str, Any]:
        entries = list(self._world.ledger.entries(_wanted(given)))
        limit = _whole(given, "limit", 10_000)
        return {
            "count": len(entries),
            "last_seq": len(self._world.ledger),
            "effects": [entry._asdict() for entry in entries[:limit]],
        }

    def _clock(self, _: dict[str, Any]) -> dict[str, Any]:
        now = self._world.now()
        waiting = self._world.engine.time.waiting
        return {"now": iso(from_unix(int(now))), "unix": now, "waiting": waiting}

    def _advance(self, given: dict[str, Any]) -> dict[str, Any]:
        self._world.advance(_number(given, "advance_seconds"))
        return self._clock(given)

    def _start(self, given: dict[str, Any]) -> dict[str, Any]:
        self._world.buyers.start(_number(given, "rate"))
        return {"rate": self._world.buyers.rate}

    def _stop(self, _: dict[str, Any]) -> dict[str, Any]:
        self._world.buyers.stop()
        return {"rate": 0.0}

    def _step(self, given: dict[str, Any]) -> dict[str, Any]:
        self._world.buyers.step(_whole(given, "attempts", 1))
        return self._world.buyers.report()

    def _orders_since(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"orders": self._world.buyers.orders_since(_number(given, "since"))}

    def _faults(self, given: dict[str, Any]) -> dict[str, Any]:
        plan = FaultPlan.from_json(given)
        self._world.engine.plan_faults(plan)
        return plan.to_json()

    def _quotas(self, given: dict[str, Any]) -> dict[str, Any]:
        text = given.get("quotas")
        if not isinstance(text, str):
            raise UsageError("sandbox.bad_value", name="quotas")
        self._world.engine.plan_quotas(QuotaPlan.parse(text))
        return {"quotas": text}

    def _push(self, given: dict[str, Any]) -> dict[str, Any]:
        url = given.get("url")
        if url is not None and (not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}):
            raise UsageError("sandbox.bad_value", name="url")
        wanted = str(given.get("app_id", ""))
        for office in self._world.offices:
            if wanted in {"", office.account}:
                office.url = url
        return {"url": url}


def _given(query: bytes, body: bytes) -> dict[str, Any]:
    given: dict[str, Any] = dict(parse_qsl(query.decode("latin-1")))
    if body.strip():
        try:
            document = json.loads(body)
        except ValueError:
            raise UsageError("sandbox.bad_value", name="body") from None
        if not isinstance(document, dict):
            raise UsageError("sandbox.bad_value", name="body")
        given.update(document)
    return given


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(
        kind=given.get("kind"),
        product_id=given.get("product_id"),
        actor=given.get("actor"),
        since_seq=_whole(given, "since_seq", 0),
    )


def _number(given: dict[str, Any], name: str) -> float:
    try:
        number = float(given[name])
    except (KeyError, TypeError, ValueError):
        raise UsageError("sandbox.bad_value", name=name) from None
    if not 0 <= number < 10**12:
        raise UsageError("sandbox.bad_value", name=name)
    return number


def _whole(given: dict[str, Any], name: str, default: int) -> int:
    return int(_number({name: given.get(name, default)}, name))
