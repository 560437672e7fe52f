"""Policy: every number and word in force, on whose word it stands, and how it was and will be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.address import Address, address_of, number_of
from offshelf.console.kit import Entry
from offshelf.console.policy_words import Told, beside, tabs, told
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.slices import slice_of
from offshelf.console.tables import csv_file
from offshelf.console.visit import Visit
from offshelf.kit.errors import UsageError
from offshelf.kit.tame import cell
from offshelf.policy.kinds import Kind
from offshelf.policy.model import Value
from offshelf.policy.schema import CERTAINTIES
from offshelf.vocabulary.shops import Platform

_FIELDS = ("text", "kind", "platform", "certainty", "own")
_COLUMNS = (
    "id", "name", "value", "kind", "platform", "marks", "source", "observed", "reviewed", "from", "until",
)  # fmt: skip


def view(visit: Visit) -> Response:
    """Show the values in force today, or only the table where a filter changed it."""
    asked, policies = address_of(visit, "/policy", _FIELDS), visit.house.policies
    today = policies.today()
    found = slice_of(_values(visit, asked), number_of(visit.asked("page")) or 1)
    rows = [told(visit, value, today.day) for value in found.rows]
    data: dict[str, Any] = {"asked": asked, "found": found, "rows": rows, "today": today}
    if visit.by_htmx:
        return show(visit, "pieces/policy.html", **data)
    return show(
        visit, "policy.html", troubles=policies.troubles(), tabs=tabs(visit), choices=_choices(visit), **data
    )


def record(visit: Visit) -> Response:
    """Show every value of an id over all days, with its papers."""
    policies, today = visit.house.policies, visit.house.policies.today()
    windows = [told(visit, value, today.day) for value in policies.windows(visit.named("policy_id"))]
    ids = {one.value.policy_id for one in windows}
    own = [beside(visit, one, today.day) for one in policies.diff() if one.own.policy_id in ids]
    now = next((one for one in windows if today.values.get(one.value.policy_id) is one.value), None)
    in_force = [today.values.get(one.value.policy_id) is one.value for one in windows]
    return show(
        visit,
        "policy_value.html",
        policy_id=visit.named("policy_id"),
        head=now or windows[0],
        windows=list(zip(windows, in_force, strict=True)),
        moments=[_moment(visit, one, here=here) for one, here in zip(windows, in_force, strict=True)],
        beside=own,
        today=today,
    )


def table(visit: Visit) -> Response:
    """Give the values that match as CSV."""
    asked, day = address_of(visit, "/policy", _FIELDS), visit.house.policies.today().day
    head = [visit.say(f"console.policy.{name}") for name in _COLUMNS]
    return csv_file("policy.csv", head, _rows(visit, asked, day))


def _rows(visit: Visit, asked: Address, day: date) -> Iterator[list[object]]:
    for value in _values(visit, asked):
        one = told(visit, value, day)
        bare = isinstance(value.value, int)  # ours to write, so no formula: -67 % stays a number
        said = (value.policy_id, one.name, "; ".join(one.items) or one.shown)
        platform = visit.say(f"pages.platform.{value.platform}") if value.platform else ""
        reviewed = f"{one.reviewer} {value.reviewed_on}" if one.reviewer else ""
        yield [
            *(cell(text) for text in said[:2]),
            said[2] if bare else cell(said[2]),
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


def _moment(visit: Visit, one: Told, *, here: bool) -> Entry:
    """Return a window of days as a line of a timeline."""
    until = one.value.effective_to or visit.say("cli.policy.open_end")
    state = "ok" if here else {"now": "mute", "later": "busy", "over": "mute"}[one.when]
    when = visit.say("console.policy.in_force") if here else visit.say(f"console.policy.when.{one.when}")
    platform = f" @{one.value.platform}" if one.value.platform else ""
    return Entry(state, f"{one.shown}{platform}", None, "", f"{one.value.effective_from} – {until} · {when}")


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    return {
        "kind": [(one.value, visit.say(f"policy_kind.{one.value}")) for one in Kind],
        "platform": [(one.value, visit.say(f"pages.platform.{one.value}")) for one in Platform],
        "certainty": [(one, visit.say(f"policy_certainty.{one}")) for one in CERTAINTIES],
    }


ROUTES = (
    page("/policy", Permission.READ, view),
    page("/policy.csv", Permission.READ, table),
    page("/policy/{policy_id}", Permission.READ, record),
)
