"""Trying a shop, told need by need, and reading one in the background."""

from __future__ import annotations

import threading

import pytest

from offshelf.kit.errors import OffshelfError
from offshelf.monitoring.health import Health, needs_of
from offshelf.platforms.contract import Meaning
from support.approval import passphrase, staff
from support.cli_house import house
from support.memory_shop import answers

__all__ = ["house"]


def health(code):
    return Health("s", code == "well", code, "", "")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("well", "network yes, credentials yes, consent yes, permission yes, pace yes"),
        ("unreachable", "network no, credentials unknown, consent unknown, permission unknown, pace unknown"),
        (
            "credentials_refused",
            "network yes, credentials no, consent unknown, permission unknown, pace unknown",
        ),
        ("consent_lost", "network yes, credentials yes, consent no, permission unknown, pace unknown"),
        ("not_permitted", "network yes, credentials yes, consent yes, permission no, pace unknown"),
        ("throttled", "network yes, credentials unknown, consent unknown, permission unknown, pace no"),
        (
            "unclear_answer",
            "network unknown, credentials unknown, consent unknown, permission unknown, pace unknown",
        ),
    ],
)
def test_what_was_not_reached_is_unknown_and_not_well(code, told):
    needs = needs_of(health(code), consents=True)
    assert ", ".join(f"{name} {passed.value}" for name, passed in needs.items()) == told


def test_consent_is_told_where_a_platform_asks_for_it():
    assert "consent" not in needs_of(health("well"), consents=False)


def test_the_last_look_at_a_shop_is_kept(house):
    services = house.services
    house.open_shop("tea").faults["listings.ids"].append(answers(Meaning.AUTH, "40001"))
    shop = services.shops.get("tea")
    assert services.looks.last() == {}
    services.looks.at(shop)
    kept = services.looks.last()["tea"]
    assert (kept.health, kept.at) == (
        Health("tea", False, "credentials_refused", "40001", ""),
        house.clock.now(),
    )
    house.clock.advance(60)
    services.looks.at(shop)
    assert (services.looks.last()["tea"].health.code, services.looks.last()["tea"].at) == (
        "well",
        house.clock.now(),
    )


# -- reading ------------------------------------------------------------------------------------------------------


def ended(house, shop_id):
    for _ in range(2000):
        reading = house.services.readings.of(shop_id)
        if not reading.runs:
            return reading
        threading.Event().wait(0.01)
    raise AssertionError("the reading did not end")


def test_a_shop_is_read_in_the_background(house):
    house.open_shop("tea", listings=3)
    assert house.services.readings.of("tea") is None
    begun = house.services.readings.begin(house.services.shops.get("tea"), by="lin")
    assert (begun.by, begun.began_at) == ("lin", house.clock.now())
    done = ended(house, "tea")
    assert (done.parts["listings"], done.failed, done.trouble) == ((3, 3), 0, None)
    assert len(house.services.catalog.page(limit=10)) == 3


def test_a_reading_that_goes_on_is_not_begun_twice(house):
    shop, go_on = house.open_shop("tea"), threading.Event()
    read = shop.read
    shop.read = lambda *given: (go_on.wait(20), read(*given))[1]
    readings, tea = house.services.readings, house.services.shops.get("tea")
    first = readings.begin(tea, by="lin")
    assert (readings.begin(tea, by="wang") is first, first.runs) == (True, True)
    go_on.set()
    ended(house, "tea")
    assert readings.begin(tea, by="wang") is not first
    ended(house, "tea")


def test_a_shop_that_cannot_be_read_says_why(house):
    house.open_shop("tea").faults["listings.ids"].append(answers(Meaning.NOT_SENT))
    house.services.readings.begin(house.services.shops.get("tea"), by="lin")
    done = ended(house, "tea")
    assert (done.trouble.code, done.trouble.params) == ("platforms.unreachable", {"shop": "tea"})


def test_what_breaks_is_told_as_broken_and_never_as_read(house, monkeypatch):
    house.open_shop("tea")
    services = house.services

    async def broken(*_):
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(services.sync), "read", broken)
    services.readings.begin(services.shops.get("tea"), by="lin")
    assert ended(house, "tea").trouble.code == "monitoring.reading_broke"


def test_who_may_not_read_begins_none(house):
    house.open_shop("tea")
    staff(house.services.users)
    audit = house.services.users.sign_in("audit", passphrase("audit"))
    with pytest.raises(OffshelfError, match="not_permitted"):
        house.services.readings.begin(house.services.shops.get("tea"), by=audit)
    assert house.services.readings.of("tea") is None
