"""Prints for people: sentences, tables and next commands. Nothing printed here is read as markup."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from offshelf.cli.words import Words, clean

if TYPE_CHECKING:
    from rich.console import Console

# Columns whose cells are copied as they are: never folded in the middle, up to a length no platform id has.
_IDS = frozenset(
    {
        "shop",
        "listing",
        "code",
        "target",
        "plan",
        "sku",
        "seq",
        "app_id",
        "product",
        "subject",
        "policy_id",
        "task",
        "user",
        "key",
        "licence",
        "policy_from",
        "policy_until",
    }
)
_LONGEST = 44
_WIDE = 160  # columns where nobody looks at a terminal: ids must not be folded in a log


def console(stream: IO[str]) -> Console:
    """Return a console on a stream that shows what it is given, letter by letter."""
    from rich.console import Console

    told = stream.isatty() or os.environ.get("COLUMNS")
    return Console(
        file=stream,
        width=None if told else _WIDE,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
    )


@dataclass(frozen=True, slots=True)
class Twig:
    """A line of a tree with what hangs below it."""

    text: str
    style: str = ""
    twigs: Sequence[Twig] = ()


class Paper:
    """A place to print on, in one language."""

    def __init__(self, words: Words, stream: IO[str]) -> None:
        self.words = words
        self._console = console(stream)

    def say(self, key: str, /, *, style: str = "", **params: object) -> None:
        """Print a sentence of the catalogue."""
        safe = {name: clean(value) for name, value in params.items()}
        self._console.print(self.words.say(key, **safe), style=style, soft_wrap=True)

    def blank(self) -> None:
        """Leave a line free."""
        self._console.print()

    def heading(self, key: str, /, **params: object) -> None:
        """Print a heading with room above it."""
        self.blank()
        self.say(f"cli.heading.{key}", style="bold", **params)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: frozenset[str] = frozenset()
    ) -> None:
        """Print a table; `columns` name texts under `cli.column`, those in `right` are numbers."""
        from rich.box import SIMPLE_HEAD
        from rich.cells import cell_len
        from rich.table import Table

        cells = [[clean(cell) for cell in row] for row in rows]
        longest = {
            name: max((cell_len(row[at]) for row in cells), default=0) for at, name in enumerate(columns)
        }
        table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for name in columns:
            heading = self.words.say(f"cli.column.{name}")
            whole = name in _IDS and longest.get(name, 0) <= _LONGEST
            table.add_column(
                heading,
                justify="right" if name in right else "left",
                overflow="fold",
                no_wrap=whole,
                min_width=max(longest.get(name, 0), cell_len(heading)) if whole else None,
            )
        for row in cells:
            table.add_row(*row)
        # Not cropped: on a narrow terminal a line runs over rather than losing the end of an id.
        self._console.print(table, crop=False)

    def pairs(self, rows: Iterable[tuple[str, object]]) -> None:
        """Print names (texts under `cli.column`) with their values; empty values are left out."""
        from rich.table import Table

        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold", no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in rows:
            if value not in (None, ""):
                grid.add_row(self.words.say(f"cli.column.{name}"), clean(value))
        self._console.print(grid)

    def tree(self, root: Twig) -> None:
        """Print a tree."""
        from rich.text import Text
        from rich.tree import Tree

        def grow(tree: Tree, twigs: Iterable[Twig]) -> None:
            for twig in twigs:
                grow(tree.add(Text(clean(twig.text), style=twig.style, overflow="fold")), twig.twigs)

        trunk = Tree(Text(clean(root.text), style=root.style, overflow="fold"))
        grow(trunk, root.twigs)
        self._console.print(trunk)

    def next_steps(self, commands: Sequence[str]) -> None:
        """Print what to do next, as commands to copy."""
        if commands:
            self.heading("next")
            for command in commands:
                self._console.print("  " + clean(command), soft_wrap=True)
