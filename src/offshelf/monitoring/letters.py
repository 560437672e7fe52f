"""Acts on platform pushes: a push is a hint to look, so whatever it says, its subject is read anew.

Late, doubled and shuffled pushes do no harm: what counts is the observation, and an older one never replaces a newer.
"""

from __future__ import annotations

from collections.abc import Callable

from offshelf.catalog.service import Catalog
from offshelf.durable.inbox import MOST_TRIES, Inbox, Letter
from offshelf.journal.service import Journal
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
from offshelf.platforms.contract import CallFailedError, Connector
from offshelf.vocabulary.goods import Listing


class Letters:
    """Reads the inbox. A push's source is the name of the shop it came for."""

    def __init__(
        self,
        *,
        database: Database,
        inbox: Inbox,
        catalog: Catalog,
        journal: Journal,
        connect: Callable[[str], Connector],
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._catalog = catalog
        self._journal = journal
        self._connect = connect

    async def handle(self, limit: int = 100) -> int:
        """Act on pushes that are due; returns how many were dealt with. One that fails comes back later."""
        done = 0
        for letter in self._inbox.waiting(limit):
            if await self._act(letter):
                self._inbox.handled([letter])  # one by one: trouble with the next must not undo it
                done += 1
            else:
                self._inbox.missed(letter)
        return done

    async def _act(self, letter: Letter) -> bool:
        """Look at what a push is about; False when it could not be seen and shall be tried again."""
        if not letter.subject:
            return True
        try:
            await self._look(letter)
        except CallFailedError:
            return self._given_up(letter, "not_seen")
        except UsageError as error:  # the shop or its credentials are gone: no reason to stop the others
            return self._given_up(letter, error.code, at_once=error.code == "access.unknown_shop")
        return True

    async def _look(self, letter: Letter) -> None:
        connector = self._connect(letter.source)
        if letter.topic in ("listing", "audit"):
            self._listing((await connector.listings.observe(letter.subject)).value, letter)
        elif letter.topic == "order" and connector.orders is not None:
            order = (await connector.orders.observe(letter.subject)).value
            with self._database.begin() as tx:
                self._catalog.record_orders(tx, [order])
        elif letter.topic == "aftersale" and connector.after_sales is not None:
            case = (await connector.after_sales.observe(letter.subject)).value
            with self._database.begin() as tx:
                self._catalog.record_aftersales(tx, [case])

    def _given_up(self, letter: Letter, why: str, *, at_once: bool = False) -> bool:
        """Tell whether this was the last try, and write it down if so."""
        tries = letter.tries + 1
        if tries < MOST_TRIES and not at_once:
            return False
        with self._database.begin() as tx:
            body = {"event": letter.event, "said": letter.raw_status, "tries": tries, "why": why}
            subject = f"{letter.source}/{letter.subject}"
            self._journal.append(tx, actor="offshelf", verb="push.given_up", subject=subject, body=body)
        return True

    def _listing(self, seen: Listing, letter: Letter) -> None:
        with self._database.begin() as tx:
            self._catalog.record_listings(tx, [seen])
            body = {"event": letter.event, "said": letter.raw_status, "seen": seen.raw_status}
            subject = f"{seen.shop_id}/{seen.listing_id}"
            self._journal.append(tx, actor="platform", verb="push.looked_at", subject=subject, body=body)
