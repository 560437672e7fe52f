"""The merchant's folder of policy files: what lies there, and its texts. Tells trouble, raises none."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from offshelf.kit.errors import UsageError

_SUFFIXES = (".yaml", ".yml")
_LONGEST_NAME = 100
LARGEST = 500_000  # bytes; a policy pack is read by people

Look = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at the folder gave: a mark per file that changes with the file, or why there was none.

    Without a folder `files` is empty, which does not mean that files were taken away.
    """

    files: Look
    missing: bool = False
    why: str = ""

    @property
    def whole(self) -> bool:
        """Tell whether the folder was there and could be read."""
        return not self.missing and not self.why


def look(folder: Path) -> Seen:
    """Look at the folder without opening a file. Hidden files (editors' drafts) and other suffixes do not count."""
    try:
        with os.scandir(folder) as entries:
            found = {entry.name: _mark(entry) for entry in entries if _counts(entry.name)}
    except FileNotFoundError:
        return Seen({}, missing=True)
    except OSError as error:
        return Seen({}, why=error.strerror or "–")
    return Seen({name: mark for name, mark in sorted(found.items()) if mark is not None})


def read(path: Path) -> str:
    """Return the text of a policy file. Raises `UsageError` with the file for what is none."""
    name = path.name
    _refuse_name(name)
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError("policy.file_unreadable", file=name, line=0, why=error.strerror or "–") from None
    return text_of(name, data)


def text_of(name: str, data: bytes) -> str:
    """Return bytes as the text of a policy file of that name. Raises `UsageError` as `read` does."""
    _refuse_name(name)
    if len(data) > LARGEST:
        raise UsageError("policy.file_too_large", file=name, line=0, limit=LARGEST)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError("policy.not_utf8", file=name, line=line) from None


def _refuse_name(name: str) -> None:
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        shown = "".join(char if char.isprintable() else "\ufffd" for char in name[:_LONGEST_NAME])
        raise UsageError("policy.bad_file_name", file=shown, line=0, limit=_LONGEST_NAME)


def _counts(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _mark(entry: os.DirEntry[str]) -> tuple[int, ...] | None:
    """Return what changes with the file, None for a folder or a device. A link into nowhere is told when it is read."""
    try:
        at = entry.stat()
    except OSError:
        return (0,)
    return (at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_ino) if stat.S_ISREG(at.st_mode) else None
