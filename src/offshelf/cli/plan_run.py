"""Running a plan: what would be done, or doing it; looking again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, face_of
from offshelf.cli.findings_view import say_unlooked
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.cli.plan_decide import typed
from offshelf.cli.plan_propose import By, PlanName
from offshelf.cli.plan_rehearse import forecast_document, show_forecast
from offshelf.cli.plan_view import (
    act_rows,
    attention,
    listing_counts,
    next_commands,
    plan_document,
    result_document,
    say_verified,
    show_acts,
    show_attention,
    show_listings,
    show_owed,
    show_uncovered,
    show_unfinished,
)
from offshelf.cli.progress import Move, bars
from offshelf.delisting.marks import whole
from offshelf.kit.errors import OffshelfError
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import PlanState

if TYPE_CHECKING:
    from datetime import datetime

    from offshelf.delisting.model import PlanResult


def add_to(plan: typer.Typer) -> None:
    """Add the verbs to the group."""
    add(plan, "run", run)
    add(plan, "verify", verify)


def run(
    ctx: typer.Context,
    plan: PlanName,
    execute: Annotated[bool, typer.Option("--execute")] = False,
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="F")] = None,
    by: By = None,
) -> int:
    """Say what would be done; with `--execute`, do it."""
    face = face_of(ctx)
    if not execute:
        return _rehearse(face, plan)
    services = face.house()
    mark = _confirmed(face, plan, confirm)
    face.when_interrupted = ("cli.interrupted_run", {"plan": plan})
    show_forecast(face.err, services.forecasts.of(services.plans.get(plan), ask=False).forecast)
    with bars(face) as move:
        state = services.worker.run(plan, by=face.by(by), progress=_telling(face, move), confirm=mark)
    result = services.results.of(plan)
    face.tell(result_document(result), lambda paper: _show_run(paper, result, state))
    return 0 if state is PlanState.DONE else 4


def _confirmed(face: Face, plan_id: str, given: str | None) -> str:
    """Return the whole fingerprint for the beginning a person typed; nothing where nothing need be typed, or not yet."""
    plans = face.house().plans
    plan = plans.get(plan_id)
    if given is not None:
        return whole(given, plan.fingerprint)
    standing = plans.signatures(plan_id)
    # Other gates speak first: nobody types what is refused anyway. And where nobody sits, the gate itself refuses.
    timely = standing.may_start_at is not None and standing.may_start_at <= face.house().clock.now()
    asks = plan.state is PlanState.APPROVED and standing.confirm and not standing.confirmed_by and timely
    if not asks or face.as_json or not sys.stdin.isatty():
        return ""
    return whole(typed(face, plan, standing), plan.fingerprint)


def _telling(face: Face, move: Move) -> Move:
    """Return what moves the bars and says at each quarter when the acts will be through at this speed."""
    from offshelf.delisting.forecast import extrapolate

    clock = face.house().clock
    begun: list[
        tuple[datetime, int]
    ] = []  # when, and how many were settled then: a plan may go on where it was
    told: set[int] = set()

    def tell(part: str, done: int, of: int | None) -> None:
        move(part, done, of)
        if part != "acts" or not of:
            return
        if not begun:
            begun.append((clock.now(), done))
        (started, first), quarter = begun[0], 4 * done // of
        at = extrapolate(started, clock.now(), done - first, of - first)
        if quarter in (1, 2, 3) and quarter not in told and at is not None:
            told.add(quarter)
            face.err.say("forecast.progress", done=done, total=of, at=local(at))

    return tell


def _show_run(paper: Paper, result: PlanResult, state: PlanState) -> None:
    paper.say("cli.run.ended", plan=result.plan.plan_id, state=paper.words.word("state", state.value))
    show_acts(paper, act_rows(result.acts))
    show_listings(paper, result)
    show_uncovered(paper, result)
    show_attention(paper, attention(result.acts))
    show_owed(paper, result)
    say_unlooked(paper, result)
    paper.next_steps(next_commands(result))


def _rehearse(face: Face, plan: str) -> int:
    """Say what would be done, in order, and what undoing it would cost. Changes nothing; exit 3 when it would be refused."""
    result = face.house().results.of(plan)
    steps = act_rows(result.acts)
    settled = sum(1 for record in result.acts if record.settled_at is not None)
    refused = _refusal(face, plan)
    commands = next_commands(result)
    outlook = face.house().forecasts.of(result.plan, ask=False).forecast

    def show(paper: Paper) -> None:
        listings = len(result.verifications)
        paper.say("cli.dry_run.head", plan=plan, listings=listings, acts=len(result.acts))
        show_acts(paper, steps)
        if settled:
            paper.say("cli.dry_run.settled", count=settled)
        for undo in dict.fromkeys(row["undo"].value for row in steps):
            count = sum(row["count"] for row in steps if row["undo"].value == undo)
            paper.say("cli.dry_run.undo", cost=paper.words.word("undo", undo), count=count)
        show_forecast(paper, outlook)
        if refused is not None:
            what, advice = paper.words.trouble(refused.code, refused.params)
            paper.say("cli.dry_run.refused", what=what, advice=advice, style="bold red")
        paper.say("cli.dry_run.nothing", style="bold")
        paper.next_steps([command for command in commands if command != f"offshelf plan run {plan}"])

    document: dict[str, Any] = {
        "dry_run": True,
        "plan": plan_document(result.plan),
        "listings": len(result.verifications),
        "steps": steps,
        "settled": settled,
        "forecast": forecast_document(outlook),
        "refused": None if refused is None else {"code": refused.code, "params": refused.params},
        "next": commands,
    }
    face.tell(document, show)
    return 0 if refused is None else 3


def _refusal(face: Face, plan: str) -> OffshelfError | None:
    """Return why the plan would be refused now; that it still has to be confirmed is asked for at the start itself."""
    return face.house().plans.starting.refusal(plan)


def verify(ctx: typer.Context, plan: PlanName) -> int:
    """Look at every listing of a plan again; exit 4 when not everything is proven, done and covered."""
    face = face_of(ctx)
    services = face.house()
    services.plans.get(plan)
    with bars(face) as move:
        away = services.call(services.runner.verify(plan, lambda done, of: move("verify", done, of)))
    for trouble in away.values():
        if isinstance(trouble, OffshelfError):
            face.err.say("cli.sync.failed", why=face.words.trouble(trouble.code, trouble.params)[0])
    result = services.results.of(plan)
    counts = listing_counts(result.verifications)

    def show(paper: Paper) -> None:
        if counts["verified"] == counts["count"]:
            say_verified(paper, result, counts)
        else:
            show_listings(paper, result)
        show_uncovered(paper, result)
        show_unfinished(paper, result)
        say_unlooked(paper, result)
        paper.next_steps(next_commands(result))

    face.tell(result_document(result), show)
    return 0 if result.whole else 4
