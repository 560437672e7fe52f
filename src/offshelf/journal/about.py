"""What the journal says of one thing, the newest first: for pages that show its history."""

from __future__ import annotations

import json
from collections.abc import Collection

from offshelf.journal import _store
from offshelf.journal.model import Entry
from offshelf.kit.db import Database

DRIFT = "drift.found"
OF_LAST = 200  # notes of drift that are looked through: each look round the shops that finds any writes one


class About:
    """Reads entries by what they are about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(
        self, subjects: Collection[str], *, limit: int, but: Collection[str] = ()
    ) -> tuple[Entry, ...]:
        """Return the newest entries about some subjects, without those of the verbs in `but`."""
        if not subjects:
            return ()
        with self._database.read() as tx:
            return _store.about(tx, subjects, but, limit)

    def count(self, subjects: Collection[str], *, but: Collection[str] = ()) -> int:
        """Return how many there are."""
        if not subjects:
            return 0
        with self._database.read() as tx:
            return _store.count_about(tx, subjects, but)

    def last(self, subject: str) -> Entry | None:
        """Return the newest entry about a subject, whatever it says; None where there is none."""
        with self._database.read() as tx:
            return _store.last_verb(tx, subject)

    def drifts(self, shop_id: str, listing_id: str) -> tuple[tuple[Entry, str, str], ...]:
        """Return notes that a listing was not as wanted, the newest first: (entry, kind of drift, shelf that was seen).

        Looked for among the last `OF_LAST` notes of drift.
        """
        named = ",".join(json.dumps(word, ensure_ascii=False) for word in (shop_id, listing_id))
        with self._database.read() as tx:
            found = _store.saying(tx, DRIFT, named, of_last=OF_LAST, limit=OF_LAST)
        return tuple(
            (entry, str(kind), str(observed))
            for entry in found
            for kind, shop, listing, observed in entry.body.get("items", ())
            if (shop, listing) == (shop_id, listing_id)
        )
