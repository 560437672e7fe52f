"""The journal: who did what, newest first; one entry with its hashes; whether the chain was verified, and by now."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response, StreamingResponse

from offshelf.access.roles import Permission
from offshelf.console.address import Address, address_of, number_of
from offshelf.console.links import link_of
from offshelf.console.render import show
from offshelf.console.routing import LARGE, command, page
from offshelf.console.tables import csv_stream
from offshelf.console.visit import Visit
from offshelf.journal.anchors import anchor_of
from offshelf.journal.browse.model import Filter, Line
from offshelf.journal.chain import ChainState
from offshelf.kit.errors import UsageError
from offshelf.kit.instants import local
from offshelf.kit.tame import cell
from offshelf.vocabulary.texts import catalogue

_FIELDS = ("actor", "verb", "subject", "text", "from", "to")
_PAIRS, _SHORT, _ITEMS = (
    3,
    48,
    20,
)  # parts of a body in a list, characters of one; items of a list in a record
# Parts of bodies whose values have words, by the tables they may stand in.
_TABLES = {
    "reason": ("reason",),
    "platform": ("pages.platform",),
    "kind": ("licence_kind", "kind", "place"),
    "state": ("state", "task_state", "place_state"),
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as a list shows it. `href` is the page of its subject; `trusted` False: it stands where the chain broke."""

    line: Line
    what: str
    told: str
    href: str
    trusted: bool


def view(visit: Visit) -> Response:
    """Show the list, or only its table where a filter changed it."""
    asked = address_of(visit, "/journal", _FIELDS)
    before, after = number_of(visit.asked("before")), number_of(visit.asked("after"))
    found = visit.house.journal_pages.page(_filter(asked), before=before, after=after)
    bad, shops = _first_bad(visit), {shop.shop_id for shop in visit.house.shops.all()}
    rows = [_row(visit, line, shops, bad) for line in found.lines]
    if visit.by_htmx:
        return show(visit, "pieces/journal.html", asked=asked, found=found, rows=rows, inner=before or after)
    return show(
        visit,
        "journal.html",
        asked=asked,
        found=found,
        rows=rows,
        inner=before or after,
        actors=visit.house.journal_pages.actors(),
        verbs=sorted(
            ((verb, _verb(visit, verb)) for verb in visit.house.journal_pages.verbs()), key=_by_word
        ),
        **_chain(visit),
    )


def record(visit: Visit) -> Response:
    """Show one entry."""
    seq = number_of(visit.named("seq"))
    if seq is None:
        raise UsageError("journal.unknown_entry", seq=visit.named("seq")[:20])
    found = visit.house.journal_pages.record(seq)
    shops = {shop.shop_id for shop in visit.house.shops.all()}
    line = found.line
    body = (
        []
        if line.body is None
        else [(_name(visit, key), _whole(visit, key, v)) for key, v in line.body.items()]
    )
    raw = "" if line.body is None else json.dumps(line.body, ensure_ascii=False, indent=2)
    row = _row(visit, line, shops, _first_bad(visit))
    return show(visit, "journal_entry.html", found=found, row=row, line=line, body=body, raw=raw)


def table(visit: Visit) -> Response:
    """Give everything that matches as CSV, however much it is."""
    asked = address_of(visit, "/journal", _FIELDS)
    names = ("seq", "at", "actor", "what", "verb", "subject", "body", "hash")
    head = [visit.say(f"console.journal.{name}") for name in names]
    return csv_stream("journal.csv", head, _csv(visit, _filter(asked)))


def _csv(visit: Visit, asked: Filter) -> Iterator[tuple[object, ...]]:
    for line in visit.house.journal_pages.all(asked):
        body = "?" if line.body is None else json.dumps(line.body, ensure_ascii=False, sort_keys=True)
        at = "?" if line.at is None else local(line.at)
        told = (line.actor, _verb(visit, line.verb), line.verb, line.subject, body, line.hash)
        yield (line.seq, at, *(cell(text) for text in told))


def export(visit: Visit) -> Response:
    """Give the whole journal as `offshelf journal export` writes it."""
    name = f"journal-{visit.house.journal.head().seq}.jsonl"
    pieces = (b"".join(lines) for lines in visit.house.journal.lines())
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, 200, headers, "application/x-ndjson")


def chain(visit: Visit) -> Response:
    """Show what is known of the chain, to be put into the page while it is verified."""
    if not visit.by_htmx:
        return visit.goes_to("/journal")
    return show(visit, "pieces/journal_chain.html", **_chain(visit))


def verify(visit: Visit) -> Response:
    """Begin to verify the whole chain, held against a certificate where one is given. Changes nothing."""
    given = visit.files.get("certificate")
    witnesses = (
        [] if given is None or not given.filename else [anchor_of(given.file.read(), given.filename[:100])]
    )
    visit.house.journal.chain.start(dict(witnesses))
    return visit.goes_to("/journal")


def _chain(visit: Visit) -> dict[str, Any]:
    journal = visit.house.journal
    seen, head = journal.chain.seen(), journal.head()
    return {"seen": seen, "head": head, "state": seen.state(head), "ChainState": ChainState}


def _first_bad(visit: Visit) -> int | None:
    verdict = visit.house.journal.chain.seen().verdict
    return None if verdict is None else verdict.first_bad_seq


def _filter(asked: Address) -> Filter:
    return Filter(
        actor=asked.text("actor"),
        verb=asked.text("verb"),
        subject=asked.text("subject"),
        text=asked.text("text"),
        since=asked.day("from"),
        until=asked.day("to"),
    )


def _row(visit: Visit, line: Line, shops: set[str], bad: int | None) -> Row:
    trusted = line.intact and (bad is None or line.seq < bad)
    href = link_of(visit, line.subject, line.verb, shops)
    return Row(line, _verb(visit, line.verb), _told(visit, line.body), href, trusted)


def _verb(visit: Visit, verb: str) -> str:
    """Return the word for a verb; one we have no word for is shown as it is."""
    key = f"journal_verb.{verb}"
    return visit.say(key) if catalogue().has(key, visit.language) else verb


def _by_word(pair: tuple[str, str]) -> tuple[bool, str]:
    return pair[0] == pair[1], pair[0]


def _name(visit: Visit, key: str) -> str:
    known = f"journal_field.{key}"
    return visit.say(known) if catalogue().has(known, visit.language) else key


def _told(visit: Visit, body: Mapping[str, Any] | None) -> str:
    """Return the beginning of a body on one line: what has a word first, nothing that is empty."""
    if body is None:
        return visit.say("console.journal.unreadable")
    full = [(key, value) for key, value in body.items() if value not in (None, "", 0, [], {})]
    full.sort(key=lambda part: not catalogue().has(f"journal_field.{part[0]}", visit.language))
    parts = [f"{_name(visit, key)}: {_short(visit, key, value)}" for key, value in full[:_PAIRS]]
    return " · ".join(parts) + (" …" if len(full) > _PAIRS else "")


def _short(visit: Visit, key: str, value: Any) -> str:
    if isinstance(value, list):
        return visit.say("console.journal.items", count=len(value))
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return f"{value[:12]}…"
    text = _word(visit, key, value)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _whole(visit: Visit, key: str, value: Any) -> list[str]:
    """Return a value as lines."""
    if isinstance(value, list):
        more = len(value) - _ITEMS
        told = [_flat(item) for item in value[:_ITEMS]]
        return [*told, visit.say("console.kit.more", count=more)] if more > 0 else told or ["–"]
    if isinstance(value, dict):
        return [f"{_name(visit, name)}: {_flat(item)}" for name, item in value.items()] or ["–"]
    return [_word(visit, key, value)]


def _word(visit: Visit, key: str, value: Any) -> str:
    for table in _TABLES.get(key, ()) if isinstance(value, str) else ():
        if catalogue().has(f"{table}.{value}", visit.language):
            return visit.say(f"{table}.{value}")
    return _flat(value)


def _flat(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or "–"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        return " · ".join(_flat(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


ROUTES = (
    page("/journal", Permission.READ, view),
    page("/journal.csv", Permission.READ, table),
    page("/journal/export.jsonl", Permission.READ, export),
    page("/journal/chain", Permission.READ, chain),
    command("/journal/verify", Permission.READ, verify, most=LARGE),
    page("/journal/{seq}", Permission.READ, record),
)
