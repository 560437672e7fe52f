"""The journal: append inside the caller's transaction, read, verify the whole chain, export it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from offshelf.journal import _store
from offshelf.journal.model import GENESIS, Entry, Head, Verdict, as_line, chain_hash
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import canonical
from offshelf.kit.errors import UsageError

_BATCH = 1000
_VERB = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_LONGEST_NAME = 200


class Journal:
    """Who did what, when, on whose word; kept as one hash chain over every writer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, tx: Tx, *, actor: str, verb: str, subject: str, body: Mapping[str, Any]) -> Entry:
        """Add one entry inside the caller's transaction, so that fact and journal stand or fall together.

        The end of the chain is held until that transaction ends: other writers wait, so append late and commit soon.
        `body` is plain data (no floats, no personal data). Raises `UsageError` and writes nothing otherwise.
        """
        _refuse_bad_names(actor, verb, subject)
        plain = _plain(body)
        head = _store.head_for_writing(tx)
        at, seq = self._clock.now(), head.seq + 1
        sealed = chain_hash(
            seq=seq, at=at, actor=actor, verb=verb, subject=subject, body=plain, prev_hash=head.hash
        )
        entry = Entry(seq, at, actor, verb, subject, plain, head.hash, sealed)
        _store.add(tx, entry)
        return entry

    def entries(
        self,
        *,
        after_seq: int = 0,
        limit: int = 100,
        verb: str | None = None,
        subject: str | None = None,
        tx: Tx | None = None,
    ) -> tuple[Entry, ...]:
        """Return up to `limit` entries after `after_seq`, oldest first, of one verb or one subject where given."""
        with self._reading(tx) as reading:
            return _store.select(reading, after_seq=after_seq, limit=limit, verb=verb, subject=subject)

    def head(self, tx: Tx | None = None) -> Head:
        """Return number and hash of the last entry; (0, GENESIS) while there is none."""
        with self._reading(tx) as reading:
            return _store.head(reading)

    def verify(self, anchors: Mapping[int, str] | None = None, *, batch: int = _BATCH) -> Verdict:
        """Walk the whole chain and stop at the first entry that cannot be trusted.

        `anchors` are hashes by number that stand outside the database (in certificates): only they betray a chain
        that was rewritten as a whole. Entries added during the walk are walked too.
        """
        walk = _Walk(dict(anchors or {}))
        with self._database.read() as tx:
            while True:
                entries, broken = _store.select_readable(tx, after_seq=walk.head.seq, limit=batch)
                for entry in entries:
                    if why := walk.step(entry):
                        return walk.verdict(walk.head.seq + 1, why)
                if broken:
                    return walk.verdict(walk.head.seq + 1, "hash")
                if entries:
                    continue
                # Read after the entries: what the head names beyond them must then be there too.
                end = _store.head(tx)
                if end.seq > walk.head.seq and _store.select(tx, after_seq=walk.head.seq, limit=1):
                    continue
                return walk.end(end)

    def export(self, stream: BinaryIO, *, batch: int = _BATCH) -> int:
        """Write every entry as one line of canonical JSON (UTF-8) and return how many.

        `tools/verify.py --journal` reads it. Bodies are written as they are.
        """
        count = 0
        after = 0
        with self._database.read() as tx:
            while entries := _store.select(tx, after_seq=after, limit=batch):
                stream.writelines(canonical(as_line(entry)) + b"\n" for entry in entries)
                count += len(entries)
                after = entries[-1].seq
        return count

    @contextmanager
    def _reading(self, tx: Tx | None) -> Iterator[Tx]:
        if tx is not None:
            yield tx
            return
        with self._database.read() as own:
            yield own


class _Walk:
    """How far a verification got."""

    def __init__(self, anchors: dict[int, str]) -> None:
        self.head = Head(0, GENESIS)
        self._anchors = anchors
        self._count = 0

    def step(self, entry: Entry) -> str:
        """Judge the next entry: empty when it extends the chain, else why not."""
        if entry.seq != self.head.seq + 1:
            return "gap"
        if entry.prev_hash != self.head.hash:
            return "link"
        if entry.hash != entry.expected_hash():
            return "hash"
        if self._anchors.pop(entry.seq, entry.hash) != entry.hash:
            return "anchor"
        self.head = Head(entry.seq, entry.hash)
        self._count += 1
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
        return Verdict(not why, self._count, self.head.seq, self.head.hash, first_bad, why)


def _refuse_bad_names(actor: str, verb: str, subject: str) -> None:
    if not _VERB.fullmatch(verb):
        raise UsageError("journal.bad_verb", verb=verb[:_LONGEST_NAME])
    for field, value in (("actor", actor), ("subject", subject)):
        if not value or len(value) > _LONGEST_NAME or not value.isprintable():
            raise UsageError("journal.bad_name", field=field)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body as it will read back, so that the hash covers exactly what is stored."""
    try:
        plain = json.loads(canonical(dict(body)))
    except (TypeError, ValueError) as error:
        raise UsageError("journal.body_not_plain", why=str(error)) from error
    return dict(plain)
