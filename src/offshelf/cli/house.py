"""Verbs of the installation: init, demo, doctor, serve, worker."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.cli.face import Face, as_text, face_of
from offshelf.cli.groups import add
from offshelf.cli.paper import Paper
from offshelf.kit.errors import OffshelfError

if TYPE_CHECKING:
    from offshelf.vocabulary.plans import PlanState


_NEWER = "database.newer"  # another program is needed: nothing here can be mended


def add_to(root: typer.Typer) -> None:
    """Add the verbs to the command itself."""
    for name, verb in (
        ("init", init),
        ("demo", demo),
        ("doctor", doctor),
        ("serve", serve),
        ("worker", worker),
    ):
        add(root, name, verb)


def init(ctx: typer.Context, quiet: Annotated[bool, typer.Option("--quiet")] = False) -> int:
    """Make or upgrade the data folder."""
    face = face_of(ctx)
    made = face.doors.initialise()

    def show(paper: Paper) -> None:
        if quiet:
            return
        paper.say("cli.init.done")
        paper.pairs(list(made.items()))
        paper.next_steps(["offshelf shops add --help", "offshelf demo"])

    face.tell(made, show)
    return 0


def demo(
    ctx: typer.Context,
    size: Annotated[int, typer.Option("--size", min=20, max=100_000, metavar="N")] = 70,
    seed: Annotated[int, typer.Option("--seed", metavar="N")] = 7,
    faults: Annotated[float, typer.Option("--faults", min=0.0, max=1.0, metavar="RATE")] = 0.05,
    keep: Annotated[str | None, typer.Option("--keep", metavar="FOLDER")] = None,
) -> int:
    """Show the main job on a generated shop. The last line of stdout is always the JSON line of design §12."""
    face = face_of(ctx)
    # Whatever is printed on the way belongs to people; stdout carries the result.
    with contextlib.redirect_stdout(sys.stderr):
        line = face.doors.demo(size, seed, faults, keep, face.language)
    if not face.as_json:
        face.out.heading("demo")
        face.out.pairs(_told(face, line))
    sys.stdout.write(as_text(line) + "\n")
    sys.stdout.flush()
    return 0 if line["verified_off"] == line["listings"] else 4


def _told(face: Face, line: dict[str, Any]) -> list[tuple[str, object]]:
    outcomes = ", ".join(
        f"{face.words.word('outcome', word)} {count}" for word, count in line["outcomes"].items() if count
    )
    proven = face.words.say("cli.run.verified_off", verified=line["verified_off"], listings=line["listings"])
    rows: list[tuple[str, object]] = [("plan", line["plan"]), ("outcomes", outcomes), ("verified", proven)]
    names = ("sold_after_off", "oversold", "certificate", "report", "journal")
    return rows + [(name, line[name]) for name in names if name in line]


def doctor(ctx: typer.Context) -> int:
    """Look whether this installation can work."""
    face = face_of(ctx)
    looks = face.doors.doctor()
    rows = [look | _doctor_texts(face, look) for look in looks]
    failed = [look for look in looks if look["verdict"] == "fail"]

    def show(paper: Paper) -> None:
        paper.table(
            ("name", "verdict", "what"),
            [
                (
                    face.words.word("doctor.name", row["name"]),
                    face.words.word("verdict", row["verdict"]),
                    row["message"],
                )
                for row in rows
            ],
        )
        for row in rows:
            if row["verdict"] != "pass" and row["next"]:
                name = face.words.word("doctor.name", row["name"])
                paper.say("cli.doctor.advice", name=name, advice=row["next"])
        paper.say("cli.doctor.ill" if failed else "cli.doctor.well", count=len(failed))

    face.tell({"looks": rows, "ok": not failed}, show)
    if not failed:
        return 0
    if any(look["code"] == _NEWER for look in failed):
        return 2
    return 5 if all(look["code"].startswith(("shop_", "platforms.")) for look in failed) else 3


def _doctor_texts(face: Face, look: dict[str, Any]) -> dict[str, str]:
    if look["name"] == "house" and look["verdict"] == "fail":
        try:
            face.house()  # the look names the code only; the error itself has what fills its sentence
        except OffshelfError as error:
            message, advice = face.words.trouble(error.code, error.params)
            return {"message": message, "next": advice}
    if "params" in look:
        message, advice = face.words.trouble(look["code"], look["params"])
        return {"message": message, "next": advice}
    return {"message": _doctor_text(face, look), "next": _doctor_next(face, look)}


def _doctor_text(face: Face, look: dict[str, Any]) -> str:
    key = f"doctor.{look['code']}"
    if face.words.has(key):
        return face.words.say(key, detail=look["detail"])
    return _placeless(face, f"error.{look['code']}") or f"{look['code']} {look['detail']}".strip()


def _doctor_next(face: Face, look: dict[str, Any]) -> str:
    return _placeless(face, f"doctor.next.{look['code']}") or _placeless(face, f"error.{look['code']}.next")


def _placeless(face: Face, key: str) -> str:
    """Return a text, or nothing where there is none or it has places that a look cannot fill."""
    fits = face.words.has(key) and not face.words.places(key)
    return face.words.say(key) if fits else ""


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", metavar="HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="PORT")] = 8600,
    no_worker: Annotated[bool, typer.Option("--no-worker")] = False,
) -> int:
    """Serve the console and the HTTP API until interrupted, and run plans beside them."""
    face = face_of(ctx)
    face.when_interrupted = ("cli.stopped", {})

    def told(address: str, first: bool) -> None:
        face.err.say("cli.serve.first" if first else "cli.serve.starting", address=address)

    def worker_said(what: str) -> None:
        face.err.say(f"cli.serve.worker_{what}")

    face.doors.serve_house(host, port, told, None if no_worker else worker_said)
    face.tell({"served": {"host": host, "port": port}}, lambda _: None)
    return 0


@contextlib.contextmanager
def _stopping() -> Iterator[list[int]]:
    """Collect SIGTERM and SIGINT instead of dying of them: the worker looks at the list between its steps."""
    heard: list[int] = []

    def hear(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def worker(ctx: typer.Context) -> int:
    """Run plans that were started, and start approved ones whose instant has come, until told to stop."""
    face = face_of(ctx)
    services = face.house()
    events: list[dict[str, str]] = []

    def event(plan_id: str, state: PlanState) -> None:
        events.append({"plan": plan_id, "state": state.value})
        where = face.err if face.as_json else face.out
        where.say("cli.worker.event", plan=plan_id, state=face.words.word("state", state.value))

    face.err.say("cli.worker.ready")
    with _stopping() as heard:
        services.worker.serve(progress=event, stop=lambda: bool(heard))
    face.err.say("cli.worker.stopped")
    face.tell({"events": events}, lambda _: None)
    return 0
