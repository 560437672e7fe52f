"""How the platform wants to be spoken to: one signed call, and the judging of its envelope (reference §1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from offshelf.kit.clock import Clock
from offshelf.kit.http import Answer, HttpClient
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.exchange import Call, Reply, broken, clean, failed, json_object, shapeless
from offshelf.platforms.calling.reading import mark, text, whole
from offshelf.platforms.calling.verdicts import come_back
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.kuaishou import errors, wire
from offshelf.platforms.kuaishou.manifest import limit, told, verbs
from offshelf.platforms.kuaishou.sign import Algorithm, signed

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_SAID = ("error_msg", "msg", "error_message", "errorMsg", "error_mag", "message", "sub_msg")  # reference §1.4
_TRACES = ("requestId", "request_id")


@dataclass(frozen=True, slots=True)
class Kuaishou:
    """Implements `Dialect` for one app. `urls` has every method's whole address."""

    app_key: str
    sign_secret: Callable[[], Secret]
    clock: Clock
    urls: Mapping[str, str]
    name: str = "kuaishou"
    urgent: frozenset[str] = wire.URGENT

    def limit(self, name: str) -> int:
        """Return a number of the manifest."""
        return limit(name)

    def base(self, method: str) -> str:
        """Return the method without its use."""
        return wire.base(method)

    def send(self, http: HttpClient, method: str, body: dict[str, Any], token: str) -> Awaitable[Answer]:
        """Sign and send one call, each with a timestamp of its own.

        Raises `UsageError('access.no_credential')` when there is no sign secret.
        """
        name = wire.base(method)
        params = signed(
            name,
            wire.param(body),
            app_key=self.app_key,
            token=token,
            sign_secret=self.sign_secret().reveal(),
            timestamp_ms=int(self.clock.now().timestamp() * 1000),
            algorithm=Algorithm(told("sign_method")),
        )
        return self.form(http, name, params)

    def form(self, http: HttpClient, method: str, params: dict[str, str]) -> Awaitable[Answer]:
        """Send parameters by the method's verb: in the query of a GET, as the form of a POST."""
        url = self.urls[method]
        if verbs()[method] == "GET":
            return http.request("GET", url, query=params)
        return http.request("POST", url, body=urlencode(params).encode(), headers=_FORM)

    def judge(self, call: Call, answer: Answer, now: datetime) -> Reply:
        """Judge a whole answer. Pure."""
        return judge(call, answer, now)

    def token_refused(self, result: CallResult) -> bool:
        """Tell whether the token was what was wrong."""
        return result.meaning is Meaning.AUTH and errors.token_refused(result.code, result.note)

    def throttled(self, result: CallResult) -> bool:
        """Tell whether everyone who calls this method has to wait."""
        return errors.throttled(result.code, result.note)


def judge(call: Call, answer: Answer, now: datetime) -> Reply:
    """Judge a whole answer: success is `result == 1`, whatever else the body says. Pure.

    The gateway may give a whole JSON body with another status than 200 (reference §1.4): a refusal in it counts, a
    success does not.
    """
    short = limit("short_backoff_seconds")
    fields = json_object(answer)
    result = None if fields is None else whole(fields.get("result"))
    if fields is None or result is None:
        judging = broken if answer.status >= 500 else shapeless
        return judging(call, answer, now, short)
    note, trace = clean(call, _first(fields, _SAID)), clean(call, _first(fields, _TRACES))
    meaning, wait = errors.verdict(call.method, result, note)
    if meaning is Meaning.OK:
        if not 200 <= answer.status < 300:
            return failed(call, Meaning.UNKNOWN, f"http{answer.status}", "a success mark in a refusal")
        return Reply(CallResult(Meaning.OK, call.method, str(result), trace_id=trace), fields)
    return failed(call, meaning, str(result), note, trace, come_back(wait, now, short))


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((told for name in names if (told := text(fields.get(name)) or _number(fields.get(name)))), "")


def _number(value: object) -> str:
    return "" if isinstance(value, str) else mark(value) or ""
