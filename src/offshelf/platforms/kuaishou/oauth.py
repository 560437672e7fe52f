"""Tokens of the platform (reference §2): a grant given by a person, refreshed with a token that can be spent once.

These calls are not signed; they carry the appSecret.
"""

from __future__ import annotations

from collections.abc import Callable

from offshelf.kit.http import HttpClient
from offshelf.kit.redact import Secret
from offshelf.platforms.calling.exchange import Call, Reply, exchange
from offshelf.platforms.calling.reading import count, mark
from offshelf.platforms.calling.tokens import Fresh, GrantLostError, TokenRules
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, TokenState
from offshelf.platforms.kuaishou import errors, wire
from offshelf.platforms.kuaishou.dialect import Kuaishou
from offshelf.platforms.kuaishou.manifest import limit

_LOST = frozenset(str(code) for code in errors.GRANT_GONE)


def rules() -> TokenRules:
    """Return how tokens of this platform are kept."""
    return TokenRules(wire.REFRESH, limit("token_early_seconds"), limit("token_claim_seconds"))


class OAuth:
    """The two token calls of one app."""

    def __init__(self, http: HttpClient, dialect: Kuaishou, secret: Callable[[], Secret]) -> None:
        self._http = http
        self._secret = secret
        self._dialect = dialect

    async def fetch(self, stored: TokenState | None, _refused: TokenState | None) -> Fresh:
        """Spend the stored refresh token for a new pair (`FetchToken`).

        The new refresh token never lives longer than what was left of the old one's life (reference §2.2).
        """
        if stored is None or stored.refresh is None:
            note = "no consent of the merchant yet"
            raise CallFailedError(CallResult(Meaning.AUTH, wire.REFRESH, "no_grant", note))
        spent = stored.refresh.reveal()
        params = {"grant_type": "refresh_token", "refresh_token": spent}
        reply = await self._call(wire.REFRESH, params, spent)
        if not reply.result.ok:
            lost = reply.result.code in _LOST
            raise (GrantLostError if lost else CallFailedError)(reply.result)
        left = None
        if stored.refresh_until is not None:
            left = max(0, int((stored.refresh_until - self._dialect.clock.now()).total_seconds()))
        return _fresh(reply, wire.REFRESH, left)

    async def redeem(self, code: str) -> Fresh:
        """Spend the code of the consent page. Raises `CallFailedError`."""
        reply = await self._call(wire.GRANT, {"grant_type": "code", "code": code}, code)
        if not reply.result.ok:
            raise CallFailedError(reply.result)
        return _fresh(reply, wire.GRANT, None)

    async def _call(self, method: str, params: dict[str, str], spent: str) -> Reply:
        secret = self._secret().reveal()
        whole_form = {"app_id": self._dialect.app_key, "app_secret": secret, **params}
        call = Call(method, secrets=(secret, spent))
        sending = self._dialect.form(self._http, method, whole_form)
        return await exchange(call, sending, self._dialect.judge, self._dialect.clock)


def _fresh(reply: Reply, method: str, left: int | None) -> Fresh:
    """Read a pair. A life that is not told is taken as short: the pair is all there is, the old one is spent."""
    value = mark(reply.fields.get("access_token"))
    if value is None:
        raise CallFailedError(CallResult(Meaning.UNKNOWN, method, note="no token in the answer"))
    seconds = count(reply.fields.get("expires_in"))
    lives = count(reply.fields.get("refresh_token_expires_in"))
    shortest = [number for number in (lives, left) if number is not None and number >= 0]
    return Fresh(
        value,
        seconds if seconds is not None and seconds > 0 else limit("token_untold_seconds"),
        mark(reply.fields.get("refresh_token")) or "",
        min(shortest) if shortest else None,
    )
