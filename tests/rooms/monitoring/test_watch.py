"""Drift between wanted and observed, and the health of a shop."""

from __future__ import annotations

import pytest

from offshelf.kit.errors import UsageError
from offshelf.monitoring.drift import Watch
from offshelf.monitoring.health import look
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Audit, Shelf
from support.delisting_house import MERCHANT, House
from support.memory_shop import answers

READS = "listings.observe"


@pytest.fixture
def house(sqlite_database):
    made = House(sqlite_database)
    made.shop.stock(3)
    made.run(made.approved("L1", "L2").plan_id)
    made.shop.calls.clear()
    return made


def survey(house, connect=None, **more):
    watch = Watch(
        database=house.database, catalog=house.catalog, journal=house.journal, clock=house.clock,
        connect=connect or (lambda _shop: house.shop.connector()),
    )  # fmt: skip
    return house.clock.live(watch.survey(**more))


def kinds(found):
    return [(drift.kind, drift.listing_id, drift.observed) for drift in found.found]


def test_what_is_as_wanted_is_not_drift_and_costs_one_list(house):
    found = survey(house)
    assert (found.watched, found.found, found.unread_shops) == (2, (), ())
    assert {name for name, _ in house.shop.calls} == {"listings.ids"}


def test_a_listing_put_back_by_others_is_drift_and_journalled(house):
    house.shop.goods["L2"].shelf = Shelf.ON
    found = survey(house)
    assert kinds(found) == [("drift", "L2", "on")]
    (entry,) = house.journal.entries(verb="drift.found")
    assert entry.body == {"items": [["drift", "flagship", "L2", "on"]]}
    assert house.catalog.listings([("flagship", "L2")])["flagship", "L2"].shelf is Shelf.ON


def test_a_plan_still_at_work_is_not_drift(house):
    house.shop.goods["L2"].shelf = Shelf.ON
    plan_id = house.plans.all()[0].plan_id
    assert (survey(house, busy=frozenset({plan_id})).watched, house.journal.entries(verb="drift.found")) == (
        0,
        (),
    )


def test_only_what_disagrees_with_the_list_is_read_unless_asked_deeply(house):
    house.shop.goods["L1"].audit = Audit.PENDING
    assert kinds(survey(house)) == []
    assert kinds(survey(house, deep=True)) == [("pending_audit", "L1", "off")]


@pytest.mark.parametrize(("shelf", "audit"), [(Shelf.UNKNOWN, Audit.NONE), (Shelf.OFF, Audit.UNKNOWN)])
def test_what_cannot_be_told_is_unknown_not_well(house, shelf, audit):
    house.shop.goods["L1"].shelf, house.shop.goods["L1"].audit = shelf, audit
    assert kinds(survey(house, deep=True)) == [("unknown", "L1", shelf.value)]


def test_a_listing_that_cannot_be_read_is_unknown(house):
    house.shop.faults[f"{READS}:L1"] = [answers(Meaning.UNKNOWN)]
    found = survey(house, deep=True)
    assert kinds(found) == [("unknown", "L1", "unknown")]
    assert (found.found[0].observed_at, found.found[0].raw_status) == (None, "")


def test_a_shop_whose_list_cannot_be_read_is_named(house):
    house.shop.faults["listings.ids"] = [answers(Meaning.AUTH)]
    found = survey(house)
    assert found.unread_shops == ("flagship",)
    assert {drift.kind for drift in found.found} == {"unknown"}
    assert len(found.found) == found.watched


def test_a_shop_that_is_no_longer_known_does_not_blind_the_watch(house):
    def removed(shop_id):
        raise UsageError("access.unknown_shop", shop=shop_id)

    assert survey(house, removed).unread_shops == ("flagship",)


def test_wanted_on_and_seen_off_is_drift_too(house):
    plan_id = house.plans.all()[0].plan_id
    house.relist(plan_id)
    house.shop.goods["L1"].shelf = Shelf.OFF_BY_PLATFORM
    assert kinds(survey(house)) == [("drift", "L1", "off_by_platform")]


@pytest.mark.parametrize(
    ("meaning", "code"),
    [
        (Meaning.AUTH, "credentials_refused"),
        (Meaning.ASK_PERSON, "not_permitted"),
        (Meaning.NOT_SENT, "unreachable"),
        (Meaning.QUOTA, "throttled"),
        (Meaning.NOT_NOW, "throttled"),
        (Meaning.UNKNOWN, "unclear_answer"),
        (Meaning.REFUSED, "unclear_answer"),
    ],
)
def test_an_ill_shop_is_told_by_code(house, meaning, code):
    house.shop.faults["listings.ids"] = [answers(meaning, "40001")]
    health = house.clock.live(look(MERCHANT, house.shop.connector()))
    assert (health.ok, health.code, health.platform_code) == (False, code, "40001")


def test_a_well_shop_is_well(house):
    health = house.clock.live(look(MERCHANT, house.shop.connector()))
    assert (health.ok, health.code, health.shop_id) == (True, "well", "flagship")
