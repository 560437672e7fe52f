"""Tells from its bytes alone what kind of file something is, and whether it is whole. Pure.

A picture ends where its end mark stands: with bytes behind it the same picture would be another file, and prove twice.
"""

from __future__ import annotations

import re

from offshelf.tasks.model import EvidenceKind

_PNG = b"\x89PNG\r\n\x1a\n"
_TAIL = 4096  # bytes at the end in which the end mark of a PDF stands
_VIDEO_BRANDS = (b"isom", b"iso", b"mp4", b"avc1", b"qt  ", b"M4V", b"3gp", b"dash")
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG markers that tell how large the picture is
_SCAN, _END = 0xDA, 0xD9
# In the data of a scan FF is followed by 0, by a restart mark, or by more FF; anything else is the next marker.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_OBJECT = re.compile(rb"\b\d+\s+\d+\s+obj\b")
_DOC_TYPES = (b"webm", b"matroska")
_SEGMENT = b"\x18\x53\x80\x67"


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
    if not data.startswith(_PNG) or data[12:16] != b"IHDR":
        return False
    wide, high = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    at, drawn = len(_PNG), False
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        at += 12 + length
        if kind == b"IEND":
            return wide > 0 and high > 0 and drawn and length == 0 and at == len(data)
        drawn = drawn or (kind == b"IDAT" and length > 0)
    return False


def _is_jpeg(data: bytes) -> bool:
    """Walk the segments up to the end mark; only where a second picture is announced (MPF) may more stand behind it."""
    if not data.startswith(b"\xff\xd8\xff"):
        return False
    at, sized, several = 2, False, False
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if kind == 0xFF:
            at += 1
            continue
        if length < 2 or kind in (0xD8, _END):
            return False
        body = data[at + 4 : at + 2 + length]
        sized = sized or (kind in _SIZES and len(body) >= 6 and any(body[3:5]))
        several = several or (kind == 0xE2 and body.startswith(b"MPF\0"))
        at += 2 + length
        if kind == _SCAN:
            found = _AFTER_SCAN.search(data, at)
            if found is None:
                return False
            at = found.start()
            if data[at + 1] == _END:
                behind = data[at + 2 :]
                return sized and (not behind or (several and behind.endswith(b"\xff\xd9")))
    return False


def _is_webp(data: bytes) -> bool:
    told = int.from_bytes(data[4:8], "little") + 8
    padded = told % 2 == 1 and len(data) == told + 1 and data.endswith(b"\0")
    kinds = (b"VP8 ", b"VP8L", b"VP8X")
    named = data.startswith(b"RIFF") and data[8:12] == b"WEBP" and data[12:16] in kinds
    return named and told > 20 and (told == len(data) or padded)


def _is_pdf(data: bytes) -> bool:
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-_TAIL:] and _OBJECT.search(data) is not None


def _is_mp4(data: bytes) -> bool:
    """Walk the boxes: the kind of file, what describes the recording, and the recording, whole."""
    if data[4:8] != b"ftyp" or not data[8:12].startswith(_VIDEO_BRANDS):
        return False
    at, kinds = 0, set[bytes]()
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        kinds.add(data[at + 4 : at + 8])
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        size = size or len(data) - at  # 0: to the end
        if size < 8:
            return False
        at += size
    return at == len(data) and b"mdat" in kinds and not kinds.isdisjoint({b"moov", b"moof"})


def _is_webm(data: bytes) -> bool:
    head = data[:128]
    named = data.startswith(b"\x1a\x45\xdf\xa3") and any(word in head for word in _DOC_TYPES)
    return named and _SEGMENT in data and len(data) > 100
