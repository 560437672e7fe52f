"""The pace of a shop: which methods an act calls, and what the pacer knows of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from offshelf.kit.pacer import Known, Pacer
from offshelf.platforms.contract.pace import WHOLE, Calls
from offshelf.vocabulary.plans import ActKind


@dataclass(frozen=True, slots=True)
class Table:
    """The calls of each kind of act, and of one round of proving one listing. `base` gives what pace is kept for."""

    acts: Mapping[ActKind, tuple[Calls, ...]]
    verify: tuple[Calls, ...]
    base: Callable[[str], str]


class ShopPace:
    """Implements `PaceView`."""

    def __init__(self, table: Table, pacer: Pacer, app_id: str, shop_id: str) -> None:
        self._table = table
        self._pacer = pacer
        self._app_id = app_id
        self._shop_id = shop_id

    def calls_for(self, kind: ActKind) -> tuple[Calls, ...]:
        """Return the calls of one act."""
        return self._table.acts.get(kind, ())

    def calls_to_verify(self) -> tuple[Calls, ...]:
        """Return the calls of one round of proving one listing (the list of what is on sale may be longer)."""
        return self._table.verify

    def forecast(self, method: str, calls: int) -> float:
        """Return in how many seconds so many calls would be through."""
        return self._pacer.forecast(self._key(method), calls)

    def known(self, method: str) -> Known:
        """Return what limits a method now."""
        return self._pacer.known(self._key(method))

    def _key(self, method: str) -> tuple[str, str, str]:
        return self._app_id, self._shop_id, method if method == WHOLE else self._table.base(method)
