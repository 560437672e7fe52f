"""The journal (操作日志): an append-only hash chain of who did what, when, on whose word."""

from offshelf.journal.model import GENESIS, Entry, Head, Verdict
from offshelf.journal.service import Journal

__all__ = ["GENESIS", "Entry", "Head", "Journal", "Verdict"]
