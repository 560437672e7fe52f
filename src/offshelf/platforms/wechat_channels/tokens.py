"""How a WeChat token is fetched: in normal mode, and by force only when normal mode insists on a refused one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from offshelf.kit.clock import Clock
from offshelf.kit.http import HttpClient
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.exchange import Call, exchange
from offshelf.platforms.calling.reading import count, mark
from offshelf.platforms.calling.tokens import Fresh, TokenRules
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, TokenState
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.dialect import Wechat, judge
from offshelf.platforms.wechat_channels.manifest import limit

_JUDGE = partial(judge, mark="access_token")


def rules() -> TokenRules:
    """Return how tokens are handled (reference §3.1)."""
    return TokenRules(wire.TOKEN, limit("token_early_seconds"), limit("token_claim_seconds"))


class StableTokens:
    """Fetches the stable token of one account."""

    def __init__(
        self, app_id: str, secret: Callable[[], Secret], http: HttpClient, clock: Clock, dialect: Wechat
    ) -> None:
        self._app_id = app_id
        self._secret = secret
        self._http = http
        self._clock = clock
        self._dialect = dialect
        self._forced_at: float | None = None

    async def fetch(self, _stored: TokenState | None, refused: TokenState | None) -> Fresh:
        """Ask for a token; raises `CallFailedError` when that brought none."""
        fresh = await self._ask(force=False)
        if refused is not None and fresh.value == refused.value.reveal():
            # Normal mode insists on the very token that was refused: only now is force due (20 a day).
            self._check_force()
            fresh = await self._ask(force=True)
        return fresh

    def _check_force(self) -> None:
        now, apart = self._clock.monotonic(), limit("forced_token_apart_seconds")
        if self._forced_at is not None and now < self._forced_at + apart:
            again = self._clock.now() + timedelta(seconds=self._forced_at + apart - now)
            note = "a forced refresh was made just before"
            raise CallFailedError(CallResult(Meaning.NOT_NOW, wire.TOKEN, note=note, retry_at=again))
        self._forced_at = now

    async def _ask(self, *, force: bool) -> Fresh:
        secret = self._secret().reveal()
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": secret,
            "force_refresh": force,
        }
        call = Call(wire.TOKEN, secrets=(secret,))
        sending = self._dialect.send(self._http, wire.TOKEN, body, "")
        reply = await exchange(call, sending, _JUDGE, self._clock)
        if not reply.result.ok:
            raise CallFailedError(reply.result)
        value = mark(reply.fields.get("access_token"))
        seconds = count(reply.fields.get("expires_in"))
        if value is None or seconds is None or seconds < 1:
            raise CallFailedError(CallResult(Meaning.UNKNOWN, wire.TOKEN, note="no token in the answer"))
        return Fresh(value, seconds)
