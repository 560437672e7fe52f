"""What a stop did not wait for, and is still to be done: softened findings never leave the sight of people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from offshelf.delisting.model import Plan
from offshelf.delisting.records import finding_row
from offshelf.kit.instants import iso
from offshelf.vocabulary.plans import Finding, PlanKind

Row = dict[str, Any]

_PAST = ("late", "shop_late", "outlived")  # what was too late at the stop cannot be made good afterwards
_OLD = ("stale", "shop_stale")  # a reading made since the stop has settled it, however old that one is by now
_NAMES = ("code", "verdict", "blocking", "subject", "params", "waived_by", "waived_why", "stands")
_PROOF = "notice.proof_due"  # its instant counts from the stop, and is the one that was told


class Owed:
    """Tells what is owed after a stop. `judge` says what the checks find now; None: what they found then is believed."""

    def __init__(self, judge: Callable[[Plan], Iterable[Finding]] | None = None) -> None:
        self._judge = judge

    def of(self, plan: Plan, rows: Iterable[Row], *, started: bool) -> tuple[Row, ...]:
        """Return findings of a delisting, as plain data, that it did not wait for and that are open.

        `rows` are those it was checked by. Once it has started they are judged anew: what was done since is gone, and what
        another look tells of the same matter stands in its place.
        """
        before = [row for row in rows if _afterwards(row)]
        if not before or plan.kind is not PlanKind.DELIST:
            return ()
        if not started or self._judge is None:
            return tuple(map(plain, before))
        found = enumerate(self._judge(plan))
        now = [finding_row(plan.plan_id, plan.version, n, one) for n, one in found if one.verdict != "pass"]
        return tuple(plain(row) for old in before for row in _still(old, now))


def plain(row: Row) -> Row:
    """Return a row of a finding as plain data."""
    at = row["observed_at"]
    return {name: row.get(name, "" if name.startswith("waived") else False) for name in _NAMES} | {
        "check": row["check_name"],
        "observed_at": iso(at) if at else None,
        "waived_until": row.get("waived_until"),
    }


def _still(old: Row, now: Iterable[Row]) -> list[Row]:
    """Return what is left of something owed; the same matter may be told by another code meanwhile."""
    alike = [row for row in now if (row["check_name"], row["subject"]) == (old["check_name"], old["subject"])]
    family, _, what = old["code"].partition(".")
    same = [row for row in alike if row["code"] == old["code"]]
    if same and what in _OLD:
        return [row for row in same if row["observed_at"] == old["observed_at"]][:1]
    if same:
        return [old] if old["code"] == _PROOF else same[:1]
    other = (row for row in alike if row["code"].partition(".")[0] == family and _afterwards(row))
    return [row for row in other if row["code"].partition(".")[2] not in _OLD][:1]


def _afterwards(row: Mapping[str, Any]) -> bool:
    if row["code"].partition(".")[2] in _PAST:
        return False
    return row["code"] == _PROOF or bool(row["evidence"].get("afterwards"))
