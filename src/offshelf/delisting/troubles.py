"""What a worker could not get on with: when to try again, and whether it was told already."""

from __future__ import annotations

from dataclasses import dataclass

from offshelf.delisting.settings import WorkerSettings
from offshelf.kit.clock import Clock
from offshelf.kit.errors import BlockedError


@dataclass(slots=True)
class _Trouble:
    reason: str
    failures: int
    due: float  # of the clock's monotonic seconds


class Troubles:
    """By name (a plan, or a part of the worker). Held in memory: the next worker tries everything at once."""

    def __init__(self, clock: Clock, settings: WorkerSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._known: dict[str, _Trouble] = {}

    def rests(self, name: str) -> bool:
        """Tell whether something is not to be tried yet."""
        known = self._known.get(name)
        return known is not None and self._clock.monotonic() < known.due

    def met(self, name: str, error: BaseException) -> bool:
        """Write down a failure and when to try again; tells whether the reason is a new one, to be told.

        What a person must do first is looked at at a steady pace, what failed with growing pauses.
        """
        known = self._known.get(name) or _Trouble("", 0, 0.0)
        reason, pauses = repr(error), self._settings.pauses
        pause = pauses[min(known.failures, len(pauses) - 1)]
        if isinstance(error, BlockedError):
            pause = self._settings.look_again
        self._known[name] = _Trouble(reason, known.failures + 1, self._clock.monotonic() + pause)
        return reason != known.reason

    def wake(self, name: str) -> None:
        """Let something be tried at once: what it waited for has changed."""
        if name in self._known:
            self._known[name].due = self._clock.monotonic()

    def over(self, name: str) -> None:
        """Forget a trouble: it went well."""
        self._known.pop(name, None)
