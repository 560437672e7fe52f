"""One call over the wire, and what can be said of an answer whatever the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.http import Answer, NoAnswerError, NotSentError
from offshelf.kit.redact import MASK, scrub_text
from offshelf.platforms.calling.reading import storable
from offshelf.platforms.contract import CallResult, Meaning

_NOTE_LENGTH = 200
_CODE_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Reply:
    """A call's result, and the fields of the answer where it was a success."""

    result: CallResult
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """What is called.

    `writes`: the call changes something, so that a broken answer leaves the outcome open. `secrets` never appear in
    notes.
    """

    method: str
    writes: bool = False
    secrets: tuple[str, ...] = ()


Judge = Callable[[Call, Answer, datetime], Reply]


async def exchange(call: Call, sending: Awaitable[Answer], judge: Judge, clock: Clock) -> Reply:
    """Wait for the answer and judge it; trouble of the way there and back is a result too."""
    try:
        answer = await sending
    except NotSentError as error:
        return failed(call, Meaning.NOT_SENT, note=str(error))
    except NoAnswerError as error:
        return failed(call, Meaning.UNKNOWN, note=str(error))
    return judge(call, answer, clock.now())


def json_object(answer: Answer) -> dict[str, Any] | None:
    """Return the body as an object, None for anything else."""
    return answer.json_object()


def broken(call: Call, answer: Answer, now: datetime, short_seconds: float) -> Reply:
    """The platform fell over: after a write it may have taken effect before."""
    code = f"http{answer.status}"
    if call.writes:
        return failed(call, Meaning.UNKNOWN, code, "server error after a write")
    again = now + timedelta(seconds=short_seconds)
    return failed(call, Meaning.NOT_NOW, code, "server error", retry_at=again)


def shapeless(call: Call, answer: Answer, now: datetime, short_seconds: float) -> Reply:
    """No answer of the API: a page, nothing, a list, a fragment. Its body is not kept."""
    if answer.status == 403:
        return failed(call, Meaning.ASK_PERSON, "http403", "refused by the gateway")
    if answer.status == 429:
        again = now + timedelta(seconds=short_seconds)
        return failed(call, Meaning.NOT_NOW, "http429", "refused by the gateway", retry_at=again)
    what = "empty" if not answer.body.strip() else (answer.content_type.partition(";")[0] or "no type")
    code = "" if answer.status == 200 else f"http{answer.status}"
    return failed(call, Meaning.UNKNOWN, code, f"not an answer of the API ({what})")


def clean(call: Call, text: str) -> str:
    """Return a text without the secrets of the call, scrubbed and short."""
    for secret in call.secrets:
        if secret:
            text = text.replace(secret, MASK)
    return storable(scrub_text(text))[:_NOTE_LENGTH]


def failed(
    call: Call,
    meaning: Meaning,
    code: str = "",
    note: str = "",
    trace: str = "",
    retry_at: datetime | None = None,
) -> Reply:
    """Return the reply of a call that did not succeed."""
    code, trace = code[:_CODE_LENGTH], storable(trace)[:_CODE_LENGTH]
    return Reply(CallResult(meaning, call.method, code, clean(call, note), trace, retry_at))
