"""Step 2 of a plan: what each check says, what it rests on, what to do about it, and who lets it stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.plan_errands import SOON, follow, shown
from offshelf.console.plan_frame import path_of, show_step
from offshelf.console.routing import command, page
from offshelf.console.told_commands import with_commands, wrong_of
from offshelf.console.trouble import status_of
from offshelf.console.visit import Visit
from offshelf.delisting.errands import Kind
from offshelf.delisting.looking.checked.service import Found, Result, Standing
from offshelf.delisting.looking.model import Head, Step
from offshelf.delisting.preview.telling import Telling
from offshelf.kit.errors import OffshelfError, UsageError
from offshelf.kit.instants import SHANGHAI, from_local
from offshelf.kit.tame import clean
from offshelf.vocabulary.plans import NOT_STARTED
from offshelf.vocabulary.texts import catalogue

LOOKS = {
    Result.UNCHECKED: "mute",
    Result.FAIL: "bad",
    Result.UNKNOWN: "unknown",
    Result.WAIVED: "warn",
    Result.PASS: "ok",
}
_SHOWN = 20  # values of one piece of evidence
_DAY = timedelta(days=1)
# Where a remedy is done, by what its sentence names; the first that fits. "read" is the button of this page.
_LEADS = (
    ("catalog sync", "read"),
    ("plan propose", "/plans/new?amend={plan}"),
    ("catalog declare", "/papers"),
    ("tasks ", "/tasks?plan={plan}"),
    ("monitor ", "/journal"),
    ("policy", "/policy"),
    ("access users", "/settings/users"),
)
_BY_FAMILY = {"licences": "/papers", "papers": "/papers", "reason": "/papers", "policy": "/policy"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    plan_id: str
    check: str = ""
    standing: Standing | None = None
    number: int = 1

    def url(self, **changes: object) -> str:
        """Return the address of this page with changes; None takes a part out."""
        parts: dict[str, object] = {
            "check": self.check,
            "show": self.standing.value if self.standing else "all",
        }
        parts = {name: value for name, value in (parts | changes).items() if value not in ("", None)}
        return f"{path_of(self.plan_id, Step.CHECK)}?{urlencode(parts)}#findings"


@dataclass(frozen=True, slots=True)
class Told:
    """One finding in the words of the reader. `lead` is where its remedy is done, `evidence` pairs of a name and a value."""

    found: Found
    text: str
    remedy: Markup
    lead: str
    evidence: tuple[tuple[str, str], ...]
    laws: tuple[str, ...]
    departments: tuple[str, ...] = ()  # whose people may waive it


@dataclass(frozen=True, slots=True)
class Waiving:
    """What was typed into a form of waiving, that was refused."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, str] | None = None

    def of(self, name: str) -> str:
        """Return a field."""
        return self.values.get(name, "")


def view(visit: Visit) -> Response:
    """Show the cards of the checks and a page of what they found."""
    return _show(visit, _asked(visit))


def run(visit: Visit) -> Response:
    """Check the plan, after its shops were read again where that was asked for. It goes on when the page is left."""
    plan_id = visit.named("plan_id")
    errand = visit.house.errands.check(plan_id, by=visit.actor, read=visit.said("read") == "1")
    errand.over.wait(SOON)
    return visit.goes_to(path_of(plan_id, Step.CHECK))


def errand(visit: Visit) -> Response:
    """Show how far an errand of the plan is."""
    return follow(visit, visit.named("plan_id"), "checks")


def waive(visit: Visit) -> Response:
    """Let a finding stand; what was typed comes back when that is refused."""
    plan_id, code = visit.named("plan_id"), visit.said("code")
    subject = "*" if visit.said("every") == "1" else visit.said("subject")
    asked = Asked(plan_id, visit.said("check"), Standing.STANDS)
    try:
        until = _until(visit)
        visit.house.plans.waive(
            plan_id, code, subject=subject, by=visit.actor, why=visit.fields.get("why", ""), until=until
        )
    except OffshelfError as error:
        wrong = wrong_of(visit, error)
        typed = Waiving(
            {name: visit.said(name) for name in ("code", "subject", "every", "why", "until")}, wrong
        )
        return _show(visit, asked, typed, status=status_of(error))
    forget = urlencode({"made": visit.said("kept")})
    return visit.goes_to(
        f"{path_of(plan_id, Step.CHECK)}?{urlencode({'check': asked.check})}&{forget}#findings"
    )


def _until(visit: Visit) -> datetime:
    try:
        return from_local(visit.said("until"))
    except (ValueError, OverflowError):
        raise UsageError("console.bad_instant", text=visit.said("until")[:40] or "–") from None


def _asked(visit: Visit) -> Asked:
    word, number = visit.asked("show"), visit.asked("page")
    known = {one.value for one in Standing}
    return Asked(
        visit.named("plan_id"),
        visit.asked("check")[:32],
        Standing(word) if word in known else None,
        int(number) if number.isdecimal() and len(number) < 8 else 1,
    )


def _show(visit: Visit, asked: Asked, typed: Waiving | None = None, *, status: int = 200) -> Response:
    house = visit.house
    head = house.plan_looks.head(asked.plan_id)
    if not visit.asked("show") and typed is None and head.blocked and not asked.check:
        asked = Asked(asked.plan_id, asked.check, Standing.STANDS, asked.number)
    found = house.plan_checks.findings(
        asked.plan_id, check=asked.check, standing=asked.standing, number=asked.number
    )
    telling = Telling(visit.language)
    now = house.clock.now()
    return show_step(
        visit,
        "plan/checks.html",
        head,
        Step.CHECK,
        status=status,
        asked=asked,
        cards=house.plan_checks.cards(asked.plan_id, head.plan.kind, checked=head.checked_at is not None),
        found=found,
        told=[_told(one, telling, asked.plan_id) for one in found.rows],
        waiving=typed or Waiving(),
        errand=shown(visit, asked.plan_id, "checks", Kind.CHECK, Kind.READ),
        looks=LOOKS,
        Standing=Standing,
        age=None if head.checked_at is None else now - head.checked_at,
        until=(now + _DAY).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"),
        made=visit.asked("made"),
        way_on=_way_on(head),
        changeable=head.plan.state in NOT_STARTED,
    )


def _way_on(head: Head) -> str:
    return "" if head.checked_at is None else path_of(head.plan.plan_id, Step.LINKED)


def _told(found: Found, telling: Telling, plan_id: str) -> Told:
    row = dict(found.row)
    text, remedy = telling.finding(row)
    about: Mapping[str, Any] = row["about"]
    return Told(
        found,
        text,
        with_commands(remedy) if row["verdict"] != "pass" else Markup(),
        _lead(str(row["code"]), remedy, plan_id) if row["verdict"] != "pass" else "",
        tuple(_evidence(row["evidence"], telling)),
        tuple(telling.word("console.law", name) for name in about.get("legal", ())),
        tuple(telling.word("department", one.value) for one in found.open.rule.who) if found.open else (),
    )


def _lead(code: str, remedy: str, plan_id: str) -> str:
    family = code.partition(".")[0]
    by_sentence = next((lead for name, lead in _LEADS if name in remedy and "`" in remedy), "")
    return (by_sentence or _BY_FAMILY.get(family, "")).format(plan=plan_id)


def _evidence(evidence: Mapping[str, Any], telling: Telling) -> list[tuple[str, str]]:
    return [(_name(name, telling), _plain(value, telling)) for name, value in evidence.items()]


def _name(name: str, telling: Telling) -> str:
    key = f"console.evidence.{name}"
    return catalogue().say(key, telling.lang) if catalogue().has(key, telling.lang) else clean(name)


def _plain(value: Any, telling: Telling) -> str:
    """Return a value of evidence on one line."""
    if isinstance(value, bool):
        return telling.say(f"console.checks.{'yes' if value else 'no'}")
    if isinstance(value, Mapping):
        return "; ".join(
            f"{_name(str(n), telling)} {_plain(v, telling)}" for n, v in list(value.items())[:_SHOWN]
        )
    if isinstance(value, list | tuple):
        more = " …" if len(value) > _SHOWN else ""
        return ", ".join(_plain(one, telling) for one in value[:_SHOWN]) + more
    return "–" if value is None or value == "" else clean(value)


ROUTES = (
    page("/plans/{plan_id}/checks", Permission.READ, view),
    page("/plans/{plan_id}/checks/errand", Permission.READ, errand),
    command("/plans/{plan_id}/checks/run", Permission.SYNC, run),
    command("/plans/{plan_id}/checks/waive", Permission.WAIVE, waive),
)
