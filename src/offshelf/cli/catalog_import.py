"""The verb that imports a file a platform's console exported: shows what it would do, and does it with `--apply`."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.catalog.files.model import FileKind
from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.files import writing
from offshelf.cli.instants import read_instant
from offshelf.cli.paper import Paper
from offshelf.cli.progress import bars
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.kit.money import yuan
from offshelf.vocabulary.shops import Platform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from offshelf.catalog.files.model import Counts, Imported, RowError, Told
    from offshelf.catalog.files.service import Preview
    from offshelf.vocabulary.shops import Shop

_MONEY = frozenset({"paid", "amount", "price"})
_LONGEST_LINE = 160


def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    platform: Annotated[
        Platform, typer.Option("--platform", metavar="PLATFORM", parser=Choice(Platform, "report.platform"))
    ],
    kind: Annotated[FileKind, typer.Option("--kind", metavar="KIND", parser=Choice(FileKind, "import_kind"))],
    shop: Annotated[str | None, typer.Option("--shop", metavar="SHOP")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="INSTANT")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE")] = None,
    errors: Annotated[Path | None, typer.Option("--errors", metavar="FILE")] = None,
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows")] = False,
    apply: Annotated[bool, typer.Option("--apply")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
) -> int:
    """Import a console's export; without `--apply` only tell what it would do. Exit 3: rows stand in the way."""
    face = face_of(ctx)
    at = None if as_of is None else read_instant(as_of, face.doors.now())
    services = face.house()
    target = _shop(list(services.shops.all()), platform, shop)
    with bars(face, prefix=f"{file.name} ") as move:
        preview = services.files.preview(file, target, kind, mapping=mapping, as_of=at, progress=move)
    with preview:
        if errors is not None:
            _write_errors(face, errors, preview.errors())
        done: Imported | None = None
        stands = bool(preview.told.error_count) and not skip_bad_rows
        if apply and not stands:
            done = services.files.apply(preview, face_of(ctx).named(by), skip_bad_rows=skip_bad_rows)
        document = _document(face, preview, done)
        if stands:
            document |= _blocked(face, preview.told)
        face.tell(document, lambda paper: _show(face, paper, preview.told, done))
        if stands and not face.as_json:
            face.err.say("cli.error.what", style="bold red", text=document["error"]["message"])
            face.err.say("cli.error.next", text=document["error"]["next"])
        return 3 if stands else 0


def _shop(shops: list[Shop], platform: Platform, named: str | None) -> Shop:
    """Return the shop the file is of: the one named, or the only one on the platform."""
    here = [shop for shop in shops if shop.platform is platform and named in (None, shop.shop_id)]
    if len(here) == 1:
        return here[0]
    if here:
        raise UsageError("imports.which_shop", shops=", ".join(shop.shop_id for shop in here))
    raise UsageError("imports.no_such_shop", shop=named or "–", platform=platform.value)


def _document(face: Face, preview: Preview, done: Imported | None) -> dict[str, Any]:
    told = asdict(preview.told)
    told["errors"] = [_error(face, error) for error in preview.told.errors]
    return {"preview": told, "applied": None if done is None else asdict(done)}


def _blocked(face: Face, told: Told) -> dict[str, Any]:
    """Return what stands in the way, in the form every error has."""
    params: dict[str, Any] = {"file": told.file, "rows": told.rows.refused, "count": told.error_count}
    message, advice = face.words.trouble("imports.bad_rows", params)
    return {
        "error": {"code": "imports.bad_rows", "message": message, "next": advice, "params": params},
        "exit": 3,
    }


def _error(face: Face, error: RowError) -> dict[str, Any]:
    key = f"imports.row.{error.code}"
    return {
        "row": error.row,
        "column": error.column,
        "code": error.code,
        "what": face.words.say(key),
        "next": face.words.say(f"{key}.next"),
    }


def _write_errors(face: Face, path: Path, errors: Iterable[RowError]) -> None:
    """Write every error as CSV that opens in a spreadsheet and runs nothing there."""
    from offshelf.catalog.files.cells import guarded

    with writing(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        table = csv.writer(text)
        table.writerow([face.words.say(f"cli.column.{name}") for name in ("row", "column", "what", "mend")])
        for error in errors:
            told = _error(face, error)
            table.writerow([told["row"], *(guarded(str(told[name])) for name in ("column", "what", "next"))])
        text.detach()  # flushes, and leaves the stream to whoever opened it


def _show(face: Face, paper: Paper, told: Told, done: Imported | None) -> None:
    _show_file(face, paper, told)
    _show_rows(face, paper, told)
    if done is None:
        _say_counts(paper, told.counts)
        paper.say("cli.import.nothing_written")
        if not told.error_count:
            paper.say("cli.import.to_apply")
        return
    _say_counts(paper, done.counts)
    paper.say("cli.import.written" if done.written else "cli.import.all_known", file=told.file)


def _say_counts(paper: Paper, counts: Counts) -> None:
    paper.say(
        "cli.import.counts",
        new=counts.new,
        changed=counts.changed,
        same=counts.same,
        older=counts.older,
        left_out=counts.left_out,
    )


def _show_file(face: Face, paper: Paper, told: Told) -> None:
    layout = told.layout
    kind = face.words.word("import_kind", told.kind.value)
    paper.pairs(
        [
            ("file", f"{told.file} ({layout.form}{', ' + layout.sheet if layout.sheet else ''})"),
            ("shop", told.shop_id),
            ("kind", f"{face.words.word('report.platform', told.platform)} · {kind}"),
            ("as_of", f"{local(told.as_of)} ({face.words.word('import_as_of', told.as_of_from)})"),
            (
                "mapping",
                f"{told.mapping.source} ({face.words.word('import_certainty', told.mapping.certainty)})",
            ),
            ("header_row", layout.header_row),
            ("not_read", ", ".join(layout.ignored)),
            ("personal", ", ".join(layout.dropped)),
        ]
    )
    if told.before is not None:
        paper.say("cli.import.before", at=local(told.before.at), by=told.before.by)


def _show_rows(face: Face, paper: Paper, told: Told) -> None:
    rows = told.rows
    paper.say(
        "cli.import.rows",
        read=rows.read,
        refused=rows.refused,
        repeated=rows.repeated,
        totals=rows.totals,
    )
    if told.first:
        paper.table(
            ("what", "first"),
            [(face.words.word("import_what", thing["what"]), _line(thing)) for thing in told.first],
        )
    if told.unknown_words:
        words = ", ".join(f"{word} ({count})" for word, count in told.unknown_words.items())
        paper.say("cli.import.unknown_words", words=words)
    if told.errors:
        paper.table(
            ("row", "column", "what", "mend"),
            [(e.row, e.column, *_told(face, e)) for e in told.errors],
            right=frozenset({"row"}),
        )
    if told.error_count > len(told.errors):
        paper.say("cli.shown", shown=len(told.errors), count=told.error_count)


def _told(face: Face, error: RowError) -> tuple[str, str]:
    told = _error(face, error)
    return str(told["what"]), str(told["next"])


def _line(thing: dict[str, Any]) -> str:
    """Return a thing on one line: what names it, then its lines, SKUs or figures."""
    told = [_plain(name, value) for name, value in thing.items() if name != "what"]
    for part in ("lines", "skus", "figures"):
        told += [
            " ".join(_plain(n, v) for n, v in row.items() if v is not None) for row in thing.get(part, ())
        ]
    return " · ".join(text for text in told if text)[:_LONGEST_LINE]


def _plain(name: str, value: object) -> str:
    match value:
        case datetime():
            return local(value)
        case int() if name in _MONEY:
            return f"¥{yuan(value)}"
        case str() | int():
            return str(value)
        case _:
            return ""
