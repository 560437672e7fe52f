"""Buyers who keep trying to buy, so that overselling and "off but sellable" are counted, not argued."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from offshelf.sandbox.articles import Merchant
from offshelf.sandbox.storefront import Goods, Later, Storefront
from offshelf.sandbox.timeline import Timeline

# Behaviour of the crowd; invented, not measured.
FROM_CART = 0.15  # buyers who hold a page from before and press "buy" there
HOLD_PAGE = 0.20  # buyers who keep the page for later
PAYS = 0.88
CANCELS = 0.06  # the rest lets the order run out
CARTS_HELD = 2_000


class Bought(NamedTuple):
    """An order that came about. `at` is Unix seconds."""

    at: float
    order_id: str
    sku_id: str
    units: int


@dataclass(slots=True)
class AfterOff:
    """What happened to one product since it last went off, by the instant of the platform's own effect."""

    off_at: float
    attempts: int = 0
    orders: int = 0


@dataclass(slots=True)
class Tally:
    """The running counts."""

    attempts: int = 0
    orders: int = 0
    paid: int = 0
    pay_refused: int = 0
    cancelled: int = 0
    attempts_after_off: int = 0
    orders_after_off: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    after_off: dict[str, AfterOff] = field(default_factory=dict)
    bought: dict[str, list[Bought]] = field(default_factory=dict)


class Buyers:
    """A seeded crowd over all storefronts. `step` is synchronous: same seed, same steps, same history."""

    def __init__(
        self, storefronts: list[Storefront], time: Timeline, dice: Random, merchant: Merchant | None = None
    ) -> None:
        self._merchant = merchant or Merchant()
        self._time = time
        self._dice = dice
        self._later: Later = time.after
        self._goods: list[tuple[Storefront, Goods]] = [
            (front, goods) for front in storefronts for goods in front.goods()
        ]
        self._pull = list(accumulate(goods.pull for _, goods in self._goods))
        self._carts: deque[tuple[Storefront, str, str]] = deque(maxlen=CARTS_HELD)
        self._fronts = storefronts
        self.tally = Tally()
        self.rate = 0.0

    def step(self, attempts: int = 1) -> None:
        """Let `attempts` buyers try, one after the other."""
        for _ in range(attempts if self._goods else 0):
            self._time.settle()
            self._attempt()

    def start(self, rate: float) -> None:
        """Let `rate` buyers per second of the base clock come while a ticker runs."""
        self.rate = max(0.0, rate)

    def stop(self) -> None:
        """Let no more come; orders already placed are paid or cancelled as their buyers meant to."""
        self.rate = 0.0

    def orders_since(self, instant: float) -> dict[str, int]:
        """Return the number of orders placed at or after `instant` (Unix seconds) per product; zeroes left out."""
        counts: dict[str, int] = {}
        for product_id, bought in self.tally.bought.items():
            found = len(bought) - bisect_left(bought, instant, key=lambda one: one.at)
            if found:
                counts[product_id] = found
        return counts

    @property
    def hourly(self) -> float:
        """Return the orders per hour a crowd out of a snapshot makes: there the pull of a product is its own rate."""
        return self._pull[-1] if self._pull else 0.0

    def orders_of(self, product_id: str, since: float) -> list[Bought]:
        """Return the orders for one product placed at or after an instant (Unix seconds), oldest first."""
        bought = self.tally.bought.get(product_id, [])
        return bought[bisect_left(bought, since, key=lambda one: one.at) :]

    def report(self) -> dict[str, Any]:
        """Return all counts as one document."""
        tally = self.tally
        sums = [front.units() for front in self._fronts]
        after = {
            product_id: {"off_at": entry.off_at, "attempts": entry.attempts, "orders": entry.orders}
            for product_id, entry in sorted(tally.after_off.items())
        }
        return {
            "rate": self.rate,
            "attempts": tally.attempts,
            "orders": tally.orders,
            "paid": tally.paid,
            "pay_refused": tally.pay_refused,
            "cancelled": tally.cancelled,
            "refused": dict(sorted(tally.refused.items())),
            "units_sold": sum(units.sold for units in sums),
            "oversold": sum(units.oversold for units in sums) + self._merchant.oversold,
            "oversold_without_api": sum(units.oversold_without_api for units in sums)
            + self._merchant.oversold_without_api,
            "attempts_after_off": tally.attempts_after_off,
            "orders_after_off": tally.orders_after_off,
            "after_off": after,
        }

    def _attempt(self) -> None:
        front, product_id, sku_id, units = self._choose()
        tally = self.tally
        tally.attempts += 1
        off_at = front.off_since(product_id)
        entry = None
        if off_at is not None:
            entry = tally.after_off.get(product_id)
            if entry is None or entry.off_at != off_at:
                entry = tally.after_off[product_id] = AfterOff(off_at)
            entry.attempts += 1
            tally.attempts_after_off += 1
        order_id, refusal = front.place(product_id, sku_id, units)
        if refusal:
            tally.refused[refusal] += 1
            return
        tally.orders += 1
        if entry is not None:
            entry.orders += 1
            tally.orders_after_off += 1
        tally.bought.setdefault(product_id, []).append(Bought(self._time.now(), order_id, sku_id, units))
        self._intend(front, order_id)

    def _choose(self) -> tuple[Storefront, str, str, int]:
        dice = self._dice
        units = 1 if dice.random() < 0.85 else dice.randint(2, 3)
        if self._carts and dice.random() < FROM_CART:
            front, product_id, sku_id = self._carts[dice.randrange(len(self._carts))]
            return front, product_id, sku_id, units
        place = min(bisect_right(self._pull, dice.random() * self._pull[-1]), len(self._goods) - 1)
        front, goods = self._goods[place]
        sku_id = goods.sku_ids[int(len(goods.sku_ids) * dice.random() ** 2)]
        if dice.random() < HOLD_PAGE:
            self._carts.append((front, goods.product_id, sku_id))
        return front, goods.product_id, sku_id, units

    def _intend(self, front: Storefront, order_id: str) -> None:
        fate = self._dice.random()
        delay = 3.0 + 900.0 * self._dice.random() ** 3
        if fate < PAYS:
            self._later(delay, lambda: self._pay(front, order_id))
        elif fate < PAYS + CANCELS:
            self._later(delay, lambda: self._cancel(front, order_id))

    def _pay(self, front: Storefront, order_id: str) -> None:
        if front.pay(order_id):
            self.tally.paid += 1
        else:
            self.tally.pay_refused += 1

    def _cancel(self, front: Storefront, order_id: str) -> None:
        if front.cancel(order_id):
            self.tally.cancelled += 1
