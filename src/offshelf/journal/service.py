"""The journal: append inside the caller's transaction, read, verify the whole chain, export it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from offshelf.journal import _store
from offshelf.journal.chain import ChainWatch
from offshelf.journal.model import Entry, Head, Verdict, as_line, chain_hash
from offshelf.journal.walk import walk
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.digest import canonical
from offshelf.kit.errors import UsageError

_BATCH = 1000
_VERB = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_LONGEST_NAME = 200


class Journal:
    """Who did what, when, on whose word; kept as one hash chain over every writer. `chain` verifies it beside the work."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.chain = ChainWatch(database, clock)

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
        return walk(self._database, anchors or {}, batch=batch)

    def export(self, stream: BinaryIO, *, batch: int = _BATCH) -> int:
        """Write every entry as one line of canonical JSON (UTF-8) and return how many.

        `tools/verify.py --journal` reads it. Bodies are written as they are.
        """
        count = 0
        for lines in self.lines(batch=batch):
            stream.writelines(lines)
            count += len(lines)
        return count

    def lines(self, *, batch: int = _BATCH) -> Iterator[list[bytes]]:
        """Return every entry as `export` writes it, some at a time; no transaction stays open in between."""
        after = 0
        while True:
            with self._database.read() as tx:
                entries = _store.select(tx, after_seq=after, limit=batch)
            if not entries:
                return
            yield [canonical(as_line(entry)) + b"\n" for entry in entries]
            after = entries[-1].seq

    @contextmanager
    def _reading(self, tx: Tx | None) -> Iterator[Tx]:
        if tx is not None:
            yield tx
            return
        with self._database.read() as own:
            yield own


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
