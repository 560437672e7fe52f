"""The pace of a shop: which methods an act calls, and what the pacer knows of them (reference §3.3)."""

from __future__ import annotations

from offshelf.kit.pacer import Known, Pacer
from offshelf.platforms.contract.pace import WHOLE, Calls
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.vocabulary.plans import ActKind

_TOGETHER = 50  # acts looked at together; whole lists (reference §6.1, §10) are read once for all of them

# Looking, writing, looking again. Buyers that are faster, late sights and retries make it more.
_TABLE: dict[ActKind, tuple[Calls, ...]] = {
    ActKind.TAKE_OFF: (Calls(wire.GET, 2), Calls(wire.DELIST)),
    ActKind.CANCEL_AUDIT: (Calls(wire.GET, 2), Calls(wire.CANCEL_AUDIT)),
    ActKind.PUT_ON: (Calls(wire.GET, 2), Calls(wire.RELIST)),
    ActKind.STOP_LIMITED_DISCOUNT: (
        Calls(wire.TASK_LIST, 2 * len(wire.TASKS_ACTIVE), _TOGETHER),
        Calls(wire.TASK_STOP),
    ),
    ActKind.STOP_COUPON: (
        Calls(wire.COUPON_LIST, 2 * len(wire.COUPONS_ACTIVE), _TOGETHER),
        Calls(wire.COUPON_GET, 2),
        Calls(wire.COUPON_STATUS),
    ),
    ActKind.STOP_AFFILIATE: (Calls(wire.LEAGUE_GET, 2), Calls(wire.base_method(wire.LEAGUE_TAKE_DOWN))),
    ActKind.RESTORE_AFFILIATE: (Calls(wire.LEAGUE_GET, 2), Calls(wire.base_method(wire.LEAGUE_PROMOTE))),
}


class ShopPace:
    """Implements `PaceView`."""

    def __init__(self, pacer: Pacer, app_id: str, shop_id: str) -> None:
        self._pacer = pacer
        self._app_id = app_id
        self._shop_id = shop_id

    def calls_for(self, kind: ActKind) -> tuple[Calls, ...]:
        """Return the calls of one act."""
        if kind in (ActKind.DRAIN_STOCK, ActKind.RESTORE_STOCK):
            return Calls(wire.STOCK_GET, 2, limit("stock_batch")), Calls(wire.base_method(wire.STOCK_ADD))
        return _TABLE.get(kind, ())

    def calls_to_verify(self) -> tuple[Calls, ...]:
        """Return the calls of one round of proving one listing (the list of what is on sale may be longer)."""
        return Calls(wire.GET), Calls(wire.LIST_IDS, 1, limit("listing_page"))

    def forecast(self, method: str, calls: int) -> float:
        """Return in how many seconds so many calls would be through."""
        return self._pacer.forecast(self._key(method), calls)

    def known(self, method: str) -> Known:
        """Return what limits a method now."""
        return self._pacer.known(self._key(method))

    def _key(self, method: str) -> tuple[str, str, str]:
        return self._app_id, self._shop_id, method if method == WHOLE else wire.base_method(method)
