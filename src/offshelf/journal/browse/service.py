"""Looks through the journal for people. Reads only; takes what was changed behind its back as it lies there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from offshelf.journal.browse import _store
from offshelf.journal.browse.model import Filter, Line, Page, Record
from offshelf.journal.model import GENESIS
from offshelf.kit.db import Database
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import SHANGHAI

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEYOND = 2**62  # above every number
_MOST_WORDS = 300  # actors or verbs of a list to choose from
_WHOLE = 500  # entries read at once where all that match are wanted


class JournalPages:
    """The journal of one database, as people look through it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, asked: Filter, *, before: int | None = None, after: int | None = None, size: int = 50
    ) -> Page:
        """Return the newest entries that match; those below the number `before`, or the next ones above `after`.

        A search reads a bounded number of entries and says how far it came (`Page.searched_to`).
        """
        span = _span(asked)
        down = after is None
        with self._database.read() as tx:
            within = _store.bounds(tx, *span) if any(span) else (0, _BEYOND)
            if within is None:
                return Page(())
            low = max(within[0] - 1, -1 if after is None else after)
            high = min(within[1] + 1, _BEYOND if before is None else before)
            found, stopped = _store.rows(tx, asked, span, low=low, high=high, down=down, limit=size + 1)
        more = len(found) > size
        lines = [_line(row) for row in found[:size]]
        if not down:
            lines.reverse()
        return _page(lines, more=more, stopped=stopped, down=down, inner=before is not None)

    def record(self, seq: int) -> Record:
        """Return one entry. Raises `UsageError('journal.unknown_entry')`."""
        with self._database.read() as tx:
            row = _store.one(tx, seq)
            if row is None:
                raise UsageError("journal.unknown_entry", seq=seq)
            before, after = _store.beside(tx, seq)
            earlier = _store.one(tx, seq - 1) if seq > 1 else None
        line = _line(row)
        if seq > 1 and earlier is None:
            linked = None
        else:
            linked = line.prev_hash == (GENESIS if earlier is None else _line(earlier).hash)
        return Record(line, linked, before, after)

    def all(self, asked: Filter) -> Iterator[Line]:
        """Return everything that matches, newest first, read piece by piece."""
        before: int | None = None
        while True:
            found = self.page(asked, before=before, size=_WHOLE)
            yield from found.lines
            before = found.older
            if before is None:
                return

    def actors(self) -> tuple[str, ...]:
        """Return everybody who stands in the journal, by name; at most 300."""
        with self._database.read() as tx:
            return tuple(_store.words(tx, "actor", _MOST_WORDS))

    def verbs(self) -> tuple[str, ...]:
        """Return every verb that stands in the journal; at most 300."""
        with self._database.read() as tx:
            return tuple(_store.words(tx, "verb", _MOST_WORDS))


def _page(lines: list[Line], *, more: bool, stopped: int | None, down: bool, inner: bool) -> Page:
    """Return a page with its ways on. A search that stopped goes on from where it did."""
    first, last = (lines[0].seq, lines[-1].seq) if lines else (None, None)
    if down:
        older = last if more else stopped
        return Page(tuple(lines), older, first if inner else None, None if more else stopped)
    newer = first if more else stopped
    return Page(tuple(lines), last, newer, None)


def _span(asked: Filter) -> tuple[datetime | None, datetime | None]:
    """Return the instants from which and before which entries are asked for."""
    begin = None if asked.since is None else _begin_of(asked.since)
    return begin, None if asked.until is None else _begin_of(asked.until + timedelta(days=1))


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def _line(row: Mapping[str, Any]) -> Line:
    told = {name: _text(row[name]) for name in ("actor", "verb", "subject", "prev_hash", "hash")}
    return Line(int(row["seq"]), _instant(row["at"]), body=_body(row["body"]), **told)


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def _instant(raw: Any) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=raw)
    except (TypeError, OverflowError):
        return None


def _body(raw: Any) -> dict[str, Any] | None:
    try:
        found = json.loads(_text(raw))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
