"""The worker beside the servers of `serve`: a console that starts plans and has nobody to run them would be a trap."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from offshelf.delisting.worker import Worker
from offshelf.kit import log
from offshelf.kit.errors import BlockedError
from offshelf.vocabulary.plans import PlanState

AGAIN = 5.0  # s between tries to take the post while another process has it, or after the worker failed
_log = log.logger("serve")
Said = Callable[[str], None]  # "ready", "busy" (another process runs plans) or "failed"


class HostedWorker:
    """Runs the worker in a thread until `end`; it dies with the process, so nothing is left that keeps the lock.

    Where another process has the post it says so once and tries again, so that plans are taken on as soon as that one ends.
    """

    def __init__(self, worker: Worker, said: Said, *, again: float = AGAIN) -> None:
        self._worker = worker
        self._said = said
        self._again = again
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._told = ""

    def begin(self) -> None:
        """Start working."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; may be called in a signal handler."""
        self._stop.set()

    def end(self) -> None:
        """Ask it to end and wait until it has: what it had begun is written down."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._worker.serve(progress=_noted, stop=self._stop.is_set, ready=lambda: self._tell("ready"))
            except BlockedError as error:
                self._tell("busy" if error.code == "durable.worker_busy" else "failed")
            except Exception:  # noqa: BLE001 - the servers go on; the console shows that nobody works
                _log.exception("the worker failed")
                self._tell("failed")
            self._stop.wait(self._again)

    def _tell(self, what: str) -> None:
        if what != self._told:
            self._told = what
            self._said(what)


def _noted(plan_id: str, state: PlanState) -> None:
    _log.info("plan %s: %s", plan_id, state.value)


class _Ended(BaseException):
    """The process was asked to end: unwinds to where everything is closed."""


@contextmanager
def ending() -> Iterator[None]:
    """Let what stands around it be closed when the process is asked to end by SIGTERM, and end by it afterwards."""

    def hear(_number: int, _frame: FrameType | None) -> None:
        raise _Ended

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield
    except _Ended:
        signal.signal(signal.SIGTERM, before)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
