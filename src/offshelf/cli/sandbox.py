"""Verbs of the sandbox: serve it, and ask a running one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from offshelf.cli.choices import Choice
from offshelf.cli.face import face_of
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.kit.instants import from_unix, local
from offshelf.vocabulary.shops import Platform

Url = Annotated[str, typer.Option("--url", metavar="URL")]
_URL = "http://127.0.0.1:8700"
_SHOWN = 30  # effects; --json gives all


def app() -> typer.Typer:
    """Return the group."""
    made, clock, buyers = group(), group(), group()
    add(made, "serve", serve)
    add(made, "ledger", ledger)
    add(clock, "show", clock_show)
    add(clock, "advance", clock_advance)
    add(buyers, "start", buyers_start)
    add(buyers, "stop", buyers_stop)
    add(buyers, "report", buyers_report)
    made.add_typer(clock, name="clock")
    made.add_typer(buyers, name="buyers")
    return made


def serve(
    ctx: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="PORT")] = 8700,
    size: Annotated[int, typer.Option("--size", min=20, max=100_000, metavar="N")] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="N")] = 7,
    faults: Annotated[str | None, typer.Option("--faults", metavar="FILE")] = None,
    quota: Annotated[str | None, typer.Option("--quota", metavar="QUOTA")] = None,
    platforms: Annotated[
        list[Platform] | None,
        typer.Option("--platform", metavar="PLATFORM", parser=Choice(Platform, "report.platform")),
    ] = None,
    snapshot: Annotated[str | None, typer.Option("--snapshot", metavar="FILE")] = None,
) -> int:
    """Serve a sandbox on loopback until interrupted."""
    face = face_of(ctx)
    face.when_interrupted = ("cli.stopped", {})
    chosen = tuple(platform.value for platform in Platform if platform in (platforms or list(Platform)))
    named = " · ".join(face.words.word("report.platform", name) for name in chosen)
    if snapshot is None:
        face.err.say("cli.sandbox.starting", size=size, seed=seed, platforms=named)
    else:
        face.err.say("rehearsal.serving", path=snapshot)
    face.doors.serve_sandbox(port, size, seed, faults, quota, chosen, snapshot)
    face.tell({"served": {"size": size, "seed": seed, "platforms": chosen}}, lambda _: None)
    return 0


def ledger(
    ctx: typer.Context,
    url: Url = _URL,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND")] = None,
    product: Annotated[str | None, typer.Option("--product", metavar="ID")] = None,
    actor: Annotated[str | None, typer.Option("--actor", metavar="ACTOR")] = None,
    after: Annotated[int, typer.Option("--after", min=0, metavar="SEQ")] = 0,
) -> int:
    """Show what really happened in the sandbox."""
    given = {"kind": kind, "product_id": product, "actor": actor, "since_seq": after or None}
    query = urlencode({name: value for name, value in given.items() if value is not None})
    found = _ask(ctx, url, "GET", "/ledger" + (f"?{query}" if query else ""))

    def show(paper: Paper) -> None:
        effects = found["effects"]
        if not effects:
            paper.say("cli.empty.effects")
            return
        paper.table(
            ("seq", "at", "actor", "kind", "product", "before", "after"),
            [
                (
                    e["seq"],
                    local(from_unix(int(e["at"]))),
                    e["actor"],
                    e["kind"],
                    e["product_id"],
                    e["before"],
                    e["after"],
                )
                for e in effects[-_SHOWN:]
            ],
            right=frozenset({"seq"}),
        )
        paper.say("cli.shown", shown=min(_SHOWN, len(effects)), count=found["count"])

    face_of(ctx).tell(found, show)
    return 0


def clock_show(ctx: typer.Context, url: Url = _URL) -> int:
    """Show the sandbox's present instant."""
    return _tell(ctx, _ask(ctx, url, "GET", "/clock"))


def clock_advance(
    ctx: typer.Context,
    seconds: Annotated[float, typer.Argument(min=0, metavar="SECONDS")],
    url: Url = _URL,
) -> int:
    """Move the sandbox's time forward."""
    return _tell(ctx, _ask(ctx, url, "POST", "/clock", {"advance_seconds": seconds}))


def buyers_start(
    ctx: typer.Context,
    rate: Annotated[float, typer.Option("--rate", min=0, metavar="PER_SECOND")] = 5.0,
    url: Url = _URL,
) -> int:
    """Let buyers come."""
    return _tell(ctx, _ask(ctx, url, "POST", "/buyers/start", {"rate": rate}))


def buyers_stop(ctx: typer.Context, url: Url = _URL) -> int:
    """Let no more buyers come."""
    return _tell(ctx, _ask(ctx, url, "POST", "/buyers/stop", {}))


def buyers_report(ctx: typer.Context, url: Url = _URL) -> int:
    """Show what buyers tried, got and should not have got."""
    return _tell(ctx, _ask(ctx, url, "GET", "/buyers"))


def _ask(
    ctx: typer.Context, url: str, method: str, path: str, payload: dict[str, Any] | None = None
) -> dict[str, Any]:
    return dict(face_of(ctx).doors.sandbox_call(url, method, f"/_sandbox{path}", payload))


def _tell(ctx: typer.Context, document: Mapping[str, Any]) -> int:
    """Show a flat document; the names are the sandbox's own."""

    def show(paper: Paper) -> None:
        plain = {name: value for name, value in document.items() if not isinstance(value, dict | list)}
        paper.table(("name", "value"), list(plain.items()))

    face_of(ctx).tell(document, show)
    return 0
