"""Two shops with the same goods, papers over them, and the process that deals with what ends."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from offshelf.kit.db import Database
from offshelf.kit.instants import SHANGHAI
from offshelf.vocabulary.statements import Licence
from support.forced_market import Market
from support.register_house import licence

TODAY = date(2026, 11, 21)  # where the clock of the tests stands


class LicenceMarket(Market):
    """The market with a register. `papers` is the process as this house has it, `other` as another process has it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rooms = self.beside()
        self.registers, self.watch, self.papers = self.rooms.registers, self.rooms.licences, self.rooms.papers
        self.tasks = self.rooms.tasks

    def put(self, *licences: Licence) -> None:
        """Write papers down, a moment after what stood there."""
        with self.database.begin() as tx:
            self.registers.put_licences(tx, licences)

    def licence(self, number: str = "N-1", *, left: int | None, **more: Any) -> Licence:
        """Return a paper with so many days left, as seen now."""
        until = None if left is None else self.today() + timedelta(days=left)
        return licence(number, until, **({"observed_at": self.clock.now()} | more))

    def today(self) -> date:
        return self.clock.now().astimezone(SHANGHAI).date()

    def on(self, day: date, hour: int = 10) -> None:
        """Go to an hour of a legal day."""
        then = datetime.combine(day, time(hour), SHANGHAI)
        self.clock.advance((then - self.clock.now()).total_seconds())

    def told(self) -> list[tuple[str, str, int]]:  # type: ignore[override]
        """Return (number, what, threshold) of every event, oldest first."""
        return [(e.number, e.what.value, e.threshold) for e in reversed(self.watch.all())]

    def proposed(self) -> list[tuple[tuple[str, str], ...]]:  # type: ignore[override]
        """Return the listings of every plan."""
        return [self.plans.get(plan.plan_id).listings for plan in self.plans.all()]


def open_market(database: Database) -> LicenceMarket:
    """Return a market whose three products stand in both shops."""
    made = LicenceMarket(database)
    for shop in made.shops.values():
        shop.stock(3)
    assert made.poll() == 0
    return made


@pytest.fixture
def fair(sqlite_database: Database) -> LicenceMarket:
    """Return a market on SQLite."""
    return open_market(sqlite_database)


@pytest.fixture
def both_fairs(database: Database) -> LicenceMarket:
    """Return a market on SQLite, then on PostgreSQL."""
    return open_market(database)
