"""How the places of a plan stand in its tasks, read once for many questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from offshelf.kit.db import Tx
from offshelf.tasks import _store
from offshelf.tasks.model import Standing, TargetRow, TargetState
from offshelf.tasks.rows import target_of
from offshelf.tasks.shares import share_of

Place = tuple[str, str]  # (kind of place, ref)


class Standings:
    """The targets of one plan as they stood when this was made, with its shares and the digests of their evidence."""

    def __init__(
        self,
        rows: Iterable[TargetRow],
        shares: Mapping[str, tuple[str, ...] | None],
        evidence: Mapping[str, Sequence[str]],
    ) -> None:
        """`rows` come in the order of `_store.of_plan`; `shares` (None: the plan left it) and `evidence` are by target."""
        self._rows: dict[Place, list[TargetRow]] = {}
        for row in rows:
            self._rows.setdefault((row.target.kind.value, row.target.ref), []).append(row)
        self._shares = shares
        self._evidence = evidence

    @classmethod
    def read(cls, tx: Tx, plan_id: str, place: Place | None = None) -> Standings:
        """Read the targets of a plan, those at one place where one is named."""
        rows: list[TargetRow] = []
        shares: dict[str, tuple[str, ...] | None] = {}
        for told in _store.of_plan(tx, plan_id, place):
            items = told.pop("share")
            row = target_of(told)
            shares[row.target_id] = None if items is None else share_of(row.target, items)
            # What a plan left was dropped for it, whatever became of it for others.
            rows.append(row if items is not None else replace(row, state=TargetState.DROPPED))
        digests: dict[str, list[str]] = {}
        for one in _store.evidence_over(tx, sorted({row.task_id for row in rows})):
            for target_id in one["targets"]:
                digests.setdefault(target_id, []).append(one["digest"])
        return cls(rows, shares, digests)

    def knows(self, kind: str, ref: str) -> bool:
        """Tell whether the plan has or had a target at a place."""
        return (kind, ref) in self._rows

    def of(
        self, kind: str, ref: str, *, shop_id: str | None = None, listing_id: str = "", act: str = ""
    ) -> Standing | None:
        """Return how a place stands; see `Tasks.outcome_of`."""
        rows = [
            row
            for row in self._rows.get((kind, ref), ())
            if shop_id in (None, row.target.shop_id)
            and listing_id in ("", row.target.listing_id)
            and act in ("", row.act)
        ]
        if not rows:
            return None
        row = ([row for row in rows if row.state.live] or rows)[-1]
        return Standing(row, tuple(self._evidence.get(row.target_id, ())), self._shares[row.target_id])
