"""Calls of one account: token, pace, one exchange, at most one retry with another token, one line of log per trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from offshelf.kit.clock import Clock
from offshelf.kit.http import Answer, HttpClient
from offshelf.kit.log import logger
from offshelf.kit.pacer import Pacer
from offshelf.platforms.calling.exchange import Call, Reply, exchange, failed
from offshelf.platforms.calling.reading import UnreadableError
from offshelf.platforms.calling.tokens import Tokens
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, Seen, TokenState

T = TypeVar("T")
R = TypeVar("R")
_LONG = timedelta(seconds=150)  # a hold longer than this (never one for the next minute) is not waited out
Translate = Callable[[dict[str, Any], datetime], T]  # (fields of the answer, instant of the observation)


class Dialect(Protocol):
    """How a platform wants to be spoken to."""

    @property
    def name(self) -> str:
        """Return the platform's name, for the log."""
        ...

    @property
    def urgent(self) -> frozenset[str]:
        """Return the methods that stop sales: they go first."""
        ...

    def limit(self, name: str) -> int:
        """Return a number of the manifest, among them `read_attempts` (how often a read is tried), `reads_at_once` (how
        many run side by side) and `window_margin_seconds` (how much longer than told everyone waits when throttled).
        """
        ...

    def base(self, method: str) -> str:
        """Return the method without its use (what stands after `#`): what pace is kept for."""
        ...

    def send(self, http: HttpClient, method: str, body: dict[str, Any], token: str) -> Awaitable[Answer]:
        """Sign and send one call."""
        ...

    def judge(self, call: Call, answer: Answer, now: datetime) -> Reply:
        """Judge a whole answer. Pure."""
        ...

    def token_refused(self, result: CallResult) -> bool:
        """Tell whether the token was what was wrong."""
        ...

    def throttled(self, result: CallResult) -> bool:
        """Tell whether everyone who calls this method has to wait."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls: the platform's account and our name of the shop."""

    app_id: str
    shop_id: str


@dataclass(frozen=True, slots=True)
class Line:
    """What calls are made over; shared by the accounts of a shop."""

    http: HttpClient
    clock: Clock
    pacer: Pacer
    shop_paced: bool = False


class Client:
    """Makes calls for one account."""

    def __init__(self, account: Account, line: Line, dialect: Dialect, tokens: Tokens) -> None:
        self._account = account
        self._line = line
        self._dialect = dialect
        self._tokens = tokens
        self._troubles = Troubles(dialect.name, account.shop_id)
        self._keys: dict[str, tuple[str, str, str]] = {}

    @property
    def clock(self) -> Clock:
        """Return the clock the calls go by."""
        return self._line.clock

    async def read(
        self,
        method: str,
        body: dict[str, Any],
        translate: Translate[T],
    ) -> Seen[T]:
        """Read, and translate the answer with the instant just before the call. Raises `CallFailedError`.

        What the platform puts off ("busy", "too often"), and what brought no whole answer, is asked again a few
        times: reads change nothing, and one lost page or item would cost the whole list.
        """
        for attempt in range(1, self._dialect.limit("read_attempts") + 1):
            at = self.clock.now()  # before the call: what is seen is at least this fresh
            reply = await self._call(method, body, writes=False)
            result = reply.result
            if result.ok:
                return self._translated(reply, translate, at)
            if not _may_pass(result) or attempt == self._dialect.limit("read_attempts"):
                raise CallFailedError(result)
            await self._wait_out(result, attempt)
        raise CallFailedError(CallResult(Meaning.UNKNOWN, method))

    async def write(self, method: str, body: dict[str, Any]) -> CallResult:
        """Write once. Never raises for what the platform or the network did."""
        return (await self._call(method, body, writes=True)).result

    async def write_seen(self, method: str, body: dict[str, Any]) -> Reply:
        """Write once, and return the fields of a success too: where an answer tells item by item how it went."""
        return await self._call(method, body, writes=True)

    async def each(self, items: Iterable[T], act: Callable[[T], Awaitable[R]]) -> list[R]:
        """Do one read per item, a few at once, in order; the first failure is raised."""
        gate = asyncio.Semaphore(self._dialect.limit("reads_at_once"))

        async def one(item: T) -> R:
            async with gate:
                return await act(item)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(item)) for item in items]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    def learn(self, method: str, calls: int, seconds: int) -> None:
        """Keep from now on to what the platform said of one method."""
        self._line.pacer.learn(self._key(method), calls, seconds)

    def failure(self, method: str, note: str, trace: str = "") -> CallFailedError:
        """Return the failure of a read whose answer makes no sense; it is noted as trouble."""
        result = CallResult(Meaning.UNKNOWN, method, note=note, trace_id=trace)
        self._troubles.heed(result)
        return CallFailedError(result)

    def _translated(self, reply: Reply, translate: Translate[T], at: datetime) -> Seen[T]:
        try:
            return Seen(translate(reply.fields, at), reply.result.trace_id)
        except UnreadableError as error:
            note = f"unreadable: {error.field}"
            raise self.failure(reply.result.method, note, reply.result.trace_id) from error

    async def _wait_out(self, result: CallResult, attempt: int) -> None:
        if self._dialect.throttled(result):
            return  # the pacer holds the next try
        # "Busy" asks for doubling seconds; a torn answer is nobody's wish to wait.
        pause = 2.0 ** (attempt - 1) if result.meaning is Meaning.NOT_NOW else 0.25 * 4.0 ** (attempt - 1)
        if result.retry_at is not None:
            pause = max(pause, (result.retry_at - self.clock.now()).total_seconds())
        await self.clock.sleep(pause)

    async def _call(self, method: str, body: dict[str, Any], *, writes: bool) -> Reply:
        try:
            token = await self._tokens.current()
            reply = await self._once(method, body, token, writes=writes)
            if self._dialect.token_refused(reply.result):
                token = await self._tokens.after_refusal(token)
                reply = await self._once(method, body, token, writes=writes)
        except CallFailedError as error:
            reply = Reply(_without_token(error.result, method))
        self._troubles.heed(reply.result)
        return reply

    async def _once(self, method: str, body: dict[str, Any], token: TokenState, *, writes: bool) -> Reply:
        key = self._key(method)
        held = self._line.pacer.known(key).held_until
        if held is not None and held > self.clock.now() + _LONG:
            # Used up for hours (the day's allowance): said at once instead of waited out.
            return failed(Call(method), Meaning.QUOTA, note="the allowance is used up", retry_at=held)
        urgent = method in self._dialect.urgent
        if self._line.shop_paced:
            await self._line.pacer.take((*key[:2], "*"), urgent=urgent)
        await self._line.pacer.take(key, urgent=urgent)
        value = token.value.reveal()
        call = Call(method, writes=writes, secrets=(value,))
        sending = self._dialect.send(self._line.http, method, body, value)
        reply = await exchange(call, sending, self._dialect.judge, self._line.clock)
        again = reply.result.retry_at
        if again is not None and self._dialect.throttled(reply.result):
            # The platform's minute may begin a little after ours; too early would cost the whole next minute.
            margin = timedelta(seconds=self._dialect.limit("window_margin_seconds"))
            self._line.pacer.hold(key, again + margin)
        elif again is not None and reply.result.meaning is Meaning.QUOTA:
            self._line.pacer.hold(key, again, slower=False)
        return reply

    def _key(self, method: str) -> tuple[str, str, str]:
        key = self._keys.get(method)
        if key is None:
            key = (self._account.app_id, self._account.shop_id, self._dialect.base(method))
            self._keys[method] = key
        return key


def _may_pass(result: CallResult) -> bool:
    """Tell whether asking again may help; a code we do not know is an answer, and asking again brings the same."""
    if result.meaning is Meaning.UNKNOWN:
        return not result.code or result.code.startswith("http")
    return result.meaning in (Meaning.NOT_NOW, Meaning.NOT_SENT)


def _without_token(result: CallResult, method: str) -> CallResult:
    """Return the result of a call that was not made for want of a token: certainly not executed."""
    meaning = Meaning.NOT_SENT if result.meaning is Meaning.UNKNOWN else result.meaning
    return replace(result, meaning=meaning, method=method, note=f"token: {result.note}".strip(": "))


class Troubles:
    """Writes one line when something begins to fail and one when it works again, however often it fails between."""

    _LASTING = frozenset({Meaning.NOT_SENT, Meaning.UNKNOWN, Meaning.AUTH})  # the shop as a whole
    _OF_METHOD = frozenset({Meaning.QUOTA, Meaning.ASK_PERSON})

    def __init__(self, platform: str, shop_id: str) -> None:
        self._shop_id = shop_id
        self._open: dict[str, int] = {}
        self._log = logger(f"platforms.{platform}")

    def heed(self, result: CallResult) -> None:
        """Take note of one result."""
        if result.meaning in self._LASTING:
            self._begin("", result)
        elif result.meaning in self._OF_METHOD or (
            # Put off until an instant: the call as such; put off without one: just this item.
            result.meaning is Meaning.NOT_NOW and result.retry_at is not None
        ):
            self._end("")
            self._begin(result.method, result)
        elif self._open:
            self._end("")
            self._end(result.method)

    def _begin(self, what: str, result: CallResult) -> None:
        times = self._open.get(what, 0)
        self._open[what] = times + 1
        if times == 0:
            told = (result.method, result.meaning.value, result.code, result.note, result.trace_id)
            self._log.warning("shop %s: %s fails: %s %s %s (trace %s)", self._shop_id, *told)

    def _end(self, what: str) -> None:
        times = self._open.pop(what, 0)
        if times:
            name = what or "the platform"
            self._log.warning("shop %s: %s answers again after %d failures", self._shop_id, name, times)
