"""Deciding: check, waive, approve, confirm, pause, cancel."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, face_of
from offshelf.cli.findings_view import FEW, counts_by_check, show_findings
from offshelf.cli.groups import add
from offshelf.cli.instants import read_instant
from offshelf.cli.paper import Paper
from offshelf.cli.plan_propose import By, PlanName
from offshelf.cli.plan_view import (
    next_commands,
    plan_document,
    show_result,
    show_signatures,
    signatures_document,
)
from offshelf.delisting.marks import LEAST, whole
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.plans import PlanState

if TYPE_CHECKING:
    from offshelf.delisting.model import Plan, PlanResult, Signatures


def add_to(plan: typer.Typer) -> None:
    """Add the verbs to the group."""
    for name, verb in (
        ("check", check),
        ("waive", waive),
        ("approve", approve),
        ("confirm", confirm),
        ("pause", pause),
        ("cancel", cancel),
    ):
        add(plan, name, verb)


def check(
    ctx: typer.Context,
    plan: PlanName,
    every: Annotated[bool, typer.Option("--every")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, metavar="N")] = FEW,
) -> int:
    """Run every check; exit 3 when something stands in the way."""
    from offshelf.delisting.remedies import none_command, waive_commands

    face = face_of(ctx)
    plans = face.house().plans
    signed = len(plans.signatures(plan).given)
    plans.check(plan)
    withdrawn = signed - len(plans.signatures(plan).given)
    rows = plans.findings(plan)
    blockers = [row for row in rows if row["stands"]]
    others = [row for row in rows if not row["stands"] and row["verdict"] != "pass"]
    passed = [row for row in rows if row["verdict"] == "pass"]
    commands = next_commands(face.house().results.of(plan))
    none, waivers = none_command(blockers), waive_commands(plan, blockers)
    more = f"offshelf plan check {plan} --every"

    def show(paper: Paper) -> None:
        for key, some in (("blockers", blockers), ("to_know", others), ("passed", passed)):
            if some:
                paper.heading(key)
                show_findings(paper, some, more=more, most=None if every else limit)
        paper.blank()
        if withdrawn > 0:
            paper.say("cli.check.withdrawn", count=withdrawn)
        paper.say("cli.check.blocked" if blockers else "cli.check.clear", count=len(blockers))
        if none:
            paper.say("cli.check.none", command=none)
        if waivers:
            paper.say("cli.check.waive")
        for command in waivers:
            paper.say("cli.line", text=f"  {command}")
        paper.next_steps(commands)

    document = {
        "plan": plan,
        "findings": [_plain(face, row) for row in rows],
        "counts": Counter(row["verdict"] for row in rows),
        "blockers": len(blockers),
        "withdrawn": max(0, withdrawn),
        "blockers_by_check": counts_by_check(blockers),
        "state_none": none,
        "waive": waivers,
        "next": commands,
    }
    face.tell(document, show)
    return 3 if blockers else 0


def _plain(face: Face, row: dict[str, Any]) -> dict[str, Any]:
    text, remedy = face.words.finding(row)
    names = ("code", "verdict", "blocking", "stands", "subject", "params", "evidence", "observed_at")
    return {name: row[name] for name in names} | {
        "check": row["check_name"],
        "waived_by": row["waived_by"],
        "waived_until": row["waived_until"],
        "message": text,
        "next": remedy,
    }


def waive(
    ctx: typer.Context,
    plan: PlanName,
    finding: Annotated[str, typer.Argument(metavar="FINDING")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT")],
    until: Annotated[str, typer.Option("--until", metavar="INSTANT")],
    subject: Annotated[str, typer.Option("--subject", metavar="SUBJECT")] = "*",
    by: By = None,
) -> int:
    """Waive a finding: a person, a reason, an end."""
    face = face_of(ctx)
    services = face.house()
    services.plans.get(plan)
    instant = read_instant(until, face.doors.now())
    services.plans.waive(plan, finding, subject=subject, by=face.by(by), why=why, until=instant)
    left = len(services.plans.blockers(plan))

    def show(paper: Paper) -> None:
        paper.say("cli.waived", finding=finding, subject=subject, left=left)
        paper.next_steps(next_commands(services.results.of(plan)))

    face.tell({"plan": plan, "waived": finding, "subject": subject, "until": instant, "blockers": left}, show)
    return 0


def approve(
    ctx: typer.Context,
    plan: PlanName,
    fingerprint: Annotated[str | None, typer.Option("--fingerprint", metavar="F")] = None,
    by: By = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT")] = "",
) -> int:
    """Sign exactly this version of a plan."""
    face = face_of(ctx)
    services = face.house()
    result = services.results.of(plan)
    given = fingerprint if fingerprint is not None else _asked(face, result)
    signed = services.plans.approve(plan, whole(given, result.plan.fingerprint), by=face.by(by), note=note)
    now = services.results.of(plan)
    approved = signed.state is not PlanState.PROPOSED
    commands = next_commands(now) if approved else [f"offshelf plan show {plan}"]
    before = result.signatures
    again = before is not None and now.signatures is not None and before.given == now.signatures.given

    def show(paper: Paper) -> None:
        key = "cli.signed_before" if again else "cli.approved" if approved else "cli.signed"
        paper.say(key, plan=plan, mark=signed.fingerprint[:12])
        show_signatures(paper, now.signatures)
        paper.next_steps(commands)

    face.tell({"plan": plan_document(signed), **signatures_document(now.signatures), "next": commands}, show)
    return 0


def confirm(
    ctx: typer.Context,
    plan: PlanName,
    fingerprint: Annotated[str | None, typer.Option("--fingerprint", metavar="F")] = None,
    by: By = None,
) -> int:
    """Confirm ahead that what cannot be undone is meant."""
    face = face_of(ctx)
    services = face.house()
    before = services.plans.get(plan)
    given = fingerprint if fingerprint is not None else typed(face, before, services.plans.signatures(plan))
    known = services.plans.confirm(plan, whole(given, before.fingerprint), by=face.by(by))
    now = services.results.of(plan)

    def show(paper: Paper) -> None:
        paper.say("cli.confirmed", plan=plan, mark=known.fingerprint[:12])
        show_signatures(paper, now.signatures)
        paper.next_steps(next_commands(now))

    document = {
        "plan": plan_document(known),
        **signatures_document(now.signatures),
        "next": next_commands(now),
    }
    face.tell(document, show)
    return 0


def typed(face: Face, plan: Plan, standing: Signatures) -> str:
    """Say what cannot be undone and have the plan's mark typed; refused where nobody sits at a terminal."""
    mark = plan.fingerprint[:12]
    if face.as_json or not sys.stdin.isatty():
        raise UsageError("cli.confirm_needed", plan=plan.plan_id, mark=mark)
    face.err.say("cli.ask.confirm", count=LEAST, lost=standing.lost, mark=mark)
    try:
        return input()
    except EOFError:
        raise UsageError("cli.confirm_needed", plan=plan.plan_id, mark=mark) from None


def _asked(face: Face, result: PlanResult) -> str:
    """Show what would be signed and have its mark typed; refused where nobody sits at a terminal."""
    if face.as_json or not sys.stdin.isatty():
        raise UsageError("cli.fingerprint_needed", plan=result.plan.plan_id)
    show_result(face.err, result)
    face.err.say("cli.ask.fingerprint", count=LEAST)
    try:
        return input()
    except EOFError:
        raise UsageError("cli.fingerprint_needed", plan=result.plan.plan_id) from None


def pause(ctx: typer.Context, plan: PlanName, by: By = None) -> int:
    """Ask a plan to pause."""
    return _ask(ctx, plan, "pause", by)


def cancel(ctx: typer.Context, plan: PlanName, by: By = None) -> int:
    """Cancel a plan."""
    return _ask(ctx, plan, "cancel", by)


def _ask(ctx: typer.Context, plan: str, what: str, by: str | None) -> int:
    face = face_of(ctx)
    moved = face.house().plans.ask(plan, what, by=face.by(by))
    waits = moved.state is PlanState.RUNNING
    commands = [f"offshelf plan show {plan}"] if waits else next_commands(face.house().results.of(plan))

    def show(paper: Paper) -> None:
        paper.say(f"cli.{what}.asked" if waits else f"cli.{what}.done", plan=plan)
        paper.next_steps(commands)

    face.tell({"plan": plan_document(moved), "asked": what if waits else "", "next": commands}, show)
    return 0
