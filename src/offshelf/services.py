"""Everything a face may use, wired once by bootstrap: faces ask these services, and hold no rule and no query."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:  # the command line imports this file before it knows whether any room is needed
    from offshelf.access.approvals import Approvals
    from offshelf.access.shops import Shops
    from offshelf.catalog.files.service import Files
    from offshelf.catalog.service import Catalog
    from offshelf.catalog.sync import Sync
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
    from offshelf.monitoring.drift import Watch
    from offshelf.monitoring.forced import ShelfEvents
    from offshelf.platforms.contract import Connector, Manifest
    from offshelf.tasks.crosscheck import CrossCheck
    from offshelf.tasks.service import Tasks


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Services:
    """The open house. `connect` gives the connector of a shop; everything asynchronous runs through `call`.

    `sweep` brings events, tasks and lost grants up to what the catalog shows now.
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
    crosscheck: CrossCheck
    events: ShelfEvents
    sweep: Callable[[], object]
    connect: Callable[[str], Connector]
    manifests: Callable[[], Mapping[str, Manifest]]
    signing_key: Callable[[], SigningKey]
    policy: Callable[[], dict[str, str]]
    close: Callable[[], None]

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the I/O loop and wait for it."""
        return self.io.call(work)


@dataclass(frozen=True, slots=True)
class Doors:
    """What the command line needs before (or without) an open house; all heavy imports hide behind these calls.

    `open` refuses a data folder that was not initialised. `initialise` makes or upgrades it and tells what it made.
    `serve_api(host, port)`, `serve_sandbox(port, size, seed, faults, quota, platforms)` and `work` run until interrupted.
    `demo(size, seed, faults, folder)` returns the line of design §12. `sandbox_call(base_url, method, path, payload)`
    speaks to a running sandbox's control API (GET or POST) and returns its JSON.
    """

    language: str
    open: Callable[[], Services]
    initialise: Callable[[], dict[str, str]]
    doctor: Callable[[], list[dict[str, str]]]
    serve_api: Callable[[str, int], None]
    serve_sandbox: Callable[[int, int, int, str | None, str | None, tuple[str, ...]], None]
    demo: Callable[[int, int, float, str | None], dict[str, Any]]
    sandbox_call: Callable[[str, str, str, dict[str, Any] | None], Any]
    now: Callable[[], datetime]
