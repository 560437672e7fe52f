"""How Douyin wants to be spoken to: signed query, raw JSON body, success only with `code` 10000 (reference §1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.http import Answer, HttpClient
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.exchange import Call, Reply, broken, clean, failed, json_object, shapeless
from offshelf.platforms.calling.reading import mark, text, whole
from offshelf.platforms.calling.verdicts import come_back
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.douyin import errors, sign, wire
from offshelf.platforms.douyin.manifest import limit, raw_table

_HEADERS = {
    "content-type": "application/json;charset=utf-8",
    "x-open-no-old-err-code": "1",  # what the official SDK sends: the new codes (reference §1.1, single source)
}


class Douyin:
    """Implements `Dialect`. `urls` has every method's whole address; the secret is read anew with every call."""

    name = "douyin"
    urgent = wire.URGENT

    def __init__(
        self, app_key: str, secret: Callable[[], Secret], urls: Mapping[str, str], clock: Clock
    ) -> None:
        self._app_key = app_key
        self._secret = secret
        self._urls = urls
        self._clock = clock
        self._algorithm = raw_table("choices")["sign_method"]

    def limit(self, name: str) -> int:
        """Return a number of the manifest."""
        return limit(name)

    def base(self, method: str) -> str:
        """Return the method without its use."""
        return wire.base_method(method)

    def send(self, http: HttpClient, method: str, body: dict[str, Any], token: str) -> Awaitable[Answer]:
        """Sign and send one call; an empty token is left out (the token calls themselves)."""
        name = self.base(method)
        params = sign.canonical(body)
        now = str(int(self._clock.now().timestamp()))
        signed = sign.request_sign(self._app_key, self._secret().reveal(), name, params, now, self._algorithm)
        query = {
            "app_key": self._app_key,
            "method": name,
            "timestamp": now,
            "v": sign.VERSION,
            "sign_method": self._algorithm,
            "sign": signed,
        }
        if token:
            query["access_token"] = token
        return http.request("POST", self._urls[name], query=query, body=params.encode(), headers=_HEADERS)

    def judge(self, call: Call, answer: Answer, now: datetime) -> Reply:
        """Judge a whole answer."""
        return judge(call, answer, now)

    def token_refused(self, result: CallResult) -> bool:
        """Tell whether the token was what was wrong."""
        return result.code in errors.TOKEN_CODES

    def throttled(self, result: CallResult) -> bool:
        """Tell whether everyone who calls this method has to wait."""
        code = result.code
        return code in (errors.THROTTLED_PRODUCT, "http429") or code.partition(":")[0] == str(
            errors.THROTTLED
        )


def judge(call: Call, answer: Answer, now: datetime) -> Reply:
    """Judge a whole HTTP answer. Pure. The fields of a success are the whole envelope: shapes of `data` differ."""
    short = limit("short_backoff_seconds")
    if answer.status >= 500:
        return broken(call, answer, now, short)
    fields = json_object(answer)
    code = None if fields is None else whole(fields.get("code"))
    if fields is None or code is None:
        return shapeless(call, answer, now, short)
    sub = errors.sub_of(fields.get("sub_code"))
    trace = (mark(fields.get("log_id")) or "")[:64]
    meaning, wait = errors.verdict(call.method, code, sub)
    if meaning is Meaning.OK:
        if not 200 <= answer.status < 300:
            return failed(call, Meaning.UNKNOWN, f"http{answer.status}", "a success mark in a refusal", trace)
        return Reply(CallResult(Meaning.OK, call.method, str(code), trace_id=trace), fields)
    said = clean(call, text(fields.get("sub_msg")) or text(fields.get("msg")))
    return failed(call, meaning, errors.spelled(code, sub), said, trace, come_back(wait, now, short))
