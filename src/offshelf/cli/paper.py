"""Prints for people: sentences, tables and next commands. Nothing printed here is read as markup."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
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
_PIECE, _NUMBER, _BETWEEN = 10, 4, 3  # cells: of a folded word at least, of a number, between two columns
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


def _least(
    columns: Sequence[str], longest: Mapping[str, int], wholes: Collection[str], right: Collection[str]
) -> int:
    """Return how wide a terminal must be for a table that can be read: ids whole, words in pieces of some letters."""
    cells = 0
    for name in columns:
        if name in wholes:
            cells += longest[name]
        else:
            cells += max(longest[name], _NUMBER) if name in right else min(longest[name], _PIECE)
    return cells + _BETWEEN * (len(columns) - 1)


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
        wholes = {name for name in columns if name in _IDS and longest[name] <= _LONGEST}
        if cells and self._console.width < _least(columns, longest, wholes, right):
            self._cards(columns, cells)
            return
        table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for name in columns:
            heading = self.words.say(f"cli.column.{name}")
            whole = name in wholes
            table.add_column(
                heading,
                justify="right" if name in right else "left",
                overflow="fold",
                no_wrap=whole,
                min_width=max(longest[name], cell_len(heading)) if whole else None,
            )
        for row in cells:
            table.add_row(*row)
        # Not cropped: on a narrow terminal a line runs over rather than losing the end of an id.
        self._console.print(table, crop=False)

    def _cards(self, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        """Print each row below the other: on a narrow terminal a table would break every word into letters."""
        for row in cells:
            self.blank()
            self.pairs((name, value) for name, value in zip(columns, row, strict=True) if value != "–")

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
