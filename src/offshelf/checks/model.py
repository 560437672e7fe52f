"""What the checks judge on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from offshelf.vocabulary.goods import Listing, Promotion
from offshelf.vocabulary.plans import ActKind, Finding, Reason, Verdict


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an input may be before a verdict resting on it is unknown. Ours, not a platform's: merchants override."""

    listings: timedelta = timedelta(hours=2)  # status and audit state
    stock: timedelta = timedelta(minutes=30)  # live selling empties a shelf in minutes
    promotions: timedelta = timedelta(hours=1)
    orders: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything gathered for one plan. `read_at` is, per shop and part, the instant the last whole read is true for.

    `incomplete` names (shop, part) whose last read missed items. `planned` holds (kind, shop, target) of every act.
    """

    now: datetime
    reason: Reason
    listings: tuple[Listing, ...]
    promotions: tuple[Promotion, ...]  # those that touch the plan's listings
    planned: frozenset[tuple[ActKind, str, str]]
    open_lines: tuple[dict[str, Any], ...]
    read_at: dict[tuple[str, str], datetime]
    incomplete: frozenset[tuple[str, str]] = frozenset()
    freshness: Freshness = field(default_factory=Freshness)
    # What the platform holds fast, and its own words, by (shop, listing); only platforms that tell such a thing.
    locks: Mapping[tuple[str, str], tuple[frozenset[str], str]] = field(default_factory=dict)

    @property
    def shops(self) -> tuple[str, ...]:
        """Return the shops of the plan in order."""
        return tuple(sorted({listing.shop_id for listing in self.listings}))

    def scope(self, shop_id: str) -> frozenset[str]:
        """Return the listing ids of the plan in one shop."""
        return frozenset(listing.listing_id for listing in self.listings if listing.shop_id == shop_id)


Params = dict[str, str | int]


def passes(
    code: str, subject: str, at: datetime | None, params: Params, evidence: dict[str, object] | None = None
) -> Finding:
    """Return a finding that is well. The check's name is the first part of the code."""
    return Finding(_check(code), code, Verdict.PASS, False, subject, at, params, evidence or {})  # noqa: FBT003


def warns(
    code: str, subject: str, at: datetime | None, params: Params, evidence: dict[str, object] | None = None
) -> Finding:
    """Return a finding a person should see, that does not stop the plan."""
    return Finding(_check(code), code, Verdict.FAIL, False, subject, at, params, evidence or {})  # noqa: FBT003


def fails(
    code: str, subject: str, at: datetime | None, params: Params, evidence: dict[str, object] | None = None
) -> Finding:
    """Return a finding that stops the plan."""
    return Finding(_check(code), code, Verdict.FAIL, True, subject, at, params, evidence or {})  # noqa: FBT003


def unclear(
    code: str, subject: str, at: datetime | None, params: Params, evidence: dict[str, object] | None = None
) -> Finding:
    """Return a finding that could not be judged; it stops the plan like a failure."""
    return Finding(_check(code), code, Verdict.UNKNOWN, True, subject, at, params, evidence or {})  # noqa: FBT003


def _check(code: str) -> str:
    return code.partition(".")[0]
