"""Draws where goods stand as one inline SVG: product, shops, listings, places, from left to right. Pure.

The layout follows from the data alone. Every state is told by a word and by a colour; texts from outside are escaped. On a
phone and on paper, where so wide a drawing would be cut off, the same stands as a list (`place_outline`). Colours come from the page's own variables where it has them
(`--ink`, `--bad`, …) and follow the reader's dark mode where it has not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from offshelf.delisting.place_outline import (
    LIST_STYLE,
    clean_line,
    outline,
    told_listing,
    told_never,
    told_shop,
    told_spot,
)
from offshelf.delisting.place_view import ListingView, PlaceView, ShopView, Spot
from offshelf.vocabulary.texts import catalogue

_MOST = 40  # places drawn below one listing or shop; the rest is counted
_ROW, _GAP, _TOP, _PAD = 64, 10, 44, 16
_COLUMNS = {"product": (0, 150), "shop": (186, 150), "listing": (372, 210), "places": (618, 330)}
_WIDTH = 2 * _PAD + 948
# Of the lines in a box: class, pixels for one cell of text, and where it stands.
_LINES = (("pg-head", 8, 20), ("pg-tone", 7, 38), ("pg-soft", 7, 55))
_COLOURS = {
    # name: (variable of the page, light, dark)
    "ink": ("ink", "#1b2030", "#e9ebf1"),
    "soft": ("soft", "#5b6275", "#a2a9ba"),
    "line": ("line", "#c9cfdb", "#454c5e"),
    "card": ("card", "#ffffff", "#1b1e27"),
    "open": ("wait", "#8a5200", "#f2bd6b"),
    "open-bg": ("wait-bg", "#fdf0db", "#3d2d12"),
    "ended": ("good", "#12694a", "#6fd3a6"),
    "ended-bg": ("good-bg", "#e0f2ea", "#14352a"),
    "unknown": ("unknown", "#6b2fa0", "#d2a8f7"),
    "unknown-bg": ("unknown-bg", "#f1e6fa", "#33214a"),
    "plain": ("plain", "#44506b", "#b9c2d6"),
    "plain-bg": ("plain-bg", "#e9ecf3", "#2a2f3d"),
}


@dataclass(frozen=True, slots=True)
class _Box:
    column: str
    y: float
    tone: str
    lines: tuple[str, ...]
    dashed: bool = False

    @property
    def left(self) -> int:
        return _PAD + _COLUMNS[self.column][0]

    @property
    def width(self) -> int:
        return _COLUMNS[self.column][1]


class _Drawing:
    """Boxes and lines as they are laid out; `y` is where the next row begins."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.y = float(_TOP)
        self.lines: list[str] = []  # below the boxes
        self.parts: list[str] = []

    def say(self, key: str, **params: object) -> str:
        """Return a text of the catalogue."""
        return catalogue().say(key, self.language, **params)

    def row(self) -> float:
        """Take one row and return its top."""
        top = self.y
        self.y += _ROW + _GAP
        return top

    def join(self, parent: _Box, children: Iterable[_Box]) -> None:
        """Draw lines from a box to those on its right."""
        for child in children:
            x1, y1 = parent.left + parent.width, parent.y + _ROW / 2
            y2 = child.y + _ROW / 2
            dash = " pg-dash" if child.dashed else ""
            # Down beside the parent, then across: the rows of a shop's own places are free of listings.
            self.lines.append(f'<path class="pg-line{dash}" d="M{x1} {y1:g}H{x1 + 18}V{y2:g}H{child.left}"/>')

    def draw(self, box: _Box) -> _Box:
        """Draw one box with its lines of text; the whole text stands in its title."""
        full = escape(" · ".join(clean_line(line) for line in box.lines if line))
        dash = " pg-dash" if box.dashed else ""
        self.parts.append(
            f'<g class="pg-{box.tone}"><title>{full}</title><rect class="pg-box{dash}" x="{box.left}" '
            f'y="{box.y:g}" width="{box.width}" height="{_ROW}" rx="8"/>'
        )
        for number, line in enumerate(box.lines[:3]):
            kind, wide, y = _LINES[number]
            text = escape(_fit(clean_line(line), (box.width - 20) // wide))
            self.parts.append(f'<text class="{kind}" x="{box.left + 10}" y="{box.y + y:g}">{text}</text>')
        self.parts.append("</g>")
        return box


def picture(view: PlaceView, language: str) -> str:
    """Return the figure of a view in one language: HTML to put into a page as it is."""
    drawing = _Drawing(language)
    shops = [_shop(drawing, shop) for shop in view.shops]
    bottom = max(drawing.y, _TOP + _ROW + _GAP)
    product = _Box("product", float(_TOP), "plain", (view.code, view.title))
    drawing.join(product, shops)
    drawing.draw(product)
    spots = view.spots
    told = drawing.say(
        "places.picture.described",
        listings=sum(len(shop.listings) for shop in view.shops),
        places=len(spots),
        open=sum(1 for spot in spots if spot.open),
    )
    name = drawing.say("places.picture.title", code=clean_line(view.code))
    heads = "".join(
        f'<text class="pg-col" x="{_PAD + left}" y="26">{escape(drawing.say(f"places.picture.{column}"))}</text>'
        for column, (left, _) in _COLUMNS.items()
    )
    return (
        f'<figure class="pg" style="margin:0" tabindex="0">'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_WIDTH}" height="{bottom:g}" '
        f'viewBox="0 0 {_WIDTH} {bottom:g}" class="pg-wide" '
        f'aria-label="{escape(name)}. {escape(told)}"><style>{_STYLE}</style>{heads}{"".join(drawing.lines)}{"".join(drawing.parts)}</svg>'
        f"{outline(view, language)}<figcaption>{escape(told)}</figcaption></figure>"
    )


def _shop(drawing: _Drawing, shop: ShopView) -> _Box:
    first = drawing.y
    children = [_listing(drawing, one) for one in shop.listings]
    children += _spots(drawing, shop.spots)
    if shop.never:
        told = told_never(shop, drawing.language)
        unread = _Box("places", drawing.row(), told.tone, told.lines, dashed=told.unsure)
        children.append(drawing.draw(unread))
    if not children:
        drawing.row()
    lines = told_shop(shop, drawing.language)
    box = _Box("shop", first, "plain", lines)
    drawing.join(box, children)
    return drawing.draw(box)


def _listing(drawing: _Drawing, one: ListingView) -> _Box:
    first = drawing.y
    children = _spots(drawing, one.spots)
    if not children:
        drawing.row()
    told = told_listing(one, drawing.language)
    box = _Box("listing", first, told.tone, told.lines, dashed=told.unsure)
    drawing.join(box, children)
    return drawing.draw(box)


def _spots(drawing: _Drawing, spots: Sequence[Spot]) -> list[_Box]:
    boxes = [_spot(drawing, spot) for spot in spots[:_MOST]]
    if len(spots) > _MOST:
        more = drawing.say("places.picture.more", count=len(spots) - _MOST)
        boxes.append(drawing.draw(_Box("places", drawing.row(), "plain", (more,))))
    return boxes


def _spot(drawing: _Drawing, spot: Spot) -> _Box:
    told = told_spot(spot, drawing.language)
    return drawing.draw(_Box("places", drawing.row(), told.tone, told.lines, dashed=told.unsure))


def _fit(text: str, cells: int) -> str:
    """Return as much of a text as fits into so many cells; a Chinese character takes two."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > cells:
            return text[: max(0, at - 1)].rstrip() + "…"
    return text


def _style() -> str:
    light = ";".join(f"--pg-{name}:var(--{page},{bright})" for name, (page, bright, _) in _COLOURS.items())
    dark = ";".join(f"--pg-{name}:var(--{page},{dim})" for name, (page, _, dim) in _COLOURS.items())
    tones = "".join(
        f".pg-{tone} .pg-box{{fill:var(--pg-{tone}-bg);stroke:var(--pg-{tone})}}"
        f".pg-{tone} .pg-tone{{fill:var(--pg-{tone})}}"
        for tone in ("open", "ended", "unknown", "plain")
    )
    return (
        f".pg{{{light}}}@media(prefers-color-scheme:dark){{.pg{{{dark}}}}}"
        ".pg text{font:13px system-ui,-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}"
        ".pg .pg-head{fill:var(--pg-ink);font-weight:600}.pg .pg-tone{font-size:12px}"
        ".pg .pg-col,.pg .pg-soft{fill:var(--pg-soft);font-size:12px}.pg figcaption{color:var(--pg-soft);font-size:13px}"
        ".pg-box{stroke-width:1}.pg-line{fill:none;stroke:var(--pg-line);stroke-width:1.5}"
        f".pg-dash{{stroke-dasharray:5 4}}{tones}{LIST_STYLE}"
    )


_STYLE = _style()
