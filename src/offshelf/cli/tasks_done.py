"""Verbs about work done by hand: complete, confirm, reject, recheck."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offshelf.cli.face import face_of
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.cli.tasks_paper import (
    By,
    TaskName,
    confirm_command,
    document,
    say_waiting,
    show_targets,
    target_document,
    waiting,
)
from offshelf.kit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offshelf.services import Services
    from offshelf.tasks.intake import Piece
    from offshelf.tasks.model import TargetRow, Task

_NOT_ALL = 4
_Files = Annotated[list[Path] | None, typer.Option("--evidence", metavar="FILE")]
_Refs = Annotated[list[str] | None, typer.Option("--target", metavar="REF")]


def add_to(made: typer.Typer) -> None:
    """Add the verbs to the group."""
    add(made, "complete", complete)
    add(made, "confirm", confirm)
    add(made, "reject", reject)
    add(made, "recheck", recheck)


def complete(
    ctx: typer.Context,
    task_id: TaskName,
    files: _Files = None,
    targets: _Refs = None,
    numbers: Annotated[list[int] | None, typer.Option("--number", metavar="N")] = None,
    texts: Annotated[list[str] | None, typer.Option("--text", metavar="TEXT")] = None,
    not_there: Annotated[bool, typer.Option("--not-there")] = False,
    note: Annotated[str, typer.Option("--note", metavar="TEXT")] = "",
    by: By = None,
) -> int:
    """Say with evidence that targets are done; a task without targets ends with a note."""
    services = face_of(ctx).house()
    task = services.tasks.get(task_id)
    pieces = _pieces(files or [], numbers or [], texts or [])
    if not task.targets:
        if targets or not_there:
            raise UsageError("tasks.no_targets", task=task_id)
        return ended(ctx, services.tasks.complete(task_id, pieces, by=face_of(ctx).named(by), note=note))
    claimed = services.tasks.targets.claim(
        task_id, targets or [], pieces, by=face_of(ctx).named(by), note=note, not_there=not_there
    )
    services.call(services.crosscheck.of_task(task_id))
    return _moved(ctx, task_id, claimed)


def confirm(ctx: typer.Context, task_id: TaskName, targets: _Refs = None, by: By = None) -> int:
    """Confirm as another person what was claimed."""
    services = face_of(ctx).house()
    moved = services.tasks.targets.confirm(task_id, targets or [], by=face_of(ctx).named(by))
    return _moved(ctx, task_id, moved)


def reject(
    ctx: typer.Context,
    task_id: TaskName,
    why: Annotated[str, typer.Option("--why", metavar="TEXT")],
    targets: _Refs = None,
    by: By = None,
) -> int:
    """Send back what was claimed: it is to be done again."""
    services = face_of(ctx).house()
    moved = services.tasks.targets.reject(task_id, targets or [], by=face_of(ctx).named(by), why=why)
    _tell(ctx, task_id, moved)
    return 0


def recheck(
    ctx: typer.Context,
    target: Annotated[str | None, typer.Argument(metavar="TARGET")] = None,
    files: _Files = None,
    failed: Annotated[bool, typer.Option("--failed")] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT")] = "",
    by: By = None,
) -> int:
    """List what was drawn for a second look, or write such a look down."""
    face = face_of(ctx)
    services = face.house()
    if target is not None:
        pieces = _pieces(files or [], [], [])
        row = services.tasks.targets.recheck(
            target, pieces, by=face_of(ctx).named(by), passed=not failed, why=why
        )
        _tell(ctx, row.task_id, (row,))
        return 0
    drawn = services.tasks.targets.to_recheck()
    commands = [f"offshelf tasks recheck {row.target_id} --evidence FILE" for row in drawn[:1]]

    def print_(paper: Paper) -> None:
        if not drawn:
            paper.say("cli.empty.rechecks")
            return
        paper.table(
            ("target", "task", "place", "subject", "title", "claimed_by", "by"),
            [
                (
                    row.target_id,
                    row.task_id,
                    face.words.word("task_place", row.target.kind.value),
                    row.target.ref,
                    row.target.title or "–",
                    row.claimed_by or "–",
                    row.finished_by or "–",
                )
                for row in drawn
            ],
        )
        paper.next_steps(commands)

    face.tell({"targets": [target_document(row) for row in drawn], "next": commands}, print_)
    return 0


def ended(ctx: typer.Context, task: Task) -> int:
    """Tell that a task ended."""
    face = face_of(ctx)
    state = face.words.word("task_state", task.state.value)
    told = {"task": document(face.house(), task, face.language)}
    face.tell(told, lambda paper: paper.say("cli.tasks.ended", task=task.task_id, state=state))
    return 0


def _moved(ctx: typer.Context, task_id: str, moved: Sequence[TargetRow]) -> int:
    """Tell how the targets stand now; 4 where a look by a call says that one is not done."""
    services = face_of(ctx).house()
    now = {row.target_id: row for row in services.tasks.targets.of(task_id)}
    rows = tuple(now[row.target_id] for row in moved)
    _tell(ctx, task_id, rows)
    return _NOT_ALL if any(row.state.to_do for row in rows) else 0


def _tell(ctx: typer.Context, task_id: str, rows: Sequence[TargetRow]) -> None:
    face = face_of(ctx)
    services: Services = face.house()
    task = services.tasks.get(task_id)
    evidence = services.tasks.targets.evidence(task_id)
    state = face.words.word("task_state", task.state.value)

    waits = waiting(services, task, rows)
    commands = [] if waits is None else [confirm_command(services, task_id)]

    def print_(paper: Paper) -> None:
        show_targets(paper, face, rows)
        paper.say("cli.tasks.ended", task=task_id, state=state)
        say_waiting(paper, task_id, waits)
        paper.next_steps(commands)

    told = {
        "task": document(services, task, face.language),
        "targets": [target_document(row, evidence) for row in rows],
        "waiting": waits,
        "next": commands,
    }
    face.tell(told, print_)


def _pieces(files: Sequence[Path], numbers: Sequence[int], texts: Sequence[str]) -> list[Piece]:
    from offshelf.tasks.intake import file_piece, number_piece, text_piece
    from offshelf.tasks.settings import TasksSettings

    most = TasksSettings().most_bytes
    return [
        *(file_piece(path, most) for path in files),
        *(number_piece(number) for number in numbers),
        *(text_piece(text) for text in texts),
    ]
