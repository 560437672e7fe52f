"""Whose a finding is to waive: a department its rule names, or an owner; names are believed while there are no users."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offshelf.access.roles import Role
from offshelf.delisting._store import finding_rows, put_findings, waiver_rows
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.goods import Audit
from offshelf.vocabulary.plans import Department, PlanState
from support.approval import passphrase
from support.databases import START

FINDING, SUBJECT = "audit.unclear_state", "flagship/L1"  # check 1: finance and operations
DESKS = {
    "fin": [Department.FINANCE],
    "ware": [Department.WAREHOUSE, Department.SERVICE],
    "both": [Department.LEGAL, Department.OPERATIONS],
    "none": [],
}


@pytest.fixture
def doubtful(house):
    """Return a signed plan in whose way a waived finding stood."""
    house.shop.stock(1, audit=Audit.UNKNOWN)
    plan = house.proposed("L1")
    house.plans.check(plan.plan_id)
    waive(house, plan, "wang", by="wang")
    return house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")


@pytest.fixture
def staffed(house, doubtful):
    """Return the plan in a house with users: an owner, and approvers of several departments."""
    users = house.plans.users
    users.add("boss", [Role.OWNER], passphrase("boss"), by="boss")
    boss = users.sign_in("boss", passphrase("boss"))
    for name, desks in DESKS.items():
        users.add(name, [Role.APPROVER], passphrase(name), by=boss, departments=desks)
    return doubtful


def waive(house, plan, name, code=FINDING, subject=SUBJECT, by=None) -> None:
    by = by or house.plans.users.sign_in(name, passphrase(name))
    end = START + timedelta(days=1)
    house.plans.waive(plan.plan_id, code, subject=subject, by=by, why="seen", until=end)


def waived(house, plan) -> list[tuple[str, str]]:
    with house.database.read() as tx:
        return [(row["person"], row["subject"]) for row in waiver_rows(tx, plan.plan_id)]


def note(house, plan) -> dict[str, object]:
    *_, entry = house.journal.entries(verb="plan.waived", subject=plan.plan_id, limit=100)
    return {"actor": entry.actor} | {k: v for k, v in entry.body.items() if k in ("department", "role")}


def test_without_users_a_name_is_believed(house, doubtful) -> None:
    assert (waived(house, doubtful), note(house, doubtful)) == ([("wang", SUBJECT)], {"actor": "wang"})


@pytest.mark.parametrize("name", ["ware", "none"])
def test_another_department_is_refused_and_nothing_is_changed(house, staffed, name) -> None:
    before = len(house.journal.entries(limit=1000))
    with pytest.raises(BlockedError) as refused:
        waive(house, staffed, name)
    assert refused.value.code == "plan.waiver_other_department"
    assert refused.value.params == {
        "finding": FINDING,
        "name": name,
        "departments": "finance, operations",
        "people": "boss, both, fin",
    }
    assert waived(house, staffed) == [("wang", SUBJECT)]
    assert house.plans.get(staffed.plan_id).state is PlanState.APPROVED
    assert house.plans.signatures(staffed.plan_id).void == (
        "wang",
    )  # still there: a name proves nothing by now
    assert len(house.journal.entries(limit=1000)) == before


@pytest.mark.parametrize(("name", "department"), [("fin", "finance"), ("both", "operations")])
def test_one_of_the_departments_is_enough_and_stands_in_the_journal(house, staffed, name, department) -> None:
    waive(house, staffed, name)
    assert note(house, staffed) == {"actor": name, "department": department}
    assert (name, SUBJECT) in waived(house, staffed)


def test_an_owner_always_may_and_the_journal_says_by_what_right(house, staffed) -> None:
    waive(house, staffed, "boss")
    assert note(house, staffed) == {"actor": "boss", "role": "owner"}
    boss = house.plans.users.sign_in("boss", passphrase("boss"))
    house.plans.users.move("boss", [Department.FINANCE], by=boss)
    waive(house, staffed, "boss")
    assert note(house, staffed) == {"actor": "boss", "department": "finance"}


def test_who_moves_to_another_department_may_waive_no_more(house, staffed) -> None:
    boss = house.plans.users.sign_in("boss", passphrase("boss"))
    waive(house, staffed, "fin")
    house.plans.users.move("fin", [Department.DATA], by=boss)
    with pytest.raises(BlockedError) as refused:
        waive(house, staffed, "fin")
    assert refused.value.params["people"] == "boss, both"


def test_who_is_disabled_is_not_named_as_somebody_who_may(house, staffed) -> None:
    house.plans.users.disable("both", by=house.plans.users.sign_in("boss", passphrase("boss")))
    with pytest.raises(BlockedError) as refused:
        waive(house, staffed, "none")
    assert refused.value.params["people"] == "boss, fin"


def planted(house, plan, code, *checks) -> None:
    """Put a finding into the way, as these checks would."""
    with house.database.begin() as tx:
        row = finding_rows(tx, plan.plan_id)[0] | {"code": code, "verdict": "unknown", "blocking": True}
        row |= {"plan_id": plan.plan_id, "subject": "flagship/live"}
        rows = [row | {"check_name": check, "number": n} for n, check in enumerate(checks)]
        put_findings(tx, plan.plan_id, rows or [row])


@pytest.mark.parametrize("name", ["fin", "ware"])
def test_what_is_for_every_department_is_not_for_people_of_none(house, staffed, name) -> None:
    planted(house, staffed, "places.never_read")
    waive(house, staffed, name, "places.never_read", "flagship/live")
    with pytest.raises(BlockedError) as refused:
        waive(house, staffed, "none", "places.never_read", "flagship/live")
    assert refused.value.code == "plan.waiver_other_department"


def test_places_are_waived_one_at_a_time_whoever_asks(house, staffed) -> None:
    planted(house, staffed, "places.never_read")
    for name in ("fin", "boss"):
        with pytest.raises(BlockedError) as refused:
            waive(house, staffed, name, "places.never_read", "*")
        assert refused.value.code == "plan.waiver_one_by_one"
    waive(house, staffed, "boss", "places.never_read", "flagship/live")
    assert house.plans.blockers(staffed.plan_id) == []


def refused(house, plan, name, days) -> tuple[str, dict[str, object]]:
    boss = house.plans.users.sign_in(name, passphrase(name))
    with pytest.raises(BlockedError) as caught:
        house.plans.waive(
            plan.plan_id,
            "listings.stale",
            subject="*",
            by=boss,
            why="seen",
            until=START + timedelta(days=days),
        )
    return caught.value.code, caught.value.params


def test_a_finding_of_a_relist_is_under_the_rule_of_its_check_not_of_the_codes_family(house, staffed) -> None:
    planted(house, staffed, "listings.stale", "readings")  # the twelve let finance waive it, for a week
    code, params = refused(house, staffed, "fin", 1)
    assert (code, params["departments"], params["people"]) == (
        "plan.waiver_other_department",
        "operations",
        "boss, both",
    )
    assert refused(house, staffed, "both", 4) == (
        "plan.waiver_too_long",
        {"finding": "listings.stale", "days": 3},
    )
    waive(house, staffed, "both", "listings.stale", "*")
    assert note(house, staffed) == {"actor": "both", "department": "operations"}


def test_what_two_checks_found_is_waived_by_who_may_for_both(house, staffed) -> None:
    planted(house, staffed, "listings.stale", "payment", "papers")
    code, params = refused(house, staffed, "fin", 1)
    assert (code, params["departments"], params["people"]) == (
        "plan.waiver_other_department",
        "legal",
        "boss, both",
    )
    assert refused(house, staffed, "boss", 4)[0] == "plan.waiver_too_long"
    waive(house, staffed, "both", "listings.stale", "*")
    assert house.plans.blockers(staffed.plan_id) == []
