"""Why a listing is off that was on sale: our plan, the merchant's own hand, the platform, sold out, or unclear.

Level-triggered: the shelf in the catalog is compared with the last one that was classified, so it does not matter
which pushes came, how often, in which order, or whether a reading of the shop saw it first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from offshelf.catalog.service import Catalog, Key
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.ids import new_id
from offshelf.monitoring import _store
from offshelf.vocabulary.goods import Listing, Shelf

_PAGE = 2000  # listings that moved, read in one go
_MOST = 500  # changes handed out in one go
_CLAIM = timedelta(minutes=1)  # far longer than a proposal takes; after a crash the change waits as long


class Cause(StrEnum):
    """Who or what took a listing off."""

    OURS = "ours"  # a plan of ours wants it off
    OWN_HAND = "own_hand"  # the merchant, outside of a plan
    PLATFORM = "platform"  # violation, deposit, brand expired, banned
    SOLD_OUT = "sold_out"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ShelfEvent:
    """One classified change. `before` and `shelf` are Shelf values, `seen_at` is when the new one was observed.

    `raw_status` and `off_reason` are the platform's own words. `wanted_by` is the plan that wanted it off then,
    `plan_id` the plan that deals with it; empty where there is none.
    """

    event_id: str
    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    before: str
    shelf: str
    raw_status: str
    off_reason: str
    seen_at: datetime
    cause: Cause
    wanted_by: str
    handled_at: datetime | None
    plan_id: str


def cause_of(shelf: Shelf, *, wanted: str, off_reason: str, own_hand_told: bool) -> Cause | None:
    """Return why a listing is off; None for one that is on sale, or of which we do not know.

    `wanted` is `off`, `on` or nothing. `own_hand_told`: this platform has a state of its own for what the merchant
    took off, so OFF is never the platform's doing. Elsewhere OFF without our wish is unclear, and so is a reason
    given in words the connector could not read.
    """
    if shelf.sellable is not False:
        return None
    if shelf is Shelf.OFF_BY_PLATFORM:
        return Cause.PLATFORM
    if wanted == "off":
        return Cause.OURS
    if shelf is Shelf.SOLD_OUT:
        return Cause.SOLD_OUT
    if shelf is Shelf.OFF and (own_hand_told or (wanted == "on" and not off_reason)):
        return Cause.OWN_HAND
    return Cause.UNCLEAR


class ShelfEvents:
    """Finds and keeps changes from on sale to off."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        journal: Journal,
        clock: Clock,
        own_hand_told: Callable[[str], bool],
    ) -> None:
        """Take the rooms; `own_hand_told` answers for a shop what `cause_of` wants to know of its platform."""
        self._database = database
        self._catalog = catalog
        self._journal = journal
        self._clock = clock
        self._own_hand_told = own_hand_told

    def sweep(self) -> int:
        """Classify every change since the last sweep, by whoever made it; returns how many there were.

        A listing seen for the first time is remembered, not classified. One whose shelf is unknown is left alone.
        """
        known = self._known()
        moved = [
            key
            for key, shelf in self._catalog.shelves().items()
            if shelf is not Shelf.UNKNOWN and known.get(key) != shelf.value
        ]
        wanted = {(row["shop_id"], row["listing_id"]): row for row in self._catalog.wanted()} if moved else {}
        fresh: list[Listing] = []
        found = 0
        for start in range(0, len(moved), _PAGE):
            for key, seen in self._catalog.listings(moved[start : start + _PAGE]).items():
                if seen.shelf is Shelf.UNKNOWN:  # seen again meanwhile
                    continue
                if key in known:
                    found += self._changed(seen, known[key], wanted.get(key))
                else:
                    fresh.append(seen)
        self._remember(fresh)
        return found

    def pending(self) -> tuple[ShelfEvent, ...]:
        """Return changes that nobody has dealt with yet, oldest first."""
        with self._database.read() as tx:
            return tuple(event_of(row) for row in _store.pending(tx, _MOST))

    def newest(self, limit: int = 200) -> tuple[ShelfEvent, ...]:
        """Return changes, newest first."""
        with self._database.read() as tx:
            return tuple(event_of(row) for row in _store.events(tx, limit))

    def claim(self, event: ShelfEvent) -> datetime | None:
        """Take a change in hand before a plan is proposed for it; returns until when, a minute from now.

        None when it has been dealt with, or while another process has any change in hand: two changes may be of one
        product, and its plan must be seen by whoever comes second. A claim lapses by itself, so a crash holds nothing
        for long.
        """
        now = self._clock.now()
        until = now + _CLAIM
        with self._database.begin() as tx:
            return until if _store.claim(tx, event.event_id, now, until) else None

    def release(self, event: ShelfEvent, until: datetime) -> None:
        """Give a change out of hand that cannot be dealt with now, under the claim that ends at `until`."""
        with self._database.begin() as tx:
            _store.release(tx, event.event_id, until)

    def handled(self, tx: Tx, event: ShelfEvent, plan_id: str = "") -> bool:
        """Mark a change as dealt with, by a plan or by none; False when another process was faster."""
        return _store.mark_handled(tx, event.event_id, plan_id, self._clock.now())

    def _known(self) -> dict[Key, str]:
        with self._database.read() as tx:
            return _store.seen(tx)

    def _remember(self, seen: Sequence[Listing]) -> None:
        for start in range(0, len(seen), _MOST):
            some = seen[start : start + _MOST]
            with self._database.begin() as tx:
                _store.first_seen(tx, [_seen_row(listing) for listing in some])

    def _changed(self, seen: Listing, before: str, wanted: Mapping[str, Any] | None) -> int:
        """Remember the new shelf and, where it went off, why; 0 when another process was faster."""
        wish = str(wanted["shelf"]) if wanted else ""
        event = self._judge(seen, before, wish, str(wanted["plan_id"]) if wanted else "")
        with self._database.begin() as tx:
            if not _store.move(tx, _seen_row(seen), before) or event is None:
                return 0
            _store.add_event(tx, event)
            if event["cause"] != Cause.OURS.value:  # what our plans do stands in the act ledger
                body = {
                    name: event[name] for name in ("cause", "before", "shelf", "raw_status", "off_reason")
                }
                subject = f"{seen.shop_id}/{seen.listing_id}"
                self._journal.append(tx, actor="offshelf", verb="shelf.went_off", subject=subject, body=body)
        return 1

    def _judge(self, seen: Listing, before: str, wish: str, plan_id: str) -> dict[str, Any] | None:
        told = self._own_hand_told(seen.shop_id)
        cause = cause_of(seen.shelf, wanted=wish, off_reason=seen.off_reason, own_hand_told=told)
        # Off that stays off is no news, whatever it is called, unless the platform has laid its hand on it.
        if cause is None or (Shelf(before).sellable is False and cause is not Cause.PLATFORM):
            return None
        now = self._clock.now()
        return {
            **_seen_row(seen),
            "event_id": new_id("E", now),
            "merchant_code": seen.merchant_code,
            "title": seen.title,
            "before": before,
            "raw_status": seen.raw_status,
            "off_reason": seen.off_reason,
            "cause": cause.value,
            "wanted_by": plan_id if wish == "off" else "",
            # Nobody has to do anything about the others.
            "handled_at": None if cause in (Cause.PLATFORM, Cause.UNCLEAR) else now,
            "plan_id": plan_id if cause is Cause.OURS else "",
        }


def _seen_row(seen: Listing) -> dict[str, Any]:
    return {
        "shop_id": seen.shop_id,
        "listing_id": seen.listing_id,
        "shelf": seen.shelf.value,
        "seen_at": seen.observed_at,
    }


def event_of(row: Mapping[str, Any]) -> ShelfEvent:
    """Return a change from its row."""
    values = {name: value for name, value in row.items() if name not in ("cause", "claimed_until")}
    return ShelfEvent(cause=Cause(row["cause"]), **values)
