"""Makes groups and verbs the same way everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from offshelf.cli.helping import Group, Verb


def group() -> typer.Typer:
    """Return an empty group."""
    return typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


def add(app: typer.Typer, name: str, verb: Callable[..., Any]) -> None:
    """Add a verb to a group."""
    app.command(name, cls=Verb)(verb)
