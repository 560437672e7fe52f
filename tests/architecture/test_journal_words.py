"""Every deed the code writes into the journal has a word in both languages: people look through it."""

from __future__ import annotations

import ast
import re

from offshelf.kit.texts import LANGUAGES
from offshelf.monitoring.licences import What
from offshelf.tasks.model import TargetState, TaskState
from offshelf.vocabulary.plans import PlanState
from offshelf.vocabulary.texts import catalogue
from support.architecture import Module, modules

_VERB = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_WRITERS = frozenset({"note", "_note", "_noted"})
# Deeds whose last part is a value: where they begin, and what the values are.
_ENDED = (TargetState.CONFIRMED, TargetState.NOT_THERE)
_MADE = {
    "licence.": [*What],
    "plan.": [PlanState.RUNNING, PlanState.PAUSED, PlanState.INCOMPLETE, PlanState.DONE, PlanState.CANCELLED],
    "plan.asked_to_": ["pause", "cancel"],
    "task.": [*TaskState, *_ENDED],
}
_ROOMS = frozenset({"sandbox", "console", "cli", "api"})


def _constants(module: Module) -> dict[str, str]:
    """Return the texts that names of a module stand for."""
    found: dict[str, str] = {}
    for node in module.tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            pairs = zip(names, values, strict=False)
            found |= {
                name.id: value.value
                for name, value in pairs
                if isinstance(name, ast.Name)
                and isinstance(value, ast.Constant)
                and isinstance(value.value, str)
            }
    return found


def _written() -> tuple[set[str], set[str]]:
    """Return the deeds written whole, and the beginnings of those put together."""
    whole: set[str] = set()
    begun: set[str] = set()
    for module in modules():
        known = _constants(module) if module.room not in _ROOMS else {}
        for call, _ in module.calls() if module.room not in _ROOMS else ():
            name = module.dotted(call.func).rpartition(".")[2]
            given = [word.value for word in call.keywords if word.arg == "verb"]
            for node in [*given, *(call.args if name in _WRITERS else [])]:
                text = (
                    node.value if isinstance(node, ast.Constant) else known.get(getattr(node, "id", ""), "")
                )
                if isinstance(text, str) and _VERB.fullmatch(text):
                    whole.add(text)
                elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    begun.add(str(node.values[0].value))
    return whole, begun


def test_every_deed_has_a_word() -> None:
    whole, begun = _written()
    assert len(whole) > 40
    assert sorted(begun & {start for start in begun if _VERB.match(f"{start}x")} - set(_MADE)) == []
    verbs = whole | {f"{start}{value}" for start, values in _MADE.items() for value in values}
    missing = [
        f"{lang}: {verb}"
        for verb in sorted(verbs)
        for lang in LANGUAGES
        if not catalogue().has(f"journal_verb.{verb}", lang)
    ]
    assert missing == []


def test_a_word_stands_for_a_deed() -> None:
    whole, _ = _written()
    verbs = whole | {f"{start}{value}" for start, values in _MADE.items() for value in values}
    # Those of shops are written by a face until their page has its room.
    told = {
        key.removeprefix("journal_verb.") for key in catalogue().keys("en") if key.startswith("journal_verb.")
    }
    assert sorted(told - verbs - {verb for verb in told if verb.startswith("shop.")}) == []
