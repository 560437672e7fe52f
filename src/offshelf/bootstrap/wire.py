"""Builds the house from settings: real defaults, and every part can be handed in (tests, demo, rehearsal)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any

from offshelf import __version__
from offshelf.bootstrap.around import crosscheck_of, declarations_of, reader_of
from offshelf.bootstrap.look_round import LookRound
from offshelf.bootstrap.looks import examine_open
from offshelf.bootstrap.rooms import Rooms, seal_of
from offshelf.catalog.files.service import Files
from offshelf.catalog.registers.declare import Declarations
from offshelf.checks.model import Back
from offshelf.delisting.checking import Checking
from offshelf.delisting.coverage import Coverage
from offshelf.delisting.execute import Executor, reach_nothing
from offshelf.delisting.forced import Forced
from offshelf.delisting.forecast import Ahead, Forecasts
from offshelf.delisting.handwork import Handwork
from offshelf.delisting.held_up import HeldUps
from offshelf.delisting.licences import LicenceProcess
from offshelf.delisting.owed import Owed
from offshelf.delisting.place_view import PlaceViews
from offshelf.delisting.preview.told import Tellers
from offshelf.delisting.read_ahead import ReadAhead
from offshelf.delisting.rehearsal.model import Rehearsal
from offshelf.delisting.rehearsal.records import Rehearsals
from offshelf.delisting.rehearsal.settings import DemandSettings, RehearsalSettings
from offshelf.delisting.rehearsal.snapshot import Progress, take
from offshelf.delisting.result import Results
from offshelf.delisting.run import EngineFailedError, Runner
from offshelf.delisting.service import Plans
from offshelf.delisting.settings import DelistingSettings
from offshelf.delisting.verify import Verifier
from offshelf.delisting.worker import HostedEngine, Worker
from offshelf.durable.engine import Engine, Handler
from offshelf.durable.host import WorkerLock
from offshelf.durable.inbox import Inbox
from offshelf.durable.pace import SharedPace
from offshelf.journal.service import Journal
from offshelf.kit import log
from offshelf.kit.clock import Clock, SystemClock
from offshelf.kit.db import Database, Tx
from offshelf.kit.errors import OutsideError, UsageError
from offshelf.kit.signing import SigningKey
from offshelf.migrations import check, upgrade
from offshelf.monitoring.drift import Watch
from offshelf.monitoring.forced import ShelfEvents
from offshelf.monitoring.letters import Letters
from offshelf.monitoring.licences import LicenceWatch
from offshelf.platforms import registry
from offshelf.policy.model import Policy
from offshelf.services import Services
from offshelf.settings import Settings
from offshelf.tasks.service import Tasks


def initialise(settings: Settings) -> dict[str, str]:
    """Make or upgrade the data folder: keys, database. Safe to repeat; tells what is where."""
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    seal_of(settings, create=True).check()
    SigningKey.load_or_create(settings.signing_file)
    database = Database(settings.database_url)
    try:
        upgrade(database)
    finally:
        database.close()
    where = str(settings.database_file or "PostgreSQL")
    return {"home": str(settings.home), "database": where, "keys": str(settings.home / "keys")}


def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    delisting: DelistingSettings | None = None,
    http: Any = None,
    policy: Callable[[], Policy] | None = None,
) -> Services:
    """Open the house. Refuses a data folder that was not initialised, or a database of another version.

    `http` (an ASGI application) replaces the network. `policy` gives other values than the packs and the merchant's own files.
    """
    log.configure(settings.log_level)
    if settings.database_file is not None and not settings.database_file.exists():
        raise UsageError("database.not_initialised")
    database = Database(settings.database_url)
    check(database)
    house = _Wiring(
        settings, database, clock or SystemClock(), delisting or DelistingSettings(), http, policy
    )
    # Somebody else may write, or a folder never rest: it is adopted by whoever asks next.
    with suppress(OutsideError):
        house.policies.today()
    return house.services()


class _Wiring(Rooms):
    """Puts the processes over the rooms, and holds them while they are put together."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        delisting: DelistingSettings,
        app: Any,
        policy: Callable[[], Policy] | None,
    ) -> None:
        super().__init__(settings, database, clock, app, policy)
        self.delisting = delisting
        self.plans = Plans(
            database=database,
            catalog=self.catalog,
            ledger=self.ledger,
            journal=self.journal,
            approvals=self.approvals,
            clock=clock,
            settings=delisting,
            policy=self.in_force,
            known=self.known,
            recall=self._recall,
        )
        self.sync = reader_of(database, self.catalog, clock, self.registers)
        self.held_ups = HeldUps(database=database, plans=self.plans, journal=self.journal, clock=clock)
        self._look_ahead()
        self._guide()
        self._watch_over()

    def _recall(self, tx: Tx, origin: str, relist: str) -> None:
        self.tasks.recall(tx, origin, relist)

    def _look_ahead(self) -> None:
        self.forecasts = Forecasts(
            plans=self.plans,
            ledger=self.ledger,
            connect=self.connections.of,
            clock=self.clock,
            call=self.io.call,
            verify=self.delisting.verify,
        )
        self.rehearsals = Rehearsals(
            database=self.database,
            plans=self.plans,
            catalog=self.catalog,
            journal=self.journal,
            policy=self._versions,
        )

    def _guide(self) -> None:
        self.tasks = Tasks(
            database=self.database,
            clock=self.clock,
            shops=self.shops,
            manifests=registry.manifests,
            note=self._note,
            evidence=self.evidence,
            policy=self.in_force,
        )
        self.coverage = Coverage(
            database=self.database,
            catalog=self.catalog,
            ledger=self.ledger,
            journal=self.journal,
            tasks=self.tasks,
            known=self.known,
            clock=self.clock,
        )
        self.crosscheck = crosscheck_of(
            self.database, self.catalog, self.tasks, self.connections.of, self.clock
        )

    def _watch_over(self) -> None:
        self.events = ShelfEvents(
            database=self.database,
            catalog=self.catalog,
            journal=self.journal,
            clock=self.clock,
            own_hand_told=self._own_hand_told,
        )
        self.forced = Forced(
            database=self.database,
            plans=self.plans,
            catalog=self.catalog,
            journal=self.journal,
            tasks=self.tasks,
            events=self.events,
            lost_grants=self.shops.lost_grants,
            clock=self.clock,
        )

        self.handwork = Handwork(
            catalog=self.catalog,
            database=self.database,
            plans=self.plans,
            ledger=self.ledger,
            tasks=self.tasks,
            journal=self.journal,
        )

        self.licences = LicenceWatch(
            database=self.database,
            registers=self.registers,
            journal=self.journal,
            clock=self.clock,
            policy=self.in_force,
        )
        self.papers = LicenceProcess(
            database=self.database,
            plans=self.plans,
            catalog=self.catalog,
            journal=self.journal,
            tasks=self.tasks,
            registers=self.registers,
            watch=self.licences,
            clock=self.clock,
        )

    def _declarations(self) -> Declarations:
        return declarations_of(
            self.database,
            self.clock,
            self.registers,
            shops=self.shops,
            places=self.places,
            plans=self.plans,
            evidence=self.evidence,
        )

    def services(self) -> Services:
        """Return the open house."""
        made: Services = Services(
            clock=self.clock,
            database=self.database,
            io=self.io,
            shops=self.shops,
            approvals=self.approvals,
            catalog=self.catalog,
            sync=self.sync,
            files=Files(self.database, self.catalog, self.clock, note_imports(self.journal)),
            plans=self.plans,
            runner=self._runner(_NoEngine()),
            results=self._results(),
            worker=self._worker(),
            ledger=self.ledger,
            journal=self.journal,
            inbox=Inbox(self.database, self.clock),
            watch=self._watch(),
            tasks=self.tasks,
            policies=self.policies,
            crosscheck=self.crosscheck,
            events=self.events,
            registers=self.registers,
            declarations=self._declarations(),
            licences=self.licences,
            sweep=self._sweep,
            connect=self.connections.of,
            manifests=registry.manifests,
            signing_key=lambda: SigningKey.load_or_create(self.settings.signing_file),
            policy=self._policy,
            forecasts=self.forecasts,
            rehearsals=self.rehearsals,
            rehearse=self._rehearse,
            snapshot=self._snapshot,
            close=self._close,
            in_force=self.in_force,
            told=self._tellers().of,
            uncovered=self.coverage.of,
            examine=lambda *, whole: examine_open(self.settings, made, whole=whole),
            about=self._about,
        )
        return made

    def _about(self) -> dict[str, str]:
        where = str(self.settings.database_file or "PostgreSQL")
        return {"version": __version__, "home": str(self.settings.home), "database": where}

    def _rehearse(
        self,
        plan_id: str,
        ahead: Ahead,
        settings: RehearsalSettings,
        by: str,
        faults: Mapping[str, Any] | None,
        progress: Progress,
    ) -> Rehearsal:
        # Imported when a plan is rehearsed: the sandbox brings a web server with it.
        from offshelf.bootstrap.rehearse import Rehearser

        rehearser = Rehearser(
            shops=self.shops,
            catalog=self.catalog,
            ledger=self.ledger,
            plans=self.plans,
            rehearsals=self.rehearsals,
            pace=SharedPace(self.database),
            clock=self.clock,
            policy=self._policy,
            delisting=self.delisting,
        )
        return rehearser.rehearse(plan_id, ahead, settings, by, faults, progress)

    def _snapshot(self, progress: Progress) -> dict[str, Any]:
        return take(self.catalog, self.shops.all(), self.clock.now(), DemandSettings(), progress)

    def _runner(self, engine: Engine) -> Runner:
        verifier = Verifier(
            database=self.database,
            catalog=self.catalog,
            clock=self.clock,
            connect=self.connections.of,
            settings=self.delisting.verify,
        )
        return Runner(
            database=self.database,
            ledger=self.ledger,
            journal=self.journal,
            verifier=verifier,
            engine=engine,
            clock=self.clock,
            connect=self.connections.of,
            guard=self.plans.guard,
            settings=self.delisting.run,
            uncovered=self.coverage.look,
        )

    def _results(self) -> Results:
        return Results(
            database=self.database,
            plans=self.plans,
            ledger=self.ledger,
            catalog=self.catalog,
            approvals=self.approvals,
            shops=self.shops,
            journal=self.journal,
            uncovered=self.coverage.of,
            held_ups=self.held_ups,
            owed=Owed(
                Checking(
                    database=self.database, catalog=self.catalog, ledger=self.ledger, clock=self.clock,
                    settings=self.delisting, known=self.known, back=lambda _plan: Back(),
                ).findings
            ),
        )  # fmt: skip

    def _worker(self) -> Worker:
        executor = Executor(
            ledger=self.ledger,
            journal=self.journal,
            catalog=self.catalog,
            clock=self.clock,
            connect=self.connections.of,
            asked=self.plans.halted,
            settings=self.delisting.run,
            reach=crash_at(self.settings.crash_at),
        )
        return Worker(
            plans=self.plans,
            executor=executor,
            make_runner=self._runner,
            make_engine=self._engine,
            lock=WorkerLock(self.database, self.settings.data_folder),
            io=self.io,
            clock=self.clock,
            tick=self._look_round().tick,
            held_up=self.held_ups,
            ahead=ReadAhead(
                plans=self.plans,
                read=self._read,
                held_up=self.held_ups,
                clock=self.clock,
                settings=self.delisting,
            ),
            settings=self.delisting.worker,
        )

    async def _read(self, shop_id: str) -> None:
        await self.sync.read(self.shops.get(shop_id), self.connections.of(shop_id))

    def _look_round(self) -> LookRound:
        return LookRound(
            policies=self.policies,
            letters=self._letters,
            crosscheck=self.crosscheck,
            forced=self.forced,
            handwork=self.handwork,
            tasks=self.tasks,
            coverage=self.coverage,
            papers=self.papers,
            clock=self.clock,
            settings=self.delisting.worker,
        )

    def _sweep(self) -> int:
        done = self.forced.sweep() + self.handwork.sweep() + self.papers.sweep() + self.coverage.sweep()
        return done + self.tasks.escalate()

    def _letters(self) -> Letters:
        return Letters(
            database=self.database,
            inbox=Inbox(self.database, self.clock),
            catalog=self.catalog,
            journal=self.journal,
            connect=self.connections.of,
        )

    def _watch(self) -> Watch:
        return Watch(
            database=self.database,
            catalog=self.catalog,
            journal=self.journal,
            clock=self.clock,
            connect=self.connections.of,
            sells_again=self.coverage.look,
        )

    def _engine(self, handler: Handler) -> HostedEngine:
        # Imported when a plan runs: the engine takes more than a second to import.
        from offshelf.durable.dbos_engine import DbosEngine

        return DbosEngine(self.settings.engine_url, handler, self.io)

    def _tellers(self) -> Tellers:
        views = PlaceViews(
            catalog=self.catalog,
            places=self.places,
            shops=self.shops,
            manifests=registry.manifests,
            clock=self.clock,
            stated=self.registers.statements,
        )
        return Tellers(self.known, views, self.plans, self.rehearsals, self.database)

    def _close(self) -> None:
        self.io.call(self.http.aclose())
        self.io.close()
        self.database.close()


class _NoEngine:
    """Stands where verification alone needs a runner: submitting work to it is a bug."""

    async def submit(self, work: object) -> None:
        """Refuse."""
        raise EngineFailedError(f"no engine is hosted here for {work}")

    async def states(self, work_ids: object) -> dict[str, Any]:  # noqa: ARG002
        """Know nothing."""
        return {}

    def trouble(self) -> BaseException | None:
        """Have none."""
        return None


def note_imports(journal: Journal) -> Callable[[Tx, dict[str, Any]], None]:
    """Return what writes the journal entry of a file import inside its transaction."""

    def note(tx: Tx, body: dict[str, Any]) -> None:
        journal.append(tx, actor=body["by"], verb="catalog.imported", subject=body["shop"], body=body)

    return note


def crash_at(where: str) -> Callable[[str], None]:
    """Return what executors call at every crash point: nothing, or `kill -9` of this process at the n-th visit.

    `where` is `point:n`, set by crash tests only.
    """
    if not where:
        return reach_nothing
    point, _, number = where.partition(":")
    visits = count(1)

    def reach(name: str) -> None:
        if name == point and next(visits) == int(number or 1):
            os.kill(os.getpid(), signal.SIGKILL)

    return reach
