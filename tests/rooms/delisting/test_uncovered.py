"""What has no act of a plan, judged from values; and how certificate, report and verifier tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from offshelf.catalog.places.graph import Closure, How, Touch
from offshelf.delisting.certificate import build
from offshelf.delisting.model import Uncovered, Way
from offshelf.delisting.report import render
from offshelf.delisting.uncovered import Gap, concerned, next_step, place_gaps, unsure_gaps
from offshelf.durable.ledger import LedgerAct
from offshelf.tasks.model import Standing, Target, TargetRow, TargetState
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import ActKind
from support.proof_results import result as result_of

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
K = PlaceKind


def place(kind=K.REPLAY, ref="r1", shop="s1", state=PlaceState.LIVE, at=AT):
    return Place(shop, kind, ref, "回放", state, (), "api", at)


def touch(*names, how=How.BY_HAND, **more):
    items = tuple(Member(Role.GOODS, name) for name in names or ("L1",))
    return Touch(place(**more), items, how)


def closure(*touched):
    return Closure(frozenset(), (), (), touched, (), ())


def act(target="replay/r1", shop="s1", lane="s1", items=("L1",)):
    params = {"shop": shop, "items": list(items)}
    return LedgerAct("A", "P", lane, 0, 0, 6, ActKind.BY_HAND.value, "L1", target, params)


def case(state=TargetState.CONFIRMED, items=("L1",), finished=LATER):
    target = Target("s1", K.REPLAY, "r1", listing_id="L1", items=items)
    return Standing(
        TargetRow("T-1", "T", 1, target, "replay", "dissociate", state, AT, finished_at=finished), ()
    )


def gaps(*touched, acts=(), standing=None):
    found = place_gaps(
        closure(*touched), acts, lambda _: standing, lambda one: {m.listing_id for m in one.items}
    )
    return [one.place.ref for one in found]


def test_an_act_covers_exactly_its_place_in_its_shop_and_all_of_its_goods():
    assert gaps(touch()) == ["r1"]
    assert gaps(touch(), acts=[act()]) == []
    # A place on no shop stands in some lane: only its own shop tells.
    assert gaps(touch(kind=K.BINDING, ref="b", shop=""), acts=[act("binding/b", "", "s2")]) == []
    for other in (act("video/r1"), act("replay/r2"), act(shop="s2"), act(lane="s1", shop="")):
        assert gaps(touch(), acts=[other]) == ["r1"]
    assert gaps(touch("L1", "L2"), acts=[act()]) == ["r1"]
    assert gaps(touch("L1", "L2"), acts=[act(), act(items=("L2",))]) == []


@pytest.mark.parametrize(
    ("seen", "state", "found"),
    [
        (AT, PlaceState.LIVE, []),
        (LATER, PlaceState.LIVE, []),
        (LATER + timedelta(seconds=1), PlaceState.LIVE, ["r1"]),
        (LATER + timedelta(seconds=1), PlaceState.UNKNOWN, []),
    ],
)
def test_a_settled_act_covers_a_place_as_long_as_it_was_not_seen_to_stand_since(seen, state, found):
    ended = replace(act(), outcome="done", settled_at=LATER)
    assert gaps(touch(at=seen, state=state), acts=[ended]) == found
    assert gaps(touch(at=seen, state=state), acts=[act()]) == []  # it still waits: it says so itself


@pytest.mark.parametrize("kind", [kind for kind in K if kind.nature.value != "sells"])
def test_what_does_not_sell_is_no_gap(kind):
    assert gaps(touch(kind=kind)) == []


def test_what_goes_with_its_listing_is_no_gap():
    assert gaps(touch(kind=K.BUNDLE, how=How.LISTING)) == []
    assert gaps(touch(kind=K.BUNDLE)) == ["r1"]


def test_an_unknown_state_is_as_if_it_stood_there():
    assert gaps(touch(state=PlaceState.UNKNOWN)) == ["r1"]


@pytest.mark.parametrize(
    ("standing", "seen", "found"),
    [
        (case(), AT, []),
        (case(), LATER, []),
        (case(), LATER + timedelta(seconds=1), ["r1"]),  # seen to stand after a person ended it
        (case(TargetState.NOT_THERE), AT, []),
        (case(TargetState.OPEN, finished=None), AT, ["r1"]),
        (case(TargetState.CLAIMED_DONE, finished=None), AT, ["r1"]),
        (case(TargetState.DROPPED, finished=None), AT, ["r1"]),
        (case(items=("L2",)), AT, ["r1"]),
        (case(items=()), AT, []),  # its one listing
    ],
)
def test_what_a_person_has_ended_for_the_plan_is_no_gap(standing, seen, found):
    assert gaps(touch(at=seen), standing=standing) == found


def test_an_unsure_place_counts_when_it_appeared_after_the_check_and_nobody_spoke_of_it_since():
    one = place(K.VIDEO, "v1", state=PlaceState.UNKNOWN)
    name = ("s1", "video", "v1")
    assert [g.place for g in unsure_gaps([one], {name: LATER}, lambda _: None)] == [one]
    assert list(unsure_gaps([one], {name: None}, lambda _: None)) == []
    assert [g.place for g in unsure_gaps([one], {name: LATER}, lambda _: AT)] == [one]
    assert list(unsure_gaps([one], {name: LATER}, lambda _: LATER)) == []
    # A word from after it was published speaks of it, though we saw it only later.
    dated = replace(one, detail={"started_at": (AT - timedelta(hours=1)).isoformat()})
    assert list(unsure_gaps([dated], {name: LATER}, lambda _: AT)) == []


# -- told ----------------------------------------------------------------------------------------------------------------


def uncovered(result, kind=K.REPLAY, way=Way.TASK, ref="r1", listings=None):
    first = result.verifications[0]
    keys = ((first.shop_id, first.listing_id),) if listings is None else listings
    return Uncovered(first.shop_id, kind, ref, "昨晚的直播", way is Way.DECLARE, way, keys, AT)


def test_the_certificate_names_it_and_one_without_keeps_its_form():
    result = result_of()
    assert "uncovered" not in build(result, issued_at=LATER, policy={})["plan"]
    told = build(replace(result, uncovered=(uncovered(result),)), issued_at=LATER, policy={})
    (row,) = told["plan"]["uncovered"]
    assert (row["kind"], row["ref"], row["unsure"]) == ("replay", "r1", False)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("way", list(Way))
def test_the_report_says_what_to_do_about_it(language, way):
    result = result_of()
    one = uncovered(result, way=way)
    page = render(replace(result, uncovered=(one,)), language, issued_at=LATER)
    assert "昨晚的直播" in page
    assert next_step(result.plan, one) in page


def test_the_next_step_names_the_new_listing_or_the_goods_that_stand_there():
    result = result_of()
    plan = result.plan
    shop = result.verifications[0].shop_id
    assert next_step(plan, uncovered(result, K.LISTING, Way.PROPOSE, "L77")).endswith(
        f" --listing {shop}/L77"
    )
    mine = "/".join(plan.listings[0])
    assert next_step(plan, uncovered(result, way=Way.PROPOSE)).endswith(f" --listing {mine}")
    assert next_step(plan, uncovered(result)) == f"offshelf tasks list --plan {plan.plan_id}"


def test_what_cannot_be_narrowed_concerns_every_listing_of_its_shop_or_of_the_plan():
    one = uncovered(result_of(), listings=())
    keys = [(one.shop_id, "L1"), (one.shop_id, "L2"), ("other", "L1")]
    assert one.concerned(keys) == frozenset(keys[:2])
    assert replace(one, shop_id="").concerned(keys) == frozenset(keys)
    assert replace(one, listings=(keys[2],)).concerned(keys) == frozenset(keys[2:])
    assert concerned(Gap(place(), frozenset({"nobody"})), []) == ()
