"""Progress on stderr: bars on a terminal, a few lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from offshelf.cli.face import Face
from offshelf.cli.paper import console

Move = Callable[[str, int, int | None], None]
_STEPS = 10  # lines per part in a log


@contextmanager
def bars(face: Face, *, prefix: str = "") -> Iterator[Move]:
    """Show how far each part is; yields the function that moves it: (part, done, of). `of` None: not known."""
    if sys.stderr.isatty():
        with _live(face, prefix) as move:
            yield move
    else:
        yield _Lines(face, prefix).move


@contextmanager
def _live(face: Face, prefix: str) -> Iterator[Move]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(sys.stderr)) as progress:
        tasks: dict[str, TaskID] = {}

        def move(part: str, done: int, of: int | None) -> None:
            if part not in tasks:
                tasks[part] = progress.add_task(prefix + face.words.word("progress", part), total=of)
            progress.update(tasks[part], completed=done, total=of)

        yield move


class _Lines:
    """Prints a line when a part has come a good piece further."""

    def __init__(self, face: Face, prefix: str) -> None:
        self._face = face
        self._prefix = prefix
        self._told: dict[str, tuple[int, int]] = {}

    def move(self, part: str, done: int, of: int | None) -> None:
        step = done * _STEPS // of if of else done // 1000
        if self._told.get(part) in {(step, of or 0), (_STEPS, of or 0)}:
            return
        self._told[part] = (step, of or 0)
        name = self._prefix + self._face.words.word("progress", part)
        self._face.err.say("cli.progress_line", part=name, done=done, of="?" if of is None else of)
