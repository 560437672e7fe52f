"""The verb that draws where goods stand: product, shops, listings, places."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, face_of
from offshelf.cli.paper import Paper, Twig
from offshelf.cli.words import Words
from offshelf.kit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offshelf.delisting.place_view import ListingView, PlaceView, ShopView, Spot
    from offshelf.vocabulary.places import PlaceKind

UNSURE = "unsure"
_STYLES = {"open": "yellow", "ended": "green", "unknown": "magenta"}


def places(
    ctx: typer.Context,
    code: Annotated[str | None, typer.Argument(metavar="CODE")] = None,
    listing: Annotated[str | None, typer.Option("--listing", metavar="SHOP/ID")] = None,
) -> int:
    """Show every place where a product can still be bought, is promoted or shipped, as last seen."""
    face = face_of(ctx)
    if (code is None) == (listing is None):
        raise UsageError("cli.places_of_what")
    services = face.house()
    if listing is not None:
        view = services.place_views.of_listing(services.catalog.find_listing(listing))
    else:
        view = services.place_views.of_code(str(code))
    spots = view.spots
    if not spots:
        raise UsageError("cli.unknown_codes", codes=view.code, count=1)
    open_ = sum(1 for spot in spots if spot.open)
    by_hand = sum(1 for spot in spots if spot.how is not None and spot.how.value == "by_hand")
    commands = _next(code, listing)

    def show(paper: Paper) -> None:
        paper.tree(_root(face.words, view))
        paper.say("cli.places.known", code=view.code, count=len(spots), open=open_, by_hand=by_hand)
        paper.next_steps(commands)

    face.tell(_document(face, view) | {"open": open_, "by_hand": by_hand, "next": commands}, show)
    return 0


def _next(code: str | None, listing: str | None) -> list[str]:
    named = f"--sku {code}" if code is not None else f"--listing {listing}"
    return [f"offshelf plan propose --reason REASON {named}"]


# -- as a tree ---------------------------------------------------------------------------------------------------


def _root(words: Words, view: PlaceView) -> Twig:
    return Twig(
        f"{view.code}  {view.title}".strip(), "bold", [_shop(words, view, shop) for shop in view.shops]
    )


def _shop(words: Words, view: PlaceView, shop: ShopView) -> Twig:
    if shop.shop_id:
        platform = words.word("report.platform", shop.platform) if shop.platform else ""
        text = "  ".join(part for part in (shop.shop_id, shop.name, platform) if part)
    else:
        text = words.say("cli.places.nowhere")
    twigs = [_listing(words, view, one) for one in shop.listings]
    twigs += [_spot(words, view, spot) for spot in shop.spots if spot.why != UNSURE]
    twigs += _unsure(words, [spot for spot in shop.spots if spot.why == UNSURE])
    if shop.never:
        twigs.append(Twig(words.say("cli.places.never", kinds=_kinds(words, shop.never)), _STYLES["unknown"]))
    return Twig(text, "bold", twigs)


def _listing(words: Words, view: PlaceView, one: ListingView) -> Twig:
    listing, stock = one.listing, one.stock
    units = (
        words.say("cli.places.stock_unknown") if stock is None else words.say("cli.places.stock", count=stock)
    )
    head = f"{listing.listing_id}  {listing.title}  [{words.word('shelf', listing.shelf.value)} · {units}]"
    if one.holds:
        head += "  " + words.say("cli.places.added", holds=", ".join(one.holds))
    shelf = {True: "open", False: "ended", None: "unknown"}[listing.shelf.sellable]
    age = words.say(
        "cli.places.seen", age=age_of(words, view.now - listing.observed_at), source=_source(words, "api")
    )
    return Twig(f"{head}  ({age})", _STYLES[shelf], [_spot(words, view, spot) for spot in one.spots])


def _unsure(words: Words, spots: Sequence[Spot]) -> list[Twig]:
    """Tell places of which nobody knows what they hold in one line a kind: a shop may have hundreds."""
    found: dict[PlaceKind, list[Spot]] = {}
    for spot in spots:
        found.setdefault(spot.kind, []).append(spot)
    return [
        Twig(
            words.say(
                "cli.places.unsure",
                kind=words.word("place", kind.value),
                count=len(some),
                first=some[0].title or some[0].ref,
            ),
            _STYLES["unknown"],
        )
        for kind, some in found.items()
    ]


def _spot(words: Words, view: PlaceView, spot: Spot) -> Twig:
    from offshelf.delisting.place_told import ending, tone_of

    tone = tone_of(spot)
    state = words.word(*spot.word)
    kind = words.say("cli.places.line", kind=words.word("place", spot.kind.value), ref=spot.ref)
    head = f"{kind}  {spot.title}  [{words.word('place_nature', spot.nature.value)} · {state}]"
    age = age_of(words, view.now - spot.observed_at)
    below = [words.say("cli.places.seen", age=age, source=_source(words, spot.source))]
    if spot.holder:
        below.append(words.say("cli.places.held_by", holder=spot.holder))
    if spot.items:
        below.append(words.say("cli.places.also", items=", ".join(spot.items[:20])))
    return Twig(
        head, _STYLES[tone], [Twig(f"{' · '.join(below)}", "dim"), Twig(ending(spot, words.language))]
    )


def age_of(words: Words, age: timedelta) -> str:
    """Return an age as people say it: moments, minutes, hours, days."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return words.say("cli.places.fresh")
    if minutes < 120:
        return words.say("cli.places.minutes", count=minutes)
    hours = minutes // 60
    return (
        words.say("cli.places.hours", count=hours)
        if hours < 48
        else words.say("cli.places.days", count=hours // 24)
    )


def _source(words: Words, source: str) -> str:
    return words.word("place_source", source)


def _kinds(words: Words, kinds: Sequence[PlaceKind]) -> str:
    return words.say("report.between").join(words.word("place", kind.value) for kind in kinds)


# -- as a document -----------------------------------------------------------------------------------------------


def _document(face: Face, view: PlaceView) -> dict[str, Any]:
    listings = [
        {"shop": shop.shop_id, "listing": one.listing.listing_id, "holds": one.holds}
        for shop in view.shops
        for one in shop.listings
    ]
    return {
        "code": view.code,
        "places": [_row(face, spot) for spot in view.spots],
        "listings": listings,
        "never_read": {shop.shop_id: [kind.value for kind in shop.never] for shop in view.shops},
    }


def _row(face: Face, spot: Spot) -> dict[str, Any]:
    return {
        "shop": spot.shop_id,
        "kind": spot.kind,
        "id": spot.ref,
        "title": spot.title,
        "state": spot.word[1],
        "nature": spot.nature,
        "observed_at": spot.observed_at,
        "source": spot.source,
        "holder": spot.holder,
        "items": spot.items,
        "how": spot.how,
        "why": spot.why,
        "menu": (spot.menu or {}).get(face.language, ""),
        "certainty": spot.certainty,
    }
