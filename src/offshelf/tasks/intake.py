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

_PNG = b"\x89PNG\r\n\x1a\n"
_TAIL = 4096  # bytes at the end in which the end mark of a whole file stands
_VIDEO_BRANDS = (b"isom", b"iso", b"mp4", b"avc1", b"qt  ", b"M4V", b"3gp", b"dash")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece as handed over. `data` of a text or a number is what the person wrote, in UTF-8."""

    kind: EvidenceKind
    media_type: str
    data: bytes = field(repr=False)


def file_piece(path: Path, most: int) -> Piece:
    """Read a file of at most `most` bytes; refuses with `tasks.file_*`."""
    data = _read(path, most)
    if not data:
        raise UsageError("tasks.file_empty", path=str(path))
    found = told_by(data)
    if found is None:
        raise UsageError("tasks.file_unknown", path=str(path))
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


def told_by(data: bytes) -> tuple[EvidenceKind, str] | None:
    """Return kind and media type of a whole file we know; None for all else, a file cut off included."""
    for whole, kind, media_type in (
        (_is_png, EvidenceKind.SCREENSHOT, "image/png"),
        (_is_jpeg, EvidenceKind.SCREENSHOT, "image/jpeg"),
        (_is_webp, EvidenceKind.SCREENSHOT, "image/webp"),
        (_is_pdf, EvidenceKind.SCREENSHOT, "application/pdf"),
        (_is_mp4, EvidenceKind.SCREEN_RECORDING, "video/mp4"),
        (_is_webm, EvidenceKind.SCREEN_RECORDING, "video/webm"),
    ):
        if whole(data):
            return kind, media_type
    return None


def _is_png(data: bytes) -> bool:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 57:
        return False
    wide, high = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return wide > 0 and high > 0 and b"IDAT" in data and b"IEND" in data[-_TAIL:]


def _is_jpeg(data: bytes) -> bool:
    return data.startswith(b"\xff\xd8\xff") and len(data) > 100 and b"\xff\xd9" in data[-_TAIL:]


def _is_webp(data: bytes) -> bool:
    told = int.from_bytes(data[4:8], "little") + 8
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP" and 20 < told <= len(data)


def _is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-_TAIL:]


def _is_mp4(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12].startswith(_VIDEO_BRANDS) and len(data) > 100


def _is_webm(data: bytes) -> bool:
    return data.startswith(b"\x1a\x45\xdf\xa3") and len(data) > 100
