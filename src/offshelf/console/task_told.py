"""Tasks as a page tells them: their journal in sentences, steps with links in place of commands for a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from offshelf.console.kit import Entry
from offshelf.console.visit import Visit
from offshelf.journal.model import Entry as Written
from offshelf.tasks.model import SYSTEM
from offshelf.vocabulary.texts import catalogue

# How each entry looks, by the second word of its verb; others stand as they are.
_STATES = {
    "claimed": "busy", "confirmed": "ok", "not_there": "ok", "done": "ok", "rejected": "bad", "contradicted": "bad",
    "overdue": "warn", "recheck_drawn": "warn", "came_back": "warn", "reopened": "warn", "widened": "warn",
    "dropped": "mute", "targets_dropped": "mute",
}  # fmt: skip
_BATCH, _SHOWN = 500, 100  # entries read at once, and those of a page
_COMMAND = re.compile(r"`([^`]+)`")
_PAGES = {"offshelf tasks show ": "/tasks/", "offshelf plan show ": "/plans/"}
_NAME = re.compile(r"[A-Z]-[0-9A-Z-]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a sentence: plain words, a page it leads to, or a command for a terminal."""

    text: str
    href: str = ""
    command: bool = False


def passages(sentence: str) -> tuple[Passage, ...]:
    """Return a sentence of the catalogue in pieces: a command that has a page here leads to it."""
    parts = _COMMAND.split(sentence)
    return tuple(_passage(part) if number % 2 else Passage(part) for number, part in enumerate(parts) if part)


def _passage(command: str) -> Passage:
    for start, path in _PAGES.items():
        name = command.removeprefix(start)
        if command.startswith(start) and _NAME.fullmatch(name):
            return Passage(name, f"{path}{name}")
    return Passage(command, command=True)


def handed(text: str, language: str) -> str:
    """Return a note: our own words for what the system wrote down, else what a person wrote."""
    key = f"task_note.{text}"
    return catalogue().say(key, language) if catalogue().has(key, language) else text


def moments_of(visit: Visit, task_id: str) -> tuple[Entry, ...]:
    """Return what the journal says of a task, newest first."""
    found: list[Written] = []
    while entries := visit.house.journal.entries(
        after_seq=found[-1].seq if found else 0, limit=_BATCH, subject=task_id
    ):
        found += entries
    return tuple(_moment(visit, entry) for entry in reversed(found[-_SHOWN:]))


def _moment(visit: Visit, entry: Written) -> Entry:
    word, body = entry.verb.removeprefix("task."), entry.body
    key = f"console.task_moment.{word}"
    if word == "rechecked":
        key = f"console.task_moment.rechecked_{body.get('word', '')}"
    elif word == "claimed" and body.get("gone"):
        key = "console.task_moment.claimed_gone"
    known = catalogue().has(key, visit.language)
    by = visit.say("console.task.system") if entry.actor == SYSTEM else entry.actor
    return Entry(
        _STATES.get(word, "bad" if body.get("word") == "failed" else "info"),
        catalogue().say(key, visit.language, count=_count(body)) if known else entry.verb,
        entry.at,
        by,
        handed(str(body.get("why") or body.get("note") or ""), visit.language),
    )


def _count(body: dict[str, Any]) -> int:
    """Return how many targets, else how many pieces of evidence, an entry is about."""
    for name in ("targets", "evidence", "count"):
        value = body.get(name)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, int):
            return value
    return 1
