"""The ledger of effects and the counters of calls: what really happened, whatever was answered."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple


class Cause(NamedTuple):
    """Who brought an effect about: `api`, `buyer`, `platform` or `operator`, and by which call."""

    actor: str
    call_id: int = 0
    trace: str = ""


BUYER = Cause("buyer")
PLATFORM = Cause("platform")
OPERATOR = Cause("operator")


class Effect(NamedTuple):
    """One change of state. `at` is Unix seconds of the sandbox; `subject` is the order, coupon, task or plan."""

    seq: int
    at: float
    actor: str
    kind: str
    product_id: str
    sku_id: str
    subject: str
    before: Any
    after: Any
    call_id: int
    trace: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; None admits everything."""

    kind: str | None = None
    product_id: str | None = None
    actor: str | None = None
    since_seq: int = 0

    def admits(self, effect: Effect) -> bool:
        """Tell whether the effect passes. `kind` also admits its sub-kinds (`stock` admits `stock.set`)."""
        return (
            effect.seq > self.since_seq
            and (self.kind is None or effect.kind == self.kind or effect.kind.startswith(self.kind + "."))
            and (self.product_id is None or effect.product_id == self.product_id)
            and (self.actor is None or effect.actor == self.actor)
        )


class EffectLedger:
    """Append-only; numbers start at 1 and have no gap."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._effects: list[Effect] = []

    def record(
        self,
        cause: Cause,
        kind: str,
        before: Any,
        after: Any,
        *,
        product_id: str = "",
        sku_id: str = "",
        subject: str = "",
    ) -> None:
        """Append one effect at the present instant."""
        number = len(self._effects) + 1
        effect = Effect(
            number,
            self._now(),
            cause.actor,
            kind,
            product_id,
            sku_id,
            subject,
            before,
            after,
            cause.call_id,
            cause.trace,
        )
        self._effects.append(effect)

    def __len__(self) -> int:
        """Return how many effects there are."""
        return len(self._effects)

    def entries(self, wanted: Wanted | None = None) -> Iterator[Effect]:
        """Return the effects that pass the filter, oldest first."""
        wanted = wanted or Wanted()
        return (effect for effect in self._effects[max(0, wanted.since_seq) :] if wanted.admits(effect))

    def jsonl(self, wanted: Wanted | None = None) -> str:
        """Return the effects as JSON lines."""
        return "".join(
            json.dumps(effect._asdict(), ensure_ascii=False) + "\n" for effect in self.entries(wanted)
        )


class CallBook:
    """Counts calls by path and outcome and remembers the last few."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.tokens: Counter[str] = Counter()
        self.recent: deque[tuple[int, float, str, str, str]] = deque(maxlen=500)
        self.count = 0

    def number(self) -> int:
        """Return the number of the next call."""
        self.count += 1
        return self.count

    def record(self, call_id: int, at: float, path: str, outcome: str, trace: str) -> None:
        """Record how a call ended: its error code as text, or what was done to it instead of an answer."""
        self.outcomes[path, outcome] += 1
        self.recent.append((call_id, at, path, outcome, trace))

    def report(self) -> dict[str, Any]:
        """Return the counters as one document."""
        paths: dict[str, dict[str, int]] = {}
        for (path, outcome), count in sorted(self.outcomes.items()):
            paths.setdefault(path, {})[outcome] = count
        return {
            "total": self.count,
            "paths": paths,
            "tokens": dict(sorted(self.tokens.items())),
            "recent": [
                dict(zip(("call_id", "at", "path", "outcome", "trace"), entry, strict=True))
                for entry in self.recent
            ],
        }
