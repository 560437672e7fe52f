"""Everything a face may use, wired once by bootstrap: faces ask these services, and hold no rule and no query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from offshelf.parts import Parts

if TYPE_CHECKING:  # the command line imports this file before it knows whether any room is needed
    from offshelf.delisting.choosing import Choosing
    from offshelf.delisting.documents import Documents
    from offshelf.delisting.errands import Errands
    from offshelf.delisting.looking.acts import Acts
    from offshelf.delisting.looking.again import LooksAgain
    from offshelf.delisting.looking.checked.service import PlanChecks
    from offshelf.delisting.looking.listing import PlanLists
    from offshelf.delisting.looking.places import Places as PlanPlaces
    from offshelf.delisting.looking.pulse import Pulse
    from offshelf.delisting.looking.service import PlanLooks
    from offshelf.delisting.overview import Overviews
    from offshelf.delisting.product.columns import Columns
    from offshelf.delisting.product.service import ProductRecords
    from offshelf.delisting.product.standings import Standings
    from offshelf.delisting.rehearsal.snapshot import Progress
    from offshelf.durable.once import Once
    from offshelf.journal.browse.service import JournalPages
    from offshelf.journal.recent.service import Recent
    from offshelf.monitoring.papers import PaperPages
    from offshelf.tasks.browse.service import TaskBrowse
    from offshelf.tasks.showing import Showing
    from offshelf.vocabulary.shops import Shop


@dataclass(frozen=True, slots=True)
class Services(Parts):
    """The open house: its parts, and what pages of the console are made of."""

    @property
    def journal_pages(self) -> JournalPages:
        """Return what looks through the journal for people."""
        from offshelf.journal.browse.service import JournalPages  # noqa: PLC0415 - see above

        return JournalPages(self.database)

    @property
    def paper_pages(self) -> PaperPages:
        """Return what looks through papers for people."""
        from offshelf.monitoring.papers import PaperPages  # noqa: PLC0415 - see above

        return PaperPages(
            registers=self.registers,
            watch=self.licences,
            catalog=self.catalog,
            journal=self.journal_pages,
        )

    @property
    def task_browse(self) -> TaskBrowse:
        """Return what looks through tasks for people."""
        from offshelf.tasks.browse.service import TaskBrowse  # noqa: PLC0415 - see above

        return TaskBrowse(self.database, self.clock)

    @property
    def showing(self) -> Showing:
        """Return what shows the evidence of tasks."""
        from offshelf.tasks.showing import Showing  # noqa: PLC0415 - see above

        return Showing(self.database, self.journal, self.tasks.targets)

    @property
    def once(self) -> Once:
        """Return what does a request that comes twice once."""
        from offshelf.durable.once import Once  # noqa: PLC0415 - see above

        return Once(self.database, self.clock)

    @property
    def choosing(self) -> Choosing:
        """Return what tells what a plan would be over, and proposes it."""
        from offshelf.delisting.choosing import Choosing  # noqa: PLC0415 - see above

        return Choosing(
            catalog=self.catalog,
            browse=self.browse,
            plans=self.plans,
            papers=self.registers.standing,
            clock=self.clock,
        )

    @property
    def errands(self) -> Errands:
        """Return what does things for plans that nobody waits for."""
        from offshelf.delisting.errands import Errands  # noqa: PLC0415 - see above

        def read(shop: Shop, move: Progress) -> object:
            return self.call(self.sync.read(shop, self.connect(shop.shop_id), move))

        return Errands(
            self.errand_board,
            plans=self.plans,
            shops=self.shops,
            users=self.users,
            forecasts=self.forecasts,
            rehearse=self.rehearse,
            read=read,
            sweep=self.sweep,
            clock=self.clock,
        )

    @property
    def plan_checks(self) -> PlanChecks:
        """Return what pages about the checks of a plan are made of."""
        from offshelf.delisting.looking.checked.service import PlanChecks  # noqa: PLC0415 - see above

        return PlanChecks(database=self.database, plans=self.plans, clock=self.clock)

    @property
    def plan_looks(self) -> PlanLooks:
        """Return what pages about plans are made of."""
        from offshelf.delisting.looking.service import PlanLooks  # noqa: PLC0415 - see above

        return PlanLooks(
            database=self.database,
            plans=self.plans,
            held_ups=self.results.held_ups,
            places=self.plan_places,
            clock=self.clock,
        )

    @property
    def plan_places(self) -> PlanPlaces:
        """Return what tells pages what is proven of a plan's listings."""
        from offshelf.delisting.looking.places import Places  # noqa: PLC0415 - see above

        return Places(database=self.database, catalog=self.catalog, uncovered=self.uncovered)

    @property
    def plan_acts(self) -> Acts:
        """Return what tells pages how the acts of a plan stand."""
        from offshelf.delisting.looking.acts import Acts  # noqa: PLC0415 - see above

        return Acts(
            database=self.database,
            forecasts=self.forecasts,
            lost_grants=self.shops.lost_grants,
            clock=self.clock,
        )

    @property
    def plan_lists(self) -> PlanLists:
        """Return what looks through all plans."""
        from offshelf.delisting.looking.listing import PlanLists  # noqa: PLC0415 - see above

        return PlanLists(database=self.database, held_ups=self.results.held_ups, clock=self.clock)

    @property
    def recent(self) -> Recent:
        """Return what reads the journal from its end."""
        from offshelf.journal.recent.service import Recent  # noqa: PLC0415 - see above

        return Recent(self.database)

    @property
    def pulse(self) -> Pulse:
        """Return what tells pages that something has changed: one for this process, however many ask."""
        from offshelf.delisting.looking.pulse import Pulse  # noqa: PLC0415 - see above

        if "pulse" not in self.kept:
            made = Pulse(
                database=self.database,
                recent=self.recent,
                tasks=self.tasks.stamp,
                tended=self.worker.tended,
                clock=self.clock,
            )
            self.kept.setdefault("pulse", made)
        pulse: Pulse = self.kept["pulse"]
        return pulse

    @property
    def looks_again(self) -> LooksAgain:
        """Return the looks at plans that were asked for in this process."""
        from offshelf.delisting.looking.again import LooksAgain  # noqa: PLC0415 - see above

        if "looks_again" not in self.kept:
            made = LooksAgain(runner=self.runner, start=self.io.submit, clock=self.clock)
            self.kept.setdefault("looks_again", made)
        looks: LooksAgain = self.kept["looks_again"]
        return looks

    @property
    def documents(self) -> Documents:
        """Return what issues certificates and reports."""
        from offshelf.delisting.documents import Documents  # noqa: PLC0415 - see above

        return Documents(
            results=self.results,
            sweep=self.sweep,
            policy=self.policy,
            signing_key=self.signing_key,
            told=self.told,
            clock=self.clock,
        )

    @property
    def overviews(self) -> Overviews:
        """Return what makes the first page of the console."""
        from offshelf.delisting.forecast import Outlook  # noqa: PLC0415 - see above
        from offshelf.delisting.overview import Overviews  # noqa: PLC0415
        from offshelf.delisting.progress import ProgressBoard  # noqa: PLC0415
        from offshelf.journal.about import About  # noqa: PLC0415
        from offshelf.monitoring.seen import ShelfSeen  # noqa: PLC0415
        from offshelf.tasks.of_goods import GoodsTasks  # noqa: PLC0415

        database, clock, ledger = self.database, self.clock, self.ledger
        outlook = Outlook(ledger=ledger, connect=self.connect, clock=clock)
        return Overviews(
            database=database,
            ledger=ledger,
            catalog=self.catalog,
            browse=self.browse,
            shops=self.shops,
            registers=self.registers,
            licences=self.licences,
            seen=ShelfSeen(database),
            tasks=GoodsTasks(database, clock),
            board=ProgressBoard(
                database=database, ledger=ledger, about=About(database), outlook=outlook, clock=clock
            ),
            connected=self.connected,
            troubles=self.policies.troubles,
            clock=clock,
        )

    @property
    def product_records(self) -> ProductRecords:
        """Return what makes the record of one product."""
        from offshelf.delisting.product.history import Histories  # noqa: PLC0415 - see above
        from offshelf.delisting.product.service import ProductRecords  # noqa: PLC0415
        from offshelf.journal.about import About  # noqa: PLC0415
        from offshelf.monitoring.seen import ShelfSeen  # noqa: PLC0415
        from offshelf.tasks.of_goods import GoodsTasks  # noqa: PLC0415

        seen, tasks = ShelfSeen(self.database), GoodsTasks(self.database, self.clock)
        return ProductRecords(
            catalog=self.catalog,
            shops=self.shops,
            views=self.place_views,
            standings=self.standings,
            histories=Histories(about=About(self.database), seen=seen, ledger=self.ledger, tasks=tasks),
            seen=seen,
        )

    @property
    def standings(self) -> Standings:
        """Return what tells plans by listing."""
        from offshelf.delisting.product.standings import Standings  # noqa: PLC0415 - see above

        return Standings(self.database, self.ledger, self.uncovered)

    @property
    def columns(self) -> Columns:
        """Return what a list of listings can tell beside the listings themselves."""
        from offshelf.catalog.places.service import Places  # noqa: PLC0415 - see above
        from offshelf.delisting.product.columns import Columns  # noqa: PLC0415
        from offshelf.monitoring.seen import ShelfSeen  # noqa: PLC0415

        return Columns(
            places=Places(self.database),
            catalog=self.catalog,
            browse=self.browse,
            standings=self.standings,
            seen=ShelfSeen(self.database),
            stated=self.registers.statements,
        )


@dataclass(frozen=True, slots=True)
class Doors:
    """What the command line needs before (or without) an open house; all heavy imports hide behind these calls.

    `open` refuses a data folder that was not initialised. `initialise` makes or upgrades it and tells what it made.
    `serve_house(host, port, told, worker_said)` tells the address to open and whether that is the first visit, then serves and runs
    plans; `worker_said` hears how its worker stands, None: it has none.
    `serve_sandbox(port, size, seed, faults, quota, platforms, snapshot)` and `work` run until interrupted.
    `demo(size, seed, faults, folder, language)` returns the line of design §12. `sandbox_call(base_url, method, path, payload)`
    speaks to a running sandbox's control API (GET or POST) and returns its JSON.
    """

    language: str
    open: Callable[[], Services]
    initialise: Callable[[], dict[str, str]]
    doctor: Callable[[], list[dict[str, Any]]]
    serve_house: Callable[[str, int, Callable[[str, bool], None], Callable[[str], None] | None], None]
    serve_sandbox: Callable[[int, int, int, str | None, str | None, tuple[str, ...], str | None], None]
    demo: Callable[[int, int, float, str | None, str], dict[str, Any]]
    sandbox_call: Callable[[str, str, str, dict[str, Any] | None], Any]
    now: Callable[[], datetime]
