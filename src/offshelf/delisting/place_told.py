"""Places as rows of words: what every face says of a place, in its language. Pure.

Kinds of places nobody ever read whole are rows too: unknown is not nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from offshelf.delisting.place_view import PlaceView, ShopView, Spot, derived
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.texts import catalogue

OPEN, ENDED, UNKNOWN = "open", "ended", "unknown"


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place in words. `tone` is `open`, `ended` or `unknown`; `parent` the listing it hangs on, "" its shop.

    `ref` "" and `observed_at` None: no place, but a kind that was never read. `items` are the goods it names.
    """

    shop_id: str
    shop: str
    parent: str
    kind: PlaceKind
    ref: str
    title: str
    tone: str
    state: str
    ending: str
    source: str = ""
    observed_at: datetime | None = None
    holder: str = ""
    items: tuple[str, ...] = ()

    @property
    def never(self) -> bool:
        """Tell whether this says that a kind was never read."""
        return not self.ref


def rows_of(view: PlaceView, language: str) -> tuple[PlaceRow, ...]:
    """Return every place of a view, shop by shop, listings with their stock first."""
    return tuple(row for shop in view.shops for row in _shop(shop, language))


def tone_of(spot: Spot) -> str:
    """Return how a place stands: what nobody knows is never shown as over."""
    if spot.unknown or spot.why == "unsure":
        return UNKNOWN
    return OPEN if spot.open else ENDED


def ending(spot: Spot, language: str) -> str:
    """Say how a place comes to its end, or why it does not."""
    if spot.how is None:
        return _word("place_why", spot.why, language) if spot.why else _word("place_how", "none", language)
    if spot.how.value != "by_hand":
        return _word("place_how", spot.how.value, language)
    menu = (spot.menu or {}).get(language, "")
    if not menu:
        return catalogue().say("place_how.by_hand_untold", language)
    if spot.certainty != "agreed":
        certainty = _word("certainty", spot.certainty, language)
        menu = catalogue().say("cli.places.menu_unsure", language, menu=menu, certainty=certainty)
    return catalogue().say("place_how.by_hand", language, menu=menu)


def state_of(spot: Spot, language: str) -> str:
    """Say how a place stands; of stock how many units."""
    table, value = spot.word
    if spot.kind is PlaceKind.STOCK:
        if spot.unknown:
            return catalogue().say("cli.places.stock_unknown", language)
        return catalogue().say("cli.places.stock", language, count=value)
    return _word(table, value, language)


def _shop(shop: ShopView, language: str) -> Iterator[PlaceRow]:
    for one in shop.listings:
        for spot in (*derived(one.listing), *one.spots):
            yield _row(shop, spot, one.listing.listing_id, language)
    for spot in shop.spots:
        yield _row(shop, spot, "", language)
    for kind in shop.never:
        yield PlaceRow(
            shop.shop_id, shop.name, "", kind, "", "", UNKNOWN, catalogue().say("place_state.never", language), ""
        )  # fmt: skip


def _row(shop: ShopView, spot: Spot, parent: str, language: str) -> PlaceRow:
    return PlaceRow(
        shop_id=shop.shop_id,
        shop=shop.name,
        parent=parent,
        kind=spot.kind,
        ref=spot.ref,
        title=spot.title,
        tone=tone_of(spot),
        state=state_of(spot, language),
        ending=ending(spot, language),
        source=_word("place_source", spot.source, language),
        observed_at=spot.observed_at,
        holder=spot.holder,
        items=spot.items,
    )


def _word(table: str, value: str, language: str) -> str:
    """Return the word of a value; a value without one is shown as it is."""
    key = f"{table}.{value}"
    return catalogue().raw(key, language) if catalogue().has(key, language) else value
