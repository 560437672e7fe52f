"""The preview of a plan as a value. Pure.

Everything another room has to tell can be missing: None is "not told" and is shown as unknown, an empty tuple is "there
is none".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.delisting.forecast import Forecast
from offshelf.delisting.model import Plan
from offshelf.delisting.timeline import Stage, Timeline
from offshelf.vocabulary.goods import PromotionKind, PromotionState
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.plans import ActKind, Undo
from offshelf.vocabulary.statements import Licence, Statement


class Fate(StrEnum):
    """What becomes of a promotion that touches the plan's products."""

    ENDS = "ends"
    ENDED = "ended"  # over already
    STAYS_MIXED = "stays_mixed"  # serves products that stay too, so a person decides
    STAYS_WHOLE_SHOP = "stays_whole_shop"
    NOT_STOPPED = "not_stopped"  # pushes these products, and no act ends it
    UNKNOWN = "unknown"  # its state is not known


@dataclass(frozen=True, slots=True)
class PromotionLine:
    """A promotion and its fate. `here` of its `all_listings` products are in the plan; 0 of all: not by product."""

    shop_id: str
    platform: str
    kind: PromotionKind
    promotion_id: str
    title: str
    state: PromotionState
    fate: Fate
    here: int
    all_listings: int

    @property
    def others(self) -> int:
        """Return how many products outside the plan it serves."""
        return max(0, self.all_listings - self.here)


@dataclass(frozen=True, slots=True)
class CostLine:
    """What undoing the acts of one kind on one platform costs. `text` names the sentence (`preview.undo_of`)."""

    kind: ActKind
    platform: str
    count: int
    undo: Undo
    stage: Stage
    text: str


class Audience(StrEnum):
    """Who must be told."""

    CUSTOMERS = "customers"
    PUBLIC = "public"  # everybody, on the shop's home page
    BUYERS = "buyers"  # with open orders
    CREATORS = "creators"
    SUPPLIERS = "suppliers"
    SERVICE = "service"
    WAREHOUSE = "warehouse"


class Heard(StrEnum):
    """Whether they have been told."""

    TOLD = "told"
    NOT_TOLD = "not_told"
    UNKNOWN = "unknown"
    SPARED = "spared"  # the reason lets no courtesy wait: tell them at once, sale does not wait for it


@dataclass(frozen=True, slots=True)
class TellLine:
    """Who must be told, how many (None: not known), by when, and whether they were. `named` are names, a few.

    What is counted: listings (customers), shops (public), orders (buyers), plans and showcases (creators), suppliers;
    one team each. `at_least`: there may be more, in places nobody told.
    """

    audience: Audience
    count: int | None
    by: datetime | None
    heard: Heard
    named: tuple[str, ...] = ()
    at_least: bool = False


class Known(StrEnum):
    """How a line of a section is to be taken."""

    WELL = "well"
    HEED = "heed"
    BAD = "bad"
    UNKNOWN = "unknown"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class SectionLine:
    """A sentence of a section: `code` names it (`preview.line`), `params` fill it."""

    code: str
    known: Known
    params: Mapping[str, str | int] = field(default_factory=dict)


SECTIONS = ("rules", "procedure", "backup", "stock", "communication", "law", "substitutes", "monitoring")


@dataclass(frozen=True, slots=True)
class Section:
    """One of the eight sections of a plan (S1.4)."""

    name: str
    lines: tuple[SectionLine, ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the last rehearsal of this plan found; `fingerprint` tells of which version."""

    at: datetime
    fingerprint: str
    seconds: float | None
    shortfall: int | None
    blockers: int


@dataclass(frozen=True, slots=True)
class Signatures:
    """Who must sign. `needed` None: no policy says. `irreversible` acts ask for more persons and a delay."""

    needed: int | None
    given: tuple[str, ...]
    irreversible: int
    delay_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What other rooms tell of a plan. None: not told.

    `places` are the places of the plan's products outside the platforms' calls, closed over bundles and gifts;
    `picture` is the place graph as SVG, made by us. `licences` are the papers of the register, `forced` what shows that a
    platform forced the plan.
    """

    statements: tuple[Statement, ...] | None = None
    places: tuple[Place, ...] | None = None
    rehearsal: Rehearsed | None = None
    signatures: Signatures | None = None
    picture: str = ""
    food: bool = False
    licences: tuple[Licence, ...] = ()
    forced: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StockSeen:
    """What stands in the plan's listings. `units` of the SKUs that were read, `unread` SKUs that were not."""

    units: int
    skus: int
    unread: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything the preview shows.

    `open_orders` counts orders by state, None where the orders of a shop were never read whole. `unread` are (shop,
    part) whose last read is missing or failed. `findings` are rows with `stands`; `checked` tells whether checks ran.
    """

    plan: Plan
    made_at: datetime
    shops: Mapping[str, tuple[str, str]]  # shop_id -> (platform, name)
    titles: tuple[
        tuple[str, str, str, str], ...
    ]  # (shop_id, merchant code, listing id, title) of a few listings
    timeline: Timeline
    costs: tuple[CostLine, ...]
    promotions: tuple[PromotionLine, ...]
    by_hand: tuple[Place, ...] | None
    open_orders: Mapping[str, int] | None
    stock: StockSeen
    tell: tuple[TellLine, ...]
    sections: tuple[Section, ...]
    findings: tuple[dict[str, Any], ...]
    checked: bool
    signatures: Signatures
    unread: tuple[tuple[str, str], ...] = ()
    forecast: Forecast | None = None
    rehearsal: Rehearsed | None = None
    policy_version: str = ""
    picture: str = ""
    goes_on: frozenset[tuple[str, str]] = frozenset()  # listings a relist puts on the shelf

    @property
    def acts(self) -> int:
        """Return how many acts there are."""
        return sum(line.count for line in self.costs)

    @property
    def lost(self) -> tuple[CostLine, ...]:
        """Return what cannot be undone."""
        return tuple(line for line in self.costs if line.undo is Undo.LOST)

    @property
    def standing(self) -> tuple[dict[str, Any], ...]:
        """Return the findings that stand in the way."""
        return tuple(row for row in self.findings if row.get("stands"))

    @property
    def blocked(self) -> bool:
        """Tell whether anything known stands in the way; unknown and unchecked stand in the way."""
        return bool(self.standing) or not self.checked or not self.timeline.allowed

    @property
    def costs_by_undo(self) -> dict[Undo, int]:
        """Return how many acts cost what."""
        return {word: sum(line.count for line in self.costs if line.undo is word) for word in Undo}
