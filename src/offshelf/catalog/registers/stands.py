"""The section `places` of the merchant's register: where a product stands that no platform tells us of."""

from __future__ import annotations

from enum import StrEnum

from offshelf.catalog.registers.context import Asked, Context
from offshelf.catalog.registers.fields import Fields, shown
from offshelf.catalog.registers.proofs import ends_selling, lacks_proof, name_of_place
from offshelf.kit.instants import iso
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role

_FROM_SHOPS = (
    PlaceKind.LISTING,
    PlaceKind.STOCK,
)  # read by `catalog sync` or `catalog import`, never written by hand
_OF_A_SHOP = frozenset(
    {
        PlaceKind.SHOWCASE,
        PlaceKind.CREATOR_SHOWCASE,
        PlaceKind.LIVE,
        PlaceKind.REPLAY,
        PlaceKind.VIDEO,
        PlaceKind.COUPON,
        PlaceKind.LIMITED_DISCOUNT,
        PlaceKind.AFFILIATE,
    }
)
_WORDS_ONLY = frozenset({PlaceKind.SCRIPT, PlaceKind.WORDING})  # may speak of the shop as a whole
_COUNTED = frozenset({PlaceKind.ERP_STOCK, PlaceKind.WMS_PICKING})
# The part that makes the place what it is, where it is not the goods themselves.
_NEEDS = {PlaceKind.BUNDLE: Role.COMPONENT, PlaceKind.GIFT: Role.GIFT}
_TEXT = 20_000  # characters of a script


class LegalNature(StrEnum):
    """What a buyer paid before the goods are there (law D-1, D-5). The page must use the same word."""

    EARNEST_MONEY = "earnest_money"  # 定金: returned double by who breaks
    ADVANCE = "advance"  # 订金, 意向金: simply returned
    REGISTRATION = "registration"  # nothing was paid


def place(ctx: Context, item: Fields) -> Place | None:
    """Read one place; None where it has faults."""
    before = len(ctx.faults)
    kind = item.word("kind", PlaceKind, without=_FROM_SHOPS, required=True)
    shop_id = ctx.shop(item, required=kind in _OF_A_SHOP)
    ref = item.text("ref", 128, required=True)
    state = item.word("state", PlaceState) or PlaceState.LIVE
    at = ctx.instant(item)
    title, holder = item.text("title", 500), item.text("holder")
    members = _members(ctx, item, kind, shop_id) if kind else ()
    evidence = ctx.proof(item)
    detail = _detail(item, kind) if kind else {}
    if kind is None:
        return None  # its fields depend on the kind
    item.rest()
    if state is PlaceState.LIVE and str(detail.get("ends_at", "~")) <= iso(at):
        item.complain("ends_at", "already_ended")
    detail |= {"evidence": evidence} if evidence else {}
    found = Place(shop_id, kind, ref, title or ref, state, members, "file", at, holder, detail)
    if lacks_proof(found) and item.node("evidence") is None:
        item.complain("state", "ended_without_proof")
    if ends_selling(found):
        ctx.must_show(item, evidence)
    if len(ctx.faults) > before:
        return None
    if evidence:
        ended = state is PlaceState.ENDED and item.node("at") is not None
        ctx.prove(item, evidence, name_of_place(found), at if ended else None)
    return ctx.made(item, found)


def _members(ctx: Context, item: Fields, kind: PlaceKind, shop_id: str) -> tuple[Member, ...]:
    tables = item.tables("members", required=kind not in _WORDS_ONLY)
    usual = None if kind is PlaceKind.GIFT else _NEEDS.get(kind, Role.GOODS)
    found = [_member(ctx, table, usual, shop_id) for table in tables]
    members = [member for member in found if member is not None]
    if len(members) < len(found):
        return ()
    if not members and kind not in _WORDS_ONLY and item.node("members") is not None:
        item.complain("members", "no_members")
    needed = _NEEDS.get(kind)
    if members and needed and all(member.role is not needed for member in members):
        item.complain("members", "no_member_of_role", role=needed.value)
    if len({(m.role, m.listing_id, m.code) for m in members}) < len(members):
        item.complain("members", "member_twice")
    return tuple(members)


def _member(ctx: Context, item: Fields, usual: Role | None, shop_id: str) -> Member | None:
    before = len(ctx.faults)
    role = item.word("role", Role, required=usual is None) or usual
    listing, code = item.text("listing", 64), item.text("code", 128)
    quantity = item.whole("quantity", least=1)
    item.rest()
    if len(ctx.faults) > before or role is None:
        return None
    if bool(listing) == bool(code):
        item.complain("listing", "listing_and_code" if listing else "listing_or_code")
        return None
    if listing and not shop_id:
        item.complain("listing", "listing_without_shop", value=shown(listing))
        return None
    before = len(ctx.faults)
    if listing:
        ctx.listings.append(Asked(listing, item.line_of("listing"), f"{item.where}.listing", shop_id))
    else:
        code = ctx.code(code, item.line_of("code"), f"{item.where}.code")
    return Member(role, listing, code, quantity or 1) if len(ctx.faults) == before else None


def _detail(item: Fields, kind: PlaceKind) -> dict[str, str | int]:
    """Return what else is said of a place, as far as it is said."""
    started, ends = item.instant("started_at"), item.instant("ends_at")
    nature = item.word("legal_nature", LegalNature) if kind is PlaceKind.PRESALE else None
    told: dict[str, str | int | None] = {
        "url": item.text("url", 2_000),
        "text": item.text("text", _TEXT, lines=True) if kind in _WORDS_ONLY else "",
        "started_at": iso(started) if started else "",
        "ends_at": iso(ends) if ends else "",
        "units": item.whole("units") if kind in _COUNTED else None,
        "legal_nature": nature.value if nature else "",
        "payers": item.whole("payers") if kind is PlaceKind.PRESALE else None,
        "amount": item.whole("amount") if kind is PlaceKind.PRESALE else None,
        "price": item.whole("price") if kind is PlaceKind.PRESALE else None,
        "routes_to_human": item.flag("routes_to_human") if kind is PlaceKind.SCRIPT else None,
    }
    if started and ends and ends <= started:
        item.complain("ends_at", "ends_before")
    return {name: value for name, value in told.items() if value is not None and value != ""}
