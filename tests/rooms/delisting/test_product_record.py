"""The parts of a product's record: plans over it, columns of a list, the graph, plans at work, connections."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.catalog.places.service import Places
from offshelf.delisting import _store as plans
from offshelf.delisting.model import Uncovered, Way
from offshelf.delisting.overruling import worth_now
from offshelf.delisting.place_told import OPEN, UNKNOWN, rows_of
from offshelf.delisting.place_view import OF_A_SHOP
from offshelf.delisting.product.columns import PLACES, PLAN, SINCE, PlaceCount
from offshelf.delisting.product.graph import graph_of
from offshelf.delisting.product.standings import Standings
from offshelf.durable.ledger import Settling
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.places import PlaceKind, PlaceState
from offshelf.vocabulary.plans import Outcome, PlanState, Reason
from support.approval import staff
from support.cli_house import house
from support.databases import START
from support.product_house import CODE, KEY, goods, lived, opened

__all__ = ["house"]


@pytest.fixture
def product(house):
    staff(house.services.users)
    return lived(house)


@pytest.fixture
def fresh(house):
    staff(house.services.users)
    return opened(house)


# -- plans over it ------------------------------------------------------------------------------------------------


def test_every_plan_stands_with_what_is_worth_of_its_proof(product):
    listing = product.services.catalog.listings([KEY])[KEY]
    told = [
        (one.plan_id, one.state, one.wanted, one.verified) for one in product.services.standings.of(listing)
    ]
    assert told == [
        (product.waits, PlanState.PROPOSED, "off", None),
        (product.done, PlanState.INCOMPLETE, "off", False),
    ]


def test_a_plan_says_the_same_as_its_own_result(fresh):
    services = fresh.services
    plan_id = fresh.take_off(("outlet", "L1"), ("outlet", "L2"))
    result = services.results.of(plan_id)
    for one in result.verifications:
        listing = services.catalog.listings([(one.shop_id, one.listing_id)])[one.shop_id, one.listing_id]
        (over,) = services.standings.of(listing)
        assert (over.wanted, over.observed, over.verified) == (one.wanted, one.observed, one.verified)
        assert over.verified is True


@pytest.mark.parametrize(
    ("shop_id", "listings", "beside"),
    [("outlet", (), True), ("flagship", (("outlet", "L1"),), True), ("flagship", (("outlet", "L2"),), False)],
)
def test_nothing_is_called_off_that_is_sold_beside_the_acts(fresh, shop_id, listings, beside):
    services = fresh.services
    fresh.take_off(("outlet", "L1"), ("outlet", "L2"))
    gap = Uncovered(shop_id, PlaceKind.VIDEO, "V", "", False, Way.TASK, listings, START)
    standings = Standings(services.database, services.ledger, lambda _plan: (gap,))
    (over,) = standings.of(services.catalog.listings([("outlet", "L1")])["outlet", "L1"])
    assert over.verified is (None if beside else True)


def test_a_newer_sight_takes_a_proof_back(fresh):
    listing = fresh.services.catalog.listings([KEY])[KEY]
    row = {"wanted": "off", "observed": "off", "verified": True, "verified_at": listing.observed_at}
    assert worth_now(row, listing, beside=False) == row
    later = replace(listing, observed_at=listing.observed_at + timedelta(seconds=1))
    assert worth_now(row, later, beside=False)["verified"] is False
    assert worth_now(row, replace(later, shelf=Shelf.UNKNOWN), beside=False)["verified"] is None
    assert worth_now(row, replace(later, shelf=Shelf.OFF), beside=False) == row


# -- columns ------------------------------------------------------------------------------------------------------


def test_columns_tell_what_was_asked_and_no_more(product):
    columns = product.services.columns
    keys = [KEY, ("outlet", "L2")]
    told = columns.of(keys, (PLAN, PLACES, SINCE))
    assert told.plans == {KEY: (product.waits, PlanState.PROPOSED)}
    # By its id: video, live, coupon. By its code: bundle and script. Ended windows do not stand.
    assert told.places[KEY] == PlaceCount(5, unknown=True)
    assert set(told.since) == set(keys)
    nothing = columns.of(keys, ("code", "shop"))
    assert (nothing.plans, nothing.places, nothing.since) == ({}, {}, {})


def test_places_are_counted_whole_only_where_every_kind_was_read(fresh):
    services = fresh.services
    key = ("outlet", "L1")
    assert services.columns.of([key], (PLACES,)).places[key].unknown is True
    with services.database.begin() as tx:
        for kind in OF_A_SHOP:
            Places(services.database).mark(tx, "outlet", kind, at=START)
    assert services.columns.of([key], (PLACES,)).places[key] == PlaceCount(1, unknown=False)
    fresh.place(PlaceKind.VIDEO, "V5", goods("L1"), shop_id="outlet", state=PlaceState.UNKNOWN)
    assert services.columns.of([key], (PLACES,)).places[key] == PlaceCount(2, unknown=True)


# -- the graph ----------------------------------------------------------------------------------------------------


def test_the_graph_of_a_listing_has_its_skus_and_the_bundle_that_holds_it(fresh):
    graph = graph_of(fresh.services.place_views.of_listing(KEY), "en")
    by_column = {}
    for node in graph.nodes:
        by_column.setdefault(node.column, []).append(node.text.split("\n")[0])
    assert by_column[0] == ["title L1"]
    assert by_column[1] == ["s1", "title L2"]
    assert "showcase item ×5" in by_column[2]
    assert by_column[2].count("never read") == 2  # of the shop, and beside the shops
    assert len({node.ident for node in graph.nodes}) == len(graph.nodes)
    assert {edge.target for edge in graph.edges} == {node.ident for node in graph.nodes} - {"root"}
    (bundle,) = [edge for edge in graph.edges if edge.target == "lflagship/L2"]
    assert CODE in bundle.told


def test_no_two_nodes_of_the_graph_stand_on_one_spot(fresh):
    for view in (fresh.services.place_views.of_listing(KEY), fresh.services.place_views.of_code(CODE)):
        graph = graph_of(view, "zh")
        spots = [(node.column, node.row) for node in graph.nodes]
        assert len(set(spots)) == len(spots)
        assert all(0 <= row <= graph.rows - 1 for _, row in spots)


def test_every_place_of_the_view_is_in_the_graph_or_counted_there(fresh):
    view = fresh.services.place_views.of_code(CODE)
    rows = [row for row in rows_of(view, "zh") if not row.never and row.kind is not PlaceKind.LISTING]
    drawn = [node for node in graph_of(view, "zh").nodes if node.column == 2]
    told = "\n".join(node.told for node in drawn)
    assert [row.ref for row in rows if (row.title or row.ref) not in told] == []


def test_what_nobody_knows_looks_unknown(fresh):
    graph = graph_of(fresh.services.place_views.of_listing(KEY), "en")
    tones = {node.text.split("\n")[0]: node.tone for node in graph.nodes}
    assert (tones["live-room item 晚八点直播间"], tones["never read"], tones["coupon promo C1"]) == (
        UNKNOWN,
        UNKNOWN,
        OPEN,
    )
    unsure = {edge.target for edge in graph.edges if edge.unsure}
    assert unsure == {node.ident for node in graph.nodes if node.tone == UNKNOWN}


# -- plans at work ------------------------------------------------------------------------------------------------


def test_a_plan_at_work_is_counted_and_forecast(fresh):
    services = fresh.services
    plan = services.plans.propose([KEY, ("flagship", "L3")], reason=Reason.SEASON, by=fresh.actor("lin"))
    with services.database.begin() as tx:
        plans.change_plan(tx, plan.plan_id, state="running", started_at=START - timedelta(hours=1))
    (one,) = services.overviews._board.running()
    assert (one.plan_id, one.state, one.listings, one.count(None)) == (
        plan.plan_id,
        PlanState.RUNNING,
        3,
        one.acts,
    )
    assert one.finishes_at is None  # nothing limits this shop, and nothing was done by which to judge
    acts = services.ledger.acts(plan.plan_id)
    _settle(services.ledger, acts[0].act_id)
    (one,) = services.overviews._board.running()
    assert one.count(Outcome.DONE) == 1
    assert one.finishes_at == START + timedelta(hours=1) * (len(acts) - 1)


def test_what_holds_a_plan_up_is_told_until_it_gets_on(fresh):
    services = fresh.services
    plan = services.plans.propose([KEY], reason=Reason.SEASON, by=fresh.actor("lin"))
    with services.database.begin() as tx:
        plans.change_plan(tx, plan.plan_id, state="incomplete", started_at=START)
    services.results.held_ups.note(plan.plan_id, RuntimeError("x"))
    assert services.overviews._board.running()[0].held.code == "worker.fault"
    with services.database.begin() as tx:
        services.journal.append(tx, actor="offshelf", verb="plan.finished", subject=plan.plan_id, body={})
    assert services.overviews._board.running()[0].held is None


def _settle(ledger, act_id):
    ledger.intend({act_id: None})
    ledger.settle([Settling(act_id, "done", "", {}, settled=True)])
