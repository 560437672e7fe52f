"""Verbs of the merchant's register: declare what no platform tells, and list the papers there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offshelf.catalog.registers.said import LICENCES, subjects_of_none
from offshelf.cli.choices import Choice
from offshelf.cli.face import Face, face_of
from offshelf.cli.instants import read_instant
from offshelf.cli.paper import Paper
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.statements import StatementKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offshelf.catalog.registers.model import Declared, Draft, Fault, Standing
    from offshelf.vocabulary.statements import Licence

# What there can be none of; statements and papers have their words in tables of their own.
# Listings and stock are named so that they are refused: else "stock" would be taken for a piece of "ERP stock".
_NONE_OF = Choice(
    (*subjects_of_none(), PlaceKind.LISTING, PlaceKind.STOCK),
    "place",
    dict.fromkeys(StatementKind, "statement") | {LICENCES: "none_of"},
)
_SHOWN = 50  # faults printed; with --json all of them


def declare(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE")] = None,
    none: Annotated[list[str] | None, typer.Option("--none", metavar="KIND", parser=_NONE_OF)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    new: Annotated[bool, typer.Option("--new")] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="INSTANT")] = None,
    looked_again: Annotated[bool, typer.Option("--looked-again")] = False,
    template: Annotated[bool, typer.Option("--template")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
) -> int:
    """Write down what no platform tells, from a file or as `--none`. Any fault: exit 2, nothing is written."""
    face = face_of(ctx)
    if sum((file is not None, bool(none), template)) != 1:
        raise UsageError("registers.file_or_none")
    if template:
        return _template(face)
    service = face.house().declarations
    if file is None:
        draft = service.none(none or (), by=face_of(ctx).named(by))
    else:
        if looked_again and as_of is not None:
            raise UsageError("registers.looked_or_as_of")
        at = face.house().clock.now() if looked_again else None
        at = at if as_of is None else read_instant(as_of, face.doors.now())
        draft = service.read(file, by=face_of(ctx).named(by), new=new, as_of=at)
    if draft.faults:
        return _refuse(face, draft)
    done = service.apply(draft, by=face_of(ctx).named(by), write=not dry_run)
    if not dry_run:
        face.house().sweep()  # what it says may need somebody at once
    void = service.against(draft)

    def show(paper: Paper) -> None:
        _show(face, paper, done, dry_run=dry_run)
        for kind, count in void.items():
            place = face.words.word("place", kind.value)
            paper.say("cli.declare.void", style="bold yellow", count=count, place=place)

    face.tell(_document(done) | {"void": void}, show)
    return 0


def _template(face: Face) -> int:
    from offshelf.catalog.registers.declare import template

    text = template(face.language)
    if face.as_json:
        face.write({"template": text})
    else:
        typer.echo(text, nl=False)
    return 0


# -- faults -----------------------------------------------------------------------------------------------------------


def _refuse(face: Face, draft: Draft) -> int:
    """Tell everything that is wrong with a file."""
    first = draft.faults[0]
    params: dict[str, Any] = {"file": draft.file, "count": len(draft.faults), "line": first.line}
    message, advice = face.words.trouble("registers.faults", params)
    rows = [_fault(face, draft.file, fault) for fault in draft.faults]
    document = {
        "error": {"code": "registers.faults", "message": message, "next": advice, "params": params},
        "faults": rows,
        "exit": 2,
    }
    face.tell(document, lambda paper: _show_faults(paper, rows))
    if not face.as_json:
        face.err.say("cli.error.what", style="bold red", text=message)
        face.err.say("cli.error.next", text=advice)
    return 2


def _fault(face: Face, file: str, fault: Fault) -> dict[str, Any]:
    return {
        "file": file,
        "line": fault.line,
        "where": fault.where,
        "code": fault.code,
        "what": face.words.say(fault.key, **fault.params),
        "next": face.words.say(f"{fault.key}.next", **fault.params),
    }


def _show_faults(paper: Paper, rows: Sequence[dict[str, Any]]) -> None:
    paper.table(
        ("line", "where", "what", "mend"),
        [(row["line"], row["where"], row["what"], row["next"]) for row in rows[:_SHOWN]],
        right=frozenset({"line"}),
    )
    if len(rows) > _SHOWN:
        paper.say("cli.shown", shown=_SHOWN, count=len(rows))


# -- what was declared --------------------------------------------------------------------------------------------


def _document(done: Declared) -> dict[str, Any]:
    return {
        "file": done.draft.file,
        "written": done.written,
        "places": done.draft.places,
        "statements": [{"effect": effect, "statement": said} for said, effect in done.statements],
        "licences": [{"effect": effect, "licence": paper} for paper, effect in done.licences],
        "not_read": done.draft.not_read,
    }


def _show(face: Face, paper: Paper, done: Declared, *, dry_run: bool) -> None:
    words = face.words
    rows = [
        (
            words.word("statement", said.kind.value),
            _NONE_OF.word(words, said.subject),
            local(said.at),
            words.word("declared", effect.value),
        )
        for said, effect in done.statements
    ]
    rows += [
        (
            words.word("licence_kind", found.kind.value),
            f"{found.number} · {_end(face, found)}",
            local(found.observed_at),
            words.word("declared", effect.value),
        )
        for found, effect in done.licences
    ]
    rows += [
        (words.word("place", place.kind.value), place.ref, local(place.observed_at), "–")
        for place in done.draft.places
    ]
    paper.table(("what", "about", "at", "effect"), rows)
    if done.draft.not_read:
        paper.say("cli.declare.not_read", columns=", ".join(done.draft.not_read))
    if dry_run:
        paper.say("cli.declare.tried", count=len(rows))
        return
    paper.say("cli.declare.written" if done.written else "cli.declare.known", count=len(rows))
    paper.next_steps(["offshelf catalog licences"] if done.licences else [])


# -- papers -----------------------------------------------------------------------------------------------------------


def licences(ctx: typer.Context, expiring: Annotated[bool, typer.Option("--expiring")] = False) -> int:
    """List papers with their end. `--expiring`: those that need somebody now or soon."""
    from offshelf.monitoring.papers import needs_somebody

    face = face_of(ctx)
    services = face.house()
    papers = services.registers.standing(services.clock.now())
    days = services.licences.thresholds()
    if expiring:
        papers = tuple(paper for paper in papers if needs_somebody(paper, days))
    document = {"licences": [_row(paper) for paper in papers], "alarm_days": days}
    face.tell(
        document, lambda out: _show_papers(face, out, papers, expiring=expiring, known=days is not None)
    )
    return 0


def _row(paper: Standing) -> dict[str, Any]:
    licence = paper.licence
    return {
        "number": licence.number,
        "kind": licence.kind,
        "title": licence.title,
        "shop": licence.shop_id,
        "covers": licence.covers,
        "listings": None if licence.listings is None else ["/".join(key) for key in licence.listings],
        "terms": [list(term) for term in licence.terms],
        "doubt": licence.doubt.value,
        "valid_from": licence.valid_from.isoformat() if licence.valid_from else None,
        "valid_until": licence.valid_until.isoformat() if licence.valid_until else None,
        "end_known": licence.end_known,
        "days_left": paper.days_left,
        "state": paper.state,
        "renewed": paper.renewed,
        "observed_at": licence.observed_at,
        "source": licence.source,
        "evidence": licence.evidence,
    }


def _show_papers(
    face: Face, paper: Paper, papers: Sequence[Standing], *, expiring: bool, known: bool
) -> None:
    if not papers:
        paper.say("cli.empty.expiring_licences" if expiring else "cli.empty.licences")
        paper.next_steps([] if expiring else ["offshelf catalog declare --template"])
    else:
        paper.table(
            ("licence", "kind", "shop", "source", "covers", "valid_until", "days_left", "state"),
            [
                (
                    one.licence.number,
                    face.words.word("licence_kind", one.licence.kind.value),
                    one.licence.shop_id or "–",
                    face.words.word("licence_source", one.licence.source),
                    _covers(face, one.licence),
                    _end(face, one.licence),
                    "–" if one.days_left is None else one.days_left,
                    _state(face, one),
                )
                for one in papers
            ],
            right=frozenset({"days_left"}),
        )
    if not known:
        paper.say("cli.licences.no_policy")


def _covers(face: Face, licence: Licence) -> str:
    if not licence.covers and licence.listings is None:
        return face.words.say("cli.licences.covers_unknown")
    if not licence.covers:  # listings without codes of the merchant's, or none
        return face.words.say("cli.licences.listings", count=len(licence.listings or ()))
    more = len(licence.covers) - 5
    return ", ".join(licence.covers[:5]) + (f" … (+{more})" if more > 0 else "")


def _end(face: Face, licence: Licence) -> str:
    if licence.valid_until is not None:
        return licence.valid_until.isoformat()
    return face.words.say("cli.licences.no_end" if licence.end_known else "cli.licences.unknown_end")


def _state(face: Face, paper: Standing) -> str:
    state = face.words.word("licence_state", paper.state.value)
    if paper.licence.doubt.value:
        doubt = face.words.word("licence_doubt", paper.licence.doubt.value)
        return face.words.say("cli.licences.doubted", state=state, doubt=doubt)
    return face.words.say("cli.licences.renewed", state=state) if paper.renewed else state
