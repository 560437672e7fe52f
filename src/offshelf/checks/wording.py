"""What a text says: sold out or not, which clauses it has, which it must not have."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offshelf.checks.knowing import count
from offshelf.checks.model import Facts
from offshelf.checks.stock import units
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.plans import Reason


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the goods. `units` None: the stock of some is not known."""

    units: int | None

    @property
    def some(self) -> bool:
        """Tell whether something is left for certain."""
        return bool(self.units)


def flat(text: str) -> str:
    """Return a text as it is compared: one width, one case, without spaces and what is not seen."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Cf")


def says(text: str, words: Iterable[str]) -> str:
    """Return the first of these words that a text has, or nothing."""
    plain = flat(text)
    return next((word for word in words if flat(word) and flat(word) in plain), "")


def missing(text: str, clauses: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the required clauses (`{id, any, rule}`, words of `any` separated by `|`) that a text has not."""
    return [row for row in clauses if not says(text, row.get("any", "").split("|"))]


def forbidden(text: str, clauses: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the forbidden clauses (`{text, rule, fix}`) that a text has."""
    return [row for row in clauses if says(text, (row.get("text", ""),))]


def left(facts: Facts) -> Left:
    """Return what is left of the goods on every shop of the plan and in the ERP."""
    there = [listing for listing in facts.listings if listing.shelf is not Shelf.GONE]
    total = sum(units(listing) for listing in there)
    for places in facts.erp_by_product.values():
        total += sum(count(place.detail, "units") or 0 for place in places)
    if total:
        return Left(total)
    read = all(sku.stock is not None for listing in there for sku in listing.skus)
    return Left(0 if read and all(listing.skus for listing in there) else None)


def lie(facts: Facts, remains: Left) -> bool | None:
    """Tell whether "sold out" would be untrue of these goods; None where that is not known."""
    if facts.reason is not Reason.SOLD_OUT or remains.some:
        return True
    return None if remains.units is None else False
