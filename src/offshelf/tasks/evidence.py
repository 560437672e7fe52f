"""The evidence: sealed files below the data folder, and one row each. Never in clear on disk, temporary files included.

The file is written first and whole, the row in the transaction of the claim it belongs to. A crash in between leaves a
sealed file without a row: it counts for nothing, and the same evidence may be handed in again.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from offshelf.kit.db import Tx
from offshelf.kit.digest import canonical, sm3
from offshelf.kit.errors import BlockedError, OutsideError, UsageError
from offshelf.kit.instants import iso
from offshelf.kit.seal import Seal
from offshelf.tasks import _store
from offshelf.tasks.intake import Piece
from offshelf.tasks.model import Evidence, EvidenceKind

_DIGEST = re.compile(r"[0-9a-f]{64}")
_DRAFT = ".draft-"


class EvidenceStore:
    """Sealed files by the SM3 of their clear bytes, below one folder of mode 0700."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        self._folder = folder
        self._seal = seal

    def keep(self, data: bytes) -> str:
        """Write the sealed bytes (safe to repeat) and return their digest. Raises `OutsideError` for the disk."""
        digest = sm3(data)
        sealed = self._seal.seal_bytes(data, _context(digest))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self._folder / digest, sealed)
        except OSError as error:
            raise OutsideError("tasks.cannot_keep", why=error.strerror or "-") from error
        return digest

    def read(self, digest: str) -> bytes:
        """Return the clear bytes; refuses what is no digest, is not there, or was changed."""
        if not _DIGEST.fullmatch(digest):
            raise UsageError("tasks.evidence_unknown", digest=digest)
        try:
            sealed = (self._folder / digest).read_bytes()
        except OSError as error:
            raise UsageError("tasks.evidence_unknown", digest=digest) from error
        data = self._seal.open_bytes(sealed, _context(digest))
        if sm3(data) != digest:
            raise BlockedError("tasks.evidence_changed", digest=digest)
        return data

    def _write(self, path: Path, sealed: bytes) -> None:
        draft = self._folder / f"{_DRAFT}{secrets.token_hex(8)}"
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(sealed)
                stream.flush()
                os.fsync(handle)
            draft.replace(path)
            self._sync_folder()
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def proofs(pieces: Sequence[Piece], targets: Sequence[str], *, by: str, at: datetime) -> list[Piece]:
    """Return pieces whose bytes prove these targets only: a text or a number is written down with what it is about."""
    made = []
    for number, piece in enumerate(pieces):
        if piece.kind in (EvidenceKind.TEXT, EvidenceKind.NUMBER):
            value = piece.data.decode()
            document = {"n": number, "targets": list(targets), "by": by, "at": iso(at), "value": value}
            made.append(Piece(piece.kind, "application/json", canonical(document)))
        else:
            made.append(piece)
    return made


def sight_proof(target_id: str, seen: dict[str, Any], at: datetime) -> Piece:
    """Return what the system itself read from the platform as a piece of evidence."""
    return Piece(
        EvidenceKind.PROBE, "application/json", canonical({"target": target_id, "at": iso(at), "seen": seen})
    )


def refuse_used(tx: Tx, pieces: Sequence[Piece]) -> None:
    """Refuse bytes that prove something already, or were handed over twice in one claim."""
    digests = [sm3(piece.data) for piece in pieces]
    if len(set(digests)) < len(digests):
        raise UsageError("tasks.evidence_twice")
    for digest in digests:
        there = _store.evidence_row(tx, digest)
        if there is not None:
            raise _used(there)


def add_rows(
    tx: Tx, pieces: Sequence[Piece], *, task_id: str, targets: Sequence[str], by: str, at: datetime
) -> list[str]:
    """Write the rows of pieces that are kept, and return their digests; refused where one was used meanwhile."""
    digests = []
    for piece in pieces:
        digest = sm3(piece.data)
        row = {
            "digest": digest,
            "kind": piece.kind.value,
            "media_type": piece.media_type,
            "size": len(piece.data),
            "by": by,
            "at": at,
            "task_id": task_id,
            "targets": list(targets),
        }
        if not _store.add_evidence(tx, row):
            raise _used(_store.evidence_row(tx, digest) or row)
        digests.append(digest)
    return digests


def _used(there: dict[str, Any]) -> BlockedError:
    """Return the refusal of a file that proves something already: a target of a task, or what the register says."""
    if there["task_id"]:
        return BlockedError("tasks.evidence_used", task=there["task_id"])
    return BlockedError("tasks.evidence_in_register", proves=", ".join(there["targets"]))


def evidence_of(row: dict[str, Any]) -> Evidence:
    """Return a row as a value."""
    more = {"kind": EvidenceKind(row["kind"]), "targets": tuple(row["targets"])}
    return Evidence(**(row | more))


def _context(digest: str) -> str:
    return f"evidence:{digest}"
