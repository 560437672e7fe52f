"""Verbs of the catalog: read shops, list and show what is sold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.catalog_declare import declare, licences
from offshelf.cli.catalog_import import import_file
from offshelf.cli.catalog_places import places
from offshelf.cli.catalog_snapshot import snapshot
from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.cli.progress import bars
from offshelf.cli.shops import chosen
from offshelf.kit.errors import Kind, OffshelfError, UsageError
from offshelf.kit.instants import local
from offshelf.kit.money import yuan
from offshelf.vocabulary.goods import Shelf

if TYPE_CHECKING:
    from offshelf.vocabulary.goods import Listing
    from offshelf.vocabulary.shops import Shop

_PARTS = ("listings", "promotions", "orders", "aftersales", "licences")


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    add(made, "sync", sync)
    add(made, "import", import_file)
    add(made, "list", list_)
    add(made, "show", show_)
    add(made, "places", places)
    add(made, "declare", declare)
    add(made, "licences", licences)
    add(made, "snapshot", snapshot)
    return made


def sync(
    ctx: typer.Context, shops: Annotated[list[str] | None, typer.Argument(metavar="SHOP")] = None
) -> int:
    """Read shops whole. A shop that cannot be read does not keep the others from being read."""
    face = face_of(ctx)
    rows: list[dict[str, Any]] = []
    trouble: OffshelfError | None = None
    asked = list(chosen(face, shops))
    for shop in asked:
        try:
            rows.append(_read(face, shop))
        except OffshelfError as error:
            if len(asked) == 1:
                raise
            trouble = trouble or error
            rows.append({"shop": shop.shop_id, "counts": {}, "failed": {}, "error": error.code})
            face.err.say("cli.sync.failed", why=face.words.trouble(error.code, error.params)[0])
    before = len(face.house().tasks.list())
    face.house().sweep()
    opened = len(face.house().tasks.list()) - before
    face.tell({"shops": rows, "tasks_opened": opened}, lambda paper: _show_sync(paper, rows, opened))
    if trouble is not None:
        return 2 if trouble.kind is Kind.USAGE else 5
    return 4 if any(count for row in rows for count in row["failed"].values()) else 0


def _read(face: Face, shop: Shop) -> dict[str, Any]:
    services = face.house()
    with bars(face, prefix=f"{shop.shop_id} ") as move:
        synced = services.call(services.sync.read(shop, services.connect(shop.shop_id), move))
    return {"shop": shop.shop_id, "counts": synced.counts, "failed": synced.failed}


def _show_sync(paper: Paper, rows: list[dict[str, Any]], opened: int) -> None:
    paper.table(
        ("shop", *_PARTS, "failed"),
        [
            (
                row["shop"],
                *(row["counts"].get(part, "–") for part in _PARTS),
                paper.words.word("health", row["error"].removeprefix("platforms."))
                if "error" in row
                else sum(row["failed"].values()),
            )
            for row in rows
        ],
        right=frozenset({*_PARTS, "failed"}),
    )
    if any(sum(row["failed"].values()) for row in rows):
        paper.say("cli.sync.partly")
    if opened > 0:
        paper.say("cli.sync.tasks", style="bold", count=opened)
        paper.next_steps(["offshelf tasks list", "offshelf monitor events", "offshelf plan list"])
        return
    paper.next_steps(["offshelf catalog list", "offshelf plan propose --help"])


def list_(
    ctx: typer.Context,
    shop: Annotated[str | None, typer.Option("--shop", metavar="SHOP")] = None,
    shelf: Annotated[
        Shelf | None, typer.Option("--shelf", metavar="SHELF", parser=Choice(Shelf, "shelf"))
    ] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, metavar="N")] = 50,
    after: Annotated[str | None, typer.Option("--after", metavar="SHOP/ID")] = None,
) -> int:
    """List listings as last seen."""
    face = face_of(ctx)
    start: tuple[str, str] | None = None
    if after is not None:
        shop_id, _, listing_id = after.partition("/")
        if not shop_id or not listing_id:
            raise UsageError("cli.bad_key", key=after)
        start = (shop_id, listing_id)
    word = shelf.value if shelf else None
    rows = face.house().catalog.page(shop_id=shop, shelf=word, text=text, after=start, limit=limit)
    more = f"{rows[-1]['shop_id']}/{rows[-1]['listing_id']}" if len(rows) == limit else None

    def show(paper: Paper) -> None:
        if not rows:
            paper.say("cli.empty.listings")
            paper.next_steps(["offshelf catalog sync"])
            return
        paper.table(
            ("shop", "listing", "code", "title", "shelf", "price", "seen"),
            [
                (
                    r["shop_id"],
                    r["listing_id"],
                    r["merchant_code"],
                    r["title"],
                    face.words.word("shelf", r["shelf"]),
                    yuan(r["price"]),
                    local(r["observed_at"]),
                )
                for r in rows
            ],
            right=frozenset({"price"}),
        )
        if more:
            paper.say("cli.more", after=more)

    face.tell({"listings": rows, "next": more}, show)
    return 0


def show_(ctx: typer.Context, item: Annotated[str, typer.Argument(metavar="CODE_OR_LISTING")]) -> int:
    """Show listings of a merchant code, or one listing by its platform id."""
    face = face_of(ctx)
    catalog = face.house().catalog
    found, _ = catalog.find([item])
    keys = found.get(item) or (catalog.find_listing(item),)
    wanted = {(row["shop_id"], row["listing_id"]): row for row in catalog.wanted()}
    documents = []
    removed = face.house().shops.removed()
    for key, listing in catalog.listings(keys).items():
        pushed = [p for p in catalog.promotions(key[0]) if key[1] in p.listing_ids]
        want = wanted.get(key)
        documents.append(
            {
                "listing": listing,
                "shop_removed": key[0] in removed,
                "promotions": pushed,
                "wanted": None if want is None else {"shelf": want["shelf"], "plan": want["plan_id"]},
            }
        )
    face.tell({"listings": documents}, lambda paper: _show_listings(face, paper, documents))
    return 0


def _show_listings(face: Face, paper: Paper, documents: list[dict[str, Any]]) -> None:
    for document in documents:
        listing: Listing = document["listing"]
        want = document["wanted"]
        shop = listing.shop_id
        if document["shop_removed"]:
            shop = face.words.say("cli.removed.shop", shop=shop)
        paper.blank()
        paper.pairs(
            [
                ("listing", f"{listing.shop_id}/{listing.listing_id}"),
                ("shop", shop),
                ("title", listing.title),
                ("code", listing.merchant_code),
                ("shelf", f"{face.words.word('shelf', listing.shelf.value)} ({listing.raw_status})"),
                ("audit", face.words.word("audit", listing.audit.value)),
                ("price", yuan(listing.price)),
                ("seen", local(listing.observed_at)),
                ("wanted", want and f"{face.words.word('wanted', want['shelf'])} ({want['plan']})"),
            ]
        )
        paper.table(
            ("sku", "code", "title", "price", "stock"),
            [
                (s.sku_id, s.merchant_code, s.title, yuan(s.price), "?" if s.total is None else s.total)
                for s in listing.skus
            ],
            right=frozenset({"price", "stock"}),
        )
        for promotion in document["promotions"]:
            kind = face.words.word("promotion", promotion.kind.value)
            paper.say("cli.promotion_line", kind=kind, id=promotion.promotion_id, title=promotion.title)
