"""What the checks are given: what the catalog has, and what stands beside it, wired or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.checks.rules import examine, verdicts
from offshelf.delisting.facts import Freshness, Registers, gather
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import Reason, Verdict
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import FOOD, place, policy, said
from support.databases import START

OLD_AGES = {"fresh.listings": 120, "fresh.stock": 30, "fresh.promotions": 60, "fresh.orders": 60}


@pytest.fixture
def given(house):
    """Return a function that gathers the facts of a plan over one of three listings."""
    house.shop.stock(3)
    plan = house.proposed("L1")

    def facts(**more):
        acts = house.ledger.acts(plan.plan_id)
        more = {"reason": Reason.SEASON, "now": house.clock.now()} | more
        return gather(house.catalog, plan.listings, acts, **more)

    return facts


def test_where_registers_are_not_wired_only_the_catalog_is_judged(given):
    facts = given(freshness=Freshness())
    assert (facts.wired, facts.places, facts.statements) == (False, (), ())
    words = verdicts(examine(facts))
    assert words == dict.fromkeys(["payment", "stock", "promotions", "orders", "licences"], Verdict.PASS)


def test_registers_that_are_wired_and_empty_block_everywhere(given):
    words = verdicts(examine(given(policy=policy(), registers=Registers())))
    assert len(words) == 12
    assert {check for check, word in words.items() if word is Verdict.PASS} == {"orders"}


def test_without_policy_and_ages_nothing_is_judged(given):
    found = [one for one in examine(given()) if one.blocks]
    missing = {one.subject for one in found}
    assert {one.code for one in found} == {"policy.missing"}
    assert missing == {
        "payment/fresh.listings",
        "stock/fresh.stock",
        "promotions/fresh.promotions",
        "orders/fresh.orders",
    }


def test_ages_of_the_process_go_over_the_policys(given):
    ages = Freshness(stock=timedelta(minutes=1))
    assert given(policy=policy()).policy.version == policy().version
    put_over = given(policy=policy(), freshness=ages).policy
    assert {name: put_over.number(name) for name in OLD_AGES} == OLD_AGES | {"fresh.stock": 1}
    assert put_over.words("lexicon.sold_out") == policy().words("lexicon.sold_out")


def test_what_stands_beside_the_catalog_is_handed_on_whole(given):
    video, script = place(PlaceKind.VIDEO), place(PlaceKind.SCRIPT)
    read = START - timedelta(hours=1)
    beside = Registers(
        places=(video, script),
        statements=(said(StatementKind.READ, "script"),),
        licences=(FOOD,),
        marks={("flagship", "places.video"): read},
        incomplete=frozenset({("flagship", "places.video")}),
        forced={"event": "e1"},
    )
    facts = given(
        policy=policy(), registers=beside, plan_id="P-1", stop_at=START, platforms={"flagship": "douyin"}
    )
    assert (facts.places, facts.licences, facts.forced) == (beside.places, (FOOD,), {"event": "e1"})
    assert facts.read_at["flagship", "places.video"] == read
    assert facts.read_at["flagship", "orders"] == START
    assert facts.incomplete == beside.incomplete
    assert (facts.plan_id, facts.stop_at, facts.platforms) == ("P-1", START, {"flagship": "douyin"})


def test_listings_of_what_is_offered_instead_are_found_by_code(given, house):
    code = house.catalog.listings([("flagship", "L2")])["flagship", "L2"].merchant_code
    assert code
    named = Registers(statements=(said(StatementKind.SUBSTITUTE, "any", code=code),))
    found = given(policy=policy(), registers=named).substitutes
    assert [one.listing_id for one in found] == ["L2"]
    nobody = replace(named, statements=(said(StatementKind.SUBSTITUTE, "any", code=""),))
    assert given(policy=policy(), registers=nobody).substitutes == ()


def test_acts_of_a_kind_not_known_yet_are_planned_acts_too(house, given):
    acts = house.ledger.acts(house.plans.all()[0].plan_id)
    by_hand = replace(acts[0], kind="by_hand", target="video/v1")
    facts = gather(house.catalog, [("flagship", "L1")], [*acts, by_hand], reason=Reason.SEASON, now=START)
    assert ("by_hand", "flagship", "video/v1") in facts.planned
    assert ("take_off", "flagship", "L1") in facts.planned
