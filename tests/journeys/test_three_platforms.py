"""One plan takes the same goods off three platforms, while buyers on all of them want the same stock."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from offshelf.delisting.run import EngineFailedError
from offshelf.sandbox import FaultRule
from offshelf.vocabulary.plans import Outcome, PlanState
from support.virtual_house import ALL, NAMES, VirtualHouse, authorise, build_house, play

SETTLED = {"done", "already_so", "waiting"}
CANNOT = {"refused:100038", "refused:40004:2010004"}


def sold(house: VirtualHouse) -> dict[str, Any]:
    """Return the buyers' own counts."""
    report = house.world.buyers.report()
    return {name: report[name] for name in ("oversold", "oversold_without_api", "orders_after_off")}


async def approved(house: VirtualHouse) -> Any:
    """Read every shop, leave the activities that hold listings fast, and approve a plan over all that is on sale."""
    await authorise(house)
    for shop_id, synced in (await house.sync_all()).items():
        assert not any(synced.failed.values()), (shop_id, synced.failed)
    for listing_id, (words, _, _) in house.catalog.locks("s2").items():
        if "off" in words:
            house.world.platform_of(listing_id).operate(listing_id, "end_event", {})
    await house.sync_all()
    return await house.approved()


@pytest.mark.parametrize("seed", [7, 11, 23])
def test_the_same_goods_leave_three_platforms_and_nothing_is_sold_twice(tmp_path: Path, seed: int) -> None:
    async def story(house: VirtualHouse) -> None:
        plan = await approved(house)
        house.world.buyers.step(400)
        state = await house.run(plan)
        house.world.buyers.step(400)
        assert state in (PlanState.DONE, PlanState.INCOMPLETE)
        shops = {key[0] for key in plan.listings}
        assert shops == set(NAMES.values())
        outcomes = house.outcomes(plan, "take_off")
        refused = {target for target, (outcome, _) in outcomes.items() if outcome == Outcome.REFUSED.value}
        # A flash item and a prize product cannot be taken off by any call: said so, and never called off.
        assert {outcomes[target][1] for target in refused} <= CANNOT
        for shop_id, listing_id in plan.listings:
            buyable = house.world.look(listing_id).buyable
            assert buyable is False or listing_id in refused, (shop_id, listing_id)
        assert sold(house) == {"oversold": 0, "oversold_without_api": 0, "orders_after_off": 0}
        codes = {shop: set() for shop in shops}
        for item in house.catalog.listings(plan.listings).values():
            codes[item.shop_id].add(item.merchant_code)
        assert len(codes["s1"] & codes["s2"]) > 5

    play(story, tmp_path, platforms=ALL, seed=seed, size=24)


POINTS = {
    "between_batches": (1, 5),
    "before_intent": (2,),
    "after_intent": (1, 3, 6, 9),
    "after_call": (3, 40, 90, 150),
    "before_commit": (2, 5, 8),
    "after_commit": (4,),
}
CRASHES = [f"{point}:{visit}" for point, visits in POINTS.items() for visit in visits]


class Died(BaseException):
    """The process died here."""


def api_effects(house: VirtualHouse) -> tuple[list[tuple[str, ...]], Counter[tuple[str, str]]]:
    """Return what our calls really changed, without order, instants and call numbers; and units taken by SKU.

    A crash may put the end of a sale behind the first draining: then what the sale held is taken apart from the rest.
    """
    found = [effect for effect in house.world.ledger.entries() if effect.actor == "api"]
    units: Counter[tuple[str, str]] = Counter()
    for effect in found:
        if effect.kind in ("stock.subtract", "stock.set"):
            units[effect.product_id, effect.sku_id or ""] += effect.before - effect.after
    rest = sorted(
        tuple(str(part) for part in (e.kind, e.product_id, e.sku_id, e.subject, e.before, e.after))
        for e in found
        if not e.kind.startswith("stock.")
    )
    return rest, units


def deadly(where: str) -> Any:
    """Return what dies at the n-th visit of a point (`point:n`)."""
    point, _, number = where.partition(":")
    visits = count(1)

    def reach(here: str) -> None:
        if here == point and next(visits) == int(number):
            raise Died(where)

    return reach


def effects_of_a_run(folder: Path, crash: str = "") -> Any:
    """Run a plan over three platforms, through a crash where one is named; returns what really changed."""
    died: list[str] = []

    async def story(house: VirtualHouse) -> Any:
        plan = await approved(house)
        try:
            await house.run(plan)
        except (Died, EngineFailedError) as error:
            died.append(str(error if isinstance(error, Died) else error.__cause__))
            mine = asyncio.current_task()
            others = [task for task in asyncio.all_tasks() if task is not mine]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            house = build_house(asyncio.get_running_loop(), folder, house.world)  # type: ignore[arg-type]
            await house.run(plan)
        return api_effects(house)

    options = {"reach": deadly(crash)} if crash else {}
    found = play(story, folder, platforms=ALL, size=20, **options)
    assert died == ([crash] if crash else [])
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the effects of the plan run without a crash."""
    return effects_of_a_run(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("crash", CRASHES)
def test_a_run_that_died_ends_as_if_nothing_had_happened_on_every_platform(
    crash: str, undisturbed: Any, tmp_path: Path
) -> None:
    assert effects_of_a_run(tmp_path, crash) == undisturbed


def test_the_undisturbed_run_touches_three_platforms_once_each(undisturbed: Any) -> None:
    effects, units = undisturbed
    off = Counter(effect[1] for effect in effects if effect[0] == "listing.off")
    assert set(off.values()) == {1}
    assert {product[:2] for product in off} == {product[:2] for product, _ in units} == {"10", "36", "24"}
    assert min(units.values()) > 0


@pytest.mark.parametrize("kind", ["drop_request", "drop_answer", "late_apply", "error_after_effect"])
def test_stock_that_changes_by_so_many_is_never_taken_twice(kind: str, tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        plan = await approved(house)
        house.faults(FaultRule(kind=kind, match="/open/item/sku/stock/update", every=2, seconds=30.0))
        await house.run(plan)
        assert house.world.engine.faults.struck[kind] > 3
        house.faults()
        await house.clock.sleep(150)
        await house.run(plan)  # goes on with what was still open
        taken: Counter[str] = Counter()
        for effect in house.world.ledger.entries():
            if effect.kind == "stock.subtract" and effect.product_id.startswith("24"):
                taken[effect.sku_id or ""] += 1
                assert effect.after >= 0
        assert set(taken.values()) == {1}
        left = house.outcomes(plan, "drain_stock")
        assert {o for target, (o, _) in left.items() if target.startswith("24")} <= SETTLED

    play(story, tmp_path, platforms=ALL, size=24)


def test_what_takes_effect_tomorrow_is_proven_tomorrow(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        plan = await approved(house)
        await house.run(plan)
        waiting = {t for t, (_, code) in house.outcomes(plan).items() if code == "act.takes_effect_later"}
        assert waiting
        assert all(target.startswith("targeted:") for target in waiting)
        due = house.plans.next_try(plan.plan_id)
        assert due is not None
        assert due.isoformat() == "2026-11-21T16:00:00+00:00"  # midnight in Shanghai
        await house.clock.sleep((due - house.clock.now()).total_seconds() + 3)
        house.plans.start(plan.plan_id, by="offshelf", again=False)
        await house.runner.drive(plan.plan_id, lambda _what, _done, _of: None)
        outcomes = house.outcomes(plan)
        assert {outcomes[target][0] for target in waiting} == {"done"}

    play(story, tmp_path, platforms=ALL, seed=23, size=24)


def test_a_shop_whose_consent_is_gone_does_not_keep_the_others_on_sale(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        plan = await approved(house)
        theirs = next(listing_id for shop_id, listing_id in plan.listings if shop_id == "s3")
        house.world.platform_of(theirs).operate(theirs, "revoke", {})
        house.world.platform_of(theirs).expire_tokens()
        assert await house.run(plan) is PlanState.INCOMPLETE
        for act in house.ledger.acts(plan.plan_id):
            if act.lane == "s3":
                assert (act.outcome, act.code.partition(":")[0], act.attempts) == ("waiting", "auth", 0)
        on = {key for key in plan.listings if house.world.look(key[1]).buyable}
        refused = {t for t, (o, _) in house.outcomes(plan, "take_off").items() if o == Outcome.REFUSED.value}
        assert {key for key in on if key[0] != "s3" and key[1] not in refused} == set()
        assert {key[0] for key in on} >= {"s3"}

    play(story, tmp_path, platforms=ALL, size=24)
