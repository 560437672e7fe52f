"""A plan as a document and as print: shared by the verbs of the group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from offshelf.cli.findings_view import show_findings
from offshelf.cli.paper import Paper
from offshelf.kit.instants import local
from offshelf.vocabulary.plans import NOT_OVER, Outcome, PlanKind, PlanState

if TYPE_CHECKING:
    from offshelf.cli.words import Words
    from offshelf.delisting.model import ActRecord, Plan, PlanResult, Signatures, Verification

NAMED = 20  # listings written out in a command to copy
MOST_NAMED = 100  # listings written out in all such commands together
SHOWN = 20  # rows of what needs attention; --json gives all
OUTCOMES = (*(word.value for word in Outcome), "open")


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return what a plan is."""
    return {
        "id": plan.plan_id,
        "version": plan.version,
        "kind": plan.kind,
        "reason": plan.reason,
        "state": plan.state,
        "fingerprint": plan.fingerprint,
        "created_at": plan.created_at,
        "created_by": plan.created_by,
        "stop_at": plan.stop_at,
        "origin": plan.origin,
    }


def result_document(result: PlanResult) -> dict[str, Any]:
    """Return a plan with everything known of it."""
    blockers = [finding for finding in result.findings if finding["stands"]]
    return {
        "plan": plan_document(result.plan) | {"reason": result.reason, "proposed_reason": result.plan.reason},
        "forced": result.forced,
        "started_at": result.started_at,
        "ended_at": result.ended_at,
        "outcomes": result.outcomes,
        "acts": act_rows(result.acts),
        "attention": attention(result.acts),
        "listings": listing_counts(result.verifications),
        "places": [place_document(v) for v in result.verifications],
        "uncovered": result.uncovered,
        "verified_off": result.verified_off,
        "findings": Counter(finding["verdict"] for finding in result.findings),
        "blockers": blockers,
        "waived": [finding for finding in result.findings if finding["waived_by"]],
        "owed": result.owed,
        "overdue": result.overdue,
        "approvals": result.approvals,
        **signatures_document(result.signatures),
        "open_orders": result.open_orders,
        "held_up": None
        if result.held_up is None
        else {"code": result.held_up[0], "params": result.held_up[1]},
        "journal": {"seq": result.journal_seq, "hash": result.journal_hash, "ok": result.journal_ok},
        "next": next_commands(result),
    }


def signatures_document(standing: Signatures | None) -> dict[str, Any]:
    """Return who has signed, who is missing and when the plan may start; nothing where that is not known."""
    if standing is None:
        return {"signatures": None, "may_start_at": None}
    return {
        "signatures": {
            "needed": standing.needed,
            "given": [name for name, _ in standing.given],
            "missing": standing.missing,
            "void": standing.void,
            "may_sign": standing.may_sign,
            "cannot_be_undone": standing.lost,
            "confirm": standing.confirm,
            "confirmed_by": standing.confirmed_by,
            "policy_missing": standing.unknown,
        },
        "may_start_at": standing.may_start_at,
    }


def show_signatures(paper: Paper, standing: Signatures | None) -> None:
    """Print who has signed, who is missing, and when the plan may start."""
    if standing is None:
        return
    if standing.unknown:
        paper.say("cli.signatures.unknown", style="bold red", policy=standing.unknown)
        return
    names = ", ".join(name for name, _ in standing.given) or "–"
    paper.say("cli.signatures.given", given=len(standing.given), needed=standing.needed, names=names)
    if standing.void:
        paper.say("cli.signatures.void", names=", ".join(standing.void))
    if standing.missing:
        paper.say("cli.signatures.missing", count=standing.missing)
        if standing.may_sign:
            paper.say("cli.signatures.may_sign", names=", ".join(standing.may_sign))
    if standing.may_start_at is not None:
        paper.say("cli.signatures.may_start", at=local(standing.may_start_at))
    if standing.confirm:
        key = "confirmed" if standing.confirmed_by else "confirm"
        paper.say(f"cli.signatures.{key}", count=standing.lost, by=standing.confirmed_by)


def place_document(v: Verification) -> dict[str, Any]:
    """Return wanted, observed and verified of one listing."""
    return {
        "shop": v.shop_id,
        "listing": v.listing_id,
        "code": v.merchant_code,
        "title": v.title,
        "wanted": v.wanted,
        "observed": v.observed,
        "verified": v.verified,
        "probe": v.probe,
        "verified_at": v.verified_at,
    }


def listing_counts(verifications: Iterable[Verification]) -> dict[str, int]:
    """Return how many listings there are, and how many are verified, not so, or unknown."""
    counts = {"count": 0, "verified": 0, "not_so": 0, "unknown": 0}
    for v in verifications:
        counts["count"] += 1
        counts[{True: "verified", False: "not_so", None: "unknown"}[v.verified]] += 1
    return counts


def act_rows(acts: Iterable[ActRecord]) -> list[dict[str, Any]]:
    """Return acts by shop and kind, in the order they run, with counts by outcome and the cost of undoing."""
    from offshelf.delisting.model import UNDO

    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for record in acts:
        key = (record.act.shop_id, record.act.kind.value)
        if key not in rows:
            rows[key] = {
                "shop": key[0],
                "kind": key[1],
                "count": 0,
                "undo": UNDO[record.act.kind],
                "outcomes": dict.fromkeys(OUTCOMES, 0),
            }
        rows[key]["count"] += 1
        rows[key]["outcomes"][record.outcome.value if record.outcome else "open"] += 1
    return list(rows.values())


def attention(acts: Iterable[ActRecord]) -> list[dict[str, Any]]:
    """Return acts that were tried and whose wanted state was not seen; `next_try_at` None with `asks_person` set."""
    from offshelf.delisting.judge import ASK_A_PERSON

    rows = []
    for record in acts:
        if record.outcome is None or record.outcome.good:
            continue
        asks = record.settled_at is not None or record.next_try_at == ASK_A_PERSON
        rows.append(
            {
                "act": record.act.act_id,
                "kind": record.act.kind,
                "shop": record.act.shop_id,
                "target": record.act.target,
                "outcome": record.outcome,
                "code": record.code,
                "attempts": record.attempts,
                "next_try_at": None if asks else record.next_try_at,
                "asks_person": asks,
            }
        )
    return rows


def next_commands(result: PlanResult) -> list[str]:
    """Return what to do next with a plan, as commands."""
    plan = result.plan
    this = f"offshelf plan {{}} {plan.plan_id}"
    if plan.state is PlanState.PROPOSED:
        if not result.findings:
            return [this.format("check")]
        if any(finding["stands"] for finding in result.findings):
            return [this.format("check"), "offshelf plan waive --help"]
        return [f"{this.format('approve')} --fingerprint {plan.fingerprint[:12]}"]
    run = f"{this.format('run')} --execute{_confirm(result)}"
    ended, cancelled = _after_the_end(result, this), _after_cancelling(result, this)
    after = {
        PlanState.APPROVED: _at_its_instant(result, this) if plan.stop_at else [this.format("run"), run],
        PlanState.RUNNING: [*_by_hand_first(result), run, this.format("pause")],
        PlanState.PAUSED: [*_by_hand_first(result), run, this.format("cancel")],
        PlanState.INCOMPLETE: [
            *_by_hand_first(result),
            *_beside(result),
            run,
            this.format("verify"),
            *declare_owed(result),
        ],
        PlanState.DONE: [*declare_owed(result), *ended],
        PlanState.CANCELLED: cancelled,
    }
    return after[plan.state]


def _at_its_instant(result: PlanResult, this: str) -> list[str]:
    """Return how a plan comes to start at its instant: a worker does it, where what is lost was confirmed ahead."""
    mark = result.plan.fingerprint[:12]
    confirm = [f"{this.format('confirm')} --fingerprint {mark}"] if _confirm(result) else []
    return [this.format("timeline"), *confirm, "offshelf worker"]


def declare_owed(result: PlanResult) -> list[str]:
    """Return how what the stop did not wait for is written down, if anything is open."""
    return ["offshelf catalog declare --template", "offshelf catalog declare FILE"] if result.owed else []


def _by_hand_first(result: PlanResult) -> list[str]:
    """Return where the work of people is told, if any waits: running again changes nothing about it."""
    waits = any(record.outcome is Outcome.WAITING for record in result.acts)
    return [f"offshelf tasks list --plan {result.plan.plan_id}"] if waits else []


def _beside(result: PlanResult) -> list[str]:
    """Return how to go on with what sells the goods and has no act of the plan."""
    from offshelf.delisting.uncovered import next_step

    steps = [next_step(result.plan, one) for one in result.uncovered]
    return [step for step in dict.fromkeys(steps) if step not in _by_hand_first(result)][:NAMED]


def show_uncovered(paper: Paper, result: PlanResult) -> None:
    """Print what sells the goods and has no act of the plan, and what to do about each."""
    if not result.uncovered:
        return
    words = paper.words
    paper.heading("uncovered")
    paper.table(
        ("shop", "place", "listing", "title", "way"),
        [
            (
                one.shop_id or "*",
                words.word("place", one.kind.value),
                one.ref,
                one.title,
                words.word("way", one.way.value),
            )
            for one in result.uncovered[:SHOWN]
        ],
    )
    if len(result.uncovered) > SHOWN:
        paper.say("cli.shown", shown=SHOWN, count=len(result.uncovered))


def _confirm(result: PlanResult) -> str:
    """Return the option that confirms what cannot be undone, where a start asks for it."""
    standing = result.signatures
    asked = standing is not None and standing.confirm and not standing.confirmed_by
    return f" --confirm {result.plan.fingerprint[:12]}" if asked and result.started_at is None else ""


def _after_the_end(result: PlanResult, this: str) -> list[str]:
    """Return the steps after a run that ended well; what is on sale again is taken off before anything else."""
    certify = f"{this.format('certificate')} -o {result.plan.plan_id}.json"
    if result.plan.kind is not PlanKind.DELIST:
        return [certify]
    again = propose_rest(result)
    return [*again, this.format("verify"), certify] if again else [certify, this.format("relist")]


def _after_cancelling(result: PlanResult, this: str) -> list[str]:
    """Return the steps after a plan was cancelled: see what it did, put it back, or take the rest off anew."""
    seen = [this.format("verify")] if result.started_at is not None else []
    if result.plan.kind is not PlanKind.DELIST:
        return [*seen, "offshelf plan list"]
    back = [this.format("relist")] if seen else []
    return [*seen, *back, *propose_rest(result)]


def propose_rest(result: PlanResult) -> list[str]:
    """Return the commands that propose what a delisting has not verified off; none where nothing is left."""
    left = [(v.shop_id, v.listing_id) for v in result.verifications if v.verified is not True]
    return propose_commands(result.plan.reason.value, left)


def propose_commands(reason: str, keys: Sequence[tuple[str, str]]) -> list[str]:
    """Return commands that propose taking these listings off, so many each that they can be copied.

    Of very many only the first are named: what is left comes up again with the next look.
    """
    parts = [keys[start : start + NAMED] for start in range(0, min(len(keys), MOST_NAMED), NAMED)]
    return [
        f"offshelf plan propose --reason {reason}"
        + "".join(f" --listing {shop_id}/{listing_id}" for shop_id, listing_id in part)
        for part in parts
    ]


def show_result(paper: Paper, result: PlanResult) -> None:
    """Print a plan with everything known of it."""
    words = paper.words
    show_plan(paper, replace(result.plan, reason=result.reason), len(result.verifications))
    if result.held_up is not None:
        what, advice = words.trouble(*result.held_up)
        paper.say("cli.plan.held_up", style="bold red", what=what, advice=advice)
    elif result.overdue:
        paper.say("cli.plan.overdue", style="bold red", plan=result.plan.plan_id, at=local(result.overdue))
    paper.heading("acts")
    show_acts(paper, act_rows(result.acts))
    show_listings(paper, result)
    show_attention(paper, attention(result.acts))
    show_uncovered(paper, result)
    blockers = [finding for finding in result.findings if finding["stands"]]
    if blockers:
        paper.heading("blockers")
        show_findings(paper, blockers, more=f"offshelf plan show {result.plan.plan_id} --json")
    waived = [finding for finding in result.findings if finding["waived_by"]]
    if waived:
        paper.heading("waived")
        show_findings(paper, waived, more=f"offshelf plan show {result.plan.plan_id} --json")
    show_owed(paper, result)
    for approval in result.approvals:
        paper.say(
            "cli.plan.approved_by", by=approval.person, at=local(approval.at), note=approval.note or "–"
        )
    if result.plan.state in NOT_OVER:
        show_signatures(paper, result.signatures)
    if result.open_orders:
        orders = ", ".join(f"{words.word('order', s)} {n}" for s, n in sorted(result.open_orders.items()))
        paper.say("cli.plan.open_orders", orders=orders)
    if not result.journal_ok:
        paper.say("cli.plan.journal_broken", style="bold red")
    paper.next_steps(next_commands(result))


def show_owed(paper: Paper, result: PlanResult) -> None:
    """Print what the stop does not wait for and is still to be done."""
    if result.owed:
        paper.heading("owed")
        show_findings(paper, result.owed, more=f"offshelf plan show {result.plan.plan_id} --json")


def show_plan(paper: Paper, plan: Plan, listings: int) -> None:
    """Print what a plan is."""
    words = paper.words
    paper.pairs(
        [
            ("plan", f"{plan.plan_id}  v{plan.version}"),
            ("kind", words.word("kind", plan.kind.value)),
            ("reason", words.word("reason", plan.reason.value)),
            ("state", words.word("state", plan.state.value)),
            ("listings", listings),
            ("fingerprint", plan.fingerprint),
            ("created", f"{local(plan.created_at)}  {plan.created_by}"),
            ("stop_at", local(plan.stop_at) if plan.stop_at else ""),
            ("origin", plan.origin),
        ]
    )


def show_acts(paper: Paper, rows: Sequence[dict[str, Any]]) -> None:
    """Print acts by kind and outcome; outcomes nobody has are left out."""
    words = paper.words
    used = [word for word in OUTCOMES if any(row["outcomes"][word] for row in rows)]
    used = [] if used == ["open"] else used
    paper.table(
        ("number", "shop", "act", "count", *(f"outcome_{word}" for word in used), "undo"),
        [
            (
                number,
                row["shop"],
                words.word("act", row["kind"]),
                row["count"],
                *tuple(row["outcomes"][word] or "" for word in used),
                words.word("undo", row["undo"].value),
            )
            for number, row in enumerate(rows, start=1)
        ],
        right=frozenset({"number", "count", *(f"outcome_{word}" for word in used)}),
    )


def show_listings(paper: Paper, result: PlanResult) -> None:
    """Print how many listings are proven, and those that are not (once the plan has run)."""
    counts = listing_counts(result.verifications)
    if result.started_at is None and not counts["verified"]:
        return  # nothing was looked at yet: a number would read like a result
    say_verified(paper, result, counts)
    open_ones = [v for v in result.verifications if v.verified is not True]
    if not open_ones:
        return
    words = paper.words
    paper.table(
        ("shop", "listing", "title", "wanted", "shelf", "verified"),
        [
            (
                v.shop_id,
                v.listing_id,
                v.title,
                words.word("wanted", v.wanted),
                words.word("shelf", v.observed),
                words.word("verified", "no" if v.verified is False else "unknown"),
            )
            for v in open_ones[:SHOWN]
        ],
    )
    if len(open_ones) > SHOWN:
        paper.say("cli.shown", shown=SHOWN, count=len(open_ones))


def say_verified(paper: Paper, result: PlanResult, counts: dict[str, int]) -> None:
    """Print `verified off N of M`, with the instant of the last look that says so."""
    key = "verified_off" if result.plan.kind is PlanKind.DELIST else "verified_on"
    style = "bold green" if counts["verified"] == counts["count"] else "bold yellow"
    text = paper.words.say(f"cli.run.{key}", verified=counts["verified"], listings=counts["count"])
    looked = [v.verified_at for v in result.verifications if v.verified is True and v.verified_at is not None]
    if looked:
        text = paper.words.say("cli.run.at", text=text, at=local(max(looked)))
    paper.say("cli.line", style=style, text=text)


def show_attention(paper: Paper, rows: Sequence[dict[str, Any]]) -> None:
    """Print the first acts that need attention, why, and when they are tried again."""
    if not rows:
        return
    paper.heading("attention")
    paper.table(
        ("act", "shop", "target", "outcome", "why", "attempts", "next_try"),
        [
            (
                paper.words.word("act", row["kind"].value),
                row["shop"],
                row["target"],
                paper.words.word("outcome", row["outcome"].value),
                paper.words.act_code(row["code"]),
                row["attempts"],
                _next_try(paper.words, row),
            )
            for row in rows[:SHOWN]
        ],
        right=frozenset({"attempts"}),
    )
    if len(rows) > SHOWN:
        paper.say("cli.shown", shown=SHOWN, count=len(rows))


def show_unfinished(paper: Paper, result: PlanResult) -> None:
    """Print the acts that are not done, those at places that sell first: a proven shelf is not the whole plan."""
    left = result.unfinished
    if not left:
        return
    selling = sum(record.sells for record in left)
    paper.say("cli.verify.unfinished", style="bold yellow", count=len(left), selling=selling)
    show_attention(paper, attention(left))


def _next_try(words: Words, row: dict[str, Any]) -> str:
    if row["asks_person"] or row["next_try_at"] is None:
        return words.say("cli.asks_person")
    return local(row["next_try_at"])
