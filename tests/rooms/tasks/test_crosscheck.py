"""Looks by calls: yes, no and cannot be told, over the real wires of the imitated platforms and over a shop in memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from offshelf.platforms import registry
from offshelf.platforms.contract import CallFailedError, CallResult, Meaning, ShowcaseItem
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.model import Sight, Target, TargetState, TaskState
from offshelf.tasks.service import Tasks
from offshelf.tasks.sights import Look, look_for
from offshelf.vocabulary.goods import Promotion, PromotionKind, PromotionState
from offshelf.vocabulary.places import PlaceKind
from support.databases import START
from support.evidence import evidence_store, policy_of
from support.look_bench import Bench
from support.task_desk import row_at, video
from support.virtual_house import ALL, NAMES, authorise, play


def beside(house, **policy):
    """Return tasks and their look over a virtual house."""
    from offshelf.access.shops import Shops
    from support.evidence import SEAL

    tasks = Tasks(
        database=house.database, clock=house.clock, shops=Shops(house.database, house.clock, SEAL),
        manifests=registry.manifests, note=lambda *_: None,
        evidence=evidence_store(house.database), policy=lambda: policy_of(**policy),
    )  # fmt: skip
    return tasks, CrossCheck(
        database=house.database, tasks=tasks, connect=house.connections.of, clock=house.clock
    )


def opened(house, tasks, kind, ref, listing_id, platform, *places):
    row = row_at(platform, *places)
    listed = kind is PlaceKind.LIVE  # its cart was named by the platform itself
    about = Target(NAMES[platform], kind, ref, "茶", listing_id=listing_id, listed=listed)
    with house.database.begin() as tx:
        (task,) = tasks.open_batch(
            tx,
            f"guided.{row.act}",
            shop_id=about.shop_id,
            plan_id="P",
            place=row.place,
            act=row.act,
            targets=[about],
        )
    return task.task_id


def state(tasks, task_id):
    (row,) = tasks.targets.of(task_id)
    return (row.sight.value if row.sight else None, row.state.value, row.how)


def test_a_video_of_the_imitated_platforms_is_gone_when_the_list_no_longer_names_it(tmp_path):
    async def story(house):
        await authorise(house)
        tasks, look = beside(house)
        opens = {}
        for platform in ("douyin", "kuaishou"):
            listed = await house.connections.of(NAMES[platform]).videos.published()
            first = next(one for one in listed if one.listing_ids != ())
            listing = (first.listing_ids or ("1",))[0]
            opens[platform] = (
                opened(house, tasks, PlaceKind.VIDEO, first.video_id, listing, platform, "video"),
                first,
            )
        await look.sweep()
        before = {platform: state(tasks, task) for platform, (task, _) in opens.items()}
        for platform, (_, first) in opens.items():
            result = await house.connections.of(NAMES[platform]).videos.delete(first.video_id)
            assert result.ok, result
        await house.clock.sleep(5)
        await look.sweep()
        return before, {platform: state(tasks, task) for platform, (task, _) in opens.items()}

    before, after = play(story, tmp_path, platforms=ALL)
    # Kuaishou does not say what a video links: that it is still there tells nothing.
    assert before == {"douyin": ("no", "open", ""), "kuaishou": ("unknown", "open", "")}
    assert after == dict.fromkeys(("douyin", "kuaishou"), ("yes", "confirmed", "observed"))


def test_the_live_cart_of_the_imitated_platform_tells_yes_and_no(tmp_path):
    async def story(house):
        await authorise(house)
        tasks, look = beside(house)
        goods = house.world.platforms[2].shops[0].stores.items
        inside = next(key for key, item in goods.items() if item.in_cart)
        outside = next(key for key, item in goods.items() if not item.in_cart)
        ids = [
            opened(house, tasks, PlaceKind.LIVE, f"live-{i}", str(i), "kuaishou", "live")
            for i in (inside, outside)
        ]
        bad = opened(house, tasks, PlaceKind.LIVE, "live-x", "no id", "kuaishou", "live")
        await look.sweep()
        first = [state(tasks, one) for one in [*ids, bad]]
        goods[inside].in_cart = False
        await look.of_task(ids[0])
        return first, state(tasks, ids[0])

    first, after = play(story, tmp_path, platforms=ALL, size=60)
    assert first == [("no", "open", ""), ("yes", "confirmed", "observed"), ("unknown", "open", "")]
    assert after == ("yes", "confirmed", "observed")


def test_shelf_and_showcase_of_the_imitated_shop(tmp_path):
    async def story(house):
        tasks, look = beside(house)
        await house.sync()
        await house.clock.sleep(3600)  # the window follows the shop a little late
        selling = [listing_id for _, listing_id in house.catalog.on_sale()]
        shown = await house.connections.of("s1").showcase.items(selling)
        on = next(listing_id for listing_id, item in shown.items() if item.visible)
        shelf = opened_plain(house, tasks, PlaceKind.LISTING, on, "listing", "take_off")
        window = opened_plain(house, tasks, PlaceKind.SHOWCASE, on, "showcase", "remove")
        await look.sweep()
        before = state(tasks, shelf)[0], state(tasks, window)[0]
        house.world.wechat.operate(on, "delist", {})
        await house.clock.sleep(3600)
        await look.sweep()
        return before, state(tasks, shelf), state(tasks, window)[0]

    before, shelf, window = play(story, tmp_path)
    assert before[0] == "no"
    assert shelf == ("yes", "confirmed", "observed")
    assert (before[1], window) == ("no", "yes")


def opened_plain(house, tasks, kind, listing_id, place, act):
    about = Target("s1", kind, listing_id, "茶", listing_id=listing_id)
    with house.database.begin() as tx:
        return tasks.open_batch(
            tx, f"guided.{act}", shop_id="s1", plan_id="P", place=place, act=act, targets=[about]
        )[0].task_id


# -- over a shop in memory ---------------------------------------------------------------------------------------


BROKEN = CallFailedError(CallResult(Meaning.UNKNOWN, "read", "500"))


@pytest.fixture
def bench(sqlite_database, clock):
    return Bench(sqlite_database, clock)


def a_video(bench, **more):
    return bench.open(video(1, "k", **more))[0]


def test_a_missing_video_counts_only_after_it_was_seen_in_the_list(bench):
    task = a_video(bench)
    bench.sweep()
    assert bench.seen(task) is Sight.UNKNOWN
    bench.ports.videos_told = (bench.published("v1", "L1"),)
    bench.sweep()
    assert bench.seen(task) is Sight.NO
    bench.ports.videos_told = ()
    bench.sweep()
    assert bench.states(task) == ["confirmed"]


def test_a_place_the_platform_itself_listed_needs_no_earlier_look(bench):
    task = a_video(bench, listed=True)
    bench.sweep()
    assert bench.states(task) == ["confirmed"]


def test_one_short_list_proves_nothing(bench):
    task = a_video(bench, listed=True)
    bench.ports.videos_told = [(), (bench.published("v1", "L1"),)]
    bench.sweep()
    assert (bench.seen(task), bench.ports.reads) == (Sight.NO, 2)


@pytest.mark.parametrize(("age", "sight"), [(10, "yes"), (200, "unknown"), (None, "unknown")])
def test_a_video_too_old_to_be_listed_cannot_be_told(bench, age, sight):
    task, bench.ports.back = a_video(bench, listed=True), 90 * 86_400
    created = None if age is None else START - timedelta(days=age)
    bench.ports.videos_told = (bench.published("v1", "L1", created=created),)
    bench.sweep()
    bench.ports.videos_told = ()
    bench.sweep()
    bench.sweep()
    assert bench.seen(task).value == sight


@pytest.mark.parametrize(
    ("links", "goods", "sight"),
    [(("L1", "L2"), {}, "no"), (("L2",), {}, "yes"), ((), {}, "unknown"), (("L2",), {"items": ("L1", "L2")}, "no"),
     (("L2",), {"listing_id": ""}, "unknown")],
)  # fmt: skip
def test_a_video_that_stays_is_judged_by_what_it_links(bench, links, goods, sight):
    task = a_video(bench, **goods)
    bench.ports.videos_told = (bench.published("v1", *links),)
    bench.sweep()
    assert bench.seen(task).value == sight


def at(bench, kind, place, act, ref="x1", listed=False):
    return bench.open(Target("k", kind, ref, listing_id="L1", listed=listed), place=place, act=act)[0]


ITEM = ShowcaseItem("L1", True, "1")


@pytest.mark.parametrize(
    ("told", "sight"),
    [({"L1": ITEM}, "no"), ({"L1": replace(ITEM, visible=False)}, "yes"), ({"L1": replace(ITEM, visible=None)}, "unknown"),
     ({}, "unknown"), (BROKEN, "unknown")],
)  # fmt: skip
def test_a_showcase_item(bench, told, sight):
    bench.ports.showcase = told
    task = at(bench, PlaceKind.SHOWCASE, "showcase", "remove")
    bench.sweep()
    assert bench.seen(task).value == sight


@pytest.mark.parametrize(
    ("told", "listed", "sight"),
    [
        (True, True, "no"),
        (False, True, "yes"),
        (True, False, "no"),
        (False, False, "unknown"),
        (BROKEN, True, "unknown"),
    ],
)
def test_the_live_cart(bench, told, listed, sight):
    # Of a live that is still to come the cart of the one that is on tells nothing.
    bench.ports.cart = told
    task = at(bench, PlaceKind.LIVE, "live", "remove_from_cart", listed=listed)
    bench.sweep()
    assert bench.seen(task).value == sight


PLAN = Promotion(
    "k", PromotionKind.AFFILIATE, "x1", "", PromotionState.RUNNING, ("L1", "L2"), False, "1", START
)


@pytest.mark.parametrize(
    ("act", "change", "sight"),
    [
        ("stop_agency", {}, "no"),
        ("stop_agency", {"state": PromotionState.ENDED}, "yes"),
        ("stop_agency", {"state": PromotionState.UNKNOWN}, "unknown"),
        ("take_out", {}, "no"),
        ("take_out", {"listing_ids": ("L2",)}, "yes"),
        ("take_out", {"listing_ids": ()}, "unknown"),
        ("take_out", {"listing_ids": ("L2",), "whole_shop": True}, "no"),
    ],
)
def test_an_affiliate_plan(bench, act, change, sight):
    bench.ports.affiliate = replace(PLAN, **change)
    task = at(bench, PlaceKind.AFFILIATE, "affiliate", act)
    bench.sweep()
    assert bench.seen(task).value == sight


def test_a_coupon_ends_or_is_not_told(bench):
    bench.shop.promote(PromotionKind.COUPON, "c1", "L1")
    task, other = (at(bench, PlaceKind.COUPON, "coupon", "end_coupon", ref) for ref in ("c1", "c2"))
    bench.sweep()
    assert (bench.seen(task), bench.seen(other)) == (Sight.NO, Sight.UNKNOWN)
    key = (PromotionKind.COUPON, "c1")
    bench.shop.promotions[key] = replace(bench.shop.promotions[key], state=PromotionState.ENDED)
    bench.sweep()
    assert bench.states(task) == ["confirmed"]


def test_an_act_no_call_can_see_is_not_looked_at(bench):
    task = at(bench, PlaceKind.LIVE, "live", "switch_off")
    assert bench.sweep() == 0
    assert bench.seen(task) is None


def test_a_shop_that_cannot_be_asked_tells_nothing(bench):
    from offshelf.kit.errors import UsageError

    task = a_video(bench, listed=True)

    def gone(_shop_id):
        raise UsageError("access.unknown_shop", shop="k")

    bench.look._connect = gone
    assert (bench.sweep(), bench.seen(task)) == (0, None)


def test_leaving_an_activity_waits_for_the_plan_to_see_the_stock_free(bench):
    with_port = registry.manifests()["kuaishou"]
    without = replace(with_port, ports=with_port.ports - {"promotions"})
    ways = [
        look_for(PlaceKind.LIMITED_DISCOUNT, "leave_platform_activity", manifest)
        for manifest in (with_port, without)
    ]
    assert ways == [Look.PROMOTION, Look.PLAN]
    assert look_for(PlaceKind.LIMITED_DISCOUNT, "take_out", without) is None
    about = Target("k", PlaceKind.LIMITED_DISCOUNT, "L1", "茶", listing_id="L1")
    (task,) = bench.open(about, place="promotion", act="leave_platform_activity")
    assert bench.claim(task)[0].state is TargetState.CLAIMED_DONE
    assert (bench.sweep(), bench.states(task)) == (0, ["claimed_done"])


# -- coming back -------------------------------------------------------------------------------------------------


def done(bench, **more):
    task = a_video(bench, listed=True, **more)
    bench.sweep()
    assert bench.states(task) == ["confirmed"]
    return task


def test_a_video_re_posted_after_completion_reopens_the_case(database, clock):
    bench = Bench(database, clock)
    first = done(bench)
    assert bench.sweep() == 0
    bench.ports.videos_told = (bench.published("v1", "L1"),)
    assert bench.sweep() == 1
    (task,) = bench.tasks.list()
    (row,) = bench.targets.of(task.task_id)
    assert (row.target.ref, row.recurrences, row.earlier) == ("v1", 1, bench.rows(first)["v1"].target_id)
    assert [t.task_id for t in bench.tasks.open_selling("P-1")] == [task.task_id]
    assert not bench.tasks.outcome_of("P-1", "video", "v1").done
    assert bench.sweep() == 0
    assert len(bench.tasks.list(None)) == 2


def test_a_re_post_under_a_new_id_reopens_it_too(bench):
    done(bench)
    later = bench.clock.now() + timedelta(seconds=30)
    bench.ports.videos_told = (
        bench.published("v8", "L1", created=START - timedelta(days=9)),  # was there all the time
        bench.published("v9", created=later),
        bench.published("v7", "L2", created=later),
    )
    assert [bench.sweep(), bench.sweep()] == [1, 0]
    (task,) = bench.tasks.list()
    (row,) = bench.targets.of(task.task_id)
    assert (row.target.ref, row.target.listing_id, row.recurrences, row.state) == (
        "v9",
        "L1",
        1,
        TargetState.OPEN,
    )


@pytest.mark.parametrize("again", ["v1", "v9"])
@pytest.mark.parametrize("how", ["dropped", "cancelled"])
def test_a_case_that_was_dropped_after_it_came_back_is_not_opened_for_ever(bench, how, again):
    done(bench)
    bench.ports.videos_told = (bench.published(again, "L1", created=bench.clock.now()),)
    assert bench.sweep() == 1
    (task,) = bench.tasks.list()
    if how == "dropped":
        bench.drop(task)
    else:
        with bench.database.begin() as tx:
            assert bench.tasks.abandon(tx, {"P-1"}.__contains__) == 1
    for _ in range(3):
        assert bench.sweep() == 0
        with bench.database.begin() as tx:
            bench.tasks.abandon(tx, {"P-1"}.__contains__ if how == "cancelled" else set().__contains__)
    assert len(bench.tasks.list(None)) == 2


def test_nothing_comes_back_for_plans_that_were_cancelled(bench):
    done(bench)
    bench.cancelled = {"P-1"}
    bench.ports.videos_told = (bench.published("v1", "L1"),)
    assert (bench.sweep(), len(bench.tasks.list(None))) == (0, 1)


def test_what_is_to_be_sold_again_did_not_come_back(bench):
    done(bench)
    bench.selling = {("k", "L1")}
    bench.ports.videos_told = (bench.published("v1", "L1"),)
    assert bench.sweep() == 0


def test_a_finished_case_is_watched_for_a_time_only(bench):
    first = done(bench)
    bench.clock.advance(91 * 86_400)
    bench.ports.videos_told = (bench.published("v1", "L1"),)
    assert (bench.sweep(), bench.tasks.get(first.task_id).state) == (0, TaskState.DONE)


def test_a_worker_looks_as_often_as_the_settings_say(bench):
    a_video(bench)
    asyncio.run(bench.look.tick())
    reads = bench.ports.reads
    asyncio.run(bench.look.tick())
    assert bench.ports.reads == reads
    bench.clock.advance(600)
    asyncio.run(bench.look.tick())
    assert bench.ports.reads == 2 * reads


def test_a_second_plan_with_more_goods_that_joins_during_a_look_is_not_finished_by_it(bench):
    live = Target("k", PlaceKind.LIVE, "room", "茶", listing_id="L1", listed=True)
    (task,) = bench.open(live, place="live", act="remove_from_cart")
    row = bench.rows(task)["room"]
    empty, wide = bench.ports.holds, replace(live, items=("L1", "L2"))

    async def holds(listing_id):
        bench.ports.holds = empty
        bench.open(wide, place="live", act="remove_from_cart", plan="P-2")
        return await empty(listing_id)

    bench.ports.holds = holds
    bench.sweep()
    assert (bench.seen(task), bench.states(task)) == (Sight.UNKNOWN, ["open"])
    assert bench.rows(task)["room"].target_id == row.target_id
    bench.sweep()
    assert bench.states(task) == ["confirmed"]
    assert bench.tasks.outcome_of("P-2", "live", "room").done
