"""The merchant's consent (reference §2.1): the page it is given on, and the tokens made from it."""

from __future__ import annotations

from urllib.parse import urlencode

from offshelf.kit.http import HttpClient
from offshelf.platforms.calling.exchange import Call, Reply, exchange
from offshelf.platforms.calling.reading import UnreadableError
from offshelf.platforms.calling.tokens import Fresh, Tokens
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.dialect import Kuaishou
from offshelf.platforms.kuaishou.manifest import limit, manifest, scopes, told
from offshelf.platforms.kuaishou.oauth import OAuth
from offshelf.platforms.kuaishou.translate import seller_id
from offshelf.vocabulary.shops import Shop

_PASSING = frozenset({Meaning.NOT_NOW, Meaning.NOT_SENT, Meaning.UNKNOWN})


class Grant:
    """Implements `GrantPort` for one shop."""

    def __init__(self, shop: Shop, oauth: OAuth, tokens: Tokens, dialect: Kuaishou, http: HttpClient) -> None:
        self._shop = shop
        self._oauth = oauth
        self._tokens = tokens
        self._dialect = dialect
        self._http = http

    def page(self, redirect: str, state: str) -> str:
        """Return the address of the consent page; the real platform has it on another host than its gateway."""
        base = self._shop.base_url.rstrip("/")
        page = told("consent") if base == manifest().gateway else f"{base}/oauth/authorize"
        asked = {
            "app_id": self._shop.app_id,
            "redirect_uri": redirect,
            "scope": ",".join(scopes()),
            "response_type": "code",
            "state": state,
        }
        return f"{page}?{urlencode(asked)}"

    async def redeem(self, code: str) -> CallResult:
        """Turn the code into tokens and store them; it lives for two minutes and can be spent once.

        Where the shop's number is known, the platform is asked whose grant it is first: that of another shop is
        refused (`other_shop`), and nothing is stored unless the answer is clear.
        """
        try:
            fresh = await self._oauth.redeem(code)
            owner = await self._owner(fresh)
        except CallFailedError as error:
            return error.result
        if not owner.ok:
            return owner
        self._tokens.take(fresh)
        return CallResult(Meaning.OK, wire.GRANT, owner.code, trace_id=owner.trace_id)

    async def _owner(self, fresh: Fresh) -> CallResult:
        """Return OK when the grant is of this shop, as far as that is to be known."""
        if not self._shop.account_id:
            return CallResult(Meaning.OK, wire.SELLER, "1")
        reply = await self._seller(fresh.value)
        for _ in range(limit("read_attempts") - 1):
            if reply.result.meaning not in _PASSING:
                break
            await self._dialect.clock.sleep(limit("short_backoff_seconds"))
            reply = await self._seller(fresh.value)
        if not reply.result.ok:
            return reply.result
        trace = reply.result.trace_id
        try:
            seller = seller_id(reply.fields)
        except UnreadableError as error:
            note = f"unreadable: {error.field}"
            return CallResult(Meaning.UNKNOWN, wire.SELLER, note=note, trace_id=trace)
        if seller != self._shop.account_id:
            note = "the grant is of another shop"
            return CallResult(Meaning.REFUSED, wire.SELLER, "other_shop", note, trace)
        return reply.result

    async def _seller(self, token: str) -> Reply:
        call = Call(wire.SELLER, secrets=(token,))
        sending = self._dialect.send(self._http, wire.SELLER, {}, token)
        return await exchange(call, sending, self._dialect.judge, self._dialect.clock)
