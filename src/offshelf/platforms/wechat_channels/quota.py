"""The quota port (reference §3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offshelf.kit.errors import UsageError
from offshelf.platforms.calling.client import Client
from offshelf.platforms.calling.reading import amount, table
from offshelf.platforms.contract import CallFailedError, Quota
from offshelf.platforms.wechat_channels import wire


class Quotas:
    """Implements `QuotaPort`. What the platform says of a rate is kept to from then on."""

    def __init__(self, client: Client, paths: Mapping[str, str]) -> None:
        self._client = client
        self._paths = paths

    async def allowance(self, method: str) -> Quota:
        """Return the allowance of one method; numbers the platform does not give are None.

        Raises `UsageError('platforms.unknown_method')` for a name that is no method, `CallFailedError` otherwise.
        """
        path = self._paths.get(wire.base_method(method))
        if path is None:
            raise UsageError("platforms.unknown_method", method=method)
        seen = await self._client.read(
            wire.QUOTA, {"cgi_path": path}, lambda fields, _: _quota(method, fields)
        )
        quota = seen.value
        if quota.per_window and quota.window_seconds:
            self._client.learn(method, quota.per_window, quota.window_seconds)
        return quota

    async def keep(self) -> None:
        """Read and keep to the allowance of every call that stops sales, once per path."""
        for method in sorted({wire.base_method(method) for method in wire.URGENT}):
            try:
                await self.allowance(method)
            except CallFailedError:
                continue  # hidden or unreadable: throttling will teach it


def _quota(method: str, fields: dict[str, Any]) -> Quota:
    day, rate = table(fields.get("quota")), table(fields.get("rate_limit"))
    return Quota(
        method=method,
        per_window=amount(rate.get("call_count")),
        window_seconds=amount(rate.get("refresh_second")),
        daily=amount(day.get("daily_limit")),
        left_today=amount(day.get("remain")),
    )
