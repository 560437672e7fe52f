"""Pushes: a hint to look. Late, doubled and shuffled ones leave the same state as the newest observation."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from offshelf.durable.inbox import MOST_TRIES, Inbox
from offshelf.kit.errors import UsageError
from offshelf.monitoring.letters import Letters
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from support.delisting_house import House
from support.memory_shop import answers

KEY = ("flagship", "L1")


@pytest.fixture
def house(sqlite_database):
    house = House(sqlite_database)
    house.shop.stock(2)
    house.sync()
    return house


def push(house, number=1, topic="listing", subject="L1", status="11"):
    return Inbox(house.database, house.clock).receive(
        source="flagship",
        external_id=f"e{number}",
        topic=topic,
        event="product_spu_listing",
        subject=subject,
        raw_status=status,
        happened_at=house.clock.now() - timedelta(minutes=number),
    )


def handle(house, connect=None, limit=100):
    inbox = Inbox(house.database, house.clock)
    letters = Letters(
        database=house.database,
        inbox=inbox,
        catalog=house.catalog,
        journal=house.journal,
        connect=connect or house.connect,
    )
    return house.clock.live(letters.handle(limit)), len(inbox.waiting())


def test_a_push_makes_us_look_and_only_the_look_counts(house):
    house.shop.goods["L1"].shelf = Shelf.OFF_BY_PLATFORM
    house.clock.advance(1)
    push(house, status="5")  # it says "on sale"; the shop says otherwise
    assert handle(house) == (1, 0)
    assert house.catalog.listings([KEY])[KEY].shelf is Shelf.OFF_BY_PLATFORM
    assert house.journal.entries(verb="push.looked_at")[0].body["said"] == "5"


def test_a_doubled_push_is_stored_once(house):
    assert [push(house), push(house)] == [True, False]
    assert handle(house) == (1, 0)


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_any_order_of_pushes_leaves_the_same_state(house, order):
    house.shop.goods["L1"].shelf = Shelf.OFF
    house.clock.advance(1)
    for number in order:
        push(house, number, status=("11", "5", "13")[number - 1])
    assert handle(house) == (3, 0)
    assert house.catalog.listings([KEY])[KEY].shelf is Shelf.OFF


def test_a_push_whose_subject_cannot_be_seen_waits(house):
    push(house)
    house.shop.faults["listings.observe:L1"] = [answers(Meaning.UNKNOWN)]
    assert handle(house) == (0, 0)
    house.clock.advance(60)
    assert handle(house) == (1, 0)


def test_pushes_that_cannot_be_seen_do_not_hold_up_the_next(house):
    house.shop.faults["listings.observe:L1"] = [answers(Meaning.UNKNOWN)] * 10
    push(house)
    house.clock.advance(1)
    push(house, 2, subject="L2")
    assert [handle(house, limit=1), handle(house, limit=1)] == [(0, 1), (1, 0)]


def test_a_push_never_seen_is_given_up(house):
    push(house)
    house.shop.faults["listings.observe:L1"] = [answers(Meaning.UNKNOWN)] * 99
    for _ in range(MOST_TRIES - 1):
        assert handle(house) == (0, 0)
        house.clock.advance(3600)
    assert house.journal.entries(verb="push.given_up") == ()
    assert handle(house) == (1, 0)
    (entry,) = house.journal.entries(verb="push.given_up")
    assert (entry.subject, entry.body["why"], entry.body["tries"]) == ("flagship/L1", "not_seen", 12)


def refusing(code):
    def connect(shop_id):
        raise UsageError(code, shop=shop_id)

    return connect


def test_a_push_for_a_shop_that_is_gone_is_given_up_at_once(house):
    push(house)
    assert handle(house, refusing("access.unknown_shop")) == (1, 0)
    (entry,) = house.journal.entries(verb="push.given_up")
    assert (entry.subject, entry.body["why"]) == ("flagship/L1", "access.unknown_shop")


def test_a_shop_that_cannot_be_called_now_is_tried_again(house):
    push(house)
    assert handle(house, refusing("access.no_credential")) == (0, 0)
    house.clock.advance(60)
    assert handle(house) == (1, 0)


def test_a_push_about_nothing_we_know_is_put_away(house):
    push(house, topic="other", subject="")
    assert handle(house) == (1, 0)
