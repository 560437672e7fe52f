"""Brands and category rights: from the platform's answers to our records (reference §14). Pure; no end is guessed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from offshelf.kit.instants import SHANGHAI
from offshelf.platforms.calling.reading import flag, identity, instant, need, raw, rows, table, text, whole
from offshelf.platforms.contract import Force, LicenceSeen
from offshelf.platforms.wechat_channels.manifest import words
from offshelf.vocabulary.statements import LicenceKind

Fields = dict[str, Any]
_OWN, _GRANTED = 1, 2  # `grant_type`
_NUMBER, _TITLE, _HOLDER, _REASON = 60, 500, 200, 300  # characters


class Span(NamedTuple):
    """From when until when, in legal days; `until` None: no end where `known`, else nobody told."""

    start: date | None
    until: date | None
    known: bool


_UNTOLD = Span(None, None, known=False)


def brand(entry: Fields, at: datetime) -> LicenceSeen:
    """Read one brand. It ends when the first of its registration and its grants ends."""
    brand_id = need(entry, "brand_id", identity)
    register = table(entry.get("register_details"))
    span = narrowest((_span(register), *_grants(entry)), at.astimezone(SHANGHAI).date())
    return LicenceSeen(
        ref=brand_id,
        kind=LicenceKind.BRAND_AUTHORISATION,
        number=text(register.get("register_no"))[:_NUMBER] or brand_id,
        title=(text(entry.get("ch_name")) or text(entry.get("en_name")))[:_TITLE],
        holder=text(register.get("registrant"))[:_HOLDER],
        valid_from=span.start,
        valid_until=span.until,
        end_known=span.known,
        force=_force("brand", entry.get("status")),
        raw_status=raw(entry.get("status")),
        observed_at=at,
        brand_ids=(brand_id,),
        reason=text(table(entry.get("audit_result")).get("reject_reason"))[:_REASON],
    )


def _grants(entry: Fields) -> tuple[Span, ...]:
    """Return the spans of what the brand is used by; nothing for an own one."""
    kind = whole(entry.get("grant_type"))
    if kind == _OWN:
        return ()
    if kind != _GRANTED:
        return (_UNTOLD,)
    grant = table(entry.get("grant_details"))
    if flag(grant.get("use_split_grant_info")) is not True:
        return (_span(grant),)
    level = whole(grant.get("grant_level"))
    if level not in (1, 2, 3):
        return (_UNTOLD,)
    return tuple(_span(table(grant.get(f"grant_info_lv{step}"))) for step in range(1, level + 1))


def _span(part: Fields) -> Span:
    """Read beginning and end; `is_permanent` overrides the end."""
    start = instant(part.get("start_time"))
    begins = None if start is None else start.astimezone(SHANGHAI).date()
    if flag(part.get("is_permanent")) is True:
        return Span(begins, None, known=True)
    end = instant(part.get("end_time"))
    return Span(begins, None if end is None else last_day(end), known=end is not None)


def last_day(end: datetime) -> date:
    """Return the last legal day of what ends at an instant: one that ends at midnight does not reach the day it begins."""
    return (end - timedelta(seconds=1)).astimezone(SHANGHAI).date()


def narrowest(spans: Iterable[Span], day: date) -> Span:
    """Return when all of them hold: from the latest beginning to the earliest end.

    One end that nobody told leaves the whole without a known end, unless another has passed on `day`: it may be earlier.
    """
    every = tuple(spans)
    start = max((one.start for one in every if one.start is not None), default=None)
    until = min((one.until for one in every if one.until is not None), default=None)
    if all(one.known for one in every) or (until is not None and until < day):
        return Span(start, until, known=True)
    return Span(start, None, known=False)


def category_right(entry: Fields, at: datetime) -> LicenceSeen:
    """Read one category right. No end is told by 0: whether that means "for ever" is not published."""
    category_id = need(entry, "id", identity)
    start, end = instant(entry.get("effective_time")), instant(entry.get("uneffective_time"))
    return LicenceSeen(
        ref=category_id,
        kind=LicenceKind.CATEGORY_RIGHT,
        number=category_id,
        title=category_id,  # the platform tells no name here, and rights to two categories are not alike
        holder="",
        valid_from=None if start is None else start.astimezone(SHANGHAI).date(),
        valid_until=None if end is None else last_day(end),
        end_known=end is not None,
        force=_force("category_right", entry.get("status")),
        raw_status=raw(entry.get("status")),
        observed_at=at,
        category_ids=(category_id,),
        reason=text(entry.get("uneffective_reason"))[:_REASON],
    )


def one_per_category(rights: Iterable[LicenceSeen]) -> list[LicenceSeen]:
    """Return one right of each category: where several papers stand behind it, an effective one, of these the last to end."""
    found: dict[str, LicenceSeen] = {}
    for right in rights:
        known = found.get(right.ref)
        if known is None or _rank(right) > _rank(known):
            found[right.ref] = right
    return list(found.values())


def _rank(right: LicenceSeen) -> tuple[int, date]:
    order = (Force.ENDED, Force.NOT_IN_FORCE, Force.UNKNOWN, Force.IN_FORCE)
    return order.index(right.force), right.valid_until or date.min


def _force(name: str, status: object) -> Force:
    return Force(words(name).get(raw(status), Force.UNKNOWN.value))


def brand_of(copies: list[Fields]) -> str | None:
    """Return the brand of a product: "" for the platform's number for "none", None where it is not told (reference §4.3)."""
    told = next((found for copy in copies if (found := identity(copy.get("brand_id"))) is not None), None)
    return "" if told in words("no_brand") else told


def categories_of(copies: list[Fields]) -> tuple[str, ...] | None:
    """Return the categories of a product in the new tree, every level; None where they are not told (reference §4.3)."""
    for copy in copies:
        entries = rows(copy.get("cats_v2"))
        found = [identity(entry.get("cat_id")) for entry in entries or ()]
        if found and None not in found:
            return tuple(one for one in found if one is not None)
    return None
