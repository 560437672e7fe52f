"""Verbs of guided manual work: list, show, take, drop, sheet. What is done and looked at: `tasks_done`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli import tasks_done
from offshelf.cli.face import face_of
from offshelf.cli.files import write_text
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.cli.tasks_paper import By, TaskName, commands_of, document, show_counts, show_table, show_task

if TYPE_CHECKING:
    from offshelf.services import Services
    from offshelf.tasks.model import Task


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    add(made, "list", list_)
    add(made, "show", show)
    add(made, "take", take)
    tasks_done.add_to(made)
    add(made, "drop", drop)
    add(made, "sheet", sheet)
    return made


def list_(
    ctx: typer.Context,
    closed: Annotated[bool, typer.Option("--all")] = False,
    overdue: Annotated[bool, typer.Option("--overdue")] = False,
    plan: Annotated[str | None, typer.Option("--plan", metavar="PLAN")] = None,
    shop: Annotated[str | None, typer.Option("--shop", metavar="SHOP")] = None,
    taken_by: Annotated[str | None, typer.Option("--taken-by", metavar="NAME")] = None,
) -> int:
    """List open tasks, overdue ones first, after a look at what changed meanwhile."""
    from offshelf.tasks.model import TaskState

    face = face_of(ctx)
    services = face.house()
    services.sweep()
    every = services.tasks.list(None if closed else TaskState.OPEN)
    tasks = [
        task
        for task in every
        if (task.overdue or not overdue)
        and plan in (None, task.plan_id)
        and shop in (None, task.shop_id)
        and taken_by in (None, task.taken_by)
    ]
    filtered = overdue or plan is not None or shop is not None or taken_by is not None
    states = services.tasks.targets.counts()
    counts = _counts(services, tasks, states)
    commands = [f"offshelf tasks show {task.task_id}" for task in tasks if task.state is TaskState.OPEN][:1]
    if counts["to_recheck"]:
        commands.append("offshelf tasks recheck")

    def print_(paper: Paper) -> None:
        if not tasks:
            empty = "filtered_tasks" if filtered else "all_tasks" if closed else "tasks"
            paper.say(f"cli.empty.{empty}")
        else:
            titles = {task.task_id: services.tasks.guide(task, face.language).title for task in tasks}
            show_table(paper, face, tasks, titles, states)
            show_counts(paper, counts)
        paper.next_steps(commands)

    rows = [
        document(services, task, face.language) | {"target_states": states.get(task.task_id, {})}
        for task in tasks
    ]
    face.tell({"tasks": rows, "counts": counts, "next": commands}, print_)
    return 0


def show(ctx: typer.Context, task_id: TaskName) -> int:
    """Show one task with its targets and their evidence."""
    face = face_of(ctx)
    services = face.house()
    task = services.tasks.get(task_id)
    commands = commands_of(services, task)
    told = document(services, task, face.language, deep=True)

    def print_(paper: Paper) -> None:
        show_task(paper, face, services, task, told)
        paper.next_steps(commands)

    face.tell({"task": told, "next": commands}, print_)
    return 0


def take(ctx: typer.Context, task_id: TaskName, by: By = None) -> int:
    """Say who works on a task."""
    face = face_of(ctx)
    services = face.house()
    with services.database.begin() as tx:
        task = services.tasks.take(tx, task_id, by=face_of(ctx).named(by))
    face.tell(
        {"task": document(services, task, face.language)},
        lambda paper: paper.say("cli.tasks.taken", task=task.task_id, by=task.taken_by),
    )
    return 0


def drop(
    ctx: typer.Context,
    task_id: TaskName,
    why: Annotated[str, typer.Option("--why", metavar="TEXT")],
    by: By = None,
) -> int:
    """End a task without doing it."""
    services = face_of(ctx).house()
    with services.database.begin() as tx:
        task = services.tasks.drop(tx, task_id, by=face_of(ctx).named(by), why=why)
    return tasks_done.ended(ctx, task)


def sheet(
    ctx: typer.Context,
    task_id: TaskName,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE")],
) -> int:
    """Write a task as a page to print, in the language of this call."""
    from offshelf.tasks.sheet import sheet_of

    face = face_of(ctx)
    services = face.house()
    write_text(output, sheet_of(services.tasks, task_id, face.language, services.clock.now()))
    path = str(output.absolute())
    face.tell(
        {"task": task_id, "sheet": path, "language": face.language},
        lambda paper: paper.say("cli.tasks.sheet", path=path),
    )
    return 0


def _counts(services: Services, tasks: list[Task], states: dict[str, dict[str, int]]) -> dict[str, Any]:
    from offshelf.tasks.model import TaskState

    open_ = [task for task in tasks if task.state is TaskState.OPEN]
    of_open = [states.get(task.task_id, {}) for task in open_]
    return {
        "open": len(open_),
        "overdue": sum(task.overdue for task in open_),
        "selling": sum(task.selling for task in open_),
        "targets_open": sum(each.get("open", 0) + each.get("rejected", 0) for each in of_open),
        "targets_claimed": sum(each.get("claimed_done", 0) for each in of_open),
        "to_recheck": len(services.tasks.targets.to_recheck()),  # of all tasks: most of them are closed
    }
