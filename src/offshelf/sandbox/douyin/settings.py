"""What can be set about the imitated Douyin shops. Where the reference is silent, the setting is the reading taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DouyinSettings:
    """Settings of all Douyin shops of one sandbox. Audits and trade follow the sandbox's own settings."""

    # Tokens (reference §2): 7 days, 14 days, the same pair until the last hour, the old pair for one hour more.
    token_seconds: float = 7 * 86_400
    refresh_seconds: float = 14 * 86_400
    renew_within: float = 3_600
    old_pair_lives: float = 3_600
    # Methods the app has no permission for (reference §3.1, 30001).
    denied: tuple[str, ...] = ()
    # Whether putting on sale needs an audit (open question §17.3).
    online_needs_audit: bool = True
    # How many products `product.batchGetProductLocks` takes: not published (§17.5).
    locks_per_call: int = 50
    alliance_joined: bool = True
    # Pushes: the schedule is not published (§12); "single" is the variant the samples of one source show.
    push_retry_after: tuple[float, ...] = (10.0, 60.0, 300.0)
    push_form: Literal["array", "single"] = "array"
