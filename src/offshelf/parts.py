"""The parts of the open house, as bootstrap wires them; `offshelf.services` adds what is made of them for pages."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:  # the command line imports this file before it knows whether any room is needed
    from offshelf.access.approvals import Approvals
    from offshelf.access.connecting import Connecting
    from offshelf.access.keys import Keys
    from offshelf.access.sessions import Sessions
    from offshelf.access.shops import Shops
    from offshelf.access.users import Users
    from offshelf.catalog.browse.service import Browse
    from offshelf.catalog.files.service import Files
    from offshelf.catalog.registers.declare import Declarations
    from offshelf.catalog.registers.service import Registers
    from offshelf.catalog.service import Catalog
    from offshelf.catalog.sync import Sync
    from offshelf.delisting.errands import Errand
    from offshelf.delisting.forecast import Ahead, Forecasts
    from offshelf.delisting.model import Plan, Uncovered
    from offshelf.delisting.place_view import PlaceViews
    from offshelf.delisting.preview.model import Told
    from offshelf.delisting.rehearsal.model import Rehearsal
    from offshelf.delisting.rehearsal.records import Rehearsals
    from offshelf.delisting.rehearsal.settings import RehearsalSettings
    from offshelf.delisting.rehearsal.snapshot import Progress
    from offshelf.delisting.result import Results
    from offshelf.delisting.run import Runner
    from offshelf.delisting.service import Plans
    from offshelf.delisting.worker import Worker
    from offshelf.durable.inbox import Inbox
    from offshelf.durable.ioloop import IoLoop
    from offshelf.durable.ledger import Ledger
    from offshelf.journal.service import Journal
    from offshelf.kit.clock import Clock
    from offshelf.kit.db import Database
    from offshelf.kit.signing import SigningKey
    from offshelf.monitoring.connected import Connected
    from offshelf.monitoring.drift import Watch
    from offshelf.monitoring.forced import ShelfEvents
    from offshelf.monitoring.health import Looks
    from offshelf.monitoring.licences import LicenceWatch
    from offshelf.monitoring.readings import Board, Readings
    from offshelf.platforms.contract import Connector, Manifest
    from offshelf.policy.model import Policy
    from offshelf.policy.service import Policies
    from offshelf.tasks.crosscheck import CrossCheck
    from offshelf.tasks.service import Tasks


T = TypeVar("T")


class Rehearse(Protocol):
    """Rehearses a plan on a copy of the shops and writes the rehearsal into the journal."""

    def __call__(
        self,
        plan_id: str,
        ahead: Ahead,
        settings: RehearsalSettings,
        by: str,
        faults: Mapping[str, Any] | None,
        progress: Progress,
    ) -> Rehearsal:
        """Take as long as it takes to compute; not to be called on an event loop."""
        ...


class Examine(Protocol):
    """Looks whether this installation can work; see `bootstrap.doctor`."""

    def __call__(self, *, whole: bool) -> list[dict[str, Any]]:
        """Return the looks; the slow ones too where the `whole` is wanted."""
        ...


def _nothing_examined(*, whole: bool) -> list[dict[str, Any]]:  # noqa: ARG001 - the protocol's
    return []


@dataclass(frozen=True, slots=True)
class Parts:
    """The open house. `connect` gives the connector of a shop; everything asynchronous runs through `call`.

    `forecasts` tells what lies ahead of a plan, `rehearse` plays it on a copy of the shops, `rehearsals` tells the last one,
    `snapshot` is the catalog as a document a sandbox can be made from. `sweep` brings events, tasks and lost grants up to
    what the catalog shows now. `in_force` gives the policy of today, `told` what other rooms know of a plan, for a reader of a
    language; both are read by the preview. `uncovered` gives what sells the goods of a plan and has no act of it.
    `examine` gives the looks of `offshelf doctor` at this house, all of them or the quick ones; `about` tells version, data
    folder and database; `being_read` holds what `readings` began. `practice_only`: this house takes no real shop.
    `errand_board` holds what this process does for plans in the background.
    """

    clock: Clock
    database: Database
    io: IoLoop
    shops: Shops
    approvals: Approvals
    catalog: Catalog
    sync: Sync
    files: Files
    plans: Plans
    runner: Runner
    results: Results
    worker: Worker
    ledger: Ledger
    journal: Journal
    inbox: Inbox
    watch: Watch
    tasks: Tasks
    policies: Policies
    crosscheck: CrossCheck
    events: ShelfEvents
    registers: Registers
    declarations: Declarations
    licences: LicenceWatch
    sweep: Callable[[], object]
    connect: Callable[[str], Connector]
    manifests: Callable[[], Mapping[str, Manifest]]
    signing_key: Callable[[], SigningKey]
    policy: Callable[[], dict[str, str]]
    forecasts: Forecasts
    rehearsals: Rehearsals
    rehearse: Rehearse
    snapshot: Callable[[Progress], dict[str, Any]]
    close: Callable[[], None]
    in_force: Callable[[], Policy | None] = lambda: None
    told: Callable[[Plan, str], Told | None] = lambda _plan, _language: None
    uncovered: Callable[[str], Sequence[Uncovered]] = lambda _plan_id: ()
    examine: Examine = _nothing_examined
    about: Callable[[], Mapping[str, str]] = dict
    being_read: Board = field(default_factory=dict)
    practice_only: bool = False
    kept: dict[str, Any] = field(default_factory=dict)  # what there is one of in this process, once asked for
    errand_board: dict[str, Errand] = field(default_factory=dict)

    @property
    def place_views(self) -> PlaceViews:
        """Return what tells where goods stand."""
        from offshelf.catalog.places.service import Places  # noqa: PLC0415 - see above: imported when it is asked for
        from offshelf.delisting.place_view import PlaceViews  # noqa: PLC0415

        return PlaceViews(
            catalog=self.catalog,
            places=Places(self.database),
            shops=self.shops,
            manifests=self.manifests,
            clock=self.clock,
            stated=self.registers.statements,
        )

    @property
    def users(self) -> Users:
        """Return the users of the house: the ones the gates of plans ask."""
        return self.plans.users

    @property
    def keys(self) -> Keys:
        """Return the keys of the HTTP API."""
        from offshelf.access.keys import Keys  # noqa: PLC0415 - see above

        return Keys(self.database, self.clock, self.users)

    @property
    def sessions(self) -> Sessions:
        """Return the sessions of the console."""
        from offshelf.access.sessions import Sessions  # noqa: PLC0415 - see above

        return Sessions(self.database, self.clock, self.users)

    @property
    def connecting(self) -> Connecting:
        """Return what connects shops, rotates their credentials and lets them go."""
        from offshelf.access.connecting import Connecting  # noqa: PLC0415 - see above

        return Connecting(
            self.database,
            self.shops,
            self.users,
            manifests=self.manifests,
            connect=self.connect,
            call=self.io.call,
            practice_only=self.practice_only,
        )

    @property
    def looks(self) -> Looks:
        """Return what looks whether shops answer, and keeps the last look."""
        from offshelf.monitoring.health import Looks  # noqa: PLC0415 - see above

        return Looks(self.database, self.clock, connect=self.connect, call=self.io.call)

    @property
    def connected(self) -> Connected:
        """Return what tells how shops stand with their platforms."""
        from offshelf.durable.pace import SharedPace  # noqa: PLC0415 - see above
        from offshelf.monitoring.connected import Connected  # noqa: PLC0415

        return Connected(
            shops=self.shops,
            catalog=self.catalog,
            connecting=self.connecting,
            looks=self.looks.last,
            pace=SharedPace(self.database),
            clock=self.clock,
        )

    @property
    def readings(self) -> Readings:
        """Return what reads shops in the background."""
        from offshelf.monitoring.readings import Readings  # noqa: PLC0415 - see above

        return Readings(
            self.being_read,
            sync=self.sync,
            io=self.io,
            users=self.users,
            clock=self.clock,
            connect=self.connect,
            sweep=self.sweep,
        )

    @property
    def browse(self) -> Browse:
        """Return what looks through listings for people."""
        from offshelf.catalog.browse.service import Browse  # noqa: PLC0415 - see above

        return Browse(self.database, self.clock, self.shops.all)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the I/O loop and wait for it."""
        return self.io.call(work)
