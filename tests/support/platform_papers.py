"""A shop in memory whose platform tells of papers, read into a register."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from offshelf.catalog.sync import Sync, Synced
from offshelf.platforms.contract import CallFailedError, CallResult, Connector, Force, LicenceSeen, Meaning
from offshelf.vocabulary.shops import Shop
from offshelf.vocabulary.statements import Licence, LicenceKind
from support.delisting_house import MERCHANT
from support.licence_market import LicenceMarket
from support.memory_shop import MemoryShop


class Papers:
    """Implements `LicencesPort` over what the test says. `calls` counts readings, `trouble` is answered instead."""

    def __init__(self, shop: MemoryShop) -> None:
        self._shop = shop
        self.held_now: dict[str, LicenceSeen] = {}
        self.trouble: Meaning | None = None
        self.calls = 0

    async def held(self) -> tuple[LicenceSeen, ...]:
        self.calls += 1
        if self.trouble is not None:
            raise CallFailedError(CallResult(self.trouble, "licences"))
        now = self._shop.clock.now()
        return tuple(replace(one, observed_at=now) for one in self.held_now.values())


class PaperMarket(LicenceMarket):
    """The market whose flagship's platform tells of papers: L1 and L2 are of brand b1, L3 of none; all in category c1."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.brands: dict[str, str | None] = {"L1": "b1", "L2": "b1", "L3": ""}
        self.categories: dict[str, tuple[str, ...] | None] = dict.fromkeys(self.brands, ("c0", "c1"))
        self.port = Papers(self.shop)

    def tell(self, ref: str = "b1", *, left: int | None = 90, **more: Any) -> LicenceSeen:
        """Let the platform hold a paper with so many days left (None: no end); return it."""
        until = None if left is None else self.today() + timedelta(days=left)
        of_brand = ref.startswith("b")
        given: dict[str, Any] = {
            "kind": LicenceKind.BRAND_AUTHORISATION if of_brand else LicenceKind.CATEGORY_RIGHT,
            "number": f"R-{ref}",
            "title": f"title {ref}",
            "holder": "h",
            "valid_from": None,
            "valid_until": until,
            "end_known": True,
            "force": Force.IN_FORCE,
            "raw_status": "3",
            "observed_at": self.clock.now(),
            "brand_ids": (ref,) if of_brand else (),
            "category_ids": () if of_brand else (ref,),
        }
        seen = LicenceSeen(ref=ref, **(given | more))
        self.port.held_now[ref] = seen
        return seen

    def read(self, shop_id: str = "flagship") -> Synced:
        """Read a shop a moment later, its papers too where its platform tells of them."""
        self.clock.advance(60)
        shop = self.shops[shop_id]
        made = shop.connector()
        if shop_id == "flagship":
            made = replace(made, licences=self.port, listings=_Telling(made, self))
        reader = Sync(self.database, self.catalog, self.clock, registers=self.registers)
        return self.clock.live(reader.read(_shop(shop_id), made))

    def paper(self, number: str = "R-b1", shop_id: str = "flagship") -> Licence:
        """Return a paper of the register."""
        return next(p for p in self.registers.licences() if (p.number, p.shop_id) == (number, shop_id))

    def names(self) -> list[tuple[str, str]]:
        """Return (number, shop) of every paper."""
        return [(one.number, one.shop_id) for one in self.registers.licences()]


class _Telling:
    """The listings port, telling brand and categories."""

    def __init__(self, made: Connector, market: PaperMarket) -> None:
        self._port, self._market = made.listings, market

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def observe(self, listing_id: str) -> Any:
        seen = await self._port.observe(listing_id)
        brand_id, ids = self._market.brands.get(listing_id), self._market.categories.get(listing_id)
        return replace(seen, value=replace(seen.value, brand_id=brand_id, category_ids=ids))


def _shop(shop_id: str) -> Shop:
    return replace(MERCHANT, shop_id=shop_id)
