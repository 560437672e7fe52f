"""Check 10: customers were told in time, in a letter that says what it must and nothing it must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from offshelf.checks import knowing, wording
from offshelf.checks.model import Facts, Params, fails, passes, product_code, unclear
from offshelf.checks.notices import earliest_closing, in_time, same_stop
from offshelf.kit.instants import iso, local
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import Finding, Reason
from offshelf.vocabulary.statements import Statement, StatementKind

# What may not be sold is stopped at once: no courtesy period.
_AT_ONCE = {
    Reason.SAFETY: ("R-13", "F-2"),
    Reason.CERTIFICATE: ("F-3", "F-7"),
    Reason.VIOLATION: ("A-1", "F-4"),
    Reason.PLATFORM: ("F-4",),
}


def notice(facts: Facts) -> Iterator[Finding]:
    """Judge the notice to customers, and the shop's own where it closes. A reason that stops at once skips both."""
    if facts.reason.at_once:
        reason: Params = {"reason": facts.reason.value}
        skipped = passes("notice.skipped", "plan", facts.now, reason, reason)
        yield replace(skipped, legal=_AT_ONCE[facts.reason])
        return
    found = list(_customers(facts))
    if facts.reason is Reason.WIND_DOWN:
        for shop_id in facts.shops:
            found += _shop(facts, shop_id)
    given = [one.at for one in _given(facts)[0]]
    params: Params = {"count": len(given)}
    evidence: dict[str, object] = {"notices": len(given)}
    yield from knowing.summed(
        found, passes("notice.given", "plan", min(given, default=None), params, evidence)
    )


def _given(facts: Facts) -> tuple[list[Statement], list[Listing]]:
    """Return the notices that speak of the plan's goods, and the listings that none speaks of."""
    kind = StatementKind.CUSTOMER_NOTICE
    whole = facts.said(kind, facts.plan_id) if facts.plan_id else None
    if whole is not None:
        return [whole], []
    used: dict[str, Statement] = {}
    untold: list[Listing] = []
    for listing in facts.listings:
        key = f"{listing.shop_id}/{listing.listing_id}"
        said = facts.said(kind, key, listing.listing_id, product_code(listing))
        parts = [facts.said(kind, sku.merchant_code) for sku in listing.skus] if said is None else []
        if said is None and (not parts or None in parts):
            untold.append(listing)
        for one in (said, *parts):
            if one is not None:
                used[one.subject] = one
    return list(used.values()), untold


def _customers(facts: Facts) -> Iterator[Finding]:
    given, untold = _given(facts)
    if untold:
        ids = [f"{one.shop_id}/{one.listing_id}" for one in untold[: knowing.NAMED]]
        params: Params = {"count": len(untold), "first": ids[0]}
        yield unclear("notice.none", "plan", None, params, {"listings": ids, "count": len(untold)})
    rules = _Rules.of(facts)
    for said in given:
        yield from _gate(facts, said)
        yield from rules.letter(said)


def _gate(facts: Facts, said: Statement) -> Iterator[Finding]:
    stop = knowing.instant(said.detail, "stop_at")
    params: Params = {"subject": said.subject}
    evidence: dict[str, object] = {
        "given_at": iso(said.at),
        "told": str(said.detail.get("stop_at", "")),
        "stop_at": iso(facts.stop),
        "evidence": said.evidence,
    }
    if stop is None:
        yield unclear("notice.stop_untold", said.subject, said.at, params, evidence)
        return
    if not same_stop(facts, stop):
        # What was announced as ending must end then, or the notice is corrected.
        yield fails("notice.other_stop", said.subject, said.at, params, evidence)
    span = knowing.limit(facts, "notice.customers")
    if not in_time(facts, said.at, span):
        hours = {"hours": knowing.minutes(span) // 60}
        yield fails("notice.late", said.subject, said.at, params | hours, evidence)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a letter is measured by, gathered once for all of them."""

    sold_out: tuple[str, ...]
    required: tuple[dict[str, str], ...]
    forbidden: tuple[dict[str, str], ...]
    untrue: bool | None

    @classmethod
    def of(cls, facts: Facts) -> _Rules:
        """Read the lexicons of the policy."""
        return cls(
            facts.policy.words("lexicon.sold_out"),
            tuple(dict(row) for row in facts.policy.rows("lexicon.required_clauses")),
            tuple(dict(row) for row in facts.policy.rows("lexicon.forbidden_clauses")),
            wording.lie(facts, wording.left(facts)),
        )

    def letter(self, said: Statement) -> Iterator[Finding]:
        """Judge the text of one notice."""
        text, subject = str(said.detail.get("text", "")), said.subject
        params: Params = {"subject": subject}
        evidence: dict[str, object] = {"evidence": said.evidence}
        if not text.strip():
            yield unclear("notice.no_text", subject, said.at, params, evidence)
            return
        for row in wording.missing(text, self.required):
            words = " / ".join(row.get("any", "").split("|"))
            clause: Params = {"clause": row.get("id", ""), "rule": row.get("rule", "")}
            told: Params = params | clause | {"words": words}
            yield fails("notice.clause_missing", subject, said.at, told, evidence | clause)
        for row in wording.forbidden(text, self.forbidden):
            found: Params = {
                "word": row.get("text", ""),
                "rule": row.get("rule", ""),
                "fix": row.get("fix", ""),
            }
            yield fails("notice.forbidden_clause", subject, said.at, params | found, evidence | found)
        word = wording.says(text, self.sold_out)
        if word and self.untrue:
            lie: Params = {"word": word}
            yield fails("notice.false_sold_out", subject, said.at, params | lie, evidence | lie)
        elif word and self.untrue is None:
            yield unclear("notice.unproven", subject, said.at, params | {"word": word}, evidence)


def _shop(facts: Facts, shop_id: str) -> Iterator[Finding]:
    """Who stops selling shows it on the home page without a break before (N-1 to N-3)."""
    params: Params = {"shop": shop_id}
    said = facts.said(StatementKind.SHOP_NOTICE, shop_id)
    if said is None:
        yield unclear("notice.no_shop_notice", shop_id, None, params)
        return
    first, last = knowing.instant(said.detail, "first_seen"), knowing.instant(said.detail, "last_seen")
    evidence: dict[str, object] = {
        "first_seen": str(said.detail.get("first_seen", "")),
        "last_seen": str(said.detail.get("last_seen", "")),
        "evidence": said.evidence,
    }
    if first is None or last is None or not first <= last <= facts.now:
        yield unclear("notice.shop_unclear", shop_id, said.at, params, evidence)
        return
    if facts.now - last > knowing.limit(facts, "fresh.places", shop_id):
        hours = {"hours": knowing.minutes(facts.now - last) // 60}
        yield unclear("notice.shop_stale", shop_id, last, params | hours, evidence)
    days = facts.policy.number("notice.closing", facts.platforms.get(shop_id, ""))
    if facts.stop < earliest_closing(first, days):
        closing = earliest_closing(first, days)
        more: Params = {"days": days, "earliest": local(closing)}
        yield fails("notice.shop_late", shop_id, first, params | more, evidence | {"earliest": iso(closing)})
