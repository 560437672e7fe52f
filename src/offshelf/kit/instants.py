"""Instants as text and numbers: UTC inside, Asia/Shanghai for people and legal days."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def iso(instant: datetime) -> str:
    """Return e.g. `2026-11-21T06:40:00.123Z` (UTC, milliseconds)."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """Read what `iso` wrote; a time without a zone is refused."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"instant without a zone: {text}")
    return parsed.astimezone(UTC)


def local(instant: datetime) -> str:
    """Return e.g. `2026-11-21 14:40:00`, the wall clock of Asia/Shanghai, whatever the server's zone."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def from_local(text: str) -> datetime:
    """Read e.g. `2026-11-21T14:40` as the wall clock of Asia/Shanghai; anything else is refused with `ValueError`."""
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo is not None else told.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def from_unix(seconds: int) -> datetime:
    """Read Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)
