"""Files that people name: written whole or not at all, read with a sentence for everything that can be wrong."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from offshelf.kit.errors import OutsideError, UsageError


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside its place and move it there at the end; on any trouble the old file stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        raise OutsideError("cli.cannot_write", path=str(path), why=error.strerror or "-") from error
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text whole or not at all."""
    with writing(path) as stream:
        stream.write(text.encode())


def read_bytes(path: Path) -> bytes:
    """Read a file a person named."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError("cli.cannot_read", path=str(path), why=error.strerror or "-") from error
