"""What every deed offers: look at the places of some acts, and do one act."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from offshelf.durable.ledger import LedgerAct
from offshelf.platforms.contract import CallFailedError, CallResult, Connector, StockSeen
from offshelf.vocabulary.goods import Listing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Look:
    """How a place stands as to one act.

    `satisfied` True: it is as wanted; False: it is not, and the act may be done; None: it cannot be told, or not now
    (`hold` set) and the act must not be done. `code` says why in our words (`look.*` texts). `undo` is what must be
    written down before doing. `evidence` is plain data of the observation. `once`: a call of this act must not be
    repeated while an earlier one may still take effect, even where the deed as such is repeatable (a platform that only
    takes changes by so many units). `on_word`: a call whose outcome is unclear is repeated only on a person's word.
    """

    satisfied: bool | None
    code: str
    evidence: dict[str, Any] = field(default_factory=dict)
    undo: dict[str, Any] | None = None
    hold: bool = False
    failure: CallResult | None = None
    listing: Listing | None = None
    stock: StockSeen | None = None
    once: bool = False
    on_word: bool = False


@dataclass(frozen=True, slots=True)
class Taken(CallResult):
    """The result of a call that drains stock, with the units it takes off the shelf where it works.

    `exact` is False where it took whatever was there (set to zero), of which only the last sight is known.
    """

    units: int = 0
    exact: bool = True


class Deed(Protocol):
    """One kind of act. `repeatable`: doing it twice has the effect of once."""

    repeatable: bool

    async def look(self, connector: Connector, acts: Sequence[LedgerAct]) -> dict[str, Look]:
        """Return how each act's place stands, by act id, in as few calls as the platform allows. Never raises."""
        ...

    async def do(self, connector: Connector, act: LedgerAct, look: Look) -> CallResult:
        """Write. `look` is what was seen just before."""
        ...


def trouble(result: CallResult) -> Look:
    """Return the look of a place that could not be read."""
    evidence = {
        "meaning": result.meaning.value,
        "method": result.method,
        "code": result.code,
        "note": result.note,
    }
    return Look(None, f"read.{result.meaning.value}", evidence | {"trace": result.trace_id}, failure=result)


async def look_each(
    acts: Sequence[LedgerAct], look: Callable[[LedgerAct], Awaitable[Look]]
) -> dict[str, Look]:
    """Look at places one call each, side by side; a failed call is a look of its own."""

    async def one(act: LedgerAct) -> tuple[str, Look]:
        try:
            return act.act_id, await look(act)
        except CallFailedError as error:
            return act.act_id, trouble(error.result)

    return dict(await asyncio.gather(*(one(act) for act in acts)))
