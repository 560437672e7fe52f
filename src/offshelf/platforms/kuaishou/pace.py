"""Which methods an act calls: looking, writing, looking again (reference §3, §7, §8)."""

from __future__ import annotations

from offshelf.platforms.calling.pace import Table
from offshelf.platforms.contract import Calls
from offshelf.platforms.kuaishou import wire
from offshelf.platforms.kuaishou.manifest import limit
from offshelf.vocabulary.plans import ActKind

_STOCK = (Calls(wire.SKUS, 2), Calls(wire.base(wire.STOCK_SUBTRACT)))
_ACTS: dict[ActKind, tuple[Calls, ...]] = {
    ActKind.TAKE_OFF: (Calls(wire.GET, 2), Calls(wire.base(wire.TAKE_OFF))),
    ActKind.PUT_ON: (Calls(wire.GET, 2), Calls(wire.base(wire.PUT_ON))),
    ActKind.DRAIN_STOCK: _STOCK,
    ActKind.RESTORE_STOCK: _STOCK,
    ActKind.STOP_COUPON: (Calls(wire.COUPON_QUERY, 2), Calls(wire.COUPON_OVER)),
    ActKind.STOP_AFFILIATE: (Calls(wire.PLAN_QUERY, 2), Calls(wire.base(wire.PLAN_CLOSE))),
    ActKind.RESTORE_AFFILIATE: (Calls(wire.PLAN_QUERY, 2), Calls(wire.base(wire.PLAN_OPEN))),
}


def table() -> Table:
    """Return the calls of every act."""
    verify = (Calls(wire.GET), Calls(wire.LIST, 1, limit("listing_page")))
    return Table(_ACTS, verify, wire.base)
