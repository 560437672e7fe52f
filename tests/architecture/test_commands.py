"""Wherever a person is told to type `offshelf …`, that command and its options exist."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import Any

import pytest

from offshelf.cli.tree import tree
from offshelf.kit.texts import LANGUAGES
from offshelf.vocabulary.texts import catalogue
from support.architecture import ROOT, none, tracked

EVERYWHERE = {"--json", "--lang", "--help", "--as", "--passphrase-env"}
# Design §12, as far as this version goes; scripts rely on it.
GRAMMAR = {
    "": {"init", "demo", "doctor", "serve", "worker"},
    "sandbox": {"serve", "ledger", "clock", "buyers"},
    "shops": {"add", "list", "test", "rotate-secret", "remove"},
    "catalog": {"sync", "import", "list", "show", "places", "declare", "licences"},
    "plan": {
        "propose",
        "list",
        "show",
        "check",
        "waive",
        "approve",
        "confirm",
        "run",
        "pause",
        "cancel",
        "verify",
        "relist",
        "certificate",
        "report",
        "preview",
        "timeline",
    },
    "policy": {"list", "show", "check", "diff"},
    "journal": {"list", "verify", "export"},
    "monitor": {"drift", "events", "alerts"},
    "tasks": {"list", "show", "take", "complete", "confirm", "reject", "recheck", "drop", "sheet"},
    "access": {"users", "roles", "keys"},
}
ROOT_COMMAND: Any = tree()


def _told() -> list[tuple[str, str]]:
    """Return (where, command line) for every command in documents and texts."""
    found = []
    for path in tracked():
        if path.suffix == ".md" and not path.is_relative_to(ROOT / "docs/decisions"):
            where, text = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
            lines = re.findall(r"^(?:\.venv/bin/)?(offshelf .*?)(?:\s+#.*)?$", text, re.MULTILINE)
            found += [(where, line) for line in [*lines, *re.findall(r"`(offshelf [a-z][^`\n]*)`", text)]]
    texts = catalogue()
    for lang in LANGUAGES:
        for key in texts.keys(lang):
            lines = re.findall(r"offshelf [a-z][a-z-]*(?: [a-z-]+)*(?: -[a-z-]+)*", texts.raw(key, lang))
            found += [(f"{lang}: {key}", line) for line in lines]
    return found


TOLD = _told()


def unknown(line: str) -> str:
    """Return the first word of a command line that the tree does not know, or nothing."""
    command: Any = ROOT_COMMAND
    for word in shlex.split(line.replace("…", ""))[1:]:
        children = getattr(command, "commands", None)
        if word.startswith("-"):
            known = {name for option in command.params for name in option.opts} | EVERYWHERE
            if word.split("=")[0] not in known:
                return word
        elif children is not None:
            if word not in children:
                return word
            command = children[word]
    return ""


def test_commands_people_are_told_to_type_exist() -> None:
    assert len(TOLD) > 20
    assert none(f"{where}: {line} ({unknown(line)})" for where, line in TOLD if unknown(line))


def test_the_check_sees_a_wrong_command() -> None:
    assert unknown("offshelf plan abolish P-1") == "abolish"
    assert unknown("offshelf plan run P-1 --now") == "--now"


@pytest.mark.parametrize("group", GRAMMAR)
def test_the_grammar_is_there(group: str) -> None:
    command = ROOT_COMMAND.commands[group] if group else ROOT_COMMAND
    assert none(GRAMMAR[group] - set(command.commands))


def test_help_loads_nothing_heavy() -> None:
    heavy = ("alembic", "dbos", "fastapi", "httpx2", "sqlalchemy", "uvicorn")
    code = (
        "import sys\nfrom offshelf.bootstrap import main\nended = main(['--help'])\n"
        f"sys.exit(ended or ', '.join(name for name in {heavy} if name in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.strip() == "", "docs/decisions/0007: loaded only to say what the verbs are"
