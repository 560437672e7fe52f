"""What the pieces of the page kit are filled with: plain values, made by pages and shown by `templates/kit`."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from offshelf.kit.instants import SHANGHAI, from_iso, local


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. `state` is a word of `kit/parts.html`, `at` None: not yet."""

    state: str
    title: str
    at: datetime | None = None
    by: str = ""
    text: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a board: its heading, how many cards there are in all, and those shown."""

    state: str
    name: str
    total: int
    cards: Sequence[Any] = ()
    more: str = ""  # where the others are


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: pages beside each other under one heading."""

    name: str
    href: str
    here: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on a day of a calendar."""

    day: date
    state: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Square:
    """A day of a calendar; `inside` False belongs to the month before or after."""

    day: date
    inside: bool
    today: bool
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday, with the days before and after it that fill them."""

    first: date
    weeks: tuple[tuple[Square, ...], ...]
    marked: tuple[Square, ...] = field(default=())

    @property
    def before(self) -> str:
        """Return the month before as `YYYY-MM`."""
        year, month = (
            (self.first.year - 1, 12) if self.first.month == 1 else (self.first.year, self.first.month - 1)
        )
        return f"{year:04d}-{month:02d}"

    @property
    def after(self) -> str:
        """Return the month after as `YYYY-MM`."""
        year, month = (
            (self.first.year + 1, 1) if self.first.month == 12 else (self.first.year, self.first.month + 1)
        )
        return f"{year:04d}-{month:02d}"


def month_of(asked: str, now: datetime, marks: Iterable[Mark]) -> Month:
    """Return a month (`YYYY-MM`; anything else is the one of now, in Shanghai) with what stands on its days."""
    today = now.astimezone(SHANGHAI).date()
    first = _first_of(asked) or today.replace(day=1)
    by_day: dict[date, list[Mark]] = {}
    for mark in marks:
        by_day.setdefault(mark.day, []).append(mark)
    weeks = tuple(
        tuple(Square(day, day.month == first.month, day == today, tuple(by_day.get(day, ()))) for day in week)
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    )
    return Month(first, weeks, tuple(s for week in weeks for s in week if s.inside and s.marks))


def _first_of(asked: str) -> date | None:
    try:
        day = date.fromisoformat(f"{asked}-01")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None


def moment(text: object) -> str:
    """Return an instant that lies in evidence as a text, in the time of the shop; anything else as it is."""
    try:
        return local(from_iso(str(text)))
    except ValueError:
        return str(text)


def in_script(value: Mapping[str, Any] | Sequence[Any]) -> Markup:
    """Return data as JSON that can stand in a page: no character of it can end the script it stands in."""
    text = json.dumps(value, ensure_ascii=True)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 - escaped just above, for a script rather than for HTML
