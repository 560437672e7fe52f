"""Step six: wanted, observed and verified of every listing side by side; looking again, certificate, report, putting back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import HTMLResponse, Response

from offshelf.access.roles import Permission
from offshelf.console.asking import Asked, asked_of
from offshelf.console.kit import Entry, moment
from offshelf.console.plan_frame import framed, show_step
from offshelf.console.plan_paths import path_of
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.console.watching import watch
from offshelf.delisting.certificate import Proof
from offshelf.delisting.documents import as_file
from offshelf.delisting.held_up import HeldUp
from offshelf.delisting.looking.again import LookAgain
from offshelf.delisting.looking.model import Step
from offshelf.delisting.looking.places import VERDICTS, PlaceFilter
from offshelf.delisting.looking.pulse import plan_topic
from offshelf.delisting.model import UNDO, Act
from offshelf.journal.model import Entry as Noted
from offshelf.kit.errors import OffshelfError
from offshelf.vocabulary.plans import PlanKind, PlanState
from offshelf.vocabulary.texts import catalogue, worded

_NAMES = ("shop", "verdict", "text")
_PARTS = ("plan-head", "counts", "places", "story", "conclusion")
_STORY = 60  # entries of what happened; the journal has all
_BATCHES = ("acts.recorded", "acts.by_hand")  # one for every batch: they would hide everything else
_LOST = 200  # of what cannot be put back, written out
LOOKS = {True: "ok", False: "bad", None: "unknown"}
_PROOFS = {
    Proof.OFF: "ok",
    Proof.ON: "ok",
    Proof.NOT_OFF: "bad",
    Proof.NOT_ON: "bad",
    Proof.UNKNOWN: "unknown",
}
# How an entry of the journal looks on the timeline; others are told plainly.
_VERBS = {
    "plan.started": "busy",
    "plan.approved": "ok",
    "plan.held_up": "bad",
    "plan.cancelled": "bad",
    "plan.paused": "warn",
    "plan.came_up_again": "bad",
    "plan.uncovered": "bad",
    "plan.forced": "warn",
    "plan.approvals_withdrawn": "warn",
    "shops.away": "bad",
}


def view(visit: Visit) -> Response:
    """Show what is proven."""
    house, plan_id = visit.house, visit.named("plan_id")
    seen = watch(visit, (plan_topic(plan_id),), _PARTS)
    head = house.plan_looks.head(plan_id)
    asked = _asked(visit, plan_id)
    verdict = asked.among("verdict", VERDICTS)
    asks = PlaceFilter(asked.said("shop"), verdict, asked.said("text"))
    found = house.plan_places.page(head.plan, asks, number=asked.number)
    end = house.journal.head()
    return show_step(
        visit, "plan/proof.html", head, Step.PROVE,
        watch=seen,
        asked=asked,
        found=found,
        shops=house.shops.all(),
        verdicts=VERDICTS,
        looks=LOOKS,
        proofs=_PROOFS,
        moment=moment,
        journal=(end.seq, end.hash),
        again=_told(visit, house.looks_again.of(plan_id)),
        story=[_entry(visit, one) for one in house.recent.story(plan_id, without=_BATCHES, limit=_STORY)],
        puts_back=_puts_back(head.plan.kind, head.plan.state, started=head.started_at is not None),
    )  # fmt: skip


def again(visit: Visit) -> Response:
    """Begin to look again at everything the plan claims."""
    plan_id = visit.named("plan_id")
    head = visit.house.plan_looks.head(plan_id)
    visit.house.looks_again.begin(head.plan.plan_id, by=visit.actor.name)
    return visit.goes_to(path_of(plan_id, Step.PROVE))


def progress(visit: Visit) -> Response:
    """Show how far the look is; once it is over the whole page is fetched anew."""
    plan_id = visit.named("plan_id")
    if not visit.by_htmx:
        return visit.goes_to(path_of(plan_id, Step.PROVE))
    look = visit.house.looks_again.of(plan_id)
    answer = show(visit, "pieces/look_again.html", again=_told(visit, look), plan_id=plan_id, fresh=True)
    if look is None or look.over:
        answer.headers["hx-refresh"] = "true"
    return answer


def owed(visit: Visit) -> Response:
    """Show what the stop did not wait for; judged anew, and so fetched after the page."""
    plan_id = visit.named("plan_id")
    head = visit.house.plan_looks.head(plan_id)
    rows = [_finding(visit, row) for row in visit.house.results.owed(plan_id)]
    if visit.by_htmx:
        return show(visit, "pieces/owed.html", rows=rows)
    return show_step(visit, "plan/owed.html", head, Step.PROVE, rows=rows)


def certificate(visit: Visit) -> Response:
    """Give the signed certificate, as the command line writes it."""
    _result, document = visit.house.documents.certificate(visit.named("plan_id"), looking=False)
    name = f'attachment; filename="{visit.named("plan_id")}.certificate.json"'
    return Response(as_file(document), 200, {"content-disposition": name}, "application/json")


def report(visit: Visit) -> Response:
    """Give the report as one HTML page, to be kept: it has styles of its own and is not shown inside the console."""
    body = visit.house.documents.report(visit.named("plan_id"), visit.language)
    name = f'attachment; filename="{visit.named("plan_id")}.report.{visit.language}.html"'
    return HTMLResponse(body, 200, {"content-disposition": name})


def relist(visit: Visit) -> Response:
    """Show what putting back would do, and what cannot be put back, before anything is proposed."""
    plan_id = visit.named("plan_id")
    head = visit.house.plan_looks.head(plan_id)
    refused: tuple[str, str] | None = None
    keys: Sequence[tuple[str, str]] = ()
    acts: Sequence[Act] = ()
    lost: Sequence[Any] = ()
    try:
        keys, acts, lost = visit.house.plans.foresee_relist(plan_id)
    except OffshelfError as error:
        refused = words_of_code(error.code, error.params, visit.language)
    counts = Counter(act.kind for act in acts)
    return show(
        visit, "plan/relist.html", **framed(visit, head, Step.PROVE),
        refused=refused,
        listings=len(keys),
        put_back=[(kind, count, UNDO[kind]) for kind, count in counts.items()],
        lost=lost[:_LOST],
        lost_count=len(lost),
    )  # fmt: skip


def propose_relist(visit: Visit) -> Response:
    """Propose the plan that puts back, and lead to its checks."""
    made, _lost = visit.house.plans.propose_relist(visit.named("plan_id"), by=visit.actor)
    return visit.goes_to(path_of(made.plan_id, Step.CHECK))


def _asked(visit: Visit, plan_id: str) -> Asked:
    return asked_of(path_of(plan_id, Step.PROVE), visit.request.query_params, _NAMES)


def _puts_back(kind: PlanKind, state: PlanState, *, started: bool) -> bool:
    over = state in (PlanState.DONE, PlanState.INCOMPLETE, PlanState.CANCELLED)
    return kind is PlanKind.DELIST and over and started


def _told(visit: Visit, look: LookAgain | None) -> dict[str, Any] | None:
    """Return a look with its troubles in words."""
    if look is None:
        return None

    def words(held: HeldUp) -> tuple[str, str]:
        return words_of_code(held.code, held.params, visit.language)

    return {
        "look": look,
        "failed": None if look.failed is None else words(look.failed),
        "away": [(shop, *words(held)) for shop, held in sorted(look.away.items())],
    }


def _entry(visit: Visit, noted: Noted) -> Entry:
    words, key = catalogue(), f"console.plan_proof.verb.{noted.verb}"
    known = words.has(key, visit.language)
    title = words.say(key, visit.language) if known else noted.verb
    return Entry(_look(noted), title, noted.at, noted.actor, _body(visit, noted))


def _look(noted: Noted) -> str:
    """Return how an entry looks; what ended is good only where all of it is, and unknown is not."""
    if noted.verb == "plan.finished":
        return "ok" if noted.body.get("state") == PlanState.DONE.value else "warn"
    if noted.verb == "plan.verified":
        return "bad" if noted.body.get("not_so") else "unknown" if noted.body.get("unknown") else "ok"
    return _VERBS.get(noted.verb, "info")


def _body(visit: Visit, noted: Noted) -> str:
    """Return what an entry adds to its title, where it adds something people read."""
    body: Mapping[str, Any] = noted.body
    if noted.verb == "plan.held_up":
        return words_of_code(str(body.get("code", "")), dict(body.get("params", {})), visit.language)[0]
    if noted.verb == "plan.verified":
        counts = {name: int(body.get(name, 0)) for name in ("verified", "not_so", "unknown")}
        return visit.say("console.plan_proof.counted", **counts)
    if noted.verb == "plan.finished":
        return visit.say(f"state.{body.get('state', 'incomplete')}")
    return str(body.get("why") or body.get("note") or "")


def _finding(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    words, key = catalogue(), f"finding.{row['code']}"
    params = worded(row["params"], visit.language)
    text = words.say(key, visit.language, **params) if words.has(key, visit.language) else str(row["code"])
    then = f"{key}.next"
    remedy = words.say(then, visit.language, **params) if words.has(then, visit.language) else ""
    return {"text": text, "next": remedy, "subject": row["subject"], "verdict": row["verdict"]}


ROUTES = (
    page("/plans/{plan_id}/proof", Permission.READ, view),
    page("/plans/{plan_id}/proof/again", Permission.READ, progress, quiet=True),
    command("/plans/{plan_id}/proof/again", Permission.SYNC, again),
    page("/plans/{plan_id}/proof/owed", Permission.READ, owed),
    page("/plans/{plan_id}/proof/certificate.json", Permission.READ, certificate),
    page("/plans/{plan_id}/proof/report.html", Permission.READ, report),
    page("/plans/{plan_id}/relist", Permission.PROPOSE, relist),
    command("/plans/{plan_id}/relist", Permission.PROPOSE, propose_relist),
)
