"""Policy files as a merchant writes them, one key per line, so that lines can be named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.platforms import registry
from offshelf.policy.service import Policies
from offshelf.tasks.rules import policy_words

OWN = {
    "id": "fresh.listings",
    "value": "60",
    "unit": "minutes",
    "kind": "house",
    "source": "our own measurements",
    "observed_on": "2026-11-01",
    "effective_from": "2026-11-01",
    "why": "our goods change price every hour",
}
LAWFUL = {
    "id": "return.no_reason",
    "value": "5",
    "unit": "natural_days",
    "reviewed_by": "legal counsel",
    "reviewed_on": "2026-11-02",
}


def entry(**changes: str | None) -> str:
    """Return one value; a key set to None is left out. The id stands in the entry's first line."""
    keys = {name: text for name, text in {**OWN, **changes}.items() if text is not None}
    return "- " + "\n  ".join(f"{name}: {text}" for name, text in keys.items())


def pack(*entries: str, name: str = "mine", version: str = "1") -> str:
    """Return a file; the first entry begins in line 4."""
    return f"pack: {name}\nversion: {version}\nvalues:\n" + "\n".join(entries or (entry(),)) + "\n"


class Desk:
    """A merchant's folder and what reads it; more than one process may look at the same folder."""

    def __init__(self, database: Database, clock: Clock, folder: Path) -> None:
        self.database = database
        self.clock = clock
        self.folder = folder
        self.journal = Journal(database, clock)
        folder.mkdir(exist_ok=True)
        self.policies = self.process()

    def process(self, before_note: Callable[[], object] = lambda: None) -> Policies:
        """Return what another process has."""

        def note(tx: Tx, actor: str, verb: str, subject: str, body: dict[str, Any]) -> None:
            before_note()
            self.journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)

        return Policies(
            folder=self.folder, database=self.database, clock=self.clock, note=note,
            words=lambda: policy_words(registry.manifests().values()),
        )  # fmt: skip

    def put(self, text: str, name: str = "own.yaml") -> None:
        """Put a file there as an editor does: beside its place, then moved."""
        draft = self.folder / f".{name}.draft"
        draft.write_text(text, "utf-8")
        draft.replace(self.folder / name)

    def told(self) -> list[tuple[str, str, list[str]]]:
        """Return what the journal says of policy: verb, file, ids changed."""
        entries = self.journal.entries(limit=1000)
        return [(one.verb, one.subject, one.body["changed"]) for one in entries]

    def trouble(self) -> tuple[str, str, int, bool]:
        """Return the one trouble there is: code, file, line, whether an older text is in force."""
        (one,) = self.policies.troubles()
        return one.code, one.file, one.line, one.kept
