"""What the watch has seen of shelves, by listing and by day, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from offshelf.catalog.service import Catalog
from offshelf.journal.service import Journal
from offshelf.monitoring.forced import Cause, ShelfEvents
from offshelf.monitoring.seen import ShelfSeen
from offshelf.vocabulary.goods import Audit, Listing, Shelf
from support.databases import START

MIDNIGHT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # of the 22nd in Shanghai


class Eyes:
    """A catalog that is told what was seen; `look` classifies it."""

    def __init__(self, database, clock):
        self.database, self.catalog = database, Catalog(database)
        self.events = ShelfEvents(
            database=database, catalog=self.catalog, journal=Journal(database, clock), clock=clock,
            own_hand_told=lambda _shop: True,
        )  # fmt: skip

    def look(self, listing_id, shelf, at):
        seen = Listing("a", listing_id, "", "茶", shelf, Audit.NONE, "5", 100, (), at)
        with self.database.begin() as tx:
            self.catalog.record_listings(tx, [seen])
        self.events.sweep()


@pytest.fixture
def seen(database, clock):
    eyes = Eyes(database, clock)
    with database.begin() as tx:
        eyes.catalog.want(tx, [("a", "L1")], "off", "P-1", START)
    for listing_id in ("L1", "L2", "L3"):
        eyes.look(listing_id, Shelf.ON, START)
    eyes.look("L1", Shelf.OFF, START + timedelta(hours=1))
    eyes.look("L2", Shelf.OFF_BY_PLATFORM, MIDNIGHT - timedelta(microseconds=1))
    eyes.look("L3", Shelf.OFF, MIDNIGHT)
    return ShelfSeen(database)


def test_of_one_listing(seen):
    assert [(one.listing_id, one.cause) for one in seen.of(("a", "L2"), 5)] == [("L2", Cause.PLATFORM)]
    assert (seen.count(("a", "L2")), seen.count(("b", "L2")), seen.of(("b", "L2"), 5)) == (1, 0, ())


def test_since_when_a_listing_is_on_its_shelf(seen):
    found = seen.since([("a", "L1"), ("a", "L3"), ("a", "L9"), ("b", "L1")])
    assert found == {("a", "L1"): START + timedelta(hours=1), ("a", "L3"): MIDNIGHT}


def test_what_our_plans_did_is_not_told_beside_them(seen):
    assert [(one.listing_id, one.cause) for one in seen.newest(5)] == [
        ("L3", Cause.OWN_HAND),
        ("L2", Cause.PLATFORM),
    ]
    assert seen.newest(1)[0].listing_id == "L3"
    assert seen.waiting() == {Cause.PLATFORM: 1}


def test_days_end_at_midnight_in_shanghai(seen):
    days = seen.by_day(START - timedelta(days=1))
    assert days == {(date(2026, 11, 21), Cause.PLATFORM): 1, (date(2026, 11, 22), Cause.OWN_HAND): 1}
    assert seen.by_day(MIDNIGHT) == {(date(2026, 11, 22), Cause.OWN_HAND): 1}
