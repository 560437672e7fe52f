"""All listings: filters and columns in the address, pages, a selection that may hold all that match, saved views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.catalog.browse.model import Filter, Order, Selection, StockIs
from offshelf.catalog.browse.service import SIZES
from offshelf.console.asking import one_of, whole
from offshelf.console.guard import keep
from offshelf.console.pages.product import PLANS
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.tables import csv_file
from offshelf.console.visit import Visit
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.goods import Shelf
from offshelf.vocabulary.shops import Platform

# Columns beside the product itself, in the order they stand; those shown to who has chosen none.
COLUMNS = ("code", "shop", "platform", "shelf", "stock", "price", "plan", "places", "since", "seen")
_USUAL = ("code", "shop", "shelf", "stock", "price", "plan", "seen")
_CHOSEN = "offshelf_columns"  # the cookie that keeps the columns last chosen, as the address has them
_NONE = "-"  # of the address and the cookie: no column but the product
_YEAR = 365 * 24 * 3600
_FIELDS = ("text", "shop", "platform", "shelf", "stock", "from", "to", "planned", "order", "down", "size")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, each part read or left out."""

    filter: Filter
    order: Order
    down: bool
    size: int
    number: int
    selection: str
    values: dict[str, str]
    cols: str = ""  # as the address has them; "" where it does not say
    columns: tuple[str, ...] = _USUAL

    def url(self, **changes: object) -> str:
        """Return the address of this list with changes; None takes a part out."""
        parts: dict[str, object] = dict(self.values)
        if self.selection:
            parts["selection"] = self.selection
        if self.cols:
            parts["cols"] = self.cols
        parts = {name: value for name, value in (parts | changes).items() if value not in ("", None)}
        return f"/products?{urlencode(parts)}" if parts else "/products"


def view(visit: Visit) -> Response:
    """Show the list, or only its table where a filter changed it."""
    asked = _asked(visit)
    found = visit.house.browse.page(
        asked.filter, order=asked.order, down=asked.down, number=asked.number, size=asked.size
    )
    template = "pieces/products.html" if visit.by_htmx else "products.html"
    keys = [(row.shop_id, row.listing_id) for row in found.rows]
    answer = show(
        visit,
        template,
        asked=asked,
        found=found,
        chosen=_chosen(visit, asked),
        shops=visit.house.shops.all(),
        views=visit.house.browse.views(visit.actor.user_id),
        choices={"platform": Platform, "shelf": Shelf, "stock": StockIs},
        sizes=SIZES,
        Order=Order,
        columns=COLUMNS,
        beside=visit.house.columns.of(keys, asked.columns),
        platforms={shop.shop_id: shop.platform for shop in visit.house.shops.all()},
        plan_looks=PLANS,
    )
    if asked.cols:
        keep(answer, visit.request, _CHOSEN, asked.cols, seconds=_YEAR)
    return answer


def select(visit: Visit) -> Response:
    """Change the selection: everything that matches, what was ticked on the page, or nothing."""
    asked, how = read_asked(visit.fields), visit.said("how")
    if how == "none":
        return visit.goes_to(asked.url(selection=None, page=visit.said("page")))
    shown = {_key(one) for one in visit.many("shown")}
    ticked = {_key(one) for one in visit.many("tick")}
    chosen = visit.house.browse.select(
        visit.actor.user_id,
        selection_id=visit.said("selection"),
        everything=asked.filter if how == "all" else None,
        add=() if how == "all" else ticked & shown,
        take=() if how == "all" else shown - ticked,
    )
    if visit.by_htmx:
        return show(visit, "pieces/selected.html", asked=asked, chosen=chosen)
    return visit.goes_to(asked.url(selection=chosen.selection_id, page=visit.said("page")))


def chosen_file(visit: Visit) -> Response:
    """Give the selection as a file a plan can be proposed over: one `shop/listing` a line."""
    keys = visit.house.browse.keys_of(visit.actor.user_id, visit.asked("selection"))
    return csv_file(
        "selection.csv", ["listing_id"], ([f"{shop_id}/{listing_id}"] for shop_id, listing_id in keys)
    )


def save(visit: Visit) -> Response:
    """Keep the filter of now under a name."""
    asked = read_asked(visit.fields)
    visit.house.browse.save_view(visit.actor.user_id, visit.said("name"), urlencode(asked.values))
    return visit.goes_to(asked.url())


def forget(visit: Visit) -> Response:
    """Drop a saved view."""
    visit.house.browse.drop_view(visit.actor.user_id, visit.named("view_id"))
    return visit.goes_to("/products")


def _chosen(visit: Visit, asked: Asked) -> Selection | None:
    if not asked.selection:
        return None
    return visit.house.browse.selection(visit.actor.user_id, asked.selection)


def _asked(visit: Visit) -> Asked:
    asked = read_asked(dict(visit.request.query_params))
    ticked = visit.request.query_params.getlist("col")
    if ticked or asked.cols == "chosen":  # the form of the columns: what was ticked, or nothing
        asked = replace(asked, cols=".".join(name for name in COLUMNS if name in ticked) or _NONE)
    chosen = asked.cols or visit.request.cookies.get(_CHOSEN, "")
    named = tuple(name for name in COLUMNS if name in chosen.split("."))
    return replace(asked, columns=named if named or chosen == _NONE else _USUAL)


def read_asked(given: Mapping[str, str]) -> Asked:
    """Read a list's address; a part nobody understands is refused by name, not dropped: it would show too much."""
    said = {name: value.strip() for name, value in given.items()}
    values = {name: said[name] for name in _FIELDS if said.get(name)}
    return Asked(
        Filter(
            text=values.get("text", "")[:100],
            shop_id=values.get("shop", ""),
            platform=one_of(Platform, values, "platform"),
            shelf=one_of(Shelf, values, "shelf"),
            stock=one_of(StockIs, values, "stock"),
            price_from=_fen(values, "from"),
            price_to=_fen(values, "to"),
            planned={"yes": True, "no": False}.get(values.get("planned", "")),
        ),
        one_of(Order, values, "order") or Order.TITLE,
        values.get("down") == "1",
        whole(values, "size", 50) if whole(values, "size", 50) in SIZES else 50,
        whole(said, "page", 1),
        said.get("selection", ""),
        values,
        said.get("cols", "")[:100],
    )


def _fen(values: Mapping[str, str], name: str) -> int | None:
    if name not in values:
        return None
    try:
        fen = Decimal(values[name]) * 100
    except InvalidOperation:
        fen = Decimal("NaN")
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen < 10**12:
        raise UsageError("console.bad_filter", name=name, value=values[name][:50])
    return int(fen)


def _key(text: str) -> tuple[str, str]:
    shop_id, _, listing_id = text.partition("/")
    return shop_id, listing_id


ROUTES = (
    page("/products", Permission.READ, view),
    page("/products/selection.csv", Permission.READ, chosen_file),
    command("/products/select", Permission.READ, select),
    command("/products/views", Permission.READ, save),
    command("/products/views/{view_id}/drop", Permission.READ, forget),
)
