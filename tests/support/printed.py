"""Commands as they are printed: found in any text, and parsed by the real command line without running anything."""

from __future__ import annotations

import re
import shlex
from typing import Any

from typer.exceptions import TyperException

from offshelf.cli.entry import _claimed, _common
from offshelf.cli.face import Face
from offshelf.cli.tree import tree
from offshelf.kit.errors import OffshelfError

# A command ends with its backtick, its line, or what no argument holds: Chinese marks, a closing bracket, two spaces.
_COMMAND = re.compile(r"(?<![\w/.-])offshelf(?: [^\s`，。；、：）（·→“”]+)+")
_NAME = "offshelf {version}"  # what the program calls itself
_PLACE = re.compile(r"\{(\w+)\}")
# Names that stand for a value in help and texts, by what they stand for where any word would not do.
_STANDS_FOR = {"REASON": "season", "KIND": "drop_ship", "种类": "drop_ship", "原因": "season", "N": "1"}
_FILLED = {"slot": "secret", "scope": "--all", "first": "douyin", "count": "1"}


def commands_in(text: str) -> list[str]:
    """Return every command printed in a text; `offshelf` alone is a name."""
    return [found.rstrip(".,;:)") for found in _COMMAND.findall(text) if found != _NAME]


def complaint(command: str) -> str:
    """Return why a command would not be taken by the parser; empty where it would."""
    filled = _PLACE.sub(lambda place: _FILLED.get(place[1], "X1"), command)
    words = [_STANDS_FOR.get(word, word) for word in shlex.split(filled)[1:]]
    rest, _, _ = _common(words)
    rest, _ = _claimed(rest)
    here: Any = tree()
    context: Any = None
    doors: Any = None
    path = "offshelf"
    while hasattr(here, "commands"):
        context = here.make_context(
            path, [], parent=context, obj=Face(doors, "en", as_json=False), resilient_parsing=True
        )
        if not rest or rest[0] == "--help":
            return "" if rest else f"{path}: no verb"
        path, here = rest[0], here.commands.get(rest[0])
        if here is None:
            return f"no verb {path}"
        rest = rest[1:]
    if "--help" in rest:
        return ""
    try:
        here.make_context(path, rest, parent=context)
    except (TyperException, OffshelfError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
