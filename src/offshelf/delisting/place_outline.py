"""Where goods stand as a list: what the drawing of `place_picture` says, for a narrow page and for paper. Pure.

Both take their words from here. Every state is told by a word and by a colour; texts from outside are escaped.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from offshelf.delisting.place_view import HOUSE, ListingView, PlaceView, ShopView, Spot
from offshelf.vocabulary.texts import catalogue

_MOST = 40  # places below one listing or shop; the rest is counted
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_NARROW = 860  # px of the page; below it the drawing would run out of its frame

# The list is there in any case and shown where the drawing is not. On paper a drawing would be cut at the margin.
LIST_STYLE = (
    ".pg-wide{display:block;max-width:none}.pg-list{display:none;list-style:none;margin:0;padding:0;font-size:14px}"
    ".pg-list ul{list-style:none;margin:0;padding:0 0 0 12px;border-left:1px solid var(--pg-line)}"
    ".pg-list li{margin:6px 0;overflow-wrap:anywhere}.pg-list b{display:block}.pg-list small{display:block;color:var(--pg-soft)}"
    ".pg-list .pg-said{border-left:4px solid;padding-left:8px;border-radius:2px}"
    + "".join(
        f".pg-list .pg-said.pg-{tone}{{border-color:var(--pg-{tone})}}.pg-list .pg-{tone}>em{{color:var(--pg-{tone})}}"
        for tone in ("open", "ended", "unknown", "plain")
    )
    + ".pg-list em{font-style:normal;font-weight:600}.pg-list .pg-unsure{border-left-style:dashed}"
    + f"@media(max-width:{_NARROW}px){{.pg-wide{{display:none}}.pg-list{{display:block}}}}"
    + "@media print{.pg-wide{display:none}.pg-list{display:block}.pg-list .pg-said{break-inside:avoid}}"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one thing: a heading, its state, its id (empty lines are left out); `tone` is the colour."""

    lines: tuple[str, ...]
    tone: str = "plain"
    unsure: bool = False


def told_shop(shop: ShopView, language: str) -> tuple[str, ...]:
    """Return name and platform of a shop; the house has a word of its own."""
    if shop.shop_id == HOUSE:
        return (_say("places.picture.house", language),)
    platform = _word("report.platform", shop.platform, language) if shop.platform else shop.shop_id
    return (shop.name or shop.shop_id, platform)


def told_never(shop: ShopView, language: str) -> Said:
    """Return which kinds of places nobody ever read in a shop."""
    words = _say("report.between", language).join(_word("place", kind.value, language) for kind in shop.never)
    text = _say("places.picture.never", language, kinds=words)
    return Said((text, _word("place_state", "unknown", language)), "unknown", unsure=True)


def told_listing(one: ListingView, language: str) -> Said:
    """Return title, state and id of a listing."""
    listing, stock = one.listing, one.stock
    tone = {True: "open", False: "ended", None: "unknown"}[listing.shelf.sellable]
    units = (
        _say("cli.places.stock_unknown", language)
        if stock is None
        else _say("cli.places.stock", language, count=stock)
    )
    added = _say("cli.places.added", language, holds=", ".join(one.holds)) if one.holds else ""
    shelf = _word("shelf", listing.shelf.value, language)
    state = " · ".join(part for part in (shelf, units, added) if part)
    return Said((listing.title, state, listing.listing_id), tone, unsure=tone == "unknown")


def told_spot(spot: Spot, language: str) -> Said:
    """Return kind and title of a place, its state and how it ends, and its id."""
    unsure = spot.unknown or spot.why == "unsure"
    tone = "unknown" if unsure else "open" if spot.open else "ended"
    kind = _word("place", spot.kind.value, language)
    head = _say("cli.places.line", language, kind=kind, ref=spot.title or spot.ref)
    if spot.how is not None:
        ending = (
            _say("places.picture.by_hand", language)
            if spot.how.value == "by_hand"
            else _word("place_how", spot.how.value, language)
        )
    else:
        ending = _word("place_why", spot.why, language) if spot.why else _word("place_how", "none", language)
    state = _word(*spot.word, language)
    return Said((head, f"{state} · {ending}", spot.ref if spot.title else ""), tone, unsure=unsure)


def outline(view: PlaceView, language: str) -> str:
    """Return the list of a view: HTML to put into a page as it is."""
    shops = "".join(_shop(shop, language) for shop in view.shops)
    head = _head(Said((view.code, view.title)))
    return f'<ul class="pg-list"><li>{head}{_below(shops)}</li></ul>'


def _shop(shop: ShopView, language: str) -> str:
    below = [
        f"<li>{_head(told_listing(one, language))}{_below(_spots(one.spots, language))}</li>"
        for one in shop.listings
    ]
    below.append(_spots(shop.spots, language))
    if shop.never:
        below.append(f"<li>{_head(told_never(shop, language))}</li>")
    return f"<li>{_head(Said(told_shop(shop, language)))}{_below(''.join(below))}</li>"


def _spots(spots: Sequence[Spot], language: str) -> str:
    told = [f"<li>{_head(told_spot(spot, language))}</li>" for spot in spots[:_MOST]]
    if len(spots) > _MOST:
        more = _say("places.picture.more", language, count=len(spots) - _MOST)
        told.append(f"<li>{_head(Said((more,)))}</li>")
    return "".join(told)


def _head(said: Said) -> str:
    """Return one thing: its heading, its state in its colour, its id."""
    head, state, ident = (*(escape(clean_line(line)) for line in said.lines), "", "")[:3]
    parts = [
        f"<b>{head}</b>",
        f"<em>{state}</em>" if state else "",
        f"<small>{ident}</small>" if ident else "",
    ]
    unsure = " pg-unsure" if said.unsure else ""
    return f'<div class="pg-said pg-{said.tone}{unsure}">{"".join(parts)}</div>'


def _below(items: str) -> str:
    return f"<ul>{items}</ul>" if items else ""


def clean_line(text: str) -> str:
    """Return a text on one line, without characters that a page must not hold or that turn the direction around."""
    return "".join(_shown(text))


def _shown(text: str) -> Iterable[str]:
    for char in text:
        if char.isspace():
            yield " "
        else:
            yield char if unicodedata.category(char) not in _NOT_SHOWN else "\ufffd"


def _say(key: str, language: str, **params: object) -> str:
    return catalogue().say(key, language, **params)


def _word(table: str, value: str, language: str) -> str:
    """Return the word of a value; a value without one is shown as it is."""
    key = f"{table}.{value}"
    return catalogue().raw(key, language) if catalogue().has(key, language) else value
