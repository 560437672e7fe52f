"""What rests on the database itself, on both of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from support.api_services import Caller

BODY = {"reason": "season", "by": "lin", "all": True}


@pytest.fixture
def api(database: Database, clock: ManualClock, tmp_path: Path) -> Iterator[Caller]:
    caller = Caller(database, clock, tmp_path)
    yield caller
    caller.services.close()


def test_of_many_at_once_under_one_key_one_makes_a_plan(api: Caller) -> None:
    api.synced(1)
    with ThreadPoolExecutor(8) as pool:
        tries = [
            pool.submit(api.post, "/api/v1/plans", BODY, idempotency_key="one-key-for-all") for _ in range(8)
        ]
    plans = [plan["plan_id"] for plan in api.get("/api/v1/plans").json["items"]]
    told = {(t.result().status, t.result().json.get("code", "")) for t in tries}
    assert len(plans) == 1
    assert told <= {(201, ""), (409, "api.request_unfinished")}
    assert {t.result().json["plan_id"] for t in tries if t.result().status == 201} == set(plans)


def test_the_whole_way_of_a_plan(api: Caller) -> None:
    api.synced(2)
    plan_id = api.done()
    assert api.get(f"/api/v1/plans/{plan_id}/listings").json["counts"]["off"] == 2
    assert api.get("/api/v1/journal/verify").json["ok"] is True


@pytest.mark.parametrize(
    "path", ["listings?text=%00", "listings?shop=%00", "journal?verb=%00", "plans?after=%00"]
)
def test_a_text_no_database_takes_is_refused(api: Caller, path: str) -> None:
    assert api.get(f"/api/v1/{path}").code == "api.bad_input"


@pytest.mark.parametrize("path", ["plans/P\0", "listings/flagship/\0", "shops/\0/health"])
def test_a_path_no_database_takes_is_refused(api: Caller, path: str) -> None:
    assert api.get(f"/api/v1/{path}").code == "api.bad_input"
