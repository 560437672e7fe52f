"""Practice or real, on every page: looked up once and only where a page shows it."""

from __future__ import annotations

from functools import cached_property

from offshelf.access.practice import Practice, is_practice, practice_of
from offshelf.console.visit import Visit
from offshelf.vocabulary.shops import Shop


class Kinds:
    """What kind of shops the house has."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @cached_property
    def shops(self) -> tuple[Shop, ...]:
        """Return every shop in use; those of practice for somebody who practises, whichever house a page is about."""
        house = self._visit.house if self._visit.seat is None else self._visit.seat.house
        return house.shops.all()

    @property
    def kind(self) -> str:
        """Return `none`, `practice`, `real` or `mixed`."""
        return practice_of(self.shops).value

    @property
    def practice(self) -> tuple[Shop, ...]:
        """Return the shops of practice."""
        return tuple(shop for shop in self.shops if is_practice(shop))

    @property
    def real(self) -> tuple[Shop, ...]:
        """Return the real shops."""
        return tuple(shop for shop in self.shops if not is_practice(shop))

    def mark(self, shop_id: str) -> str:
        """Return `practice` or `real` for a shop that has to be marked: where not all are real."""
        found = next((shop for shop in self.shops if shop.shop_id == shop_id), None)
        if found is None or self.kind == Practice.REAL:
            return ""
        return "practice" if is_practice(found) else "real"
