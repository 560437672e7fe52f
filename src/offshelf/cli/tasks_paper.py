"""Tasks and targets on paper and as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face
from offshelf.cli.paper import Paper
from offshelf.kit.instants import local

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from offshelf.services import Services
    from offshelf.tasks.model import Evidence, Guide, TargetRow, Task
    from offshelf.tasks.requirements import Requirement

TaskName = Annotated[str, typer.Argument(metavar="TASK")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME")]


def document(services: Services, task: Task, language: str, *, deep: bool = False) -> dict[str, Any]:
    """Return a task with its guide as plain data; `deep`: with its targets and evidence."""
    guide = services.tasks.guide(task, language)
    told: dict[str, Any] = {
        "id": task.task_id,
        "kind": task.kind,
        "state": task.state,
        "overdue": task.overdue,
        "shop": task.shop_id,
        "subject": task.subject,
        "plan": task.plan_id,
        "place": task.place,
        "act": task.act,
        "selling": task.selling,
        "opened_at": task.opened_at,
        "due_at": task.due_at,
        "taken_by": task.taken_by,
        "closed_at": task.closed_at,
        "closed_by": task.closed_by,
        "note": task.note,
        "params": task.params,
        "title": guide.title,
        "why": guide.why,
        "steps": guide.steps,
        "menu": guide.menu,
        "certainty": guide.certainty,
        "evidence": guide.evidence,
        "target_count": task.targets,
    }
    if deep:
        evidence = services.tasks.targets.evidence(task.task_id)
        rows = services.tasks.targets.of(task.task_id)
        told["kept"] = [_kept(piece) for piece in evidence]
        told["targets"] = [target_document(row, evidence) for row in rows]
        if task.targets:
            required = services.tasks.targets.required(task)
            told["required"] = {kind.value: number for kind, number in required.kinds.items()}
            told["one_for_all"] = required.together
            told["second_person"] = services.tasks.targets.second_person(task)
    return told


def target_document(row: TargetRow, evidence: Sequence[Evidence] = ()) -> dict[str, Any]:
    """Return a target as plain data, with the digests of what proves it."""
    return {
        "id": row.target_id,
        "task": row.task_id,
        "number": row.number,
        "kind": row.target.kind,
        "ref": row.target.ref,
        "title": row.target.title,
        "url": row.target.url,
        "shop": row.target.shop_id,
        "listings": row.target.goods,
        "state": row.state,
        "claimed_at": row.claimed_at,
        "claimed_by": row.claimed_by,
        "not_there": row.gone,
        "finished_at": row.finished_at,
        "finished_by": row.finished_by,
        "how": row.how,
        "why": row.why,
        "sight": row.sight,
        "sight_at": row.sight_at,
        "seen": row.seen,
        "earlier": row.earlier,
        "recurrences": row.recurrences,
        "recheck": row.recheck,
        "rechecked_by": row.rechecked_by,
        "rechecked_at": row.rechecked_at,
        "evidence": [piece.digest for piece in evidence if row.target_id in piece.targets],
    }


def _kept(piece: Evidence) -> dict[str, Any]:
    return {
        "digest": piece.digest,
        "kind": piece.kind,
        "media_type": piece.media_type,
        "size": piece.size,
        "by": piece.by,
        "at": piece.at,
        "targets": piece.targets,
    }


def commands_of(services: Services, task: Task) -> list[str]:
    """Return what can be done next about a task."""
    if task.closed_at is not None:
        return []
    if not task.targets:
        return [f"offshelf tasks complete {task.task_id} --note TEXT"]
    rows = services.tasks.targets.of(task.task_id)
    to_do = next((row for row in rows if row.state.to_do), None)
    found = []
    if to_do is not None:
        needed = services.tasks.targets.required(task)
        named = "" if needed.together else f" --target {to_do.number}"
        found.append(f"offshelf tasks complete {task.task_id}{named}{_handed_in(needed)}")
    if waiting(services, task, rows) is not None:
        found.append(confirm_command(services, task.task_id))
    return [*found, f"offshelf tasks sheet {task.task_id} -o sheet.html"]


def _handed_in(needed: Requirement) -> str:
    """Return the options that hand in everything a target needs."""
    options = {"number": " --number N", "text": " --text TEXT", "probe": ""}
    return "".join(options.get(kind.value, " --evidence FILE") * many for kind, many in needed.kinds.items())


def confirm_command(services: Services, task_id: str) -> str:
    """Return the command another person gives: signed in where users are registered, else by name."""
    return f"offshelf tasks confirm {task_id} {'--as' if services.users.registered() else '--by'} NAME"


def waiting(services: Services, task: Task, rows: Sequence[TargetRow]) -> dict[str, Any] | None:
    """Return what was handed in and is not done yet, as plain data."""
    waits = services.tasks.targets.waiting(task, rows)
    if waits is None:
        return None
    kind = "second_person" if waits.second_person else "look"
    return {"count": waits.count, "for": kind, "not_by": list(waits.not_by)}


def say_waiting(paper: Paper, task_id: str, waits: Mapping[str, Any] | None) -> None:
    """Print that what was handed in waits for somebody else."""
    if waits is not None:
        names = paper.words.say("report.between").join(waits["not_by"])
        key = f"cli.tasks.waits_{waits['for']}"
        paper.say(key, style="bold", count=waits["count"], by=names, task=task_id)


def show_table(
    paper: Paper,
    face: Face,
    tasks: Sequence[Task],
    titles: Mapping[str, str],
    states: Mapping[str, Mapping[str, int]],
) -> None:
    """Print tasks as a table."""
    paper.table(
        ("task", "state", "shop", "what", "targets", "plan", "due", "taken_by", "opened"),
        [
            (
                task.task_id,
                face.words.word("task_state", "overdue" if task.overdue else task.state.value),
                task.shop_id,
                titles[task.task_id],
                _progress(task, states.get(task.task_id, {})),
                task.plan_id or "–",
                local(task.due_at) if task.due_at else "–",
                task.taken_by or "–",
                local(task.opened_at),
            )
            for task in tasks
        ],
    )


def _progress(task: Task, states: Mapping[str, int]) -> str:
    done = states.get("confirmed", 0) + states.get("not_there", 0)
    return f"{done}/{task.targets}" if task.targets else "–"


def show_counts(paper: Paper, counts: Mapping[str, int]) -> None:
    """Print how many there are of what."""
    paper.say(
        "cli.tasks.counts",
        open=counts["open"],
        overdue=counts["overdue"],
        selling=counts["selling"],
        targets_open=counts["targets_open"],
        targets_claimed=counts["targets_claimed"],
        to_recheck=counts["to_recheck"],
    )


def show_task(paper: Paper, face: Face, services: Services, task: Task, told: Mapping[str, Any]) -> None:
    """Print one task: what, why, how, its targets, and what is kept."""
    words, guide = face.words, services.tasks.guide(task, face.language)
    paper.pairs(
        [
            ("task", task.task_id),
            ("what", guide.title),
            ("why", guide.why),
            ("state", words.word("task_state", "overdue" if task.overdue else task.state.value)),
            ("shop", task.shop_id),
            ("plan", task.plan_id),
            ("opened", local(task.opened_at)),
            ("due", local(task.due_at) if task.due_at else ""),
            ("taken_by", task.taken_by),
            ("menu", _menu(face, guide)),
            ("evidence", words.say("report.between").join(wanted(face, guide))),
            ("required", _required(face, told)),
            ("closed", local(task.closed_at) if task.closed_at else ""),
            ("by", task.closed_by),
            ("note", words.word("task_note", task.note) if task.note else ""),
        ]
    )
    if guide.steps:
        paper.heading("steps")
    for number, text in enumerate(guide.steps, 1):
        paper.say("cli.tasks.step", number=number, text=text)
    if task.targets:
        paper.heading("targets")
        rows = services.tasks.targets.of(task.task_id)
        show_targets(paper, face, rows)
        say_waiting(paper, task.task_id, waiting(services, task, rows))


def show_targets(paper: Paper, face: Face, rows: Sequence[TargetRow]) -> None:
    """Print targets as a table."""
    words = face.words
    paper.table(
        ("number", "place", "target", "title", "state", "claimed_by", "seen", "recheck", "why"),
        [
            (
                row.number,
                words.word("task_place", row.target.kind.value),
                row.target.ref,
                row.target.title or "–",
                words.word("target_state", row.state.value),
                row.claimed_by or "–",
                words.word("sight", row.sight.value) if row.sight else "–",
                words.word("recheck", row.recheck.value),
                words.word("task_note", row.why) if row.why else "–",
            )
            for row in rows
        ],
    )


def wanted(face: Face, guide: Guide) -> list[str]:
    """Return what to keep as evidence, in words of the language."""
    return [face.words.word("evidence_word", phrase) for phrase in guide.evidence]


def _required(face: Face, told: Mapping[str, Any]) -> str:
    """Return what must be handed in, and whether another person has to look."""
    words = face.words
    kinds = [f"{words.word('evidence_kind', kind)}×{n}" for kind, n in told.get("required", {}).items()]
    parts = kinds and [words.say("report.between").join(kinds)]
    if kinds:
        parts.append(words.say("cli.tasks.for_all" if told["one_for_all"] else "cli.tasks.for_each"))
    if told.get("second_person"):
        parts.append(words.say("cli.tasks.second_person"))
    return " ".join(parts)


def _menu(face: Face, guide: Guide) -> str:
    if not guide.menu:
        return face.words.say("cli.tasks.no_menu")
    if guide.certainty == "agreed":
        return guide.menu
    certainty = face.words.word("certainty", guide.certainty)
    return face.words.say("cli.tasks.unsure_menu", menu=guide.menu, certainty=certainty)
