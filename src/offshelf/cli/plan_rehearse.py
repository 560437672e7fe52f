"""What a plan would take: the forecast, then the very same acts on a copy of the shops, and what stands in the way."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, face_of
from offshelf.cli.files import read_bytes
from offshelf.cli.findings_view import counts_by_check, show_in_short
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.cli.plan_propose import By, PlanName
from offshelf.cli.plan_view import next_commands, plan_document
from offshelf.cli.progress import bars
from offshelf.cli.rehearsal_view import show_rehearsal, show_standing
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local

if TYPE_CHECKING:
    from offshelf.delisting.forecast import Ahead, Bottleneck, Forecast
    from offshelf.delisting.rehearsal.model import Rehearsal


def add_to(plan: typer.Typer) -> None:
    """Add the verb to the group."""
    add(plan, "rehearse", rehearse)


def rehearse(
    ctx: typer.Context,
    plan: PlanName,
    forecast_only: Annotated[bool, typer.Option("--forecast-only")] = False,
    faults: Annotated[Path | None, typer.Option("--faults", metavar="FILE")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N")] = 7,
    buyers: Annotated[float, typer.Option("--buyers", min=0, max=1000, metavar="TIMES")] = 1.0,
    synced: Annotated[bool, typer.Option("--synced")] = False,
    last: Annotated[bool, typer.Option("--last")] = False,
    by: By = None,
) -> int:
    """Say what a plan would take, and play it on a copy; exit 3 when it is blocked, 4 when the copy was not done."""
    from offshelf.delisting.forecast import in_the_way
    from offshelf.delisting.rehearsal.settings import RehearsalSettings

    face = face_of(ctx)
    services = face.house()
    if last:
        return _tell_last(face, plan)
    result = services.results.of(plan)
    broken = None if faults is None else _read_faults(faults)
    blockers, unchecked = in_the_way(result)
    outlook = services.forecasts.of(result.plan, ask=True)
    played: Rehearsal | None = None
    if not forecast_only:
        settings = RehearsalSettings(seed=seed, times=buyers, synced=synced)
        played = _play(face, plan, outlook, settings, broken, face_of(ctx).named(by))
    blocked = bool(blockers) or unchecked
    commands = next_commands(result)

    def show(paper: Paper) -> None:
        paper.say("forecast.head", plan=plan, acts=outlook.forecast.acts)
        show_forecast(paper, outlook.forecast)
        if played is not None:
            show_rehearsal(paper, played)
        if unchecked:
            paper.say("forecast.unchecked")
        if blockers:
            paper.heading("blockers")
            paper.say("forecast.blockers", style="bold", count=len(blockers))
            show_in_short(paper, blockers, more=f"offshelf plan check {plan} --every")
        paper.say("forecast.nothing_changed", style="bold")
        paper.next_steps(commands)

    document: dict[str, Any] = {
        "plan": plan_document(result.plan),
        "forecast": forecast_document(outlook.forecast),
        "rehearsal": None if played is None else _document(played),
        "checked": not unchecked,
        "blockers": [{"code": row["code"], "subject": row["subject"]} for row in blockers],
        "blockers_by_check": counts_by_check(blockers),
        "blocked": blocked,
        "next": commands,
    }
    face.tell(document, show)
    if blocked:
        return 3
    return 0 if played is None or played.complete else 4


def _tell_last(face: Face, plan: str) -> int:
    """Tell the last rehearsal of a plan, and whether it still says something about now."""
    services = face.house()
    services.plans.get(plan)
    standing = services.rehearsals.standing(plan)
    commands = [f"offshelf plan rehearse {plan}"] if standing.document is None or standing.outdated else []
    told = {"plan": plan, "rehearsal": standing.document, "outdated": standing.outdated, "next": commands}
    face.tell(told, lambda paper: show_standing(paper, plan, standing, commands))
    return 0


def _document(played: Rehearsal) -> dict[str, Any]:
    from dataclasses import asdict

    return played.document() | {"differences": [asdict(one) for one in played.differences]}


def _play(
    face: Face, plan: str, outlook: Ahead, settings: Any, faults: dict[str, Any] | None, by: str
) -> Rehearsal:
    face.err.say("rehearsal.copying")
    with bars(face) as move:
        return face.house().rehearse(plan, outlook, settings, by, faults, move)


def _read_faults(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_bytes(file))
    except (ValueError, RecursionError):
        raise UsageError("sandbox.fault_plan", why=file.name) from None
    if not isinstance(document, dict):
        raise UsageError("sandbox.fault_plan", why=file.name)
    return document


def show_forecast(paper: Paper, outlook: Forecast) -> None:
    """Print the finishing time of each shop and of the whole."""
    if outlook.calls:
        paper.say("forecast.calls", calls=outlook.calls)
    for shop in outlook.shops:
        calls = sum(shop.calls.values())
        if shop.seconds is None:
            paper.say("forecast.shop_unknown", shop=shop.shop_id, acts=shop.acts)
        else:
            took = lasting(shop.seconds)
            paper.say("forecast.shop", shop=shop.shop_id, acts=shop.acts, calls=calls, took=took)
        if shop.bottleneck is not None:
            show_bottleneck(paper, shop.bottleneck)
    if outlook.finishes_at is None or outlook.seconds is None:
        paper.say("forecast.unknown")
        return
    basis = paper.words.word("forecast.basis", outlook.basis.value)
    at, took = local(outlook.finishes_at), lasting(outlook.seconds)
    paper.say("forecast.finishes", at=at, took=took, basis=basis, style="bold")


def show_bottleneck(paper: Paper, bound: Bottleneck) -> None:
    """Print what takes longest."""
    if bound.calls is not None:
        key = "forecast.bottleneck_day" if bound.by_day else "forecast.bottleneck"
        share, seconds = f"{bound.share:.0%}", f"{bound.seconds:g}"
        name = _method(paper, bound.method)
        paper.say(key, method=name, calls=bound.calls, seconds=seconds, share=share)
    if bound.held_until is not None:
        paper.say("forecast.held", method=_method(paper, bound.method), until=local(bound.held_until))


def _method(paper: Paper, method: str) -> str:
    return paper.words.say("forecast.whole_shop") if method == "*" else method


def lasting(seconds: float) -> str:
    """Return a length of time as h:mm:ss, rounded up to whole seconds."""
    return str(timedelta(seconds=-int(-seconds // 1)))


def forecast_document(outlook: Forecast) -> dict[str, Any]:
    """Return a forecast as plain data."""
    from dataclasses import asdict

    return asdict(outlook)
