"""The quota endpoints: what an account may call, and clearing one path (reference §3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from offshelf.sandbox.engine import Engine
from offshelf.sandbox.quotas import shanghai_day
from offshelf.sandbox.wechat.calls import Endpoint
from offshelf.sandbox.wechat.envelope import RefusalError
from offshelf.sandbox.wechat.tokens import Account

CLEARS_PER_DAY = 50  # reference §3.3: one reading of a conflict (50 a day, 50 a month)


class QuotaDesk:
    """Tells and clears quotas for whoever holds a token."""

    def __init__(self, engine: Engine, endpoints: Mapping[str, Endpoint]) -> None:
        self._engine = engine
        self._endpoints = endpoints
        self._cleared: Counter[tuple[str, int]] = Counter()

    def get(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        """Return the daily quota and the rate of one path; hidden limits are not told."""
        path = self._path(account, body)
        told = self._engine.quotas.declared(account.app_id, path, self._engine.time.now())
        return {
            "quota": {
                "daily_limit": told.daily_limit,
                "used": told.used,
                "remain": max(0, told.daily_limit - told.used),
            },
            "rate_limit": {"call_count": told.call_count, "refresh_second": told.refresh_second},
            "component_rate_limit": {"call_count": 0, "refresh_second": 0},
        }

    def clear(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        """Forget what was used of one path; refused with 48006 after too many clears of the day."""
        path = self._path(account, body)
        key = (account.app_id, shanghai_day(self._engine.time.now()))
        if self._cleared[key] >= CLEARS_PER_DAY:
            raise RefusalError(48006)
        self._cleared[key] += 1
        self._engine.quotas.clear(account.app_id, path)
        return {}

    def _path(self, account: Account, body: dict[str, Any]) -> str:
        path = body.get("cgi_path")
        if not isinstance(path, str) or not path.startswith("/"):
            raise RefusalError(76003)
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            raise RefusalError(76021)
        if endpoint.account != account.kind:
            raise RefusalError(76022)
        return path
