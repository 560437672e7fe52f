"""Shops, listings, journal, drift: what is asked is what the rooms know."""

from __future__ import annotations

import pytest

from offshelf.platforms.contract import Meaning
from offshelf.vocabulary.goods import Shelf
from support.api_services import Caller
from support.memory_shop import answers


def test_shops_with_what_was_read(api: Caller) -> None:
    api.synced(2)
    first, second = api.get("/api/v1/shops").json["items"]
    assert (first["shop_id"], first["name"], first["listings"]) == ("flagship", "云朵茶铺", {"on": 2})
    assert first["read"]["listings"] == {
        "through": "2026-11-21T02:00:00.000Z",
        "finished_at": "2026-11-21T02:00:00.000Z",
        "failed": 0,
    }
    assert (second["shop_id"], second["listings"], second["read"]) == ("silent", {}, {})


def test_health_well_and_ill(api: Caller) -> None:
    well = api.get("/api/v1/shops/flagship/health").json
    api.shop.faults["listings.ids"] = [answers(Meaning.AUTH, "40001")]
    ill = api.get("/api/v1/shops/flagship/health").json
    assert (well["ok"], well["code"]) == (True, "well")
    assert (ill["ok"], ill["code"], ill["platform_code"]) == (False, "credentials_refused", "40001")


def test_sync_says_what_it_missed(api: Caller) -> None:
    api.shop.stock(2)
    api.shop.faults["listings.observe:L2"] = [answers(Meaning.UNKNOWN)] * 50
    answer = api.post("/api/v1/shops/flagship/sync").json
    assert answer["complete"] is False
    assert (answer["counts"]["listings"], answer["failed"]["listings"]) == (1, 1)


def test_sync_of_a_whole_shop(api: Caller) -> None:
    api.shop.stock(2)
    answer = api.post("/api/v1/shops/flagship/sync").json
    assert (answer["complete"], answer["counts"]["listings"]) == (True, 2)


@pytest.mark.parametrize(
    "path", ["shops/none/health", "listings/flagship/none", "plans/P-1", "plans/P-1/acts"]
)
def test_what_is_unknown_is_not_found(api: Caller, path: str) -> None:
    assert api.get(f"/api/v1/{path}").status == 404


@pytest.mark.parametrize("part", ["findings", "listings", "certificate", "report", "events"])
def test_an_unknown_plan_has_no_parts(api: Caller, part: str) -> None:
    answer = api.get(f"/api/v1/plans/P-1/{part}")
    assert (answer.status, answer.code) == (404, "plan.unknown")


def test_listings_page_by_page(api: Caller) -> None:
    api.synced(5)
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/api/v1/listings?limit=2{cursor and f'&after={cursor}'}").json
        seen.append([item["listing_id"] for item in page["items"]])
        cursor = page["next"]
    assert seen == [["L1", "L2"], ["L3", "L4"], ["L5"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [("shelf=off", ["L2"]), ("shop=silent", []), ("text=TEA-3", ["L3"]), ("shelf=on", ["L1", "L3"])],
)
def test_listings_filtered(api: Caller, query: str, found: list[str]) -> None:
    api.shop.stock(3)
    api.shop.goods["L2"].shelf = Shelf.OFF
    api.post("/api/v1/shops/flagship/sync")
    items = api.get(f"/api/v1/listings?{query}").json["items"]
    assert [item["listing_id"] for item in items] == found


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "shelf=maybe", "after=L1", "after=/L1", "text=%00"]
)
def test_a_bad_filter_is_refused(api: Caller, query: str) -> None:
    assert api.get(f"/api/v1/listings?{query}").status == 400


def test_one_listing_with_its_skus(api: Caller) -> None:
    api.synced(1)
    shown = api.get("/api/v1/listings/flagship/L1").json
    assert (shown["merchant_code"], shown["shelf"], shown["price"]) == ("TEA-1", "on", 9900)
    assert [(sku["sku_id"], sku["stock"]) for sku in shown["skus"]] == [("s1", 5)]


def test_the_journal_in_pages_and_by_subject(api: Caller) -> None:
    api.synced(1)
    plan_id = api.approved()
    first = api.get("/api/v1/journal?limit=2").json
    rest = api.get(f"/api/v1/journal?after={first['next']}").json
    verbs = [entry["verb"] for entry in first["items"] + rest["items"]]
    assert verbs == ["plan.proposed", "plan.checked", "plan.approved"]
    assert (first["next"], rest["next"]) == (2, None)
    checked = api.get(f"/api/v1/journal?subject={plan_id}&verb=plan.checked").json["items"]
    assert [entry["seq"] for entry in checked] == [2]


def test_a_journal_that_was_tampered_with(api: Caller) -> None:
    api.synced(1)
    api.approved()
    assert api.get("/api/v1/journal/verify").json["ok"] is True
    with api.services.database.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER journal_head_update")
        tx.exec_driver_sql("UPDATE journal_head SET seq = 2")
    told = api.get("/api/v1/journal/verify").json
    assert (told["ok"], told["first_bad_seq"], told["why"]) == (False, 3, "head")
    assert told["text"] == "the end of the journal was cut off or replaced"


def test_drift_is_found_and_nothing_corrected(api: Caller) -> None:
    api.synced(2)
    plan_id = api.done("L1")
    api.shop.goods["L1"].shelf = Shelf.ON
    writes = api.shop.writes()
    told = api.post("/api/v1/monitor/drift").json
    assert (told["watched"], told["complete"]) == (1, True)
    assert [(d["kind"], d["listing_id"], d["plan_id"]) for d in told["found"]] == [("drift", "L1", plan_id)]
    assert api.shop.writes() == writes


def test_a_shop_that_cannot_be_read_is_no_clean_bill(api: Caller) -> None:
    api.synced(1)
    api.done("L1")
    api.shop.faults["listings.ids"] = [answers(Meaning.NOT_SENT)]
    told = api.post("/api/v1/monitor/drift", {"deep": True}).json
    assert (told["complete"], told["unread_shops"]) == (False, ["flagship"])
    assert [item["kind"] for item in told["found"]] == ["unknown"]
