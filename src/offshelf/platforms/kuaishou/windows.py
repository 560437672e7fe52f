"""Stretches of time as the platform wants them (milliseconds), and no further back than it tells."""

from __future__ import annotations

from datetime import datetime, timedelta

from offshelf.platforms.calling.windows import Window
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning
from offshelf.platforms.kuaishou.manifest import limit

TOO_OLD = "too_old"


def stretch(window: Window) -> dict[str, int]:
    """Return the request fields of a window."""
    return {"beginTime": window.start * 1000, "endTime": window.end * 1000}


def within(method: str, since: datetime, now: datetime, back_seconds: int) -> datetime:
    """Return `since`, or the oldest instant the platform still tells where `since` lies just before it.

    Raises `CallFailedError` (REFUSED, `too_old`) where it lies further back: an answer would be silent about the rest.
    """
    oldest = now - timedelta(seconds=back_seconds)
    if since >= oldest:
        return since
    if since < oldest - timedelta(seconds=limit("horizon_margin_seconds")):
        note = f"the platform tells no more than {back_seconds // 86400} days back"
        raise CallFailedError(CallResult(Meaning.REFUSED, method, TOO_OLD, note))
    # A second more: the window below begins with a whole second, and the call takes a moment to arrive.
    return oldest + timedelta(seconds=limit("window_margin_seconds") + 1)
