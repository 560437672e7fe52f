"""Verbs of guided manual work: list, show, complete, drop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, face_of, person
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.kit.instants import local

if TYPE_CHECKING:
    from offshelf.services import Services
    from offshelf.tasks.model import Guide, Task

_Task = Annotated[str, typer.Argument(metavar="TASK")]
_By = Annotated[str | None, typer.Option("--by", metavar="NAME")]


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    add(made, "list", list_)
    add(made, "show", show)
    add(made, "complete", complete)
    add(made, "drop", drop)
    return made


def list_(ctx: typer.Context, closed: Annotated[bool, typer.Option("--all")] = False) -> int:
    """List open tasks after a look at what changed meanwhile."""
    from offshelf.tasks.model import TaskState

    face = face_of(ctx)
    services = face.house()
    services.sweep()
    tasks = services.tasks.list(None if closed else TaskState.OPEN)
    open_ = [task for task in tasks if task.state is TaskState.OPEN]
    commands = [f"offshelf tasks show {task.task_id}" for task in open_[:1]]

    def print_(paper: Paper) -> None:
        if not tasks:
            paper.say("cli.empty.all_tasks" if closed else "cli.empty.tasks")
            return
        paper.table(
            ("task", "state", "shop", "what", "plan", "due", "opened"),
            [
                (
                    task.task_id,
                    face.words.word("task_state", task.state.value),
                    task.shop_id,
                    services.tasks.guide(task, face.language).title,
                    task.plan_id or "–",
                    local(task.due_at) if task.due_at else "–",
                    local(task.opened_at),
                )
                for task in tasks
            ],
        )
        paper.next_steps(commands)

    rows = [_document(services, task, face.language) for task in tasks]
    face.tell({"tasks": rows, "next": commands}, print_)
    return 0


def show(ctx: typer.Context, task_id: _Task) -> int:
    """Show one task."""
    face = face_of(ctx)
    services = face.house()
    task = services.tasks.get(task_id)
    guide = services.tasks.guide(task, face.language)
    commands = [f"offshelf tasks complete {task_id} --note …"] if task.closed_at is None else []

    def print_(paper: Paper) -> None:
        _print(paper, face, task, guide)
        paper.next_steps(commands)

    face.tell({"task": _document(services, task, face.language), "next": commands}, print_)
    return 0


def complete(
    ctx: typer.Context,
    task_id: _Task,
    note: Annotated[str, typer.Option("--note", metavar="TEXT")],
    by: _By = None,
) -> int:
    """End a task as done."""
    services = face_of(ctx).house()
    with services.database.begin() as tx:
        task = services.tasks.done(tx, task_id, by=person(by), note=note)
    return _ended(ctx, task)


def drop(
    ctx: typer.Context,
    task_id: _Task,
    why: Annotated[str, typer.Option("--why", metavar="TEXT")],
    by: _By = None,
) -> int:
    """End a task without doing it."""
    services = face_of(ctx).house()
    with services.database.begin() as tx:
        task = services.tasks.drop(tx, task_id, by=person(by), why=why)
    return _ended(ctx, task)


def _ended(ctx: typer.Context, task: Task) -> int:
    face = face_of(ctx)
    state = face.words.word("task_state", task.state.value)
    document = {"task": _document(face.house(), task, face.language)}
    face.tell(document, lambda paper: paper.say("cli.tasks.ended", task=task.task_id, state=state))
    return 0


def _print(paper: Paper, face: Face, task: Task, guide: Guide) -> None:
    words = face.words
    paper.pairs(
        [
            ("task", task.task_id),
            ("what", guide.title),
            ("why", guide.why),
            ("state", words.word("task_state", task.state.value)),
            ("shop", task.shop_id),
            ("plan", task.plan_id),
            ("opened", local(task.opened_at)),
            ("due", local(task.due_at) if task.due_at else ""),
            ("menu", _menu(face, guide)),
            ("evidence", words.say("report.between").join(guide.evidence)),
            ("closed", local(task.closed_at) if task.closed_at else ""),
            ("by", task.closed_by),
            ("note", words.word("task_note", task.note) if task.note else ""),
        ]
    )
    if guide.steps:
        paper.heading("steps")
    for number, text in enumerate(guide.steps, 1):
        paper.say("cli.tasks.step", number=number, text=text)


def _menu(face: Face, guide: Guide) -> str:
    if not guide.menu:
        return face.words.say("cli.tasks.no_menu")
    if guide.certainty == "agreed":
        return guide.menu
    certainty = face.words.word("certainty", guide.certainty)
    return face.words.say("cli.tasks.unsure_menu", menu=guide.menu, certainty=certainty)


def _document(services: Services, task: Task, language: str) -> dict[str, Any]:
    """Return a task with its guide as plain data."""
    guide = services.tasks.guide(task, language)
    return {
        "id": task.task_id,
        "kind": task.kind,
        "state": task.state,
        "shop": task.shop_id,
        "subject": task.subject,
        "plan": task.plan_id,
        "opened_at": task.opened_at,
        "due_at": task.due_at,
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
    }
