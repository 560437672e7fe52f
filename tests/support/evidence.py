"""Evidence in tests: real small files, a store beside the test's database, and the policy tasks ask for."""

from __future__ import annotations

import shutil
import struct
import tempfile
import zlib
from datetime import date
from pathlib import Path
from weakref import WeakKeyDictionary, finalize

from offshelf.kit.db import Database
from offshelf.kit.redact import Secret
from offshelf.kit.seal import FixedKey, Seal
from offshelf.policy.model import Kind, Plain, Policy, Unit, Value
from offshelf.tasks.evidence import EvidenceStore
from offshelf.tasks.intake import Piece
from offshelf.tasks.model import EvidenceKind

SEAL = Seal(FixedKey(Secret("0f" * 16), "test"))
DAY = date(2026, 11, 21)
# Where a database is no file: as long as it is in use.
_FOLDERS: WeakKeyDictionary[Database, Path] = WeakKeyDictionary()


def png(mark: object) -> bytes:
    """Return a whole picture of one dot that says `mark` in a comment."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"tEXt", f"mark\0{mark}".encode()), (b"IDAT", zlib.compress(b"\0\0\0\0")))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in (*parts, (b"IEND", b"")))


def pdf(mark: object) -> bytes:
    """Return a whole document of nothing that says `mark` in a remark."""
    return b"%PDF-1.4\n%" + str(mark).encode() + b"\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def shot(mark: object) -> Piece:
    """Return a screenshot as handed in."""
    return Piece(EvidenceKind.SCREENSHOT, "image/png", png(mark))


def evidence_folder(database: Database) -> Path:
    """Return where the evidence of a test's database lies."""
    if database.dialect == "sqlite":
        return Path(database.url.removeprefix("sqlite:///")).parent / "evidence"
    if database not in _FOLDERS:
        _FOLDERS[database] = Path(tempfile.mkdtemp(prefix="offshelf-evidence-"))
        finalize(database, shutil.rmtree, _FOLDERS[database], ignore_errors=True)
    return _FOLDERS[database] / "evidence"


def evidence_store(database: Database) -> EvidenceStore:
    """Return the store of a test's database."""
    return EvidenceStore(evidence_folder(database), SEAL)


def policy_of(**values: Plain) -> Policy:
    """Return the policy tasks ask for; values by id with `__` for the dot replace or add to it."""
    plain: dict[str, Plain] = {
        "batch.manual": 50,
        "task.expires": 72,
        "task.recheck.percent": 10,
        "task.second_person": ("switch_off", "close", "close_shop"),
    }
    plain |= {name.replace("__", "."): value for name, value in values.items()}
    return Policy(
        DAY,
        {
            name: Value(name, value, Kind.HOUSE, "test", DAY, DAY, "test", Unit.HOURS)
            for name, value in plain.items()
        },
    )
