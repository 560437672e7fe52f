"""A merchant of three platforms: what changed between the signature and the start refuses the start, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from offshelf.delisting.model import Plan
from offshelf.kit.errors import BlockedError
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import PlanState, Reason
from support.declared_merchant import CODE, LETTER, SUPPLIER, Merchant, item
from support.virtual_house import ALL, VirtualHouse, play

WHOLE = {"size": 20, "platforms": ALL, "wired": True}
Change = Callable[[Merchant, Plan], Coroutine[Any, Any, None]]
_OWN = """\
  - id: {name}
    value: {value}
    unit: {unit}
    kind: house
    source: ours
    why: we tell people earlier
    observed_on: {day}
    effective_from: {day}
"""


def own(merchant: Merchant, name: str, value: int, unit: str) -> None:
    """Write an own value into the merchant's policy file; whoever asks for policy next adopts it."""
    path = merchant.house.beside.folder / "policy" / "own.yaml"
    more = _OWN.format(name=name, value=value, unit=unit, day=iso(merchant.now)[:10])
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    merchant.house.beside.policies.today()


async def signed(merchant: Merchant) -> Plan:
    """Return a plan that was checked and signed by all who must."""
    plan = await merchant.begin()
    assert merchant.blocking(plan) == []
    for name in ("wang", "zhou"):
        merchant.house.plans.approve(plan.plan_id, plan.fingerprint, by=name)
    found = merchant.house.plans.get(plan.plan_id)
    assert found.state is PlanState.APPROVED
    return found


def start(house: VirtualHouse, plan: Plan) -> Plan:
    return house.plans.start(plan.plan_id, by="wang", confirm=plan.fingerprint)


def rows(house: VirtualHouse) -> dict[str, list[Any]]:
    """Return every row of the database."""
    from offshelf.kit.db import metadata

    with house.database.read() as tx:
        return {
            name: [tuple(row) for row in tx.execute(table.select())]
            for name, table in metadata.tables.items()
        }


async def policy(merchant: Merchant, _plan: Plan) -> None:
    own(merchant, "notice.customers", 48, "hours")


async def licence(merchant: Merchant, _plan: Plan) -> None:
    await merchant.house.clock.sleep(1)
    merchant.declare("licences:", *merchant.licence("JY-1", "2026-11-20"))


async def supplier(merchant: Merchant, _plan: Plan) -> None:
    await merchant.house.clock.sleep(1)
    merchant.declare(
        "statements:",
        *item(kind="supplier_notice", subject=SUPPLIER, code=CODE, stop_at=merchant.ago(hours=1)),
    )


async def place(merchant: Merchant, _plan: Plan) -> None:
    await merchant.house.clock.sleep(1)
    merchant.declare("places:", *merchant.place("video", "v-77", shop="s1"))


async def draft(merchant: Merchant, _plan: Plan) -> None:
    mine = merchant.listings["s1"]
    merchant.house.world.platform_of(mine).operate(mine, "restock", {"num": 900})
    await merchant.read()


CHANGES: dict[str, tuple[Change, str]] = {
    "policy asks for more": (policy, "notice.late"),
    "a paper ended": (licence, "licences.ended"),
    "the supplier was told anew": (supplier, "drop_ship.late"),
    "a place appeared": (place, "media.not_ended"),
    "stock the ERP does not have was read": (draft, "stock.contradiction"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_since_the_signature_refuses_the_start_and_changes_nothing(
    name: str, tmp_path: Path
) -> None:
    change, code = CHANGES[name]

    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await signed(merchant)
        await change(merchant, plan)
        before = rows(house)
        with pytest.raises(BlockedError) as refused:
            start(house, plan)
        assert (refused.value.code, refused.value.params["first"]) == ("plan.judged_anew", code)
        assert rows(house) == before

    play(story, tmp_path, **WHOLE)


def test_hours_later_it_starts_and_the_journal_tells_by_which_policy_it_was_judged(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await signed(merchant)
        own(merchant, "notice.customers", 25, "hours")  # they were told 26 hours before the check
        await house.clock.sleep(timedelta(hours=5).total_seconds())
        assert start(house, plan).state is PlanState.RUNNING
        (checked,) = house.journal.entries(verb="plan.checked", subject=plan.plan_id, limit=9)
        (started,) = house.journal.entries(verb="plan.started", subject=plan.plan_id, limit=9)
        assert started.body["policy"] == house.beside.policies.today().version
        assert started.body["policy"] != checked.body["policy"]

    play(story, tmp_path, **WHOLE)


def test_what_people_stated_grows_old_until_the_start_though_readings_do_not(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await signed(merchant)
        own(merchant, "fresh.backup", 4, "hours")
        await house.clock.sleep(timedelta(hours=5).total_seconds())
        with pytest.raises(BlockedError) as refused:
            start(house, plan)
        assert (refused.value.params["first"], refused.value.params["count"]) == ("backup.stale", 3)

    play(story, tmp_path, **WHOLE)


class Announced(Merchant):
    """A merchant whose register leaves the suppliers to the word given for a plan."""

    def told_supplier(self, *, acknowledged: bool) -> list[str]:
        return []


async def signed_for(merchant: Merchant, days: int) -> Plan:
    """Return a plan for an instant so many days ahead: announced, checked, signed, and what is lost confirmed."""
    house = merchant.house
    first = await merchant.begin()
    stop_at = merchant.now.replace(microsecond=0) + timedelta(days=days)
    plan = house.plans.propose(
        list(first.listings), reason=Reason.SEASON, by="lin", stop_at=stop_at, amend=first.plan_id
    )
    told = {"at": iso(merchant.now), "stop_at": iso(stop_at)}
    supplier = item(
        kind="supplier_notice", subject=SUPPLIER, code=CODE, acknowledged_at=iso(merchant.now), **told
    )
    letter = item(kind="customer_notice", subject=plan.plan_id, channel="shop page", text=LETTER, **told)
    merchant.declare(*merchant.statements(letter, supplier))
    assert merchant.blocking(plan) == []
    for name in ("wang", "zhou"):
        house.plans.approve(plan.plan_id, plan.fingerprint, by=name)
    house.plans.confirm(plan.plan_id, plan.fingerprint, by="wang")
    return house.plans.get(plan.plan_id)


def test_a_plan_for_an_instant_weeks_ahead_starts_on_readings_and_words_of_that_time(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Announced(house)
        plan = await signed_for(merchant, 25)
        await house.clock.sleep(timedelta(days=25).total_seconds())
        # What people stated is said again for that day; what the shops are like is as old as the check.
        merchant.declare()
        with pytest.raises(BlockedError) as refused:
            start(house, plan)
        assert (refused.value.code, refused.value.params["first"]) == ("plan.judged_anew", "listings.stale")
        await merchant.read()
        assert start(house, plan).state is PlanState.RUNNING

    play(story, tmp_path, **WHOLE)


def test_words_of_weeks_ago_start_nothing_even_where_the_shops_were_read_again(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Announced(house)
        plan = await signed_for(merchant, 25)
        await house.clock.sleep(timedelta(days=25).total_seconds())
        await merchant.read()
        with pytest.raises(BlockedError) as refused:
            start(house, plan)
        assert (refused.value.code, refused.value.params["first"]) == ("plan.judged_anew", "places.stale")

    play(story, tmp_path, **WHOLE)
