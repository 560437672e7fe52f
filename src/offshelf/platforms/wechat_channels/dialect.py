"""How WeChat wants to be spoken to: the token in the query, JSON in the body, success only with its documented mark."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any

from offshelf.kit.http import Answer, HttpClient
from offshelf.platforms.calling.exchange import Call, Reply, broken, clean, failed, json_object, shapeless
from offshelf.platforms.calling.verdicts import come_back
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.wechat_channels import errors, wire
from offshelf.platforms.wechat_channels.manifest import limit

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TRACE = re.compile(r"\s*rid:\s*([0-9a-fA-F-]{1,64})\s*$")
_HOLDING = frozenset({str(code) for code in errors.THROTTLE_CODES} | {"http429"})
_TOKEN_REFUSED = frozenset(str(code) for code in errors.TOKEN_CODES)


class Wechat:
    """Implements `Dialect`. `urls` has every method's whole address."""

    name = "wechat_channels"
    urgent = wire.URGENT

    def __init__(self, urls: Mapping[str, str]) -> None:
        self.urls = urls

    def limit(self, name: str) -> int:
        """Return a number of the manifest."""
        return limit(name)

    def base(self, method: str) -> str:
        """Return the method without its use."""
        return wire.base_method(method)

    def send(self, http: HttpClient, method: str, body: dict[str, Any], token: str) -> Awaitable[Answer]:
        """Send one call; an empty token is left out (the token call itself)."""
        query = {"access_token": token} if token else None
        return http.post_json(self.urls[self.base(method)], body, query)

    def judge(self, call: Call, answer: Answer, now: datetime) -> Reply:
        """Judge a whole answer."""
        return judge(call, answer, now)

    def token_refused(self, result: CallResult) -> bool:
        """Tell whether the token was what was wrong."""
        return result.code in _TOKEN_REFUSED

    def throttled(self, result: CallResult) -> bool:
        """Tell whether everyone who calls this method has to wait."""
        return result.code in _HOLDING


def judge(call: Call, answer: Answer, now: datetime, mark: str = "") -> Reply:
    """Judge a whole HTTP answer. Pure. `mark` names the success mark of calls that answer without `errcode`."""
    short = limit("short_backoff_seconds")
    fields = json_object(answer)
    code = None if fields is None else code_of(fields)
    if answer.status >= 500:
        return broken(call, answer, now, short)
    if fields is not None and code is None and mark and fields.get(mark):
        code = 0
    if fields is None or code is None:
        return shapeless(call, answer, now, short)
    note, trace = _told(call, fields)
    meaning, wait = errors.verdict(call.method, code)
    if meaning is Meaning.OK:
        if not 200 <= answer.status < 300:
            return failed(call, Meaning.UNKNOWN, f"http{answer.status}", "a success mark in a refusal")
        return Reply(CallResult(Meaning.OK, call.method, "0", trace_id=trace), fields)
    return failed(call, meaning, str(code), note, trace, come_back(wait, now, short))


def code_of(fields: dict[str, Any]) -> int | None:
    """Return `errcode` from its number or text form (reference §1 row 13), None where it is neither."""
    value = fields.get("errcode")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return None


def _told(call: Call, fields: dict[str, Any]) -> tuple[str, str]:
    """Return what the platform said, scrubbed and short, and its trace id (reference §3)."""
    said = fields.get("errmsg")
    if not isinstance(said, str):
        return "", ""
    found = _TRACE.search(said)
    trace = found.group(1) if found else ""
    return clean(call, _TRACE.sub("", said)), trace
