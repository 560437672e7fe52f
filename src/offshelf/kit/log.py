"""Logging: one line per record on stderr, scrubbed of secrets and personal data."""

from __future__ import annotations

import logging
import sys

from offshelf.kit.redact import scrub_text


class _ScrubbingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrub_text(super().format(record))


def configure(level: str = "WARNING") -> None:
    """Send our log to stderr at `level`; tracebacks are scrubbed like messages."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ScrubbingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("offshelf")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def logger(room: str) -> logging.Logger:
    """Return the logger of a room."""
    return logging.getLogger(f"offshelf.{room}")
