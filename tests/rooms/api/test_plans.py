"""Plans from proposal to proof, over the wire."""

from __future__ import annotations

import pytest

from offshelf.vocabulary.goods import Audit, PromotionKind
from support.api_services import Caller
from support.memory_shop import ignored

SEASON = {"reason": "season", "by": "lin"}


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ({"all": True}, 3),
        ({"skus": ["TEA-1", "TEA-2-s1"]}, 2),
        ({"listings": ["L1"]}, 1),
        ({"listings": ["flagship/L3", "L3"]}, 1),
    ],
)
def test_propose(api: Caller, scope: dict[str, object], count: int) -> None:
    api.synced(3)
    made = api.post("/api/v1/plans", SEASON | scope)
    plan = made.json
    assert (made.status, plan["listings"], plan["state"], plan["created_by"]) == (
        201,
        count,
        "proposed",
        "lin",
    )
    assert made.headers["location"] == f"/api/v1/plans/{plan['plan_id']}"
    assert made.headers["etag"] == f'"{plan["fingerprint"]}"'


@pytest.mark.parametrize(
    ("scope", "status"),
    [({"all": True}, 400), ({"listings": ["flagship/L1"]}, 400), ({"skus": ["TEA-1"]}, 400)],
)
def test_goods_of_a_removed_shop_are_not_planned(api: Caller, scope: dict[str, object], status: int) -> None:
    api.synced(3)
    with api.services.database.begin() as tx:
        api.services.shops.remove(tx, "flagship")
    refused = api.post("/api/v1/plans", SEASON | scope)
    named = "listings" in scope
    assert (refused.status, refused.json["code"]) == (
        status, "plan.shop_removed" if named else "plan.only_removed",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({}, 400),
        ({"all": True, "skus": ["TEA-1"]}, 400),
        ({"skus": []}, 400),
        ({"skus": ["TEA-1", "NO-1"]}, 404),
        ({"listings": ["none"]}, 404),
        ({"listings": ["flagship/none"]}, 404),
        ({"all": True, "by": " "}, 400),
        ({"all": True, "by": "x" * 101}, 400),
        ({"all": True, "by": "a\u0000b"}, 400),
        ({"all": True, "stop_at": "2026-11-21T02:00:00"}, 400),
        ({"all": True, "stop_at": "0001-01-01T00:00:00+14:00"}, 400),
        ({"all": True, "reason": "boredom"}, 400),
    ],
)
def test_a_proposal_refused_leaves_nothing(api: Caller, scope: dict[str, object], status: int) -> None:
    api.synced(1)
    before = api.snapshot()
    assert api.post("/api/v1/plans", SEASON | scope).status == status
    assert api.snapshot() == before


def test_the_way_of_a_plan(api: Caller) -> None:
    api.synced(2)
    plan_id = api.approved("L1")
    started = api.post(f"/api/v1/plans/{plan_id}/start", {"by": "wang"})
    assert (started.status, started.json["state"], started.json["outcomes"]["open"]) == (202, "running", 2)
    assert api.shop.effects == []  # the worker acts, not the API
    api.services.worker.run(plan_id, by="wang", progress=lambda _what, _done, _of: None)
    shown = api.get(f"/api/v1/plans/{plan_id}").json
    assert (shown["state"], shown["outcomes"]["done"], shown["approvals"][0]["person"]) == ("done", 2, "wang")


def test_an_approval_names_the_version(api: Caller) -> None:
    api.synced(1)
    plan_id = api.proposed()
    mark = api.post(f"/api/v1/plans/{plan_id}/check").json["fingerprint"]
    before = api.snapshot()
    path, body = f"/api/v1/plans/{plan_id}/approve", {"by": "wang"}
    for shown in ("", "*", mark, f'W/"{mark}"', '""', f'"{mark}", "x"'):
        answer = api.post(path, body, if_match=shown)
        assert (answer.status, answer.code) == (428, "api.needs_if_match")
    other = api.post(path, body, if_match='"0000"')
    assert (other.status, other.code) == (412, "plan.fingerprint_differs")
    assert api.snapshot() == before


def test_an_unchecked_plan_is_not_approved(api: Caller) -> None:
    api.synced(1)
    plan_id = api.proposed()
    mark = api.get(f"/api/v1/plans/{plan_id}").headers["etag"]
    before = api.snapshot()
    answer = api.post(f"/api/v1/plans/{plan_id}/approve", {"by": "wang"}, if_match=mark)
    assert (answer.status, answer.code) == (409, "plan.not_checked")
    assert api.snapshot() == before


def test_an_unapproved_plan_is_not_started(api: Caller) -> None:
    api.synced(1)
    plan_id = api.proposed()
    before = api.snapshot()
    answer = api.post(f"/api/v1/plans/{plan_id}/start", {"by": "wang"})
    assert (answer.status, answer.code) == (409, "plan.not_approved")
    assert api.snapshot() == before


def test_a_finding_stands_until_it_is_waived(api: Caller) -> None:
    api.shop.stock(1, audit=Audit.UNKNOWN)
    api.post("/api/v1/shops/flagship/sync")
    path = f"/api/v1/plans/{api.proposed('L1')}"
    assert api.post(f"{path}/check").json["findings_standing"] == 1
    found = next(f for f in api.get(f"{path}/findings").json["items"] if f["stands"])
    waiver = {"finding": found["code"], "subject": found["subject"], "by": "wang", "why": "season end"}
    late = api.post(f"{path}/waive", waiver | {"until": "2026-11-20T00:00:00Z"})
    assert (late.status, late.code) == (400, "plan.waiver_ended")
    waived = api.post(f"{path}/waive", waiver | {"until": "2026-11-23T00:00:00+08:00"})
    assert (waived.status, waived.json["findings_standing"]) == (200, 0)


def test_findings_page_by_page(api: Caller) -> None:
    api.synced(1)
    path = f"/api/v1/plans/{api.approved()}/findings"
    first, whole = api.get(f"{path}?limit=1").json, api.get(path).json
    rest = api.get(f"{path}?after={first['next']}").json
    assert first["items"] + rest["items"] == whole["items"]
    assert (len(first["items"]), first["next"], whole["next"]) == (1, 1, None)


def test_acts_page_by_page_and_by_outcome(api: Caller) -> None:
    api.synced(2)
    path = f"/api/v1/plans/{api.done()}/acts"
    first = api.get(f"{path}?limit=3").json
    rest = api.get(f"{path}?limit=3&after={first['next']}").json
    assert [act["kind"] for act in first["items"]] == ["drain_stock", "drain_stock", "take_off"]
    assert ([act["target"] for act in rest["items"]], rest["next"]) == (["L2"], None)
    assert len(api.get(f"{path}?outcome=done").json["items"]) == 4
    assert api.get(f"{path}?outcome=unknown").json["items"] == []


def test_proofs_page_by_page(api: Caller) -> None:
    api.synced(3)
    path = f"/api/v1/plans/{api.done()}/listings"
    first = api.get(f"{path}?limit=2").json
    rest = api.get(f"{path}?limit=2&after={first['next']}").json
    assert [item["listing_id"] for item in first["items"] + rest["items"]] == ["L1", "L2", "L3"]
    assert (first["next"], rest["next"], first["counts"]["off"], rest["counts"]["off"]) == (2, None, 3, 3)


def test_plans_newest_first_and_by_state(api: Caller) -> None:
    api.synced(2)
    older = api.approved("L1")
    api.clock.advance(60)
    newer = api.proposed("L2")
    first = api.get("/api/v1/plans?limit=1").json
    assert ([plan["plan_id"] for plan in first["items"]], first["next"]) == ([newer], newer)
    rest = api.get(f"/api/v1/plans?after={newer}").json
    assert ([plan["plan_id"] for plan in rest["items"]], rest["next"]) == ([older], None)
    approved = api.get("/api/v1/plans?state=approved").json["items"]
    assert [plan["plan_id"] for plan in approved] == [older]
    assert api.get("/api/v1/plans?after=none").code == "api.bad_cursor"


def test_accepted_is_not_off(api: Caller) -> None:
    api.synced(1)
    api.shop.faults["listings.take_off"] = [ignored()] * 50
    plan_id = api.done()
    told = api.get(f"/api/v1/plans/{plan_id}/listings").json
    assert told["counts"] == {"off": 0, "on": 0, "not_off": 1, "not_on": 0, "unknown": 0}
    assert (told["items"][0]["wanted"], told["items"][0]["observed"]) == ("off", "on")
    assert api.get(f"/api/v1/plans/{plan_id}").json["state"] == "incomplete"


def test_pause_is_asked_and_cancel_ends_a_plan_at_rest(api: Caller) -> None:
    api.synced(2)
    running, resting = api.approved("L1"), api.proposed("L2")
    api.post(f"/api/v1/plans/{running}/start", {"by": "wang"})
    asked = api.post(f"/api/v1/plans/{running}/pause", {"by": "wang"})
    assert (asked.status, asked.json["state"], asked.json["asked"]) == (202, "running", "pause")
    ended = api.post(f"/api/v1/plans/{resting}/cancel", {"by": "wang"})
    assert (ended.status, ended.json["state"]) == (200, "cancelled")


def test_relist_says_what_is_lost(api: Caller) -> None:
    api.shop.promote(PromotionKind.LIMITED_DISCOUNT, "D1", "L1")
    api.synced(1)
    origin = api.done()
    made = api.post(f"/api/v1/plans/{origin}/relist", {"by": "lin"})
    back = made.json
    assert (made.status, back["kind"], back["origin"], back["acts"]) == (201, "relist", origin, 2)
    assert [(lost["kind"], lost["target"]) for lost in back["lost"]] == [("stop_limited_discount", "D1")]


def test_the_certificate_is_signed_and_its_digest_holds(api: Caller) -> None:
    from offshelf.kit.digest import sm3_of

    api.synced(1)
    plan_id = api.done()
    answer = api.get(f"/api/v1/plans/{plan_id}/certificate")
    document = answer.json
    assert answer.headers["content-disposition"] == f'attachment; filename="{plan_id}.certificate.json"'
    assert document["signature"]["public_key"] == api.services.signing_key().public_hex
    bare = {name: value for name, value in document.items() if name not in ("sm3", "signature")}
    assert (document["sm3"], document["counts"]["listings"]["off"]) == (sm3_of(bare), 1)


@pytest.mark.parametrize(("language", "mark"), [("en", '<html lang="en">'), ("zh", '<html lang="zh-CN">')])
def test_the_report_speaks_the_callers_language(api: Caller, language: str, mark: str) -> None:
    api.synced(1)
    answer = api.get(f"/api/v1/plans/{api.done()}/report", accept_language=language)
    assert mark in answer.text
    assert "script" not in answer.headers["content-security-policy"]
