"""Declaring papers, statements and places by a file: what it would do is shown before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.catalog.registers.declare import template
from offshelf.catalog.registers.model import Declared, Draft
from offshelf.catalog.registers.said import LICENCES
from offshelf.catalog.registers.sent import mark_of, read_sent
from offshelf.console.address import number_of
from offshelf.console.render import show
from offshelf.console.routing import LARGE, command, page
from offshelf.console.visit import Visit
from offshelf.kit.errors import UsageError
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.statements import StatementKind
from offshelf.vocabulary.texts import catalogue

_SHOWN = 100  # faults and effects shown at once


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a file, in the words of a reader."""

    line: int
    where: str
    text: str
    then: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a file says, and what writing it would do ("" for places: they count as they are said)."""

    what: str
    about: str
    effect: str


def view(visit: Visit) -> Response:
    """Show the form, and after writing how much was written."""
    done = number_of(visit.asked("done"))
    return show(visit, "papers_declare.html", done=done, preview=None)


def sample(visit: Visit) -> Response:
    """Give a register filled in as an example, explained in the reader's language."""
    headers = {"content-disposition": 'attachment; filename="register.yaml"'}
    return Response(template(visit.language), 200, headers, "application/yaml; charset=utf-8")


def send(visit: Visit) -> Response:
    """Show what a file would do; write it where somebody agreed to exactly that."""
    given, house = visit.files.get("file"), visit.house
    if given is None or not given.filename:
        raise UsageError("console.no_file")
    data, by = given.file.read(), visit.actor.name
    at = house.clock.now() if visit.said("looked_again") else None
    draft = read_sent(house.declarations, given.filename, data, by=by, new=bool(visit.said("new")), as_of=at)
    if draft.faults:
        return _shown(
            visit, {"name": given.filename, "faults": _faults(visit, draft), "count": len(draft.faults)}
        )
    tried = house.declarations.apply(draft, by=by, write=False)
    mark = mark_of(tried, data)
    if visit.said("how") != "write" or visit.said("seen") != mark:
        changed = visit.said("how") == "write"
        return _shown(visit, _preview(visit, tried, mark) | {"name": given.filename, "changed": changed})
    done = house.declarations.apply(draft, by=by)
    house.sweep()  # what it says may need somebody at once
    count = len(done.statements) + len(done.licences) + len(draft.places)
    return visit.goes_to(f"/papers/declare?done={count if done.written else 0}")


def _shown(visit: Visit, preview: dict[str, Any]) -> Response:
    template_ = "pieces/papers_preview.html" if visit.by_htmx else "papers_declare.html"
    return show(visit, template_, status=400 if preview["faults"] else 200, preview=preview, done=None)


def _preview(visit: Visit, tried: Declared, mark: str) -> dict[str, Any]:
    lines = _lines(visit, tried)
    void = [
        visit.say("cli.declare.void", count=count, place=visit.say(f"place.{kind.value}"))
        for kind, count in visit.house.declarations.against(tried.draft).items()
    ]
    return {
        "faults": (),
        "lines": lines[:_SHOWN],
        "count": len(lines),
        "void": void,
        "not_read": tried.draft.not_read,
        "mark": mark,
    }


def _lines(visit: Visit, tried: Declared) -> list[Line]:
    found = [
        Line(
            visit.say(f"licence_kind.{paper.kind.value}"),
            f"{paper.number} · {_end(visit, paper)}",
            visit.say(f"declared.{effect.value}"),
        )
        for paper, effect in tried.licences
    ]
    found += [
        Line(
            visit.say(f"statement.{said.kind.value}"),
            _about(visit, said.subject),
            visit.say(f"declared.{effect.value}"),
        )
        for said, effect in tried.statements
    ]
    return found + [Line(visit.say(f"place.{one.kind.value}"), one.title, "") for one in tried.draft.places]


def _end(visit: Visit, paper: Any) -> str:
    if paper.valid_until is not None:
        return str(paper.valid_until)
    return visit.say("cli.licences.no_end" if paper.end_known else "cli.licences.unknown_end")


def _about(visit: Visit, subject: str) -> str:
    """Return what a statement is about: a kind of place or of statement in words, else as it is."""
    tables = {one.value: "place" for one in PlaceKind} | {one.value: "statement" for one in StatementKind}
    key = f"{(tables | {LICENCES: 'none_of'}).get(subject, '')}.{subject}"
    return visit.say(key) if catalogue().has(key, visit.language) else subject


def _faults(visit: Visit, draft: Draft) -> list[Fault]:
    return [
        Fault(
            one.line,
            one.where,
            visit.say(one.key, **one.params),
            visit.say(f"{one.key}.next", **one.params),
        )
        for one in draft.faults[:_SHOWN]
    ]


ROUTES = (
    page("/papers/declare", Permission.DECLARE, view),
    page("/papers/register.yaml", Permission.READ, sample),
    command("/papers/declare", Permission.DECLARE, send, most=LARGE),
)
