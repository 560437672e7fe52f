"""All guided work: a board of lanes or a list in pages, filters in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from starlette.responses import Response

from offshelf.access.roles import Permission
from offshelf.console.asking import one_of, whole
from offshelf.console.kit import Column
from offshelf.console.render import show
from offshelf.console.routing import command, page
from offshelf.console.visit import Visit, own_path
from offshelf.tasks.browse.model import SIZES, Card, Family, Filter, Page, Stage, Whose
from offshelf.tasks.guide import title_of
from offshelf.tasks.model import TaskState
from offshelf.vocabulary.places import PlaceKind

_FIELDS = ("text", "shop", "plan", "family", "place", "whose", "stage", "late", "selling", "as", "size")
_LOOKS = {Stage.TO_DO: "warn", Stage.TAKEN: "busy", Stage.LOOK: "info", Stage.ENDED: "ok"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. A lane is asked for in the list alone: the board has them all."""

    filter: Filter
    as_list: bool
    size: int
    number: int
    values: dict[str, str]

    @property
    def folded(self) -> bool:
        """Tell whether a filter is used that stands behind the fold."""
        return bool(self.values.keys() & {"family", "place", "plan", "stage", "late", "selling"})

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out but by the way it is shown."""
        return bool(self.values.keys() - {"as", "size"})

    def url(self, **changes: object) -> str:
        """Return the address of these tasks with changes; None takes a part out."""
        parts = {name: value for name, value in (self.values | changes).items() if value not in ("", None)}
        return f"/tasks?{urlencode(parts)}" if parts else "/tasks"


def view(visit: Visit) -> Response:
    """Show the board or the list, or only that where a filter changed it."""
    asked, browse = _asked(visit), visit.house.task_browse
    found: Page | None = None
    lanes: list[Column] = []
    if asked.as_list:
        found = browse.page(asked.filter, number=asked.number, size=asked.size)
    else:
        lanes = [_lane(visit, asked, stage, one) for stage, one in browse.board(asked.filter).items()]
    return show(
        visit,
        "pieces/tasks.html" if visit.by_htmx else "tasks.html",
        asked=asked,
        found=found,
        lanes=lanes,
        shown=found.total if found is not None else sum(lane.total for lane in lanes),
        numbers=browse.numbers(),
        plans_named=[(plan, plan) for plan in browse.plans()],
        shops_named=[(shop.shop_id, f"{shop.name} ({shop.shop_id})") for shop in visit.house.shops.all()],
        families=_named(visit, Family, "console.task_family."),
        places=_named(visit, PlaceKind, "task_place."),
        whose=_named(visit, Whose, "console.task_whose."),
        stages=_named(visit, Stage, "console.task_stage."),
        title=lambda card: title_of(card.task, visit.language),
        state=_state,
    )


def look(visit: Visit) -> Response:
    """Bring tasks up to what the catalog shows now, as `tasks list` does."""
    visit.house.sweep()
    here = own_path(visit.said("next") or "/tasks")
    return visit.goes_to(here if here.startswith("/tasks") else "/tasks")


def _lane(visit: Visit, asked: Asked, stage: Stage, found: Page) -> Column:
    more = asked.url(stage=stage.value, **{"as": "list"}) if found.total > len(found.rows) else ""
    name = visit.say(f"console.task_stage.{stage.value}")
    return Column(_LOOKS[stage], name, found.total, found.rows, more)


def _state(card: Card) -> tuple[str, str]:
    """Return how a card stands: a word of the kit, and the key of its text."""
    if card.task.state is TaskState.DROPPED:
        return "mute", "task_state.dropped"
    return _LOOKS[card.stage], f"console.task_stage.{card.stage.value}"


def _named(visit: Visit, values: Iterable[StrEnum], table: str) -> list[tuple[str, str]]:
    return [(one.value, visit.say(f"{table}{one.value}")) for one in values]


def _asked(visit: Visit) -> Asked:
    said = {name: value.strip() for name, value in visit.request.query_params.items()}
    values = {name: said[name] for name in _FIELDS if said.get(name)}
    return Asked(_filter(values, visit.actor.name), *_shape(values), whole(said, "page", 1), values)


def _shape(values: Mapping[str, str]) -> tuple[bool, int]:
    size = whole(values, "size", SIZES[0])
    return values.get("as") == "list" or "stage" in values, size if size in SIZES else SIZES[0]


def _filter(values: Mapping[str, str], person: str) -> Filter:
    return Filter(
        text=values.get("text", "")[:100],
        shop_id=values.get("shop", ""),
        plan_id=values.get("plan", ""),
        family=one_of(Family, values, "family"),
        place=one_of(PlaceKind, values, "place"),
        stage=one_of(Stage, values, "stage"),
        whose=one_of(Whose, values, "whose"),
        person=person,
        late=values.get("late") == "1",
        selling=values.get("selling") == "1",
    )


ROUTES = (page("/tasks", Permission.READ, view), command("/tasks/refresh", Permission.TASKS, look))
