"""What a person sees first: what needs them now, then how the shops stand. Counted from what is stored; asks no platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from offshelf.access.roles import Permission
from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog
from offshelf.delisting.model import Plan
from offshelf.delisting.service import Plans
from offshelf.kit.clock import Clock
from offshelf.monitoring.licences import LicenceWatch
from offshelf.tasks.model import Task
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import PlanState
from offshelf.vocabulary.shops import Shop


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs somebody. `what` names its text, `count` how many, `subject` a plan or nothing.

    `grave` things stand first: while they wait, something sells that should not.
    """

    what: str
    count: int
    subject: str = ""
    grave: bool = False


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """A shop with its listings by shelf. `read_at` is the instant the picture is true for; None: never read whole."""

    shop: Shop
    shelves: dict[Shelf, int]
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the first page."""

    now: datetime
    needs: tuple[Need, ...]
    shops: tuple[ShopSeen, ...]
    plans: dict[PlanState, int]
    tasks: int

    def shelf(self, *shelves: Shelf) -> int:
        """Return how many listings stand so, over all shops."""
        return sum(seen.shelves.get(shelf, 0) for seen in self.shops for shelf in shelves)


class Overviews:
    """Makes the overview for a person."""

    def __init__(
        self,
        *,
        plans: Plans,
        tasks: Tasks,
        catalog: Catalog,
        shops: Shops,
        licences: LicenceWatch,
        troubles: Callable[[], Iterable[object]],
        clock: Clock,
    ) -> None:
        self._plans = plans
        self._tasks = tasks
        self._catalog = catalog
        self._shops = shops
        self._licences = licences
        self._troubles = troubles
        self._clock = clock

    def of(self, may: frozenset[Permission]) -> Overview:
        """Return the overview for somebody who may do this."""
        plans, tasks = self._plans.all(), self._tasks.list()
        by_state: dict[PlanState, int] = {}
        for plan in plans:
            by_state[plan.state] = by_state.get(plan.state, 0) + 1
        found = [
            *_of_plans(plans, may),
            *_of_tasks(tasks, may),
            *_counted("papers", len(self._licences.pending())),
            *_counted("policy_troubles", len(list(self._troubles()))),
        ]
        needs = tuple(sorted(found, key=lambda need: not need.grave))
        return Overview(self._clock.now(), needs, self._seen(), by_state, len(tasks))

    def _seen(self) -> tuple[ShopSeen, ...]:
        counts: dict[str, dict[Shelf, int]] = {}
        for row in self._catalog.counts():
            counts.setdefault(row["shop_id"], {})[Shelf(row["shelf"])] = row["count"]
        return tuple(
            ShopSeen(shop, counts.get(shop.shop_id, {}), self._catalog.read_at(shop.shop_id))
            for shop in self._shops.all()
        )


def _of_plans(plans: Iterable[Plan], may: frozenset[Permission]) -> list[Need]:
    """Return plans that wait for somebody: started ones that cannot go on first, then those to be signed or started."""
    wanted = {
        PlanState.INCOMPLETE: ("plan_incomplete", Permission.RUN, True),
        PlanState.PAUSED: ("plan_paused", Permission.RUN, True),
        PlanState.PROPOSED: ("plan_proposed", Permission.APPROVE, False),
        PlanState.APPROVED: ("plan_approved", Permission.RUN, False),
    }
    found = []
    for plan in plans:
        what, permission, grave = wanted.get(plan.state, ("", None, False))
        if permission in may:
            found.append(Need(what, 1, plan.plan_id, grave))
    return found


def _of_tasks(tasks: Iterable[Task], may: frozenset[Permission]) -> list[Need]:
    if Permission.TASKS not in may:
        return []
    some = tuple(tasks)
    selling = sum(1 for task in some if task.selling)
    overdue = sum(1 for task in some if task.overdue_at is not None)
    rest = len(some) - selling
    return [
        *_counted("tasks_selling", selling, grave=True),
        *_counted("tasks_overdue", overdue, grave=True),
        *_counted("tasks_open", rest),
    ]


def _counted(what: str, count: int, *, grave: bool = False) -> list[Need]:
    return [Need(what, count, grave=grave)] if count else []
