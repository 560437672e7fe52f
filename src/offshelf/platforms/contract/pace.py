"""What a connector tells about time: which calls an act takes, and when so many of them would be through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from offshelf.kit.pacer import Known
from offshelf.vocabulary.plans import ActKind

WHOLE = "*"  # stands for the shop as a whole, where the platform limits all methods together


@dataclass(frozen=True, slots=True)
class Calls:
    """`times` calls of a method for every `per` acts that are done together (lists and batches are read once)."""

    method: str
    times: int = 1
    per: int = 1

    def count(self, acts: int) -> int:
        """Return how many calls so many acts take."""
        return self.times * -(-acts // self.per)


class PaceView(Protocol):
    """The pace of one shop. Makes no call: it tells what is known now."""

    def calls_for(self, kind: ActKind) -> tuple[Calls, ...]:
        """Return the calls of one act: looking, writing, looking again. Empty: the connector knows no such act."""
        ...

    def calls_to_verify(self) -> tuple[Calls, ...]:
        """Return the calls of one round of proving one listing."""
        ...

    def forecast(self, method: str, calls: int) -> float:
        """Return in how many seconds so many calls would be through; 0 calls: until a hold ends. `WHOLE` is allowed."""
        ...

    def known(self, method: str) -> Known:
        """Return what limits a method now. `WHOLE` is allowed."""
        ...
