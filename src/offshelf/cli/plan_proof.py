"""After the run: certificate, report, and the plan that puts back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offshelf.cli.face import face_of
from offshelf.cli.files import write_text
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.cli.plan_propose import By, PlanName
from offshelf.cli.plan_view import act_rows, next_commands, plan_document, show_acts, show_plan
from offshelf.vocabulary.plans import PlanState

Out = Annotated[Path, typer.Option("-o", "--output", metavar="FILE")]


def add_to(plan: typer.Typer) -> None:
    """Add the verbs to the group."""
    add(plan, "relist", relist)
    add(plan, "certificate", certificate)
    add(plan, "report", report)


def relist(ctx: typer.Context, plan: PlanName, by: By = None) -> int:
    """Propose the plan that puts back what a plan took, and say what is lost."""
    face = face_of(ctx)
    services = face.house()
    made, lost = services.plans.propose_relist(plan, by=face.by(by))
    result = services.results.of(made.plan_id)
    commands = next_commands(result)

    def show(paper: Paper) -> None:
        paper.say("cli.relist.proposed", plan=made.plan_id, origin=plan)
        show_plan(paper, made, len(made.listings))
        paper.heading("acts")
        show_acts(paper, act_rows(result.acts))
        if lost:
            paper.heading("lost")
            paper.table(
                ("act", "shop", "target", "title"),
                [(face.words.word("lost", x.kind.value), x.shop_id, x.target, x.title) for x in lost],
            )
        else:
            paper.say("cli.relist.nothing_lost")
        paper.next_steps(commands)

    document = {
        "plan": plan_document(made),
        "listings": len(made.listings),
        "acts": act_rows(result.acts),
        "lost": lost,
        "next": commands,
    }
    face.tell(document, show)
    return 0


def certificate(ctx: typer.Context, plan: PlanName, output: Out) -> int:
    """Write the signed certificate of a plan."""
    from offshelf.delisting.documents import as_file

    face = face_of(ctx)
    services = face.house()
    result, document = services.documents.certificate(plan)
    key = services.signing_key()
    write_text(output, as_file(document))
    path = str(output.absolute())

    def show(paper: Paper) -> None:
        paper.say("cli.certificate.written", path=path)
        if result.plan.state is not PlanState.DONE:
            state = face.words.word("state", result.plan.state.value)
            paper.say("cli.certificate.not_done", style="bold yellow", state=state, plan=plan)
        paper.pairs([("listings", counted(document["counts"]["listings"])), ("public_key", key.public_hex)])
        paper.next_steps(
            [
                "offshelf journal export -o journal.jsonl",
                f"python3 tools/verify.py {path} --journal journal.jsonl",
            ]
        )

    def counted(counts: dict[str, int]) -> str:
        return ", ".join(
            f"{face.words.word('proof', word)} {count}" for word, count in counts.items() if count
        )

    told = {
        "plan": plan,
        "state": result.plan.state,
        "certificate": path,
        "sm3": document.get("sm3"),
        "public_key": key.public_hex,
        "listings": document["counts"]["listings"],
    }
    face.tell(told, show)
    return 0


def report(ctx: typer.Context, plan: PlanName, output: Out) -> int:
    """Write the report of a plan as one HTML page, in the language of this call."""
    face = face_of(ctx)
    page = face.house().documents.report(plan, face.language)
    write_text(output, page)
    path = str(output.absolute())
    face.tell(
        {"plan": plan, "report": path, "language": face.language},
        lambda paper: paper.say("cli.report.written", path=path),
    )
    return 0
