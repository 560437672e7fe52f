"""A desk of tasks over a real database and the real manifests: one shop per platform, evidence sealed on disk."""

from __future__ import annotations

from typing import Any

from offshelf.access.shops import Shops
from offshelf.kit.clock import ManualClock
from offshelf.kit.db import Database
from offshelf.kit.errors import OffshelfError
from offshelf.platforms import registry
from offshelf.platforms.contract import Guided
from offshelf.tasks.model import Target, TargetRow, Task
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.shops import Platform, Shop
from support.evidence import SEAL, evidence_folder, evidence_store, policy_of, shot

SHOPS = {"wechat_channels": "w", "douyin": "d", "kuaishou": "k"}
TABLES = ("task", "task_target", "task_target_plan", "evidence")


def video(number: int, shop_id: str = "w", **more: Any) -> Target:
    """Return a short video that links L1."""
    told = {"title": f"视频 {number}", "listing_id": "L1"} | more
    return Target(shop_id, PlaceKind.VIDEO, f"v{number}", **told)


class TaskDesk:
    """The service, with a notebook in place of the journal."""

    def __init__(self, database: Database, clock: ManualClock, **policy: Any) -> None:
        self.database, self.clock, self.values = database, clock, policy
        shops = Shops(database, clock, SEAL)
        with database.begin() as tx:
            for platform, shop_id in SHOPS.items():
                shops.add(tx, Shop(shop_id, Platform(platform), "店", shop_id, "http://localhost"), {})
        self.noted: list[tuple[str, str, str, dict[str, Any]]] = []
        self.store = evidence_store(database)
        self.folder = evidence_folder(database)
        self.tasks = Tasks(
            database=database, clock=clock, shops=shops, manifests=registry.manifests,
            note=lambda _tx, *entry: self.noted.append(entry),
            evidence=self.store, policy=lambda: policy_of(**self.values),
        )  # fmt: skip
        self.targets = self.tasks.targets

    def open(
        self, *targets: Target, place: str = "video", act: str = "unlink", plan: str = "P-1", **more: Any
    ) -> tuple[Task, ...]:
        """Open batches over these targets in the shop of the first."""
        with self.database.begin() as tx:
            return self.tasks.open_batch(
                tx, f"guided.{act}", shop_id=targets[0].shop_id, plan_id=plan, place=place, act=act,
                targets=targets, **more,
            )  # fmt: skip

    def claim(self, task: Task, ref: str = "", mark: object = None, by: str = "lin", **more: Any) -> Any:
        """Claim one target (or all) with a fresh screenshot and every number and text that is wanted."""
        pieces = more.pop("pieces", None)
        if pieces is None:
            pieces = [shot(f"{task.task_id} {ref} {mark} {n}") for n in range(3)]
            pieces += [numbered(n) for n in range(2)] + [texted("T-1")]
        return self.targets.claim(task.task_id, [ref] if ref else [], pieces, by=by, **more)

    def rows(self, task: Task) -> dict[str, TargetRow]:
        """Return the targets of a task by ref."""
        return {row.target.ref: row for row in self.targets.of(task.task_id)}

    def states(self, task: Task) -> list[str]:
        """Return the states of a task's targets in order."""
        return [row.state.value for row in self.targets.of(task.task_id)]

    def drop(self, task: Task) -> Task:
        """Drop a task."""
        with self.database.begin() as tx:
            return self.tasks.drop(tx, task.task_id, by="lin", why="sold the shop")

    def snapshot(self) -> dict[str, Any]:
        """Return every row of the room, and the names of its files."""
        with self.database.read() as tx:
            rows = {
                name: tx.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1, 2").all()  # noqa: S608 - our own names
                for name in TABLES
            }
        files = sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []
        return {"rows": rows, "files": files, "noted": list(self.noted)}

    def refused(self, call: Any, *args: Any, **more: Any) -> str:
        """Return the code of a refusal that changed nothing."""
        before = self.snapshot()
        try:
            call(*args, **more)
        except OffshelfError as error:
            assert self.snapshot() == before
            return error.code
        raise AssertionError("was not refused")


def numbered(number: int) -> Any:
    """Return a number as handed in."""
    from offshelf.tasks.intake import number_piece

    return number_piece(number)


def texted(text: str) -> Any:
    """Return a text as handed in."""
    from offshelf.tasks.intake import text_piece

    return text_piece(text)


def row_at(platform: str, *places: str) -> Guided:
    """Return the first row of a platform's guided work at the first of these places that has one."""
    guided = registry.manifests()[platform].guided
    return next(row for place in places for row in guided if row.place == place)
