"""How shops stand with their platforms: told from what is stored, the first thing that is wrong first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.durable.pace import SharedPace
from offshelf.kit.errors import OffshelfError
from offshelf.kit.pace import PaceRow
from offshelf.kit.redact import Secret
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.shops import Platform, Shop
from support.cli_house import house
from support.memory_shop import answers

__all__ = ["house"]


def state(house, shop_id="tea"):
    return house.services.connected.of(shop_id).state


def read(house, shop_id="tea"):
    services = house.services
    services.call(services.sync.read(services.shops.get(shop_id), services.connect(shop_id)))


def test_a_shop_is_not_known_until_it_was_read_whole(house):
    house.open_shop("tea")
    assert (state(house), house.services.connected.of("tea").read_at) == ("never_read", None)
    read(house)
    standing = house.services.connected.of("tea")
    assert (standing.state, standing.read_at) == ("well", house.clock.now())


def test_a_look_that_went_wrong_counts_until_the_shop_was_read_whole_again(house):
    house.open_shop("tea").faults["listings.ids"] = [answers(Meaning.AUTH, "40001")]
    house.services.looks.at(house.services.shops.get("tea"))
    assert state(house) == "ill"
    house.clock.advance(60)
    read(house)
    assert state(house) == "well"
    house.shops["tea"].faults["listings.ids"] = [answers(Meaning.NOT_SENT)]
    house.clock.advance(60)
    house.services.looks.at(house.services.shops.get("tea"))
    assert state(house) == "ill"


def test_consent_comes_first(house):
    given = {"secret": Secret("s"), "sign_secret": Secret("t")}
    made = Shop("ks", Platform.KUAISHOU, "ks", "app", "https://gate.example")
    with house.services.database.begin() as tx:
        house.services.shops.add(tx, made, given)
    assert state(house, "ks") == "no_consent"
    with house.services.database.begin() as tx:
        tx.exec_driver_sql(
            "INSERT INTO platform_token (shop_id, slot, sealed, expires_at, generation, lost_at, lost_why) "
            "VALUES ('ks', 'shop', '', 0, 1, 1700000000000000, 'revoked')"
        )
    standing = house.services.connected.of("ks")
    assert (standing.state, standing.lost[0]) == ("consent_lost", "revoked")


def test_a_platform_that_wants_no_calls_is_told_until_then(house):
    house.open_shop("tea")
    now = house.clock.now()
    until = now + timedelta(minutes=3)
    held = PaceRow(
        None, 1.0, 1, learnt=False, share=1.0, shared_at=now, due=now, held=until, urgent_until=now
    )
    SharedPace(house.services.database).change(("wx1", "tea", "product/list/get"), lambda _: held)
    assert house.services.connected.all()[0].held_until == until
    house.clock.advance(180)
    assert house.services.connected.all()[0].held_until is None


def test_a_shop_nobody_has_is_refused(house):
    with pytest.raises(OffshelfError, match="unknown_shop"):
        house.services.connected.of("tea")
