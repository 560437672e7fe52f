"""How each shop stands with its platform: from what is stored, without a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offshelf.access.connecting import Connecting
from offshelf.access.shops import Shops
from offshelf.catalog.service import Catalog
from offshelf.durable.pace import SharedPace
from offshelf.kit.clock import Clock
from offshelf.kit.pace import PaceStoreError
from offshelf.monitoring.health import Look
from offshelf.vocabulary.shops import Shop


class State(StrEnum):
    """How a shop stands. The first that fits, in this order."""

    CONSENT_LOST = "consent_lost"  # the platform does not honour the consent any more
    NO_CONSENT = "no_consent"  # a person still has to consent
    ILL = "ill"  # the last look went wrong, and nothing was read whole since
    NEVER_READ = "never_read"  # nobody knows yet what is in it
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Standing:
    """A shop as it stands. `read_at` is when it was last read whole, `lost` why and since when its consent is gone,
    `held_until` until when the platform wants no calls of some kind.
    """

    shop: Shop
    state: State
    read_at: datetime | None
    look: Look | None
    lost: tuple[str, datetime] | None
    held_until: datetime | None


class Connected:
    """Tells how shops stand."""

    def __init__(
        self,
        *,
        shops: Shops,
        catalog: Catalog,
        connecting: Connecting,
        looks: Callable[[], dict[str, Look]],
        pace: SharedPace,
        clock: Clock,
    ) -> None:
        self._shops = shops
        self._catalog = catalog
        self._connecting = connecting
        self._looks = looks
        self._pace = pace
        self._clock = clock

    def all(self) -> tuple[Standing, ...]:
        """Return how every shop in use stands, by name."""
        looks, lost = self._looks(), self._shops.lost_grants()
        return tuple(
            self._standing(shop, looks.get(shop.shop_id), lost.get(shop.shop_id))
            for shop in self._shops.all()
        )

    def of(self, shop_id: str) -> Standing:
        """Return how one shop stands, or refuse."""
        shop = self._shops.get(shop_id)
        return self._standing(shop, self._looks().get(shop_id), self._shops.lost_grants().get(shop_id))

    def _standing(self, shop: Shop, look: Look | None, lost: tuple[str, datetime] | None) -> Standing:
        read_at = self._catalog.read_at(shop.shop_id)
        ill = look is not None and not look.health.ok and (read_at is None or read_at < look.at)
        if lost is not None:
            state = State.CONSENT_LOST
        elif self._connecting.waits_for_consent(shop):
            state = State.NO_CONSENT
        elif ill:
            state = State.ILL
        else:
            state = State.NEVER_READ if read_at is None else State.WELL
        return Standing(shop, state, read_at, look, lost, self._held(shop.shop_id))

    def _held(self, shop_id: str) -> datetime | None:
        now = self._clock.now()
        try:
            holds = [row.held for row in self._pace.of_shop(shop_id).values() if row.held > now]
        except PaceStoreError:  # a pace nobody can read holds nothing up here
            return None
        return max(holds, default=None)
