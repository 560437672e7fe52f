"""What is kept of rehearsals: an entry of the journal each, with all figures. No table of their own.

The journal cannot be changed afterwards, so nobody can make a rehearsal look better than it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from offshelf.catalog.service import Catalog
from offshelf.delisting.rehearsal.snapshot import mark_of
from offshelf.delisting.service import Plans
from offshelf.journal.service import Journal
from offshelf.kit.db import Database

VERB = "plan.rehearsed"
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """The last rehearsal of a plan and what is no longer as it was then: `version`, `catalog`, `policy`.

    `document` None: the plan was never rehearsed.
    """

    document: Mapping[str, Any] | None
    outdated: tuple[str, ...] = ()


class Rehearsals:
    """Keeps and tells rehearsals."""

    def __init__(
        self,
        *,
        database: Database,
        plans: Plans,
        catalog: Catalog,
        journal: Journal,
        policy: Callable[[], dict[str, str]],
    ) -> None:
        self._database = database
        self._plans = plans
        self._catalog = catalog
        self._journal = journal
        self._policy = policy

    def last(self, plan_id: str) -> Mapping[str, Any] | None:
        """Return the document of the last rehearsal of a plan, None where there was none."""
        last: Mapping[str, Any] | None = None
        after = 0
        while found := self._journal.entries(verb=VERB, subject=plan_id, after_seq=after, limit=_AT_ONCE):
            last, after = found[-1].body, found[-1].seq
        return last

    def standing(self, plan_id: str) -> Standing:
        """Return the last rehearsal and whether it still says something about the plan and the catalog of now."""
        document = self.last(plan_id)
        if document is None:
            return Standing(None)
        plan = self._plans.get(plan_id)
        now = {
            "version": plan.version,
            "catalog": mark_of(self._catalog, plan.listings),
            "policy": self._policy(),
        }
        return Standing(document, tuple(name for name, value in now.items() if document.get(name) != value))

    def keep(self, plan_id: str, document: dict[str, Any], *, by: str) -> None:
        """Write a rehearsal down."""
        with self._database.begin() as tx:
            self._journal.append(tx, actor=by, verb=VERB, subject=plan_id, body=document)
