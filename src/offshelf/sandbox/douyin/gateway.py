"""The gateway: every call goes through verb, public parameters, signature, token, permission, quota and fault."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from hmac import compare_digest
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from offshelf.kit.instants import SHANGHAI
from offshelf.sandbox.douyin.calls import Call, Method
from offshelf.sandbox.douyin.envelope import (
    BAD_ADDRESS,
    BUSY,
    GATEWAY_ILLEGAL,
    GATEWAY_MISSING,
    LIMITED,
    NO_PERMISSION,
    PART_FAILED,
    SUCCESS,
    Envelope,
    PartFailedError,
    Refusal,
    RefusalError,
)
from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.douyin.signature import UnsortedError, compact, read_sorted, sign
from offshelf.sandbox.douyin.tokens import TokenOffice
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.faults import BEFORE_EFFECT, STATUS_ONLY, WRITES_ONLY, FaultRule
from offshelf.sandbox.ledger import Cause
from offshelf.sandbox.wire import EMPTY_200, HTML_ERROR, HTTP_500, Reply, Request, with_unknown

TOKEN_PATHS = frozenset({"/token/create", "/token/refresh"})
MOST_SKEW = 600
LARGEST_BODY = 1 << 20
_TEXT_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
BAD_SIGNATURE = Refusal(GATEWAY_ILLEGAL, "isv.signature-invalid", "签名校验失败")
BAD_FORMAT = Refusal(GATEWAY_ILLEGAL, "isv.parameter-format-invalid", "param_json格式错误")
BAD_APP = Refusal(GATEWAY_ILLEGAL, "isv.app-id-invalid", "app_key不存在")
SKEWED = Refusal(GATEWAY_ILLEGAL, "isv.timestamp-invalid", "时间戳与服务器时间相差超过10分钟")
NO_TIME = Refusal(GATEWAY_ILLEGAL, "isv.timestamp-format-error", "时间戳格式错误")
DENIED = Refusal(NO_PERMISSION, "isv.app-permissions-insufficient", "应用未获得该接口权限")
TOO_FAST = Refusal(LIMITED, "isv.traffic-limited", "请求过于频繁")
TOO_BUSY = Refusal(BUSY, "dop.service-error", "服务不可用，请稍后再试")
STRANGER = Refusal(BAD_ADDRESS, "isv.invalid_ip", "调用方IP不在白名单")
# What is said of a public parameter that is missing; every other one is a plain missing parameter.
MISSING_SUB_CODES = {"app_key": "isv.app-id-missing", "sign": "isv.signature-missing"}
REQUIRED = ("app_key", "method", "timestamp", "v", "sign")


class Signed(NamedTuple):
    """A call whose signature is right."""

    shop: Shop  # whose app signed it
    method: str
    body: dict[str, Any]
    token: str


class Gateway:
    """Answers requests; None means that no answer leaves the house."""

    def __init__(
        self,
        engine: Engine,
        settings: DouyinSettings,
        shops: list[Shop],
        office: TokenOffice,
        methods: dict[str, Method],
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._apps = {shop.identity.app_key: shop for shop in shops}
        self._office = office
        self._methods = {"/" + name.replace(".", "/"): method for name, method in methods.items()}
        self._envelope = Envelope(engine.config.seed, engine.dice("douyin:trace"))
        self._networks = [ipaddress.ip_network(entry, strict=False) for entry in engine.config.ip_allow]
        ordinary = BEFORE_EFFECT | {"drop_answer"}
        self._possible = {
            path: ordinary
            | (WRITES_ONLY if method.writes else frozenset())
            | (STATUS_ONLY if method.tells else frozenset())
            for path, method in self._methods.items()
        } | dict.fromkeys(TOKEN_PATHS, ordinary)

    def serves(self, path: str) -> bool:
        """Tell whether a method lives at this path."""
        return path in self._possible

    def answer(self, request: Request) -> Reply | None:
        """Answer one request."""
        self._engine.time.settle()
        path, now = request.path, self._engine.time.now()
        call_id = self._engine.calls.number()
        log_id = self._envelope.log_id(now)
        possible = self._possible.get(path)
        fault = self._engine.faults.draw(path, possible) if possible is not None else None
        if fault is not None and fault.kind in BEFORE_EFFECT:
            outcome, reply = self._instead(fault, path, log_id)
        else:
            outcome, reply = self._attempt(request, Cause("api", call_id, log_id), fault)
        self._engine.calls.record(call_id, now, path, outcome, log_id)
        return reply

    def _instead(self, fault: FaultRule, path: str, log_id: str) -> tuple[str, Reply | None]:
        if fault.kind in {"throttle", "system_busy"}:
            refusal = self._throttled(path) if fault.kind == "throttle" else self._busy(path)
            return refusal.sub_code, self._envelope.refused(path, refusal, log_id)
        return fault.kind, {"html_error": HTML_ERROR, "empty_200": EMPTY_200}.get(fault.kind)

    def _throttled(self, path: str) -> Refusal:
        """Return the throttle of the service behind the method, or the gateway's own (both forms of §16.9)."""
        method = self._methods.get(path)
        return (method.limited if method is not None else None) or TOO_FAST

    def _busy(self, path: str) -> Refusal:
        method = self._methods.get(path)
        return (method.busy if method is not None else None) or TOO_BUSY

    def _attempt(self, request: Request, cause: Cause, fault: FaultRule | None) -> tuple[str, Reply | None]:
        path = request.path
        try:
            signed = self._check(request)
            if path in TOKEN_PATHS:
                data = self._give_token(path, signed)
                kind = "" if fault is None else fault.kind  # only drop_answer is possible here
                return kind or str(SUCCESS), None if kind else self._envelope.ok(path, data, cause.trace)
            return self._do_business(path, signed, cause, fault)
        except RefusalError as refused:
            refusal = refused.refusal
            return refusal.sub_code, self._envelope.refused(path, refusal, cause.trace)

    def _give_token(self, path: str, signed: Signed) -> dict[str, Any]:
        give = self._office.create if path == "/token/create" else self._office.refresh
        return give(signed.shop.identity.app_key, signed.body)

    def _do_business(
        self, path: str, signed: Signed, cause: Cause, fault: FaultRule | None
    ) -> tuple[str, Reply | None]:
        method = self._methods[path]
        call = self._admit(path, signed, cause)
        kind = "" if fault is None else fault.kind
        if fault is not None and kind == "late_apply":
            self._engine.time.after(fault.seconds, lambda: _apply_late(method, call))
            return kind, None
        if kind == "accept_and_ignore":
            return kind, self._envelope.ok(path, {}, cause.trace)
        try:
            data, whole = method.run(call), True
        except PartFailedError as part:
            data, whole = part.data, False
        if kind == "drop_answer":
            return kind, None
        if kind == "error_after_effect":
            return kind, HTTP_500
        if kind == "unknown_enum":
            data = with_unknown(data, method.tells)
        answer = self._envelope.ok if whole else self._envelope.part_failed
        return kind or str(SUCCESS if whole else PART_FAILED), answer(path, data, cause.trace)

    def _admit(self, path: str, signed: Signed, cause: Cause) -> Call:
        app_key = signed.shop.identity.app_key
        shop = self._office.judge(app_key, signed.token)
        if signed.method in self._settings.denied:
            raise DENIED.error()
        account = f"{app_key}:{shop.identity.shop_id}"
        limit = self._engine.quotas.admit(account, path, self._engine.time.now())
        if limit is not None:
            # What nobody declared is a limit of the service behind the gateway.
            raise (self._throttled(path) if limit.hidden else TOO_FAST).error()
        return Call(shop, signed.method, signed.body, cause)

    def _check(self, request: Request) -> Signed:
        """Check verb, address, public parameters, body and signature; the token comes later."""
        self._check_address(request.address)
        if request.method != "POST":
            raise _illegal("请使用POST方法请求")
        query = _query(request.query)
        for name in REQUIRED:
            if not query.get(name):
                raise _lacking(name)
        shop = self._apps.get(query["app_key"])
        if shop is None:
            raise BAD_APP.error()
        if not self.serves(request.path) or "/" + query["method"].replace(".", "/") != request.path:
            raise _illegal("method与请求路径不匹配")
        if query["v"] != "2":
            raise _illegal("v参数错误")
        self._check_time(query["timestamp"])
        way = query.get("sign_method") or "md5"
        if way not in {"md5", "hmac-sha256"}:
            raise _illegal("sign_method参数错误")
        body = _document(request.body)
        secret = shop.identity.app_secret
        right = sign(query["app_key"], secret, query["method"], request.body, query["timestamp"], way)
        if not compare_digest(right.encode(), query["sign"].encode()):
            raise BAD_SIGNATURE.error()
        return Signed(shop, query["method"], body, query.get("access_token", ""))

    def _check_address(self, address: str) -> None:
        if not self._networks:
            return
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            raise STRANGER.error() from None
        if not any(known in network for network in self._networks):
            raise STRANGER.error()

    def _check_time(self, stamp: str) -> None:
        if stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12:
            told = float(stamp)
        elif _TEXT_TIME.fullmatch(stamp):
            try:
                told = datetime.fromisoformat(stamp).replace(tzinfo=SHANGHAI).timestamp()
            except ValueError:
                raise NO_TIME.error() from None
        else:
            raise NO_TIME.error()
        if abs(told - self._engine.time.now()) > MOST_SKEW:
            raise SKEWED.error()


def _apply_late(method: Method, call: Call) -> None:
    try:
        method.run(call)
    except (RefusalError, PartFailedError):
        return  # nobody is there to be told


def _query(query: bytes) -> dict[str, str]:
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        raise _lacking("param_json")
    if len(body) > LARGEST_BODY:
        raise BAD_FORMAT.error()
    try:
        document = read_sorted(body)
    except UnsortedError:
        raise BAD_SIGNATURE.error() from None
    except (ValueError, RecursionError):
        raise BAD_FORMAT.error() from None
    if not isinstance(document, dict):
        raise BAD_FORMAT.error()
    if not compact(body):
        raise BAD_SIGNATURE.error()
    return document


def _illegal(said: str) -> RefusalError:
    return Refusal(GATEWAY_ILLEGAL, "isv.parameter-invalid", said).error()


def _lacking(name: str) -> RefusalError:
    sub_code = MISSING_SUB_CODES.get(name, "isv.parameter-missing")
    return Refusal(GATEWAY_MISSING, sub_code, f"缺少参数{name}").error()
