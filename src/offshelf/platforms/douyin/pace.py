"""Which methods an act calls: looking, writing, looking again (reference §5, §6, §10)."""

from __future__ import annotations

from offshelf.platforms.calling.pace import Table
from offshelf.platforms.contract import Calls
from offshelf.platforms.douyin import wire
from offshelf.platforms.douyin.manifest import limit
from offshelf.vocabulary.plans import ActKind

_STOCK = (Calls(wire.SKUS, 2), Calls(wire.base_method(wire.STOCK_SUBTRACT)))
# Coupons are ended by hand: nothing is called but the list, once for all of them.
_ACTS: dict[ActKind, tuple[Calls, ...]] = {
    ActKind.TAKE_OFF: (Calls(wire.DETAIL, 2), Calls(wire.LOCKS), Calls(wire.TAKE_OFF)),
    ActKind.CANCEL_AUDIT: (Calls(wire.DETAIL, 2), Calls(wire.CANCEL_AUDIT)),
    ActKind.PUT_ON: (Calls(wire.DETAIL, 3), Calls(wire.PUT_ON)),
    ActKind.DRAIN_STOCK: _STOCK,
    ActKind.RESTORE_STOCK: _STOCK,
    ActKind.STOP_AFFILIATE: (Calls(wire.SIMPLE_LIST, 2), Calls(wire.base_method(wire.SIMPLE_CLOSE))),
    ActKind.RESTORE_AFFILIATE: (Calls(wire.SIMPLE_LIST, 2), Calls(wire.base_method(wire.SIMPLE_OPEN))),
}


def table() -> Table:
    """Return the calls of every act."""
    verify = (Calls(wire.DETAIL), Calls(wire.LIST, 1, limit("listing_page")))
    return Table(_ACTS, verify, wire.base_method)
