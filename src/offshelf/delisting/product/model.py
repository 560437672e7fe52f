"""What is told of one product. No I/O, no words yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.delisting.place_view import PlaceView
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import PlanKind, PlanState, Reason
from offshelf.vocabulary.shops import Shop


@dataclass(frozen=True, slots=True)
class PlanOver:
    """One plan over a listing: what it wants of it, what was seen, what was proven, side by side.

    `wanted` is `off`, `on`, or "" where a relist claims nothing of the listing. `observed` is a Shelf value. `verified`
    is True only while nothing newer and nothing beside it says otherwise; None: not known, or not looked at yet.
    """

    plan_id: str
    kind: PlanKind
    reason: Reason
    state: PlanState
    created_at: datetime
    created_by: str
    stop_at: datetime | None
    wanted: str
    observed: str
    verified: bool | None
    verified_at: datetime | None

    @property
    def begun(self) -> bool:
        """Tell whether it was ever started: before that, nothing can have been proven."""
        return self.state not in (PlanState.PROPOSED, PlanState.APPROVED)


class What(StrEnum):
    """Where a line of the history comes from."""

    JOURNAL = "journal"
    SHELF = "shelf"  # it went off sale
    ACT = "act"
    TASK = "task"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the history. `name` is a verb, a cause, a kind; `params` plain data that fill its text.

    `actor` is who did it ("" : nobody of ours). `plan_id` and `task_id` name what it belongs to; "" nothing.
    """

    at: datetime
    what: What
    name: str
    actor: str = ""
    plan_id: str = ""
    task_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of a history, the newest first. `number` begins at 1."""

    rows: tuple[Happening, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A listing with everything known of it. `shop` None: the shop was removed. `since`: since when on this shelf."""

    listing: Listing
    shop: Shop | None
    since: datetime | None
    plans: tuple[PlanOver, ...]
    places: PlaceView
    history: HistoryPage

    @property
    def stock(self) -> int | None:
        """Return the units buyers could take in all; None where it is not known."""
        totals = [sku.total for sku in self.listing.skus]
        known = [total for total in totals if total is not None]
        return sum(known) if totals and len(known) == len(totals) else None
