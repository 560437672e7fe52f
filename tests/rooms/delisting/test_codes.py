"""The codes a plan is named by: bound by its fingerprint, kept by an edit, never dropped unsaid."""

from __future__ import annotations

import pytest

from offshelf.delisting._store import change_plan, plan_row
from offshelf.delisting.model import FIRST_FORM, fingerprint
from offshelf.delisting.records import act_of
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.plans import PlanState

CODES = ["TEA-1"]


@pytest.fixture
def named(house):
    """Return an approved plan that was named by a code."""
    house.shop.stock(2)
    return house.approved("L1", codes=CODES)


def meddle(house, plan, **values) -> None:
    with house.database.begin() as tx:
        change_plan(tx, plan.plan_id, **values)


def newest_note(house, plan) -> dict[str, object]:
    *_, entry = house.journal.entries(verb="plan.proposed", subject=plan.plan_id, limit=100)
    return {name: entry.body[name] for name in ("codes", "codes_dropped") if name in entry.body}


def old_form(house, plan) -> str:
    """Return the fingerprint as it was made before it bound codes."""
    rows = house.ledger.acts(plan.plan_id)
    return fingerprint(
        plan.plan_id, plan.version, plan.kind, plan.reason, plan.listings,
        tuple(act_of(row) for row in rows), "", places=tuple((row.chunk, row.batch) for row in rows),
    )  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"codes": ["TEA-1", "TEA-2"]},
        {"codes": []},
        {"fingerprint_form": FIRST_FORM},
        {"codes": [], "fingerprint_form": FIRST_FORM},
    ],
)
def test_codes_changed_behind_its_back_keep_a_plan_from_starting(house, named, changed) -> None:
    meddle(house, named, **changed)
    with pytest.raises(BlockedError) as refused:
        house.plans.start(named.plan_id, by="lin")
    assert refused.value.code == "plan.changed_meanwhile"
    with pytest.raises(BlockedError):
        house.plans.guard(named.plan_id)
    assert house.shop.effects == []


@pytest.mark.parametrize("changed", [{"codes": CODES}, {"codes": CODES, "fingerprint_form": FIRST_FORM}])
def test_codes_put_into_a_plan_without_any_do_so_too(house, changed) -> None:
    house.shop.stock(2)
    plan = house.approved("L1")
    meddle(house, plan, **changed)
    with pytest.raises(BlockedError) as refused:
        house.plans.start(plan.plan_id, by="lin")
    assert refused.value.code == "plan.changed_meanwhile"


@pytest.mark.parametrize("codes", [CODES, []])
def test_what_was_signed_before_codes_were_bound_stays_signed(house, codes) -> None:
    house.shop.stock(2)
    plan = house.proposed("L1", codes=codes)
    meddle(house, plan, fingerprint=old_form(house, plan), fingerprint_form=FIRST_FORM)
    house.plans.check(plan.plan_id)
    house.plans.approve(plan.plan_id, old_form(house, plan), by="wang")
    assert house.run(plan.plan_id) is PlanState.DONE


def test_an_edit_of_such_a_plan_binds_its_codes(house) -> None:
    plan = house.shop.stock(2) or house.proposed("L1", codes=CODES)
    meddle(house, plan, fingerprint=old_form(house, plan), fingerprint_form=FIRST_FORM)
    edited = house.proposed("L1", amend=plan.plan_id)
    assert (edited.codes, edited.fingerprint != old_form(house, edited)) == (("TEA-1",), True)


def test_an_edit_keeps_the_codes_unless_others_are_given(house, named) -> None:
    kept = house.proposed("L1", "L2", amend=named.plan_id)
    assert (kept.codes, newest_note(house, kept)) == (("TEA-1",), {"codes": ["TEA-1"]})
    other = house.proposed("L2", amend=named.plan_id, codes=["TEA-2"])
    assert other.codes == ("TEA-2",)
    assert newest_note(house, other) == {"codes": ["TEA-2"], "codes_dropped": ["TEA-1"]}


def test_codes_are_dropped_by_saying_so_and_the_journal_tells(house, named) -> None:
    bare = house.proposed("L1", amend=named.plan_id, codes=[])
    assert (bare.codes, newest_note(house, bare)) == ((), {"codes_dropped": ["TEA-1"]})


def test_the_order_and_the_number_of_codes_make_no_difference(house) -> None:
    house.shop.stock(2)
    plan = house.proposed(codes=["TEA-2", "TEA-1", "TEA-2"])
    with house.database.read() as tx:
        assert plan_row(tx, plan.plan_id)["codes"] == ["TEA-1", "TEA-2"]
    meddle(house, plan, codes=["TEA-2", "TEA-1"])
    house.plans.check(plan.plan_id)
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    assert house.run(plan.plan_id) is PlanState.DONE
