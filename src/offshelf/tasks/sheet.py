"""A task on paper: one self-contained HTML page for A4, Chinese or English, with a box to tick for each target.

Titles come from people we do not know: everything is escaped, and what turns or hides text is taken out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from offshelf.kit.instants import local
from offshelf.tasks.model import Guide, TargetRow, Task
from offshelf.tasks.requirements import KEPT, Requirement
from offshelf.vocabulary.texts import catalogue

if TYPE_CHECKING:
    from offshelf.tasks.service import Tasks


def sheet_of(tasks: Tasks, task_id: str, lang: str, printed_at: datetime) -> str:
    """Return a task of a house as a page to print, or refuse with `tasks.unknown`."""
    task = tasks.get(task_id)
    return render(
        task,
        tasks.guide(task, lang),
        tasks.targets.of(task_id),
        tasks.targets.required(task),
        lang,
        second_person=bool(task.targets) and tasks.targets.second_person(task),
        printed_at=printed_at,
    )


def render(
    task: Task,
    guide: Guide,
    targets: Sequence[TargetRow],
    required: Requirement,
    lang: str,
    *,
    second_person: bool,
    printed_at: datetime,
) -> str:
    """Return the page as HTML."""
    words = catalogue()

    def say(key: str, **params: object) -> str:
        return words.say(f"sheet.{key}", lang, **params)

    def word(table: str, value: str) -> str:
        key = f"{table}.{value}"
        return words.say(key, lang) if words.has(key, lang) else value

    view: dict[str, Any] = {
        "lang": "zh-CN" if lang == "zh" else "en",
        "say": say,
        "word": word,
        "plain": plain,
        "local": local,
        "task": task,
        "guide": guide,
        "targets": targets,
        "kinds": [(word("evidence_kind", kind.value), number) for kind, number in required.kinds.items()],
        "wanted": [word("evidence_word", phrase) for phrase in guide.evidence if phrase not in KEPT],
        "together": required.together,
        "second_person": second_person,
        "printed_at": printed_at,
    }
    return _environment().get_template("sheet.html.j2").render(view)


def plain(text: object) -> str:
    """Return a text from outside on one line, without characters that turn it around, hide in it or steer a machine."""
    return "".join(_safe(char) for char in str(text))


def _safe(char: str) -> str:
    if char in "\n\r\t":
        return " "
    return "\ufffd" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else char


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("offshelf.tasks"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
