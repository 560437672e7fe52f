"""The catalog as a file that a sandbox can be made from."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from offshelf.cli.face import face_of
from offshelf.cli.files import writing
from offshelf.cli.paper import Paper
from offshelf.cli.progress import bars


def snapshot(
    ctx: typer.Context, output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE")]
) -> int:
    """Write what the catalog knows of every shop, without buyers and without secrets."""
    face = face_of(ctx)
    with bars(face) as move:
        document = face.house().snapshot(move)
    with writing(output) as stream:
        stream.write(json.dumps(document, ensure_ascii=False, indent=0).encode())
    shops = [
        {"shop": shop["shop_id"], "listings": len(shop["listings"]), "promotions": len(shop["promotions"])}
        for shop in document["shops"]
    ]
    total = sum(len(shop["listings"]) for shop in document["shops"])
    commands = [f"offshelf sandbox serve --snapshot {shlex.quote(str(output))}"]
    told = {"path": str(output), "shops": shops, "listings": total, "next": commands}

    def show(paper: Paper) -> None:
        paper.say("rehearsal.snapshot_written", path=output, listings=total, shops=len(shops))
        if not total:
            paper.say("rehearsal.snapshot_empty")
        paper.next_steps(commands if total else [])

    face.tell(told, show)
    return 0
