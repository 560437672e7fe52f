"""Places as they are written down, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.kit.errors import UsageError
from offshelf.vocabulary.places import Member, PlaceKind, PlaceState, Role
from support.databases import START
from support.place_shelves import K, place

HOUR = timedelta(hours=1)
GIFT = place(K.GIFT, "g1", gifts=["A"], mains=["#L2"], holder="li", detail={"url": "https://x", "units": 3})


def record(places, *some):
    with places._database.begin() as tx:
        places.record(tx, some)


def replaced(places, kinds, *some, shop="a", source="api", at=START):
    with places._database.begin() as tx:
        places.replace(tx, shop, kinds, some, source=source, at=at)


def test_a_place_comes_back_as_it_was_seen(places):
    record(places, GIFT)
    assert places.all() == (GIFT,)
    assert places.get("a", K.GIFT, "g1") == GIFT
    assert places.get("a", K.GIFT, "g2") is None


def test_an_older_sight_replaces_neither_the_place_nor_its_members(places):
    record(places, GIFT)
    record(places, replace(GIFT, state=PlaceState.ENDED, members=(), observed_at=START - HOUR))
    assert places.all() == (GIFT,)


def test_a_newer_sight_brings_its_own_members(places):
    record(places, GIFT)
    newer = replace(GIFT, members=(Member(Role.GIFT, code="B"),), observed_at=START + HOUR)
    record(places, newer)
    assert places.all() == (newer,)
    assert places.of_codes(["A"]) == ()


def test_of_two_sights_in_one_go_the_newer_stands(places):
    newer = replace(GIFT, title="new", observed_at=START + HOUR)
    record(places, newer, GIFT)
    assert places.all() == (newer,)


def test_places_are_found_by_code_and_by_listing_with_all_their_members(places):
    other = place(K.VIDEO, "v", "#L2", shop="b")
    loose = place(K.BINDING, "m", "#L2", shop="a")
    record(places, GIFT, other, loose)
    assert places.of_codes({"A"}) == (GIFT,)
    assert places.of_codes({""}) == ()
    assert places.of_listings([("a", "L2")]) == (loose, GIFT)
    assert places.of_listings([("b", "L2")]) == (other,)


def test_places_are_listed_by_shop_and_kind(places):
    record(places, GIFT, place(K.VIDEO, "v", "B", shop="b"))
    assert [one.ref for one in places.all("b")] == ["v"]
    assert [one.ref for one in places.all(kind=K.GIFT)] == ["g1"]
    assert places.all("b", K.GIFT) == ()


def test_a_whole_reading_ends_what_the_same_source_no_longer_tells_and_nothing_else(places):
    told = [place(K.VIDEO, ref, "#L1", source="api") for ref in ("v1", "v2")]
    record(places, *told, place(K.VIDEO, "hand", "#L1"), place(K.VIDEO, "far", "#L1", shop="b", source="api"))
    record(places, place(K.REPLAY, "r1", "#L1", source="api"))
    replaced(places, [K.VIDEO], replace(told[0], observed_at=START + HOUR), at=START + HOUR)
    assert {one.ref: one.state.value for one in places.all()} == {
        "v1": "live",
        "v2": "ended",
        "hand": "live",
        "far": "live",
        "r1": "live",
    }


def test_what_was_seen_after_a_whole_reading_began_is_not_ended_by_it(places):
    record(places, place(K.VIDEO, "v1", "#L1", source="api", observed_at=START + HOUR))
    replaced(places, [K.VIDEO], at=START)
    assert [one.state for one in places.all()] == [PlaceState.LIVE]


def test_none_is_told_from_never_read(places):
    assert places.read_at("a") == {}
    replaced(places, [K.VIDEO, K.REPLAY], at=START)
    assert places.read_at("a") == {PlaceKind.VIDEO: START, PlaceKind.REPLAY: START}
    with places._database.begin() as tx:
        places.mark_failed(tx, "a", K.VIDEO, at=START + HOUR)
    assert places.read_at("a") == {PlaceKind.REPLAY: START}


@pytest.mark.parametrize(
    ("ref", "at", "ended"), [("g1", START + HOUR, True), ("g1", START - HOUR, False), ("g9", START, False)]
)
def test_a_place_is_ended_unless_it_was_seen_later(places, ref, at, ended):
    record(places, GIFT)
    with places._database.begin() as tx:
        assert places.end(tx, "a", K.GIFT, ref, at=at) is ended
    assert places.all()[0].state is (PlaceState.ENDED if ended else PlaceState.LIVE)


def test_ending_twice_is_told(places):
    record(places, GIFT)
    with places._database.begin() as tx:
        assert places.end(tx, "a", K.GIFT, "g1", at=START) is True
        assert places.end(tx, "a", K.GIFT, "g1", at=START) is False


def test_only_open_places_without_members_are_unsure(places):
    record(
        places,
        GIFT,
        place(K.VIDEO, "v", state=PlaceState.UNKNOWN),
        place(K.VIDEO, "over", state=PlaceState.ENDED),
        place(K.VIDEO, "far", shop="b"),
    )
    assert [one.ref for one in places.unsure({"a", ""})] == ["v"]


def test_since_when_a_place_is_unsure_is_kept_from_sight_to_sight(places):
    video, later = place(K.VIDEO, "v", state=PlaceState.UNKNOWN), START + HOUR

    def since(**seen):
        record(places, replace(video, **seen))
        return places.get("a", K.VIDEO, "v").unsure_since

    assert since() == START
    assert since(observed_at=later) == START
    # Known in between, or over in between: what is unsure after that is unsure anew.
    assert since(observed_at=later, members=(Member(Role.GOODS, code="A"),)) is None
    assert since(observed_at=later + HOUR) == later + HOUR
    with places._database.begin() as tx:
        places.end(tx, "a", K.VIDEO, "v", at=later + 2 * HOUR)
    assert places.get("a", K.VIDEO, "v").unsure_since is None
    assert since(observed_at=later + 3 * HOUR) == later + 3 * HOUR


def test_that_a_platform_told_of_a_place_stays_known_whoever_writes_it_down(places):
    by_hand = place(K.VIDEO, "v", "A", source="file")
    record(places, by_hand)
    assert not places.get("a", K.VIDEO, "v").told
    for hours, source in enumerate(("api", "file", "file"), 1):
        record(places, replace(by_hand, source=source, observed_at=START + hours * HOUR))
        assert places.get("a", K.VIDEO, "v").told


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (place(K.VIDEO, " "), "places.no_ref"),
        (place(K.VIDEO, "x" * 201), "places.no_ref"),
        (replace(GIFT, members=(Member(Role.GIFT),)), "places.odd_member"),
        (replace(GIFT, members=(Member(Role.GIFT, "L1", "A"),)), "places.odd_member"),
        (replace(GIFT, members=(Member(Role.GIFT, code="A", quantity=0),)), "places.odd_member"),
        (replace(GIFT, members=(Member(Role.GIFT, code="A" * 129),)), "places.odd_member"),
    ],
)
def test_what_no_place_can_be_is_refused_and_nothing_is_written(places, odd, code):
    with pytest.raises(UsageError) as caught:
        record(places, place(K.REPLAY, "r1", "A"), odd)
    assert caught.value.code == code
    assert places.all() == ()


def test_more_places_than_fit_into_one_question(places):
    many = [place(K.VIDEO, f"v{n:04d}", "#L1", f"C{n}") for n in range(950)]
    record(places, *many)
    assert len(places.all()) == 950
    assert len(places.of_codes({f"C{n}" for n in range(900)})) == 900
    assert len(places.of_listings([("a", "L1")])) == 950
