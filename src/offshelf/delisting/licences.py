"""What follows when a paper ends: a plan is proposed (never run) over what is on sale without one, people get tasks.

Every step is safe to repeat, as in `forced`: what an open plan takes off already is not planned twice, tasks have names,
and the event is marked as dealt with in the transaction that opens them. One process at a time proposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from offshelf.access.actor import SYSTEM
from offshelf.catalog.registers.model import Standing
from offshelf.catalog.registers.service import Registers
from offshelf.catalog.registers.standing import EVERYTHING, Papers, Sold, name_of, sold_in
from offshelf.catalog.service import Catalog, Key
from offshelf.delisting import _store
from offshelf.delisting.model import Plan
from offshelf.delisting.service import Plans
from offshelf.delisting.sweeping import Rhythm, may_sell
from offshelf.journal.service import Journal
from offshelf.kit import log
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import BlockedError
from offshelf.kit.instants import SHANGHAI
from offshelf.monitoring.licences import LicenceEvent, LicenceWatch, What
from offshelf.tasks.service import Tasks
from offshelf.vocabulary.goods import Listing
from offshelf.vocabulary.plans import NOT_OVER, PlanKind, PlanState, Reason
from offshelf.vocabulary.statements import LicenceState

# Kinds of tasks.
RENEW, ENDED, RENEWED, NO_END = "licence.renew", "licence.ended", "licence.renewed", "licence.no_end"
_DOUBTED = (What.NOT_LISTED, What.NOT_IN_FORCE, What.STATUS_UNKNOWN, What.ENDS_DIFFER)
_TASKS = {What.ALARM: RENEW, What.END_UNKNOWN: NO_END} | {what: f"licence.{what.value}" for what in _DOUBTED}
NOTE = "licence_renewed"  # the note of a task that ended by itself; faces have its words
_log = log.logger("licences")
_US = SYSTEM.name
_PIECE = 500  # listings read at once


class LicenceProcess:
    """Deals with what the watch over papers tells."""

    def __init__(
        self,
        *,
        database: Database,
        plans: Plans,
        catalog: Catalog,
        journal: Journal,
        tasks: Tasks,
        registers: Registers,
        watch: LicenceWatch,
        clock: Clock,
    ) -> None:
        self._database = database
        self._plans = plans
        self._catalog = catalog
        self._journal = journal
        self._tasks = tasks
        self._registers = registers
        self._watch = watch
        self._clock = clock
        self._rhythm = Rhythm(clock)

    def tick(self) -> int:
        """Sweep, but at most once a minute: for a worker that comes by all the time."""
        return self._rhythm.at_most(self.sweep)

    def sweep(self) -> int:
        """Raise what is due and deal with it; returns how many events were dealt with.

        An event that cannot be dealt with now waits for the next sweep: its plan is being started by somebody, another
        process has one in hand, or the catalog knows none of the goods yet.
        """
        self._watch.sweep()
        papers = {name_of(paper.licence): paper for paper in self._registers.standing(self._clock.now())}
        self._renewals(papers)
        done = 0
        for event in self._watch.pending():
            try:
                done += self._deal(event, papers)
            except BlockedError as error:
                _log.warning("licence %s waits: %s", event.number, error)
        return done

    def _deal(self, event: LicenceEvent, papers: Mapping[tuple[str, str, str], Standing]) -> bool:
        paper = papers.get(event.paper)
        if paper is None or _over(event, paper):  # written anew between the event and now
            return self._close(event, "", "")
        if event.what is not What.EXPIRED:
            return self._close(event, _TASKS[event.what], "")
        until = self._watch.claim(event)
        if until is None:
            return False
        try:
            return self._expired(event, paper, papers.values(), until)
        except BlockedError:
            self._watch.release(event, until)
            raise

    def _expired(
        self, event: LicenceEvent, paper: Standing, papers: Iterable[Standing], until: datetime
    ) -> bool:
        goods = self._goods(paper)
        if not goods:  # the goods were not read yet: nothing to plan over, and nothing that may be forgotten
            self._watch.release(event, until)
            return False
        bare = _without(paper, goods, papers)
        ended = {key for key, listing in goods.items() if key in bare and may_sell(listing)}
        plan_id = self._propose(ended, [code for code in paper.licence.covers if code != EVERYTHING])
        return self._close(event, ENDED, plan_id)

    # -- which goods --------------------------------------------------------------------------------------------

    def _goods(self, paper: Standing) -> dict[Key, Listing]:
        """Return every listing of what a paper covers, in the shops it serves."""
        licence = paper.licence
        keys = set(licence.listings or ())
        if EVERYTHING in licence.covers:
            keys |= set(self._catalog.shelves())
        elif licence.source != "api":  # what only a platform told of covers exactly the listings it means
            found, _ = self._catalog.find(licence.covers)
            keys |= {key for some in found.values() for key in some}
        mine = sorted(key for key in keys if licence.shop_id in ("", key[0]))
        goods: dict[Key, Listing] = {}
        for start in range(0, len(mine), _PIECE):
            goods |= self._catalog.listings(mine[start : start + _PIECE])
        return goods

    def _propose(self, keys: set[Key], codes: Sequence[str]) -> str:
        """Propose over what no open plan takes off already; return the plan that deals with it, or nothing."""
        keys = self._plans.workable(keys)
        if not keys:
            return ""
        with self._database.read() as tx:
            over = _store.plans_over(tx, sorted(keys), NOT_OVER)
        plans = [self._plans.get(plan_id) for plan_id in over]
        off = [plan for plan in plans if plan.kind is PlanKind.DELIST]
        left = keys - {key for plan in off for key in over[plan.plan_id]}
        if not left:
            return _ours_first(off)
        # A plan of ours that nobody has approved yet takes them in; one that was approved keeps what was approved.
        mine = next((plan for plan in off if _is_ours(plan)), None)
        if mine is not None:
            wider = sorted(self._plans.workable({*mine.listings, *left}))
            both = sorted({*mine.codes, *codes})
            return self._plans.propose(
                wider, reason=mine.reason, by=SYSTEM, amend=mine.plan_id, codes=both
            ).plan_id
        return self._plans.propose(sorted(left), reason=Reason.CERTIFICATE, by=SYSTEM, codes=codes).plan_id

    # -- renewal ------------------------------------------------------------------------------------------------

    def _renewals(self, papers: Mapping[tuple[str, str, str], Standing]) -> None:
        """Papers that were renewed after they had been dealt with: their plans stay, and people are told so."""
        events = self._watch.all()
        open_ = [event for event in events if event.handled_at is not None and event.renewed_at is None]
        over = [event for event in open_ if event.paper in papers and _over(event, papers[event.paper])]
        if not over:
            return
        standing = {_subject(event) for event in events if event not in over}
        with self._database.begin() as tx:
            for event in over:
                if self._watch.renewed(tx, event) and event.plan_id:
                    self._tell_renewed(tx, event)
            for kind in (ENDED, *_TASKS.values()):
                self._tasks.close_others(tx, kind, standing=standing, note=NOTE)

    def _tell_renewed(self, tx: Tx, event: LicenceEvent) -> None:
        plan = self._plans.get(event.plan_id)
        body = {"licence": event.number, "until": event.valid_until, "state": plan.state.value}
        self._journal.append(tx, actor=_US, verb="licence.renewed", subject=plan.plan_id, body=body)
        if plan.state is not PlanState.CANCELLED:
            self._open(tx, RENEWED, event, plan.plan_id)

    # -- what is written down ------------------------------------------------------------------------------------

    def _close(self, event: LicenceEvent, task: str, plan_id: str) -> bool:
        with self._database.begin() as tx:
            if not self._watch.handled(tx, event, plan_id):
                return False
            if task:
                self._open(tx, task, event, plan_id)
            if plan_id:
                body = {"licence": event.number, "kind": event.kind, "until": event.valid_until}
                self._journal.append(tx, actor=_US, verb="plan.licence_ended", subject=plan_id, body=body)
        return True

    def _open(self, tx: Tx, kind: str, event: LicenceEvent, plan_id: str) -> None:
        params = {
            "licence": event.number,
            "licence_kind": event.kind,
            "title": event.title,
            "until": event.valid_until,
        }
        shop_id, subject = _subject(event)
        self._tasks.open(
            tx,
            kind,
            shop_id=shop_id,
            subject=subject,
            plan_id=plan_id,
            params=params,
            due_at=_last_moment(event) if kind == RENEW else None,
            once=True,
        )


def _subject(event: LicenceEvent) -> tuple[str, str]:
    """Return (shop, subject) of the tasks about one end of one paper."""
    return event.shop_id, f"{event.kind}/{event.number}/{event.valid_until}"


def _last_moment(event: LicenceEvent) -> datetime:
    """Return the instant the paper ends: 24:00 of its last day in Asia/Shanghai."""
    day = date.fromisoformat(event.valid_until)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def _over(event: LicenceEvent, paper: Standing) -> bool:
    """Tell whether what an event told of is not so any more: the paper has another end, or another took its place."""
    end: date | None = paper.licence.valid_until
    if paper.state is LicenceState.REPLACED or (paper.renewed and event.what is not What.EXPIRED):
        return True
    if event.what in _DOUBTED and event.what.value != paper.licence.doubt.value:
        return True
    if event.what is What.END_UNKNOWN:
        return end is not None or paper.licence.end_known
    return (end.isoformat() if end else "") != event.valid_until


def _without(paper: Standing, goods: Mapping[Key, Listing], papers: Iterable[Standing]) -> set[Key]:
    """Return the listings of which something needs this paper and has none in its place."""
    register, name = Papers(tuple(papers)), name_of(paper.licence)

    def bare(key: Key, some: Iterable[Sold]) -> bool:
        needing = [one for one in some if name in map(_name, register.needed(one))]
        # Found by the paper's codes, and none of them is its own: only a paper for everything surely covers it.
        return any(name in map(_name, register.lacking(one)) for one in needing) or not (
            needing or register.for_everything(paper, key[0])
        )

    return {key for key, some in sold_in(goods.values()).items() if bare(key, some)}


def _name(paper: Standing) -> tuple[str, str, str]:
    return name_of(paper.licence)


def _is_ours(plan: Plan) -> bool:
    waits = plan.state is PlanState.PROPOSED and plan.reason is Reason.CERTIFICATE
    return waits and plan.created_by == _US


def _ours_first(plans: Sequence[Plan]) -> str:
    ranked = sorted(plans, key=lambda plan: (plan.reason is not Reason.CERTIFICATE, plan.created_at))
    return ranked[0].plan_id if ranked else ""
