"""Pushes: a hint to look. Late, doubled and shuffled ones leave the same state as the newest observation."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from offshelf.durable.inbox import Inbox
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


def handle(house):
    inbox = Inbox(house.database, house.clock)
    letters = Letters(
        database=house.database,
        inbox=inbox,
        catalog=house.catalog,
        journal=house.journal,
        connect=house.connect,
    )
    return house.clock.live(letters.handle()), len(inbox.waiting())


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
    house.shop.faults["listings.observe:L1"] = [answers(Meaning.UNKNOWN)] * 10
    assert handle(house) == (0, 1)


def test_a_push_about_nothing_we_know_is_put_away(house):
    push(house, topic="other", subject="")
    assert handle(house) == (1, 0)
