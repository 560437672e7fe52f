"""Showing evidence to people. A photograph may show buyers and creators by name: nothing is shown before the showing of it
stands in the journal, and only to the session that asked.
"""

from __future__ import annotations

import json

from offshelf.journal.service import Journal
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError
from offshelf.tasks.model import Evidence, EvidenceKind
from offshelf.tasks.targets import Targets

SHOWN = "task.evidence_shown"
_BATCH = 500  # entries read at once
_WRITTEN = (EvidenceKind.TEXT, EvidenceKind.NUMBER)
_OURS = EvidenceKind.PROBE  # what the system itself read of a platform, as plain data: no person stands in it


class Showing:
    """Shows the evidence of tasks of one database. `session` is the id of the session that looks, `by` whose it is."""

    def __init__(self, database: Database, journal: Journal, targets: Targets) -> None:
        self._database = database
        self._journal = journal
        self._targets = targets

    def show(self, task_id: str, *, by: str, session: str) -> int:
        """Let a session see what is kept of a task, and write it down; returns how many pieces were new to it."""
        kept = self._targets.evidence(task_id)
        with self._database.begin() as tx:
            seen = self._seen(tx, task_id, session)
            new = [piece.digest for piece in kept if piece.kind is not _OURS and piece.digest not in seen]
            if new:
                body = {"evidence": new, "session": session}
                self._journal.append(tx, actor=by, verb=SHOWN, subject=task_id, body=body)
        return len(new)

    def seen(self, task_id: str, *, session: str) -> frozenset[str]:
        """Return the digests of what a session may see of a task."""
        ours = {piece.digest for piece in self._targets.evidence(task_id) if piece.kind is _OURS}
        with self._database.read() as tx:
            return frozenset(ours | self._seen(tx, task_id, session))

    def written(self, task_id: str, *, session: str) -> dict[str, str]:
        """Return the texts and numbers a session may see, by digest."""
        seen = self.seen(task_id, session=session)
        kept = (piece for piece in self._targets.evidence(task_id) if piece.kind in _WRITTEN)
        return {
            piece.digest: str(json.loads(self._targets.piece(task_id, piece.digest)[1])["value"])
            for piece in kept
            if piece.digest in seen
        }

    def piece(self, task_id: str, digest: str, *, session: str) -> tuple[Evidence, bytes]:
        """Return a piece with its clear bytes; refused with `tasks.not_shown` where the session did not ask for it."""
        if digest not in self.seen(task_id, session=session):
            raise BlockedError("tasks.not_shown", task=task_id)
        return self._targets.piece(task_id, digest)

    def _seen(self, tx: Tx, task_id: str, session: str) -> set[str]:
        found: set[str] = set()
        after = 0
        while entries := self._journal.entries(
            after_seq=after, limit=_BATCH, verb=SHOWN, subject=task_id, tx=tx
        ):
            after = entries[-1].seq
            mine = (entry for entry in entries if entry.body["session"] == session)
            found.update(digest for entry in mine for digest in entry.body["evidence"])
        return found
