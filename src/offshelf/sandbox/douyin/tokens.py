"""Access and refresh tokens: given out, renewed and judged (reference §2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from offshelf.kit.digest import sm3
from offshelf.sandbox.douyin.envelope import (
    GATEWAY_ILLEGAL,
    GATEWAY_MISSING,
    NO_PERMISSION,
    NO_TOKEN,
    Refusal,
    RefusalError,
)
from offshelf.sandbox.douyin.params import optional_text, text
from offshelf.sandbox.douyin.settings import DouyinSettings
from offshelf.sandbox.douyin.shop import Shop
from offshelf.sandbox.engine import Engine

TOKEN_MISSING = Refusal(GATEWAY_MISSING, "isv.access-token-missing", "缺少access_token")
TOKEN_UNKNOWN = Refusal(GATEWAY_ILLEGAL, "isv.access-token-no-existed", "access_token不存在")
TOKEN_EXPIRED = Refusal(GATEWAY_ILLEGAL, "isv.access-token-expired", "access_token已过期")
TOKEN_OF_ANOTHER = Refusal(GATEWAY_ILLEGAL, "isv.access-token-invalid", "app_key与access_token不匹配")
GRANT_CLOSED = Refusal(NO_PERMISSION, "dop.authorization-closed", "商家已关闭授权")


@dataclass(slots=True)
class Pair:
    """One pair of tokens of a shop, and when each of them ends."""

    shop: Shop
    access: str
    refresh: str
    access_ends: float
    refresh_ends: float
    killed: bool = False


class TokenOffice:
    """Gives out tokens and judges them. A shop has one current pair; the former may live on for an hour."""

    def __init__(self, engine: Engine, settings: DouyinSettings, shops: list[Shop]) -> None:
        self._engine = engine
        self._settings = settings
        self._shops = shops
        self._by_access: dict[str, Pair] = {}
        self._by_refresh: dict[str, Pair] = {}
        self._current: dict[str, Pair] = {}
        self.closed: set[str] = set()  # shops whose merchant switched the grant off

    def create(self, app_key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer `token.create`: the living pair while it has more than an hour, else a new one."""
        grant = text(body, "grant_type")
        self._engine.calls.tokens["douyin.create"] += 1
        if grant == "authorization_code":
            raise _failed("code-invalid", "授权码无效")  # nobody ever was at the consent page
        if grant != "authorization_self" or not isinstance(body.get("code"), str):
            raise _failed("grant-type-invalid", "grant_type无效")
        shop = self._granted(app_key, optional_text(body, "shop_id"))
        pair = self._current.get(shop.identity.app_key)
        if pair is None or pair.killed or self._left(pair) <= self._settings.renew_within:
            pair = self._renew(shop, pair)
        return self._told(pair, text_id=True)

    def refresh(self, app_key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Answer `token.refresh`: the same pair, or in its last hour and later a new one."""
        if text(body, "grant_type") != "refresh_token":
            raise _failed("grant-type-invalid", "grant_type无效")
        pair = self._by_refresh.get(text(body, "refresh_token"))
        self._engine.calls.tokens["douyin.refresh"] += 1
        if pair is None or pair.killed or pair.shop.identity.app_key != app_key:
            raise _failed("token-invalid", "refresh_token无效")
        if pair.refresh_ends <= self._engine.time.now():
            raise _failed("token-expired", "refresh_token已过期")
        if app_key in self.closed:
            raise _failed("no-authorization", "店铺未授权")
        current = self._current[app_key]
        if self._left(current) <= self._settings.renew_within:
            current = self._renew(pair.shop, current)
        return self._told(current, text_id=False)

    def judge(self, app_key: str, token: str) -> Shop:
        """Return whose token it is; refused as missing, unknown, another app's, expired, or of a closed grant."""
        if not token:
            raise TOKEN_MISSING.error()
        pair = self._by_access.get(token)
        if pair is None or pair.killed:
            raise TOKEN_UNKNOWN.error()
        if pair.shop.identity.app_key != app_key:
            raise TOKEN_OF_ANOTHER.error()
        if self._left(pair) <= 0:
            raise TOKEN_EXPIRED.error()
        if app_key in self.closed:
            raise GRANT_CLOSED.error()
        return pair.shop

    def expire_all(self) -> int:
        """Let every living access token expire now; return how many. Refresh tokens live on."""
        living = [pair for pair in self._by_access.values() if not pair.killed and self._left(pair) > 0]
        for pair in living:
            pair.access_ends = self._engine.time.now()
        return len(living)

    def ends(self, app_key: str) -> int:
        """Return when the grant of a shop ends, Unix seconds."""
        pair = self._current.get(app_key)
        return int(pair.refresh_ends if pair is not None else self._engine.time.now())

    def _granted(self, app_key: str, shop_id: str) -> Shop:
        # Without a shop id the shop granted first is taken.
        for shop in self._shops:
            if shop.identity.app_key == app_key and shop_id in {"", shop.identity.shop_id}:
                if app_key in self.closed:
                    break
                return shop
        raise _failed("no-authorization", "店铺未授权")

    def _left(self, pair: Pair) -> float:
        return pair.access_ends - self._engine.time.now()

    def _renew(self, shop: Shop, former: Pair | None) -> Pair:
        now = self._engine.time.now()
        if former is not None and self._left(former) > 0:
            former.access_ends = former.refresh_ends = now + self._settings.old_pair_lives
        elif former is not None:
            former.killed = True
        seed, number = self._engine.config.seed, len(self._by_access)
        digest = sm3(f"{seed}:{shop.identity.app_key}:{number}".encode())
        pair = Pair(
            shop,
            _uuid(digest[:32]),
            _uuid(digest[32:]),
            now + self._settings.token_seconds,
            now + self._settings.refresh_seconds,
        )
        self._by_access[pair.access] = self._by_refresh[pair.refresh] = pair
        self._current[shop.identity.app_key] = pair
        return pair

    def _told(self, pair: Pair, *, text_id: bool) -> dict[str, Any]:
        # The two calls disagree about the form of the shop's id, as the client libraries do.
        identity = pair.shop.identity
        return {
            "access_token": pair.access,
            "expires_in": max(0, int(self._left(pair))),
            "refresh_token": pair.refresh,
            "scope": "SCOPE",
            "shop_id": identity.shop_id if text_id else int(identity.shop_id),
            "shop_name": identity.name,
            "authority_id": identity.shop_id,
            "auth_subject_type": "",
        }


def _failed(why: str, said: str) -> RefusalError:
    return Refusal(NO_TOKEN, f"dop.token-generate-failed:{why}", said).error()


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
