"""Looks whether anything sells the goods of a plan that no act of it covers, and says so before anybody says "off".

Done at the end of every run and, for plans that ended in the last 90 days, whenever a place or a listing was seen since.
What a person can end becomes a task at once; what needs a call is told and waits for a plan that takes it in; of what
nobody knows the goods, people are asked. Why: docs/decisions/0024.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from offshelf.catalog.places.graph import Key, Touch
from offshelf.catalog.service import Catalog
from offshelf.checks.knowing import appeared
from offshelf.delisting import _store
from offshelf.delisting.by_hand import Offered, by_hand_acts, goods_in, target_of, undo_of, work_of
from offshelf.delisting.known import Known
from offshelf.delisting.model import Act, Plan, Uncovered, Way
from offshelf.delisting.records import is_lost, plan_of
from offshelf.delisting.sweeping import Rhythm
from offshelf.delisting.uncovered import Gap, concerned, listing_gaps, place_gaps, unsure_gaps
from offshelf.durable.ledger import Ledger, LedgerAct
from offshelf.journal.service import Journal
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError
from offshelf.tasks.model import GUIDED, SYSTEM, Standing, TargetState
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.places import Place, PlaceKind
from offshelf.vocabulary.plans import STARTED, ActKind, PlanKind, PlanState, Undo
from offshelf.vocabulary.statements import StatementKind

_DAYS = timedelta(days=90)  # as long as looks by calls go on
_NAMED = 50  # places named one by one in one entry of the journal
_RAN = (PlanState.RUNNING, PlanState.INCOMPLETE, PlanState.DONE)
_ENDED = (PlanState.INCOMPLETE, PlanState.DONE)
_log = log.logger("coverage")
Ident = tuple[str, str, str]  # (shop, kind, ref)
Mine = Callable[[], tuple[Listing, ...]]  # the listings of a plan, read when they are asked for


class Coverage:
    """Compares what the catalog holds of a plan's goods with the acts of the plan."""

    def __init__(
        self,
        *,
        database: Database,
        catalog: Catalog,
        ledger: Ledger,
        journal: Journal,
        tasks: Tasks,
        known: Known,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._ledger = ledger
        self._journal = journal
        self._tasks = tasks
        self._known = known
        self._clock = clock
        self._rhythm = Rhythm(clock)

    def of(self, plan_id: str) -> tuple[Uncovered, ...]:
        """Return what the last look found."""
        with self._database.read() as tx:
            return tuple(_uncovered(row) for row in _store.uncovered_rows(tx, plan_id))

    def tick(self) -> int:
        """Sweep, but at most once a minute: for a worker that comes by all the time."""
        return self._rhythm.at_most(self.sweep)

    def sweep(self) -> int:
        """Look at plans that ended lately, if anything was seen since the last look; returns how many changed."""
        stamp, changed = self._stamp(), 0
        with self._database.read() as tx:
            rows = _store.ended_plans(tx, _ENDED, self._clock.now() - _DAYS)
        for row in rows:
            before = self.of(row["plan_id"])
            if row["stamp"] == stamp and not any(self._moved(row["plan_id"], one) for one in before):
                continue
            changed += self.look(row["plan_id"]) != before
        return changed

    def look(self, plan_id: str) -> tuple[Uncovered, ...]:
        """Compare now, write down what was found, and open tasks for what people can end.

        A plan that was done is incomplete from then on; so is one of which a listing of its own was last seen on sale, or is
        not proven off any more. Nothing is looked for where a plan has not run, was cancelled,
        or is being put back.
        """
        with self._database.read() as tx:
            row = _store.plan_row(tx, plan_id)
            if row is None:
                return ()
            plan = plan_of(row, _store.listing_keys(tx, plan_id))
            back = _store.relist_of(tx, plan_id, STARTED) is not None
        if plan.kind is not PlanKind.DELIST or plan.state not in _RAN:
            return ()
        stamp = self._stamp()  # before reading: what is seen meanwhile is looked at again
        mine = cache(lambda: tuple(self._catalog.listings(plan.listings).values()))
        gaps = [] if back else self._gaps(plan, mine)
        found = tuple(self._told(plan, gap, mine) for gap in gaps)
        selling = () if back or plan.state is not PlanState.DONE else self._selling(plan)
        self._write(plan, stamp, found, selling)
        return found

    # -- what is not off any more -------------------------------------------------------------------------------

    def _selling(self, plan: Plan) -> tuple[Key, ...]:
        """Return the listings of a done plan that were seen on sale since, or that its last look did not prove off.

        A sight in between that could not tell changes nothing: it is looked again. What a relist has put on sale since,
        through whatever plan, is wanted so.
        """
        with self._database.read() as tx:
            rows = _store.verification_rows(tx, plan.plan_id)
        open_ = {(row["shop_id"], row["listing_id"]) for row in rows if row["verified"] is not True}
        may_sell = sorted(set(plan.listings).intersection(self._catalog.on_sale()))
        open_ |= {key for key, one in self._catalog.listings(may_sell).items() if one.shelf.sellable}
        if not open_:
            return ()
        on = {(row["shop_id"], row["listing_id"]) for row in self._catalog.wanted() if row["shelf"] == "on"}
        return tuple(sorted(open_ - on))

    # -- what has no act ----------------------------------------------------------------------------------------

    def _gaps(self, plan: Plan, mine: Mine) -> list[Gap]:
        closure = self._known.closure(plan)
        acts = [act for act in self._ledger.acts(plan.plan_id) if act.kind == ActKind.BY_HAND.value]
        beside = self._catalog.listings(sorted(set(closure.listings) - set(plan.listings)))
        offered = cache(lambda: Offered.of(mine()))

        def goods_at(touch: Touch) -> Collection[str]:
            return goods_in(touch, offered())

        gaps = [
            *listing_gaps(plan, closure, beside),
            *place_gaps(closure, acts, partial(self._standing, plan.plan_id), goods_at),
        ]
        for gap in gaps:
            if gap.touch is not None:
                self._open(plan, gap.touch, acts, offered())
        return [*gaps, *self._unsure(plan)]

    def _unsure(self, plan: Plan) -> list[Gap]:
        """Return the places nobody knows the goods of that whoever approved the plan did not know of."""
        now, there = self._clock.now(), self._known.unsure(plan)
        with self._database.begin() as tx:
            noted: dict[Ident, datetime | None] = {
                (row["shop_id"], row["kind"], row["ref"]): row["seen_at"]
                for row in _store.unsure_rows(tx, plan.plan_id)
            }
            # A plan that was checked by a version that noted nothing: what stands now counts as known.
            first = None if _store.look_row(tx, plan.plan_id) is None else now
            fresh = {name: first for one in there if (name := _ident(one)) not in noted}
            _store.put_unsure(tx, plan.plan_id, unsure_rows(fresh), anew=False)
        return list(unsure_gaps(there, noted | fresh, partial(last_word, self._known, now=now)))

    def _standing(self, plan_id: str, place: Place) -> Standing | None:
        return self._tasks.outcome_of(plan_id, place.kind.value, place.ref, shop_id=place.shop_id)

    # -- what is done about it ----------------------------------------------------------------------------------

    def _open(self, plan: Plan, touch: Touch, acts: Sequence[LedgerAct], offered: Offered) -> None:
        """Open a task for a place a person can end. Whoever dropped it has decided; what was ended is a new case.

        None for work that cannot be undone where nobody who signed was asked for such: that waits for a plan of its own.
        """
        case = self._standing(plan.plan_id, touch.place)
        live = case is not None and case.row.state.live
        if case is not None and (
            case.row.state is TargetState.DROPPED or (live and case.asks_for(goods_in(touch, offered)))
        ):
            return
        act = _act_at(touch, acts, offered, plan)
        if act is None or (undo_of(act) is Undo.LOST and not self._approved_lost(plan)):
            return
        kind = f"{GUIDED}{act.params['act']}"
        try:
            with self._database.begin() as tx:
                self._tasks.open_batch(
                    tx, kind, shop_id=act.shop_id, plan_id=plan.plan_id, place=act.params["place"],
                    act=act.params["act"], targets=[work_of(act)], selling=True,
                )  # fmt: skip
        except BlockedError as error:  # no policy says how large a task may be: told without one
            _log.warning("plan %s: no task for %s: %s", plan.plan_id, act.target, error)

    def _approved_lost(self, plan: Plan) -> bool:
        """Tell whether a plan was approved as one with acts that cannot be undone."""
        return any(is_lost(act) for act in self._ledger.acts(plan.plan_id))

    def _told(self, plan: Plan, gap: Gap, mine: Mine) -> Uncovered:
        place = gap.place
        where = concerned(gap, mine()) if gap.names else ()
        unknown_goods = gap.unsure and place.kind is not PlaceKind.LISTING
        way = Way.DECLARE if unknown_goods else Way.TASK if self._waits(plan.plan_id, place) else Way.PROPOSE
        return Uncovered(
            place.shop_id, place.kind, place.ref, place.title, gap.unsure, way, where, place.observed_at
        )

    def _waits(self, plan_id: str, place: Place) -> bool:
        case = self._standing(plan_id, place)
        return case is not None and case.row.state.live

    def _moved(self, plan_id: str, one: Uncovered) -> bool:
        """Tell whether the work of people at a place went on since the look that told it."""
        case = self._tasks.outcome_of(plan_id, one.kind.value, one.ref, shop_id=one.shop_id)
        return (one.way is Way.TASK) is not (case is not None and case.row.state.live)

    # -- what is written down -----------------------------------------------------------------------------------

    def _stamp(self) -> str:
        """Return what changes with everything a look rests on but the work of people."""
        said = self._known.registers.statements(StatementKind.READ)
        removed = self._known.shops.removed()
        words = sum(int(one.at.timestamp()) for one in said)
        return f"{self._known.places.stamp()} {len(said)}/{words} {len(removed)}"

    def _write(self, plan: Plan, stamp: str, found: Sequence[Uncovered], selling: Sequence[Key] = ()) -> None:
        now = self._clock.now()
        with self._database.begin() as tx:
            row = _store.plan_row(tx, plan.plan_id, lock=True)
            state = "" if row is None else str(row["state"])
            before = [_uncovered(one) for one in _store.uncovered_rows(tx, plan.plan_id)]
            _store.put_look(tx, plan.plan_id, stamp, now)
            _store.put_uncovered(tx, plan.plan_id, [_row(one) for one in found])
            if (found or selling) and state == PlanState.DONE.value:
                state = PlanState.INCOMPLETE.value
                _store.change_plan(tx, plan.plan_id, state=state)
                if selling:
                    named = [list(key) for key in selling[:_NAMED]]
                    told = {"state": state, "count": len(selling), "listings": named}
                    self._journal.append(
                        tx, actor=SYSTEM, verb="plan.came_up_again", subject=plan.plan_id, body=told
                    )
            self._note(tx, plan.plan_id, state, before, found)

    def _note(
        self, tx: Tx, plan_id: str, state: str, before: Sequence[Uncovered], found: Sequence[Uncovered]
    ) -> None:
        """Write into the journal what is new, and that nothing is left."""
        known = {_named(one) for one in before}
        fresh = [one for one in found if _named(one) not in known]
        if fresh:
            named = [[one.shop_id, one.kind.value, one.ref, one.way.value] for one in fresh[:_NAMED]]
            body: dict[str, Any] = {"state": state, "count": len(found), "fresh": len(fresh), "places": named}
            self._journal.append(tx, actor=SYSTEM, verb="plan.uncovered", subject=plan_id, body=body)
        elif before and not found:
            self._journal.append(
                tx, actor=SYSTEM, verb="plan.covered", subject=plan_id, body={"state": state}
            )


def unsure_rows(seen: dict[Ident, datetime | None]) -> list[dict[str, Any]]:
    """Return places nobody knows the goods of as rows; the instant is when a look first saw each (None: at the check)."""
    return [
        {"shop_id": shop_id, "kind": kind, "ref": ref, "seen_at": at}
        for (shop_id, kind, ref), at in seen.items()
    ]


def note_unsure(tx: Tx, known: Known, plan: Plan, now: datetime) -> tuple[Place, ...]:
    """Write down the places nobody knows the goods of when a plan is checked: whoever approves it knows of them.

    Returns those that were not there when it was checked before, and of which nobody has spoken since they appeared: who
    had signed by then knew nothing of them.
    """
    there = known.unsure(plan)
    noted = {(row["shop_id"], row["kind"], row["ref"]) for row in _store.unsure_rows(tx, plan.plan_id)}
    before = _store.look_row(tx, plan.plan_id)
    _store.put_unsure(tx, plan.plan_id, unsure_rows(dict.fromkeys(map(_ident, there))), anew=True)
    _store.put_look(tx, plan.plan_id, "", now)
    if before is None:
        return ()
    fresh = [one for one in there if _ident(one) not in noted]
    since = {_ident(one): appeared(one) for one in fresh}
    return tuple(gap.place for gap in unsure_gaps(fresh, since, partial(last_word, known, now=now)))


def last_word(known: Known, place: Place, *, now: datetime) -> datetime | None:
    """Return when somebody last said that every place of this kind with the goods is written down."""
    words = (place.kind.value, f"{place.shop_id}/{place.kind.value}")
    said = known.registers.statements(StatementKind.READ)
    return max((one.at for one in said if one.subject in words and one.at <= now), default=None)


def _act_at(touch: Touch, acts: Sequence[LedgerAct], offered: Offered, plan: Plan) -> Act | None:
    """Return the work at a place. Where the plan has an act there over fewer goods, it is the same work, widened."""
    made = by_hand_acts([touch], offered, plan.reason)
    if not made:
        return None
    same = (
        act.subject
        for act in acts
        if act.target == target_of(touch.place) and act.params.get("shop", act.lane) == touch.place.shop_id
    )
    return replace(made[0], listing_id=next(same, made[0].listing_id))


def _ident(place: Place) -> Ident:
    return place.shop_id, place.kind.value, place.ref


def _named(one: Uncovered) -> Ident:
    return one.shop_id, one.kind.value, one.ref


def _row(one: Uncovered) -> dict[str, Any]:
    return {
        "shop_id": one.shop_id,
        "kind": one.kind.value,
        "ref": one.ref,
        "title": one.title,
        "unsure": one.unsure,
        "way": one.way.value,
        "listings": [list(key) for key in one.listings],
        "seen_at": one.seen_at,
    }


def _uncovered(row: dict[str, Any]) -> Uncovered:
    listings: tuple[Key, ...] = tuple((str(shop_id), str(item)) for shop_id, item in row["listings"])
    return Uncovered(
        row["shop_id"], PlaceKind(row["kind"]), row["ref"], row["title"], bool(row["unsure"]),
        Way(row["way"]), listings, row["seen_at"],
    )  # fmt: skip
