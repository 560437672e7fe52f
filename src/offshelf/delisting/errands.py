"""What somebody had done for a plan and does not wait for: reading its shops, its checks, a rehearsal. In the background, one at a time.

What is told here is of this process and of now: findings stand in the database and a rehearsal in the journal once they
are there. An errand that ended with its process is told by nothing, and then none is running.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Event, Lock, Thread

from offshelf.access.actor import Who
from offshelf.access.roles import Permission
from offshelf.access.shops import Shops
from offshelf.access.users import Users
from offshelf.delisting.forecast import Forecasts
from offshelf.delisting.rehearsal.model import Difference, Rehearsal
from offshelf.delisting.rehearsal.settings import RehearsalSettings
from offshelf.delisting.rehearsal.snapshot import Progress
from offshelf.delisting.service import Plans
from offshelf.kit.clock import Clock
from offshelf.kit.errors import BlockedError, OffshelfError, OutsideError
from offshelf.kit.log import logger
from offshelf.vocabulary.plans import NOT_STARTED
from offshelf.vocabulary.shops import Shop

_beginning = Lock()


class Kind(StrEnum):
    """What is done."""

    READ = "read"  # the plan's shops are read whole, then it is checked
    CHECK = "check"
    REHEARSE = "rehearse"


@dataclass(slots=True)
class Errand:
    """One errand. `part` is what is at work (a word of `progress`), in `shop_id` where it is one; `done` of `of` (None: nobody knows).

    `trouble` is why it did not come to its end; `differences` are those of a rehearsal to the one before.
    """

    plan_id: str
    kind: Kind
    by: str
    began_at: datetime
    part: str = ""
    shop_id: str = ""
    done: int = 0
    of: int | None = None
    ended_at: datetime | None = None
    trouble: OffshelfError | None = None
    differences: tuple[Difference, ...] = ()
    over: Event = field(default_factory=Event)

    @property
    def runs(self) -> bool:
        """Tell whether it still goes on."""
        return self.ended_at is None

    def move(self, part: str, done: int, of: int | None, *, shop_id: str = "") -> None:
        """Note how far it is."""
        self.part, self.done, self.of, self.shop_id = part, done, of, shop_id


Board = dict[str, Errand]  # the last errand of each plan that this process began


class Errands:
    """Begins errands and tells how they stand. `read` reads a shop whole and tells how far it is, `sweep` brings everything else up to it."""

    def __init__(
        self,
        board: Board,
        *,
        plans: Plans,
        shops: Shops,
        users: Users,
        forecasts: Forecasts,
        rehearse: Callable[..., Rehearsal],
        read: Callable[[Shop, Progress], object],
        sweep: Callable[[], object],
        clock: Clock,
    ) -> None:
        self._board = board
        self._plans = plans
        self._shops = shops
        self._users = users
        self._forecasts = forecasts
        self._rehearse = rehearse
        self._read = read
        self._sweep = sweep
        self._clock = clock

    def of(self, plan_id: str) -> Errand | None:
        """Return the last errand of a plan that this process began."""
        return self._board.get(plan_id)

    def check(self, plan_id: str, *, by: Who, read: bool = False) -> Errand:
        """Begin the checks of a plan; `read`: after its shops were read whole. Refused once it has started."""
        plan = self._plans.get(plan_id)
        if plan.state not in NOT_STARTED:
            raise BlockedError("plan.already_started", plan=plan_id, state=plan.state.value)

        def work(errand: Errand) -> None:
            trouble = self._read_shops(errand, {shop_id for shop_id, _ in plan.listings}) if read else None
            errand.move("checks", 0, None)
            self._plans.check(plan_id)
            if trouble is not None:
                raise trouble

        return self._begin(plan_id, Kind.READ if read else Kind.CHECK, by, work)

    def rehearse(self, plan_id: str, settings: RehearsalSettings, *, by: Who) -> Errand:
        """Begin a rehearsal on a copy of the shops. Asks the platforms what quota is left; changes nothing there."""
        plan = self._plans.get(plan_id)

        def work(errand: Errand) -> None:
            ahead = self._forecasts.of(plan, ask=True)
            played = self._rehearse(plan_id, ahead, settings, errand.by, None, errand.move)
            errand.differences = played.differences

        return self._begin(plan_id, Kind.REHEARSE, by, work)

    def _read_shops(self, errand: Errand, shop_ids: set[str]) -> OffshelfError | None:
        """Read shops one after the other; one that cannot be read does not keep the others from it. Returns the first trouble."""
        trouble: OffshelfError | None = None
        for shop in self._shops.all():
            if shop.shop_id not in shop_ids:
                continue

            def move(part: str, done: int, of: int | None, *, shop_id: str = shop.shop_id) -> None:
                errand.move(part, done, of, shop_id=shop_id)

            try:
                self._read(shop, move)
            except OffshelfError as error:
                trouble = trouble or error
        self._sweep()
        return trouble

    def _begin(self, plan_id: str, kind: Kind, by: Who, work: Callable[[Errand], None]) -> Errand:
        """Begin and return at once; where an errand of the plan goes on already, that one."""
        person = self._users.admit(by, Permission.SYNC)
        with _beginning:
            before = self._board.get(plan_id)
            if before is not None and before.runs:
                return before
            made = self._board[plan_id] = Errand(plan_id, kind, person.name, self._clock.now())
        Thread(target=self._do, args=(made, work), name=f"errand-{plan_id}", daemon=True).start()
        return made

    def _do(self, errand: Errand, work: Callable[[Errand], None]) -> None:
        """Do it and write down how it ended. What is no expected trouble is a bug: told to the log, and as broken to people."""
        try:
            work(errand)
        except OffshelfError as error:
            errand.trouble = error
        except Exception:  # noqa: BLE001 - the net below bugs of a thread nobody waits for
            logger("errands").exception("an errand broke: %s %s", errand.kind.value, errand.plan_id)
            errand.trouble = OutsideError("plan.errand_broke", plan=errand.plan_id)
        errand.ended_at = self._clock.now()
        errand.over.set()
