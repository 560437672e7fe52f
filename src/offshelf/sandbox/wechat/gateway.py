"""The gateway: every call goes through address, verb, token, body, permission, quota and fault, in this order."""

from __future__ import annotations

import ipaddress
import json
from typing import Any
from urllib.parse import parse_qsl

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.faults import BEFORE_EFFECT, STATUS_ONLY, WRITES_ONLY, FaultRule
from offshelf.sandbox.ledger import Cause
from offshelf.sandbox.wechat.calls import Call, Endpoint
from offshelf.sandbox.wechat.envelope import Envelope, RefusalError
from offshelf.sandbox.wechat.quota_calls import QuotaDesk
from offshelf.sandbox.wechat.shop import Shop
from offshelf.sandbox.wechat.tokens import Account, TokenOffice
from offshelf.sandbox.wire import (
    EMPTY_200,
    HTML_ERROR,
    HTTP_403,
    HTTP_500,
    Reply,
    Request,
    with_unknown,
    write,
)

TOKEN, STABLE_TOKEN = "/cgi-bin/token", "/cgi-bin/stable_token"
QUOTA_GET, QUOTA_CLEAR = "/cgi-bin/openapi/quota/get", "/cgi-bin/openapi/quota/clear"
ADMIN = frozenset({TOKEN, STABLE_TOKEN, QUOTA_GET, QUOTA_CLEAR})
LARGEST_BODY = 1 << 20
_STATUS = frozenset({"status"})


class ForbiddenError(Exception):
    """The address is refused with HTTP 403."""


class Gateway:
    """Answers requests; None means that no answer leaves the house."""

    def __init__(
        self, engine: Engine, shops: list[Shop], office: TokenOffice, endpoints: dict[str, Endpoint]
    ) -> None:
        self._engine = engine
        self._shops = shops
        self._office = office
        self._endpoints = endpoints
        self._envelope = Envelope(engine.config.seed, engine.dice("trace"))
        self._quota_desk = QuotaDesk(engine, endpoints)
        self._networks = [ipaddress.ip_network(entry, strict=False) for entry in engine.config.ip_allow]
        ordinary = BEFORE_EFFECT | {"drop_answer"}
        self._possible = {
            path: ordinary
            | (WRITES_ONLY if endpoint.writes else frozenset())
            | (STATUS_ONLY if endpoint.tells_status else frozenset())
            for path, endpoint in endpoints.items()
        } | dict.fromkeys(ADMIN, ordinary)

    def answer(self, request: Request) -> Reply | None:
        """Answer one request."""
        self._engine.time.settle()
        path, now = request.path, self._engine.time.now()
        call_id = self._engine.calls.number()
        trace = self._envelope.rid(now)
        possible = self._possible.get(path)
        fault = self._engine.faults.draw(path, possible) if possible is not None else None
        if fault is not None and fault.kind in BEFORE_EFFECT:
            outcome, reply = self._instead(fault, trace)
        else:
            outcome, reply = self._attempt(request, Cause("api", call_id, trace), fault)
        self._engine.calls.record(call_id, now, path, outcome, trace)
        return reply

    def _instead(self, fault: FaultRule, trace: str) -> tuple[str, Reply | None]:
        if fault.kind in {"throttle", "system_busy"}:
            code = 45011 if fault.kind == "throttle" else -1
            return str(code), self._envelope.refused(RefusalError(code), trace)
        replies = {"html_error": HTML_ERROR, "empty_200": EMPTY_200}
        return fault.kind, replies.get(fault.kind)

    def _attempt(self, request: Request, cause: Cause, fault: FaultRule | None) -> tuple[str, Reply | None]:
        try:
            if request.path in ADMIN:
                fields = self._administer(request)
            else:
                return self._do_business(request, cause, fault)
        except RefusalError as refusal:
            return str(refusal.code), self._envelope.refused(refusal, cause.trace)
        except ForbiddenError:
            return "http403", HTTP_403
        if fault is not None:  # only drop_answer is possible here
            return fault.kind, None
        # A token comes without an envelope.
        return "0", write(fields) if "access_token" in fields else self._envelope.ok(request.path, fields)

    def _administer(self, request: Request) -> dict[str, Any]:
        self._check_address(request.address)
        if request.path == TOKEN:
            _check_verb(request.method, "GET")
            return self._office.plain(dict(parse_qsl(request.query.decode("latin-1"))))
        if request.path == STABLE_TOKEN:
            _check_verb(request.method, "POST")
            return self._office.stable(_document(request.body))
        account = self._office.judge(_token(request.query))
        _check_verb(request.method, "POST")
        body = _document(request.body)
        desk = self._quota_desk
        return desk.get(account, body) if request.path == QUOTA_GET else desk.clear(account, body)

    def _do_business(
        self, request: Request, cause: Cause, fault: FaultRule | None
    ) -> tuple[str, Reply | None]:
        endpoint = self._endpoints.get(request.path)
        if endpoint is None:
            raise RefusalError(40066)
        call = self._admit(request, endpoint, cause)
        kind = "" if fault is None else fault.kind
        if fault is not None and kind == "late_apply":
            self._engine.time.after(fault.seconds, lambda: _apply_late(endpoint, call))
            return kind, None
        if kind == "accept_and_ignore":
            return kind, self._envelope.ok(request.path, {})
        fields = endpoint.run(call)
        if kind == "drop_answer":
            return kind, None
        if kind == "error_after_effect":
            return kind, HTTP_500
        if kind == "unknown_enum":
            fields = with_unknown(fields, _STATUS)
        return kind or "0", self._envelope.ok(request.path, fields)

    def _admit(self, request: Request, endpoint: Endpoint, cause: Cause) -> Call:
        account = self._office.judge(_token(request.query))
        self._check_address(request.address)
        _check_verb(request.method, endpoint.verb)
        body = _document(request.body) if endpoint.verb == "POST" else {}
        if account.kind != endpoint.account:
            raise RefusalError(48001)
        self._check_quota(account, request.path)
        numeric = self._envelope.numeric_ids(request.path)
        shop = self._shops[account.shop]
        return Call(shop, request.path, body, cause, f"http://{request.host}", numeric=numeric)

    def _check_quota(self, account: Account, path: str) -> None:
        limit = self._engine.quotas.admit(account.app_id, path, self._engine.time.now())
        if limit is not None:
            raise RefusalError(45009 if limit.daily else 45011)

    def _check_address(self, address: str) -> None:
        if not self._networks:
            return
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            known = None
        if known is not None and any(known in network for network in self._networks):
            return
        if self._engine.config.ip_refusal == "http403":
            raise ForbiddenError
        raise RefusalError(61004)


def _apply_late(endpoint: Endpoint, call: Call) -> None:
    try:
        endpoint.run(call)
    except RefusalError:
        return  # by now the platform refuses it; nobody is there to be told


def _check_verb(method: str, wanted: str) -> None:
    if method != wanted:
        raise RefusalError(43001 if wanted == "GET" else 43002)


def _token(query: bytes) -> str:
    if query.startswith(b"access_token=") and b"&" not in query and b"%" not in query:
        return query[13:].decode("latin-1")
    return dict(parse_qsl(query.decode("latin-1"))).get("access_token", "")


def _document(body: bytes) -> dict[str, Any]:
    if not body.strip():
        raise RefusalError(44002)
    if len(body) > LARGEST_BODY:
        raise RefusalError(45002, "content size out of limit")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusalError(47001) from None
    if not isinstance(document, dict):
        raise RefusalError(47001)
    return document
