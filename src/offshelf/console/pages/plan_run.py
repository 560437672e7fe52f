"""Step five: how every shop lane of a plan stands, what holds it, every act with its outcome; start, pause, go on, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.asking import Asked, asked_of
from offshelf.console.kit import moment
from offshelf.console.plan_frame import show_step
from offshelf.console.plan_paths import path_of
from offshelf.console.routing import command, page
from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.console.watching import watch
from offshelf.delisting.looking.acts import ActFilter, Hold, Lane, Trouble, undo_told
from offshelf.delisting.looking.model import Head, Step
from offshelf.delisting.looking.pulse import TASKS, WORKER, plan_topic
from offshelf.delisting.marks import whole
from offshelf.delisting.model import Uncovered, Way
from offshelf.delisting.page_frame import code_text
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.plans import ActKind, Outcome, PlanState

_NAMES = ("shop", "kind", "outcome", "text")
_PARTS = ("plan-head", "worker", "lanes", "beside", "acts", "conclusion")
_OUTCOMES = (*(word.value for word in Outcome), "open")
_BESIDE = 50  # places without an act that are shown; the others come up as these are ended
_MOST = 60  # lines of one act's evidence
_NAMED = 20  # listings named in a link that proposes them
# How an outcome looks. Unknown has its own colour and is never shown as good.
LOOKS: Mapping[str, str] = {
    Outcome.DONE.value: "ok",
    Outcome.ALREADY_SO.value: "ok",
    Outcome.REFUSED.value: "bad",
    Outcome.WAITING.value: "warn",
    Outcome.UNKNOWN.value: "unknown",
    "open": "mute",
}
_HOLDS = {Hold.CONSENT: "bad", Hold.KEY: "bad", Hold.AWAY: "bad", Hold.THROTTLED: "warn", Hold.LATER: "busy"}


@dataclass(frozen=True, slots=True)
class Dry:
    """What a start would do now. `refused` None: nothing would refuse it."""

    refused: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Beside:
    """A place that sells the goods without an act. `href` leads to where it is ended, where a page does so."""

    one: Uncovered
    href: str


def view(visit: Visit) -> Response:
    """Show the run."""
    return _show(visit)


def start(visit: Visit) -> Response:
    """Start a plan, or go on with it."""
    plan_id = visit.named("plan_id")
    head = visit.house.plan_looks.head(plan_id)
    # What was typed, or else what the form was made for: a version that nobody has seen here is not started.
    mark = whole(visit.said("confirm"), head.plan.fingerprint) if asks_mark(head) else visit.said("mark")
    visit.house.plans.start(plan_id, by=visit.actor, confirm=mark)
    return visit.goes_to(path_of(plan_id, Step.RUN))


def pause(visit: Visit) -> Response:
    """Ask a plan to stop at its next batch."""
    plan_id = visit.named("plan_id")
    visit.house.plans.ask(plan_id, "pause", by=visit.actor)
    return visit.goes_to(path_of(plan_id, Step.RUN))


def cancel(visit: Visit) -> Response:
    """Cancel a plan; its name is typed, because nothing takes a cancel back."""
    plan_id = visit.named("plan_id")
    head = visit.house.plan_looks.head(plan_id)
    if visit.said("plan").casefold() != head.plan.plan_id.casefold():
        raise UsageError("console.name_not_typed", plan=head.plan.plan_id)
    visit.house.plans.ask(plan_id, "cancel", by=visit.actor)
    return visit.goes_to(path_of(plan_id, Step.RUN))


def dry(visit: Visit) -> Response:
    """Say what a start would do and what would refuse it. Changes nothing."""
    plan_id = visit.named("plan_id")
    visit.house.plan_looks.head(plan_id)
    error = visit.house.plans.starting.refusal(plan_id)
    if error is None:
        return _show(visit, Dry(None))
    return _show(visit, Dry(words_of_code(error.code, error.params, visit.language)))


def asks_mark(head: Head) -> bool:
    """Tell whether the beginning of the fingerprint has to be typed before this plan can start."""
    standing = head.signatures
    asks = standing is not None and standing.confirm and not standing.confirmed_by
    return bool(asks) and head.started_at is None


def flat(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return an act's evidence as lines, the deepest names joined by dots."""
    lines = []
    for pair in _leaves("", evidence):
        lines.append(pair)
        if len(lines) == _MOST:
            break
    return lines


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else str(name), inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from _leaves(f"{prefix} {number}", inner)
    else:
        yield prefix, "–" if value is None else moment(value)


def _show(visit: Visit, tried: Dry | None = None) -> Response:
    plan_id = visit.named("plan_id")
    seen = watch(visit, (plan_topic(plan_id), WORKER, TASKS), _PARTS, page=path_of(plan_id, Step.RUN))
    head = visit.house.plan_looks.head(plan_id)
    asked = _asked(visit, plan_id)
    found = visit.house.plan_acts.page(plan_id, _filter(asked), number=asked.number)
    lanes = visit.house.plan_acts.lanes(plan_id)
    uncovered = visit.house.uncovered(plan_id) if head.uncovered else ()
    return show_step(
        visit, "plan/run.html", head, Step.RUN,
        watch=seen,
        asked=asked,
        found=found,
        lanes=lanes,
        names={shop.shop_id: shop.name for shop in visit.house.shops.all()},
        driver=_driver(visit, head),
        beside=[Beside(one, _way(plan_id, head, one)) for one in uncovered[:_BESIDE]],
        beside_count=len(uncovered),
        dry=tried,
        asks_mark=asks_mark(head),
        early=head.plan.stop_at is not None and head.plan.stop_at > visit.house.clock.now(),
        looks=LOOKS,
        outcomes=_OUTCOMES,
        act_kinds=ActKind,
        hold=lambda trouble: (_HOLDS[trouble.hold], _hold(visit, trouble)),
        parts=lambda lane: _bar(visit, lane),
        why=lambda code: code_text(code, visit.language) or code,
        flat=flat,
        undo_told=undo_told,
        tasks=f"/tasks?plan={quote(plan_id, safe='')}",
    )  # fmt: skip


def _asked(visit: Visit, plan_id: str) -> Asked:
    return asked_of(path_of(plan_id, Step.RUN), visit.request.query_params, _NAMES)


def _filter(asked: Asked) -> ActFilter:
    outcome = asked.among("outcome", _OUTCOMES)
    return ActFilter(asked.said("shop"), asked.one_of(ActKind, "kind"), outcome, asked.said("text"))


def _driver(visit: Visit, head: Head) -> str:
    """Return who runs plans: `all` (a worker), `one` (somebody runs this one from a terminal), or `nobody`."""
    if visit.house.worker.tended():
        return "all"
    running = head.plan.state is PlanState.RUNNING
    return "one" if running and visit.house.ledger.lanes.live(head.plan.plan_id) else "nobody"


def _hold(visit: Visit, trouble: Trouble) -> str:
    told = code_text(trouble.code, visit.language)
    return visit.say(f"console.plan_run.hold.{trouble.hold.value}", count=f"{trouble.count:,}", why=told)


def _bar(visit: Visit, lane: Lane) -> list[tuple[str, str, int]]:
    return [
        (LOOKS[word], visit.say(f"outcome.{word}"), lane.counts[word])
        for word in _OUTCOMES
        if lane.counts.get(word)
    ]


def _way(plan_id: str, head: Head, one: Uncovered) -> str:
    if one.way is Way.TASK:
        return f"/tasks?plan={quote(plan_id, safe='')}"
    if one.way is Way.DECLARE:
        return ""
    named = [(one.shop_id, one.ref)] if one.kind is PlaceKind.LISTING else list(one.listings)
    goods = "".join(f"&listing={quote(f'{shop}/{listing}', safe='')}" for shop, listing in named[:_NAMED])
    return f"/plans/new?reason={head.plan.reason.value}{goods}"


ROUTES = (
    page("/plans/{plan_id}/run", Permission.READ, view),
    command("/plans/{plan_id}/run/start", Permission.RUN, start),
    command("/plans/{plan_id}/run/pause", Permission.PAUSE, pause),
    command("/plans/{plan_id}/run/cancel", Permission.CANCEL, cancel),
    command("/plans/{plan_id}/run/dry", Permission.READ, dry),
)
