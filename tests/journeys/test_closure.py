"""A bundle that somebody makes between proposing and checking: the check sees it, and a new version takes it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import PlanState, Reason
from support.declared_merchant import CODE, OTHER, Merchant, item
from support.virtual_house import ALL, VirtualHouse, play
from support.wired import FIRST, SECOND

SET = "HOM0006"  # on sale in the first shop only
RAW, OFF = "5/4", 11


def test_a_bundle_made_after_proposing_blocks_and_a_new_version_takes_it_off_and_nothing_else(
    tmp_path: Path,
) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        assert merchant.blocking(plan) == []
        for person in (FIRST, SECOND):
            house.plans.approve(plan.plan_id, plan.fingerprint, by=person)
        keys, _ = house.catalog.find([SET])
        bundle = dict(keys[SET])["s1"]
        parts = (Member(Role.GOODS, bundle), Member(Role.COMPONENT, code=CODE))
        at = merchant.now
        house.beside.record(
            house, Place("s1", PlaceKind.BUNDLE, "set-1", "a set", PlaceState.LIVE, parts, "api", at)
        )
        # The merchant had said that there are no bundles; now all are written down.
        merchant.declare("statements:", *item(kind="read", subject="bundle"))
        assert merchant.blocking(plan) == [
            ("payment.also_sold", "fail", f"s1/{bundle}"),
            ("payment.path_open", "fail", f"s1/showcase/{bundle}"),
        ]
        assert merchant.finding(plan, "payment.also_sold")["evidence"] == {"shelf": "on", "raw_status": RAW}
        with pytest.raises(BlockedError) as refused:
            house.plans.start(plan.plan_id, by=FIRST, confirm=plan.fingerprint)
        assert refused.value.code == "plan.findings_stand"
        again = house.plans.propose(
            plan.listings, reason=plan.reason, by=FIRST, codes=[CODE], amend=plan.plan_id
        )
        assert (again.version, again.state) == (2, PlanState.PROPOSED)
        assert set(again.listings) == {*plan.listings, *keys[SET]}
        # What else the set needs is asked for; that it is sold besides is not said any more.
        asked = {code for code, _, _ in merchant.blocking(again)}
        assert asked == {"stock.erp_untold", "substitutes.untold"}
        merchant.declare("places:", *merchant.place("erp_stock", SET, f"code: {SET}", units=500),
                         "statements:", *item(kind="substitute", subject=SET, code=OTHER))  # fmt: skip
        # What the ERP freezes is an act of the plan, so it is proposed once more.
        assert merchant.blocking(again) == [("stock.erp_not_frozen", "fail", SET)]
        last = house.plans.propose(
            again.listings, reason=plan.reason, by=FIRST, codes=[CODE], amend=plan.plan_id
        )
        assert merchant.blocking(last) == []
        for person in (FIRST, SECOND):
            house.plans.approve(last.plan_id, last.fingerprint, by=person)
        house.plans.start(last.plan_id, by=FIRST, confirm=last.fingerprint)
        await house.run(last)
        assert house.status(bundle) == OFF
        mine = {listing_id for _, listing_id in last.listings}
        touched = {one.product_id for one in house.world.ledger.entries() if one.actor == "api"}
        assert bundle in touched
        assert touched <= mine

    play(story, tmp_path, size=20, platforms=ALL, wired=True)


def test_a_stop_of_one_listing_finds_the_erp_told_and_a_safety_stop_starts(tmp_path: Path) -> None:
    """The register names the ERP's stock by its code; the other shops still sell from it, so it stays."""

    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        await merchant.begin()
        keys = [("s1", merchant.listings["s1"])]
        usual = house.plans.propose(keys, reason=Reason.STRATEGY, by=FIRST, codes=[])
        assert {code for code, _, _ in merchant.blocking(usual)} == {"notice.none"}
        (told,) = [row for row in house.plans.findings(usual.plan_id) if row["code"].startswith("stock.erp_")]
        assert (told["code"], told["subject"]) == ("stock.erp_shared", CODE)
        safety = house.plans.propose(keys, reason=Reason.SAFETY, by=FIRST, codes=[])
        # Nor does it wait where the register is silent about the product.
        merchant.declare("places:", *merchant.place("erp_stock", CODE, f"code: {OTHER}", units=41))
        assert merchant.blocking(safety) == []
        for person in (FIRST, SECOND):
            house.plans.approve(safety.plan_id, safety.fingerprint, by=person)
        house.plans.start(safety.plan_id, by=FIRST, confirm=safety.fingerprint)
        await house.run(safety)
        assert house.status(merchant.listings["s1"]) == OFF

    play(story, tmp_path, size=20, platforms=ALL, wired=True)
