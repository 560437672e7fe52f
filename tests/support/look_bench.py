"""The desk of tasks with looks by calls, over ports whose answers a test sets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.platforms import registry
from offshelf.platforms.contract import Connector, Seen
from offshelf.tasks.crosscheck import CrossCheck
from offshelf.tasks.model import Task
from offshelf.vocabulary.goods import Video
from support.databases import START
from support.memory_shop import MemoryShop
from support.task_desk import TaskDesk


@dataclass
class Ports:
    """Ports whose answers a test sets; an exception is raised."""

    videos_told: Any = ()
    cart: Any = False
    showcase: Any = field(default_factory=dict)
    affiliate: Any = None
    back: int | None = None
    reads: int = 0

    async def published(self) -> Any:
        self.reads += 1
        told = self.videos_told.pop(0) if isinstance(self.videos_told, list) else self.videos_told
        return _told(told)

    async def holds(self, _listing_id: str) -> Any:
        return _told(self.cart)

    async def items(self, _ids: Any) -> Any:
        return _told(self.showcase)

    async def observe(self, _ref: str) -> Any:
        return Seen(_told(self.affiliate))

    def connector(self, shop: MemoryShop) -> Connector:
        """Return a connector whose manifest is Kuaishou's with every port."""
        manifest = registry.manifests()["kuaishou"]
        limits = dict(manifest.limits) | ({"video_list_back_seconds": self.back} if self.back else {})
        manifest = replace(
            manifest, ports=manifest.ports | {"showcase", "affiliate", "promotions"}, limits=limits
        )
        return replace(
            shop.connector(), manifest=manifest, videos=self, live_cart=self, showcase=self, affiliate=self
        )


def _told(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


class Bench(TaskDesk):
    """The desk with a look over scripted ports."""

    def __init__(self, database: Database, clock: ManualClock, **policy: Any) -> None:
        super().__init__(database, clock, **policy)
        self.ports, self.shop = Ports(), MemoryShop(clock, "k")
        self.selling: Any = ()
        self.cancelled: set[str] = set()
        self.look = CrossCheck(
            database=database, tasks=self.tasks, connect=lambda _: self.ports.connector(self.shop),
            clock=clock, wanted_on=lambda: self.selling, not_wanted=lambda plan: plan in self.cancelled,
        )  # fmt: skip

    def sweep(self) -> int:
        self.clock.advance(60)
        return asyncio.run(self.look.sweep())

    def seen(self, task: Task) -> Any:
        (row,) = self.targets.of(task.task_id)
        return row.sight

    def published(self, ref: str, *links: str, created: datetime = START, title: str = "视频 1") -> Video:
        return Video("k", ref, title, created, links or None, "2", self.clock.now())
