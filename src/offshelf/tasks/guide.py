"""Tells a task as a person reads it: from the catalogue of texts, the platform's manifest and the policy in force."""

from __future__ import annotations

from itertools import count, takewhile

from offshelf.platforms.contract import Guided
from offshelf.policy.model import Policy, Value
from offshelf.tasks.model import GUIDED, Guide, Task, menu_key
from offshelf.vocabulary.texts import catalogue

_LEADS = frozenset({"plan", "code"})  # places of texts that are commands to follow, not words to read


def tell(task: Task, language: str, *, row: Guided | None, menu: Value | None) -> Guide:
    """Return a task in one language. A kind without texts is told by its own name, never refused.

    `menu` is the policy's own path of menus, which stands above the manifest's.
    """
    words, start, filling = catalogue(), _start(task, language), _filling(task, language)

    def say(key: str) -> str:
        if not words.has(key, language):
            return ""
        missing = dict.fromkeys(words.places(key, language) - set(filling), "–")
        return words.say(key, language, **(filling | missing))

    numbers = takewhile(lambda key: words.has(key, language), (f"{start}.step{n}" for n in count(1)))
    # A step that leads to something this task does not have is left out.
    steps = [say(key) for key in numbers if not words.places(key, language) & (_LEADS - set(filling))]
    path, certainty = (row.menu.get(language, ""), row.certainty) if row else ("", "")
    if menu is not None and isinstance(menu.value, str):
        path, certainty = menu.value, menu.certainty
    return Guide(
        title=title_of(task, language),
        why=say(f"{start}.why"),
        steps=tuple(steps),
        menu=path,
        evidence=row.evidence if row else (),
        certainty=certainty,
    )


def title_of(task: Task, language: str) -> str:
    """Return what a task is called, without asking which platform it is of: for lists."""
    words, start, filling = catalogue(), _start(task, language), _filling(task, language)
    key = f"{start}.title"
    if not words.has(key, language):
        return task.kind
    missing = dict.fromkeys(words.places(key, language) - set(filling), "–")
    return words.say(key, language, **(filling | missing))


def menu_of(task: Task, policy: Policy, platform: str) -> Value | None:
    """Return the policy's own path of menus for a task, if there is one."""
    place, act = menu_key(task)
    return policy.find(f"menu.{place}.{act}", platform) if place and act else None


def _start(task: Task, language: str) -> str:
    """Return where the texts of a task begin."""
    words = catalogue()
    if task.targets:
        specials = (f"task.hand.{task.params.get('what', '')}", f"task.{task.kind}")
        return next((one for one in specials if words.has(f"{one}.title", language)), "task.hand")
    start = f"task.{task.kind}"
    known = words.has(f"{start}.title", language) or not task.kind.startswith(GUIDED)
    return start if known else "task.guided"


def _filling(task: Task, language: str) -> dict[str, object]:
    words = catalogue()
    given = {"shop": task.shop_id, "subject": task.subject, "plan": task.plan_id, **task.params}
    if task.targets:
        place = f"task_place.{task.params.get('what', '')}"
        given["place"] = words.say(place, language) if words.has(place, language) else task.place
    return {name: value for name, value in given.items() if value not in (None, "")}
