"""Filters of lists: what a record must have to be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
Test = Callable[[Any], bool]


def equal(field: str, value: object) -> Test:
    """Return a test of a field's value."""
    return lambda record: bool(getattr(record, field) == value)


def at_least(field: str, bound: int) -> Test:
    """Return a test of a number's lower end, included."""
    return lambda record: bool(getattr(record, field) >= bound)


def at_most(field: str, bound: int) -> Test:
    """Return a test of a number's upper end, included."""
    return lambda record: bool(getattr(record, field) <= bound)


def matching(records: Iterable[T], tests: list[Test]) -> list[T]:
    """Return the records that pass all tests."""
    return [record for record in records if all(test(record) for test in tests)]
