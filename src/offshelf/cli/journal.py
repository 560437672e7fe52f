"""Verbs of the journal: list, verify, export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from offshelf.cli.face import face_of
from offshelf.cli.files import read_bytes, writing
from offshelf.cli.groups import add, group
from offshelf.cli.paper import Paper
from offshelf.kit.instants import local


def app() -> typer.Typer:
    """Return the group."""
    made = group()
    add(made, "list", list_)
    add(made, "verify", verify)
    add(made, "export", export)
    return made


def list_(
    ctx: typer.Context,
    subject: Annotated[str | None, typer.Option("--subject", metavar="SUBJECT")] = None,
    verb: Annotated[str | None, typer.Option("--verb", metavar="VERB")] = None,
    after: Annotated[int | None, typer.Option("--after", min=0, metavar="SEQ")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, metavar="N")] = 50,
) -> int:
    """List entries, oldest first; the newest ones where nothing is asked for."""
    face = face_of(ctx)
    journal = face.house().journal
    start = after
    if start is None:
        start = max(0, journal.head().seq - limit) if subject is None and verb is None else 0
    entries = journal.entries(after_seq=start, limit=limit, verb=verb, subject=subject)

    def show(paper: Paper) -> None:
        if not entries:
            paper.say("cli.empty.journal")
            return
        paper.table(
            ("seq", "at", "actor", "verb", "subject", "body"),
            [
                (e.seq, local(e.at), e.actor, e.verb, e.subject, json.dumps(e.body, ensure_ascii=False)[:160])
                for e in entries
            ],
            right=frozenset({"seq"}),
        )

    face.tell({"entries": entries}, show)
    return 0


def verify(
    ctx: typer.Context,
    certificate: Annotated[list[Path] | None, typer.Option("--certificate", metavar="FILE")] = None,
) -> int:
    """Walk the whole chain, held against certificates where given; exit 3 when it cannot be trusted."""
    from offshelf.journal.anchors import anchor_of

    face = face_of(ctx)
    anchors = dict(anchor_of(read_bytes(path), str(path)) for path in certificate or [])
    verdict = face.house().journal.verify(anchors)

    def show(paper: Paper) -> None:
        if verdict.ok:
            paper.say("cli.journal.whole", count=verdict.count, hash=verdict.head_hash)
            return
        why = face.words.word("journal.why", verdict.why)
        paper.say("cli.journal.broken", style="bold red", seq=verdict.first_bad_seq or 0, why=why)

    face.tell({"verdict": verdict, "ok": verdict.ok}, show)
    return 0 if verdict.ok else 3


def export(
    ctx: typer.Context, output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE")]
) -> int:
    """Write every entry as one line of JSON."""
    face = face_of(ctx)
    with writing(output) as stream:
        count = face.house().journal.export(stream)
    path = str(output.absolute())
    face.tell(
        {"journal": path, "count": count}, lambda p: p.say("cli.journal.exported", path=path, count=count)
    )
    return 0
