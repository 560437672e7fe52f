"""The state of a list as it stands in the address, and its parts as values. A part nobody understands is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from offshelf.console.asking import bad_filter, one_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import UsageError

_Kind = TypeVar("_Kind", bound=StrEnum)
_LONGEST = 200  # characters of one part


@dataclass(frozen=True, slots=True)
class Address:
    """The path of a list and the filters that stand in its query."""

    path: str
    values: Mapping[str, str]

    def url(self, **changes: object) -> str:
        """Return the address with changes; None takes a part out. Where one is in the list does not stay by itself."""
        return self.to(self.path, **changes)

    def to(self, path: str, **changes: object) -> str:
        """Return another path with the same filters, changed."""
        parts = {
            name: value for name, value in (dict(self.values) | changes).items() if value not in ("", None)
        }
        return f"{path}?{urlencode(parts)}" if parts else path

    def text(self, name: str) -> str:
        """Return a part as it was given, "" without."""
        return self.values.get(name, "")

    def one_of(self, kind: type[_Kind], name: str) -> _Kind | None:
        """Return a part that is a word of a closed set."""
        return one_of(kind, self.values, name)

    def day(self, name: str) -> date | None:
        """Return a part that is a day, `YYYY-MM-DD`."""
        if name not in self.values:
            return None
        try:
            found = date.fromisoformat(self.values[name])
        except ValueError:
            raise self._bad(name) from None
        if not 2000 <= found.year <= 2199:
            raise self._bad(name)
        return found

    def _bad(self, name: str) -> UsageError:
        return bad_filter(name, self.values[name])


def address_of(visit: Visit, path: str, names: tuple[str, ...]) -> Address:
    """Return the address of a list, with those of its filters that were given."""
    given = {name: visit.asked(name).strip()[:_LONGEST] for name in names}
    return Address(path, {name: value for name, value in given.items() if value})


def number_of(text: str) -> int | None:
    """Return a whole number of up to 18 digits, None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
