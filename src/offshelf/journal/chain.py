"""Verifying beside the work of a server: one walk at a time in a thread of its own, its verdict kept in memory.

A verdict is never older than the process: what it says was computed here, and after a restart nothing is said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from offshelf.journal.model import Head, Verdict
from offshelf.journal.walk import walk
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database

_log = log.logger("journal")


class _EndedError(Exception):
    """Somebody ended the walk."""


class ChainState(StrEnum):
    """What may be said of the chain now."""

    NEVER = "never"  # nobody verified it since the server started
    WHOLE = "whole"  # all of it was found good
    GROWN = "grown"  # found good up to an entry, others came since
    BROKEN = "broken"
    CUT = "cut"  # found good, but it does not hold any more what it held then


@dataclass(frozen=True, slots=True)
class ChainSeen:
    """What is known of the chain in this process.

    `verdict` is the last one, reached at `at`, held against `anchors` outside witnesses; None: not verified since the start.
    `walking`: a walk is under way and has passed `walked` entries. `failed`: the last walk came to no verdict.
    """

    verdict: Verdict | None = None
    at: datetime | None = None
    anchors: int = 0
    walking: bool = False
    walked: int = 0
    failed: bool = False

    def state(self, head: Head) -> ChainState:
        """Return what may be said of a chain that ends so now."""
        if self.verdict is None:
            return ChainState.NEVER
        if not self.verdict.ok:
            return ChainState.BROKEN
        then = Head(self.verdict.head_seq, self.verdict.head_hash)
        if head == then:
            return ChainState.WHOLE
        return ChainState.GROWN if head.seq > then.seq else ChainState.CUT


class ChainWatch:
    """Verifies one database's journal when asked to."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = ChainSeen()
        self._thread: threading.Thread | None = None
        self._ended = False

    def seen(self) -> ChainSeen:
        """Return what is known now."""
        with self._lock:
            return self._seen

    def start(self, anchors: Mapping[int, str] | None = None) -> bool:
        """Begin a walk over the whole chain; False while one is under way."""
        held = dict(anchors or {})
        with self._lock:
            if self._seen.walking:
                return False
            self._seen = replace(self._seen, walking=True, walked=0, failed=False)
            self._ended = False
            self._thread = threading.Thread(
                target=self._walk, args=(held,), name="journal-chain", daemon=True
            )
            self._thread.start()
        return True

    def wait(self, seconds: float | None = None) -> ChainSeen:
        """Return what is known after the walk under way, or after so many seconds."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return self.seen()

    def end(self) -> None:
        """End a walk under way and wait for it; it leaves no verdict."""
        self._ended = True
        self.wait()

    def _walk(self, anchors: dict[int, str]) -> None:
        try:
            verdict = walk(self._database, anchors, told=self._told)
        except _EndedError:
            self._tell(lambda seen: replace(seen, walking=False))
        except Exception:  # noqa: BLE001 - a thread has nobody to raise to; that there is no verdict is told
            _log.exception("the journal could not be verified")
            self._tell(lambda seen: replace(seen, walking=False, failed=True))
        else:
            if not verdict.ok:
                _log.error("the journal is broken at entry %s: %s", verdict.first_bad_seq, verdict.why)
            now = ChainSeen(verdict, self._clock.now(), len(anchors), walked=verdict.count)
            self._tell(lambda _seen: now)

    def _told(self, count: int) -> None:
        if self._ended:
            raise _EndedError
        self._tell(lambda seen: replace(seen, walked=count))

    def _tell(self, change: Callable[[ChainSeen], ChainSeen]) -> None:
        with self._lock:
            self._seen = change(self._seen)
