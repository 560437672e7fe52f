"""Pushes on their way to the merchant's address: faults, retries on a platform's schedule, and what became of them.

How a platform seals a push and what answer it wants is handed in; the rest is the same for all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from offshelf.kit.http import HttpClient, NoAnswerError, NotSentError
from offshelf.sandbox.engine import Engine
from offshelf.sandbox.faults import PUSH_KINDS


@dataclass(frozen=True, slots=True)
class Posting:
    """The POST that carries a push."""

    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Pending:
    """A push on its way. `due` is Unix seconds of the sandbox."""

    due: float
    number: int
    event: str
    message: bytes
    attempts: int = 0


# A receiver in this process: True when it answered as agreed.
Sink = Callable[[Posting], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a platform pushes: seconds between attempts, how it seals a message, which answer (status, body) it wants."""

    retry_after: tuple[float, ...]
    seal: Callable[[bytes], Posting]
    agreed: Callable[[int, bytes], bool]


@dataclass(slots=True)
class Sent:
    """What became of pushes so far."""

    counts: dict[str, int] = field(
        default_factory=lambda: {"delivered": 0, "failed": 0, "lost": 0, "given_up": 0}
    )


class PushOffice:
    """The pushes of one shop. Nothing is kept while no receiver is set."""

    def __init__(self, engine: Engine, account: str, manner: Manner) -> None:
        self.account = account
        self._engine = engine
        self._manner = manner
        self._dice = engine.dice(f"push:{account}")
        self.url: str | None = engine.config.push_url
        self.sink: Sink | None = None
        self.pending: list[Pending] = []
        self.sent = Sent().counts
        self._number = 0

    @property
    def listening(self) -> bool:
        """Tell whether anybody receives."""
        return self.url is not None or self.sink is not None

    def send(self, event: str, message: bytes) -> None:
        """Put one message on its way."""
        if not self.listening:
            return
        fault = self._engine.faults.draw(event, PUSH_KINDS)
        kind = fault.kind if fault is not None else ""
        if kind == "push_lost":
            self.sent["lost"] += 1
            return
        # A shuffled push lets later ones overtake it.
        late = 1.0 + 30.0 * self._dice.random() if kind == "push_shuffled" else 0.0
        for _ in range(2 if kind == "push_duplicated" else 1):
            self._number += 1
            self.pending.append(Pending(self._engine.time.now() + late, self._number, event, message))

    async def deliver(self, client: HttpClient | None = None) -> int:
        """Make every attempt that is due; return how many pushes arrived. `client` is needed for a URL."""
        arrived = 0
        while due := self._take_due():  # the first retries may be due at once
            for push in due:
                arrived += await self._attempt(push, client)
        return arrived

    def _take_due(self) -> list[Pending]:
        # Taken out first: two deliveries at once must not send the same attempt twice.
        now = self._engine.time.now()
        due = [push for push in self.pending if push.due <= now]
        self.pending = [push for push in self.pending if push.due > now]
        return sorted(due, key=lambda push: (push.due, push.number))

    async def _attempt(self, push: Pending, client: HttpClient | None) -> bool:
        posting = self._manner.seal(push.message)
        if self.sink is not None:
            agreed = await self.sink(posting)
        else:
            agreed = await self._post(posting, client)
        push.attempts += 1
        if agreed:
            self.sent["delivered"] += 1
            return True
        self.sent["failed"] += 1
        if push.attempts > len(self._manner.retry_after):
            self.sent["given_up"] += 1
            return False
        push.due = self._engine.time.now() + self._manner.retry_after[push.attempts - 1]
        self.pending.append(push)
        return False

    async def _post(self, posting: Posting, client: HttpClient | None) -> bool:
        if client is None or self.url is None:
            return False
        try:
            answer = await client.request(
                "POST", self.url, query=posting.query, body=posting.body, headers=posting.headers
            )
        except (NotSentError, NoAnswerError):
            return False
        return self._manner.agreed(answer.status, answer.body)
