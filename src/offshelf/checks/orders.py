"""Check 5: every order in flight is counted by its state; none is late; a safety reason has a decision on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from offshelf.checks import knowing
from offshelf.checks.model import Facts, Params, fails, passes, unclear
from offshelf.vocabulary.plans import Finding
from offshelf.vocabulary.statements import Statement, StatementKind
from offshelf.vocabulary.trade import OrderState

_OWED = frozenset({OrderState.PAID, OrderState.UNSHIPPED, OrderState.PARTLY_SHIPPED})
_SIDES = frozenset({"merchant", "others", "nobody"})  # who an after-sale case can wait for
_DECISIONS = frozenset({"ship", "exchange", "refund"})


def all_orders(facts: Facts) -> Iterator[Finding]:
    """Judge open orders, then after-sale cases and decisions."""
    yield from orders(facts)
    if facts.wired:
        yield from _aftersales(facts)
        yield from _decisions(facts)


def orders(facts: Facts) -> Iterator[Finding]:
    """Count orders still owed for these listings. Delisting cancels none of them; unpaid ones are named by check 1."""
    for shop_id in facts.shops:
        late = knowing.orders(facts, shop_id)
        if late is not None:
            yield late
            continue
        lines = facts.lines_by_shop.get(shop_id, ())
        by_state: dict[str, str] = {}
        for line in lines:  # an order of several lines is as unclear as the least clear of them
            if by_state.get(str(line["order_id"])) != OrderState.UNKNOWN:
                by_state[str(line["order_id"])] = str(line["state"])
        states = Counter(by_state.values())
        at = facts.read_at[shop_id, "orders"]
        unknown = sorted(order for order, state in by_state.items() if state == OrderState.UNKNOWN)
        if unknown:
            yield unclear("orders.unclear_state", shop_id, at, {"count": len(unknown)}, _named(unknown))
        decided = {order for order, said in _decided(facts, shop_id).items() if said is not None}
        overdue = [order for order in _overdue(lines, facts.now) if order not in decided]
        if overdue:
            params: Params = {"shop": shop_id, "count": len(overdue)}
            yield fails("orders.overdue", shop_id, at, params, _named(overdue))
        owed = sum(count for state, count in states.items() if state not in ("unpaid", "unknown"))
        yield passes("orders.counted", shop_id, at, {"count": owed}, dict(states))


def _overdue(lines: Iterable[dict[str, Any]], now: datetime) -> list[str]:
    """Return orders whose shipment the platform wanted before now."""
    late = {
        str(line["order_id"])
        for line in lines
        if line["state"] in _OWED and line.get("ship_by") is not None and line["ship_by"] < now
    }
    return sorted(late)


def _aftersales(facts: Facts) -> Iterator[Finding]:
    """After-sale cases of the goods go on whatever is taken off: they are counted by whose turn it is."""
    for shop_id in facts.shops:
        late = knowing.aftersales(facts, shop_id)
        if late is not None:
            yield late
            continue
        at = facts.read_at[shop_id, "aftersales"]
        mine = facts.aftersales_by_shop.get(shop_id, ())
        unknown = sorted(str(case["aftersale_id"]) for case in mine if case["waits_for"] not in _SIDES)
        if unknown:
            params: Params = {"shop": shop_id, "count": len(unknown)}
            yield unclear("aftersales.unclear_state", shop_id, at, params, _named(unknown))
        sides = Counter(str(case["waits_for"]) for case in mine)
        yield passes("aftersales.counted", shop_id, at, {"count": len(mine)}, dict(sides))


def _decisions(facts: Facts) -> Iterator[Finding]:
    """For a safety reason nothing unshipped goes out undecided; a paid order is never undone without its buyer's word."""
    for shop_id in facts.shops:
        at = facts.read_at.get((shop_id, "orders"))
        decided = _decided(facts, shop_id)
        vague = sorted(one for one, said in decided.items() if said and _word(said) not in _DECISIONS)
        undone = sorted(one for one, said in decided.items() if said and _against_the_buyer(said))
        undecided = sorted(one for one, said in decided.items() if said is None)
        if vague:
            yield unclear(
                "orders.decision_unclear", shop_id, at, {"shop": shop_id, "count": len(vague)}, _named(vague)
            )
        if undone and not facts.reason.urgent:
            yield fails(
                "orders.no_consent", shop_id, at, {"shop": shop_id, "count": len(undone)}, _named(undone)
            )
        if undecided and facts.reason.urgent:
            yield fails(
                "orders.undecided", shop_id, at, {"shop": shop_id, "count": len(undecided)}, _named(undecided)
            )


def _decided(facts: Facts, shop_id: str) -> dict[str, Statement | None]:
    """Return what was decided on each order that is paid and not shipped."""
    lines = facts.lines_by_shop.get(shop_id, ())
    owed = {str(line["order_id"]) for line in lines if line["state"] in _OWED}
    return {one: facts.said(StatementKind.ORDER_DECISION, f"{shop_id}/{one}") for one in owed}


def _word(said: Statement) -> str:
    return str(said.detail.get("decision", ""))


def _against_the_buyer(said: Statement) -> bool:
    return _word(said) in ("exchange", "refund") and not str(said.detail.get("consent", "")).strip()


def _named(ids: list[str]) -> dict[str, object]:
    return {"ids": ids[: knowing.NAMED], "count": len(ids)}
