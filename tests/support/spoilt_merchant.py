"""The clean merchant with one thing spoilt, and what then stands in the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from offshelf.checks.model import Facts
from offshelf.vocabulary.places import PlaceKind, PlaceState
from offshelf.vocabulary.plans import Reason
from offshelf.vocabulary.statements import StatementKind
from support.clean_merchant import (
    CLEAN,
    OTHER,
    PLANNED,
    SHOP,
    STATEMENTS,
    having,
    judged,
    place,
    said,
    stating,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def emptied(stock: int | None = 0, facts: Facts = CLEAN) -> Facts:
    """Return facts with nothing left anywhere, and that as the reason."""
    some = tuple(
        replace(one, skus=tuple(replace(sku, stock=stock) for sku in one.skus)) for one in facts.listings
    )
    units = replace(facts, listings=some, reason=Reason.SOLD_OUT)
    return having(PlaceKind.ERP_STOCK, units, detail={"units": 0})


def standing(facts: Facts) -> list[str]:
    """Return `code verdict` of what stands in the way, each once."""
    return list(dict.fromkeys(f"{one.code} {one.verdict.value}" for one in judged(facts) if one.blocks))


def state(kind: PlaceKind, word: PlaceState, *, planned: bool) -> Facts:
    shop = place(kind).shop_id
    facts = having(kind, state=word)
    act = {("by_hand", shop, f"{kind.value}/{kind.value}-1")}
    return facts if planned else replace(facts, planned=PLANNED - act)


def settled(**detail: int) -> Facts:
    return stating(StatementKind.PRESALE_SETTLED, said(StatementKind.PRESALE_SETTLED, "presale-1", **detail))


def presale(**detail: str | int) -> Facts:
    return having(PlaceKind.PRESALE, stating(StatementKind.PRESALE_SETTLED), detail=detail)


def decided(decision: str, consent: str = "", reason: Reason = Reason.SEASON) -> Facts:
    word = said(StatementKind.ORDER_DECISION, f"{SHOP}/o1", decision=decision, consent=consent)
    return replace(CLEAN, statements=(*STATEMENTS, word), reason=reason)


def offering(code: str, *more, facts: Facts = CLEAN) -> Facts:
    named = said(StatementKind.SUBSTITUTE, "C1", code=code)
    return stating(StatementKind.SUBSTITUTE, named, STATEMENTS[-1], *more, facts=facts)


def sold(**changes) -> Facts:
    return replace(CLEAN, substitutes=(replace(OTHER, **changes),))


def drilled(**detail: int | str) -> Facts:
    return stating(StatementKind.RESTORE_DRILL, said(StatementKind.RESTORE_DRILL, SHOP, **detail))


def saved(**detail: int | str) -> Facts:
    return stating(StatementKind.BACKUP, said(StatementKind.BACKUP, SHOP, **detail))
