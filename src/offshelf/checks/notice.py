"""Check 10: customers were told in time, in a letter that says what it must and nothing it must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from offshelf.checks import ground, knowing, notices, wording
from offshelf.checks.model import Facts, Params, fails, passes, unclear, warns
from offshelf.checks.notices import same_stop
from offshelf.kit.instants import iso, local
from offshelf.vocabulary.plans import Finding, Reason
from offshelf.vocabulary.statements import Statement, StatementKind


def notice(facts: Facts) -> Iterator[Finding]:
    """Judge the notice to customers, and the shop's own where it closes. What may not be sold at all waits for neither."""
    if ground.skips_courtesy(facts):
        yield from _skipped(facts)
        return
    if facts.reason.at_once:
        yield _no_ground(facts)
    found = list(_customers(facts))
    if facts.reason is Reason.WIND_DOWN:
        found += _closing(facts)
    given = [one.at for one in notices.of_goods(facts, StatementKind.CUSTOMER_NOTICE).words]
    params: Params = {"count": len(given)}
    evidence: dict[str, object] = {"notices": len(given)}
    yield from knowing.summed(
        found, passes("notice.given", "plan", min(given, default=None), params, evidence)
    )


def _skipped(facts: Facts) -> Iterator[Finding]:
    """Say on what law nothing waits. A safety reason stops on a person's word, and owes the proof soon after."""
    reason: Params = {"reason": facts.reason.value}
    known = ground.proven(facts)
    skipped = passes("notice.skipped", "plan", facts.now, reason, reason | {"proven": known})
    yield replace(skipped, legal=ground.LAW[facts.reason])
    if not known:
        span = knowing.limit(facts, "safety.proof")
        due = notices.begins(facts) + span
        params: Params = {"hours": knowing.minutes(span) // 60, "due": local(due)}
        yield warns("notice.proof_due", "plan", None, params, {"due": iso(due)})


def _no_ground(facts: Facts) -> Finding:
    """Say what would let the stop go before the notices; until it is there, people are told as for any reason."""
    certificate, platform = facts.reason is Reason.CERTIFICATE, facts.reason is Reason.PLATFORM
    code = "notice.no_ended_paper" if certificate else "notice.not_forced" if platform else "notice.no_proof"
    return warns(code, "plan", None, {"plan": facts.plan_id or "PLAN"}, {"reason": facts.reason.value})


def _customers(facts: Facts) -> Iterator[Finding]:
    heard = notices.of_goods(facts, StatementKind.CUSTOMER_NOTICE)
    if heard.untold:
        ids = [f"{one.shop_id}/{one.listing_id}" for one in heard.untold[: knowing.NAMED]]
        count = len(heard.untold)
        params: Params = {"count": count, "first": ids[0]}
        yield unclear("notice.none", "plan", None, params, {"listings": ids, "count": count})
    rules = _Rules.of(facts)
    for said in heard.words:
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
    span = knowing.limit(facts, notices.CUSTOMERS)
    window = notices.window(facts, said, span)
    if window.opens > notices.begins(facts):
        hours = {"hours": knowing.minutes(span) // 60}
        yield fails("notice.late", said.subject, said.at, params | hours, evidence)
    if window.outlived(notices.begins(facts)):
        until = {"at": local(said.at), "until": local(window.closes)}
        yield unclear("notice.outlived", said.subject, said.at, params | until, evidence)


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


def _closing(facts: Facts) -> Iterator[Finding]:
    """Who stops selling shows it on the home page without a break before (N-1 to N-3)."""
    for shown in notices.on_home_pages(facts):
        params: Params = {"shop": shown.shop_id}
        said = shown.word
        if said is None:
            yield unclear("notice.no_shop_notice", shown.shop_id, None, params)
            continue
        evidence: dict[str, object] = {
            "first_seen": str(said.detail.get("first_seen", "")),
            "last_seen": str(said.detail.get("last_seen", "")),
            "evidence": said.evidence,
        }
        if shown.problem == "unreadable" or shown.first is None or shown.last is None:
            yield unclear("notice.shop_unclear", shown.shop_id, said.at, params, evidence)
            continue
        if shown.problem:
            hours = {"hours": knowing.minutes(facts.now - shown.last) // 60}
            yield unclear("notice.shop_stale", shown.shop_id, shown.last, params | hours, evidence)
        closing = notices.closes_from(facts, shown.shop_id, shown.first)
        if notices.begins(facts) < closing:
            days = notices.natural_days(facts, notices.CLOSING, shown.shop_id)
            more: Params = {"days": days, "earliest": local(closing)}
            told = evidence | {"earliest": iso(closing)}
            yield fails("notice.shop_late", shown.shop_id, shown.first, params | more, told)
