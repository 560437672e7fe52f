"""What can be set about the Kuaishou imitation. Open points of the reference say here which reading is imitated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DAY = 86_400


@dataclass(frozen=True, slots=True)
class KuaishouSettings:
    """Seconds are of the sandbox's clock. The section named is that of the reference."""

    # Grants (§2.2). `refresh_overlap_seconds` is how long a spent refresh token still works: 0 at once, 300 at most.
    access_seconds: int = 2 * DAY
    refresh_seconds: int = 180 * DAY
    refresh_overlap_seconds: float = 0.0
    redirect_uri: str | None = None  # the registered callback; None accepts any
    # How far a request's timestamp may be off (§14.1, undocumented); None: any.
    clock_skew_seconds: float | None = None
    # Windows of lists (§4.2, §5.2); the platform may shrink the one of refunds during campaigns.
    order_window_seconds: int = 7 * DAY
    refund_window_seconds: int = DAY
    # Taking off what is off already (§14.3).
    off_again: Literal["accepted", "refused"] = "accepted"
    # An item without a plan, asked for its plan (§7.1 does not say): 24102, or success with an empty object.
    no_plan: Literal["refused", "empty"] = "refused"
    # The cart of the live room when one of its items goes off the shelf (§14.7).
    cart_after_off: Literal["stays", "leaves"] = "leaves"
    live_seconds: float = 4 * 3600.0  # the live room that runs at the start ends after this
    # Shares of a shop's items.
    flash_share: float = 0.015
    # Events about items are unconfirmed (§11.4): not sent unless wanted.
    item_events: bool = False
