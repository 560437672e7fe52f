"""Grants: the page where a merchant agrees, codes, access tokens and refresh tokens that rotate (reference §2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from offshelf.kit.digest import sm3
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.kuaishou.envelope import BAD_TOKEN, NO_ACCOUNT, REVOKED, UNAUTHORISED, RefusalError
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.sandbox.kuaishou.state import Identity

SCOPES = (
    "user_base",
    "user_info",
    "merchant_user",
    "merchant_shop",
    "merchant_item",
    "merchant_item_basic",
    "merchant_order",
    "merchant_refund",
    "merchant_logistics",
    "merchant_distribution",
    "merchant_promotion",
    "merchant_cs",
    "merchant_comment",
    "merchant_servicemarket",
)
CODE_SECONDS = 120.0
INVALID_REQUEST, UNAUTHORIZED_CLIENT, ACCESS_DENIED = 100200100, 100200101, 100200102
BAD_RESPONSE_TYPE, BAD_GRANT_TYPE, INVALID_GRANT, INVALID_SCOPE = 100200103, 100200104, 100200105, 100200106
SERVER_ERROR = 100200500
ERRORS = {
    INVALID_REQUEST: "invalid_request",
    UNAUTHORIZED_CLIENT: "unauthorized_client",
    ACCESS_DENIED: "access_denied",
    BAD_RESPONSE_TYPE: "unsupported_response_type",
    BAD_GRANT_TYPE: "unsupported_grant_type",
    INVALID_GRANT: "invalid_grant",
    INVALID_SCOPE: "invalid_scope",
    SERVER_ERROR: "server_error",
}


class DeniedError(Exception):
    """The authorisation server refuses: its code and a detail."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class Known(NamedTuple):
    """What a good access token tells: the shop and the scopes."""

    shop: int
    scopes: frozenset[str]


@dataclass(slots=True)
class Grant:
    """One merchant's consent; everything that came of it dies with it."""

    shop: int
    scopes: tuple[str, ...]
    revoked: bool = False


@dataclass(slots=True)
class Access:
    """One access token. Without a grant it speaks for the application alone."""

    app_key: str
    grant: Grant | None
    expires: float


@dataclass(slots=True)
class Refresh:
    """One refresh token; `spent` is when it was used."""

    app_key: str
    grant: Grant
    expires: float
    spent: float | None = None


class GrantOffice:
    """Gives out codes and tokens and judges them."""

    def __init__(self, engine: Engine, settings: KuaishouSettings, identities: list[Identity]) -> None:
        self._engine = engine
        self._settings = settings
        self._apps = {identity.app_key: identity for identity in identities}
        self._places = {identity.app_key: place for place, identity in enumerate(identities)}
        self._codes: dict[str, tuple[Grant, float]] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Refresh] = {}
        self._made = 0

    def app(self, app_key: str) -> Identity | None:
        """Return an application by its key."""
        return self._apps.get(app_key)

    def authorize(self, query: dict[str, str]) -> str:
        """Let the merchant of the application agree; return where the browser is sent."""
        _need(query, "app_id", "redirect_uri", "scope", "response_type")
        if query["response_type"] != "code":
            raise DeniedError(BAD_RESPONSE_TYPE, "response_type must be code")
        if query["app_id"] not in self._apps:
            raise DeniedError(UNAUTHORIZED_CLIENT, "app not found")
        scopes = tuple(query["scope"].split(","))
        if not set(scopes) <= set(SCOPES):
            raise DeniedError(INVALID_SCOPE, "scope is wrong")
        uri = query["redirect_uri"]
        registered = self._settings.redirect_uri
        if urlsplit(uri).scheme not in {"http", "https"} or registered not in {None, uri}:
            raise DeniedError(INVALID_REQUEST, "redirect_uri is not the registered one")
        answer = {"code": self.new_code(query["app_id"], scopes)}
        if "state" in query:
            answer["state"] = query["state"]
        return f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(answer)}"

    def new_code(self, app_key: str, scopes: tuple[str, ...] = SCOPES) -> str:
        """Return a fresh code of the application's merchant: good for two minutes, once."""
        code = self._make("code", app_key)
        self._codes[code] = (Grant(self._places[app_key], scopes), self._engine.time.now() + CODE_SECONDS)
        return code

    def exchange(self, given: dict[str, str]) -> dict[str, Any]:
        """Answer `GET /oauth2/access_token` for a code or for the application itself."""
        _need(given, "app_id", "app_secret", "grant_type")
        app = self._authenticate(given)
        if given["grant_type"] == "client_credentials":
            self._engine.calls.tokens["kuaishou_app"] += 1
            token = self._issue(app.app_key, None)
            return {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": self._settings.access_seconds,
            }
        if given["grant_type"] != "code":
            raise DeniedError(BAD_GRANT_TYPE, "grant_type is not supported")
        _need(given, "code")
        grant, expires = self._codes.get(given["code"], (None, 0.0))
        if grant is None or grant.shop != self._places[app.app_key] or expires <= self._engine.time.now():
            raise DeniedError(INVALID_GRANT, "code is invalid")
        del self._codes[given["code"]]
        self._engine.calls.tokens["kuaishou_code"] += 1
        until = self._engine.time.now() + self._settings.refresh_seconds
        return {**self._pair(app.app_key, grant, until), "open_id": app.open_id}

    def refresh(self, given: dict[str, str]) -> dict[str, Any]:
        """Answer `POST /oauth2/refresh_token`: a new pair; the used refresh token is spent."""
        _need(given, "grant_type", "refresh_token", "app_id", "app_secret")
        app = self._authenticate(given)
        if given["grant_type"] != "refresh_token":
            raise DeniedError(BAD_GRANT_TYPE, "grant_type is not supported")
        now = self._engine.time.now()
        held = self._refresh.get(given["refresh_token"])
        if held is None or held.app_key != app.app_key or held.expires <= now:
            raise DeniedError(ACCESS_DENIED, "invalid refresh_token")
        if held.grant.revoked:
            raise DeniedError(ACCESS_DENIED, "refreshToken.revokedAuthorization")
        if held.spent is not None and now - held.spent >= self._settings.refresh_overlap_seconds:
            raise DeniedError(ACCESS_DENIED, "refreshToken.discarded")
        held.spent = now if held.spent is None else held.spent
        self._engine.calls.tokens["kuaishou_refresh"] += 1
        # The life of the new one is what was left of the old one.
        return self._pair(app.app_key, held.grant, held.expires)

    def judge(self, token: str, app_key: str) -> Known:
        """Return what a token tells; 22 unknown or of another application, 24 revoked, 28 expired, 26 no shop's."""
        held = self._access.get(token)
        if held is None or held.app_key != app_key:
            raise RefusalError(UNAUTHORISED)
        if held.grant is not None and held.grant.revoked:
            raise RefusalError(REVOKED)
        if held.expires <= self._engine.time.now():
            raise RefusalError(BAD_TOKEN)
        if held.grant is None:
            raise RefusalError(NO_ACCOUNT)
        return Known(held.grant.shop, frozenset(held.grant.scopes))

    def revoke(self, shop: int) -> int:
        """Let the merchant of a shop withdraw every grant; return how many."""
        grants = {id(held.grant): held.grant for held in self._refresh.values() if held.grant.shop == shop}
        living = [grant for grant in grants.values() if not grant.revoked]
        for grant in living:
            grant.revoked = True
        self._codes = {code: entry for code, entry in self._codes.items() if entry[0].shop != shop}
        return len(living)

    def expire_all(self) -> int:
        """Let every living access token expire now; return how many. Refresh tokens live on."""
        now = self._engine.time.now()
        living = [held for held in self._access.values() if held.expires > now]
        for held in living:
            held.expires = now
        return len(living)

    def _authenticate(self, given: dict[str, str]) -> Identity:
        app = self._apps.get(given["app_id"])
        if app is None or app.app_secret != given["app_secret"]:
            raise DeniedError(UNAUTHORIZED_CLIENT, "app_id or app_secret is wrong")
        return app

    def _pair(self, app_key: str, grant: Grant, refresh_until: float) -> dict[str, Any]:
        refresh = self._make("refresh", app_key)
        self._refresh[refresh] = Refresh(app_key, grant, refresh_until)
        return {
            "access_token": self._issue(app_key, grant),
            "expires_in": self._settings.access_seconds,
            "refresh_token": refresh,
            "refresh_token_expires_in": int(refresh_until - self._engine.time.now()),
            "scopes": list(grant.scopes),
        }

    def _issue(self, app_key: str, grant: Grant | None) -> str:
        token = self._make("access", app_key)
        self._access[token] = Access(app_key, grant, self._engine.time.now() + self._settings.access_seconds)
        return token

    def _make(self, kind: str, app_key: str) -> str:
        self._made += 1
        text = f"{self._engine.config.seed}:kuaishou:{kind}:{app_key}:{self._made}".encode()
        return {"code": "c", "access": "ChFv", "refresh": "ChJv"}[kind] + sm3(text)[:48]


def _need(given: dict[str, str], *names: str) -> None:
    for name in names:
        if not given.get(name):
            raise DeniedError(INVALID_REQUEST, f"{name} is required")
