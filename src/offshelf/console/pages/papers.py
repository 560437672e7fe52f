"""Papers (licences, certificates of others): how each stands, by list and by month, and one with all that was said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.catalog.registers.standing import EVERYTHING
from offshelf.console.address import Address, address_of, number_of
from offshelf.console.kit import Entry, Mark, Month, Tab, month_of
from offshelf.console.links import link_of, paper_link
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.slices import slice_of
from offshelf.console.tables import csv_file
from offshelf.console.visit import Visit
from offshelf.kit.instants import local
from offshelf.kit.tame import cell
from offshelf.monitoring.licences import LicenceEvent, What
from offshelf.monitoring.papers import Condition, Filter, Paper, Record, Said, Shelf
from offshelf.vocabulary.statements import Licence, LicenceKind

_FIELDS = ("text", "kind", "shop", "condition", "needs")
_LOOKS = {
    Condition.EXPIRED: "bad",
    Condition.SOON: "warn",
    Condition.UNKNOWN: "unknown",
    Condition.DOUBTED: "unknown",
    Condition.NOT_YET: "info",
    Condition.VALID: "ok",
    Condition.REPLACED: "mute",
}
_CODES = 3  # codes of what a paper covers that a list shows
_COLUMNS = (
    "number", "kind", "name", "holder", "shop", "covers", "valid_from", "valid_until", "days_left", "condition",
    "doubt", "source", "seen", "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A paper as a list shows it."""

    paper: Paper
    licence: Licence
    look: str
    href: str
    end: str
    covers: str


def view(visit: Visit) -> Response:
    """Show the list or the month, or only that part where a filter changed it."""
    asked = address_of(visit, "/papers", (*_FIELDS, "as"))
    shelf = visit.house.paper_pages.shelf(_filter(asked))
    by_month = asked.text("as") == "calendar"
    data: dict[str, Any] = {"asked": asked, "shelf": shelf, "by_month": by_month}
    if by_month:
        data["month"] = _month(visit, shelf)
    else:
        found = slice_of(shelf.papers, number_of(visit.asked("page")) or 1)
        data |= {"found": found, "rows": [_row(visit, one) for one in found.rows]}
    if visit.by_htmx:
        return show(visit, "pieces/papers.html", **data)
    tabs = (
        Tab(visit.say("console.papers.as_list"), asked.url(**{"as": None}), here=not by_month),
        Tab(visit.say("console.papers.as_calendar"), asked.url(**{"as": "calendar"}), here=by_month),
    )
    return show(
        visit, "papers.html", tabs=tabs, looks=_LOOKS, Condition=Condition, choices=_choices(visit), **data
    )


def record(visit: Visit) -> Response:
    """Show one paper."""
    found = visit.house.paper_pages.record(visit.asked("kind"), visit.asked("number"), visit.asked("shop"))
    shops = {shop.shop_id: shop for shop in visit.house.shops.all()}
    goods = [
        (listing, link_of(visit, f"{listing.shop_id}/{listing.listing_id}", shops=shops))
        for listing in found.depends.listings
    ]
    return show(
        visit,
        "paper.html",
        found=found,
        row=_row(visit, found.paper),
        heirs=[_row(visit, one) for one in found.heirs],
        moments=_moments(visit, found),
        goods=goods,
        shops=shops,
        everything=EVERYTHING in found.paper.standing.licence.covers,
        tasks=link_of(visit, "T-000000-000000").rpartition("/")[0],
    )


def table(visit: Visit) -> Response:
    """Give the papers that match as CSV."""
    asked = address_of(visit, "/papers", _FIELDS)
    shelf = visit.house.paper_pages.shelf(_filter(asked))
    head = [visit.say(f"console.papers.{name}") for name in _COLUMNS]
    return csv_file("papers.csv", head, _csv(visit, shelf.papers))


def _csv(visit: Visit, papers: tuple[Paper, ...]) -> Iterator[list[object]]:
    for paper in papers:
        row, one = _row(visit, paper), paper.standing.licence
        left = paper.standing.days_left
        yield [
            cell(one.number),
            visit.say(f"licence_kind.{one.kind.value}"),
            cell(one.title),
            cell(one.holder),
            cell(one.shop_id),
            cell(" ".join(one.covers)),
            one.valid_from or "",
            row.end,
            "" if left is None else left,
            visit.say(f"console.papers.is.{paper.condition.value}"),
            visit.say(f"licence_doubt.{one.doubt.value}") if one.doubt.value else "",
            visit.say(f"licence_source.{one.source}"),
            local(one.observed_at),
            one.evidence,
        ]


def _filter(asked: Address) -> Filter:
    return Filter(
        kind=asked.one_of(LicenceKind, "kind"),
        shop_id=asked.text("shop"),
        condition=asked.one_of(Condition, "condition"),
        text=asked.text("text"),
        needs=asked.text("needs") == "1",
    )


def _row(visit: Visit, paper: Paper) -> Row:
    licence = paper.standing.licence
    return Row(
        paper, licence, _LOOKS[paper.condition], _href(licence), _end(visit, licence), _covers(visit, licence)
    )


def _href(licence: Licence) -> str:
    return paper_link(licence.kind.value, licence.number, licence.shop_id)


def _end(visit: Visit, licence: Licence) -> str:
    if licence.valid_until is not None:
        return licence.valid_until.isoformat()
    return visit.say("cli.licences.no_end" if licence.end_known else "cli.licences.unknown_end")


def _covers(visit: Visit, licence: Licence) -> str:
    if EVERYTHING in licence.covers:
        return visit.say("console.papers.everything")
    if not licence.covers and licence.listings is None:
        return visit.say("cli.licences.covers_unknown")
    if not licence.covers:
        return visit.say("cli.licences.listings", count=len(licence.listings or ()))
    more = len(licence.covers) - _CODES
    told = ", ".join(licence.covers[:_CODES])
    return f"{told} {visit.say('console.kit.more', count=more)}" if more > 0 else told


def _month(visit: Visit, shelf: Shelf) -> Month:
    """Return the month asked for with the papers that end in it; what was replaced needs nobody."""
    asked, now = visit.asked("month"), visit.house.clock.now()
    weeks = month_of(asked, now, ()).weeks
    first, last = weeks[0][0].day, weeks[-1][-1].day
    marks = [
        Mark(one.valid_until, _LOOKS[paper.condition], cell(one.number), _href(one))
        for paper in shelf.papers
        if (one := paper.standing.licence).valid_until is not None
        and first <= one.valid_until <= last
        and paper.condition is not Condition.REPLACED
    ]
    return month_of(asked, now, marks)


def _moments(visit: Visit, found: Record) -> list[Entry]:
    """Return what was said and told of a paper, the newest first."""
    told = [_of_said(visit, one, first=one is found.said[-1]) for one in found.said]
    told += [_of_event(visit, one) for one in found.events]
    return sorted(told, key=lambda one: one.at.timestamp() if one.at else 0.0, reverse=True)


def _of_said(visit: Visit, said: Said, *, first: bool) -> Entry:
    licence = said.observation.licence
    what = "first_said" if first else "said"
    title = visit.say(f"console.papers.{what}", end=_end(visit, licence))
    seen = visit.say("console.papers.true_for", at=local(licence.observed_at))
    doubt = visit.say(f"licence_doubt.{licence.doubt.value}") if licence.doubt.value else ""
    text = " · ".join(part for part in (visit.say(f"licence_source.{licence.source}"), seen, doubt) if part)
    return Entry("unknown" if doubt else "info", title, said.observation.recorded_at, said.by, text)


def _of_event(visit: Visit, event: LicenceEvent) -> Entry:
    """Return what was told of a paper, and what was done about it."""
    state = {What.ALARM: "warn", What.EXPIRED: "bad"}.get(event.what, "unknown")
    title = visit.say(f"alert.{event.what.value}")
    if event.what is What.ALARM and event.days_left is not None:
        title = visit.say("console.papers.alarm", days=event.days_left)
    done = "plan" if event.plan_id else "dealt_with" if event.handled_at else "open"
    text = visit.say(f"console.papers.{done}", plan=event.plan_id)
    if event.renewed_at is not None:
        text += f" · {visit.say('alert.renewed')} {local(event.renewed_at)}"
    return Entry(state, title, event.raised_at, "", text, link_of(visit, event.plan_id))


def _choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    return {
        "kind": [(one.value, visit.say(f"licence_kind.{one.value}")) for one in LicenceKind],
        "shop": [(shop.shop_id, f"{cell(shop.name)} ({shop.shop_id})") for shop in visit.house.shops.all()],
        "condition": [(one.value, visit.say(f"console.papers.is.{one.value}")) for one in Condition],
    }


ROUTES = (
    page("/papers", Permission.READ, view),
    page("/papers.csv", Permission.READ, table),
    page("/papers/paper", Permission.READ, record),
)
