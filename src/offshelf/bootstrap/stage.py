"""What the demo shows while it runs: sentences and progress bars on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from offshelf.vocabulary.texts import catalogue


class Stage:
    """Speaks in one language."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._console = Console(stderr=True, highlight=False)

    def say(self, key: str, **params: object) -> None:
        """Print a sentence of the catalogue."""
        self._console.print(catalogue().say(key, self._language, **params), markup=False)

    def word(self, key: str) -> str:
        """Return a word of the catalogue."""
        return catalogue().say(key, self._language)

    @contextmanager
    def bar(self) -> Iterator[Callable[[str, int, int], None]]:
        """Show a bar per part; yields the function that moves it: (part, done, of)."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            tasks: dict[str, TaskID] = {}

            def move(part: str, done: int, of: int) -> None:
                if part not in tasks:
                    tasks[part] = progress.add_task(self.word(f"progress.{part}"), total=of)
                progress.update(tasks[part], completed=done, total=of)

            yield move
