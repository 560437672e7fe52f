"""Further checks as a package would register them: a value, a function that makes one, and what cannot be one."""

from __future__ import annotations

from collections.abc import Iterator

from offshelf.checks.model import CheckSpec, Facts, Input, WaiverRule, passes
from offshelf.vocabulary.plans import Department, Finding


def colour(facts: Facts) -> Iterator[Finding]:
    """Say that all is well."""
    yield passes("colour.well", "plan", facts.now, {}, {"seen": len(facts.listings)})


COLOUR = CheckSpec(
    "colour",
    0,
    Department.LEGAL,
    (Input("listings"),),
    colour,
    WaiverRule((Department.LEGAL,), 2),
    legal=("X-1",),
)
A_WORD = "colour"


def make() -> CheckSpec:
    """Return the check."""
    return COLOUR


def fall_over() -> CheckSpec:
    """Fail while being made."""
    raise RuntimeError


def make_nothing() -> None:
    """Return no check."""
