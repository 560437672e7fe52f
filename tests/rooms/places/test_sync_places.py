"""Reading places by call: what is not told is unknown, what is missing has ended only where silence proves it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.catalog.places.service import Places
from offshelf.catalog.sync import Sync
from offshelf.kit.errors import OutsideError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceState
from support.delisting_house import MERCHANT, House
from support.memory_shop import answers
from support.place_shelves import K, place
from support.place_shop import PlaceShop

DAY = 86_400


@pytest.fixture
def house(sqlite_database):
    made = House(sqlite_database)
    made.shop = PlaceShop(made.clock)
    made.shop.stock(3)
    return made


def read(house, **more):
    sync = Sync(house.database, house.catalog, house.clock, **more)
    return house.clock.live(sync.read(MERCHANT, house.shop.connector()))


def states(house, kind):
    return {one.ref: one.state.value for one in Places(house.database).all("flagship", kind)}


def kinds_read(house):
    return set(Places(house.database).read_at("flagship"))


def write(house, *some):
    with house.database.begin() as tx:
        Places(house.database).record(tx, some)


def test_showcase_cart_and_videos_are_read_and_marked(house):
    house.shop.cart = {"L2"}
    house.shop.clips = {"v1": ("L1", "L3"), "v2": ()}
    result = read(house)
    assert (result.counts["places"], sum(result.failed.values())) == (5, 0)
    assert states(house, K.SHOWCASE) == {"L1": "live", "L2": "live", "L3": "live"}
    assert states(house, K.LIVE) == {"L2": "live"}
    assert states(house, K.VIDEO) == {"v1": "live"}
    assert kinds_read(house) == {K.SHOWCASE, K.LIVE, K.VIDEO}
    (video,) = Places(house.database).of_listings([("flagship", "L3")])[-1:]
    assert [m.listing_id for m in video.members] == ["L1", "L3"]


def test_a_kind_that_no_port_tells_is_never_marked_as_read(house):
    read(house)
    assert K.REPLAY not in kinds_read(house)


def test_what_left_the_showcase_or_the_cart_has_ended(house):
    house.shop.cart = {"L1", "L2"}
    read(house)
    house.clock.advance(60)
    house.shop.goods["L1"].shelf = Shelf.OFF  # no longer among what is on sale, and asked for all the same
    house.shop.cart = {"L1"}
    read(house)
    assert states(house, K.SHOWCASE) == {"L1": "ended", "L2": "live", "L3": "live"}
    assert states(house, K.LIVE) == {"L1": "live", "L2": "ended"}


def test_a_showcase_item_the_platform_does_not_tell_of_is_unknown_and_the_kind_not_read(house):
    read(house)
    house.clock.advance(60)
    house.shop.window = {"L1": None}
    result = read(house)
    assert states(house, K.SHOWCASE)["L1"] == "unknown"
    assert result.failed["places.showcase"] == 1
    assert kinds_read(house) == {K.LIVE, K.VIDEO}


def test_one_cart_question_without_an_answer_is_counted(house):
    house.shop.cart = {"L1"}
    read(house)
    house.clock.advance(60)
    house.shop.faults["live.observe:L1"] = [answers(Meaning.UNKNOWN)] * 99
    assert read(house).failed["places.live"] == 1
    assert states(house, K.LIVE) == {"L1": "unknown"}


@pytest.mark.parametrize("meaning", [Meaning.ASK_PERSON, Meaning.AUTH])
def test_a_missing_permission_is_told_and_stops_nothing(house, meaning):
    house.shop.clips = {"v1": ("L1",)}
    house.shop.faults["showcase.observe"] = [answers(meaning)]
    result = read(house)
    assert result.failed["places.showcase"] == 1
    assert (result.counts["listings"], states(house, K.VIDEO)) == (3, {"v1": "live"})
    assert kinds_read(house) == {K.LIVE, K.VIDEO}


def test_a_gateway_that_cannot_be_reached_is_trouble_of_the_shop(house):
    house.shop.faults["videos.observe"] = [answers(Meaning.NOT_SENT)] * 99
    with pytest.raises(OutsideError) as caught:
        read(house)
    assert caught.value.code == "platforms.unreachable"


def test_a_video_whose_links_are_not_told_is_unknown_never_empty(house):
    house.shop.clips = {"v1": None}
    read(house)
    (video,) = Places(house.database).all("flagship", K.VIDEO)
    assert (video.state, video.members) == (PlaceState.UNKNOWN, ())
    assert [one.ref for one in Places(house.database).unsure({"flagship"})] == ["v1"]


@pytest.mark.parametrize("state", [PlaceState.LIVE, PlaceState.ENDED])
def test_what_a_person_said_of_a_video_outlasts_the_platform_s_silence(house, state):
    house.shop.clips = {"v1": None}
    write(house, place(K.VIDEO, "v1", "#L1", shop="flagship", state=state))
    read(house)
    (video,) = Places(house.database).all("flagship", K.VIDEO)
    assert (video.state, video.source, [m.listing_id for m in video.members]) == (state, "hand", ["L1"])


def test_a_video_that_links_the_goods_again_is_found_though_a_person_ended_it(house):
    write(house, place(K.VIDEO, "v1", "#L1", shop="flagship", state=PlaceState.ENDED))
    house.clock.advance(60)
    house.shop.clips = {"v1": ("L1",)}
    read(house)
    assert states(house, K.VIDEO) == {"v1": "live"}


def test_a_video_that_lost_its_links_has_ended(house):
    house.shop.clips = {"v1": ("L1",)}
    read(house)
    house.clock.advance(60)
    house.shop.clips = {"v1": ()}
    read(house)
    assert states(house, K.VIDEO) == {"v1": "ended"}


@pytest.mark.parametrize(
    ("back", "days", "state"),
    [(None, 400, "ended"), (90 * DAY, 1, "ended"), (90 * DAY, 91, "unknown")],
)
def test_a_video_no_longer_listed_has_ended_unless_it_is_older_than_the_list(house, back, days, state):
    house.shop.clips, house.shop.back = {"v1": ("L1",)}, back
    read(house)
    house.clock.advance(timedelta(days=days).total_seconds())
    house.shop.clips = {}
    read(house)
    assert states(house, K.VIDEO) == {"v1": state}


def test_a_video_only_a_person_knows_is_not_ended_by_its_absence(house):
    write(house, place(K.VIDEO, "of-a-creator", "#L1", shop="flagship"))
    house.clock.advance(60)
    read(house)
    assert states(house, K.VIDEO) == {"of-a-creator": "live"}


# -- how many calls ------------------------------------------------------------------------------------------------------


def asked(house, method):
    return [target for name, target in house.shop.calls if name == method]


@pytest.mark.parametrize("count", [12, 48])
def test_the_cart_of_a_shop_with_many_listings_is_asked_for_the_goods_of_plans_only(house, count):
    """No platform lists the cart, so a call each: their number must not grow with the shop."""
    house.shop.stock(count)
    house.shop.cart = {"L2", "L9"}
    planned = {"flagship": ["L1", "L2"]}
    result = read(house, carts=10, planned=planned.__getitem__)
    assert sorted(asked(house, "live.observe")) == ["L1", "L2"]
    assert states(house, K.LIVE) == {"L1": "ended", "L2": "live"}
    # What was not asked for is not known: the kind is not marked as read, and nothing failed.
    assert K.LIVE not in kinds_read(house)
    assert not any(result.failed.values())
    # What was seen in the cart is asked for again, whether a plan is about it or not.
    house.clock.advance(60)
    house.shop.cart = set()
    read(house, carts=10, planned=lambda _: ())
    assert sorted(asked(house, "live.observe")) == ["L1", "L2", "L2"]
    assert states(house, K.LIVE) == {"L1": "ended", "L2": "ended"}


def test_the_cart_of_a_small_shop_is_read_whole(house):
    house.shop.stock(10)
    house.shop.cart = {"L9"}
    read(house, carts=10)
    assert len(asked(house, "live.observe")) == 10
    assert (states(house, K.LIVE), K.LIVE in kinds_read(house)) == ({"L9": "live"}, True)


def test_the_showcase_is_one_question_however_many_listings_there_are(house):
    house.shop.stock(450)
    read(house)
    (question,) = asked(house, "showcase.observe")
    assert len(question.split(",")) == 450
