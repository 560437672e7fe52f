"""Places from proposing to the end of a run: exactly the work of a person, and no plan that is done while it waits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from offshelf.catalog.places.service import Places
from offshelf.durable.ledger import Settling
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import ActKind, PlanState, Reason
from support.virtual_house import NAMES, SHOP, VirtualHouse, authorise, play

K, R = PlaceKind, Role


def at(house: VirtualHouse, kind: PlaceKind, ref: str, *members: Member, shop: str = SHOP) -> Place:
    return Place(shop, kind, ref, ref, PlaceState.LIVE, members, "hand", house.clock.now())


def write(house: VirtualHouse, *places: Place) -> None:
    with house.database.begin() as tx:
        Places(house.database).record(tx, places)


def on_sale(house: VirtualHouse, number: int) -> list[str]:
    """Return listings of the shop that a call takes off without ado, and their codes."""
    keys = [key for key in house.catalog.on_sale() if key[0] == SHOP]
    found = house.catalog.listings(keys)
    plain = [key[1] for key in keys if found[key].shelf.value == "on" and found[key].audit.value == "none"]
    return plain[:number]


def sku_of(house: VirtualHouse, listing_id: str) -> str:
    return house.catalog.listings([(SHOP, listing_id)])[SHOP, listing_id].skus[0].merchant_code


def by_hand(house: VirtualHouse, plan_id: str) -> list[tuple[str, str, str | None, str]]:
    acts = [act for act in house.ledger.acts(plan_id) if act.kind == ActKind.BY_HAND.value]
    return sorted((act.lane, act.target, act.outcome, act.code) for act in acts)


def note(house: VirtualHouse, plan_id: str) -> dict[str, object]:
    (entry,) = house.journal.entries(verb="plan.proposed", subject=plan_id, limit=10)
    return entry.body


def test_bundle_gift_replays_videos_and_a_creator_wait_for_a_person_and_the_plan_with_them(
    tmp_path: Path,
) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        mine, bundle, main = on_sale(house, 3)
        code = sku_of(house, mine)
        write(
            house,
            at(house, K.BUNDLE, "set", Member(R.GOODS, bundle), Member(R.COMPONENT, code=code)),
            at(house, K.GIFT, "gift", Member(R.GIFT, code=code), Member(R.WITH, main)),
            *(at(house, K.REPLAY, f"r{n}", Member(R.GOODS, mine)) for n in range(2)),
            *(at(house, K.VIDEO, f"v{n}", Member(R.GOODS, mine), Member(R.GOODS, main)) for n in range(5)),
            at(house, K.CREATOR_SHOWCASE, "li", Member(R.GOODS, code=code)),
            at(house, K.REPLAY, "not-ours", Member(R.GOODS, main)),
            at(house, K.ERP_STOCK, code, Member(R.GOODS, code=code), shop=""),
        )
        keys, _ = house.catalog.find([code])
        plan = house.plans.propose(keys[code], reason=Reason.SEASON, by="t", codes=[code])
        assert {listing_id for _, listing_id in plan.listings} == {*(k[1] for k in keys[code]), bundle}
        assert {name: note(house, plan.plan_id)[name] for name in ("added", "by_hand")} == {
            "added": 1,
            "by_hand": len(by_hand(house, plan.plan_id)),
        }
        assert note(house, plan.plan_id)["added_because"] == [
            {"listing": f"{SHOP}/{bundle}", "bundle": "bundle/set", "holds": [code]}
        ]
        house.plans.check(plan.plan_id)
        house.plans.approve(plan.plan_id, plan.fingerprint, by="t")
        assert await house.run(plan) is PlanState.INCOMPLETE
        acts = by_hand(house, plan.plan_id)
        waiting = {target for _, target, outcome, _ in acts if outcome == "waiting"}
        hand = {f"replay/r{n}" for n in range(2)} | {f"video/v{n}" for n in range(5)}
        assert waiting == hand | {"gift/gift", "creator_showcase/li", f"erp_stock/{code}"}
        # The showcase follows the shelf; it was seen to, and asks nobody.
        assert {(outcome, c) for _, target, outcome, c in acts if target not in waiting} == {
            ("already_so", "place.gone")
        }
        # The main product of the gift is on sale as before, and what was sold is off.
        assert (house.status(main), house.status(bundle), house.status(mine)) == (5, 11, 11)

    play(story, tmp_path, size=20)


def test_when_a_person_has_proved_each_the_plan_is_done_and_relist_names_them(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        (mine,) = on_sale(house, 1)
        write(house, at(house, K.REPLAY, "r1", Member(R.GOODS, mine)))
        plan = await house.approved(mine)
        assert await house.run(plan) is PlanState.INCOMPLETE
        (act,) = [a for a in house.ledger.acts(plan.plan_id) if a.target == "replay/r1"]
        proved = {"by_hand": {"task": "T-1", "proofs": ["ab"]}}
        house.ledger.settle([Settling(act.act_id, "done", "place.done_by_hand", proved, settled=True)])
        assert await house.run(plan) is PlanState.DONE
        back, lost = house.plans.propose_relist(plan.plan_id, by="t")
        assert [(one.kind, one.target) for one in lost] == [(ActKind.BY_HAND, "replay/r1")]
        assert by_hand(house, back.plan_id) == []

    play(story, tmp_path, size=20)


def test_the_live_cart_is_asked_again_and_silent_videos_are_unknown(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await authorise(house)
        await house.sync_all()
        shop = NAMES["kuaishou"]
        places = Places(house.database)
        held = {one.ref for one in places.all(shop, K.LIVE) if one.state is PlaceState.LIVE}
        assert held
        # What its videos link is not told: unknown, and of no listing.
        assert {one.state for one in places.all(shop, K.VIDEO)} == {PlaceState.UNKNOWN}
        keys = [(shop, listing_id) for listing_id in sorted(held)]
        plan = house.plans.propose(keys, reason=Reason.SEASON, by="t")
        assert {target for _, target, _, _ in by_hand(house, plan.plan_id)} == {f"live/{one}" for one in held}
        house.plans.check(plan.plan_id)
        house.plans.approve(plan.plan_id, plan.fingerprint, by="t")
        await house.run(plan)
        # The imitation takes a listing out of the cart as it goes off the shelf: seen by asking, not believed.
        outcomes = {(outcome, code) for _, _, outcome, code in by_hand(house, plan.plan_id)}
        assert outcomes == {("already_so", "place.gone")}

    play(story, tmp_path, size=24, platforms=("wechat_channels", "kuaishou"))


def test_two_plans_over_one_sku_plan_the_same_and_make_one_call(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        await house.sync()
        (mine,) = on_sale(house, 1)
        write(house, at(house, K.REPLAY, "r1", Member(R.GOODS, mine)))
        one, other = await house.approved(mine), await house.approved(mine, reason=Reason.WIND_DOWN)
        third = await house.approved(mine, reason=Reason.COMPLAINT)
        planned = [
            Counter((a.kind, a.target) for a in house.ledger.acts(p.plan_id)) for p in (one, other, third)
        ]
        assert planned[0] == planned[1] == planned[2]
        await house.run(one)
        await house.run(other)
        assert house.effects("listing.off", mine) == [(5, 11)]
        assert house.outcomes(one, "take_off")[mine][0] == "done"
        assert house.outcomes(other, "take_off")[mine][0] == "already_so"
        house.plans.ask(third.plan_id, "cancel", by="t")
        assert house.status(mine) == 11

    play(story, tmp_path, size=20)


@pytest.mark.parametrize("named", [True, False])
def test_only_this_link_leaves_the_same_goods_of_another_shop_and_their_bundle(
    tmp_path: Path, named: bool
) -> None:
    async def story(house: VirtualHouse) -> None:
        await authorise(house)
        await house.sync_all()
        found = house.catalog.listings(list(house.catalog.on_sale()))
        both = Counter(sku.merchant_code for one in found.values() for sku in one.skus)
        code = min(c for c, n in both.items() if n > 1 and c)
        keys, _ = house.catalog.find([code])
        here = next(key for key in keys[code] if key[0] == SHOP)
        write(house, at(house, K.BUNDLE, "set", Member(R.COMPONENT, code=code), shop=""))
        scope = {"codes": [code]} if named else {}
        plan = house.plans.propose(keys[code] if named else [here], reason=Reason.SEASON, by="t", **scope)
        targets = {target for _, target, _, _ in by_hand(house, plan.plan_id)}
        assert ("bundle/set" in targets) is named
        assert (len(plan.listings) == 1) is not named

    play(story, tmp_path, size=24, platforms=("wechat_channels", "douyin"))
