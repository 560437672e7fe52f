"""Access tokens of one account: fetched by one, shared by all, replaced early and after a refusal.

What is stored as `expires_at` is the instant from which a new token is asked for, which lies before the platform's
own end by min(300 s, half of the life left) (reference §3.1): every process then agrees on it without knowing when
the token was fetched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from offshelf.kit.clock import Clock
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, TokenState, TokenStore
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.exchange import Reply
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.platforms.wechat_channels.read import identity, whole

Fetch = Callable[[bool], Awaitable[Reply]]

_FAILURE_STANDS = 2.0  # seconds in which a failed fetch answers for everyone: nobody hammers a closed door
_FIRST_LOOK = 0.02
_LONGEST_LOOK = 0.5


class Tokens:
    """The token of one account. `fetch(force)` calls the platform once."""

    def __init__(self, *, store: TokenStore, fetch: Fetch, clock: Clock) -> None:
        self._store = store
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._known: TokenState | None = None
        self._forced_at: float | None = None
        self._failure: tuple[float, CallResult] | None = None

    async def current(self) -> TokenState:
        """Return a token that is good as far as we know. Raises `CallFailedError` when there is none to be had."""
        if self._known is not None and self._clock.now() < self._known.expires_at:
            return self._known
        async with self._lock:
            if self._known is not None and self._clock.now() < self._known.expires_at:
                return self._known  # somebody was faster while we waited
            state = self._store.read()
            if state is not None and self._clock.now() < state.expires_at:
                return self._keep(state)
            try:
                return await self._renew(state, None)
            except CallFailedError:
                if state is None or not self._lives_on(state):
                    raise
                return self._keep(state)

    async def after_refusal(self, refused: TokenState) -> TokenState:
        """Return another token than the refused one: somebody's newer one, or a new one fetched once."""
        async with self._lock:
            state = self._store.read()
            if _newer(state, refused) and state is not None:
                return self._keep(state)
            return await self._renew(state, refused)

    def _keep(self, state: TokenState) -> TokenState:
        self._known = state
        return state

    def _lives_on(self, state: TokenState) -> bool:
        """Tell whether the old token may serve a little longer: that is what replacing it early is for."""
        return self._clock.now() < state.expires_at + timedelta(seconds=limit("token_early_seconds"))

    async def _renew(self, state: TokenState | None, refused: TokenState | None) -> TokenState:
        """Fetch a token, or wait for whoever is at it in another process."""
        if self._failure is not None and self._clock.monotonic() < self._failure[0]:
            raise CallFailedError(self._failure[1])
        seen = 0 if state is None else state.generation
        pause = _FIRST_LOOK
        give_up = self._clock.monotonic() + 2 * limit("token_claim_seconds")
        while self._clock.monotonic() < give_up:
            until = self._clock.now() + timedelta(seconds=limit("token_claim_seconds"))
            if self._store.claim(seen, until):
                return await self._fetch_claimed(refused)
            await self._clock.sleep(pause)
            pause = min(_LONGEST_LOOK, pause * 2)
            state = self._store.read()
            if state is not None and state.generation > seen:
                if refused is None or _newer(state, refused):
                    return self._keep(state)
                seen = state.generation
        raise self._failed(
            CallResult(Meaning.NOT_NOW, wire.TOKEN, note="another process keeps fetching the token")
        )

    async def _fetch_claimed(self, refused: TokenState | None) -> TokenState:
        try:
            value, seconds = await self._ask(force=False)
            if refused is not None and value == refused.value.reveal():
                # Normal mode insists on the very token that was refused: only now is force due (20 a day).
                self._check_force()
                value, seconds = await self._ask(force=True)
        except BaseException:
            self._store.release()
            raise
        self._failure = None
        return self._keep(self._store.write(Secret(value), self._use_until(seconds)))

    def _use_until(self, seconds: int) -> datetime:
        early = min(float(limit("token_early_seconds")), seconds / 2)
        return self._clock.now() + timedelta(seconds=seconds - early)

    def _check_force(self) -> None:
        now, apart = self._clock.monotonic(), limit("forced_token_apart_seconds")
        if self._forced_at is not None and now < self._forced_at + apart:
            wait = self._forced_at + apart - now
            again = self._clock.now() + timedelta(seconds=wait)
            note = "a forced refresh was made just before"
            raise self._failed(CallResult(Meaning.NOT_NOW, wire.TOKEN, note=note, retry_at=again))
        self._forced_at = now

    async def _ask(self, *, force: bool) -> tuple[str, int]:
        reply = await self._fetch(force)
        if not reply.result.ok:
            raise self._failed(reply.result)
        value = identity(reply.fields.get("access_token"))
        seconds = whole(reply.fields.get("expires_in"))
        if value is None or seconds is None or seconds < 1:
            raise self._failed(CallResult(Meaning.UNKNOWN, wire.TOKEN, note="no token in the answer"))
        return value, seconds

    def _failed(self, result: CallResult) -> CallFailedError:
        self._failure = (self._clock.monotonic() + _FAILURE_STANDS, result)
        return CallFailedError(result)


def _newer(state: TokenState | None, refused: TokenState) -> bool:
    """Tell whether the stored token is another one than the refused (a later fetch may have brought the same)."""
    return state is not None and state.generation > refused.generation and state.value != refused.value
