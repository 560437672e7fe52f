"""The settings of a process, read once from the environment by bootstrap."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret

_SQLITE = "sqlite:///"
_NO_FILE = re.compile(
    r"sqlite:///(\?|:memory:|file:|$)"
)  # several processes share the database: it must be a file
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every environment variable Offshelf reads; docs/settings.md has a heading for each (a test compares)."""

    home: Path  # OFFSHELF_HOME: the data folder
    database_url: str  # OFFSHELF_DATABASE_URL: replaces the SQLite file in the data folder
    master_key: Secret | None  # OFFSHELF_MASTER_KEY: 32 hex digits; replaces keys/master.key
    language: str  # OFFSHELF_LANG: zh or en; else the locale's
    log_level: str  # OFFSHELF_LOG: ERROR unless said otherwise
    crash_at: str  # OFFSHELF_CRASH_AT: `point:n`, for crash tests only: the process kills itself there

    @property
    def database_file(self) -> Path | None:
        """Return the SQLite file, absolute; None on PostgreSQL."""
        if not self.database_url.startswith(_SQLITE):
            return None
        return Path(self.database_url.removeprefix(_SQLITE).partition("?")[0]).absolute()

    @property
    def data_folder(self) -> Path:
        """Return where the engine's file and the worker's lock lie: beside the SQLite file, else the home."""
        return self.home if self.database_file is None else self.database_file.parent

    @property
    def engine_url(self) -> str:
        """Return where the workflow engine keeps its own tables."""
        if self.database_file is None:
            return self.database_url
        return f"{_SQLITE}{self.data_folder / 'engine.db'}"

    @property
    def key_file(self) -> Path:
        """Return the file of the master key."""
        return self.home / "keys" / "master.key"

    @property
    def signing_file(self) -> Path:
        """Return the file of the key that signs certificates."""
        return self.home / "keys" / "signing.key"


def read(environ: Mapping[str, str]) -> Settings:
    """Read settings; an unusable value is refused with its name."""
    home = Path(environ.get("OFFSHELF_HOME", ".offshelf")).absolute()
    url = environ.get("OFFSHELF_DATABASE_URL", "") or f"sqlite:///{home / 'offshelf.db'}"
    url = url.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith((_SQLITE, "postgresql+psycopg://")) or _NO_FILE.match(url):
        raise UsageError("settings.bad_database_url")
    level = environ.get("OFFSHELF_LOG", "").upper() or "ERROR"
    if level not in _LEVELS:
        raise UsageError("settings.bad_log_level", level=level)
    said = environ.get("OFFSHELF_LANG", "").lower()
    if said and said[:2] not in ("zh", "en"):
        raise UsageError("settings.bad_language", language=said)
    key = environ.get("OFFSHELF_MASTER_KEY", "")
    return Settings(
        home=home,
        database_url=url,
        master_key=Secret(key) if key else None,
        language=language(environ),
        log_level=level,
        crash_at=environ.get("OFFSHELF_CRASH_AT", ""),
    )


def language(environ: Mapping[str, str]) -> str:
    """Return `zh` or `en`: what OFFSHELF_LANG says, else the locale's. Never refuses, so that errors can be told."""
    said = environ.get("OFFSHELF_LANG", "").lower()
    if said[:2] in ("zh", "en"):
        return said[:2]
    locale = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"
