"""Pushes of three platforms doubled, shuffled and 30 % lost: after one cycle everything is as without any push."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from offshelf.durable.inbox import Inbox
from offshelf.monitoring.letters import Letters
from offshelf.platforms.contract import Delivery
from offshelf.sandbox.pushes import Posting, PushOffice
from support.virtual_house import ALL, NAMES, VirtualHouse, authorise, play

# What others do to the n-th listing on sale of each shop.
STORY = [(0, "delist"), (1, "violation"), (2, "ban"), (3, "delist"), (3, "relist"), (4, "brand_expired")]


class PostRoom:
    """Takes what every platform posts, and lets it come in as the API does."""

    def __init__(self, house: VirtualHouse) -> None:
        self.house = house
        self.posted: list[tuple[str, Posting]] = []
        self.inbox = Inbox(house.database, house.clock)
        self.letters = Letters(
            database=house.database, inbox=self.inbox, catalog=house.catalog, journal=house.journal,
            connect=house.connections.of,
        )  # fmt: skip
        self.came: Counter[str] = Counter()
        for platform in house.world.platforms:
            for office in platform.offices:
                self._listen(office, NAMES[platform.name])

    def _listen(self, office: PushOffice, shop_id: str) -> None:
        async def take(posting: Posting) -> bool:
            self.posted.append((shop_id, posting))
            return True

        office.sink = take

    def receive(self, shop_id: str, posting: Posting) -> None:
        port = self.house.connections.of(shop_id).inbound
        assert port is not None
        pushes = port.open(Delivery(posting.query, posting.headers, posting.body))
        assert pushes is not None
        for push in pushes:
            self.came[shop_id] += 1
            self.inbox.receive(
                source=shop_id, external_id=push.external_id, topic=push.topic, event=push.event,
                subject=push.subject, raw_status=push.raw_status, happened_at=push.happened_at,
            )  # fmt: skip

    async def deliver(self, seed: int) -> None:
        await self.house.world.deliver_pushes()
        dice = random.Random(seed)
        kept = [item for item in self.posted if dice.random() >= 0.3]
        kept += [item for item in kept if dice.random() < 0.5]
        dice.shuffle(kept)
        for shop_id, posting in kept:
            self.receive(shop_id, posting)
            if dice.random() < 0.1:
                await self.letters.handle()
        while await self.letters.handle():
            pass


def state_of(house: VirtualHouse) -> dict[str, list[Any]]:
    """Return what the catalog knows of listings and orders, without the instants of looking."""
    with house.database.read() as tx:
        listings = tx.execute(sa.text("SELECT shop_id, listing_id, shelf, audit, raw_status FROM listing"))
        orders = tx.execute(sa.text("SELECT shop_id, order_id, state FROM customer_order"))
        return {"listings": sorted(map(tuple, listings)), "orders": sorted(map(tuple, orders))}


def run(folder: Path, seed: int | None) -> dict[str, list[Any]]:
    """Tell the story with pushes by this dice (None: without any), then read once."""

    async def story(house: VirtualHouse) -> dict[str, list[Any]]:
        await authorise(house)
        await house.sync_all()
        room = None if seed is None else PostRoom(house)
        for shop_id in NAMES.values():
            mine = [key[1] for key in house.catalog.on_sale() if key[0] == shop_id]
            for place, act in STORY:
                house.world.platform_of(mine[place]).operate(mine[place], act, {})
        house.world.buyers.step(120)
        if room is not None and seed is not None:
            await room.deliver(seed)
            assert set(room.came) == set(NAMES.values())
        await house.sync_all()
        return state_of(house)

    return play(story, folder, platforms=ALL, size=20)


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    return run(tmp_path_factory.mktemp("without"), None)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_one_cycle_nothing_tells_that_pushes_were_lost(
    seed: int, without: dict[str, list[Any]], tmp_path: Path
) -> None:
    assert run(tmp_path, seed) == without


def test_the_story_left_its_mark_on_every_platform(without: dict[str, list[Any]]) -> None:
    off = Counter(row[0] for row in without["listings"] if row[2] in ("off", "off_by_platform"))
    assert min(off[shop_id] for shop_id in NAMES.values()) >= 4
    assert {row[0] for row in without["orders"]} == set(NAMES.values())
