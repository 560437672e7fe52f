"""Files the merchant's register names as evidence: sealed and entered where the evidence of tasks is, so that no picture
proves a statement and a target both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from offshelf.catalog.registers.proofs import Proven, Sealed
from offshelf.kit.db import Tx
from offshelf.kit.errors import UsageError
from offshelf.tasks import _store
from offshelf.tasks.evidence import EvidenceStore
from offshelf.tasks.model import EvidenceKind
from offshelf.tasks.whole_files import told_by

OF_REGISTER = ""  # the task of evidence that came with the register: its `targets` are names of things there
_ANY_FILE = (EvidenceKind.DOCUMENT, "application/octet-stream")
_LONGEST = 100  # characters of a person's name


class RegisterProofs:
    """Keeps what registers name; see `catalog.registers.proofs.Proofs`."""

    def __init__(self, files: EvidenceStore) -> None:
        self._files = files

    def shows(self, path: Path) -> bool:
        """Tell whether a file is one that shows something: a whole picture, recording or PDF."""
        return told_by(path.read_bytes()) is not None

    def keep(self, path: Path) -> Sealed:
        """Seal a file of any kind and return what it is. Raises `OSError` where it cannot be read."""
        data = path.read_bytes()
        kind, media_type = told_by(data) or _ANY_FILE
        return Sealed(self._files.keep(data), kind.value, media_type, len(data))

    def known(self, tx: Tx, digests: Collection[str]) -> Mapping[str, Proven]:
        """Return what some files prove already, by digest."""
        found = {digest: _store.evidence_row(tx, digest) for digest in digests}
        return {
            digest: Proven(row["task_id"], tuple(row["targets"]) if not row["task_id"] else (), row["at"])
            for digest, row in found.items()
            if row is not None
        }

    def enter(self, tx: Tx, sealed: Sealed, proves: str, *, by: str, at: datetime) -> None:
        """Write down what a file proves; refused with `registers.evidence_used` where it proves something else."""
        row = {
            "digest": sealed.digest,
            "kind": sealed.kind,
            "media_type": sealed.media_type,
            "size": sealed.size,
            "by": by[:_LONGEST],
            "at": at,
            "task_id": OF_REGISTER,
            "targets": [proves],
        }
        if _store.add_evidence(tx, row):
            return
        there = self.known(tx, [sealed.digest])[sealed.digest]
        if proves not in there.proves:
            other = there.task_id or ", ".join(there.proves)
            raise UsageError("registers.evidence_used", proves=proves, other=other)
