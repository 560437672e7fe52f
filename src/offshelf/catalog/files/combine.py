"""Puts the rows of one thing together: the lines of an order, the SKUs of a listing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from offshelf.catalog.files.model import FileKind, Record, RowError
from offshelf.catalog.files.parse import Parsed

_TIMES = ("created_at", "paid_at", "shipped_at", "completed_at", "updated_at")
_LISTING_HEAD = ("title", "state", "merchant_code")
_SHIPPED = frozenset({"shipped", "completed"})


class Combined(NamedTuple):
    """A thing, or why its rows do not fit together; `repeated` rows are word for word like another."""

    thing: Record | None
    errors: tuple[RowError, ...]
    repeated: int


def combine(kind: FileKind, rows: Sequence[Parsed], column: str) -> Combined:
    """Return one thing from all its rows. `column` is what the file calls the key, for errors."""
    parts, clash = _parts(rows)
    if clash:
        return Combined(None, tuple(RowError(row.row, column, "repeated_differs") for row in clash), 0)
    repeated = len(rows) - len(parts)
    records = [row.record for row in parts]
    heads = {FileKind.ORDERS: ("created_at",), FileKind.PRODUCTS: _LISTING_HEAD}.get(kind, ())
    if any(record.get(name) != records[0].get(name) for record in records for name in heads):
        return Combined(None, tuple(RowError(row.row, column, "head_differs") for row in rows), 0)
    match kind:
        case FileKind.ORDERS:
            thing = _order(records)
        case FileKind.PRODUCTS:
            thing = _listing(records)
        case FileKind.AFTERSALES:
            thing = records[0] | {"times": _times(records)}
        case _:
            thing = {"figures": records}
    return Combined(thing | {"rows": [row.row for row in rows]}, (), repeated)


def _parts(rows: Sequence[Parsed]) -> tuple[list[Parsed], list[Parsed]]:
    """Return one row per part; or the rows that name the same part and tell different things of it."""
    found: dict[str, Parsed] = {}
    clash: set[str] = set()
    for row in rows:
        first = found.setdefault(row.part, row)
        if first.record != row.record:
            clash.add(row.part)
    return list(found.values()), [row for row in rows if row.part in clash]


def _times(records: Sequence[Record]) -> list[datetime]:
    return [record[name] for record in records for name in _TIMES if name in record]


def _order(records: Sequence[Record]) -> Record:
    states = [str(record.get("state_means") or "unknown") for record in records]
    # A line that was cancelled alone is owed no more; where all are, the order is.
    live = [at for at, state in enumerate(states) if state != "cancelled"] or list(range(len(records)))
    told = [record for record in records if "aftersale" in record]
    return {
        "order_id": records[0]["order_id"],
        "state": _state({states[at] for at in live}),
        "raw_status": "/".join(dict.fromkeys(str(record["state"]) for record in records)),
        "created_at": records[0]["created_at"],
        "times": _times(records),
        # A word we do not know counts as open: the safe side.
        "open_aftersales": sum(1 for record in told if record.get("aftersale_means") != "closed")
        if told
        else None,
        "lines": [
            {
                name: records[at].get(name)
                for name in ("listing_id", "sku_id", "sku_code", "quantity", "paid", "ship_by")
            }
            for at in live
        ],
    }


def _state(states: set[str]) -> str:
    if len(states) == 1:
        return next(iter(states))
    if "unknown" in states or "unpaid" in states:
        return "unknown"
    if states <= _SHIPPED:
        return "shipped"
    if states & {*_SHIPPED, "partly_shipped"}:
        return "partly_shipped"
    return "unshipped"


def _listing(records: Sequence[Record]) -> Record:
    first = records[0]
    prices = [record["price"] for record in records if "price" in record]
    return {
        "listing_id": first["listing_id"],
        "title": first["title"],
        "merchant_code": first.get("merchant_code"),
        "state": first.get("state"),
        "state_means": first.get("state_means") or "unknown",
        "price": min(prices, default=None),
        "skus": [
            {name: record.get(name) for name in ("sku_id", "sku_code", "sku_title", "price", "stock")}
            for record in records
            if "sku_id" in record
        ],
        "times": [],
    }
