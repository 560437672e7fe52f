"""Secrets from a variable, a file or the keyboard; never from an argument, where every process list shows them."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from offshelf.cli.face import Face
from offshelf.cli.files import read_bytes
from offshelf.kit.errors import UsageError
from offshelf.kit.redact import Secret


def from_variable(name: str) -> Secret:
    """Return the value of an environment variable."""
    return _filled(os.environ.get(name, ""), name)


def ask_secret(
    face: Face, variable: str | None, file: Path | None, question: str = "cli.ask.secret"
) -> Secret:
    """Return a secret from where the person said, or ask for it without showing it."""
    if variable is not None and file is not None:
        raise UsageError("cli.secret_twice")
    if variable is not None:
        return from_variable(variable)
    if file is not None:
        try:
            text = read_bytes(file).decode("utf-8-sig")
        except UnicodeDecodeError:
            text = ""
        return _filled(text, str(file))
    if face.as_json or not sys.stdin.isatty():
        raise UsageError("cli.secret_needed")
    return _filled(getpass.getpass(face.words.say(question), sys.stderr), "stdin")


def _filled(text: str, source: str) -> Secret:
    text = text.strip()
    if not text or not text.isprintable():
        raise UsageError("cli.secret_empty", source=source)
    return Secret(text)
