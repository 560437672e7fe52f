"""One page of a list that is whole in memory because it is short: values of policy, papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

SIZE = 50
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[_T]):
    """Rows of one page, how many there are in all, and which page of how many this is."""

    rows: Sequence[_T]
    total: int
    number: int
    pages: int


def slice_of(every: Sequence[_T], number: int, size: int = SIZE) -> Slice[_T]:
    """Return a page; beyond the end the last one."""
    pages = max(1, -(-len(every) // size))
    number = min(max(1, number), pages)
    return Slice(every[(number - 1) * size : number * size], len(every), number, pages)
