"""What a proof is worth now: a newer sight, or a place beside the acts, takes it back. Pure."""

from __future__ import annotations

from typing import Any

from offshelf.vocabulary.goods import Listing


def worth_now(row: dict[str, Any], listing: Listing | None, *, beside: bool) -> dict[str, Any]:
    """Return a row of a verification as it counts now; `beside`: its goods are, or may be, sold where no act ends it."""
    if listing is not None:
        row = _overruled(row, listing)
    return _sold_beside(row) if beside else row


def _sold_beside(row: dict[str, Any]) -> dict[str, Any]:
    """Whatever its own reads prove: nothing is called off whose goods are, or may be, sold where no act ends it."""
    return (
        row | {"verified": None, "verified_at": None} if row["verified"] and row["wanted"] == "off" else row
    )


def _overruled(row: dict[str, Any], listing: Listing) -> dict[str, Any]:
    """A newer sight that disagrees overrules what was verified: nothing is called off that was seen on sale since."""
    verified_at, sellable = row["verified_at"], listing.shelf.sellable
    if verified_at is None or listing.observed_at <= verified_at or sellable == (row["wanted"] == "on"):
        return row
    verdict = None if sellable is None else False
    return row | {"observed": listing.shelf.value, "verified": verdict, "verified_at": None}
