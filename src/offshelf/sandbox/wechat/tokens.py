"""Access tokens: `token` and `stable_token`, two isolated kinds (reference §3.1)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from offshelf.kit.digest import sm3
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.quotas import shanghai_day
from offshelf.sandbox.wechat.envelope import RefusalError

FORCED_PER_DAY = 20
FORCED_APART_SECONDS = 30
OVERLAP_SECONDS = 300


class Account(NamedTuple):
    """Who a token speaks for: a shop, or the finder assistant of a shop."""

    app_id: str
    secret: str
    kind: str  # "shop" or "assistant"
    shop: int  # place of the shop in the sandbox


@dataclass(slots=True)
class Grant:
    """One token given out."""

    token: str
    account: Account
    expires: float
    killed: bool = False


class TokenOffice:
    """Gives out tokens and judges them."""

    def __init__(self, engine: Engine, accounts: list[Account]) -> None:
        self._engine = engine
        self._accounts = {account.app_id: account for account in accounts}
        self._grants: dict[str, Grant] = {}
        self._current: dict[tuple[str, str], Grant] = {}
        self._forced: Counter[tuple[str, int]] = Counter()
        self._forced_at: dict[str, float] = {}

    def plain(self, query: dict[str, str]) -> dict[str, Any]:
        """Answer `GET /cgi-bin/token`: a new token each time, the former one lives on for a short overlap."""
        account = self._authenticate(query)
        self._engine.calls.tokens["token"] += 1
        former = self._current.get((account.app_id, "plain"))
        if former is not None:
            former.expires = min(former.expires, self._engine.time.now() + self._overlap())
        return self._told(self._issue(account, "plain"))

    def stable(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answer `POST /cgi-bin/stable_token`: the same token while it lives, unless forced."""
        account = self._authenticate(body)
        forced = body.get("force_refresh", False)
        if not isinstance(forced, bool):
            raise RefusalError(40097, "invalid args, force_refresh")
        self._engine.calls.tokens["stable_forced" if forced else "stable_normal"] += 1
        now = self._engine.time.now()
        former = self._current.get((account.app_id, "stable"))
        if forced:
            self._count_forced(account, now)
            if former is not None:
                former.killed = True
            return self._told(self._issue(account, "stable"))
        if former is None or former.killed or former.expires <= now:
            return self._told(self._issue(account, "stable"))
        if former.expires - now <= self._overlap():
            former.expires = now + self._overlap()  # old and new are both good for the overlap
            return self._told(self._issue(account, "stable"))
        return self._told(former)

    def judge(self, token: str) -> Account:
        """Return whose token it is; 41001 missing, 40001 unknown or killed, 42001 expired."""
        if not token:
            raise RefusalError(41001)
        grant = self._grants.get(token)
        if grant is None or grant.killed:
            raise RefusalError(40001)
        if grant.expires <= self._engine.time.now():
            raise RefusalError(42001)
        return grant.account

    def expire_all(self) -> int:
        """Let every living token expire now; return how many."""
        now = self._engine.time.now()
        living = [grant for grant in self._grants.values() if not grant.killed and grant.expires > now]
        for grant in living:
            grant.expires = now
        return len(living)

    def _overlap(self) -> float:
        return min(OVERLAP_SECONDS, self._engine.config.token_seconds / 4)

    def _told(self, grant: Grant) -> dict[str, Any]:
        return {
            "access_token": grant.token,
            "expires_in": max(1, int(grant.expires - self._engine.time.now())),
        }

    def _issue(self, account: Account, endpoint: str) -> Grant:
        seed = self._engine.config.seed
        text = f"{seed}:{account.app_id}:{endpoint}:{len(self._grants)}".encode()
        token = f"82_{sm3(text)}{sm3(text + b'tail')}"
        grant = Grant(token, account, self._engine.time.now() + self._engine.config.token_seconds)
        self._grants[token] = grant
        self._current[account.app_id, endpoint] = grant
        return grant

    def _authenticate(self, given: dict[str, Any]) -> Account:
        for name in ("grant_type", "appid", "secret"):
            if not isinstance(given.get(name, ""), str):
                raise RefusalError(40097, f"invalid args, {name}")
        if given.get("grant_type") != "client_credential":
            raise RefusalError(40002)
        if not given.get("appid"):
            raise RefusalError(41002)
        account = self._accounts.get(given["appid"])
        if account is None:
            raise RefusalError(40013)
        if given.get("secret") != account.secret:
            raise RefusalError(40001)
        return account

    def _count_forced(self, account: Account, now: float) -> None:
        # Which codes refuse a forced refresh is inferred: the reference gives the limits only.
        last = self._forced_at.get(account.app_id)
        if last is not None and now - last < FORCED_APART_SECONDS:
            raise RefusalError(45011)
        key = (account.app_id, shanghai_day(now))
        if self._forced[key] >= FORCED_PER_DAY:
            raise RefusalError(45009)
        self._forced[key] += 1
        self._forced_at[account.app_id] = now
