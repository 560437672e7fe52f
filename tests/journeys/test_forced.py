"""Forced delistings over the wire: pushes doubled, shuffled and lost end like no pushes at all, and D29 ends well."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from offshelf.access.shops import Shops
from offshelf.durable.inbox import Inbox as Letterbox
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.monitoring.letters import Letters
from offshelf.platforms.contract import Delivery
from offshelf.platforms.wechat_channels.credentials import InboundKeys
from offshelf.platforms.wechat_channels.inbound import Inbound
from offshelf.sandbox.pushes import Posting
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState, Reason
from support.passive import passive
from support.virtual_house import SHOP, VirtualHouse, play

# What others do, in order, to the n-th listing on sale; 0 and 1 are taken off by a plan of ours before.
STORY = [
    (1, "violation"),
    (2, "violation"),
    (3, "deposit"),
    (4, "brand_expired"),
    (5, "ban"),
    (6, "delist"),
    (7, "deposit"),
    (8, "delist"),
    (8, "violation"),
    (9, "delist"),
    (9, "relist"),
]
CAUSES = {
    0: "ours", 1: "platform", 2: "platform", 3: "platform", 4: "platform", 5: "platform", 6: "own_hand",
    7: "platform", 8: "platform",
}  # fmt: skip


@dataclass
class Office:
    """The rooms of passive delisting beside a house, and the postings its sandbox sent."""

    house: VirtualHouse
    postings: list[Posting] = field(default_factory=list)

    def __post_init__(self) -> None:
        house = self.house
        shops = Shops(house.database, house.clock, Seal(FixedKey(Secret("00" * 16), "test")))
        beside = passive(
            house.database, house.clock, catalog=house.catalog, journal=house.journal, plans=house.plans,
            shops=shops, own_hand_told=True,
        )  # fmt: skip
        self.tasks, self.events, self.forced = beside.tasks, beside.events, beside.forced
        self.letterbox = Letterbox(house.database, house.clock)
        self.letters = Letters(
            database=house.database, inbox=self.letterbox, catalog=house.catalog, journal=house.journal,
            connect=house.connections.of,
        )  # fmt: skip
        shop = house.world.wechat.shops[0]
        shop.pushes.sink = self.take
        keys = InboundKeys(Secret(shop.identity.push_token), Secret(shop.identity.encoding_aes_key))
        self.inbound = Inbound(keys, house.shop.app_id, SHOP)

    async def take(self, posting: Posting) -> bool:
        """Keep what the sandbox posts."""
        self.postings.append(posting)
        return True

    def receive(self, posting: Posting) -> None:
        """Let one posting come in as the API does."""
        for push in self.inbound.open(Delivery(posting.query, posting.headers, posting.body)) or ():
            self.letterbox.receive(
                source=SHOP, external_id=push.external_id, topic=push.topic, event=push.event,
                subject=push.subject, raw_status=push.raw_status, happened_at=push.happened_at,
            )  # fmt: skip

    async def deliver(self, seed: int) -> int:
        """Deliver the postings doubled, shuffled and 30 % lost, look at them, and deal with what is found."""
        await self.house.world.deliver_pushes()
        dice = random.Random(seed)
        kept = [posting for posting in self.postings if dice.random() >= 0.3]
        kept += [posting for posting in kept if dice.random() < 0.5]
        dice.shuffle(kept)
        for posting in kept:
            self.receive(posting)
            if dice.random() < 0.3:
                await self.letters.handle()
                self.forced.sweep()
        await self.letters.handle()
        self.forced.sweep()
        return len(kept)

    async def reconcile(self) -> int:
        """One cycle: read the shop, compare."""
        await self.house.sync()
        return self.forced.sweep()

    def end(self) -> dict[str, Any]:
        """Return what everything came to."""
        newest = {event.listing_id: event.cause.value for event in reversed(self.events.newest())}
        plans = self.house.plans
        return {
            "causes": newest,
            "tasks": sorted((task.kind, task.subject) for task in self.tasks.list()),
            "scopes": sorted(plans.get(plan.plan_id).listings for plan in plans.all()),
            "forced": sorted(
                entry.body["listing_id"] for entry in self.house.journal.entries(verb="plan.forced")
            ),
        }


async def tell(house: VirtualHouse, seed: int | None) -> tuple[dict[str, Any], list[str]]:
    """Live through the story, with scrambled pushes (or none at all), and return its end."""
    office = Office(house)
    await office.reconcile()
    seen = house.catalog.listings(house.catalog.on_sale())
    on_sale = [listing_id for (_, listing_id), listing in seen.items() if listing.shelf is Shelf.ON]
    assert await house.run(await house.approved(*on_sale[:2])) is PlanState.DONE
    office.forced.sweep()
    for number, act in STORY:
        house.world.wechat.operate(on_sale[number], act, {})
    if seed is not None:
        assert await office.deliver(seed) > 0
    await office.reconcile()
    assert await office.reconcile() == 0
    return office.end(), on_sale


@pytest.mark.parametrize("seed", [None, *range(6)])
def test_whatever_pushes_come_one_cycle_ends_the_same(tmp_path: Path, seed: int | None) -> None:
    async def story(house: VirtualHouse) -> None:
        end, on_sale = await tell(house, seed)
        assert end["causes"] == {on_sale[number]: cause for number, cause in CAUSES.items()}
        platform = sorted(on_sale[number] for number, cause in CAUSES.items() if cause == "platform")
        explained = sorted(subject for kind, subject in end["tasks"] if kind == "forced.explain")
        assert explained == platform
        assert {kind for kind, _ in end["tasks"]} == {"forced.explain", "forced.tell_partners"}
        promoted = [scope for scope in end["scopes"] if len(scope) == 1]
        assert len(set(promoted)) == len(promoted), "nothing is proposed twice"
        assert set(end["forced"]) <= set(platform)
        assert on_sale[1] in end["forced"], "the plan that took it off knows of the platform's hand"

    play(story, tmp_path)


def test_the_ends_with_and_without_pushes_are_equal(tmp_path: Path) -> None:
    ends = []
    for number, seed in enumerate((None, 1, 2, 3)):
        folder = tmp_path / str(number)
        folder.mkdir()

        async def story(house: VirtualHouse, seed: int | None = seed) -> None:
            ends.append((await tell(house, seed))[0])

        play(story, folder)
    assert ends == [ends[0]] * 4


@pytest.mark.parametrize("act", ["violation", "deposit", "brand_expired", "ban"])
@pytest.mark.parametrize("when", ["approved", "running", "verified"])
def test_a_plan_the_platform_comes_between_ends_well(tmp_path: Path, when: str, act: str) -> None:
    async def story(house: VirtualHouse) -> None:
        office = Office(house)
        await office.reconcile()
        listing_id = house.catalog.on_sale()[0][1]
        plan = await house.approved(listing_id)
        if when == "running":
            house.plans.start(plan.plan_id, by="t")
        if when != "verified":
            house.world.wechat.operate(listing_id, act, {})
            await office.reconcile()
        assert await house.run(plan) is PlanState.DONE
        if when == "verified":
            await office.reconcile()
            house.world.wechat.operate(listing_id, act, {})
        await office.reconcile()
        assert office.end()["forced"] == [listing_id]
        assert [made.plan_id for made in house.plans.all()] == [plan.plan_id]
        assert house.plans.get(plan.plan_id).reason is Reason.SEASON

    play(story, tmp_path)
