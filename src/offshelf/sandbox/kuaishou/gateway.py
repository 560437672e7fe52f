"""The gateway: verb, form, public parameters, signature, token, scope, quota, business parameters, in this order.

The order and the codes of a wrong verb, form or path (400, 13) are inferred; the rest is reference §1.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.faults import BEFORE_EFFECT, STATUS_ONLY, WRITES_ONLY, FaultRule
from offshelf.sandbox.kuaishou.calls import Call, Endpoint
from offshelf.sandbox.kuaishou.envelope import (
    BAD_REQUEST,
    BAD_SIGN,
    DAY_QUOTA,
    EMPTY,
    ILLEGAL,
    NO_SCOPE,
    RATE,
    SERVER,
    UNAUTHORISED,
    Envelope,
    RefusalError,
)
from offshelf.sandbox.kuaishou.grants import ERRORS, INVALID_REQUEST, SERVER_ERROR, DeniedError, GrantOffice
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.sandbox.kuaishou.shop import Shop
from offshelf.sandbox.kuaishou.signature import HMAC_SHA256, MD5, sign
from offshelf.sandbox.kuaishou.state import Identity
from offshelf.sandbox.ledger import Cause
from offshelf.sandbox.wire import (
    EMPTY_200,
    HTML_ERROR,
    HTTP_500,
    JSON,
    Reply,
    Request,
    with_unknown,
    write,
)

AUTHORIZE, TOKEN, REFRESH = "/oauth/authorize", "/oauth2/access_token", "/oauth2/refresh_token"
ADMIN = {AUTHORIZE: "GET", TOKEN: "GET", REFRESH: "POST"}
PUBLIC = ("appkey", "method", "version", "param", "access_token", "timestamp", "signMethod", "sign")
FORM = "application/x-www-form-urlencoded"
LARGEST_BODY = 1 << 20
_STATUS = frozenset(
    {"shelfStatus", "onOfflineStatus", "itemStatus", "auditStatus", "status", "planStatus", "itemAuditStatus"}
)


class Gateway:
    """Answers requests; None means that no answer leaves the house."""

    def __init__(
        self,
        engine: Engine,
        settings: KuaishouSettings,
        shops: list[Shop],
        office: GrantOffice,
        endpoints: dict[str, Endpoint],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._shops = shops
        self._office = office
        self._endpoints = {f"/{method.replace('.', '/')}": endpoint for method, endpoint in endpoints.items()}
        self._methods = {f"/{method.replace('.', '/')}": method for method in endpoints}
        self._envelope = Envelope(engine.config.seed, engine.dice("kuaishou:trace"))
        ordinary = BEFORE_EFFECT | {"drop_answer"}
        self._possible = {
            path: ordinary
            | (WRITES_ONLY if endpoint.writes else frozenset())
            | (STATUS_ONLY if endpoint.tells_status else frozenset())
            for path, endpoint in self._endpoints.items()
        } | dict.fromkeys((TOKEN, REFRESH), ordinary)

    def answer(self, request: Request) -> Reply | None:
        """Answer one request."""
        self._engine.time.settle()
        path, now = request.path, self._engine.time.now()
        call_id = self._engine.calls.number()
        trace = self._envelope.request_id()
        possible = self._possible.get(path)
        fault = self._engine.faults.draw(path, possible) if possible is not None else None
        if fault is not None and fault.kind in BEFORE_EFFECT:
            outcome, reply = self._instead(path, fault, trace)
        elif path in ADMIN:
            outcome, reply = self._administer(request, fault)
        else:
            outcome, reply = self._attempt(request, Cause("api", call_id, trace), fault)
        self._engine.calls.record(call_id, now, path, outcome, trace)
        return reply

    def _instead(self, path: str, fault: FaultRule, trace: str) -> tuple[str, Reply | None]:
        if fault.kind in {"throttle", "system_busy"}:
            if path in ADMIN:
                return str(SERVER_ERROR), _denied(DeniedError(SERVER_ERROR, "server_error"))
            refusal = self._throttled(path) if fault.kind == "throttle" else RefusalError(SERVER)
            return str(refusal.code), self._envelope.refused(path, refusal, trace)
        replies = {"html_error": HTML_ERROR, "empty_200": EMPTY_200}
        return fault.kind, replies.get(fault.kind)

    def _throttled(self, path: str) -> RefusalError:
        endpoint = self._endpoints[path]
        if endpoint.busy == RATE:
            return RefusalError(RATE, f"Exceed qps limit, KEY [apiId:{path};appkey:*], MAX_QPS [50]")
        return RefusalError(endpoint.busy)

    def _administer(self, request: Request, fault: FaultRule | None) -> tuple[str, Reply | None]:
        try:
            reply = self._grant(request)
        except DeniedError as denial:
            return str(denial.code), _denied(denial)
        except RefusalError as refusal:
            return str(INVALID_REQUEST), _denied(DeniedError(INVALID_REQUEST, refusal.said))
        if fault is not None:  # only drop_answer is possible here
            return fault.kind, None
        return str(reply.status) if request.path == AUTHORIZE else "1", reply

    def _grant(self, request: Request) -> Reply:
        if request.method != ADMIN[request.path]:
            raise DeniedError(INVALID_REQUEST, "method not allowed")
        given = _pairs(request.query)
        if request.path == AUTHORIZE:
            location = self._office.authorize(given)
            return Reply(302, JSON, b"", ((b"location", location.encode()),))
        if request.path == TOKEN:
            return write({"result": 1, **self._office.exchange(given)})
        return write({"result": 1, **self._office.refresh(given | _pairs(request.body))})

    def _attempt(self, request: Request, cause: Cause, fault: FaultRule | None) -> tuple[str, Reply | None]:
        try:
            return self._do_business(request, cause, fault)
        except RefusalError as refusal:
            return str(refusal.code), self._envelope.refused(request.path, refusal, cause.trace)

    def _do_business(
        self, request: Request, cause: Cause, fault: FaultRule | None
    ) -> tuple[str, Reply | None]:
        path = request.path
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            raise RefusalError(BAD_REQUEST, "接口不存在")
        call = self._admit(request, endpoint, cause)
        kind = "" if fault is None else fault.kind
        if fault is not None and kind == "late_apply":
            self._engine.time.after(fault.seconds, lambda: _apply_late(endpoint, call))
            return kind, None
        if kind == "accept_and_ignore":
            return kind, self._envelope.ok(path, {}, cause.trace)
        payload = endpoint.run(call)
        if kind == "drop_answer":
            return kind, None
        if kind == "error_after_effect":
            return kind, HTTP_500
        if kind == "unknown_enum":
            payload = with_unknown(payload, _STATUS)
        return kind or "1", self._envelope.ok(path, payload, cause.trace)

    def _admit(self, request: Request, endpoint: Endpoint, cause: Cause) -> Call:
        given = _public(request, endpoint.verb)
        app = self._checked(request.path, given)
        known = self._office.judge(given["access_token"], app.app_key)
        if endpoint.scopes and not endpoint.scopes & known.scopes:
            raise RefusalError(NO_SCOPE)
        shop = self._shops[known.shop]
        self._check_quota(app, shop, request.path)
        return Call(shop, _document(given["param"]), cause)

    def _checked(self, path: str, given: dict[str, str]) -> Identity:
        for name in PUBLIC:
            if not given.get(name):
                raise RefusalError(EMPTY, f"{name}不能为空")
        stamp = given["timestamp"]
        if given["version"] != "1" or given["signMethod"] not in {MD5, HMAC_SHA256}:
            raise RefusalError(ILLEGAL)
        if len(stamp) != 13 or not stamp.isascii() or not stamp.isdecimal():
            raise RefusalError(ILLEGAL, "timestamp参数非法")
        if given["method"] != self._methods[path]:
            raise RefusalError(ILLEGAL, "method与请求路径不一致")
        app = self._office.app(given["appkey"])
        if app is None:
            raise RefusalError(UNAUTHORISED, "appkey不存在")
        if given["sign"] != sign(given, app.sign_secret):
            raise RefusalError(BAD_SIGN)
        skew = self._settings.clock_skew_seconds
        if skew is not None and abs(int(stamp) / 1000 - self._engine.time.now()) > skew:
            raise RefusalError(ILLEGAL, "timestamp已过期")
        return app

    def _check_quota(self, app: Identity, shop: Shop, path: str) -> None:
        account = f"{app.app_key}:{shop.identity.seller_id}"
        limit = self._engine.quotas.admit(account, path, self._engine.time.now())
        if limit is None:
            return
        if limit.daily:
            key = f"[apiId:{path};primaryUserId:{shop.identity.seller_id}]"
            raise RefusalError(DAY_QUOTA, f"[1017] exceed quota limit,{key}")
        busy = self._endpoints[path].busy
        words = f"Exceed qps limit, KEY [apiId:{path};appkey:{app.app_key}], MAX_QPS [{limit.calls}]"
        raise RefusalError(busy, words if busy == RATE else "")


def _apply_late(endpoint: Endpoint, call: Call) -> None:
    try:
        endpoint.run(call)
    except RefusalError:
        return  # by now the platform refuses it; nobody is there to be told


def _public(request: Request, verb: str) -> dict[str, str]:
    """Return the public parameters: all in the query of a GET; in the form of a POST, whose `param` must be there."""
    if request.method != verb:
        raise RefusalError(BAD_REQUEST, "请求方式错误")
    query = _pairs(request.query)
    if verb == "GET":
        return query
    if len(request.body) > LARGEST_BODY:
        raise RefusalError(BAD_REQUEST)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise RefusalError(BAD_REQUEST, "Content-Type错误")
    form = _pairs(request.body)
    if "param" in query or query.keys() & form.keys() - {"appkey"}:
        raise RefusalError(ILLEGAL, "参数重复")
    return query | form


def _pairs(text: bytes) -> dict[str, str]:
    """Return URL-encoded pairs; 13 for text that is none, or a name that comes twice."""
    if not text:
        return {}
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise RefusalError(ILLEGAL, "参数编码错误") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise RefusalError(ILLEGAL, "参数重复")
    return dict(pairs)


def _document(param: str) -> dict[str, Any]:
    try:
        document = json.loads(param)
    except (ValueError, RecursionError):
        raise RefusalError(ILLEGAL, "param不是合法的JSON") from None
    if not isinstance(document, dict):
        raise RefusalError(ILLEGAL, "param不是合法的JSON")
    return document


def _denied(denial: DeniedError) -> Reply:
    return write({"result": denial.code, "error": ERRORS[denial.code], "error_msg": denial.detail})
