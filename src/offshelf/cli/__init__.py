"""The command line: every verb, in Chinese and English. It formats and parses; rules and queries live below."""

from offshelf.cli.entry import run

__all__ = ["run"]
