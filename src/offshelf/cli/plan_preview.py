"""Before anything happens: the preview of a plan as a page, and its timeline in the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import face_of
from offshelf.cli.files import write_text
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.cli.plan_propose import PlanName
from offshelf.cli.plan_schedule import say_schedule, show_timeline, timeline_document
from offshelf.cli.plan_view import next_commands, plan_document

if TYPE_CHECKING:
    from offshelf.delisting.preview.model import Preview
    from offshelf.delisting.preview.telling import Telling

Out = Annotated[Path, typer.Option("-o", "--output", metavar="FILE")]
SHOWN = 20  # rows of what stops; --json gives all


def add_to(plan: typer.Typer) -> None:
    """Add the verbs to the group."""
    add(plan, "preview", preview)
    add(plan, "timeline", timeline)


def preview(ctx: typer.Context, plan: PlanName, output: Out) -> int:
    """Write what a plan will do as one HTML page. Exit 3 when it is blocked; the page is written all the same."""
    from offshelf.delisting.preview.html import render
    from offshelf.delisting.preview.telling import Telling
    from offshelf.delisting.preview.whole import preview_of

    face = face_of(ctx)
    services = face.house()
    seen = preview_of(services, plan, face.language)
    write_text(output, render(seen, face.language))
    path = str(output.absolute())
    commands = next_commands(services.results.of(plan))
    if not seen.timeline.allowed:
        commands = [f"offshelf plan timeline {plan}"]  # nothing else helps before the gates open

    def show(paper: Paper) -> None:
        telling = Telling(face.language)
        say_schedule(paper, telling, seen.timeline)
        _show(paper, telling, seen)
        paper.say("cli.preview.written", path=path)
        paper.say("cli.schedule.nothing_changed", style="bold")
        paper.next_steps(commands)

    document = {"preview": path, "language": face.language, **preview_document(seen), "next": commands}
    face.tell(document, show)
    return 3 if seen.blocked else 0


def timeline(ctx: typer.Context, plan: PlanName) -> int:
    """Show when what happens. Exit 3 when the notices owed before, or findings of the checks, do not let sale stop then."""
    from offshelf.delisting.preview.gather import gather_timeline
    from offshelf.delisting.preview.telling import Telling
    from offshelf.delisting.preview.whole import foreseen

    face = face_of(ctx)
    services = face.house()
    found = services.plans.get(plan)
    outlook = foreseen(services.forecasts, found)
    time = gather_timeline(
        services, plan, policy=services.in_force(), told=services.told(found, face.language), forecast=outlook
    )

    def show(paper: Paper) -> None:
        reason = paper.words.word("reason", found.reason.value)
        paper.say("cli.schedule.head", plan=plan, reason=reason)
        show_timeline(paper, Telling(face.language), time)
        paper.say("cli.schedule.nothing_changed", style="bold")
        if time.standing:
            paper.next_steps([f"offshelf plan check {plan}"])

    face.tell({"plan": plan_document(found), "timeline": timeline_document(time)}, show)
    return 0 if time.allowed and not time.standing else 3


def _show(paper: Paper, telling: Telling, seen: Preview) -> None:
    words = paper.words
    if seen.promotions:
        paper.heading("ends")
        paper.table(
            ("shop", "kind", "title", "fate"),
            [
                (
                    line.shop_id,
                    words.word("promotion", line.kind.value),
                    line.title,
                    words.word("preview.fate", line.fate.value),
                )
                for line in seen.promotions[:SHOWN]
            ],
        )
        if len(seen.promotions) > SHOWN:
            paper.say("cli.shown", shown=SHOWN, count=len(seen.promotions))
    paper.heading("tell")
    paper.table(
        ("who", "count", "when", "told"),
        [
            (*telling.tell(line), _when(line.by), words.word("preview.heard", line.heard.value))
            for line in seen.tell
        ],
    )
    paper.heading("costs")
    paper.table(
        ("act", "platform", "count", "undo", "what"),
        [
            (
                words.word("act", line.kind.value),
                words.word("report.platform", line.platform),
                line.count,
                words.word("preview.undo", line.undo.value),
                telling.say(f"preview.undo_of.{line.text}"),
            )
            for line in seen.costs
        ],
        right=frozenset({"count"}),
    )


def _when(at: Any) -> str:
    from offshelf.delisting.preview.telling import moment

    return moment(at)


def preview_document(seen: Preview) -> dict[str, Any]:
    """Return a preview as plain data; what is not known is null."""
    return {
        "plan": plan_document(seen.plan),
        "made_at": seen.made_at,
        "blocked": seen.blocked,
        "checked": seen.checked,
        "blockers": [{"code": row["code"], "subject": row["subject"]} for row in seen.standing],
        "acts": seen.acts,
        "undo": {undo.value: count for undo, count in seen.costs_by_undo.items()},
        "costs": list(seen.costs),
        "promotions": list(seen.promotions),
        "by_hand": None if seen.by_hand is None else [_place(place) for place in seen.by_hand],
        "open_orders": None if seen.open_orders is None else dict(seen.open_orders),
        "stock": seen.stock,
        "tell": list(seen.tell),
        "sections": [_section(section) for section in seen.sections],
        "signatures": seen.signatures,
        "unread": [{"shop": shop, "part": part} for shop, part in seen.unread],
        "timeline": timeline_document(seen.timeline),
        "rehearsal": seen.rehearsal,
        "policy_version": seen.policy_version,
    }


def _place(place: Any) -> dict[str, Any]:
    return {
        "shop": place.shop_id,
        "kind": place.kind,
        "ref": place.ref,
        "title": place.title,
        "state": place.state,
        "holder": place.holder,
    }


def _section(section: Any) -> dict[str, Any]:
    lines = [{"code": x.code, "known": x.known, "params": dict(x.params)} for x in section.lines]
    return {"name": section.name, "lines": lines}
