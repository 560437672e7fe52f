"""The section `statements` of the merchant's register: every kind with its subject and its fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from offshelf.catalog.registers.context import Asked, Context
from offshelf.catalog.registers.fields import Fields, shown
from offshelf.catalog.registers.model import Fault
from offshelf.catalog.registers.proofs import name_of_statement
from offshelf.kit.instants import iso
from offshelf.vocabulary.codes import plain_code
from offshelf.vocabulary.places import PlaceKind
from offshelf.vocabulary.statements import Statement, StatementKind

Detail = dict[str, str | int]
PLAN = re.compile(r"[A-Z]-\d{6}-[0-9A-Z]{6}", re.ASCII)
_ORDER = re.compile(r"[^/]+/[^/]+")
_TEXT = 20_000  # characters of a letter or of rules


class Ground(StrEnum):
    """Reasons whose ground no platform and no paper tells: somebody states it, with evidence."""

    VIOLATION = "violation"
    SAFETY = "safety"


class Decision(StrEnum):
    """What a buyer decided about an open order."""

    SHIP = "ship"
    EXCHANGE = "exchange"
    REFUND = "refund"


def none_of(ctx: Context, top: Fields) -> list[Statement]:
    """Read `none`: kinds of places or of statements of which there is nothing."""
    found = []
    for word, line in top.texts("none"):
        if word in subjects_of_none():
            none = Statement(StatementKind.NONE, word, ctx.at, ctx.by)
            found.append(ctx.read(none, line, "none"))
        else:
            known = ", ".join(subjects_of_none())
            ctx.faults.append(Fault(line, "none", "unknown_word", {"value": shown(word), "known": known}))
    return found


# Without proof these are worth nothing: goods that hurt people, or broke a rule, come back on sale by them.
REMEDIES = (StatementKind.HAZARD_REMEDIED, StatementKind.VIOLATION_REMEDIED)
# These happened at one instant: a file shows one of them, and looking again makes none newer.
ONCE = (*REMEDIES, StatementKind.GROUND)
LICENCES = "licences"  # the register of papers itself: all are written down, or there are none


def subjects_of_none() -> tuple[str, ...]:
    """Return what there can be none of: kinds of places, and kinds of statements but for those about others."""
    about = (StatementKind.NONE, StatementKind.READ, *REMEDIES)
    # What a shop sells and holds is read from it: nobody's word that there is none counts against that.
    places = (kind for kind in PlaceKind if kind not in (PlaceKind.LISTING, PlaceKind.STOCK))
    return (*places, *(kind for kind in StatementKind if kind not in about), LICENCES)


def statement(ctx: Context, item: Fields) -> Statement | None:
    """Read one statement; None where it has faults."""
    before = len(ctx.faults)
    kind = item.word("kind", StatementKind, required=True)
    at, by = ctx.instant(item), item.text("by") or ctx.by
    evidence, end = ctx.proof(item), item.instant("valid_until")
    subject = item.text("subject", required=True)
    if kind is None:
        return None  # its fields depend on the kind
    if subject and _SUBJECTS[kind] in (_code, _scope):
        subject = plain_code(subject)
    if subject:
        _SUBJECTS[kind](ctx, item, subject)
    detail = _DETAILS[kind](ctx, item) if kind in _DETAILS else {}
    if kind in REMEDIES:
        item.node("evidence", required=True)
    if kind in (*REMEDIES, StatementKind.GROUND):
        ctx.must_show(item, evidence)
    item.rest()
    if end is not None and end <= at:
        item.complain("valid_until", "ends_before")
    if len(ctx.faults) > before:
        return None
    said = Statement(kind, subject, at, by, detail, evidence, end)
    if evidence:
        ctx.prove(item, evidence, name_of_statement(said))
    return ctx.made(item, said, once=kind in ONCE)


# -- subjects ---------------------------------------------------------------------------------------------------------


def _place_kind(_ctx: Context, item: Fields, subject: str) -> None:
    _known(item, subject, (*PlaceKind, LICENCES))


def _nothing(_ctx: Context, item: Fields, subject: str) -> None:
    _known(item, subject, subjects_of_none())


def _known(item: Fields, subject: str, known: tuple[str, ...]) -> None:
    if subject not in known:
        item.complain("subject", "unknown_word", value=shown(subject), known=", ".join(known))


def _shop(ctx: Context, item: Fields, _subject: str) -> None:
    ctx.shop(item, "subject")


def _scope(ctx: Context, item: Fields, subject: str) -> None:
    ctx.scopes.append(Asked(subject, item.line_of("subject"), f"{item.where}.subject"))


def _order(ctx: Context, item: Fields, subject: str) -> None:
    if not _ORDER.fullmatch(subject):
        item.complain("subject", "not_an_order", value=shown(subject))
    elif subject.partition("/")[0] not in ctx.shops:
        known = ", ".join(sorted(ctx.shops)) or "–"
        item.complain("subject", "unknown_shop", value=shown(subject.partition("/")[0]), known=known)


def _code(ctx: Context, item: Fields, subject: str) -> None:
    ctx.code(subject, item.line_of("subject"), f"{item.where}.subject")


def _anything(_ctx: Context, _item: Fields, _subject: str) -> None:
    """Take any name: suppliers and presales are known to the merchant alone."""


_SUBJECTS: dict[StatementKind, Callable[[Context, Fields, str], None]] = {
    StatementKind.NONE: _nothing,
    StatementKind.READ: _place_kind,
    StatementKind.BACKUP: _shop,
    StatementKind.RESTORE_DRILL: _shop,
    StatementKind.CUSTOMER_NOTICE: _scope,
    StatementKind.SHOP_NOTICE: _shop,
    StatementKind.SUPPLIER_NOTICE: _anything,
    StatementKind.INTERCEPTION_RULES: _anything,
    StatementKind.ORDER_DECISION: _order,
    StatementKind.PRESALE_SETTLED: _anything,
    StatementKind.SUBSTITUTE: _code,
    StatementKind.HAZARD_REMEDIED: _scope,
    StatementKind.VIOLATION_REMEDIED: _scope,
    StatementKind.GROUND: _scope,
}


# -- fields -----------------------------------------------------------------------------------------------------------


def _backup(ctx: Context, item: Fields) -> Detail:
    return _past(ctx, item, "through") | {"rows": item.whole("rows", required=True) or 0}


def _drill(ctx: Context, item: Fields) -> Detail:
    return {"passed": item.flag("passed", required=True) or 0} | _past(ctx, item, "backup_through")


def _customers(_ctx: Context, item: Fields) -> Detail:
    text = item.text("text", _TEXT, required=True, lines=True)
    return _instant(item, "stop_at") | {"text": text, "channel": item.text("channel", required=True)}


def _shop_notice(ctx: Context, item: Fields) -> Detail:
    found = _past(ctx, item, "first_seen") | _past(ctx, item, "last_seen")
    if len(found) == 2 and str(found["last_seen"]) < str(found["first_seen"]):
        item.complain("last_seen", "ends_before")
    return found


def _supplier(ctx: Context, item: Fields) -> Detail:
    code = item.text("code", 128, required=True)
    if code:
        code = ctx.code(code, item.line_of("code"), f"{item.where}.code")
    told = item.instant("acknowledged_at")
    if told is not None and told > ctx.now:
        item.complain("acknowledged_at", "in_future")
    return {"code": code} | _instant(item, "stop_at") | {"acknowledged_at": iso(told) if told else ""}


def _rules(_ctx: Context, item: Fields) -> Detail:
    return {"text": item.text("text", _TEXT, required=True, lines=True)}


def _decision(_ctx: Context, item: Fields) -> Detail:
    decision = item.word("decision", Decision, required=True)
    # Shipping what was bought needs nobody's word; anything else needs the buyer's (promise P3).
    asked = decision in (Decision.EXCHANGE, Decision.REFUND)
    return {
        "decision": decision.value if decision else "",
        "consent": item.text("consent", 2_000, required=asked, lines=True),
    }


def _settled(_ctx: Context, item: Fields) -> Detail:
    return {
        "payers": item.whole("payers", required=True) or 0,
        "amount": item.whole("amount", required=True) or 0,
    }


def _substitute(ctx: Context, item: Fields) -> Detail:
    code = item.text("code", 128, required=True)
    if code and plain_code(code) == plain_code(item.text("subject")):
        item.complain("code", "itself", value=shown(code))
    elif code:
        code = ctx.code(code, item.line_of("code"), f"{item.where}.code")
    return {"code": code}


def _ground(_ctx: Context, item: Fields) -> Detail:
    reason = item.word("reason", Ground, required=True)
    item.node("evidence", required=True)  # a word alone lets nobody skip the notices
    text = item.text("text", _TEXT, required=True, lines=True)
    return {"reason": reason.value if reason else "", "text": text}


_DETAILS: dict[StatementKind, Callable[[Context, Fields], Detail]] = {
    StatementKind.BACKUP: _backup,
    StatementKind.RESTORE_DRILL: _drill,
    StatementKind.CUSTOMER_NOTICE: _customers,
    StatementKind.SHOP_NOTICE: _shop_notice,
    StatementKind.SUPPLIER_NOTICE: _supplier,
    StatementKind.INTERCEPTION_RULES: _rules,
    StatementKind.ORDER_DECISION: _decision,
    StatementKind.PRESALE_SETTLED: _settled,
    StatementKind.SUBSTITUTE: _substitute,
    StatementKind.HAZARD_REMEDIED: _rules,
    StatementKind.VIOLATION_REMEDIED: _rules,
    StatementKind.GROUND: _ground,
}


def _instant(item: Fields, name: str) -> Detail:
    found = item.instant(name, required=True)
    return {name: iso(found)} if found else {}


def _past(ctx: Context, item: Fields, name: str) -> Detail:
    """Read an instant of something that happened: it cannot lie ahead."""
    found = item.instant(name, required=True)
    if found is not None and found > ctx.now:
        item.complain(name, "in_future")
    return {name: iso(found)} if found else {}
