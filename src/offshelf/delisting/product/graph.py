"""Where goods stand as a graph of nodes and edges with places on a grid: the layout follows from the data alone. Pure.

Three columns: what was asked for, then SKUs (of one listing) or listings (of a merchant code), then places. Many places of one
kind under one parent are one node with their number: what each of them is stands in the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from offshelf.delisting.place_outline import clean_line
from offshelf.delisting.place_told import ENDED, OPEN, UNKNOWN, PlaceRow, rows_of
from offshelf.delisting.place_view import ListingView, PlaceView
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.texts import catalogue

COLUMNS = 3
_ALONE = 3  # places of one kind and tone that are drawn one by one
_MOST = 30  # listings or SKUs drawn; the rest is counted
_LONGEST = 200  # characters of the names of places drawn as one
_TONES = {True: OPEN, False: ENDED, None: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Node:
    """One thing. `row` counts downwards and may lie between two; `text` has one line or two, `told` says all of it."""

    ident: str
    column: int
    row: float
    text: str
    told: str
    tone: str


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another; `told` says how or why, `unsure`: nobody knows whether it is there."""

    source: str
    target: str
    told: str
    unsure: bool = False


@dataclass(slots=True)
class Graph:
    """A drawing. `rows` is how many rows it takes."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    rows: int = 0

    def under(self, parent: str, some: Sequence[PlaceRow], language: str) -> tuple[float, float]:
        """Put places under a parent, each a row; return the first and the last of the rows taken."""
        first = self.rows
        for group in _groups(some):
            self._leaf(parent, group, language)
        self.rows = max(self.rows, first + 1)  # a parent without a place still takes a row
        return first, self.rows - 1

    def _leaf(self, parent: str, group: Sequence[PlaceRow], language: str) -> None:
        head = group[0]
        kind = _word("place", head.kind.value, language)
        states = " · ".join(dict.fromkeys(row.state for row in group))
        endings = " · ".join(dict.fromkeys(row.ending for row in group if row.ending))
        if head.never:
            kinds = _say("report.between", language).join(
                _word("place", row.kind.value, language) for row in group
            )
            name, below, named = states, kinds, kinds
        elif len(group) > 1:
            name, below = f"{kind} ×{len(group)}", states
            named = _say("report.between", language).join(row.title or row.ref for row in group)[:_LONGEST]
        else:
            name, below, named = f"{kind} {head.title or head.ref}", states, head.ref
        if head.parent == "" and head.shop_id:
            below = f"{head.shop_id} · {below}"
        ident = f"p{len(self.nodes)}"
        told = _lines(name, states, endings, named)
        self.nodes.append(Node(ident, 2, self.rows, _lines(name, below), told, head.tone))
        self.edges.append(Edge(parent, ident, clean_line(endings or states), head.tone == UNKNOWN))
        self.rows += 1


def graph_of(view: PlaceView, language: str) -> Graph:
    """Return the graph of a view: of one listing by its SKUs, of a merchant code by its listings."""
    listings = [one for shop in view.shops for one in shop.listings]
    rows = [row for row in rows_of(view, language) if row.kind is not PlaceKind.LISTING]
    mine = next(
        (one for one in listings if f"{one.listing.shop_id}/{one.listing.listing_id}" == view.code), None
    )
    graph = Graph()
    if mine is not None:
        others = [one for one in listings if one is not mine]
        root = _of_listing(graph, mine, others, rows, language)
    else:
        root = _of_code(graph, view, listings, rows, language)
    graph.nodes.insert(0, root)
    return graph


def _of_listing(
    graph: Graph, one: ListingView, others: Sequence[ListingView], rows: Sequence[PlaceRow], language: str
) -> Node:
    """Put SKUs in the middle; a place that names the code of a SKU hangs on it, any other on the listing.

    Other listings are there because they hold these goods, as bundles do.
    """
    listing = one.listing
    own = [row for row in rows if (row.shop_id, row.parent) == (listing.shop_id, listing.listing_id)]
    stock = {row.ref.rpartition("/")[2]: row for row in own if row.kind is PlaceKind.STOCK}
    places = [row for row in own if row.kind is not PlaceKind.STOCK]
    for sku in listing.skus[:_MOST]:
        mine = [row for row in places if sku.merchant_code and sku.merchant_code in row.items]
        places = [row for row in places if row not in mine]
        ident, held = f"s{sku.sku_id}", stock.get(sku.sku_id)
        first, last = graph.under(ident, mine, language)
        name, state = sku.title or sku.merchant_code or sku.sku_id, "" if held is None else held.state
        tone = ENDED if held is None else held.tone  # of a listing that is gone there is no stock any more
        told = _lines(name, sku.merchant_code, state)
        graph.nodes.append(Node(ident, 1, (first + last) / 2, _lines(name, state), told, tone))
        graph.edges.append(Edge("root", ident, state, tone == UNKNOWN))
    _rest(graph, len(listing.skus) - _MOST, language)
    if places:
        graph.under("root", places, language)
    _listings(graph, others, rows, language)
    _loose(graph, rows, language)
    return _root(
        graph, listing.title, f"{listing.shop_id}/{listing.listing_id}", _TONES[listing.shelf.sellable]
    )


def _of_code(
    graph: Graph, view: PlaceView, listings: Sequence[ListingView], rows: Sequence[PlaceRow], language: str
) -> Node:
    """Put listings in the middle; bundles that hold the goods say so on their edge."""
    _listings(graph, listings, rows, language)
    _loose(graph, rows, language)
    sold = any(one.listing.shelf.sellable for one in listings)
    unsure = any(one.listing.shelf.sellable is None for one in listings)
    tone = OPEN if sold else UNKNOWN if unsure or not listings else ENDED
    return _root(graph, view.title or view.code, view.code, tone)


def _listings(graph: Graph, listings: Sequence[ListingView], rows: Sequence[PlaceRow], language: str) -> None:
    for one in listings[:_MOST]:
        listing = one.listing
        name = f"{listing.shop_id}/{listing.listing_id}"
        mine = [row for row in rows if (row.shop_id, row.parent) == (listing.shop_id, listing.listing_id)]
        first, last = graph.under(f"l{name}", mine, language)
        state = _word("shelf", listing.shelf.value, language)
        tone = _TONES[listing.shelf.sellable]
        why = _say("cli.places.added", language, holds=", ".join(one.holds)) if one.holds else state
        told = _lines(listing.title, name, state, why if one.holds else "")
        text = _lines(listing.title, f"{listing.shop_id} · {state}")
        graph.nodes.append(Node(f"l{name}", 1, (first + last) / 2, text, told, tone))
        graph.edges.append(Edge("root", f"l{name}", clean_line(why), tone == UNKNOWN))
    _rest(graph, len(listings) - _MOST, language)


def _loose(graph: Graph, rows: Sequence[PlaceRow], language: str) -> None:
    """Put what hangs on no listing under the product, shop by shop."""
    for shop_id in dict.fromkeys(row.shop_id for row in rows):
        loose = [row for row in rows if (row.shop_id, row.parent) == (shop_id, "")]
        if loose:
            graph.under("root", loose, language)


def _root(graph: Graph, title: str, name: str, tone: str) -> Node:
    graph.rows = max(graph.rows, 1)
    text = _lines(title, name)
    return Node("root", 0, (graph.rows - 1) / 2, text, text, tone)


def _rest(graph: Graph, count: int, language: str) -> None:
    if count > 0:
        told = _say("places.picture.more", language, count=count)
        graph.nodes.append(Node("rest", 1, graph.rows, told, told, UNKNOWN))
        graph.edges.append(Edge("root", "rest", told))
        graph.rows += 1


def _groups(some: Sequence[PlaceRow]) -> list[list[PlaceRow]]:
    """Return places as they are drawn: alone, or all of a kind and tone where there are many; never-read kinds as one."""
    found: dict[tuple[str, str], list[PlaceRow]] = {}
    for row in some:
        found.setdefault(("", "") if row.never else (row.kind.value, row.tone), []).append(row)
    groups: list[list[PlaceRow]] = []
    for rows in found.values():
        groups += [rows] if rows[0].never or len(rows) > _ALONE else [[row] for row in rows]
    return groups


def _lines(*parts: str) -> str:
    """Return parts that say something, each on a line of its own."""
    return "\n".join(clean_line(part) for part in parts if part)


def _say(key: str, language: str, **params: object) -> str:
    return catalogue().say(key, language, **params)


def _word(table: str, value: str, language: str) -> str:
    key = f"{table}.{value}"
    return catalogue().raw(key, language) if catalogue().has(key, language) else value
