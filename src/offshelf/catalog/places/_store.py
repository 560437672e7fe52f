"""Tables of places and of the products that stand in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from offshelf.catalog._store import listing, sku, spelt_alike
from offshelf.kit.db import Instant, Json, Tx, metadata, row_dicts, upsert

_BATCH = 400  # bound parameters stay under the lowest limit of the databases
_PRIME = 1_000_000_007  # sums of instants stay small
Ident = tuple[str, str, str]  # (shop, kind, ref)

place = sa.Table(
    "place",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),  # "": it stands on no shop of ours
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("ref", sa.String(200), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("detail", Json, nullable=False),
    sa.Column("observed_at", Instant, nullable=False),
    sa.Column(
        "unsure_since", Instant
    ),  # since when nobody knows what stands there; empty: it is known, or it has ended
    sa.Column("told", sa.Boolean, nullable=False, server_default=sa.false()),  # a platform has told of it
    sa.Index("ix_place_kind_state", "kind", "state"),
)
place_member = sa.Table(
    "place_member",
    metadata,
    sa.Column("shop_id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("ref", sa.String(200), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("listing_id", sa.String(64), nullable=False, index=True),
    sa.Column("code", sa.String(128), nullable=False, index=True),
    sa.Column("quantity", sa.Integer, nullable=False),
)
sa.Index("ix_place_member_code_case", sa.func.lower(place_member.c.code))


def put(tx: Tx, rows: Sequence[dict[str, Any]], members: Sequence[dict[str, Any]]) -> None:
    """Store observed places with their members; an older observation never replaces a newer one."""
    upsert(tx, place, rows, newer="observed_at")
    given = {_ident(row): row["observed_at"] for row in rows}
    standing = {_ident(row) for row in of_idents(tx, list(given)) if row["observed_at"] <= given[_ident(row)]}
    if standing:
        old = sa.delete(place_member).where(
            place_member.c.shop_id == sa.bindparam("b_shop"),
            place_member.c.kind == sa.bindparam("b_kind"),
            place_member.c.ref == sa.bindparam("b_ref"),
        )
        tx.execute(old, [{"b_shop": s, "b_kind": k, "b_ref": r} for s, k, r in sorted(standing)])
    upsert(tx, place_member, [row for row in members if _ident(row) in standing])


def end(tx: Tx, shop_id: str, kind: str, ref: str, *, at: datetime, source: str) -> int:
    """Mark one place as ended, unless it was seen later than `at`; returns how many were."""
    done = tx.execute(
        sa.update(place)
        .where(place.c.shop_id == shop_id, place.c.kind == kind, place.c.ref == ref)
        .where(place.c.observed_at <= at, place.c.state != "ended")
        .values(state="ended", observed_at=at, source=source, unsure_since=None)
    )
    return int(done.rowcount)


def standing(tx: Tx, shop_id: str, kinds: Sequence[str], source: str, before: datetime) -> list[Ident]:
    """Return places of a shop that have not ended, of one source, last seen no later than `before`."""
    rows = tx.execute(
        sa.select(place.c.shop_id, place.c.kind, place.c.ref).where(
            place.c.shop_id == shop_id,
            place.c.kind.in_(kinds),
            place.c.source == source,
            place.c.state != "ended",
            place.c.observed_at <= before,
        )
    )
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]


def rows_of(tx: Tx, shop_id: str | None, kinds: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return places of a shop (None: every shop) and of some kinds (None: every kind)."""
    query = sa.select(place)
    if shop_id is not None:
        query = query.where(place.c.shop_id == shop_id)
    if kinds is not None:
        query = query.where(place.c.kind.in_(kinds))
    return row_dicts(tx.execute(query))


def of_idents(tx: Tx, idents: Sequence[Ident]) -> list[dict[str, Any]]:
    """Return the places of these names."""
    return [row for table_rows in _by_ident(tx, place, idents) for row in table_rows]


def members_of(tx: Tx, idents: Sequence[Ident]) -> list[dict[str, Any]]:
    """Return the members of these places, in their order."""
    found = [row for table_rows in _by_ident(tx, place_member, idents) for row in table_rows]
    return sorted(found, key=lambda row: (*_ident(row), row["number"]))


def holding_codes(tx: Tx, codes: Collection[str]) -> set[Ident]:
    """Return the names of places with a member of one of these codes."""
    return _holding(tx, place_member.c.code, codes)


def spellings(tx: Tx, codes: Collection[str]) -> set[str]:
    """Return some codes with those in places that differ from them by the case of letters only."""
    return spelt_alike(tx, place_member.c.code, codes)


def holding_listings(tx: Tx, keys: Iterable[tuple[str, str]]) -> set[Ident]:
    """Return the names of places with a member that is one of these listings (a place of no shop may name any)."""
    wanted = set(keys)
    ids = {listing_id for _, listing_id in wanted}
    found = _holding(tx, place_member.c.listing_id, ids, shown=True)
    return {
        (shop_id, kind, ref)
        for shop_id, kind, ref, listing_id in found
        if not shop_id or (shop_id, listing_id) in wanted
    }


def without_members(tx: Tx, shop_ids: Collection[str]) -> set[Ident]:
    """Return the names of places that have not ended and of which nobody knows what they hold."""
    members = sa.select(place_member.c.ref).where(
        place_member.c.shop_id == place.c.shop_id,
        place_member.c.kind == place.c.kind,
        place_member.c.ref == place.c.ref,
    )
    rows = tx.execute(
        sa.select(place.c.shop_id, place.c.kind, place.c.ref).where(
            place.c.shop_id.in_(sorted(shop_ids)), place.c.state != "ended", ~members.exists()
        )
    )
    return {(str(row[0]), str(row[1]), str(row[2])) for row in rows}


def stamp(tx: Tx) -> str:
    """Return what changes whenever a place or a listing is seen anew: their numbers, and a sum over their instants."""
    parts = []
    for table in (place, listing):
        at = sa.type_coerce(table.c.observed_at, sa.BigInteger) % _PRIME
        count, total = tx.execute(sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(at), 0))).one()
        parts.append(f"{count}/{total}")
    return " ".join(parts)


def sellers(tx: Tx, codes: Collection[str]) -> set[tuple[str, str]]:
    """Return (shop, listing) of every listing whose own code or one of whose SKU codes is among `codes`."""
    found: set[tuple[str, str]] = set()
    for some in _batches(sorted(set(codes) - {""})):
        for table in (listing, sku):
            query = sa.select(table.c.shop_id, table.c.listing_id).where(table.c.merchant_code.in_(some))
            found.update((str(row[0]), str(row[1])) for row in tx.execute(query))
    return found


def _holding(tx: Tx, column: sa.Column[str], values: Collection[str], *, shown: bool = False) -> set[Any]:
    names = [place_member.c.shop_id, place_member.c.kind, place_member.c.ref, *([column] if shown else [])]
    found: set[Any] = set()
    for some in _batches(sorted(set(values) - {""})):
        found.update(tuple(map(str, row)) for row in tx.execute(sa.select(*names).where(column.in_(some))))
    return found


def _by_ident(tx: Tx, table: sa.Table, idents: Sequence[Ident]) -> Iterable[list[dict[str, Any]]]:
    refs: dict[tuple[str, str], list[str]] = {}
    for shop_id, kind, ref in sorted(set(idents)):
        refs.setdefault((shop_id, kind), []).append(ref)
    for (shop_id, kind), names in refs.items():
        for some in _batches(names):
            query = sa.select(table).where(
                table.c.shop_id == shop_id, table.c.kind == kind, table.c.ref.in_(some)
            )
            yield row_dicts(tx.execute(query))


def _batches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


def _ident(row: dict[str, Any]) -> Ident:
    return row["shop_id"], row["kind"], row["ref"]
