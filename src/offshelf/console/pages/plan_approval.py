"""Step 4 of a plan: exactly what is signed, by whom, what cannot be undone, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.plan_frame import path_of, show_step
from offshelf.console.routing import command, page
from offshelf.console.told_commands import wrong_of
from offshelf.console.trouble import status_of
from offshelf.console.visit import Visit
from offshelf.delisting.looking.model import Step
from offshelf.delisting.looking.versions import versions
from offshelf.delisting.marks import SHOWN, refuse_other, whole
from offshelf.kit.errors import OffshelfError
from offshelf.vocabulary.plans import NOT_OVER, NOT_STARTED, PlanState

# Where a plan may be cancelled from here; one that runs is cancelled where it is watched.
_CANCELLED_HERE = (*NOT_STARTED, PlanState.PAUSED, PlanState.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was refused: which one, what was typed, and why."""

    form: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    wrong: tuple[str, str] | None = None
    mark: str = ""  # the fingerprint the form showed

    def of(self, form: str, name: str) -> str:
        """Return a field of a form."""
        return self.values.get(name, "") if form == self.form else ""


def view(visit: Visit) -> Response:
    """Show what is signed."""
    return _show(visit)


def sign(visit: Visit) -> Response:
    """Sign the fingerprint a person has seen and typed; another one is refused, and shown as it is now."""
    plan_id = visit.named("plan_id")
    try:
        mark = whole(visit.said("typed"), visit.said("mark"), least=SHOWN)
        visit.house.plans.approve(plan_id, mark, by=visit.actor, note=visit.said("note"))
    except OffshelfError as error:
        return _refused(visit, "sign", error)
    return visit.goes_to(f"{path_of(plan_id, Step.APPROVE)}?made={_kept(plan_id, visit.said('mark'))}")


def confirm(visit: Visit) -> Response:
    """Confirm ahead of a start that what cannot be undone is meant."""
    plan_id = visit.named("plan_id")
    try:
        mark = whole(visit.said("typed"), visit.said("mark"), least=SHOWN)
        visit.house.plans.confirm(plan_id, mark, by=visit.actor)
    except OffshelfError as error:
        return _refused(visit, "confirm", error)
    return visit.goes_to(path_of(plan_id, Step.APPROVE))


def cancel(visit: Visit) -> Response:
    """Cancel the plan whose name was typed."""
    plan_id = visit.named("plan_id")
    try:
        visit.house.plans.get(plan_id)
        refuse_other(visit.said("typed"), plan_id)
        visit.house.plans.ask(plan_id, "cancel", by=visit.actor)
    except OffshelfError as error:
        return _refused(visit, "cancel", error)
    return visit.goes_to(path_of(plan_id, Step.APPROVE))


def _refused(visit: Visit, form: str, error: OffshelfError) -> Response:
    values = {name: visit.said(name) for name in ("note", "typed")}
    return _show(
        visit, Tried(form, values, wrong_of(visit, error), visit.said("mark")), status=status_of(error)
    )


def _show(visit: Visit, tried: Tried | None = None, *, status: int = 200) -> Response:
    house, plan_id, tried = visit.house, visit.named("plan_id"), tried or Tried()
    head = house.plan_looks.head(plan_id)
    told = versions(house.journal, plan_id)
    plan, standing = head.plan, head.signatures
    mine = visit.actor.name
    return show_step(
        visit,
        "plan/approval.html",
        head,
        Step.APPROVE,
        status=status,
        standing=standing,
        newest=told[-1] if told else None,
        earlier=told[:-1],
        tried=tried,
        meanwhile=bool(tried.mark) and tried.mark != plan.fingerprint,
        shown=SHOWN,
        ready=head.checked_at is not None and not head.blocked,
        signed=standing is not None and any(name == mine for name, _ in standing.given),
        proposed=mine == plan.created_by,
        open=plan.state in NOT_OVER,
        fresh=plan.state in NOT_STARTED,
        cancels=plan.state in _CANCELLED_HERE,
        kept=_kept(plan_id, plan.fingerprint),
        made=visit.asked("made"),
        now=house.clock.now(),
    )


def _kept(plan_id: str, mark: str) -> str:
    """Return the name what was typed is kept under: of another version it is not put back."""
    return f"sign:{plan_id}:{quote(mark[:SHOWN], safe='')}"


ROUTES = (
    page("/plans/{plan_id}/approval", Permission.READ, view),
    command("/plans/{plan_id}/approval/sign", Permission.APPROVE, sign),
    command("/plans/{plan_id}/approval/confirm", Permission.RUN, confirm),
    command("/plans/{plan_id}/approval/cancel", Permission.CANCEL, cancel),
)
