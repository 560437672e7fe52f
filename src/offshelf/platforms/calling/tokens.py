"""Access tokens of one account: fetched by one, shared by all, replaced early and after a refusal.

What is stored as `expires_at` is the instant from which a new token is asked for, which lies before the platform's
own end by the platform's early seconds (half of a shorter life): every process then agrees on it without knowing when
the token was fetched.

Some platforms give a refresh token that may be spent once. Should a process die between the platform's answer and our
writing it down, the next one asks with the spent one and is refused: then the grant is lost, which is written down, and
only a person can give it anew. It never ends in silence, and never in calling on and on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from offshelf.kit.clock import Clock
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import ANEW, CallFailedError, CallResult, Meaning, TokenState, TokenStore

_FAILURE_STANDS = 2.0  # seconds in which a failed fetch answers for everyone: nobody hammers a closed door
_FIRST_LOOK = 0.02
_LONGEST_LOOK = 0.5


class GrantLostError(CallFailedError):
    """The platform will give no token until a person authorises anew."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a platform gave: a token and its life in seconds, and what the next one is asked with."""

    value: str
    seconds: int
    refresh: str = ""
    refresh_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The method tokens come from, how early they are replaced, and how long a claim to fetch one stands."""

    method: str
    early_seconds: int
    claim_seconds: int


FetchToken = Callable[[TokenState | None, TokenState | None], Awaitable[Fresh]]


class Tokens:
    """The token of one account.

    `fetch(stored, refused)` calls the platform; it raises `CallFailedError` when that brought nothing, and
    `GrantLostError` when only a person can help.
    """

    def __init__(self, *, store: TokenStore, fetch: FetchToken, clock: Clock, rules: TokenRules) -> None:
        self._store = store
        self._fetch = fetch
        self._clock = clock
        self._rules = rules
        self._lock = asyncio.Lock()
        self._known: TokenState | None = None
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

    def take(self, fresh: Fresh) -> TokenState:
        """Store what was given outside of a fetch (a person authorised)."""
        self._failure = None
        return self._keep(self._write(fresh))

    def _keep(self, state: TokenState) -> TokenState:
        self._known = state
        return state

    def _lives_on(self, state: TokenState) -> bool:
        """Tell whether the old token may serve a little longer: that is what replacing it early is for."""
        return self._clock.now() < state.expires_at + timedelta(seconds=self._rules.early_seconds)

    async def _renew(self, state: TokenState | None, refused: TokenState | None) -> TokenState:
        """Fetch a token, or wait for whoever is at it in another process."""
        lost = self._store.lost()
        if lost is not None:
            raise GrantLostError(CallResult(Meaning.AUTH, self._rules.method, lost, ANEW))
        if self._failure is not None and self._clock.monotonic() < self._failure[0]:
            raise CallFailedError(self._failure[1])
        seen = 0 if state is None else state.generation
        pause = _FIRST_LOOK
        give_up = self._clock.monotonic() + 2 * self._rules.claim_seconds
        while self._clock.monotonic() < give_up:
            until = self._clock.now() + timedelta(seconds=self._rules.claim_seconds)
            if self._store.claim(seen, until):
                return await self._fetch_claimed(state, refused)
            await self._clock.sleep(pause)
            pause = min(_LONGEST_LOOK, pause * 2)
            state = self._store.read()
            if state is not None and state.generation > seen:
                if refused is None or _newer(state, refused):
                    return self._keep(state)
                seen = state.generation
        raise self._failed(
            CallResult(Meaning.NOT_NOW, self._rules.method, note="another process keeps fetching the token")
        )

    async def _fetch_claimed(self, state: TokenState | None, refused: TokenState | None) -> TokenState:
        try:
            fresh = await self._fetch(state, refused)
        except GrantLostError as error:
            if not self._store.lose(error.result.code, 0 if state is None else state.generation):
                # Somebody brought a newer pair while we were away: what was refused was the old one.
                newer = self._store.read()
                if newer is not None:
                    return self._keep(newer)
            raise GrantLostError(replace(error.result, note=ANEW)) from error
        except CallFailedError as error:
            self._store.release()
            raise self._failed(error.result) from error
        except BaseException:
            self._store.release()
            raise
        self._failure = None
        return self._keep(self._write(fresh))

    def _write(self, fresh: Fresh) -> TokenState:
        now = self._clock.now()
        early = min(float(self._rules.early_seconds), fresh.seconds / 2)
        until = None
        if fresh.refresh_seconds is not None:
            until = now + timedelta(seconds=fresh.refresh_seconds)
        return self._store.write(
            Secret(fresh.value),
            now + timedelta(seconds=fresh.seconds - early),
            refresh=Secret(fresh.refresh) if fresh.refresh else None,
            refresh_until=until,
        )

    def _failed(self, result: CallResult) -> CallFailedError:
        self._failure = (self._clock.monotonic() + _FAILURE_STANDS, result)
        return CallFailedError(result)


def _newer(state: TokenState | None, refused: TokenState) -> bool:
    """Tell whether the stored token is another one than the refused (a later fetch may have brought the same)."""
    return state is not None and state.generation > refused.generation and state.value != refused.value
