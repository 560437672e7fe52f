"""What the gates of a timeline are asked, for a merchant of two products; tests change one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from offshelf.checks.model import Facts
from offshelf.delisting.courtesy import Asked
from offshelf.policy.model import Policy
from offshelf.vocabulary.goods import Audit, Listing, Shelf, Sku
from offshelf.vocabulary.places import Member, Place, PlaceKind, PlaceState, Role
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import Statement
from support.policies import DAY

Goods = Mapping[tuple[str, str], tuple[str, ...]]  # by (shop, listing): the product's code, then its SKUs'
GOODS: Goods = {("s1", "L1"): ("TEA", "TEA-250"), ("s1", "L2"): ("CUP",)}
ONE: Goods = {("s1", "L1"): ("TEA",)}


def listing(key: tuple[str, str], codes: tuple[str, ...], at: datetime) -> Listing:
    """Return a listing on sale, with a SKU for each code after the first."""
    skus = tuple(Sku(f"{key[1]}-{n}", code, code, 100, 5, stock_at=at) for n, code in enumerate(codes[1:]))
    return Listing(key[0], key[1], codes[0], codes[0], Shelf.ON, Audit.NONE, "5/0", 100, skus, at)


def ships(supplier: str, codes: Iterable[str], at: datetime) -> Place:
    """Return the place from which a supplier ships these codes."""
    members = tuple(Member(Role.GOODS, code=code) for code in sorted(codes))
    return Place(
        "", PlaceKind.DROP_SHIP, f"d-{supplier}", supplier, PlaceState.LIVE, members, "hand", at, supplier
    )


def asked(
    reason: Reason = Reason.SEASON,
    now: datetime | None = None,
    policy: Policy | None = None,
    notices: tuple[Statement, ...] | None = (),
    *,
    goods: Goods = GOODS,
    suppliers: Mapping[str, Iterable[str]] | None = None,
    stop_at: datetime | None = None,
    food: bool = False,
    **more: Any,
) -> Asked:
    """Return what the gates of plan P-1 are asked.

    `suppliers` are who ships what; none of them: nobody ships, which was read; None: nobody knows. `notices` None: nobody
    told of statements.
    """
    assert now is not None
    facts = Facts(
        now=now,
        reason=reason,
        listings=tuple(listing(key, codes, now) for key, codes in goods.items()),
        promotions=(),
        planned=frozenset(),
        open_lines=(),
        read_at={} if suppliers is None else {("", "places.drop_ship"): now},
        policy=policy or Policy(DAY),
        plan_id="P-1",
        stop_at=stop_at,
        places=tuple(ships(name, codes, now) for name, codes in (suppliers or {}).items()),
        statements=notices or (),
        **more,
    )
    return Asked(facts, told=notices is not None, food=food)
