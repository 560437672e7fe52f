"""Pushes from outside: stored once by source and external id, acted on later, marked handled last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from offshelf.durable import _store
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database
from offshelf.kit.digest import sm3

# A subject that cannot be read now is mostly a platform that throttles or is away for minutes: a minute is soon
# enough, and an hour between tries costs next to no calls. Twelve tries reach over about six hours, longer than the
# platform itself retries a push (3.6 h); what the catalog misses by then, the next reading of the shop finds.
FIRST_PAUSE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 3600
MOST_TRIES = 12


@dataclass(frozen=True, slots=True)
class Letter:
    """A push as stored."""

    source: str
    external_id: str
    topic: str
    event: str
    subject: str
    raw_status: str
    happened_at: datetime
    received_at: datetime
    tries: int
    next_try_at: datetime | None
    handled_at: datetime | None


class Inbox:
    """The inbox of one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def receive(
        self,
        *,
        source: str,
        external_id: str,
        topic: str,
        event: str,
        subject: str,
        raw_status: str,
        happened_at: datetime,
    ) -> bool:
        """Store a push; False when the same one came before (it is acknowledged all the same).

        Text that no column holds is clipped: the sender retries for hours what we refuse, and a push is only a hint.
        """
        texts = {
            "source": source,
            "topic": topic,
            "event": event,
            "subject": subject,
            "raw_status": raw_status,
        }
        widths = _store.push_widths()
        row = {name: _storable(text)[: widths[name]] for name, text in texts.items()} | {
            "external_id": _unique(external_id, widths["external_id"]),
            "happened_at": happened_at,
            "received_at": self._clock.now(),
            "tries": 0,
            "next_try_at": None,
            "handled_at": None,
        }
        with self._database.begin() as tx:
            return _store.add_push(tx, row)

    def waiting(self, limit: int = 500) -> tuple[Letter, ...]:
        """Return pushes not handled yet whose (next) try is due, those due longest first."""
        with self._database.read() as tx:
            return tuple(Letter(**row) for row in _store.waiting_pushes(tx, limit, self._clock.now()))

    def missed(self, letter: Letter) -> None:
        """Count a look that saw nothing; the next one comes after a pause that doubles up to an hour."""
        pause = min(FIRST_PAUSE_SECONDS * 2**letter.tries, LONGEST_PAUSE_SECONDS)
        later = self._clock.now() + timedelta(seconds=pause)
        with self._database.begin() as tx:
            _store.mark_missed(tx, letter.source, letter.external_id, later)

    def handled(self, letters: Sequence[Letter]) -> None:
        """Mark pushes handled."""
        with self._database.begin() as tx:
            for letter in letters:
                _store.mark_handled(tx, letter.source, letter.external_id, self._clock.now())


def _storable(text: str) -> str:
    # PostgreSQL takes neither NUL nor a lone surrogate.
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _unique(text: str, width: int) -> str:
    """Return `text` if a column holds it as it is, else a prefix with its digest: two ids never become one."""
    kept = _storable(text)
    if kept == text and len(text) <= width:
        return text
    digest = sm3(text.encode("utf-8", "surrogatepass"))
    return f"{kept[: width - len(digest) - 1]}~{digest}"
