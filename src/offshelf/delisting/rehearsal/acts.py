"""The very same acts under another name: copied into another ledger, and told to be the same by a digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offshelf.durable.ledger import LedgerAct
from offshelf.kit.digest import sm3_of

PLAN = "rehearsal"


def copied(acts: Sequence[LedgerAct]) -> list[LedgerAct]:
    """Return the acts as they were planned, none of them tried, in their order and places."""
    return [
        LedgerAct(
            act_id=f"{PLAN}.{number:06d}",
            owner=PLAN,
            lane=act.lane,
            chunk=act.chunk,
            batch=act.batch,
            step=act.step,
            kind=act.kind,
            subject=act.subject,
            target=act.target,
            params=act.params,
        )
        for number, act in enumerate(acts, 1)
    ]


def digest(acts: Iterable[LedgerAct]) -> str:
    """Return the SM3 digest of what is done where, in which order; whose plan it is does not count."""
    return sm3_of(
        [
            [act.lane, act.chunk, act.batch, act.step, act.kind, act.subject, act.target, act.params]
            for act in acts
        ]
    )
