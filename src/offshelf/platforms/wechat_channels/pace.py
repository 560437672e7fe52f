"""Which methods an act calls (reference §4 to §11)."""

from __future__ import annotations

from offshelf.platforms.calling.pace import Table
from offshelf.platforms.contract import Calls
from offshelf.platforms.wechat_channels import wire
from offshelf.platforms.wechat_channels.manifest import limit
from offshelf.vocabulary.plans import ActKind

_TOGETHER = 50  # acts looked at together; whole lists (reference §6.1, §10) are read once for all of them

# Looking, writing, looking again. Buyers that are faster, late sights and retries make it more.
_ACTS: dict[ActKind, tuple[Calls, ...]] = {
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


def table() -> Table:
    """Return the calls of every act."""
    stock = (Calls(wire.STOCK_GET, 2, limit("stock_batch")), Calls(wire.base_method(wire.STOCK_ADD)))
    acts = _ACTS | dict.fromkeys((ActKind.DRAIN_STOCK, ActKind.RESTORE_STOCK), stock)
    verify = (Calls(wire.GET), Calls(wire.LIST_IDS, 1, limit("listing_page")))
    return Table(acts, verify, wire.base_method)
