"""Verbs that keep watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from offshelf.cli.face import face_of
from offshelf.cli.groups import add, group
from offshelf.cli.monitor_alerts import alerts
from offshelf.cli.paper import Paper
from offshelf.cli.plan_view import propose_commands
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import PlanState

if TYPE_CHECKING:
    from offshelf.monitoring.drift import Survey
    from offshelf.services import Services


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    add(made, "drift", drift)
    add(made, "events", events)
    add(made, "alerts", alerts)
    return made


def drift(ctx: typer.Context, deep: Annotated[bool, typer.Option("--deep")] = False) -> int:
    """Compare what is wanted with what is; exit 4 when something is not as wanted or could not be seen."""
    face = face_of(ctx)
    services = face.house()
    busy = frozenset(plan.plan_id for plan in services.plans.all(PlanState.RUNNING))
    survey = services.call(services.watch.survey(busy=busy, deep=deep))

    def show(paper: Paper) -> None:
        if not survey.watched:
            paper.say("cli.empty.watched")
            return
        if survey.found:
            paper.table(
                ("kind", "shop", "listing", "title", "wanted", "shelf", "plan", "seen"),
                [
                    (
                        face.words.word("drift", d.kind),
                        d.shop_id,
                        d.listing_id,
                        d.title,
                        face.words.word("wanted", d.wanted),
                        face.words.word("shelf", d.observed),
                        d.plan_id,
                        local(d.observed_at) if d.observed_at else "–",
                    )
                    for d in survey.found
                ],
            )
        for shop_id in survey.unread_shops:
            paper.say("cli.drift.unread", shop=shop_id)
        well = not survey.found and not survey.unread_shops
        paper.say(
            "cli.drift.well" if well else "cli.drift.ill", watched=survey.watched, count=len(survey.found)
        )
        paper.next_steps(commands)

    commands = _next(services, survey)
    document = {"watched": survey.watched, "found": survey.found, "unread_shops": survey.unread_shops}
    face.tell(document | {"next": commands}, show)
    return 4 if survey.found or survey.unread_shops else 0


def events(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, metavar="N")] = 50,
) -> int:
    """List what went off sale and who did it, newest first, after a look at what changed meanwhile."""
    face = face_of(ctx)
    services = face.house()
    services.sweep()
    found = services.events.newest(limit)
    asking = sum(event.cause in ("platform", "unclear") for event in found)
    commands = ["offshelf tasks list"] if asking else []

    def show(paper: Paper) -> None:
        if not found:
            paper.say("cli.empty.events")
            return
        paper.table(
            ("seen", "shop", "listing", "title", "cause", "shelf", "said", "plan"),
            [
                (
                    local(e.seen_at),
                    e.shop_id,
                    e.listing_id,
                    e.title,
                    face.words.word("cause", e.cause.value),
                    face.words.word("shelf", e.shelf),
                    f"{e.raw_status} {e.off_reason}".strip(),
                    e.plan_id or "–",
                )
                for e in found
            ],
        )
        if asking:
            paper.say("cli.events.ask", count=asking)

    face.tell({"events": found, "next": commands}, show)
    return 0


def _next(services: Services, survey: Survey) -> list[str]:
    """Return the commands, most urgent first: take off what is on sale again, then look at the rest."""
    back: dict[str, list[tuple[str, str]]] = {}
    rest: dict[str, None] = {}
    for d in survey.found:
        if d.wanted == "off" and d.kind != "unknown":
            reason = services.plans.get(d.plan_id).reason.value
            back.setdefault(reason, []).append((d.shop_id, d.listing_id))
        else:
            rest[d.plan_id] = None
    steps = [command for reason, keys in back.items() for command in propose_commands(reason, keys)]
    steps += [f"offshelf plan verify {plan_id}" for plan_id in rest]
    return steps + [f"offshelf shops test {shop_id}" for shop_id in survey.unread_shops]
