"""Places no call ends, on each platform: exactly their tasks, evidence for each alone, and a case that comes up again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offshelf.delisting.model import Plan
from offshelf.kit.errors import BlockedError
from offshelf.platforms import registry
from offshelf.sandbox.douyin.state import Video
from offshelf.tasks.model import TargetState, Task
from offshelf.vocabulary.plans import PlanState, Reason
from support.declared_merchant import Merchant, item
from support.virtual_house import ALL, NAMES, VirtualHouse, authorise, play
from support.wired import FIRST, SECOND

WHOLE = {"size": 20, "platforms": ALL, "wired": True}
# One listing of each shop that nothing else holds: no live, no activity, no other video.
CODES = {"wechat_channels": "SNK0003", "douyin": "HOM0001", "kuaishou": "BEA0004"}
KNOWN = {"replay": 2, "video": 5, "creator_showcase": 1}
NONE = (
    "bundle", "drop_ship", "erp_stock", "gift", "live", "presale", "script", "showcase", "wms_picking", "substitute",
    "licences",
)  # fmt: skip
ACTS = {"replay": "dissociate", "video": "unlink", "creator_showcase": "tell", "binding": "unbind"}


class Desk:
    """One merchant with one product in one shop, and what stands around it."""

    def __init__(self, house: VirtualHouse, platform: str) -> None:
        self.house, self.platform, self.shop = house, platform, NAMES[platform]
        self.merchant, self.beside = Merchant(house), house.beside
        self.listing = ""

    async def proposed(self, *, videos: bool = True) -> Plan:
        """Read, declare, propose a plan over the one listing, and have two persons sign it."""
        await authorise(self.house)
        await self.merchant.read()
        keys, _ = self.house.catalog.find([CODES[self.platform]])
        self.listing = dict(keys[CODES[self.platform]])[self.shop]
        self.declare(videos=videos)
        plan = self.house.plans.propose([(self.shop, self.listing)], reason=Reason.SEASON, by=FIRST)
        self.merchant.declare(*self.merchant.statements(self.merchant.notice(plan)))
        assert self.merchant.blocking(plan) == []
        for person in (FIRST, SECOND):
            self.house.plans.approve(plan.plan_id, plan.fingerprint, by=person)
        return plan

    def declare(self, *, videos: bool = True) -> None:
        """Write down the places and all else the checks ask for."""
        m = self.merchant
        kinds = {"binding": 1, **KNOWN} if videos else {}
        lines = [f"at: {m.ago()}", "none:", *(f"  - {kind}" for kind in NONE)]
        lines += ["places:"] if kinds else []
        for kind, many in kinds.items():
            for number in range(many):
                lines += self.place(kind, f"{kind}-{number}")
        lines += ["statements:"]
        for kind in ("replay", "video", "creator_showcase", "binding"):
            lines += item(kind="read", subject=kind)
        m.saved = m.ago()
        lines += item(kind="backup", subject=self.shop, through=m.saved, rows=1000)
        m.declare(*lines, *m.drill(self.shop, passed=True))

    def place(self, kind: str, ref: str) -> list[str]:
        return self.merchant.place(
            kind, ref, f"listing: '{self.listing}'", shop=self.shop, title=f"标题 {ref}"
        )

    async def run(self, plan: Plan) -> PlanState:
        """Run a plan as somebody who types its mark, then bring the tasks up to it."""
        self.house.plans.start(plan.plan_id, by=FIRST, confirm=plan.fingerprint)
        state = await self.house.run(plan)
        self.beside.handwork(self.house).sweep()
        return state

    def open(self) -> dict[str, Task]:
        """Return the open batches by place."""
        return {task.place: task for task in self.beside.tasks.list() if task.targets}

    def finish(self) -> None:
        """Do everything that is open as people do, a second one confirming what no call can see."""
        targets = self.beside.tasks.targets
        for task in self.open().values():
            self.beside.do(task)
            left = [row for row in targets.of(task.task_id) if row.state is TargetState.CLAIMED_DONE]
            if left:
                targets.confirm(task.task_id, [row.target_id for row in left], by=SECOND)

    def act(self, plan: Plan, target: str) -> tuple[str | None, str]:
        return self.house.outcomes(plan, "by_hand")[target]


@pytest.mark.parametrize("platform", ALL)
def test_a_plan_opens_exactly_the_work_of_its_places_with_the_paths_of_its_platform(
    tmp_path: Path, platform: str
) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house, platform)
        plan = await desk.proposed()
        assert desk.open() == {}
        assert await desk.run(plan) is PlanState.INCOMPLETE
        tasks, beside = desk.open(), desk.beside
        assert {place: task.targets for place, task in tasks.items()} == {"binding": 1, **KNOWN}
        for place, task in tasks.items():
            refs = [row.target.ref for row in beside.tasks.targets.of(task.task_id)]
            assert sorted(refs) == [f"{place}-{number}" for number in range(task.targets)]
            (row,) = [
                r for r in registry.manifests()[platform].guided if (r.place, r.act) == (place, ACTS[place])
            ]
            for language in ("zh", "en"):
                assert beside.tasks.guide(task, language).menu == row.menu[language] != ""
        assert {task.place for task in beside.tasks.open_selling(plan.plan_id)} == set(tasks)
        # A video waits: neither running again nor time makes the plan done.
        assert await desk.run(plan) is PlanState.INCOMPLETE
        assert {task.task_id for task in desk.open().values()} == {t.task_id for t in tasks.values()}

    play(story, tmp_path, **WHOLE)


def test_one_screenshot_proves_one_target_and_a_harmful_act_needs_another_person(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house, "wechat_channels")
        plan = await desk.proposed()
        await desk.run(plan)
        targets, task = desk.beside.tasks.targets, desk.open()["video"]
        pieces = desk.beside.pieces(task, "one")
        first, second = (row.target_id for row in targets.of(task.task_id)[:2])
        (done,) = targets.claim(task.task_id, [first], pieces, by=FIRST)
        assert done.state is TargetState.CONFIRMED
        before = (targets.of(task.task_id), house.journal.entries(limit=1000), files(tmp_path))
        for other in (task, desk.open()["replay"]):
            (target_id,) = [row.target_id for row in targets.of(other.task_id)][1:2]
            more = desk.beside.pieces(other, "one")
            with pytest.raises(BlockedError) as refused:
                targets.claim(other.task_id, [target_id], [*pieces[:1], *more[1:]], by=FIRST)
            assert refused.value.code == "tasks.evidence_used"
        assert (targets.of(task.task_id), house.journal.entries(limit=1000), files(tmp_path)) == before
        assert targets.of(task.task_id)[1].target_id == second
        # Taking a binding away costs an ability: the same person's word is not two.
        bound = desk.open()["binding"]
        assert targets.second_person(bound)
        (claim,) = targets.claim(bound.task_id, [], desk.beside.pieces(bound, "b"), by=FIRST)
        assert claim.state is TargetState.CLAIMED_DONE
        with pytest.raises(BlockedError) as refused:
            targets.confirm(bound.task_id, [], by=f" {FIRST.upper()} ")
        assert refused.value.code == "tasks.same_person"
        assert desk.open()["binding"].task_id == bound.task_id
        targets.confirm(bound.task_id, [], by=SECOND)
        assert "binding" not in desk.open()

    play(story, tmp_path, **WHOLE)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "evidence").iterdir())


@pytest.mark.parametrize("platform", ALL)
def test_when_each_is_proved_the_plan_is_done_and_a_video_that_is_up_again_opens_its_case(
    tmp_path: Path, platform: str
) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house, platform)
        plan = await desk.proposed()
        await desk.run(plan)
        desk.finish()
        assert desk.open() == {}
        desk.beside.handwork(house).sweep()
        assert await desk.run(plan) is PlanState.DONE
        assert Counter(house.outcomes(plan, "by_hand").values())["done", "place.done_by_hand"] == 9
        assert desk.beside.tasks.open_selling(plan.plan_id) == ()
        assert house.world.look(desk.listing).buyable is False
        # What is said of the time before it was done opens nothing.
        handwork = desk.beside.handwork(house)
        desk.merchant.declare(f"at: {desk.merchant.ago(hours=1)}", "places:", *desk.place("video", "video-3"))
        handwork.sweep()
        assert desk.open() == {}
        await house.clock.sleep(3600)
        # Nor what a file says that stands unchanged, without saying when.
        desk.merchant.declare("places:", *desk.place("video", "video-3"))
        handwork.sweep()
        assert desk.open() == {}
        desk.merchant.declare(f"at: {desk.merchant.ago()}", "places:", *desk.place("video", "video-3"))
        for _ in range(2):
            handwork.sweep()
        (task,) = desk.beside.tasks.open_selling(plan.plan_id)
        (row,) = desk.beside.tasks.targets.of(task.task_id)
        assert (row.target.ref, row.recurrences, row.state) == ("video-3", 1, TargetState.OPEN)
        assert (task.place, task.act, task.selling) == ("video", "unlink", True)
        # Whoever drops the case has decided: the same word opens it no second time.
        with house.database.begin() as tx:
            desk.beside.tasks.drop(tx, task.task_id, by=FIRST, why="the creator keeps it")
        handwork.sweep()
        assert desk.open() == {}

    play(story, tmp_path, **WHOLE)


def test_videos_the_platform_lists_are_seen_to_be_gone_and_seen_to_be_back(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house, "douyin")
        published = link_videos(house, 5)
        plan = await desk.proposed(videos=False)
        await desk.run(plan)
        (task,) = desk.open().values()
        assert (task.place, task.targets) == ("video", 5)
        look = desk.beside.crosscheck(house)
        # Said to be done, seen to be there: the claim goes back.
        desk.beside.do(task)
        await look.sweep()
        states = {row.state for row in desk.beside.tasks.targets.of(task.task_id)}
        assert states == {TargetState.OPEN}
        for video in published:
            video.product_ids = ()
        await look.sweep()
        rows = desk.beside.tasks.targets.of(task.task_id)
        assert {(row.state, row.how) for row in rows} == {(TargetState.CONFIRMED, "observed")}
        desk.beside.handwork(house).sweep()
        assert await desk.run(plan) is PlanState.DONE
        await house.clock.sleep(3600)
        assert await look.sweep() == 0
        published[2].product_ids = (desk.listing,)
        assert await look.sweep() == 1
        (case,) = desk.beside.tasks.open_selling(plan.plan_id)
        (again,) = desk.beside.tasks.targets.of(case.task_id)
        assert (again.target.ref, again.recurrences) == (published[2].video_id, 1)

    play(story, tmp_path, **WHOLE)


def test_a_video_put_up_anew_under_another_id_is_the_same_case(tmp_path: Path) -> None:
    async def story(house: VirtualHouse) -> None:
        desk = Desk(house, "douyin")
        published = link_videos(house, 1)
        plan = await desk.proposed(videos=False)
        await desk.run(plan)
        look = desk.beside.crosscheck(house)
        assert await look.sweep() == 0
        published[0].status = -1
        assert await look.sweep() == 1
        desk.beside.handwork(house).sweep()
        assert await desk.run(plan) is PlanState.DONE
        await house.clock.sleep(3600)
        now = int(house.clock.now().timestamp())
        videos_of(house)["7998"] = replace(published[0], video_id="7998", status=0, create_time=now)
        await desk.merchant.read()
        await look.sweep()
        desk.beside.handwork(house).sweep()
        (case,) = desk.beside.tasks.open_selling(plan.plan_id)
        (again,) = desk.beside.tasks.targets.of(case.task_id)
        assert again.target.ref == "7998"

    play(story, tmp_path, **WHOLE)


def videos_of(house: VirtualHouse) -> dict[str, Video]:
    """Return the videos of the Douyin shop in the sandbox."""
    platform: Any = next(one for one in house.world.platforms if one.name == "douyin")
    found: dict[str, Video] = platform.shops[0].stores.videos
    return found


def link_videos(house: VirtualHouse, number: int) -> list[Video]:
    """Let videos of the shop link one product and nothing else; return them."""
    platform: Any = next(one for one in house.world.platforms if one.name == "douyin")
    code = CODES["douyin"]
    product = next(p for p in platform.shops[0].stores.products.values() if p.code == code)
    some = [video for video in videos_of(house).values() if video.status == 0][:number]
    assert len(some) == number
    for video in some:
        video.product_ids = (product.product_id,)
    return some
