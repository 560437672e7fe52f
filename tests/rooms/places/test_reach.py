"""What is loaded for a question is enough: the answer is that of everything there is."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from offshelf.catalog.places.reach import Reaches
from offshelf.catalog.places.service import Places
from offshelf.catalog.service import Catalog
from offshelf.kit.db import Database
from offshelf.vocabulary.goods import PromotionKind
from support.place_market import SKU, Market, markets
from support.place_shelves import K, listing, names, place

EMPTY = (
    "DELETE FROM place_member",
    "DELETE FROM place",
    "DELETE FROM promotion_listing",
    "DELETE FROM promotion",
    "DELETE FROM sku",
    "DELETE FROM listing",
)


def fill(database: Database, market: Market, few: int) -> Reaches:
    catalog, places = Catalog(database), Places(database)
    with database.begin() as tx:
        for statement in EMPTY:
            tx.exec_driver_sql(statement)
        catalog.record_listings(tx, market.listings)
        places.record(tx, market.places)
        for shop in ("a", "b"):
            mine = [one for one in market.promotions if one.shop_id == shop]
            catalog.record_promotions(tx, shop, list(PromotionKind), mine)
    return Reaches(catalog, places, few=few)


@pytest.mark.parametrize("few", [0, 400], ids=["all read once", "asked for by name"])
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(markets())
def test_the_stored_merchant_is_answered_like_the_whole_one(
    sqlite_database: Database, few: int, market: Market
) -> None:
    reaches = fill(sqlite_database, market, few)
    whole = market.closure()
    found = reaches.of(market.keys, [SKU])
    for part in ("goods", "listings", "touched", "unsure", "added"):
        assert getattr(found, part) == getattr(whole, part), part
    # Beside the goods only what the question came across is told; what touches a whole shop needs no question.
    assert set(map(str, found.stays)) <= set(map(str, whole.stays))


def test_what_was_named_as_a_listing_is_told_from_what_a_code_found(catalog, places, database):
    with database.begin() as tx:
        catalog.record_listings(tx, [listing("a/L1", "A"), listing("b/L1", "A"), listing("a/L2", "C")])
    scope = Reaches(catalog, places).scope([("a", "L1"), ("b", "L1"), ("a", "L2")], ["A"])
    assert scope.by_code == {("a", "L1"), ("b", "L1")}
    assert scope.by_listing == {("a", "L2")}


def test_a_code_counts_in_every_spelling_there_is(catalog, places, database):
    """Read with other signs it is the same code; with other letters' case it may be the same goods."""
    some = [
        listing("a/L1", "Ab-1"),
        listing("b/L1", "Ａb-1 "),
        listing("b/L2", "AB-1"),
        listing("b/L3", "AB-11"),
    ]
    with database.begin() as tx:
        catalog.record_listings(tx, some)
        places.record(tx, [place(K.VIDEO, "v", "\u200bab-1"), place(K.VIDEO, "w", "AB-1\ufeff")])
    assert catalog.listings([("b", "L1")])["b", "L1"].skus[0].merchant_code == "Ab-1"
    assert catalog.find([" Ab-1"]) == ({" Ab-1": (("a", "L1"), ("b", "L1"))}, ())
    found = Reaches(catalog, places).of([("a", "L1"), ("b", "L1")], ["Ab-1"])
    assert set(found.listings) == {("a", "L1"), ("b", "L1"), ("b", "L2")}
    assert found.goods >= {"Ab-1", "AB-1"}
    assert [touch.place.ref for touch in found.touched] == ["v", "w"]


def test_a_bundle_in_a_shop_far_away_is_found(catalog, places, database):
    with database.begin() as tx:
        catalog.record_listings(tx, [listing("a/L1", "A"), listing("z/L9", "SET"), listing("y/L9", "SET")])
        places.record(tx, [place(K.BUNDLE, "b", "#L9", shop="z", parts=["A"])])
    assert names(Reaches(catalog, places).of([("a", "L1")], ["A"]))["listings"] == ["a/L1", "y/L9", "z/L9"]


@pytest.mark.parametrize("few", [0, 400], ids=["all read once", "asked for by name"])
def test_bundles_of_bundles_are_found_however_deep_they_lie(catalog, places, database, few):
    deep = range(1, 6)
    with database.begin() as tx:
        catalog.record_listings(tx, [listing("a/L0", "S0"), *(listing(f"a/L{n}", f"S{n}") for n in deep)])
        places.record(tx, [place(K.BUNDLE, f"B{n}", f"S{n}", parts=(f"S{n - 1}",)) for n in deep])
    found = Reaches(catalog, places, few=few).of([("a", "L0")], ["S0"])
    assert found.listings == tuple(("a", f"L{n}") for n in range(6))
    assert [one.key[1] for one in found.added] == [f"L{n}" for n in deep]
