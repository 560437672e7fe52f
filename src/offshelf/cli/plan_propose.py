"""Proposing: which products, why, when; and the list of plans."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.files import read_bytes
from offshelf.cli.groups import add
from offshelf.cli.instants import read_instant
from offshelf.cli.paper import Paper
from offshelf.cli.plan_schedule import say_schedule, timeline_document
from offshelf.cli.plan_view import (
    act_rows,
    next_commands,
    plan_document,
    result_document,
    show_acts,
    show_plan,
    show_result,
)
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import PlanState, Reason

if TYPE_CHECKING:
    from offshelf.catalog.service import Catalog, Key
    from offshelf.delisting.model import Plan

PlanName = Annotated[str, typer.Argument(metavar="PLAN")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME")]


def add_to(plan: typer.Typer) -> None:
    """Add the verbs to the group."""
    add(plan, "propose", propose)
    add(plan, "list", list_)
    add(plan, "show", show_)


def propose(
    ctx: typer.Context,
    reason: Annotated[Reason, typer.Option("--reason", metavar="REASON", parser=Choice(Reason, "reason"))],
    sku: Annotated[list[str] | None, typer.Option("--sku", metavar="CODE")] = None,
    listing: Annotated[list[str] | None, typer.Option("--listing", metavar="ID")] = None,
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE")] = None,
    everything: Annotated[bool, typer.Option("--all")] = False,
    stop_at: Annotated[str | None, typer.Option("--stop-at", metavar="INSTANT")] = None,
    plan: Annotated[str | None, typer.Option("--plan", metavar="PLAN")] = None,
    drop_codes: Annotated[bool, typer.Option("--drop-codes")] = False,
    by: By = None,
) -> int:
    """Make a plan, or a new version of one that has not started."""
    face = face_of(ctx)
    named = bool(sku or listing or file)
    if named == everything:
        raise UsageError("cli.scope_twice" if everything else "cli.scope_missing")
    instant = None if stop_at is None else read_instant(stop_at, face.doors.now())
    services = face.house()
    keys, codes = (
        (list(services.catalog.on_sale()), [])
        if everything
        else _named(services.catalog, sku or [], listing or [], file)
    )
    before = services.plans.get(plan).codes if plan is not None else ()
    made = services.plans.propose(
        keys, reason=reason, by=face.by(by), stop_at=instant, amend=plan, one_by_one=named,
        codes=codes if codes or drop_codes or plan is None else None,
    )  # fmt: skip
    return _tell_made(face, made, sorted(set(before) - set(made.codes)))


def _tell_made(face: Face, made: Plan, dropped: list[str]) -> int:
    """Show a plan that was just made, and the codes it is not named by any more. Exit 3 when it names an instant before the notices owed let sale stop.

    The plan stands all the same: giving the notices, or waiting, opens the gates; nothing starts before.
    """
    from offshelf.delisting.preview.gather import gather_timeline
    from offshelf.delisting.preview.telling import Telling

    services, plan_id = face.house(), made.plan_id
    result = services.results.of(plan_id)
    time = None
    if result.plan.stop_at is not None:
        told = services.told(result.plan, face.language)
        time = gather_timeline(services, plan_id, policy=services.in_force(), told=told)
    refused = time is not None and time.too_early

    def show(paper: Paper) -> None:
        paper.say("cli.plan.proposed", plan=plan_id)
        if dropped:
            paper.say("cli.plan.codes_dropped", style="bold", codes=", ".join(dropped))
        if made.left_out:
            paper.say("cli.removed.left_out", style="bold", count=made.left_out)
        if time is not None:
            say_schedule(paper, Telling(face.language), time)
        show_plan(paper, result.plan, len(result.verifications))
        paper.heading("acts")
        show_acts(paper, act_rows(result.acts))
        paper.next_steps(next_commands(result))

    document = {
        "plan": plan_document(result.plan),
        "codes": made.codes,
        "codes_dropped": dropped,
        "listings": len(result.verifications),
        "left_out": made.left_out,
        "acts": act_rows(result.acts),
        "timeline": None if time is None else timeline_document(time),
        "next": next_commands(result),
    }
    face.tell(document, show)
    return 3 if refused else 0


def _named(
    catalog: Catalog, codes: list[str], listings: list[str], file: Path | None
) -> tuple[list[Key], list[str]]:
    """Return the listings that were named, and the codes some of them were named by."""
    from offshelf.catalog.scope import named, read_scope, refuse_lines

    found, missing = catalog.find(codes)
    if missing:
        raise UsageError("cli.unknown_codes", codes=", ".join(missing[:20]), count=len(missing))
    keys = [key for some in found.values() for key in some]
    keys += [catalog.find_listing(item) for item in listings]
    if file is None:
        return keys, codes
    lines = named(catalog, read_scope(read_bytes(file), str(file)))
    refuse_lines("catalog.file_unknown", str(file), lines.unknown)
    refuse_lines("catalog.file_ambiguous", str(file), lines.ambiguous)
    return [*keys, *lines.keys], [*codes, *lines.codes]


def list_(
    ctx: typer.Context,
    state: Annotated[
        PlanState | None, typer.Option("--state", metavar="STATE", parser=Choice(PlanState, "state"))
    ] = None,
) -> int:
    """List plans, newest first."""
    face = face_of(ctx)
    plans, now = face.house().plans.all(state), face.house().clock.now()

    def show(paper: Paper) -> None:
        if not plans:
            paper.say("cli.empty.plans")
            paper.next_steps(["offshelf plan propose --help"])
            return
        paper.table(
            ("plan", "kind", "reason", "state", "created", "by", "stop_at"),
            [
                (
                    p.plan_id,
                    face.words.word("kind", p.kind.value),
                    face.words.word("reason", p.reason.value),
                    face.words.word("state", p.state.value),
                    local(p.created_at),
                    p.created_by,
                    local(p.stop_at) if p.stop_at else "",
                )
                for p in plans
            ],
        )
        for late in (one for one in plans if one.overdue(now)):
            at = local(late.stop_at) if late.stop_at else ""
            paper.say("cli.plan.overdue", style="bold red", plan=late.plan_id, at=at)

    face.tell({"plans": [plan_document(plan) for plan in plans]}, show)
    return 0


def show_(ctx: typer.Context, plan: PlanName) -> int:
    """Show a plan: acts, what was seen, what stands in the way, what to do next."""
    face = face_of(ctx)
    result = face.house().results.of(plan)
    face.tell(result_document(result), lambda paper: show_result(paper, result))
    return 0
