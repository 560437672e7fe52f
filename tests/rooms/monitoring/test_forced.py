"""Why a listing went off: every cause, and the same end whatever came in between."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from offshelf.catalog.service import Catalog
from offshelf.journal.service import Journal
from offshelf.monitoring import grants
from offshelf.monitoring.forced import Cause, ShelfEvents, cause_of
from offshelf.vocabulary.goods import Audit, Listing, Shelf
from support.databases import START

KEY = ("flagship", "L1")
OFF_WORDS = [shelf for shelf in Shelf if shelf.sellable is False]


class Watched:
    """A catalog that is told what was seen, and the events over it."""

    def __init__(self, database, clock, own_hand_told=False):
        self.database, self.clock = database, clock
        self.catalog, self.journal = Catalog(database), Journal(database, clock)
        self.events = ShelfEvents(
            database=database, catalog=self.catalog, journal=self.journal, clock=clock,
            own_hand_told=lambda _shop: own_hand_told,
        )  # fmt: skip

    def see(self, shelf, second=0, *, listing_id="L1", reason=""):
        seen = Listing(
            "flagship", listing_id, "TEA-1", "茶", shelf, Audit.NONE, f"{shelf.value}/1", 100, (),
            START + timedelta(seconds=second), reason,
        )  # fmt: skip
        with self.database.begin() as tx:
            self.catalog.record_listings(tx, [seen])

    def want(self, shelf, plan_id="P-1"):
        with self.database.begin() as tx:
            self.catalog.want(tx, [KEY], shelf, plan_id, START)

    def causes(self):
        return [(e.cause.value, e.before, e.shelf) for e in reversed(self.events.newest())]


@pytest.fixture
def watched(sqlite_database, clock):
    made = Watched(sqlite_database, clock)
    made.see(Shelf.ON)
    assert made.events.sweep() == 0
    return made


# -- causes ----------------------------------------------------------------------------------------------------

CAUSES = [
    (Shelf.ON, "", "", False, None),
    (Shelf.UNKNOWN, "off", "violation", True, None),
    (Shelf.OFF_BY_PLATFORM, "", "", False, Cause.PLATFORM),
    (Shelf.OFF_BY_PLATFORM, "off", "", True, Cause.PLATFORM),
    (Shelf.SOLD_OUT, "", "", False, Cause.SOLD_OUT),
    (Shelf.SOLD_OUT, "off", "", False, Cause.OURS),
    (Shelf.OFF, "off", "some words", False, Cause.OURS),
    (Shelf.OFF, "on", "", False, Cause.OWN_HAND),
    (Shelf.OFF, "on", "some words", False, Cause.UNCLEAR),
    (Shelf.OFF, "", "", False, Cause.UNCLEAR),
    (Shelf.OFF, "", "", True, Cause.OWN_HAND),
    (Shelf.GONE, "", "", True, Cause.UNCLEAR),
    (Shelf.GONE, "off", "", False, Cause.OURS),
    (Shelf.NEVER_LISTED, "on", "", True, Cause.UNCLEAR),
]


@pytest.mark.parametrize(("shelf", "wanted", "reason", "told", "cause"), CAUSES)
def test_the_cause_is_judged(shelf, wanted, reason, told, cause):
    assert cause_of(shelf, wanted=wanted, off_reason=reason, own_hand_told=told) is cause


def test_a_change_is_kept_with_what_the_platform_said(watched):
    watched.see(Shelf.OFF_BY_PLATFORM, 5, reason="品牌授权到期")
    assert watched.events.sweep() == 1
    (event,) = watched.events.newest()
    assert (event.cause, event.before, event.shelf) == (Cause.PLATFORM, "on", "off_by_platform")
    assert (event.raw_status, event.off_reason) == ("off_by_platform/1", "品牌授权到期")
    assert (event.seen_at, event.title) == (START + timedelta(seconds=5), "茶")
    assert watched.events.pending() == (event,)
    (entry,) = watched.journal.entries(verb="shelf.went_off")
    assert (entry.subject, entry.body["cause"]) == ("flagship/L1", "platform")


@pytest.mark.parametrize(
    ("shelf", "wanted", "waits", "journalled"),
    [
        (Shelf.OFF, "off", 0, 0),
        (Shelf.OFF, "on", 0, 1),
        (Shelf.SOLD_OUT, "", 0, 1),
        (Shelf.OFF, "", 1, 1),
        (Shelf.OFF_BY_PLATFORM, "off", 1, 1),
    ],
)
def test_only_what_asks_for_somebody_waits_and_our_own_is_not_told_twice(
    watched, shelf, wanted, waits, journalled
):
    if wanted:
        watched.want(wanted)
    watched.see(shelf, 5)
    assert watched.events.sweep() == 1
    assert len(watched.events.pending()) == waits
    assert len(watched.journal.entries(verb="shelf.went_off")) == journalled


def test_ours_names_the_plan(watched):
    watched.want("off", "P-7")
    watched.see(Shelf.OFF, 5)
    watched.events.sweep()
    (event,) = watched.events.newest()
    assert (event.cause, event.wanted_by, event.plan_id) == (Cause.OURS, "P-7", "P-7")


def test_what_we_took_off_and_the_platform_forbids_later_is_news(watched):
    watched.want("off")
    watched.see(Shelf.OFF, 5)
    watched.events.sweep()
    watched.see(Shelf.OFF_BY_PLATFORM, 9)
    watched.events.sweep()
    assert watched.causes() == [("ours", "on", "off"), ("platform", "off", "off_by_platform")]


def test_off_under_another_name_is_no_news(watched):
    for second, shelf in enumerate((Shelf.OFF_BY_PLATFORM, Shelf.OFF, Shelf.GONE, Shelf.SOLD_OUT), 1):
        watched.see(shelf, second)
        watched.events.sweep()
    assert watched.causes() == [("platform", "on", "off_by_platform")]


def test_forced_again_after_it_was_back_is_a_second_change(watched):
    for second, shelf in enumerate((Shelf.OFF_BY_PLATFORM, Shelf.ON, Shelf.OFF_BY_PLATFORM), 1):
        watched.see(shelf, second)
        watched.events.sweep()
    assert [cause for cause, _, _ in watched.causes()] == ["platform", "platform"]


# -- the same end whatever happened ----------------------------------------------------------------------------


def test_unknown_is_never_off_and_forgets_nothing(watched):
    watched.see(Shelf.UNKNOWN, 5)
    assert (watched.events.sweep(), watched.causes()) == (0, [])
    watched.see(Shelf.OFF_BY_PLATFORM, 9)
    watched.events.sweep()
    assert watched.causes() == [("platform", "on", "off_by_platform")]


def test_unknown_at_first_sight_is_not_remembered(sqlite_database, clock):
    watched = Watched(sqlite_database, clock)
    for second, shelf in enumerate((Shelf.UNKNOWN, Shelf.OFF_BY_PLATFORM, Shelf.OFF), 1):
        watched.see(shelf, second)
        assert watched.events.sweep() == 0
    assert watched.causes() == []


@pytest.mark.parametrize("shelf", OFF_WORDS)
def test_what_was_off_when_first_seen_is_no_change(sqlite_database, clock, shelf):
    watched = Watched(sqlite_database, clock)
    watched.see(shelf)
    assert (watched.events.sweep(), watched.causes()) == (0, [])


def test_a_second_sweep_finds_nothing(watched):
    watched.see(Shelf.OFF_BY_PLATFORM, 5)
    assert [watched.events.sweep(), watched.events.sweep()] == [1, 0]
    watched.see(Shelf.OFF_BY_PLATFORM, 9)
    assert (watched.events.sweep(), len(watched.causes())) == (0, 1)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_sights_in_any_order_end_the_same(watched, order):
    sights = [(Shelf.OFF, 1), (Shelf.ON, 2), (Shelf.UNKNOWN, 3), (Shelf.OFF_BY_PLATFORM, 4)]
    for number in order:
        watched.see(*sights[number])
        watched.see(*sights[number])
    watched.events.sweep()
    assert watched.causes() == [("platform", "on", "off_by_platform")]


def test_what_a_slow_process_read_never_takes_something_newer_back(watched):
    watched.see(Shelf.OFF, 1)
    slow = Watched(watched.database, watched.clock)
    rows, known = watched.catalog.listings([KEY]), {KEY: "on"}
    slow.catalog.listings, slow.catalog.shelves = lambda _keys: rows, lambda: {KEY: Shelf.OFF}
    slow.events._known = lambda: known
    for second, shelf in enumerate((Shelf.OFF_BY_PLATFORM, Shelf.ON), 2):
        watched.see(shelf, second)
        watched.events.sweep()
    assert (slow.events.sweep(), watched.causes()) == (0, [("platform", "on", "off_by_platform")])


def test_two_processes_find_a_change_once(database, clock):
    watched = Watched(database, clock)
    watched.see(Shelf.ON)
    watched.events.sweep()
    watched.see(Shelf.OFF_BY_PLATFORM, 5)
    other, known = Watched(database, clock), watched.events._known()
    other.events._known = lambda: known  # it read before the first one wrote
    assert [watched.events.sweep(), other.events.sweep()] == [1, 0]
    assert len(watched.causes()) == 1


def test_a_change_is_dealt_with_once(watched):
    watched.see(Shelf.OFF_BY_PLATFORM, 5)
    watched.events.sweep()
    (event,) = watched.events.pending()
    with watched.database.begin() as tx:
        assert [watched.events.handled(tx, event, "P-1"), watched.events.handled(tx, event, "P-2")] == [
            True,
            False,
        ]
    assert (watched.events.pending(), watched.events.newest()[0].plan_id) == ((), "P-1")


@pytest.fixture
def two(database, clock):
    """Return what is watched, over two changes that wait."""
    made = Watched(database, clock)
    for name in ("L1", "L2"):
        made.see(Shelf.ON, listing_id=name)
    made.events.sweep()
    for name in ("L1", "L2"):
        made.see(Shelf.OFF_BY_PLATFORM, 5, listing_id=name)
    made.events.sweep()
    return made


def test_one_change_is_in_hand_at_a_time(two):
    first, second = two.events.pending()
    until = two.events.claim(first)
    assert until == START + timedelta(minutes=1)
    assert [two.events.claim(first), two.events.claim(second)] == [None, None]
    with two.database.begin() as tx:
        two.events.handled(tx, first, "P-1")
    assert [two.events.claim(first), two.events.claim(second)] == [None, until]


def test_a_claim_lapses_after_a_minute_and_a_late_release_takes_nothing_from_the_next(two):
    first, second = two.events.pending()
    late = two.events.claim(first)
    two.clock.advance(59)
    assert two.events.claim(first) is None
    two.clock.advance(1)
    until = two.events.claim(first)
    assert until == START + timedelta(minutes=2)
    two.events.release(first, late)
    assert two.events.claim(second) is None
    two.events.release(first, until)
    assert two.events.claim(second) == until


# -- lost grants -----------------------------------------------------------------------------------------------


class Desk:
    """Remembers what was asked of it."""

    def __init__(self):
        self.asked = []

    def open(self, _tx, kind, **named):
        self.asked.append((kind, named["shop_id"], named["subject"], named["once"]))

    def close_others(self, _tx, kind, *, standing, note):
        self.asked.append((kind, sorted(standing), note))
        return 0


def test_a_lost_grant_is_one_task_named_by_its_loss(sqlite_database):
    desk, at = Desk(), "2026-11-21T02:00:00.000Z"
    with sqlite_database.begin() as tx:
        grants.sweep(tx, {"flagship": ("revoked", START)}, desk)
        grants.sweep(tx, {}, desk)
    assert desk.asked == [
        ("reauthorise", "flagship", at, True),
        ("reauthorise", [("flagship", at)], "grant_back"),
        ("reauthorise", [], "grant_back"),
    ]
