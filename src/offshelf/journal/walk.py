"""The walk over the whole chain that tells whether it can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from offshelf.journal import _store
from offshelf.journal.model import GENESIS, Entry, Head, Verdict
from offshelf.kit.db import Database

BATCH = 1000


def walk(
    database: Database,
    anchors: Mapping[int, str],
    *,
    batch: int = BATCH,
    told: Callable[[int], object] = lambda _count: None,
) -> Verdict:
    """Walk from the first entry on and stop at the first one that cannot be trusted.

    `anchors` are hashes by number from outside the database. `told` gets how many entries were walked, after every batch; what
    it raises ends the walk. No transaction stays open between batches: entries added meanwhile are walked too.
    """
    steps = _Steps(dict(anchors))
    while True:
        with database.read() as tx:
            entries, broken = _store.select_readable(tx, after_seq=steps.head.seq, limit=batch)
            end = None if entries or broken else _store.head(tx)  # read after the entries
            late = end is not None and end.seq > steps.head.seq
            if late and _store.select(tx, after_seq=steps.head.seq, limit=1):
                continue  # they were written in between
        for entry in entries:
            if why := steps.step(entry):
                return steps.verdict(steps.head.seq + 1, why)
        if broken:
            return steps.verdict(steps.head.seq + 1, "hash")
        if end is not None:
            return steps.end(end)
        told(steps.count)


class _Steps:
    """How far a verification got."""

    def __init__(self, anchors: dict[int, str]) -> None:
        self.head = Head(0, GENESIS)
        self.count = 0
        self._anchors = anchors

    def step(self, entry: Entry) -> str:
        """Judge the next entry: empty when it extends the chain, else why not."""
        if entry.seq != self.head.seq + 1:
            return "gap"
        if entry.prev_hash != self.head.hash:
            return "link"
        if not entry.intact:
            return "hash"
        if self._anchors.pop(entry.seq, entry.hash) != entry.hash:
            return "anchor"
        self.head = Head(entry.seq, entry.hash)
        self.count += 1
        return ""

    def end(self, stored: Head) -> Verdict:
        """Judge the end of the chain against the head row and against anchors that were never met."""
        if stored != self.head:
            return self.verdict(min(stored.seq, self.head.seq) + 1, "head")
        if self._anchors:
            return self.verdict(min(self._anchors), "anchor")
        return self.verdict(None, "")

    def verdict(self, first_bad: int | None, why: str) -> Verdict:
        """Return the verdict with what was walked so far."""
        return Verdict(not why, self.count, self.head.seq, self.head.hash, first_bad, why)
