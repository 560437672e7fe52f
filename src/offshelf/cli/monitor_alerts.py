"""The verb that lists alarms: papers that end soon, have ended, or of which nobody knows the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, face_of
from offshelf.cli.paper import Paper
from offshelf.kit.instants import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offshelf.monitoring.licences import LicenceEvent


def alerts(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, metavar="N")] = 50,
) -> int:
    """List what was told of papers, newest first, after a look at the calendar; exit 4 while the alarm days are unknown."""
    face = face_of(ctx)
    services = face.house()
    services.sweep()
    found = services.licences.newest(limit)
    known = services.licences.thresholds() is not None
    commands = _next(found)
    rows = [_row(event) for event in found]
    document = {"alerts": rows, "unknown": [] if known else ["licence.alarms"], "next": commands}
    face.tell(document, lambda paper: _show(face, paper, found, commands, known=known))
    return 0 if known else 4


def _row(event: LicenceEvent) -> dict[str, Any]:
    return {
        "id": event.event_id,
        "what": event.what,
        "kind": event.kind,
        "number": event.number,
        "shop": event.shop_id,
        "title": event.title,
        "valid_until": event.valid_until or None,
        "threshold": event.threshold or None,
        "days_left": event.days_left,
        "raised_at": event.raised_at,
        "plan": event.plan_id,
        "renewed_at": event.renewed_at,
    }


def _next(found: Sequence[LicenceEvent]) -> list[str]:
    plans = dict.fromkeys(event.plan_id for event in found if event.plan_id and event.renewed_at is None)
    steps = [f"offshelf plan show {plan_id}" for plan_id in plans]
    return [*steps, *(["offshelf tasks list", "offshelf catalog licences --expiring"] if found else [])]


def _show(
    face: Face, paper: Paper, found: Sequence[LicenceEvent], commands: list[str], *, known: bool
) -> None:
    if not found:
        paper.say("cli.empty.alerts")
    else:
        paper.table(
            ("at", "what", "kind", "licence", "valid_until", "days_left", "plan"),
            [
                (
                    local(event.raised_at),
                    face.words.word("alert", "renewed" if event.renewed_at else event.what.value),
                    face.words.word("licence_kind", event.kind),
                    event.number,
                    event.valid_until or "?",
                    "–" if event.days_left is None else event.days_left,
                    event.plan_id or "–",
                )
                for event in found
            ],
            right=frozenset({"days_left"}),
        )
    if not known:
        paper.say("cli.licences.no_policy")
    paper.next_steps(commands)
