"""The report of a plan for the person who owns the shop: one self-contained HTML page, Chinese or English.

The answer stands first, then what needs a person, then the evidence. A listing counts as off or on only where
`certificate.proof_of` says so; unknown has its own word, sign and colour and is never shown as good.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from markupsafe import Markup

from offshelf.delisting.by_hand import undo_of
from offshelf.delisting.certificate import Proof, proof_of
from offshelf.delisting.model import UNDO, ActRecord, Force, PlanResult, Verification, Way
from offshelf.delisting.page_frame import code_text, environment, language_tag, word_of
from offshelf.delisting.uncovered import next_step
from offshelf.delisting.unlooked import unlooked
from offshelf.kit.instants import from_iso, local
from offshelf.vocabulary.plans import ActKind, Outcome, PlanKind, PlanState, Reason
from offshelf.vocabulary.texts import catalogue, worded
from offshelf.vocabulary.trade import OrderState

MOST_EXPLAINED = 200  # listings with a paragraph of their own; the rest stand in the table
MOST_ROWS = 5000  # a browser on a phone still scrolls this; the certificate holds all
MOST_LINES = 100  # findings or promotions of one kind

_PROMOTIONS = (ActKind.STOP_LIMITED_DISCOUNT, ActKind.STOP_COUPON, ActKind.STOP_AFFILIATE)
_PROVEN = (Proof.OFF, Proof.ON)
_TONE = {
    Proof.OFF: "good",
    Proof.ON: "good",
    Proof.NOT_OFF: "bad",
    Proof.NOT_ON: "bad",
    Proof.UNKNOWN: "unknown",
}
_OUTCOME_TONE = {
    Outcome.DONE: "good",
    Outcome.ALREADY_SO: "good",
    Outcome.REFUSED: "bad",
    Outcome.WAITING: "wait",
    Outcome.UNKNOWN: "unknown",
}
_VERDICT_TONE = {"pass": "good", "fail": "bad", "heed": "heed"}
_DECLARE = "offshelf catalog declare FILE"
_REASONS = 3  # of one kind of trouble in the list of what needs a person
_TONES = ("bad", "unknown", "wait", "good")
_URGENCY = {Proof.NOT_OFF: 0, Proof.NOT_ON: 0, Proof.UNKNOWN: 1, Proof.OFF: 2, Proof.ON: 2}

Say = Callable[..., str]
Item = dict[str, Any]


def render(
    result: PlanResult,
    lang: str,
    *,
    issued_at: datetime,
    certificate: dict[str, Any] | None = None,
    picture: str = "",
) -> str:
    """Return the page as HTML.

    `certificate` is the signed document issued with it, where there is one, `picture` the places of the plan as a figure
    drawn by us: it stands in the page as it is.
    """
    words = catalogue()

    def say(key: str, **params: object) -> str:
        return words.say(f"report.{key}", lang, **params)

    def word(kind: str, value: str) -> str:
        return word_of(lang, kind, value)

    judged = sorted(
        ((v, proof_of(v)) for v in result.verifications), key=lambda pair: _URGENCY[pair[1]]
    )  # sorted() keeps the plan's order within each urgency
    acts = _acts_by_listing(result.acts)

    def why(code: str) -> str:
        return code_text(code, lang)

    view: Item = {
        "lang": language_tag(lang),
        "picture": Markup(picture),  # noqa: S704 - drawn by us, every text escaped
        "say": say,
        "word": word,
        "local": local,
        "not_looked_at": _not_looked_at(result, say, lang),
        "plan": result.plan,
        "reason": result.reason.value,
        "proposed_reason": "" if result.reason is result.plan.reason else result.plan.reason.value,
        "issued_at": issued_at,
        "shops": [(*result.shops[key], key) for key in sorted(result.shops)],
        "answer": _answer(result, judged, say),
        "needs": sorted(
            _needs(result, judged, say, word, why) + _uncovered(result, say, lang) + _owed(result, say, lang),
            key=lambda need: _TONES.index(need["tone"]),
        ),
        "listings": _listings(result, judged, acts, say, word, why),
        "kinds": _kinds(result.acts),
        "promotions": _promotions(result, say, word),
        "orders": sorted(result.open_orders.items()),
        "findings": _findings(result, lang, word),
        "timeline": _timeline(result, say),
        "journal": (result.journal_seq, result.journal_hash, result.journal_ok),
        "certificate": certificate,
    }
    return environment().get_template("report.html.j2").render(view)


_LEFT = frozenset({Outcome.WAITING.value, Outcome.UNKNOWN.value, Outcome.REFUSED.value, "open"})


def _answer(result: PlanResult, judged: list[tuple[Verification, Proof]], say: Say) -> Item:
    """Return headline, advice, tone and the parts of the bar."""
    relist = result.plan.kind is PlanKind.RELIST
    goal = "on" if relist else "off"
    counts = Counter(_TONE[proof] for _, proof in judged)
    total, proven, left = len(judged), counts["good"], 0
    if result.started_at is None:
        tone, advice = "wait", "not_started"
    elif counts["bad"]:
        tone, advice = "bad", f"not_{goal}"
    elif counts["unknown"] or not total:
        tone, advice = "unknown", "unknown"
    elif left := sum(count for word, count in result.outcomes.items() if word in _LEFT):
        tone, advice = "wait", "work_left"
    elif left := len(result.owed):
        tone, advice = "wait", "owed"
    else:
        tone, advice = "good", f"all_{goal}"
    return {
        "tone": tone,
        "headline": say(f"headline.{goal}", proven=proven, total=total),
        "advice": say(f"advice.{advice}", bad=counts["bad"], unknown=counts["unknown"], left=left),
        "parts": [(part, counts[part], say(f"part.{part}_{goal}")) for part in ("good", "unknown", "bad")],
        "total": total,
    }


def _needs(
    result: PlanResult,
    judged: list[tuple[Verification, Proof]],
    say: Say,
    word: Callable[[str, str], str],
    code_text: Callable[[str], str],
) -> list[Item]:
    """Return what a person must do or know, most urgent first."""
    plan = result.plan.plan_id
    proofs = Counter(proof for _, proof in judged)
    found: list[Item] = []

    def need(tone: str, key: str, count: int, command: str = "", why: str = "", **params: object) -> None:
        if count:
            text = say(f"need.{key}", count=count, **params)
            text = say("because", text=text, why=why) if why else text
            found.append({"tone": tone, "text": text, "next": say(f"need.{key}.next"), "command": command})

    verify, run = f"offshelf plan verify {plan}", f"offshelf plan run {plan} --execute"
    need("bad", "journal", int(not result.journal_ok), "offshelf journal verify")
    if result.started_at is not None:
        need("bad", "not_off", proofs[Proof.NOT_OFF], verify)
        need("bad", "not_on", proofs[Proof.NOT_ON], verify)
        need("unknown", "unknown", proofs[Proof.UNKNOWN], verify)
    for (kind, outcome), codes in sorted(_unsettled(result.acts).items(), key=lambda pair: pair[0]):
        command = verify if outcome == Outcome.REFUSED.value else run
        if kind == ActKind.BY_HAND.value and outcome == Outcome.WAITING.value:
            command = (
                f"offshelf tasks list --plan {plan}"  # running again changes nothing about the work of people
            )
        # A few reasons are enough here: every listing says its own below.
        why = say("between").join(filter(None, (code_text(code) for code, _ in codes.most_common(_REASONS))))
        tone, count = _OUTCOME_TONE[Outcome(outcome)], codes.total()
        need(tone, f"act_{outcome}", count, command, why, act=word("act", kind))
    need("wait", "act_open", sum(record.outcome is None for record in result.acts), run)
    need("bad", "findings", sum(bool(finding.get("stands")) for finding in result.findings))
    need("unknown", "orders_unknown", result.open_orders.get("unknown", 0))
    # Goods that hurt people, or break a rule, are not sent: each order is decided on.
    grave = result.plan.kind is PlanKind.DELIST and result.reason in (Reason.SAFETY, Reason.VIOLATION)
    apart = ("unknown", OrderState.SHIPPED.value)
    owing = sum(count for state, count in result.open_orders.items() if state not in apart)
    need("wait", "orders_grave" if grave else "orders", owing, _DECLARE if grave else "")
    sent = result.open_orders.get(OrderState.SHIPPED.value, 0)
    need("wait", "orders_sent_grave" if grave else "orders_sent", sent, _DECLARE if grave else "")
    return found


def _uncovered(result: PlanResult, say: Say, lang: str) -> list[Item]:
    """Return what sells the goods and has no act of the plan, by what is to be done about it."""
    found: list[Item] = []
    for way in Way:
        some = [one for one in result.uncovered if one.way is way]
        if not some:
            continue
        names = [f"{catalogue().say(f'place.{one.kind.value}', lang)} {one.title or one.ref}" for one in some]
        text = say(f"need.uncovered_{way.value}", count=len(some))
        text = say("because", text=text, why=say("between").join(names[:_REASONS]))
        command, tone = next_step(result.plan, some[0]), "unknown" if way is Way.DECLARE else "bad"
        step = say(f"need.uncovered_{way.value}.next")
        found.append({"tone": tone, "text": text, "next": step, "command": command})
    return found


def _owed(result: PlanResult, say: Say, lang: str) -> list[Item]:
    """Return what the stop did not wait for and is still to be done, by its code."""
    alike: dict[str, list[Item]] = {}
    for finding in result.owed:
        alike.setdefault(str(finding["code"]), []).append(finding)
    found = []
    for code, some in alike.items():
        said = [_finding_text(one, lang) for one in some[:_REASONS]]
        text = say("because", text=say("need.owed", count=len(some)), why=say("between").join(said))
        words, key, first = catalogue(), f"finding.{code}.next", some[0]
        step = words.say(key, lang, **worded(first["params"], lang)) if words.has(key, lang) else ""
        step = step or say("need.owed.next")
        found.append({"tone": "wait", "text": text, "next": step, "command": _DECLARE})
    return found


def _not_looked_at(result: PlanResult, say: Say, lang: str) -> str:
    """Return which places nobody looked at; empty where there are none to look at."""
    missing = unlooked(result)
    if missing is None:
        return say("not_looked_at.unjudged")
    if not missing:
        return say("not_looked_at.none") if result.plan.kind is PlanKind.DELIST else ""
    names = (f"{catalogue().say(f'place.{one.kind}', lang)} ({one.shop_id})" for one in missing)
    return say("not_looked_at", places=say("between").join(names))


def _unsettled(acts: Iterable[ActRecord]) -> dict[tuple[str, str], Counter[str]]:
    """Return codes, counted, by kind and outcome of acts that did not come to a good end."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for r in acts:
        if r.outcome and not r.outcome.good:
            found.setdefault((r.act.kind.value, r.outcome.value), Counter())[r.code] += 1
    return found


def _acts_by_listing(acts: Iterable[ActRecord]) -> dict[tuple[str, str], list[ActRecord]]:
    found: dict[tuple[str, str], list[ActRecord]] = {}
    for record in acts:
        found.setdefault((record.act.shop_id, record.act.listing_id), []).append(record)
    return found


def _listings(
    result: PlanResult,
    judged: list[tuple[Verification, Proof]],
    acts: dict[tuple[str, str], list[ActRecord]],
    say: Say,
    word: Callable[[str, str], str],
    code_text: Callable[[str], str],
) -> Item:
    """Return rows for the table, and explanations for those that need attention."""
    rows: list[Item] = []
    forced = {(force.shop_id, force.listing_id): force for force in result.forced}
    for verification, proof in judged[:MOST_ROWS]:
        row = {
            "v": verification,
            "forced": _forced(forced.get((verification.shop_id, verification.listing_id)), say),
            "tone": _TONE[proof],
            "says": _says(verification, proof),
            "shop": _shop_named(result, verification.shop_id, word),
            "why": [],
        }
        if proof not in _PROVEN and len(rows) < MOST_EXPLAINED:
            mine = acts.get((verification.shop_id, verification.listing_id), [])
            row["why"] = _why(verification, mine, say, word, code_text)
        rows.append(row)
    attention = sum(proof not in _PROVEN for _, proof in judged)
    return {
        "explained": [row for row in rows if row["why"]],
        "unexplained": max(0, attention - MOST_EXPLAINED),
        "rows": rows,
        "left_out": max(0, len(judged) - MOST_ROWS),
        "many_shops": len(result.shops) > 1,
    }


def _shop_named(result: PlanResult, shop_id: str, word: Callable[[str, str], str]) -> str:
    """Return platform and name of a shop: shops of one merchant often share a name."""
    platform, name = result.shops.get(shop_id, ("", shop_id))
    return f"{word('platform', platform)} {name or shop_id}".strip() if platform else name or shop_id


def _forced(force: Force | None, say: Say) -> str:
    """Return what the platform said of a listing it took off itself, empty for all others."""
    if force is None:
        return ""
    at, raw = local(force.at), force.raw_status or "–"
    return (
        say("forced", at=at, raw=raw, said=force.said) if force.said else say("forced_silent", at=at, raw=raw)
    )


def _says(verification: Verification, proof: Proof) -> str:
    """Return the word for a listing: one that no look saw on sale, yet is not safely off, may come back."""
    seen_on = verification.probe == "buyable" or any(r.get("shelf") == "on" for r in verification.reads)
    return "may_return" if proof is Proof.NOT_OFF and not seen_on else proof.value


def _why(
    verification: Verification,
    acts: list[ActRecord],
    say: Say,
    word: Callable[[str, str], str],
    code_text: Callable[[str], str],
) -> list[str]:
    """Say why a listing is not proven, from its own evidence."""
    contrary = "on" if verification.wanted == "off" else "off"
    found: list[str] = []
    if verification.probe == ("buyable" if verification.wanted == "off" else "not_buyable"):
        found.append(say(f"why.{verification.probe}"))
    against = [read for read in verification.reads if read.get("shelf") == contrary]
    if against:
        at, path = _moment(against[-1].get("at")), word("path", str(against[-1].get("path")))
        found.append(say(f"why.read_{contrary}", at=at, path=path))
    silent = sum(read.get("shelf") == "unknown" for read in verification.reads)
    if silent:
        found.append(say("why.silent", count=silent))
    if not verification.reads:
        found.append(say("why.never_looked"))
    for record in acts:
        if record.outcome is not None and not record.outcome.good:
            named, outcome = word("act", record.act.kind.value), word("outcome", record.outcome.value)
            found.append(
                say("why.act", act=named, outcome=outcome, code=code_text(record.code) or record.code or "–")
            )
    return found or [say("why.disagreed" if verification.verified is False else "why.too_little")]


def _moment(at: object) -> str:
    try:
        return local(from_iso(str(at)))
    except ValueError:
        return str(at)


def _kinds(acts: Iterable[ActRecord]) -> list[Item]:
    """Return one line per kind of act: how many, with which outcome, and what undoing costs."""
    found: dict[ActKind, Counter[str]] = {}
    for record in acts:
        outcome = record.outcome.value if record.outcome else "open"
        found.setdefault(record.act.kind, Counter())[outcome] += 1
    tones = {outcome.value: tone for outcome, tone in _OUTCOME_TONE.items()} | {"open": "wait"}
    return [
        {
            "kind": kind.value,
            "undo": UNDO[kind].value,
            "total": sum(counts.values()),
            "outcomes": [(outcome, count, tones[outcome]) for outcome, count in counts.items()],
        }
        for kind, counts in sorted(found.items(), key=lambda pair: list(ActKind).index(pair[0]))
    ]


def _promotions(result: PlanResult, say: Say, word: Callable[[str, str], str]) -> Item:
    """Return promotions the plan stops, each with its outcome and what undoing costs."""
    goods = {(v.shop_id, v.listing_id): v for v in result.verifications}
    records = [record for record in result.acts if record.act.kind in _PROMOTIONS]
    rows = []
    for record in sorted(records, key=lambda r: r.outcome is not None and r.outcome.good):
        act, outcome = record.act, record.outcome
        one = goods.get((act.shop_id, act.listing_id))
        rows.append(
            {
                "kind": act.kind.value,
                "target": act.target,
                "title": one.title if one else "",
                "code": one.merchant_code if one else "",
                "shop": _shop_named(result, act.shop_id, word),
                "outcome": outcome.value if outcome else "open",
                "tone": _OUTCOME_TONE[outcome] if outcome else "wait",
                "undo": undo_of(act).value,
            }
        )
    more = len(rows) - MOST_LINES
    return {"rows": rows[:MOST_LINES], "more": say("more", count=more) if more > 0 else ""}


def _findings(result: PlanResult, lang: str, word: Callable[[str, str], str]) -> list[Item]:
    """Return findings in groups: standing, waived, to know, passed."""
    groups: dict[str, list[Item]] = {"stands": [], "waived": [], "notice": [], "passed": []}
    for finding in result.findings:
        at = finding.get("observed_at")
        verdict = str(finding.get("verdict"))
        if verdict == "fail" and not finding.get("blocking"):
            verdict = "heed"  # nothing failed that the plan needs; a person should know it
        item = finding | {
            "text": _finding_text(finding, lang),
            "at": _moment(at) if at else "",
            "tone": _VERDICT_TONE.get(verdict, "unknown"),
            "word": word("verdict", verdict),
        }
        if finding.get("waived_by"):
            groups["waived"].append(item)
        elif finding.get("stands"):
            groups["stands"].append(item)
        else:
            groups["passed" if verdict == "pass" else "notice"].append(item)
    return [
        {
            "name": name,
            "items": items[:MOST_LINES],
            "count": len(items),
            "more": max(0, len(items) - MOST_LINES),
        }
        for name, items in groups.items()
        if items
    ]


def _finding_text(finding: dict[str, Any], lang: str) -> str:
    """Return the finding's own sentence, or its code where the catalogue cannot say it."""
    words, key, params = catalogue(), f"finding.{finding.get('code')}", finding.get("params") or {}
    if not words.has(key, lang) or not words.places(key, lang) <= set(params):
        return str(finding.get("code"))
    return words.say(key, lang, **worded(params, lang))


def _timeline(result: PlanResult, say: Say) -> list[tuple[str, str, str]]:
    """Return (instant, what, detail) in order of time."""
    plan = result.plan
    events: list[tuple[datetime, str, str]] = [
        (plan.created_at, say("event.proposed", by=plan.created_by), "")
    ]
    for approval in result.approvals:
        valid = approval.fingerprint == plan.fingerprint
        key = "event.approved" if valid else "event.approved_other"
        events.append((approval.at, say(key, by=approval.person), approval.note))
    if result.started_at is not None:
        events.append((result.started_at, say("event.started"), ""))
    looked = [v.verified_at for v in result.verifications if v.verified_at is not None]
    if looked:
        events.append((max(looked), say("event.verified", count=len(looked)), ""))
    events += [
        (force.at, say("event.forced", listing=force.listing_id), force.said) for force in result.forced
    ]
    if result.ended_at is not None:
        ended = "event.ended" if plan.state is PlanState.DONE else "event.stopped"
        events.append((result.ended_at, say(ended), ""))
    return [(local(at), what, detail) for at, what, detail in sorted(events, key=lambda event: event[0])]
