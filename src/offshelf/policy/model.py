"""Policy as values. Pure: no file is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from offshelf.kit.digest import sm3_of
from offshelf.policy.kinds import Kind, Unit

__all__ = ["SPANS", "Kind", "NoPolicyError", "Plain", "Policy", "Unit", "Value"]

# A plain value: a number, a text, a list of words, or rows of a table (lexicons, matrices).
Plain = int | str | bool | tuple[str, ...] | tuple[Mapping[str, str], ...]


SPANS = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)}


class NoPolicyError(LookupError):
    """A value was asked for that no pack in force has for this day: callers judge *unknown*."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its papers.

    `pack` and `line` say where it stands; `override_of` is the pack a merchant's own value replaces ("" for none).
    `certainty` is `agreed`, `single` (one source) or `inferred`. `effective_to` None: still in force; else its last day.
    `laxer` says, for a value of the law, which other value would ask less: `lower`, `higher`, `fewer` or `changed`.
    `why` is the merchant's reason for an own value, `weaker` that it asks less than the law it replaces.
    """

    policy_id: str
    value: Plain
    kind: Kind
    source: str
    observed_on: date
    effective_from: date
    pack: str
    unit: Unit | None = None
    reviewed_by: str = ""
    reviewed_on: date | None = None
    effective_to: date | None = None
    certainty: str = "agreed"
    note: str = ""
    override_of: str = ""
    line: int = 0
    laxer: str = ""
    why: str = ""
    weaker: bool = False

    @property
    def base(self) -> str:
        """Return the id without the platform."""
        return self.policy_id.partition("@")[0]

    @property
    def platform(self) -> str:
        """Return the platform it is for, "" for all."""
        return self.policy_id.partition("@")[2]

    def covers(self, day: date) -> bool:
        """Tell whether it is in force on a day; both ends of the window count."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def overlaps(self, other: Value) -> bool:
        """Tell whether there is a day on which both are in force."""
        return (other.effective_to is None or self.effective_from <= other.effective_to) and (
            self.effective_to is None or other.effective_from <= self.effective_to
        )

    def same_as(self, other: Value) -> bool:
        """Tell whether both say the same; 120 minutes are 2 hours."""
        return _measure(self) == _measure(other)


@dataclass(frozen=True, slots=True)
class Policy:
    """Every value in force on one day, by id. A value for one platform only has the id `<id>@<platform>`."""

    day: date
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return the SM3 digest of what is in force: the same values, the same version."""
        return sm3_of(
            [
                [name, _plain(value.value), value.unit.value if value.unit else "", value.pack]
                for name, value in sorted(self.values.items())
            ]
        )

    def find(self, policy_id: str, platform: str = "") -> Value | None:
        """Return the platform's own value, else the common one, else None."""
        return self.values.get(f"{policy_id}@{platform}") or self.values.get(policy_id)

    def get(self, policy_id: str, platform: str = "") -> Value:
        """Return a value or raise `NoPolicyError`."""
        found = self.find(policy_id, platform)
        if found is None:
            raise NoPolicyError(policy_id)
        return found

    def number(self, policy_id: str, platform: str = "") -> int:
        """Return a plain number (percent, count, fen, days)."""
        value = self.get(policy_id, platform).value
        if isinstance(value, bool) or not isinstance(value, int):
            raise NoPolicyError(policy_id)
        return value

    def span(self, policy_id: str, platform: str = "") -> timedelta:
        """Return a length of time counted from the moment on: minutes and hours only. Days are counted by `days`."""
        found = self.get(policy_id, platform)
        unit = SPANS.get(found.unit) if found.unit else None
        if unit is None:
            raise NoPolicyError(policy_id)
        return self.number(policy_id, platform) * unit

    def words(self, policy_id: str, platform: str = "") -> tuple[str, ...]:
        """Return a list of words."""
        value = self.get(policy_id, platform).value
        if not isinstance(value, tuple) or any(not isinstance(item, str) for item in value):
            raise NoPolicyError(policy_id)
        return tuple(str(item) for item in value)

    def rows(self, policy_id: str, platform: str = "") -> tuple[Mapping[str, str], ...]:
        """Return the rows of a table (lexicons with rule and fix, matrices)."""
        value = self.get(policy_id, platform).value
        if not isinstance(value, tuple):
            raise NoPolicyError(policy_id)
        return tuple(row for row in value if isinstance(row, Mapping))


def _measure(value: Value) -> object:
    span = SPANS.get(value.unit) if value.unit else None
    if span is not None and isinstance(value.value, int):
        return value.value * span
    return (value.value, value.unit)


def _plain(value: Plain) -> object:
    if isinstance(value, tuple):
        return [dict(item) if isinstance(item, Mapping) else item for item in value]
    return value
