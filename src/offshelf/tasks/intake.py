"""Takes in a file that a person hands over as evidence: a whole plain file of a kind we know, or a refusal.

Symbolic links, folders and devices are not followed: what is sealed is what was named. Kinds are told by the bytes,
never by the name. Nothing but the bytes is kept.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from offshelf.kit.errors import UsageError
from offshelf.tasks.model import EvidenceKind
from offshelf.tasks.whole_files import told_by


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece as handed over. `data` of a text or a number is what the person wrote, in UTF-8."""

    kind: EvidenceKind
    media_type: str
    data: bytes = field(repr=False)


def file_piece(path: Path, most: int) -> Piece:
    """Read a file of at most `most` bytes; refuses with `tasks.file_*`."""
    return bytes_piece(str(path), _read(path, most), most)


def bytes_piece(name: str, data: bytes, most: int) -> Piece:
    """Take the bytes of a file of at most `most` bytes; refuses with `tasks.file_*`, told by what it was called."""
    if len(data) > most:
        raise UsageError("tasks.file_too_large", path=name, most=most // (1024 * 1024))
    if not data:
        raise UsageError("tasks.file_empty", path=name)
    found = told_by(data)
    if found is None:
        raise UsageError("tasks.file_unknown", path=name)
    return Piece(*found, data)


def text_piece(text: str) -> Piece:
    """Take a text a person wrote."""
    if not text.strip():
        raise UsageError("tasks.text_empty")
    return Piece(EvidenceKind.TEXT, "text/plain", text.strip().encode())


def number_piece(number: int) -> Piece:
    """Take a number a person read."""
    if number < 0:
        raise UsageError("tasks.number_negative", number=number)
    return Piece(EvidenceKind.NUMBER, "text/plain", str(number).encode())


def _read(path: Path, most: int) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    if path.is_symlink():
        raise UsageError("tasks.file_not_plain", path=str(path))
    try:
        handle = os.open(path, flags)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = getattr(error, "strerror", None) or "-"
        raise UsageError("tasks.file_unreadable", path=str(path), why=why) from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise UsageError("tasks.file_not_plain", path=str(path))
    with os.fdopen(handle, "rb") as stream:
        data = b"" if status.st_size > most else stream.read(most + 1)
        if status.st_size > most or len(data) > most:
            raise UsageError("tasks.file_too_large", path=str(path), most=most // (1024 * 1024))
        return data
