"""What a file changes: compares things with the catalog and writes those that tell more than it knows.

A thing is `new`, `changed`, `same` (nothing is written), `older` (the catalog has a newer sight, which stays) or
`refused` (it cannot be placed). A file never takes anything away: what it does not name stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from offshelf.catalog.files import _store
from offshelf.catalog.files.model import FileKind, Record
from offshelf.catalog.service import Catalog
from offshelf.kit.db import Tx
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from offshelf.vocabulary.trade import AfterSale, Order, OrderLine, OrderState


class Verdict(NamedTuple):
    """What becomes of one thing; `value` is what would be written, `code` why it is refused."""

    word: str
    value: Any = None
    code: str = ""


class Effects:
    """Compares and writes things of one shop and kind."""

    def __init__(self, catalog: Catalog, shop_id: str, kind: FileKind, as_of: datetime, digest: str) -> None:
        self._catalog = catalog
        self._shop_id = shop_id
        self._kind = kind
        self._as_of = as_of
        self._digest = digest

    def judge(self, tx: Tx, things: Sequence[Record]) -> list[Verdict]:
        """Return what becomes of each thing, against the catalog as it is now."""
        match self._kind:
            case FileKind.PRODUCTS:
                return self._listings(things)
            case FileKind.ORDERS:
                return self._orders(tx, things)
            case FileKind.AFTERSALES:
                return self._aftersales(tx, things)
            case _:
                return self._figures(tx, things)

    def write(self, tx: Tx, verdicts: Sequence[Verdict]) -> None:
        """Write what is new or changed."""
        values = [verdict.value for verdict in verdicts if verdict.word in {"new", "changed"}]
        match self._kind:
            case FileKind.PRODUCTS:
                self._catalog.record_listings(tx, values)
            case FileKind.ORDERS:
                self._catalog.record_orders(tx, values)
            case FileKind.AFTERSALES:
                self._catalog.record_aftersales(tx, values)
            case _:
                _store.put_figures(tx, [row for rows in values for row in rows])

    def _word(self, known_at: datetime, *, same: bool) -> str:
        if same:
            return "same"
        return "older" if known_at > self._as_of else "changed"

    # -- listings -----------------------------------------------------------------------------------------------

    def _listings(self, things: Sequence[Record]) -> list[Verdict]:
        known = self._catalog.listings([(self._shop_id, str(thing["listing_id"])) for thing in things])
        return [self._listing(thing, known.get((self._shop_id, thing["listing_id"]))) for thing in things]

    def _listing(self, thing: Record, known: Listing | None) -> Verdict:
        if known is None:
            return Verdict("new", self._new_listing(thing))
        told = replace(
            known,
            title=thing["title"],
            merchant_code=known.merchant_code if thing["merchant_code"] is None else thing["merchant_code"],
            price=known.price if thing["price"] is None else thing["price"],
            # Without a status the file says nothing of the shelf, and what we knew of it stays.
            shelf=known.shelf if thing["state"] is None else Shelf(thing["state_means"]),
            skus=_merged(known.skus, thing["skus"], self._as_of),
        )
        if told.shelf is not known.shelf:
            told = replace(told, off_reason="")  # the reason we knew was that of another state
        word = self._word(known.observed_at, same=told == known)
        status = known.raw_status if thing["state"] is None else str(thing["state"])
        # The file does not tell of a draft under audit, so it cannot vouch for there being none.
        return Verdict(
            word,
            replace(
                told,
                raw_status=status[:64],
                audit=Audit.UNKNOWN,
                skus=_without_stock(told.skus, known.skus),
                observed_at=self._as_of,
            ),
        )

    def _new_listing(self, thing: Record) -> Listing:
        return Listing(
            shop_id=self._shop_id,
            listing_id=thing["listing_id"],
            merchant_code=thing["merchant_code"] or "",
            title=thing["title"],
            shelf=Shelf(thing["state_means"]),
            audit=Audit.UNKNOWN,
            raw_status=str(thing["state"] or "")[:64],
            price=thing["price"] or 0,
            skus=_merged((), thing["skus"], self._as_of),
            observed_at=self._as_of,
        )

    # -- orders -------------------------------------------------------------------------------------------------

    def _orders(self, tx: Tx, things: Sequence[Record]) -> list[Verdict]:
        known = {
            row["order_id"]: row
            for row in _store.orders(tx, self._shop_id, [str(thing["order_id"]) for thing in things])
        }
        codes = self._sku_ids(things)
        return [self._order(thing, known.get(thing["order_id"]), codes) for thing in things]

    def _sku_ids(self, things: Sequence[Record]) -> dict[tuple[str, str], str]:
        """Return SKU ids by (listing, merchant code) where exactly one SKU has the code."""
        keys = {(self._shop_id, str(line["listing_id"])) for thing in things for line in thing["lines"]}
        found: dict[tuple[str, str], list[str]] = {}
        for listing in self._catalog.listings(sorted(keys)).values():
            for sku in listing.skus:
                found.setdefault((listing.listing_id, sku.merchant_code), []).append(sku.sku_id)
        return {key: ids[0] for key, ids in found.items() if len(ids) == 1 and key[1]}

    def _order(
        self, thing: Record, known: Mapping[str, Any] | None, codes: Mapping[tuple[str, str], str]
    ) -> Verdict:
        before = known["lines"] if known else []
        lines = tuple(_line(line, before, codes) for line in thing["lines"])
        asks = thing["open_aftersales"]
        order = Order(
            shop_id=self._shop_id,
            order_id=thing["order_id"],
            state=OrderState(thing["state"]),
            raw_status=thing["raw_status"][:64],
            created_at=thing["created_at"],
            updated_at=max(thing["times"]),
            lines=lines,
            open_aftersales=asks if asks is not None else known["open_aftersales"] if known else 0,
            observed_at=self._as_of,
        )
        if known is None:
            return Verdict("new", order)
        same = (
            known["state"] == order.state.value
            and known["open_aftersales"] == order.open_aftersales
            and sorted(map(_plain, before)) == sorted(_plain(_as_row(line)) for line in lines)
        )
        order = replace(order, updated_at=max(order.updated_at, known["updated_at"]))
        return Verdict(self._word(known["observed_at"], same=same), order)

    # -- after-sales --------------------------------------------------------------------------------------------

    def _aftersales(self, tx: Tx, things: Sequence[Record]) -> list[Verdict]:
        ids = [str(thing["aftersale_id"]) for thing in things]
        known = {row["aftersale_id"]: row for row in _store.aftersales(tx, self._shop_id, ids)}
        orders = {
            row["order_id"]: row["lines"]
            for row in _store.orders(tx, self._shop_id, [str(thing["order_id"]) for thing in things])
        }
        return [
            self._aftersale(thing, known.get(thing["aftersale_id"]), orders.get(thing["order_id"], []))
            for thing in things
        ]

    def _aftersale(
        self, thing: Record, known: Mapping[str, Any] | None, lines: Sequence[Mapping[str, Any]]
    ) -> Verdict:
        place = _place(thing, known, lines)
        if place is None:
            return Verdict("refused", code="listing_unknown")
        case = AfterSale(
            shop_id=self._shop_id,
            aftersale_id=thing["aftersale_id"],
            order_id=thing["order_id"],
            listing_id=place[0],
            sku_id=place[1],
            waits_for=thing.get("state_means") or "unknown",
            raw_status=str(thing["state"])[:64],
            amount=thing.get("amount", known["amount"] if known else 0),
            updated_at=max([*thing["times"], *([known["updated_at"]] if known else [])], default=self._as_of),
            observed_at=self._as_of,
        )
        if known is None:
            return Verdict("new", case)
        names = ("order_id", "listing_id", "sku_id", "waits_for", "amount")
        same = all(known[name] == getattr(case, name) for name in names)
        return Verdict(self._word(known["observed_at"], same=same), case)

    # -- figures ------------------------------------------------------------------------------------------------

    def _figures(self, tx: Tx, things: Sequence[Record]) -> list[Verdict]:
        days = {str(row["day"]) for thing in things for row in thing["figures"]}
        known = {
            (row["day"], row["listing_id"], row["name"]): row
            for row in _store.figures(tx, self._shop_id, sorted(days))
        }
        return [self._figure(thing, known) for thing in things]

    def _figure(self, thing: Record, known: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> Verdict:
        own = {"shop_id": self._shop_id, "observed_at": self._as_of, "source": self._digest}
        rows = [row | own for row in thing["figures"]]
        before = [known.get((row["day"], row["listing_id"], row["name"])) for row in rows]
        if not any(before):
            return Verdict("new", rows)
        different = [
            (row, was)
            for row, was in zip(rows, before, strict=True)
            if was is None or (was["value"], was["unit"]) != (row["value"], row["unit"])
        ]
        if not different:
            return Verdict("same")
        fresh = [row for row, was in different if was is None or was["observed_at"] <= self._as_of]
        return Verdict("changed", fresh) if fresh else Verdict("older")


def _merged(known: Sequence[Sku], told: Sequence[Record], as_of: datetime) -> tuple[Sku, ...]:
    """Return the SKUs we knew with what the file says of them, and those it adds.

    Stock of a file is taken only where none was read: it does not tell warehouses and reservations apart.
    """
    found = {sku.sku_id: sku for sku in known}
    for row in told:
        was = found.get(row["sku_id"])
        if was is None:
            was = Sku(row["sku_id"], "", "", 0, None)
        stock = (
            {"stock": row["stock"], "stock_at": as_of}
            if was.stock is None and row["stock"] is not None
            else {}
        )
        found[was.sku_id] = replace(
            was,
            merchant_code=row["sku_code"] or was.merchant_code,
            title=row["sku_title"] or was.title,
            price=was.price if row["price"] is None else row["price"],
            **stock,
        )
    return tuple(sorted(found.values(), key=lambda sku: sku.sku_id))


def _without_stock(told: Sequence[Sku], known: Sequence[Sku]) -> tuple[Sku, ...]:
    """Leave out stock we had read already, so that it keeps the instant at which it was read."""
    read = {sku.sku_id for sku in known if sku.stock is not None}
    return tuple(replace(sku, stock=None, stock_at=None) if sku.sku_id in read else sku for sku in told)


def _line(
    line: Record, before: Sequence[Mapping[str, Any]], codes: Mapping[tuple[str, str], str]
) -> OrderLine:
    """Return a line; what the file does not tell of it is taken from the line we knew, where there is exactly one."""
    listing_id = str(line["listing_id"])
    sku_id = line["sku_id"] or codes.get((listing_id, line["sku_code"] or ""), "")
    like = [row for row in before if row["listing_id"] == listing_id and sku_id in {"", row["sku_id"]}]
    was: Mapping[str, Any] = like[0] if len(like) == 1 else {}
    return OrderLine(
        listing_id=listing_id,
        sku_id=sku_id or was.get("sku_id", ""),
        quantity=line["quantity"],
        paid=was.get("paid", 0) if line["paid"] is None else line["paid"],
        ship_by=line["ship_by"] or was.get("ship_by"),
    )


def _as_row(line: OrderLine) -> dict[str, Any]:
    return {
        "listing_id": line.listing_id,
        "sku_id": line.sku_id,
        "quantity": line.quantity,
        "paid": line.paid,
        "ship_by": line.ship_by,
    }


def _plain(line: Mapping[str, Any]) -> tuple[str, str, int, int, str]:
    return line["listing_id"], line["sku_id"], line["quantity"], line["paid"], str(line["ship_by"] or "")


def _place(
    thing: Record, known: Mapping[str, Any] | None, lines: Sequence[Mapping[str, Any]]
) -> tuple[str, str] | None:
    """Return (listing, SKU) of a case: as told, as known, or as the order has it where it leaves no choice."""
    told = str(thing.get("listing_id", ""))
    sku_id = str(thing.get("sku_id", ""))
    like = [line for line in lines if told in {"", line["listing_id"]} and sku_id in {"", line["sku_id"]}]
    if known is not None and told in {"", known["listing_id"]}:
        return str(known["listing_id"]), sku_id or str(known["sku_id"])
    if len({line["listing_id"] for line in like}) == 1:
        only = like[0]["sku_id"] if len(like) == 1 else ""
        return str(like[0]["listing_id"]), sku_id or str(only)
    return (told, sku_id) if told else None
