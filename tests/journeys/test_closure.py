"""A bundle that somebody makes between proposing and checking: the check sees it, and a new version takes it in."""

from __future__ import annotations

from pathlib import Path

from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import PlanState
from support.declared_merchant import CODE, OTHER, Merchant
from support.virtual_house import ALL, VirtualHouse, play
from support.wired import FIRST, SECOND


def test_a_bundle_made_after_proposing_blocks_and_a_new_version_takes_it_off_and_nothing_else(
    tmp_path: Path,
) -> None:
    async def story(house: VirtualHouse) -> None:
        merchant = Merchant(house)
        plan = await merchant.begin()
        assert merchant.blocking(plan) == []
        for person in (FIRST, SECOND):
            house.plans.approve(plan.plan_id, plan.fingerprint, by=person)
        found, _ = house.catalog.find([OTHER])
        bundle = dict(found[OTHER])["s1"]
        parts = (Member(Role.GOODS, bundle), Member(Role.COMPONENT, code=CODE))
        house.beside.record(
            house,
            Place("s1", PlaceKind.BUNDLE, "set-1", "a set", PlaceState.LIVE, parts, "api", merchant.now),
        )
        assert merchant.blocking(plan) == [
            ("payment.also_sold", "fail", f"s1/{bundle}"),
            # Somebody had said that there are no bundles.
            *(("places.never_read", "unknown", f"{shop}/bundle") for shop in ("s1",)),
        ]
        assert merchant.finding(plan, "payment.also_sold")["evidence"] == {"shelf": "on", "raw_status": "5"}
        again = house.plans.propose(plan.listings, reason=plan.reason, by=FIRST, codes=[CODE], amend=plan.plan_id)
        assert (again.version, again.state) == (2, PlanState.PROPOSED)
        assert set(again.listings) == {*plan.listings, ("s1", bundle)}
        assert again.fingerprint != plan.fingerprint
        # The set names its own substitute now: another one, and all bundles written down.
        assert [code for code, _, _ in merchant.blocking(again)] == []

    play(story, tmp_path, size=20, platforms=ALL, wired=True)
