"""All plans: a list or a board, what each waits for, how far it got; and the way to the step a plan stands at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.asking import Asked, asked_of
from offshelf.console.kit import Column, Tab
from offshelf.console.plan_frame import LOOKS
from offshelf.console.plan_paths import path_of
from offshelf.console.render import show
from offshelf.console.routing import page
from offshelf.console.tables import csv_file
from offshelf.console.trouble import words_of_code
from offshelf.console.visit import Visit
from offshelf.console.watching import watch
from offshelf.delisting.looking.listing import SIZES, PlanFilter, PlanOrder, PlanRow, Wait
from offshelf.delisting.looking.pulse import PLANS
from offshelf.kit.tame import cell
from offshelf.vocabulary.plans import PlanKind, PlanState, Reason

_NAMES = ("text", "state", "kind", "reason", "shop", "mine", "order", "down", "size", "as")
_MOST = 10_000  # plans of one file
# How a plan's waiting looks, and who may do something about it: for others it is no call.
WAITS: dict[Wait, tuple[str, Permission]] = {
    Wait.HELD: ("bad", Permission.READ),
    Wait.OVERDUE: ("bad", Permission.READ),
    Wait.CHECK: ("info", Permission.SYNC),
    Wait.MEND: ("warn", Permission.PROPOSE),
    Wait.SIGN: ("warn", Permission.APPROVE),
    Wait.START: ("warn", Permission.RUN),
    Wait.PAUSED: ("warn", Permission.RUN),
    Wait.INCOMPLETE: ("warn", Permission.RUN),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a plan waits for, in words."""

    state: str
    text: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A plan of the list with its calls."""

    row: PlanRow
    calls: tuple[Call, ...]
    look: str


@dataclass(frozen=True, slots=True)
class Listed:
    """What the address of the list asks for."""

    asked: Asked
    filter: PlanFilter
    order: PlanOrder
    down: bool
    size: int

    def url(self, **changes: object) -> str:
        """Return the address of this list with changes."""
        return self.asked.url(**changes)


def view(visit: Visit) -> Response:
    """Show the list, or the board."""
    listed = _listed(visit)
    seen = watch(visit, (PLANS,), ("list",))
    board = listed.asked.said("as") == "board"
    found = None if board else visit.house.plan_lists.page(
        listed.filter, order=listed.order, down=listed.down, number=listed.asked.number, size=listed.size
    )  # fmt: skip
    return show(
        visit,
        "plans.html",
        watch=seen,
        asked=listed,
        found=found,
        lines=() if found is None else tuple(_line(visit, row) for row in found.rows),
        columns=_columns(visit, listed) if board else (),
        tabs=(
            Tab(visit.say("console.plans.as_list"), listed.url(**{"as": None}), here=not board),
            Tab(visit.say("console.plans.as_board"), listed.url(**{"as": "board"}), here=board),
        ),
        shops=visit.house.shops.all(),
        choices={"state": PlanState, "kind": PlanKind, "reason": Reason},
        sizes=SIZES,
    )


def table(visit: Visit) -> Response:
    """Give what matches as CSV, no formula in a cell."""
    listed = _listed(visit)
    head = ("plan", "kind", "reason", "state", "waits", "listings", "acts", "good", "by", "made", "stops")
    found = visit.house.plan_lists.page(listed.filter, order=listed.order, down=listed.down, size=_MOST)
    return csv_file(
        "plans.csv",
        [visit.say(f"console.plans.{name}") for name in head],
        (_cells(visit, row) for row in found.rows),
    )


def open_(visit: Visit) -> Response:
    """Lead to the step a plan stands at."""
    head = visit.house.plan_looks.head(visit.named("plan_id"))
    return visit.goes_to(path_of(head.plan.plan_id, head.step))


def calls(visit: Visit, row: PlanRow) -> tuple[Call, ...]:
    """Return what a plan waits for, in the words of the reader; what somebody else has to do is no call to them."""
    found = []
    for wait in row.waits:
        state, permission = WAITS[wait]
        held = row.held_up
        if wait is Wait.HELD and held is not None:
            text, then = words_of_code(held.code, held.params, visit.language)
            found.append(Call(state, text, then))
        else:
            mine = state if permission in visit.may else "mute"
            found.append(Call(mine, visit.say(f"console.plans.wait.{wait.value}")))
    return tuple(found)


def _line(visit: Visit, row: PlanRow) -> Line:
    return Line(row, calls(visit, row), LOOKS[row.plan.state])


def _columns(visit: Visit, listed: Listed) -> tuple[Column, ...]:
    board = visit.house.plan_lists.board(listed.filter)
    return tuple(
        Column(
            LOOKS[state],
            visit.say(f"state.{state.value}"),
            total,
            [_line(visit, row) for row in rows],
            listed.url(state=state.value, **{"as": None}) if total > len(rows) else "",
        )
        for state, (total, rows) in board.items()
        if listed.filter.state in (None, state)
    )


def _cells(visit: Visit, row: PlanRow) -> list[Any]:
    plan = row.plan
    waits = "; ".join(call.text for call in calls(visit, row))
    return [
        plan.plan_id,
        visit.say(f"kind.{plan.kind.value}"),
        visit.say(f"reason.{plan.reason.value}"),
        visit.say(f"state.{plan.state.value}"),
        cell(waits),
        row.listings,
        row.total,
        row.good,
        cell(plan.created_by),
        plan.created_at.isoformat(),
        plan.stop_at.isoformat() if plan.stop_at else "",
    ]


def _listed(visit: Visit) -> Listed:
    asked = asked_of("/plans", visit.request.query_params, _NAMES)
    mine = asked.among("mine", ("1",)) and visit.signed is not None
    size = asked.said("size")
    order = asked.one_of(PlanOrder, "order")
    asked.among("as", ("board",))
    return Listed(
        asked,
        PlanFilter(
            state=asked.one_of(PlanState, "state"),
            kind=asked.one_of(PlanKind, "kind"),
            reason=asked.one_of(Reason, "reason"),
            shop_id=asked.said("shop"),
            text=asked.said("text"),
            by=frozenset({visit.actor.name}) if mine else frozenset(),
        ),
        order or PlanOrder.CREATED,
        asked.said("down") == "1" if order is not None else True,
        int(size) if size in {str(one) for one in SIZES} else SIZES[0],
    )


ROUTES = (
    page("/plans", Permission.READ, view),
    page("/plans.csv", Permission.READ, table),
    page("/plans/{plan_id}", Permission.READ, open_),
)
