"""Step 3 of a plan: what stops with it, whom to tell, what undoing costs, when; and the rehearsal on a copy of the shops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.kit import Entry, Tab
from offshelf.console.plan_errands import SOON, follow, shown
from offshelf.console.plan_frame import framed, path_of, show_step
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.told_commands import with_commands
from offshelf.console.visit import Visit
from offshelf.delisting.errands import Kind
from offshelf.delisting.looking.model import Head, Step
from offshelf.delisting.preview.html import render, told_of
from offshelf.delisting.preview.model import Preview
from offshelf.delisting.preview.telling import Telling
from offshelf.delisting.preview.whole import preview_of
from offshelf.delisting.rehearsal.settings import RehearsalSettings
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import from_iso
from offshelf.kit.tame import clean
from offshelf.vocabulary.places import Place
from offshelf.vocabulary.plans import PlanState

# The states of the page kit for the tones of a preview.
TONES = {"good": "ok", "heed": "warn", "wait": "busy", "bad": "bad", "unknown": "unknown", "plain": "mute"}
_NAMED = 50  # places of a kind that are named; the whole page holds more, tasks hold all
_BUYERS = {"1": 1.0, "2": 2.0, "5": 5.0}


@dataclass(frozen=True, slots=True)
class Linked:
    """The places of one kind a person ends: how many, in which state, the first few."""

    kind: str
    count: int
    states: tuple[tuple[str, int], ...]
    some: tuple[Place, ...]

    @property
    def more(self) -> int:
        """Return how many are not named."""
        return self.count - len(self.some)


def view(visit: Visit) -> Response:
    """Show the page; what takes a moment to work out comes after it, or with it where somebody asks for the whole."""
    head = visit.house.plan_looks.head(visit.named("plan_id"))
    whole = _ahead(visit, head) if visit.asked("whole") == "1" else None
    return show_step(
        visit, "plan/linked.html", head, Step.LINKED, whole=whole, **_around(visit, head, "linked")
    )


def ahead(visit: Visit) -> Response:
    """Show what lies ahead alone, to be put into the page."""
    head = visit.house.plan_looks.head(visit.named("plan_id"))
    return show(visit, "plan/ahead.html", **framed(visit, head, Step.LINKED), **_ahead(visit, head))


def whole_page(visit: Visit) -> Response:
    """Give the preview as one HTML page to be kept or sent on."""
    plan_id = visit.named("plan_id")
    body = render(preview_of(visit.house, plan_id, visit.language), visit.language)
    headers = {"content-disposition": f'attachment; filename="{plan_id}-preview.html"'}
    return Response(body, 200, headers, "text/html; charset=utf-8")


def rehearsal(visit: Visit) -> Response:
    """Show the last rehearsal, and whether it still says something."""
    plan_id = visit.named("plan_id")
    head = visit.house.plan_looks.head(plan_id)
    standing = visit.house.rehearsals.standing(plan_id)
    errand = shown(visit, plan_id, "rehearsal", Kind.REHEARSE)
    telling = Telling(visit.language)
    return show_step(
        visit,
        "plan/rehearsal.html",
        head,
        Step.LINKED,
        played=standing.document,
        at=None if standing.document is None else from_iso(str(standing.document["at"])),
        outdated=[telling.word("rehearsal.changed", name) for name in standing.outdated],
        told=None if standing.document is None else _played(standing.document, telling),
        differences=() if errand is None else errand.errand.differences,
        say=lambda key, **params: telling.say(f"rehearsal.{key}", **params),
        lasting=lasting,
        over=head.plan.state in (PlanState.DONE, PlanState.CANCELLED),
        buyers=tuple(_BUYERS),
        errand=errand,
        **{name: value for name, value in _around(visit, head, "rehearsal").items() if name != "errand"},
    )


def rehearse(visit: Visit) -> Response:
    """Begin a rehearsal; it goes on when the page is left."""
    plan_id, times = visit.named("plan_id"), visit.said("buyers") or "1"
    if times not in _BUYERS:
        raise UsageError("console.bad_filter", name="buyers", value=times[:20])
    settings = RehearsalSettings(times=_BUYERS[times], synced=visit.said("synced") == "1")
    errand = visit.house.errands.rehearse(plan_id, settings, by=visit.actor)
    errand.over.wait(SOON)
    return visit.goes_to(f"{path_of(plan_id, Step.LINKED).rpartition('/')[0]}/rehearsal")


def errand(visit: Visit) -> Response:
    """Show how far an errand of the plan is."""
    return follow(visit, visit.named("plan_id"), "rehearsal")


def _around(visit: Visit, head: Head, here: str) -> dict[str, Any]:
    """Return what both pages of the step share."""
    base = path_of(head.plan.plan_id, Step.LINKED).rpartition("/")[0]
    tabs = [
        Tab(visit.say(f"console.linked.tab.{name}"), f"{base}/{name}", here == name)
        for name in ("linked", "rehearsal")
    ]
    return {"tabs_": tabs, "base": base, "errand": shown(visit, head.plan.plan_id, "rehearsal")}


def _ahead(visit: Visit, head: Head) -> dict[str, Any]:
    seen = preview_of(visit.house, head.plan.plan_id, visit.language)
    told = told_of(seen, visit.language)
    return {
        "seen": told,
        "preview": seen,
        "tones": TONES,
        "places": None if seen.by_hand is None else _by_kind(seen.by_hand),
        "course": _course(seen, told),
        "needs": [need | {"next": with_commands(need["next"])} for need in told["needs"]],
        "unread": _unread(seen, Telling(visit.language)),
    }


def _by_kind(places: Iterable[Place]) -> list[Linked]:
    found: dict[str, list[Place]] = {}
    for place in places:
        found.setdefault(place.kind.value, []).append(place)
    return [
        Linked(kind, len(some), tuple(Counter(one.state.value for one in some).items()), tuple(some[:_NAMED]))
        for kind, some in found.items()
    ]


def _course(seen: Preview, told: Mapping[str, Any]) -> list[Entry]:
    """Return the timeline: what was done before, what is to be done by when, what the plan does, what stays after it."""
    rows = zip(seen.timeline.entries, told["course"], strict=True)
    return [
        Entry(
            "ok" if entry.done_at else "warn" if entry.by else "busy" if entry.stage else "info",
            f"{row['what']}{' ×' + row['count'] if row['count'] else ''}",
            text=" · ".join(
                text for text in (row["when"], row["done"], row["stage"], row["note"], row["source"]) if text
            ),
        )
        for entry, row in rows
    ]


def _unread(seen: Preview, telling: Telling) -> list[str]:
    return [f"{seen.shops[shop][1]} · {telling.say(f'preview.part.{part}')}" for shop, part in seen.unread]


def _played(document: Mapping[str, Any], telling: Telling) -> dict[str, Any]:
    """Return what a rehearsal found, in words."""
    return {
        "outcomes": [
            (
                telling.word("act", kind),
                [(name, telling.word("outcome", name), n) for name, n in counts.items()],
            )
            for kind, counts in document["outcomes"].items()
        ],
        "blockers": [
            row | {"act": telling.word("act", row["kind"]), "why": _why(row, telling)}
            for row in document["blockers"]
        ],
        "losses": [row | {"text": telling.word("rehearsal.loss", row["code"])} for row in document["losses"]],
    }


def _why(row: Mapping[str, Any], telling: Telling) -> str:
    ours, _, theirs = str(row["code"]).partition(":")
    text = telling.word("code", ours) if ours else telling.word("outcome", str(row["outcome"]))
    return telling.say("code.with_platform_code", text=text, code=clean(theirs)) if theirs else text


def lasting(seconds: int | None) -> str:
    """Return a length of time as h:mm:ss; a dash where it is not known."""
    return "–" if seconds is None else str(timedelta(seconds=seconds))


ROUTES = (
    page("/plans/{plan_id}/linked", Permission.READ, view),
    page("/plans/{plan_id}/linked/ahead", Permission.READ, ahead),
    page("/plans/{plan_id}/linked/preview.html", Permission.READ, whole_page),
    page("/plans/{plan_id}/rehearsal", Permission.READ, rehearsal),
    page("/plans/{plan_id}/rehearsal/errand", Permission.READ, errand),
    command("/plans/{plan_id}/rehearsal", Permission.SYNC, rehearse),
)
