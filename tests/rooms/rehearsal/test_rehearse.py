"""A rehearsal meets what the real run meets, takes as long, says what would be missing, and touches nothing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from offshelf.bootstrap.copied_house import Distance, limits
from offshelf.delisting.forecast import Ahead
from offshelf.delisting.model import Plan
from offshelf.delisting.rehearsal.acts import copied, digest
from offshelf.delisting.rehearsal.model import Rehearsal
from offshelf.delisting.rehearsal.settings import RehearsalSettings
from offshelf.durable.pace import SharedPace
from offshelf.kit.errors import BlockedError, UsageError
from offshelf.kit.http import HttpClient
from offshelf.kit.pace import PaceRow
from offshelf.kit.pacer import Pacer
from offshelf.platforms.contract import Quota, StockSeen
from offshelf.sandbox import create_app
from offshelf.sandbox.kuaishou.settings import KuaishouSettings
from offshelf.vocabulary.plans import ActKind, PlanState, Reason
from support.beside import beside
from support.clones import read
from support.rehearsing import ahead_of, rehearsals_of, rehearse
from support.virtual_house import ALL, START, VirtualHouse, play

T = TypeVar("T")
CROWD = RehearsalSettings(times=50_000.0, latency=5.0)
Story = Callable[[VirtualHouse], Coroutine[Any, Any, T]]


def told(
    folder: Path,
    story: Callable[[VirtualHouse, Plan], Coroutine[Any, Any, T]],
    *,
    reason: Reason = Reason.SEASON,
    only: int | None = None,
    before: Callable[[VirtualHouse], None] | None = None,
    **options: Any,
) -> T:
    """Tell a story of a merchant whose shops were read and who has a plan over (some of) what is on sale."""

    async def whole(house: VirtualHouse) -> T:
        if before is not None:
            before(house)
        await read(house)
        keys = list(house.catalog.on_sale())[:only]
        plan = house.plans.propose(keys, reason=reason, by="lin")
        return await story(house, plan)

    return play(whole, folder, **options)


def rehearsed(folder: Path, settings: RehearsalSettings | None = None, **options: Any) -> Rehearsal:
    async def story(house: VirtualHouse, plan: Plan) -> Rehearsal:
        return beside(lambda: rehearse(house, plan, settings))

    return told(folder, story, **options)


def by_target(house: VirtualHouse, plan: Plan) -> dict[tuple[str, str], tuple[str | None, str]]:
    return {(act.kind, act.target): (act.outcome, act.code) for act in house.ledger.acts(plan.plan_id)}


# -- the same acts, and nothing else -------------------------------------------------------------------------------


def test_only_the_very_same_acts_have_the_same_digest(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        acts = house.ledger.acts(plan.plan_id)
        mine = digest(acts)
        assert digest(copied(acts)) == mine
        for change in (
            {"kind": ActKind.PUT_ON.value},
            {"target": "x"},
            {"chunk": 9},
            {"batch": 9},
            {"step": 9},
            {"params": {"shelf": "off"}},
            {"lane": "s9"},
        ):
            assert digest([replace(acts[0], **change), *acts[1:]]) != mine, change
        assert digest(acts[1:]) != mine
        assert digest([acts[1], acts[0], *acts[2:]]) != mine

    told(tmp_path, story)


def test_the_real_shops_hear_nothing(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        effects, calls = house.world.ledger.jsonl(), house.world.calls.count
        before = by_target(house, plan)
        played = beside(lambda: rehearse(house, plan))
        assert played.calls > 100
        assert (house.world.ledger.jsonl(), house.world.calls.count) == (effects, calls)
        assert by_target(house, plan) == before
        assert house.plans.get(plan.plan_id).state is PlanState.PROPOSED

    told(tmp_path, story, platforms=ALL)


def test_it_is_written_into_the_journal_with_its_figures(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        head = house.journal.head().seq
        played = beside(lambda: rehearse(house, plan))
        (entry,) = house.journal.entries(after_seq=head)
        assert (entry.verb, entry.subject, entry.actor) == ("plan.rehearsed", plan.plan_id, "lin")
        body = entry.body
        assert (body["fingerprint"], body["version"]) == (plan.fingerprint, 1)
        assert body["digest"] == digest(house.ledger.acts(plan.plan_id))
        assert (body["seconds"], body["verified"]) == (played.seconds, played.verified)
        assert house.journal.verify().ok

    told(tmp_path, story)


def test_a_plan_that_is_over_is_not_rehearsed(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        house.plans.ask(plan.plan_id, "cancel", by="lin")
        head = house.journal.head().seq
        with pytest.raises(BlockedError) as refused:
            beside(lambda: rehearse(house, plan))
        assert refused.value.code == "rehearsal.plan_over"
        assert house.journal.head().seq == head

    told(tmp_path, story)


def test_a_bad_fault_plan_is_refused(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        head = house.journal.head().seq
        with pytest.raises(UsageError) as refused:
            beside(lambda: rehearse(house, plan, faults={"rules": [{"kind": "gremlins"}]}))
        assert refused.value.code == "sandbox.fault_kind"
        assert house.journal.head().seq == head

    told(tmp_path, story)


# -- the same again, and what differs ------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_rehearsal(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        first = beside(lambda: rehearse(house, plan, CROWD))
        again = beside(lambda: rehearse(house, plan, CROWD))
        assert again.differences == ()
        assert again.document() == first.document()
        assert first.sales.orders > 0
        other = beside(lambda: rehearse(house, plan, replace(CROWD, seed=8)))
        assert "setting" in {one.what for one in other.differences}

    told(tmp_path, story, platforms=ALL, only=24)


def _restock(house: VirtualHouse, plan: Plan, number: int) -> str:
    """Let the catalog learn of other stock of the first SKU of a plan; return its listing."""
    key = plan.listings[0]
    listing = house.catalog.listings([key])[key]
    at = house.clock.now() + timedelta(seconds=1)
    sku = listing.skus[0]
    with house.database.begin() as tx:
        seen = StockSeen(
            listing.listing_id, sku.sku_id, number, sku.reserved, sku.elsewhere, at, sku.warehouses
        )
        house.catalog.record_stock(tx, key[0], [seen])
    return listing.listing_id


def test_other_stock_is_told_as_a_difference_and_makes_the_rehearsal_outdated(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        rehearsals = rehearsals_of(house)
        assert rehearsals.standing(plan.plan_id).document is None
        beside(lambda: rehearse(house, plan))
        assert rehearsals.standing(plan.plan_id).outdated == ()
        _restock(house, plan, 4321)
        assert rehearsals.standing(plan.plan_id).outdated == ("catalog",)
        again = beside(lambda: rehearse(house, plan))
        assert "catalog" in {one.what for one in again.differences}
        assert rehearsals.standing(plan.plan_id).outdated == ()

    told(tmp_path, story)


def test_another_version_of_the_plan_makes_the_rehearsal_outdated(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        beside(lambda: rehearse(house, plan))
        house.plans.propose(plan.listings[:3], reason=Reason.SEASON, by="lin", amend=plan.plan_id)
        assert rehearsals_of(house).standing(plan.plan_id).outdated == ("version", "catalog")
        again = beside(lambda: rehearse(house, plan))
        assert {"version", "digest", "verified"} <= {one.what for one in again.differences}

    told(tmp_path, story)


# -- like in life --------------------------------------------------------------------------------------------------


def _hold_some(house: VirtualHouse) -> None:
    """Let the platform hold one listing fast, and put another under audit."""
    shop = house.world.platforms[1].shops[0]
    free = [
        p.product_id for p in shop.stores.products.values() if p.on_sale and not p.in_audit and not p.locks
    ]
    house.world.platforms[1].operate(free[0], "activity", {})
    house.world.platforms[1].operate(free[1], "submit_audit", {})
    # What no call tells before it is refused, no catalog can know, and no copy has it: prizes, and plans that end today.
    for product in shop.stores.products.values():
        product.prize = False
    for plan in shop.stores.targeted.values():
        plan.end += 30 * 86_400


async def _really(house: VirtualHouse, plan: Plan) -> PlanState:
    """Run a plan that was not let through by the checks: what it meets is what is asked for here."""
    house.plans.check(plan.plan_id)
    for row in house.plans.blockers(plan.plan_id):
        house.plans.waive(
            plan.plan_id,
            row["code"],
            subject=row["subject"],
            by="lin",
            why="to see",
            until=START + timedelta(days=1),
        )
    house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
    return await house.run(plan)


def _met(outcomes: dict[tuple[str, str], tuple[str | None, str]]) -> set[tuple[str, str, str | None, str]]:
    return {
        (kind, target, outcome, code)
        for (kind, target), (outcome, code) in outcomes.items()
        if outcome not in ("done", "already_so")
    }


def test_the_rehearsal_names_the_blockers_the_real_run_meets(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        played = beside(lambda: rehearse(house, plan, RehearsalSettings(times=0.0, horizon_days=0)))
        await _really(house, plan)
        real = _met(by_target(house, plan))
        named = {
            (row.kind, target, row.outcome, row.code) for row in played.blockers for target in row.targets
        }
        assert any(row.kind == "take_off" and row.outcome == "refused" for row in played.blockers)
        assert all(len(row.targets) == row.count for row in played.blockers), (
            "few enough to be named one by one"
        )
        assert named == real
        assert not played.complete

    own = (KuaishouSettings(flash_share=0.0),)  # flash items are another such thing
    told(tmp_path, story, platforms=ALL, before=_hold_some, only=90, size=40, more=own)


def test_it_takes_as_long_as_the_real_run_at_the_same_distance_and_quota(tmp_path: Path) -> None:
    quota = "product/delisting=30/60s;stock/update=120/60s"

    async def story(house: VirtualHouse, plan: Plan) -> None:
        far = HttpClient(app=Distance(create_app(house.world), house.clock, 0.2))
        house.connections._http, house.connections._pacer = (
            far,
            Pacer(house.clock, SharedPace(house.database)),
        )
        house.connections._made.clear()
        # What the platform allows is asked for once, as the forecast does; both sides know it then.
        await house.connections.of("s1").quota.keep()
        played = beside(lambda: rehearse(house, plan, RehearsalSettings(times=0.0)))
        started = house.clock.now()
        house.plans.check(plan.plan_id)
        house.ship_late(plan)
        house.plans.approve(plan.plan_id, plan.fingerprint, by="wang")
        assert await house.run(plan) is PlanState.DONE
        real = (house.clock.now() - started).total_seconds()
        assert played.complete
        assert played.shops[0].good == played.acts
        assert played.seconds == pytest.approx(real, rel=0.05)
        assert real > 60

    told(tmp_path, story, size=60, quotas=quota, only=50)


def test_a_longer_way_to_the_platform_makes_it_slower(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        near = beside(lambda: rehearse(house, plan, RehearsalSettings(latency=0.0)))
        far = beside(lambda: rehearse(house, plan, RehearsalSettings(latency=3.0)))
        assert near.seconds < 20  # showcases follow the shelf a little late
        assert far.seconds > near.seconds + 30

    told(tmp_path, story, only=5)


def test_a_pace_that_is_known_makes_it_slower(tmp_path: Path) -> None:
    def known(calls: int) -> PaceRow:
        return PaceRow(calls, 60.0, 1, True, 1.0, START, START, START, START)

    async def story(house: VirtualHouse, plan: Plan) -> None:
        free = beside(lambda: rehearse(house, plan))
        app = house.shop.app_id
        SharedPace(house.database).change((app, "s1", "product/delisting"), lambda _row: known(10))
        slow = beside(lambda: rehearse(house, plan))
        assert free.seconds < 30
        assert slow.seconds > 6 * (len(plan.listings) - 2)
        assert {"seconds"} <= {one.what for one in slow.differences}
        assert slow.throttled == 0

    told(tmp_path, story, only=15)


def test_a_day_that_is_used_up_is_waited_for(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        quota = Quota("product/delisting", None, None, daily=8, left_today=1)
        ahead = Ahead(ahead_of(house, plan).forecast, {("s1", "product/delisting"): quota})
        played = beside(lambda: rehearse(house, plan, ahead=ahead))
        # One today, eight from midnight in Beijing on (the start is at 10:00), the rest the day after.
        assert played.complete
        assert 38 * 3600 <= played.seconds < 39 * 3600
        assert (played.shops[0].off_seconds or 0) >= 38 * 3600

    told(tmp_path, story, only=16)


def test_faults_are_played_and_survived(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        rules = [
            {"match": "*", "kind": kind, "rate": 0.05}
            for kind in ("drop_answer", "system_busy", "html_error")
        ]
        played = beside(lambda: rehearse(house, plan, faults={"seed": 3, "rules": rules}))
        assert played.setting.faults
        assert played.verified == len(plan.listings)
        assert played.complete

    told(tmp_path, story, only=20)


# -- what would be missing -----------------------------------------------------------------------------------------


def _little(house: VirtualHouse, number: int) -> None:
    """Let every SKU of the merchant be listed with so few units, in every shop."""
    wechat, douyin, kuaishou = house.world.platforms
    for product in wechat.shops[0].stores.products.values():
        for sku in product.skus:
            sku.normal, sku.reserved, sku.regional = number, 0, 0
        product.task_id = None
    wechat.shops[0].stores.tasks.clear()
    for product in douyin.shops[0].stores.products.values():
        for sku in product.skus:
            sku.normal, sku.reserved, sku.regional, sku.stepped, sku.kind = number, 0, 0, 0, 0
    for item in kuaishou.shops[0].stores.items.values():
        for sku in item.skus:
            sku.stock, sku.reserve = number, 0


def test_many_buyers_and_few_goods_in_three_shops_are_a_shortfall(tmp_path: Path) -> None:
    played = rehearsed(tmp_path, CROWD, platforms=ALL, before=lambda house: _little(house, 1))
    sales = played.sales
    assert sales.orders > 20
    assert sales.cannot_ship > 0
    assert 0 < sales.beyond_stock <= sales.cannot_ship
    assert sales.after_off == 0
    assert sales.open_orders["unshipped"] > 0


def test_a_stock_system_between_the_shops_prevents_it(tmp_path: Path) -> None:
    settings = replace(CROWD, synced=True)
    played = rehearsed(tmp_path, settings, platforms=ALL, before=lambda house: _little(house, 1))
    assert played.sales.orders > 0
    assert (played.sales.cannot_ship, played.sales.beyond_stock) == (0, 0)


def test_without_goods_nothing_can_be_missing(tmp_path: Path) -> None:
    played = rehearsed(tmp_path, CROWD, platforms=ALL, before=lambda house: _little(house, 0))
    assert (played.sales.cannot_ship, played.sales.beyond_stock, played.sales.after_off) == (0, 0, 0)


def test_where_orders_were_never_read_the_rate_is_assumed_and_said(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> Rehearsal:
        marks = house.catalog.marks
        house.catalog.marks = lambda shop: {k: v for k, v in marks(shop).items() if k != "orders"}
        return beside(lambda: rehearse(house, plan))

    played = told(tmp_path, story)
    on_sale = played.listings
    assert played.sales.assumed == ("s1",)
    assert played.sales.per_1000_hours == pytest.approx(50 * on_sale, rel=0.1)


# -- what could not be copied ---------------------------------------------------------------------------------------


def test_an_act_on_what_was_not_copied_proves_nothing(tmp_path: Path) -> None:
    async def story(house: VirtualHouse, plan: Plan) -> None:
        shop_id, listing_id = plan.listings[0]
        listing = house.catalog.listings([plan.listings[0]])[plan.listings[0]]
        unread = replace(
            listing,
            observed_at=house.clock.now() + timedelta(seconds=1),
            skus=tuple(replace(sku, sku_id=f"N{sku.sku_id}") for sku in listing.skus),
        )
        with house.database.begin() as tx:
            house.catalog.record_listings(tx, [unread])
        again = house.plans.propose([plan.listings[0]], reason=Reason.SEASON, by="lin")
        played = beside(lambda: rehearse(house, again))
        (loss,) = [one for one in played.losses if one.code == "bad_id"]
        assert (loss.shop_id, loss.subjects, loss.touches) == (shop_id, (listing_id,), played.acts)
        assert {row.code for row in played.blockers} == {"rehearsal.not_copied"}
        assert not played.complete

    told(tmp_path, story, only=5)


def test_limits_are_those_of_each_shop() -> None:
    row = PaceRow(37, 59.2, 1, False, 0.5, START, START, START, START)
    plan = limits(
        {("ks1", "s3", "open.item.get"): row, ("ks1", "s3", "*"): replace(row, learnt=True)}, {}, []
    )
    assert [asdict(limit) for limit in plan.limits] == [
        {
            "pattern": pattern, "calls": 37, "seconds": 60, "hidden": hidden, "daily": False, "account": "ks1", "used": 0,
        }
        for pattern, hidden in (("all", False), ("open/item/get", True))
    ]  # fmt: skip
