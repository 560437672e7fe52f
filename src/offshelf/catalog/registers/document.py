"""The merchant's register as one YAML file: its sections, and what must not stand in it together. Pure but for evidence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from offshelf.catalog.registers.context import Context
from offshelf.catalog.registers.fields import Fields
from offshelf.catalog.registers.model import Draft, Fault
from offshelf.catalog.registers.papers import licence
from offshelf.catalog.registers.said import none_of, statement
from offshelf.catalog.registers.standing import name_of
from offshelf.catalog.registers.stands import place
from offshelf.kit.yamlfile import Node
from offshelf.vocabulary.places import Place, PlaceState
from offshelf.vocabulary.statements import Statement, StatementKind

T = TypeVar("T")


def read_document(ctx: Context, node: Node) -> Draft:
    """Return what a file says; its faults stand in the context."""
    top = Fields(node, "", ctx.faults)
    at, by = top.instant("at"), top.text("by")
    if at is not None and at > ctx.now:
        top.complain("at", "in_future")
    ctx.at, ctx.by, ctx.dated = at or ctx.at, by or ctx.by, ctx.dated or at is not None
    places = _read(ctx, top.tables("places"), place, lambda p: (p.shop_id, p.kind, p.ref))
    licences = _read(ctx, top.tables("licences"), licence, name_of)
    said = _read(ctx, top.tables("statements"), statement, _said)
    none = [(top.line_of("none"), each) for each in none_of(ctx, top)]
    top.rest()
    _refuse_contradictions(ctx, none, said, places)
    if not (places or licences or said or none or ctx.faults):
        top.complain("", "nothing")
    return Draft(
        file=node.file,
        places=tuple(found for _, found in places),
        statements=tuple(found for _, found in (*none, *said)),
        licences=tuple(found for _, found in licences),
    )


def _read(
    ctx: Context,
    items: Iterable[Fields],
    read: Callable[[Context, Fields], T | None],
    name: Callable[[T], Hashable],
) -> list[tuple[int, T]]:
    """Read the tables of a section; two of one name are a fault."""
    found: list[tuple[int, T]] = []
    lines: dict[Hashable, int] = {}
    for item in items:
        one = read(ctx, item)
        if one is None:
            continue
        if name(one) in lines:
            item.complain("", "twice", other=lines[name(one)])
            continue
        lines[name(one)] = item.line
        found.append((item.line, one))
    return found


def _said(given: Statement) -> Hashable:
    about = given.detail.get("code") if given.kind is StatementKind.SUPPLIER_NOTICE else ""
    return given.kind, given.subject, about, given.at


def _refuse_contradictions(
    ctx: Context,
    none: list[tuple[int, Statement]],
    said: list[tuple[int, Statement]],
    places: list[tuple[int, Place]],
) -> None:
    """Refuse "there is none" beside what there is, in one file."""
    nothing = {one.subject: line for line, one in none}
    nothing |= {one.subject: line for line, one in said if one.kind is StatementKind.NONE}
    there = [(line, one.kind.value) for line, one in places if one.state is not PlaceState.ENDED]
    there += [(line, one.kind.value) for line, one in said]
    for line, kind in there:
        if kind in nothing:
            ctx.faults.append(Fault(line, "none", "there_is_some", {"kind": kind, "other": nothing[kind]}))
