"""A shop in memory that offers the connector's ports, with faults a test can script.

`effects` is the shop's own ledger: one entry per change that really happened. What a call answers and what it does are
two things here, so a test can tell a doubled effect from a repeated call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from offshelf.kit.clock import Clock
from offshelf.platforms.contract import (
    CallFailedError,
    CallResult,
    Connector,
    Manifest,
    Meaning,
    Page,
    Probe,
    Seen,
    StockSeen,
)
from offshelf.vocabulary.goods import Audit, Listing, Promotion, PromotionKind, PromotionState, Shelf, Sku
from offshelf.vocabulary.trade import AfterSale, Order

SHOP = "flagship"
PORTS = frozenset({"listings", "stock", "promotions", "affiliate", "orders", "after_sales"})
MANIFEST = Manifest("memory", frozenset(), PORTS, {}, "2026-11-21")


@dataclass(frozen=True)
class Fault:
    """What happens to one call instead of the usual: does it take effect, when, and what is answered."""

    result: CallResult
    effect: bool = False
    late: float = 0.0  # s until the effect; needs `effect`


def lost(method: str = "call") -> Fault:
    """The effect happens, the answer does not come back."""
    return Fault(CallResult(Meaning.UNKNOWN, method), effect=True)


def dropped(method: str = "call") -> Fault:
    """Nothing happens and no answer comes back."""
    return Fault(CallResult(Meaning.UNKNOWN, method))


def ignored(method: str = "call") -> Fault:
    """The platform says yes and does nothing."""
    return Fault(CallResult(Meaning.OK, method))


def late(seconds: float, meaning: Meaning = Meaning.UNKNOWN) -> Fault:
    """The effect comes `seconds` later."""
    return Fault(CallResult(meaning, "call"), effect=True, late=seconds)


def answers(meaning: Meaning, code: str = "", retry_at: datetime | None = None) -> Fault:
    """Nothing happens; the platform answers this (a read raises it)."""
    return Fault(CallResult(meaning, "call", code, retry_at=retry_at))


@dataclass
class Goods:
    """One listing as the shop has it; stock by SKU and place: "" is normal, `reserved` a promotion's, else a warehouse."""

    shelf: Shelf = Shelf.ON
    audit: Audit = Audit.NONE
    stock: dict[str, dict[str, int]] = field(default_factory=lambda: {"s1": {"": 5}})
    code: str = ""
    audited_relist: bool = False  # a submission stays under audit


class MemoryShop:
    """The shop. `faults[method]` (or `method:target`) are used up one per call, oldest first."""

    def __init__(self, clock: Clock, shop_id: str = SHOP) -> None:
        self.clock = clock
        self.shop_id = shop_id
        self.goods: dict[str, Goods] = {}
        self.promotions: dict[tuple[PromotionKind, str], Promotion] = {}
        self.orders: dict[str, Order] = {}
        self.aftersales: dict[str, AfterSale] = {}
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.used_up: dict[str, datetime] = {}  # by method: the quota is used up until then
        self.before: dict[
            str, Callable[[], None]
        ] = {}  # by method: what others do right before such a call lands
        self.calls: list[tuple[str, str]] = []
        self.effects: list[tuple[str, str, int]] = []
        self.buyable: dict[str, bool | None] | None = None  # a probe where set
        self.stock_port = True
        self.keyed = True  # a change under one key is done once
        self.done_keys: set[str] = set()
        self.sets_stock = True  # False: the platform takes changes by so many only
        self.told_kinds = (PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON)
        self.by_hand: frozenset[PromotionKind] = frozenset()  # kinds no call can end
        self.seconds = 0.0  # how long a take-off is on its way
        self.on_the_way = self.most_on_the_way = 0
        self._due: list[tuple[datetime, Callable[[], None]]] = []

    def stock(self, number: int = 1, *, first: int = 1, **values: object) -> None:
        """Put `number` listings L1, L2, … on the shelves."""
        for n in range(first, first + number):
            self.goods[f"L{n}"] = Goods(code=f"TEA-{n}", **deepcopy(values))  # type: ignore[arg-type]

    def promote(
        self, kind: PromotionKind, promotion_id: str, *listing_ids: str, whole_shop: bool = False
    ) -> None:
        """Start a promotion."""
        self.promotions[kind, promotion_id] = Promotion(
            self.shop_id, kind, promotion_id, f"promo {promotion_id}", PromotionState.RUNNING,
            listing_ids, whole_shop, "2", self.clock.now(),
        )  # fmt: skip

    def writes(self, method: str = "") -> list[tuple[str, str]]:
        """Return the writing calls in order."""
        reads = ("observe", "ids", "changed")
        made = [call for call in self.calls if call[0].partition(".")[2] not in reads]
        return [call for call in made if call[0].startswith(method)]

    def units(self, listing_id: str) -> int:
        """Return the normal stock of a listing."""
        return sum(places[""] for places in self.goods[listing_id].stock.values())

    def connector(self) -> Connector:
        """Return the ports."""
        return Connector(
            manifest=MANIFEST,
            listings=_Listings(self),
            stock=_Stock(self) if self.stock_port else None,
            promotions=_Promotions(self),
            affiliate=_Affiliate(self),
            orders=_Changes(self, self.orders),
            after_sales=_Changes(self, self.aftersales),
            probe=None if self.buyable is None else _Probe(self),
        )

    async def travel(self) -> None:
        """Be on the way for `seconds`."""
        self.on_the_way += 1
        self.most_on_the_way = max(self.most_on_the_way, self.on_the_way)
        await self.clock.sleep(self.seconds)
        self.on_the_way -= 1

    # -- how calls come in --------------------------------------------------------------------------------------

    def arrive(self, method: str, target: str) -> Fault | None:
        """Note a call, let late effects and other people go first, and return its fault."""
        self.calls.append((method, target))
        now = self.clock.now()
        ready = [effect for at, effect in self._due if at <= now]
        self._due = [(at, effect) for at, effect in self._due if at > now]
        for effect in ready:
            effect()
        others = self.before.pop(method, None)
        if others is not None:
            others()
        until = self.used_up.get(method)
        if until is not None and self.clock.now() < until:
            return answers(Meaning.QUOTA, "45009", until)
        for name in (f"{method}:{target}", method):
            if self.faults.get(name):
                return self.faults[name].pop(0)
        return None

    def read(self, method: str, target: str) -> None:
        """Let a read come in; raises what a fault says."""
        fault = self.arrive(method, target)
        if fault is not None:
            raise CallFailedError(replace(fault.result, method=method))

    def write(self, method: str, target: str, effect: Callable[[], CallResult]) -> CallResult:
        """Let a write come in."""
        fault = self.arrive(method, target)
        if fault is None:
            return effect()
        if fault.effect and fault.late:
            self._due.append((self.clock.now() + timedelta(seconds=fault.late), lambda: void(effect())))
        elif fault.effect:
            effect()
        return replace(fault.result, method=method)

    def did(self, method: str, target: str, quantity: int = 0) -> CallResult:
        """Note an effect and say yes."""
        self.effects.append((method, target, quantity))
        return CallResult(Meaning.OK, method, "0", trace_id=f"t{len(self.effects)}")


def void(_value: object) -> None:
    """Drop a value."""


def parts(places: Mapping[str, int]) -> tuple[int, int, int, tuple[tuple[str, int], ...]]:
    """Return normal, reserved, elsewhere and the warehouses of one SKU."""
    depots = tuple((name, units) for name, units in places.items() if name not in ("", "reserved"))
    return places[""], places.get("reserved", 0), sum(units for _, units in depots), depots


def said(meaning: Meaning, method: str, code: str) -> CallResult:
    """Return an answer without an effect."""
    return CallResult(meaning, method, code)


class _Listings:
    def __init__(self, shop: MemoryShop) -> None:
        self._shop = shop

    async def ids(self, cursor: str | None = None, *, on_sale_only: bool = False) -> Page[str]:
        self._shop.read("listings.ids", cursor or "")
        every = [i for i, goods in self._shop.goods.items() if goods.shelf is not Shelf.GONE]
        found = [i for i in every if not on_sale_only or self._shop.goods[i].shelf is Shelf.ON]
        start = int(cursor or 0)
        more = str(start + 30) if start + 30 < len(found) else None
        return Page(tuple(found[start : start + 30]), more, len(found))

    async def observe(self, listing_id: str) -> Seen[Listing]:
        self._shop.read("listings.observe", listing_id)
        return Seen(self.listing(listing_id), f"see-{listing_id}")

    def listing(self, listing_id: str) -> Listing:
        goods = self._shop.goods.get(listing_id, Goods(shelf=Shelf.GONE, stock={}))
        return Listing(
            self._shop.shop_id, listing_id, goods.code, f"title {listing_id}", goods.shelf, goods.audit,
            f"{goods.shelf.value}/{goods.audit.value}", 9900,
            tuple(Sku(s, f"{goods.code}-{s}", s, 9900, *parts(places)) for s, places in goods.stock.items()),
            self._shop.clock.now(),
        )  # fmt: skip

    async def take_off(self, listing_id: str) -> CallResult:
        await self._shop.travel()
        goods = self._shop.goods[listing_id]

        def effect() -> CallResult:
            if goods.audit is Audit.PENDING:
                return said(Meaning.PRECONDITION, "listings.take_off", "10020047")
            if goods.shelf is not Shelf.ON:
                return said(Meaning.ALREADY_SO, "listings.take_off", "10020065")
            goods.shelf = Shelf.OFF
            return self._shop.did("listings.take_off", listing_id)

        return self._shop.write("listings.take_off", listing_id, effect)

    async def put_on(self, listing_id: str) -> CallResult:
        goods = self._shop.goods[listing_id]

        def effect() -> CallResult:
            if goods.audited_relist:
                goods.audit = Audit.PENDING
            else:
                goods.shelf = Shelf.ON
            return self._shop.did("listings.put_on", listing_id)

        return self._shop.write("listings.put_on", listing_id, effect)

    async def cancel_audit(self, listing_id: str) -> CallResult:
        goods = self._shop.goods[listing_id]

        def effect() -> CallResult:
            if goods.audit is not Audit.PENDING:
                return said(Meaning.ALREADY_SO, "listings.cancel_audit", "10020044")
            goods.audit = Audit.NONE
            return self._shop.did("listings.cancel_audit", listing_id)

        return self._shop.write("listings.cancel_audit", listing_id, effect)


class _Stock:
    def __init__(self, shop: MemoryShop) -> None:
        self._shop = shop

    def batch_limit(self) -> int:
        return 20

    async def observe(self, listing_ids: Sequence[str]) -> Mapping[tuple[str, str], StockSeen]:
        self._shop.read("stock.observe", ",".join(listing_ids))
        now = self._shop.clock.now()
        there = (
            i for i in listing_ids if i in self._shop.goods and self._shop.goods[i].shelf is not Shelf.GONE
        )
        found: dict[tuple[str, str], StockSeen] = {}
        for i in there:
            for sku, places in self._shop.goods[i].stock.items():
                normal, reserved, elsewhere, depots = parts(places)
                found[i, sku] = StockSeen(i, sku, normal, reserved, elsewhere, now, depots)
        return found

    def can_set(self) -> bool:
        return self._shop.sets_stock

    def keyed(self) -> bool:
        return self._shop.keyed

    async def subtract(
        self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "", *, key: str = ""
    ) -> CallResult:
        def change(had: int) -> int | None:
            return had - quantity if had >= quantity else None

        return self._write("subtract", listing_id, sku_id, warehouse, change)

    async def set_zero(self, listing_id: str, sku_id: str, warehouse: str = "") -> CallResult:
        return self._write("set_zero", listing_id, sku_id, warehouse, lambda _had: 0)

    async def add(
        self, listing_id: str, sku_id: str, quantity: int, warehouse: str = "", *, key: str = ""
    ) -> CallResult:
        return self._write("add", listing_id, sku_id, warehouse, lambda had: had + quantity, key)

    def _write(
        self,
        verb: str,
        listing_id: str,
        sku_id: str,
        warehouse: str,
        change: Callable[[int], int | None],
        key: str = "",
    ) -> CallResult:
        method, target = f"stock.{verb}", f"{listing_id}/{sku_id}" + (f"@{warehouse}" if warehouse else "")
        places = self._shop.goods[listing_id].stock[sku_id]

        def effect() -> CallResult:
            if self._shop.keyed and key and key in self._shop.done_keys:
                return said(Meaning.ALREADY_SO, method, "repeated")
            had = places[warehouse]
            left = change(had)
            if left is None:
                return said(Meaning.REFUSED, method, "10020219")
            places[warehouse] = left
            self._shop.done_keys.add(key)
            return self._shop.did(method, target, left - had)

        return self._shop.write(method, target, effect)


class _Promotions:
    told: tuple[PromotionKind, ...] = (PromotionKind.LIMITED_DISCOUNT, PromotionKind.COUPON)
    name = "promotions"

    def __init__(self, shop: MemoryShop) -> None:
        self._shop = shop

    def by_listing(self) -> bool:
        return False

    async def active(self, listing_ids: Sequence[str] | None = None) -> tuple[Promotion, ...]:
        self._shop.read(f"{self.name}.observe", "")
        running = self._shop.promotions.values()
        return tuple(p for p in running if p.kind in self.told and p.state is not PromotionState.ENDED)

    async def observe_many(self, kind: PromotionKind, ids: Sequence[str]) -> Mapping[str, Promotion]:
        self._shop.read(f"{self.name}.observe", ",".join(ids))
        return {i: self._shop.promotions[kind, i] for i in ids if (kind, i) in self._shop.promotions}

    def kinds(self) -> tuple[PromotionKind, ...]:
        return self._shop.told_kinds

    def can_stop(self, kind: PromotionKind) -> bool:
        return kind not in self._shop.by_hand

    async def stop(self, kind: PromotionKind, promotion_id: str) -> CallResult:
        return self._set(kind, promotion_id, "stop", PromotionState.ENDED)

    def _set(self, kind: PromotionKind, promotion_id: str, verb: str, state: PromotionState) -> CallResult:
        def effect() -> CallResult:
            old = self._shop.promotions[kind, promotion_id]
            self._shop.promotions[kind, promotion_id] = replace(old, state=state)
            return self._shop.did(f"{self.name}.{verb}", promotion_id)

        return self._shop.write(f"{self.name}.{verb}", promotion_id, effect)


class _Affiliate(_Promotions):
    told = (PromotionKind.AFFILIATE,)
    name = "affiliate"

    async def observe(self, promotion_id: str) -> Seen[Promotion]:
        self._shop.read("affiliate.observe", promotion_id)
        return Seen(self._shop.promotions[PromotionKind.AFFILIATE, promotion_id])

    async def stop(self, promotion_id: str) -> CallResult:  # type: ignore[override]
        return self._set(PromotionKind.AFFILIATE, promotion_id, "stop", PromotionState.ENDED)

    async def restore(self, promotion_id: str) -> CallResult:
        return self._set(PromotionKind.AFFILIATE, promotion_id, "restore", PromotionState.RUNNING)


class _Changes:
    """Orders, or after-sale cases."""

    def __init__(self, shop: MemoryShop, items: Mapping[str, Order | AfterSale]) -> None:
        self._shop = shop
        self._items = items
        self._name = "orders" if items is shop.orders else "aftersales"

    async def changed(self, since: datetime, until: datetime) -> tuple[str, ...]:
        self._shop.read(f"{self._name}.changed", f"{(until - since).total_seconds():.0f}")
        return tuple(i for i, item in self._items.items() if since <= item.updated_at < until)

    async def observe(self, item_id: str) -> Seen[Order | AfterSale]:
        self._shop.read(f"{self._name}.observe", item_id)
        return Seen(replace(self._items[item_id], observed_at=self._shop.clock.now()))


class _Probe:
    def __init__(self, shop: MemoryShop) -> None:
        self._shop = shop

    async def look(self, listing_id: str) -> Probe:
        seen = (self._shop.buyable or {}).get(listing_id, self._shop.goods[listing_id].shelf is Shelf.ON)
        return Probe(seen, "memory", self._shop.clock.now())
