"""The versions of a plan as the journal tells them, and what each changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from offshelf.journal.model import Entry
from offshelf.journal.service import Journal
from offshelf.kit.instants import from_iso, local

_MOST = 1_000  # versions of one plan
_TOLD = ("reason", "stop_at", "listings", "acts", "by_hand")  # figures that are compared


@dataclass(frozen=True, slots=True)
class Change:
    """One figure that is not what it was in the version before; `what` names it (`console.approval.changed`)."""

    what: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `changes` are those to the one before it, empty for the first.

    `added` and `removed` count the listings that came in and went out; None: nobody wrote it down then.
    """

    version: int
    at: datetime
    by: str
    fingerprint: str
    changes: tuple[Change, ...] = ()
    added: int | None = None
    removed: int | None = None


def versions(journal: Journal, plan_id: str) -> tuple[Version, ...]:
    """Return every version of a plan, oldest first."""
    entries = journal.entries(verb="plan.proposed", subject=plan_id, limit=_MOST)
    before: list[Entry | None] = [None, *entries]
    return tuple(_version(entry, earlier) for earlier, entry in zip(before, entries, strict=False))


def _version(entry: Entry, earlier: Entry | None) -> Version:
    body: dict[str, Any] = dict(entry.body)
    changes = [] if earlier is None else _changes(dict(earlier.body), body)
    return Version(
        int(body["version"]), entry.at, entry.actor, str(body["fingerprint"]), tuple(changes),
        body.get("listings_added"), body.get("listings_removed"),
    )  # fmt: skip


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[Change]:
    found = [
        Change(name, _plain(name, before.get(name)), _plain(name, now.get(name)))
        for name in _TOLD
        if before.get(name) != now.get(name) and (name in before or name in now)
    ]
    if dropped := now.get("codes_dropped"):
        found.append(Change("codes_dropped", ", ".join(dropped), ""))
    if codes := sorted(set(now.get("codes", ())) - set(before.get("codes", ()))):
        found.append(Change("codes_added", "", ", ".join(codes)))
    return found


def _plain(name: str, value: Any) -> str:
    if name == "stop_at" and value:
        return local(from_iso(str(value)))
    return "" if value is None else str(value)
