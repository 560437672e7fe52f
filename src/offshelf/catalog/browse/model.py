"""What is looked for among listings, and what was selected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.shops import Platform


class StockIs(StrEnum):
    """What is known of the stock of a listing, over all its SKUs."""

    SOME = "some"
    NONE = "none"
    UNKNOWN = "unknown"  # of at least one SKU nobody read it


class Order(StrEnum):
    """What a page is sorted by; each also turned round."""

    TITLE = "title"
    CODE = "code"
    PRICE = "price"
    SEEN = "seen"
    SHELF = "shelf"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which listings. Empty parts ask nothing. `text` is part of a title, a merchant code or a platform id.

    Prices are fen, both ends included. `planned` tells listings of open plans from others.
    """

    text: str = ""
    shop_id: str = ""
    platform: Platform | None = None
    shelf: Shelf | None = None
    stock: StockIs | None = None
    price_from: int | None = None
    price_to: int | None = None
    planned: bool | None = None

    def as_data(self) -> dict[str, Any]:
        """Return plain data with what is asked and nothing else."""
        return {name: value for name, value in asdict(self).items() if value not in ("", None)}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Filter:
        """Read what `as_data` gave; refuses what it never gives with `ValueError` or `TypeError`."""
        kinds: dict[str, Any] = {"platform": Platform, "shelf": Shelf, "stock": StockIs}
        return cls(**{name: kinds[name](value) if name in kinds else value for name, value in data.items()})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `stock` is the sum over SKUs, None while any of them is unread; `plan_id` wants it off or on."""

    shop_id: str
    listing_id: str
    merchant_code: str
    title: str
    shelf: Shelf
    audit: str
    price: int
    stock: int | None
    observed_at: datetime
    wanted: str = ""
    plan_id: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of many. `number` begins at 1; a number beyond the end gives the last page."""

    rows: tuple[Row, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """How many listings are wanted off and on sale, wanted on and not on sale, wanted either way and unknown."""

    selling: int
    missing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody selected: everything a filter matches but for some, or single listings.

    `count` is how many that are now; it may change until a plan is made of them, and is counted again then.
    """

    selection_id: str
    user_id: str
    filter: Filter | None
    picked: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    left_out: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    count: int = 0

    def has(self, key: tuple[str, str], *, matches: bool) -> bool:
        """Tell whether a listing is selected; `matches`: it matches the filter of the list it stands in."""
        return key in self.picked or (self.filter is not None and matches and key not in self.left_out)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A filter somebody gave a name."""

    view_id: str
    name: str
    query: str
