"""One call over the wire, and the judging of what came back. Success is the documented mark, nothing else."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.http import Answer, NoAnswerError, NotSentError
from offshelf.kit.redact import MASK, scrub_text
from offshelf.platforms.contract import CallResult, Meaning
from offshelf.platforms.wechat_channels import errors

_NUMBER = re.compile(r"-?[0-9]{1,18}")
_TRACE = re.compile(r"\s*rid:\s*([0-9a-fA-F-]{1,64})\s*$")
_NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A call's result, and the fields of the answer where it was a success."""

    result: CallResult
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What is called.

    `writes`: the call changes something, so that a broken answer leaves the outcome open. `secrets` never appear in
    notes. `mark` names the field whose presence is the success mark of calls that answer without `errcode`.
    """

    method: str
    writes: bool = False
    secrets: tuple[str, ...] = ()
    mark: str = ""


async def exchange(call: Call, sending: Awaitable[Answer], clock: Clock) -> Reply:
    """Wait for the answer and judge it; trouble of the way there and back is a result too."""
    try:
        answer = await sending
    except NotSentError as error:
        return _failed(call, Meaning.NOT_SENT, note=str(error))
    except NoAnswerError as error:
        return _failed(call, Meaning.UNKNOWN, note=str(error))
    return judge(call, answer, clock.now())


def judge(call: Call, answer: Answer, now: datetime) -> Reply:
    """Judge a whole HTTP answer. Pure."""
    fields = _object(answer)
    code = None if fields is None else code_of(fields)
    if answer.status >= 500:
        return _broken(call, answer, now)
    if fields is not None and code is None and call.mark and fields.get(call.mark):
        code = 0
    if fields is None or code is None:
        return _shapeless(call, answer, now)
    note, trace = _told(call, fields)
    meaning, wait = errors.verdict(call.method, code)
    if meaning is Meaning.OK:
        if not 200 <= answer.status < 300:
            return _failed(call, Meaning.UNKNOWN, f"http{answer.status}", "a success mark in a refusal")
        return Reply(CallResult(Meaning.OK, call.method, "0", trace_id=trace), fields)
    return _failed(call, meaning, str(code), note, trace, errors.come_back(wait, now))


def code_of(fields: dict[str, Any]) -> int | None:
    """Return `errcode` from its number or text form (reference §1 row 13), None where it is neither."""
    value = fields.get("errcode")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return None


def _object(answer: Answer) -> dict[str, Any] | None:
    try:
        return answer.json_object()
    except RecursionError:  # a body of nothing but brackets
        return None


def _broken(call: Call, answer: Answer, now: datetime) -> Reply:
    """The platform fell over: after a write it may have taken effect before (reference §18)."""
    code = f"http{answer.status}"
    if call.writes:
        return _failed(call, Meaning.UNKNOWN, code, "server error after a write")
    return _failed(
        call, Meaning.NOT_NOW, code, "server error", retry_at=errors.come_back(errors.Wait.SHORT, now)
    )


def _shapeless(call: Call, answer: Answer, now: datetime) -> Reply:
    """No answer of the API: a page, nothing, a list, a fragment. Its body is not kept."""
    if answer.status == 403:  # an address that is not allowed may be told so (reference §2, single source)
        return _failed(call, Meaning.ASK_PERSON, "http403", "refused by the gateway")
    if answer.status == 429:
        again = errors.come_back(errors.Wait.SHORT, now)
        return _failed(call, Meaning.NOT_NOW, "http429", "refused by the gateway", retry_at=again)
    what = "empty" if not answer.body.strip() else (answer.content_type.partition(";")[0] or "no type")
    code = "" if answer.status == 200 else f"http{answer.status}"
    return _failed(call, Meaning.UNKNOWN, code, f"not an answer of the API ({what})")


def _told(call: Call, fields: dict[str, Any]) -> tuple[str, str]:
    """Return what the platform said, scrubbed and short, and its trace id (reference §3)."""
    said = fields.get("errmsg")
    if not isinstance(said, str):
        return "", ""
    found = _TRACE.search(said)
    trace = found.group(1) if found else ""
    return _clean(call, _TRACE.sub("", said)), trace


def _clean(call: Call, text: str) -> str:
    for secret in call.secrets:
        if secret:
            text = text.replace(secret, MASK)
    return scrub_text(text)[:_NOTE_LENGTH]


def _failed(
    call: Call,
    meaning: Meaning,
    code: str = "",
    note: str = "",
    trace: str = "",
    retry_at: datetime | None = None,
) -> Reply:
    return Reply(CallResult(meaning, call.method, code, _clean(call, note), trace, retry_at))
