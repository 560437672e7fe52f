"""A run that goes as far as a test lets it, the worker beside it, and a server that can be stopped and started on its port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from offshelf.bootstrap.hosting import HostedWorker
from offshelf.kit.clock import SystemClock
from offshelf.services import Services
from support.memory_shop import MemoryShop


class Gate:
    """Lets take-offs through one by one, so that a test says how far a run is."""

    def __init__(self, *shops: MemoryShop) -> None:
        self._free = threading.Semaphore(0)
        self._open = threading.Event()
        for shop in shops:
            shop.travel = self._travel  # type: ignore[method-assign]

    async def _travel(self) -> None:
        while not (self._open.is_set() or self._free.acquire(blocking=False)):
            await SystemClock().sleep(0.02)

    def let(self, number: int) -> None:
        """Let some take-offs through."""
        self._free.release(number)

    def open(self) -> None:
        """Let everything through from now on."""
        self._open.set()


@contextmanager
def working(house: Services, gate: Gate) -> Iterator[None]:
    """Run the worker beside, as `serve` does."""
    ready = threading.Event()
    hosted = HostedWorker(house.worker, lambda what: ready.set() if what == "ready" else None)
    hosted.begin()
    assert ready.wait(30)
    try:
        yield
    finally:
        gate.open()
        hosted.end()


class Server:
    """The console on a port that can be stopped and started again."""

    def __init__(self, app: object) -> None:
        self._app = app
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Start, on the same port as before; returns the address."""
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self.port, log_level="critical", timeout_graceful_shutdown=1
        )
        self._server = server = uvicorn.Server(config)
        ready, started = threading.Event(), server.startup

        async def startup(sockets: object = None) -> None:
            await started(sockets)
            ready.set()

        server.startup = startup  # type: ignore[method-assign]
        self._thread = threading.Thread(target=server.run, daemon=True)
        self._thread.start()
        assert ready.wait(30)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop, and wait until nobody listens."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join(30)


def wait_for(told: Callable[[], bool]) -> None:
    """Wait until something is so, outside the browser."""
    pause = threading.Event()
    for _ in range(800):
        if told():
            return
        pause.wait(0.05)
    raise AssertionError("it did not come")
