"""Recording places, and asking for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from offshelf.catalog import _store as catalog_store
from offshelf.catalog.places import _store
from offshelf.catalog.places._store import Ident
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.codes import LONGEST, plain_code
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role

Key = tuple[str, str]  # (shop_id, listing_id)
_PLATFORM = "api"  # source of what a platform tells
_LONGEST_REF, _LONGEST_ID = 200, 64  # characters; what the tables hold


def part_of(kind: PlaceKind) -> str:
    """Return the name of the sync mark of a kind of place."""
    return f"places.{kind.value}"


class Places:
    """Places of one database, each as last seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- recording ----------------------------------------------------------------------------------------------

    def record(self, tx: Tx, places: Iterable[Place]) -> None:
        """Store observations; an older one never replaces a newer one, and a newer one brings its own members.

        Since when nobody knows what stands at a place, and that a platform has told of it, is kept from sight to sight.
        Refuses a place without a name of its own, and a member that is not exactly one of listing and code.
        """
        newest: dict[Ident, Place] = {}
        for seen in places:
            _refuse_odd(seen)
            name = ident(seen)
            if name not in newest or newest[name].observed_at <= seen.observed_at:
                newest[name] = seen
        before = {_named(row): row for row in _store.of_idents(tx, list(newest))}
        rows = [_row(seen, before.get(name)) for name, seen in newest.items()]
        members = [row for seen in newest.values() for row in _member_rows(seen)]
        _store.put(tx, rows, members)

    def replace(
        self,
        tx: Tx,
        shop_id: str,
        kinds: Sequence[PlaceKind],
        places: Iterable[Place],
        *,
        source: str,
        at: datetime,
        finished_at: datetime | None = None,
    ) -> None:
        """Store all there is of some kinds, as one source told it at `at`, and mark the kinds as read whole.

        What this source told before and no longer tells has ended. What another source told stays: the list of the
        shop's own videos says nothing of a creator's video that a person wrote down.
        """
        given = list(places)
        self.record(tx, given)
        told = {ident(one) for one in given}
        words = [kind.value for kind in kinds]
        for shop, kind, ref in _store.standing(tx, shop_id, words, source, at):
            if (shop, kind, ref) not in told:
                _store.end(tx, shop, kind, ref, at=at, source=source)
        for kind in kinds:
            self.mark(tx, shop_id, kind, at=at, finished_at=finished_at)

    def mark(
        self, tx: Tx, shop_id: str, kind: PlaceKind, *, at: datetime, finished_at: datetime | None = None
    ) -> None:
        """Write down that a kind was read whole: from then on, nothing found means there is none."""
        self._mark(tx, shop_id, kind, at, finished_at, failed=0)

    def mark_failed(self, tx: Tx, shop_id: str, kind: PlaceKind, *, at: datetime, failed: int = 1) -> None:
        """Write down that reading a kind was tried and `failed` items (or all) brought nothing."""
        self._mark(tx, shop_id, kind, at, None, failed=failed)

    @staticmethod
    def _mark(
        tx: Tx, shop_id: str, kind: PlaceKind, at: datetime, finished_at: datetime | None, *, failed: int
    ) -> None:
        row = {
            "shop_id": shop_id,
            "part": part_of(kind),
            "finished_at": finished_at or at,
            "through": at,
            "failed": failed,
        }
        catalog_store.put_mark(tx, row)

    def end(
        self, tx: Tx, shop_id: str, kind: PlaceKind, ref: str, *, at: datetime, source: str = "hand"
    ) -> bool:
        """Write down that a place has ended; False where it is not known, ended before, or was seen later."""
        return _store.end(tx, shop_id, kind.value, ref, at=at, source=source) > 0

    # -- asking -------------------------------------------------------------------------------------------------

    def get(self, shop_id: str, kind: PlaceKind, ref: str) -> Place | None:
        """Return one place, or None."""
        with self._database.read() as tx:
            return next(iter(_load(tx, [(shop_id, kind.value, ref)])), None)

    def last_seen(self, tx: Tx, place: Place) -> Place | None:
        """Return what is known of the place of this name, as this transaction sees it."""
        return next(iter(_load(tx, [ident(place)])), None)

    def all(self, shop_id: str | None = None, kind: PlaceKind | None = None) -> tuple[Place, ...]:
        """Return the places of a shop (None: of every shop) and of a kind (None: of every kind), ended ones too."""
        with self._database.read() as tx:
            rows = _store.rows_of(tx, shop_id, None if kind is None else [kind.value])
            return _load(tx, [(row["shop_id"], row["kind"], row["ref"]) for row in rows])

    def count(self, kind: PlaceKind) -> int:
        """Return how many places of a kind stand, whatever is in them."""
        return sum(1 for place in self.all(kind=kind) if place.state is not PlaceState.ENDED)

    def of_codes(self, codes: Collection[str]) -> tuple[Place, ...]:
        """Return every place with a member of one of these merchant codes, with all its members."""
        with self._database.read() as tx:
            return _load(tx, sorted(_store.holding_codes(tx, codes)))

    def of_listings(self, keys: Iterable[Key]) -> tuple[Place, ...]:
        """Return every place with one of these listings in it, with all its members."""
        with self._database.read() as tx:
            return _load(tx, sorted(_store.holding_listings(tx, keys)))

    def unsure(self, shop_ids: Collection[str]) -> tuple[Place, ...]:
        """Return places that have not ended and of which nobody knows what they hold."""
        with self._database.read() as tx:
            return _load(tx, sorted(_store.without_members(tx, shop_ids)))

    def spellings(self, codes: Collection[str]) -> frozenset[str]:
        """Return these codes in every spelling a place has them in: those that differ by upper and lower case only."""
        with self._database.read() as tx:
            return frozenset(_store.spellings(tx, codes))

    def sellers(self, codes: Collection[str]) -> frozenset[Key]:
        """Return every listing that sells one of these codes, of the product or of a SKU, in any shop."""
        with self._database.read() as tx:
            return frozenset(_store.sellers(tx, codes))

    def stamp(self) -> str:
        """Return a word for everything seen so far: another one means that a place or a listing was seen since."""
        with self._database.read() as tx:
            return _store.stamp(tx)

    def read_at(self, shop_id: str) -> Mapping[PlaceKind, datetime]:
        """Return since when each kind is known whole; a kind that is missing was never read, or not to its end."""
        with self._database.read() as tx:
            marks = catalog_store.marks(tx, shop_id)
        found = {kind: marks[part_of(kind)] for kind in PlaceKind if part_of(kind) in marks}
        return {kind: mark["through"] for kind, mark in found.items() if not mark["failed"]}


def ident(seen: Place) -> Ident:
    """Return what names a place: shop, kind, ref."""
    return seen.shop_id, seen.kind.value, seen.ref


def _refuse_odd(seen: Place) -> None:
    if not seen.ref.strip() or len(seen.ref) > _LONGEST_REF:
        raise UsageError("places.no_ref", place=seen.kind.value, title=seen.title)
    for member in seen.members:
        long = len(member.listing_id) > _LONGEST_ID or len(plain_code(member.code)) > LONGEST
        homeless = bool(member.listing_id) and not seen.shop_id  # an id is one of its shop
        if bool(member.listing_id) == bool(member.code) or member.quantity < 1 or long or homeless:
            raise UsageError("places.odd_member", place=seen.kind.value, ref=seen.ref)


def _named(row: Mapping[str, Any]) -> Ident:
    return row["shop_id"], row["kind"], row["ref"]


def _row(seen: Place, before: Mapping[str, Any] | None) -> dict[str, Any]:
    unsure = not seen.members and seen.state is not PlaceState.ENDED
    known_unsure = None if before is None else before["unsure_since"]
    return {
        "shop_id": seen.shop_id,
        "kind": seen.kind.value,
        "ref": seen.ref,
        "title": seen.title,
        "state": seen.state.value,
        "source": seen.source,
        "holder": seen.holder[:_LONGEST_REF],
        "detail": dict(seen.detail),
        "observed_at": seen.observed_at,
        "unsure_since": (known_unsure or seen.observed_at) if unsure else None,
        "told": seen.source == _PLATFORM or (before is not None and before["told"]),
    }


def _member_rows(seen: Place) -> list[dict[str, Any]]:
    name = {"shop_id": seen.shop_id, "kind": seen.kind.value, "ref": seen.ref}
    return [
        name
        | {
            "number": number,
            "role": member.role.value,
            "listing_id": member.listing_id,
            "code": member.code,
            "quantity": member.quantity,
        }
        for number, member in enumerate(dict.fromkeys(map(_plain, seen.members)))
    ]


def _plain(member: Member) -> Member:
    """Return a member with its code as codes are kept."""
    return replace(member, code=plain_code(member.code))


def _load(tx: Tx, idents: Sequence[Ident]) -> tuple[Place, ...]:
    members: dict[Ident, list[Member]] = {}
    for row in _store.members_of(tx, idents):
        member = Member(Role(row["role"]), row["listing_id"], row["code"], row["quantity"])
        members.setdefault((row["shop_id"], row["kind"], row["ref"]), []).append(member)
    found = [_place(row) for row in _store.of_idents(tx, idents)]
    return tuple(replace(one, members=tuple(members.get(ident(one), ()))) for one in sorted(found, key=ident))


def _place(row: Mapping[str, Any]) -> Place:
    return Place(
        shop_id=row["shop_id"],
        kind=PlaceKind(row["kind"]),
        ref=row["ref"],
        title=row["title"],
        state=PlaceState(row["state"]),
        members=(),
        source=row["source"],
        observed_at=row["observed_at"],
        holder=row["holder"],
        detail=row["detail"],
        unsure_since=row["unsure_since"],
        told=bool(row["told"]),
    )
