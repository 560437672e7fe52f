"""Starts the servers of this program, and speaks to a running sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from offshelf.bootstrap.wire import open_house
from offshelf.kit.redact import Secret
from offshelf.kit.seal import write_private
from offshelf.services import Services
from offshelf.settings import Settings

if TYPE_CHECKING:
    from offshelf.bootstrap.hosting import HostedWorker
    from offshelf.bootstrap.practice import PracticeHouse

_API_PATHS = frozenset({"/healthz", "/docs", "/openapi.json"})
_API_PREFIXES = ("/api/", "/callbacks/")


def serve_house(
    settings: Settings,
    host: str,
    port: int,
    told: Callable[[str, bool], None],
    worker_said: Callable[[str], None] | None,
) -> None:
    """Serve console and HTTP API until interrupted, and run plans beside them. The API key lies in the data folder.

    `told` gets the address to open, and whether it is that of the first visit: then it carries the code that shows that
    whoever opens it can read this terminal. `worker_said` gets how the worker stands (`bootstrap.hosting`); None: no worker.
    """
    from offshelf.bootstrap.hosting import HostedWorker, ending
    from offshelf.bootstrap.practice import PracticeHouse

    services, practice = open_house(settings), PracticeHouse(settings)
    worker = None if worker_said is None else HostedWorker(services.worker, worker_said)
    with ending():
        try:
            _serve(settings, services, practice, worker, host, port, told)
        finally:
            if worker is not None:
                worker.end()
            practice.end()
            services.close()


def _serve(
    settings: Settings,
    services: Services,
    practice: PracticeHouse,
    worker: HostedWorker | None,
    host: str,
    port: int,
    told: Callable[[str, bool], None],
) -> None:
    import secrets

    import uvicorn

    from offshelf.api import create_app
    from offshelf.console import Setup, create_console

    class Server(uvicorn.Server):
        """Ends the worker first: it may be at it longer than the connections that still stand."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if worker is not None:
                worker.stop()
            super().handle_exit(sig, frame)

    file = settings.home / "keys" / "api.key"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(32) + "\n")
    api = create_app(
        lambda: services, key=lambda: Secret(file.read_text("ascii").strip()), language=settings.language
    )
    setup = Setup(Secret(secrets.token_urlsafe(9)))
    console = create_console(lambda: services, language=settings.language, setup=setup, practice=practice)
    first = not services.users.registered()
    address = f"http://{host}:{port}"
    told(f"{address}/start?code={setup.code.reveal()}" if first else address, first)
    config = uvicorn.Config(
        Both(api, console), host=host, port=port, log_level="warning", access_log=False,
        timeout_graceful_shutdown=3,
    )  # fmt: skip
    if worker is not None:
        worker.begin()
    Server(config).run()


class Both:
    """The API under its own paths, the console under all others."""

    def __init__(self, api: ASGIApp, console: ASGIApp) -> None:
        self._api = api
        self._console = console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path = scope.get("path", "")
        ours = path in _API_PATHS or path.startswith(_API_PREFIXES) or scope["type"] != "http"
        await (self._api if ours else self._console)(scope, receive, send)


def serve_sandbox(
    port: int,
    size: int,
    seed: int,
    faults: str | None,
    quota: str | None,
    platforms: tuple[str, ...] = ("wechat_channels",),
    snapshot: str | None = None,
) -> None:
    """Serve the sandbox on loopback until interrupted. Of a `snapshot` its own platforms are served."""
    from offshelf import sandbox

    copied = None if snapshot is None else sandbox.load_snapshot(Path(snapshot))
    config = sandbox.SandboxConfig(
        size=size,
        seed=seed,
        platforms=platforms if copied is None else copied.platforms,
        snapshot=copied,
        faults=None if faults is None else sandbox.load_faults(Path(faults)),
        quotas=None if quota is None else sandbox.QuotaPlan.parse(quota),
    )
    sandbox.serve(config, "127.0.0.1", port)
