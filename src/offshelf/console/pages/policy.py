"""Policy: every number and word in force with its source, the merchant's own values beside ours, and a file judged."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.address import Address, address_of, number_of
from offshelf.console.kit import Entry, Tab
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.slices import slice_of
from offshelf.console.tables import csv_file
from offshelf.console.trouble import words_of
from offshelf.console.visit import Visit
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.tame import cell
from offshelf.policy.kinds import Kind
from offshelf.policy.model import Value
from offshelf.policy.schema import CERTAINTIES
from offshelf.policy.service import Difference
from offshelf.policy.shown import changes, items_of, marks_of, name_of, shown
from offshelf.policy.told import note_of, reviewer_of, source_of
from offshelf.vocabulary.shops import Platform

_FIELDS = ("text", "kind", "platform", "certainty", "own")
_UPLOAD = 1024 * 1024  # bytes of a form with a policy file: the room takes half of it
_LOOKS = {Kind.LAW: "info", Kind.PLATFORM: "busy", Kind.HOUSE: "mute", Kind.SEED_CLAIM: "unknown"}
_COLUMNS = (
    "id", "name", "value", "kind", "platform", "marks", "source", "observed", "reviewed", "from", "until",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A value in the words of a reader. `when` says of its days: `now`, `later` or `over`."""

    value: Value
    name: str
    shown: str
    items: list[str]
    marks: tuple[str, ...]
    source: str
    note: str
    reviewer: str
    look: str
    when: str


@dataclass(frozen=True, slots=True)
class Beside:
    """An own value beside ours (None: this program has none), and the entries of a list it leaves out and adds."""

    own: Told
    shipped: Told | None
    file: str
    gone: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a file, and how to mend it. `line` 0: no line; `kept`: an older text of it is in force."""

    file: str
    line: int
    text: str
    then: str
    kept: bool = False


def view(visit: Visit) -> Response:
    """Show the values in force today, or only the table where a filter changed it."""
    asked, policies = address_of(visit, "/policy", _FIELDS), visit.house.policies
    today = policies.today()
    found = slice_of(_values(visit, asked), number_of(visit.asked("page")) or 1)
    rows = [_told(visit, value, today.day) for value in found.rows]
    data: dict[str, Any] = {"asked": asked, "found": found, "rows": rows, "today": today}
    if visit.by_htmx:
        return show(visit, "pieces/policy.html", **data)
    return show(
        visit, "policy.html", troubles=policies.troubles(), tabs=_tabs(visit), choices=_choices(visit), **data
    )


def record(visit: Visit) -> Response:
    """Show every value of an id over all days, with its papers."""
    policies, today = visit.house.policies, visit.house.policies.today()
    windows = [_told(visit, value, today.day) for value in policies.windows(visit.named("policy_id"))]
    ids = {one.value.policy_id for one in windows}
    beside = [_beside(visit, one, today.day) for one in policies.diff() if one.own.policy_id in ids]
    now = next((one for one in windows if today.values.get(one.value.policy_id) is one.value), None)
    in_force = [today.values.get(one.value.policy_id) is one.value for one in windows]
    return show(
        visit,
        "policy_value.html",
        policy_id=visit.named("policy_id"),
        head=now or windows[0],
        windows=list(zip(windows, in_force, strict=True)),
        moments=[_moment(visit, one, here=here) for one, here in zip(windows, in_force, strict=True)],
        beside=beside,
        today=today,
    )


def overrides(visit: Visit) -> Response:
    """Show the merchant's own files: what they change, what is wrong with them, what was adopted."""
    policies = visit.house.policies
    day = policies.today().day
    return show(
        visit,
        "policy_own.html",
        beside=[_beside(visit, one, day) for one in policies.diff()],
        mistakes=[
            _mistake(visit, one.file, one.code, one.params, kept=one.kept) for one in policies.troubles()
        ],
        adopted=policies.adopted(),
        folder=policies.folder,
        tabs=_tabs(visit, own=True),
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
        beside=[_beside(visit, one, day) for one in found.differences],
        folder=policies.folder,
        target=target,
    )


def table(visit: Visit) -> Response:
    """Give the values that match as CSV."""
    asked, day = address_of(visit, "/policy", _FIELDS), visit.house.policies.today().day
    head = [visit.say(f"console.policy.{name}") for name in _COLUMNS]
    return csv_file("policy.csv", head, _rows(visit, asked, day))


def own_table(visit: Visit) -> Response:
    """Give the merchant's own values beside ours as CSV."""
    day = visit.house.policies.today().day
    names = ("id", "name", "shipped", "own", "why", "marks", "file", "from", "until")
    head = [visit.say(f"console.policy.{name}") for name in names]
    rows = []
    for one in (_beside(visit, each, day) for each in visit.house.policies.diff()):
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


def _rows(visit: Visit, asked: Address, day: date) -> Iterator[list[object]]:
    for value in _values(visit, asked):
        one = _told(visit, value, day)
        bare = isinstance(value.value, int)  # ours to write, so no formula: -67 % stays a number
        told = (value.policy_id, one.name, "; ".join(one.items) or one.shown)
        platform = visit.say(f"pages.platform.{value.platform}") if value.platform else ""
        reviewed = f"{one.reviewer} {value.reviewed_on}" if one.reviewer else ""
        yield [
            *(cell(text) for text in told[:2]),
            told[2] if bare else cell(told[2]),
            visit.say(f"policy_kind.{value.kind.value}"),
            platform,
            ", ".join(one.marks),
            cell(one.source),
            value.observed_on,
            cell(reviewed),
            value.effective_from,
            value.effective_to or "",
        ]


def _values(visit: Visit, asked: Address) -> tuple[Value, ...]:
    certainty = asked.text("certainty")
    if certainty and certainty not in CERTAINTIES:
        raise UsageError("console.bad_filter", name="certainty", value=certainty[:50])
    platform = asked.one_of(Platform, "platform")
    return visit.house.policies.values(
        kind=asked.one_of(Kind, "kind"),
        platform=None if platform is None else platform.value,
        text=asked.text("text") or None,
        certainty=certainty or None,
        own=asked.text("own") == "1",
    )


def _told(visit: Visit, value: Value, day: date) -> Told:
    lang = visit.language
    when = "later" if value.effective_from > day else "now" if value.covers(day) else "over"
    return Told(
        value=value,
        name=name_of(value, lang) or value.policy_id,
        shown=shown(value, lang),
        items=items_of(value),
        marks=marks_of(value, lang),
        source=source_of(value, lang),
        note=note_of(value, lang),
        reviewer=reviewer_of(value, lang),
        look=_LOOKS[value.kind],
        when=when,
    )


def _beside(visit: Visit, one: Difference, day: date) -> Beside:
    own = _told(visit, one.own, day)
    if one.shipped is None:
        return Beside(own, None, one.file, (), ())
    gone, added = changes(one.own, one.shipped)
    return Beside(own, _told(visit, one.shipped, day), one.file, gone, added)


def _moment(visit: Visit, one: Told, *, here: bool) -> Entry:
    """Return a window of days as a line of a timeline."""
    until = one.value.effective_to or visit.say("cli.policy.open_end")
    state = "ok" if here else {"now": "mute", "later": "busy", "over": "mute"}[one.when]
    told = visit.say("console.policy.in_force") if here else visit.say(f"console.policy.when.{one.when}")
    platform = f" @{one.value.platform}" if one.value.platform else ""
    return Entry(state, f"{one.shown}{platform}", None, "", f"{one.value.effective_from} – {until} · {told}")


def _mistake(visit: Visit, file: str, code: str, params: Mapping[str, Any], *, kept: bool) -> Mistake:
    told, then = visit.say(f"error.{code}", **params), visit.say(f"error.{code}.next", **params)
    return Mistake(file, int(params["line"]), told, then, kept)


def _refused(visit: Visit, error: OffshelfError) -> Mistake:
    then = visit.say(f"error.{error.code}.next", **error.params)
    return Mistake(
        str(error.params["file"]), int(error.params["line"]), words_of(error, visit.language), then
    )


def _tabs(visit: Visit, *, own: bool = False) -> tuple[Tab, ...]:
    count = len(visit.house.policies.diff())
    return (
        Tab(visit.say("console.policy.today"), "/policy", here=not own),
        Tab(visit.say("console.policy.overrides"), "/policy/overrides", here=own, count=count),
    )


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    return {
        "kind": [(one.value, visit.say(f"policy_kind.{one.value}")) for one in Kind],
        "platform": [(one.value, visit.say(f"pages.platform.{one.value}")) for one in Platform],
        "certainty": [(one, visit.say(f"policy_certainty.{one}")) for one in CERTAINTIES],
    }


ROUTES = (
    page("/policy", Permission.READ, view),
    page("/policy.csv", Permission.READ, table),
    page("/policy/overrides", Permission.READ, overrides),
    page("/policy/overrides.csv", Permission.READ, own_table),
    command("/policy/check", Permission.READ, check, most=_UPLOAD),
    page("/policy/{policy_id}", Permission.READ, record),
)
