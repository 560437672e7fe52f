"""The rules of approval as a person would tell them, for tests that compare the program with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from offshelf.access.roles import Role

SIGNERS, RUNNERS = ("wang", "zhao", "chen"), ("lin", "boss")
ROLES = {"boss": Role.OWNER, "lin": Role.OPERATOR} | dict.fromkeys(SIGNERS, Role.APPROVER)


@dataclass
class Model:
    """The rules, as a person would tell them."""

    users: bool = False
    active: set[str] = field(default_factory=lambda: set(ROLES))
    persons: int = 2
    delay: timedelta = timedelta(minutes=10)
    signed: dict[str, dict[str, datetime]] = field(default_factory=dict)  # by fingerprint: who, when
    typed: dict[str, set[str]] = field(default_factory=dict)  # by fingerprint: who confirmed
    begun: set[str] = field(default_factory=set)  # fingerprints that passed every gate once

    def standing(self, mark: str) -> list[datetime]:
        """Return the instants of the signatures that count now, in order."""
        found = self.signed.get(mark, {})
        return sorted(at for name, at in found.items() if not self.users or name in self.active)

    def may_begin(self, mark: str, now: datetime, name: str, typed: str) -> bool:
        """Tell whether a first start passes."""
        standing = self.standing(mark)
        if len(standing) < self.persons or now < standing[self.persons - 1] + self.delay:
            return False
        ahead = {one for one in self.typed.get(mark, set()) if not self.users or one in self.active}
        return self.may_ask(name) and (typed == mark or (not typed and bool(ahead)))

    def may_ask(self, name: str) -> bool:
        """Tell whether this person may run plans."""
        return not self.users or (name in self.active and name in RUNNERS)

    def may_go_on(self, mark: str) -> bool:
        """Tell whether a round of work may begin."""
        return mark in self.begun and len(self.standing(mark)) >= self.persons
