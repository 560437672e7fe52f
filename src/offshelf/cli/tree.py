"""The tree of verbs (design §12)."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.main import get_command

from offshelf import __version__
from offshelf.cli import (
    access,
    catalog,
    house,
    journal,
    monitor,
    plan_decide,
    plan_preview,
    plan_proof,
    plan_propose,
    plan_rehearse,
    plan_run,
    policy,
    sandbox,
    shops,
    tasks,
)
from offshelf.cli.face import face_of
from offshelf.cli.groups import group
from offshelf.cli.paper import Paper


def tree() -> Any:
    """Return the root command with every verb below it."""
    root = group()
    root.callback()(_root)
    house.add_to(root)
    root.add_typer(sandbox.app(), name="sandbox")
    root.add_typer(shops.app(), name="shops")
    root.add_typer(catalog.app(), name="catalog")
    plan = group()
    for part in (plan_propose, plan_decide, plan_preview, plan_rehearse, plan_run, plan_proof):
        part.add_to(plan)
    root.add_typer(plan, name="plan")
    root.add_typer(tasks.app(), name="tasks")
    root.add_typer(monitor.app(), name="monitor")
    root.add_typer(policy.app(), name="policy")
    root.add_typer(journal.app(), name="journal")
    root.add_typer(access.app(), name="access")
    return get_command(root)


def _tell_version(ctx: typer.Context, value: bool) -> None:
    if not value:
        return

    def show(paper: Paper) -> None:
        paper.say("cli.version", version=__version__)

    face_of(ctx).tell({"version": __version__}, show)
    raise typer.Exit


def _root(
    version: Annotated[bool, typer.Option("--version", callback=_tell_version, is_eager=True)] = False,
) -> None:
    """Hold the options of the command itself."""
