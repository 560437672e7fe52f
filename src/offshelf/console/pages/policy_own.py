"""The merchant's own policy: its values beside ours, the files that are not adopted and why, a file judged."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.policy_words import beside, tabs
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.tables import csv_file
from offshelf.console.trouble import words_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.tame import cell

_UPLOAD = 1024 * 1024  # bytes of a form with a policy file: the room takes half of it


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a file, and how to mend it. `line` 0: no line; `kept`: an older text of it is in force."""

    file: str
    line: int
    text: str
    then: str
    kept: bool = False


def overrides(visit: Visit) -> Response:
    """Show the merchant's own files: what they change, what is wrong with them, what was adopted."""
    policies = visit.house.policies
    day = policies.today().day
    return show(
        visit,
        "policy_own.html",
        beside=[beside(visit, one, day) for one in policies.diff()],
        mistakes=[
            _mistake(visit, one.file, one.code, one.params, kept=one.kept) for one in policies.troubles()
        ],
        adopted=policies.adopted(),
        folder=policies.folder,
        tabs=tabs(visit, own=True),
    )


def check(visit: Visit) -> Response:
    """Judge a file as if it lay in the folder. Changes nothing and keeps nothing."""
    given, policies = visit.files.get("file"), visit.house.policies
    if given is None or not given.filename:
        raise UsageError("console.no_file")
    name = PurePath(given.filename.replace("\\", "/")).name
    found = policies.check_sent(name, given.file.read())
    day = policies.today().day
    target = shlex.quote(str(policies.folder / name))
    return show(
        visit,
        "policy_checked.html",
        status=400 if found.mistakes else 200,
        name=name,
        found=found,
        mistakes=[_refused(visit, one) for one in found.mistakes],
        beside=[beside(visit, one, day) for one in found.differences],
        folder=policies.folder,
        target=target,
    )


def own_table(visit: Visit) -> Response:
    """Give the merchant's own values beside ours as CSV."""
    day = visit.house.policies.today().day
    names = ("id", "name", "shipped", "own", "why", "marks", "file", "from", "until")
    head = [visit.say(f"console.policy.{name}") for name in names]
    rows = []
    for one in (beside(visit, each, day) for each in visit.house.policies.diff()):
        value = one.own.value
        told = (
            value.policy_id,
            one.own.name,
            one.shipped.shown if one.shipped else "–",
            one.own.shown,
            value.why,
        )
        days = (value.effective_from, value.effective_to or "")
        rows.append([*(cell(text) for text in told), ", ".join(one.own.marks), cell(one.file), *days])
    return csv_file("policy-own.csv", head, rows)


def _mistake(visit: Visit, file: str, code: str, params: Mapping[str, Any], *, kept: bool) -> Mistake:
    told, then = visit.say(f"error.{code}", **params), visit.say(f"error.{code}.next", **params)
    return Mistake(file, int(params["line"]), told, then, kept)


def _refused(visit: Visit, error: OffshelfError) -> Mistake:
    then = visit.say(f"error.{error.code}.next", **error.params)
    return Mistake(
        str(error.params["file"]), int(error.params["line"]), words_of(error, visit.language), then
    )


# Before `/policy/{policy_id}`: no value is called so.
ROUTES = (
    page("/policy/overrides", Permission.READ, overrides),
    page("/policy/overrides.csv", Permission.READ, own_table),
    command("/policy/check", Permission.READ, check, most=_UPLOAD),
)
