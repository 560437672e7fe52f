"""Where tokens come from (reference §2): made once for a merchant's own app, refreshed after, never by habit made anew.

Refreshing earlier than an hour before the end gives the same token; within the hour a new one, the old one living on
for an hour. So a token is replaced within its last hour, and made anew only where refreshing does not help.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offshelf.kit.clock import Clock
from offshelf.kit.http import HttpClient
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.exchange import Call, Reply, exchange
from offshelf.platforms.calling.reading import count, mark, table
from offshelf.platforms.calling.tokens import Fresh, TokenRules
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, TokenState
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.dialect import Douyin
from offshelf.platforms.douyin.manifest import limit


def rules() -> TokenRules:
    """Return how tokens of this platform are kept."""
    return TokenRules(wire.TOKEN_REFRESH, limit("token_early_seconds"), limit("token_claim_seconds"))


class SelfUseTokens:
    """Tokens of a merchant's own app (自用型) for one shop, `account_id` in the platform's numbering."""

    def __init__(
        self, account_id: str, secret: Callable[[], Secret], http: HttpClient, clock: Clock, dialect: Douyin
    ) -> None:
        self._account_id = account_id
        self._secret = secret
        self._http = http
        self._clock = clock
        self._dialect = dialect

    async def fetch(self, stored: TokenState | None, refused: TokenState | None) -> Fresh:
        """Return a token: refreshed where there is something to refresh with, else made.

        Raises `CallFailedError` when that brought none. A refresh token that is refused loses nothing here: the shop's
        grant stands by itself, and a token can be made from it.
        """
        if stored is None or stored.refresh is None or self._over(stored):
            return await self._create()
        reply = await self._ask(
            wire.TOKEN_REFRESH,
            {"grant_type": "refresh_token", "refresh_token": stored.refresh.reveal()},
            (stored.refresh.reveal(),),
        )
        if reply.result.meaning is Meaning.AUTH:
            return await self._create()
        fresh = _fresh(reply)
        if refused is not None and fresh.value == refused.value.reveal():
            return await self._create()  # refreshing insists on the very token that was refused
        return fresh

    def _over(self, stored: TokenState) -> bool:
        return stored.refresh_until is not None and stored.refresh_until <= self._clock.now()

    async def _create(self) -> Fresh:
        body = {"code": "", "grant_type": "authorization_self", "shop_id": self._account_id or None}
        return _fresh(await self._ask(wire.TOKEN_CREATE, body))

    async def _ask(self, method: str, body: dict[str, Any], secrets: tuple[str, ...] = ()) -> Reply:
        call = Call(method, secrets=(self._secret().reveal(), *secrets))
        sending = self._dialect.send(self._http, method, body, "")
        return await exchange(call, sending, self._dialect.judge, self._clock)


def _fresh(reply: Reply) -> Fresh:
    if not reply.result.ok:
        raise CallFailedError(reply.result)
    data = table(reply.fields.get("data"))
    value, seconds = mark(data.get("access_token")), count(data.get("expires_in"))
    if value is None or seconds is None or seconds < 1:
        result = CallResult(Meaning.UNKNOWN, reply.result.method, note="no token in the answer")
        raise CallFailedError(result)
    # A duration; one source calls it an instant, so nothing longer than a token can live is believed.
    life = min(seconds, limit("access_token_seconds"))
    return Fresh(value, life, mark(data.get("refresh_token")) or "", limit("refresh_token_seconds"))
