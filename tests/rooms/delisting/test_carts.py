"""Since when the live cart of a large shop is known for the goods of a plan: by the answers about each of them."""

from __future__ import annotations

import pytest

from offshelf.access.shops import Shops
from offshelf.catalog.places.service import Places
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.sync import Sync
from offshelf.delisting.known import Known
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Reason
from support.databases import START
from support.delisting_house import MERCHANT
from support.evidence import SEAL, policy_of
from support.place_shop import PlaceShop

CART = ("flagship", "places.live")


@pytest.fixture
def shop(house):
    house.shop = PlaceShop(house.clock)
    house.shop.stock(9)
    return house.shop


def ask(house, *planned):
    """Read the shop, which has more listings on sale than are asked for one by one."""
    reader = Sync(house.database, house.catalog, house.clock, carts=3, planned=lambda _: planned)
    house.clock.live(reader.read(MERCHANT, house.shop.connector()))
    return house.clock.now()


def marks(house, *listings):
    """Return what a plan over these listings is judged on."""
    database, clock = house.database, house.clock
    known = Known(
        catalog=house.catalog,
        places=Places(database),
        registers=Registers(database=database, clock=clock, note=lambda *_: None),
        shops=Shops(database, clock, SEAL),
        policy=policy_of,
    )
    plan = house.plans.propose([("flagship", one) for one in listings], reason=Reason.SEASON, by="lin")
    return known.of(plan, {}).marks


def test_answers_about_goods_that_are_all_off_the_shelf_count(house, shop):
    ask(house, "L1", "L2")
    assert marks(house, "L1", "L2") == {CART: START}
    house.clock.advance(60)
    for listing in ("L1", "L2"):
        shop.goods[listing].shelf = Shelf.OFF_BY_PLATFORM
    asked_at = ask(house, "L1", "L2")
    assert marks(house, "L1", "L2") == {CART: asked_at}


def test_of_goods_that_are_all_off_each_must_have_been_asked_for(house, shop):
    for listing in ("L1", "L2"):
        shop.goods[listing].shelf = Shelf.OFF
    ask(house, "L1")
    assert marks(house, "L1", "L2") == {}
    assert marks(house, "L1") == {CART: START}


def test_beside_goods_on_sale_those_that_are_off_need_no_answer(house, shop):
    shop.goods["L2"].shelf = Shelf.OFF
    ask(house, "L1")
    assert marks(house, "L1", "L2") == {CART: START}
