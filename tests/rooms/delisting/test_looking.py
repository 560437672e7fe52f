"""What pages are told of plans: the same as the rooms say of them whole, but counted and cut by the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.sync import Sync
from offshelf.delisting._store import put_uncovered
from offshelf.delisting.looking.acts import ActFilter, Hold
from offshelf.delisting.looking.listing import PlanFilter, PlanOrder, Wait
from offshelf.delisting.looking.model import Step
from offshelf.delisting.looking.places import PlaceFilter, Places
from offshelf.delisting.model import Uncovered, Way
from offshelf.delisting.result import Results
from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import PromotionKind, Shelf
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import ActKind, Outcome, PlanKind, PlanState, Reason
from support.cli_house import build
from support.memory_shop import answers, ignored

WORDS = {True: "yes", False: "no", None: "unknown"}


@pytest.fixture
def house(database, clock, tmp_path):
    made = build(database, clock, tmp_path / "home")
    yield made
    made.services.io.close()


def read(house):
    services = house.services
    sync = Sync(services.database, services.catalog, services.clock)
    for shop in services.shops.all():
        services.call(sync.read(shop, services.connect(shop.shop_id)))


def approved(house, *, reason=Reason.SEASON, by="lin", keys=None, **more):
    plans = house.services.plans
    keys = house.services.catalog.on_sale() if keys is None else keys
    plan = plans.propose(keys, reason=reason, by=by, **more)
    plans.check(plan.plan_id)
    return plans.approve(plan.plan_id, plan.fingerprint, by="wang")


def run(house, plan):
    return house.services.worker.run(plan.plan_id, by="lin", progress=lambda *_: None)


@pytest.fixture
def two_shops(house):
    """Two shops of five listings, one of which refuses to go off and one of which never does what it says."""
    for name in ("flagship", "second"):
        house.open_shop(name, listings=5)
    house.shops["flagship"].promote(PromotionKind.COUPON, "C1", "L1", "L2")
    house.shops["flagship"].faults["listings.take_off:L2"].append(answers(Meaning.REFUSED, "10020049"))
    house.shops["second"].faults["listings.take_off:L4"] = [ignored() for _ in range(30)]
    read(house)
    return house


# -- the head --------------------------------------------------------------------------------------------------------


def test_a_head_counts_what_the_rooms_say(two_shops):
    services = two_shops.services
    plan = approved(two_shops)
    before = services.plan_looks.head(plan.plan_id)
    assert (before.step, before.listings, before.acts) == (Step.RUN, 10, {"open": 21})
    assert (before.proven, before.checked_at, before.started_at) == (
        {True: 0, False: 0, None: 10},
        services.clock.now(),
        None,
    )
    assert before.signatures == services.plans.signatures(plan.plan_id)
    assert (before.signatures.lost, before.blocked, before.changeable) == (1, False, True)
    assert run(two_shops, plan) is PlanState.INCOMPLETE
    after, result = services.plan_looks.head(plan.plan_id), services.results.of(plan.plan_id)
    assert after.acts == {word: count for word, count in result.outcomes.items() if count}
    assert (after.good, after.total) == (after.acts["done"], 21)
    told = [v.verified for v in result.verifications]
    assert after.proven == {said: told.count(said) for said in (True, False, None)}
    assert after.proven[False] == 2
    assert (after.started_at, after.ended_at, after.step) == (
        result.started_at, result.ended_at, Step.RUN,
    )  # fmt: skip


def test_a_head_of_no_plan_is_refused(house):
    with pytest.raises(UsageError, match=r"plan\.unknown"):
        house.services.plan_looks.head("P-none")


def test_a_blocked_plan_stands_at_its_checks_and_a_cancelled_one_at_its_end(two_shops):
    plans = two_shops.services.plans
    plan = plans.propose(two_shops.services.catalog.on_sale(), reason=Reason.SEASON, by="lin")
    look = two_shops.services.plan_looks
    assert (look.head(plan.plan_id).step, look.head(plan.plan_id).checked_at) == (Step.CHECK, None)
    plans.check(plan.plan_id)
    assert look.head(plan.plan_id).step is Step.APPROVE
    plans.ask(plan.plan_id, "cancel", by="lin")
    assert look.head(plan.plan_id).step is Step.PROVE


# -- proof -----------------------------------------------------------------------------------------------------------


def seen_again(house, shelves):
    """Let the catalog see listings of the first shop anew, later."""
    services = house.services
    house.clock.advance(60)
    known = services.catalog.listings([("flagship", name) for name in shelves])
    with services.database.begin() as tx:
        services.catalog.record_listings(
            tx,
            [
                replace(one, shelf=shelves[key[1]], observed_at=house.clock.now())
                for key, one in known.items()
            ],
        )


def beside(shop, ref, listings, *, unsure=False):
    return {
        "shop_id": shop, "kind": PlaceKind.LISTING.value, "ref": ref, "title": "t", "unsure": unsure,
        "way": Way.PROPOSE.value, "listings": listings,
    }  # fmt: skip


@pytest.mark.parametrize(
    "uncovered",
    [
        [],
        [("flagship", [["flagship", "L3"]])],
        [("second", [])],
        [("elsewhere", [])],
        [("flagship", [["flagship", "L99"]])],
    ],
    ids=["nothing", "one listing", "a shop", "nobody knows where", "none of the plan's"],
)
def test_what_is_shown_of_listings_is_what_the_certificate_weighs(two_shops, uncovered):
    """Newer sights overrule a proof, and nothing is called off that may be bought beside the plan: in SQL as in Python."""
    services = two_shops.services
    plan = approved(two_shops)
    run(two_shops, plan)
    seen_again(two_shops, {"L1": Shelf.ON, "L5": Shelf.UNKNOWN, "L2": Shelf.OFF})
    rows = [beside(shop, f"X{n}", keys) for n, (shop, keys) in enumerate(uncovered)]
    with services.database.begin() as tx:
        put_uncovered(tx, plan.plan_id, [row | {"seen_at": two_shops.clock.now()} for row in rows])
    found = tuple(
        Uncovered(
            row["shop_id"], PlaceKind.LISTING, row["ref"], "t", row["unsure"], Way.PROPOSE,
            tuple(map(tuple, row["listings"])), two_shops.clock.now(),
        )
        for row in rows
    )  # fmt: skip
    kept = {name: getattr(services, name) for name in ("database", "plans", "ledger", "catalog", "approvals", "shops", "journal")}  # fmt: skip
    whole = Results(**kept, held_ups=services.results.held_ups, uncovered=lambda _id: found).of(plan.plan_id)
    places = Places(database=services.database, catalog=services.catalog, uncovered=lambda _id: found)
    told = [one.verified for one in whole.verifications]
    assert places.counts(plan) == {said: told.count(said) for said in (True, False, None)}
    for said, word in WORDS.items():
        page = places.page(plan, PlaceFilter(verdict=word))
        wanted = [one for one in whole.verifications if one.verified is said]
        assert sorted((r.known for r in page.rows), key=str) == sorted(wanted, key=str)
        assert page.total == len(wanted)
    every = places.page(plan, PlaceFilter())
    assert len(every.rows) == 10


def test_listings_are_cut_by_shop_and_text_and_pages(two_shops):
    services = two_shops.services
    plan = approved(two_shops)
    places = services.plan_places
    assert places.page(plan, PlaceFilter(shop_id="second")).total == 5
    assert {r.known.listing_id for r in places.page(plan, PlaceFilter(text="title L3")).rows} == {"L3"}
    assert places.page(plan, PlaceFilter(text="TEA-2")).total == 2
    assert places.page(plan, PlaceFilter(text="%")).total == 0
    assert places.page(plan, PlaceFilter(text="_")).total == 0
    last = places.page(plan, PlaceFilter(), number=99, size=4)
    assert (last.number, last.pages, last.total, len(last.rows)) == (3, 3, 10, 2)


def test_a_relist_claims_only_what_it_puts_on_the_shelf(two_shops):
    services = two_shops.services
    plan = approved(two_shops)
    run(two_shops, plan)
    read(two_shops)
    back, _lost = services.plans.propose_relist(plan.plan_id, by="lin")
    goals = {
        (act.lane, act.subject) for act in services.ledger.acts(back.plan_id) if act.kind == ActKind.PUT_ON
    }
    page = services.plan_places.page(back, PlaceFilter())
    assert {(r.known.shop_id, r.known.listing_id) for r in page.rows} == goals
    assert {r.known.wanted for r in page.rows} == {"on"}
    assert sum(services.plan_places.counts(back).values()) == len(goals) < 10


# -- acts ------------------------------------------------------------------------------------------------------------


def test_lanes_count_the_acts_of_each_shop(two_shops):
    services = two_shops.services
    plan = approved(two_shops)
    flagship, second = services.plan_acts.lanes(plan.plan_id).lanes
    assert [(k.kind, k.total) for k in flagship.kinds] == [
        (ActKind.STOP_COUPON, 1), (ActKind.DRAIN_STOCK, 5), (ActKind.TAKE_OFF, 5),
    ]  # fmt: skip
    assert (flagship.shop_id, flagship.listings, flagship.counts, second.counts) == (
        "flagship", 5, {"open": 11}, {"open": 10},
    )  # fmt: skip
    run(two_shops, plan)
    flagship, second = services.plan_acts.lanes(plan.plan_id).lanes
    assert flagship.counts == {"done": 10, "refused": 1}
    assert (flagship.by_person, second.by_person) == (1, 1)
    assert second.counts == {"done": 9, "unknown": 1}


def test_what_holds_a_lane_is_told_with_the_instant_it_ends(two_shops):
    """A quota that is used up, a credential that is refused and a lost consent are three different things to do."""
    services, until = two_shops.services, two_shops.clock.now() + timedelta(hours=2)
    two_shops.shops["flagship"].used_up["listings.take_off"] = until
    plan = approved(two_shops)
    assert run(two_shops, plan) is PlanState.INCOMPLETE
    flagship = services.plan_acts.lanes(plan.plan_id).lanes[0]
    throttled = next(t for t in flagship.troubles if t.hold is Hold.THROTTLED)
    assert (throttled.count, throttled.code.partition(":")[0], throttled.until) == (5, "quota", until)
    assert flagship.finishes_at is None  # nothing limits a shop in memory, and its speed was not measured


def test_a_shop_that_refuses_our_key_is_told_as_such(two_shops):
    services = two_shops.services
    plan = approved(two_shops)
    two_shops.shops["second"].faults["listings.ids"] = [answers(Meaning.AUTH, "40001") for _ in range(5)]
    run(two_shops, plan)
    second = services.plan_acts.lanes(plan.plan_id).lanes[1]
    assert [(t.hold, t.count, t.code, t.until) for t in second.troubles] == [
        (Hold.KEY, 10, "auth:40001", None)
    ]
    assert second.by_person == 10


def test_acts_are_cut_by_what_is_asked(two_shops):
    services = two_shops.services
    plan = approved(two_shops)
    run(two_shops, plan)
    acts = services.plan_acts

    def targets(**asked):
        return [row.record.act.target for row in acts.page(plan.plan_id, ActFilter(**asked)).rows]

    assert acts.page(plan.plan_id, ActFilter()).total == 21
    assert targets(outcome="refused") == ["L2"]
    assert targets(kind=ActKind.STOP_COUPON) == ["C1"]
    assert sorted(targets(text="title L3", shop_id="second")) == ["L3", "L3/s1"]
    assert targets(text="10020049") == ["L2"]
    assert targets(outcome="open") == []
    one = acts.page(plan.plan_id, ActFilter(outcome="refused")).rows[0]
    assert (one.title, one.asks_person, one.record.code) == ("title L2", True, "refused:10020049")
    whole = {row.record.act.act_id for n in (1, 2, 3) for row in acts.page(plan.plan_id, ActFilter(), number=n, size=8).rows}  # fmt: skip
    assert whole == {act.act_id for act in services.ledger.acts(plan.plan_id)}


# -- the list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(two_shops):
    """Plans in several states: proposed, checked, approved, overdue, incomplete."""
    services, made = two_shops.services, {}
    keys = [("flagship", f"L{n}") for n in range(1, 6)]
    made["fresh"] = services.plans.propose(keys[:1], reason=Reason.STRATEGY, by="zhao")
    made["sign"] = services.plans.propose(keys[2:3], reason=Reason.STRATEGY, by="lin")
    services.plans.check(made["sign"].plan_id)
    made["start"] = approved(two_shops, keys=keys[3:4])
    soon = two_shops.clock.now() + timedelta(minutes=5)
    made["late"] = approved(two_shops, keys=keys[4:5], stop_at=soon)
    made["held"] = approved(two_shops, keys=[("second", "L4")], reason=Reason.COMPLAINT)
    run(two_shops, made["held"])
    two_shops.clock.advance(600)
    return made


def test_every_plan_says_what_it_waits_for(two_shops, many):
    page = two_shops.services.plan_lists.page(PlanFilter())
    names = {plan.plan_id: name for name, plan in many.items()}
    assert {names[row.plan.plan_id]: row.waits for row in page.rows} == {
        "fresh": (Wait.CHECK,),
        "sign": (Wait.SIGN,),
        "start": (Wait.START,),
        "late": (Wait.OVERDUE,),
        "held": (Wait.INCOMPLETE,),
    }
    held = next(row for row in page.rows if names[row.plan.plan_id] == "held")
    assert (held.listings, held.total, held.good) == (1, 2, 1)
    assert page.states == {PlanState.PROPOSED: 2, PlanState.APPROVED: 2, PlanState.INCOMPLETE: 1}


def test_a_plan_that_is_held_up_says_why_without_being_started(two_shops, many):
    services, plan_id = two_shops.services, many["late"].plan_id
    services.results.held_ups.note(plan_id, UsageError("plan.unknown", plan="x"))
    before = services.journal.head()
    row = next(r for r in services.plan_lists.page(PlanFilter()).rows if r.plan.plan_id == plan_id)
    assert (row.waits, row.held_up.code) == ((Wait.HELD, Wait.OVERDUE), "plan.unknown")
    assert services.journal.head() == before


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": PlanState.APPROVED}, {"start", "late"}),
        ({"reason": Reason.COMPLAINT}, {"held"}),
        ({"kind": PlanKind.RELIST}, set()),
        ({"shop_id": "second"}, {"held"}),
        ({"by": frozenset({"zhao"})}, {"fresh"}),
        ({"text": "title L4"}, {"start", "held"}),
        ({"text": "TEA-1"}, {"fresh"}),
        ({"text": "zha"}, {"fresh"}),
        ({"text": "%"}, set()),
    ],
    ids=str,
)
def test_plans_are_found(two_shops, many, asked, found):
    page = two_shops.services.plan_lists.page(PlanFilter(**asked))
    names = {plan.plan_id: name for name, plan in many.items()}
    assert {names[row.plan.plan_id] for row in page.rows} == found
    assert page.total == len(found)


def test_plans_are_sorted_and_paged_and_stand_on_a_board(two_shops, many):
    lists = two_shops.services.plan_lists
    by_name = [row.plan.created_by for row in lists.page(PlanFilter(), order=PlanOrder.BY, down=False).rows]
    assert by_name == ["lin"] * 4 + ["zhao"]
    first = lists.page(PlanFilter(), order=PlanOrder.STOP, down=False).rows[0]
    assert first.plan.plan_id == many["late"].plan_id  # those without an instant stand last, both ways
    page = lists.page(PlanFilter(), number=2, size=2)
    assert (len(page.rows), page.number, page.pages, page.total) == (2, 2, 3, 5)
    board = lists.board(PlanFilter())
    assert {state: total for state, (total, _) in board.items() if total} == {
        PlanState.PROPOSED: 2, PlanState.APPROVED: 2, PlanState.INCOMPLETE: 1,
    }  # fmt: skip


def test_outcome_words_are_those_the_store_counts():
    from offshelf.delisting.looking.cut._store import _LEFT

    assert set(_LEFT) == {word.value for word in Outcome if not word.good}
