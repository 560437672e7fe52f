"""Policy and users for tests of approval: values given directly, and hashes that cost nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from offshelf.access.hashing import Cost
from offshelf.access.roles import Role
from offshelf.access.users import Users
from offshelf.journal.service import Journal
from offshelf.kit.clock import Clock
from offshelf.kit.db import Database, Tx
from offshelf.kit.redact import Secret
from offshelf.policy.model import Kind, Policy, Unit, Value

DAY = date(2026, 11, 21)
CHEAP = Cost(memory=8, times=1, lanes=1)
SHIPPED = {
    "approval.persons": 1,
    "approval.persons.irreversible": 2,
    "approval.persons.relist.grave": 2,
    "approval.delay.irreversible": 10,
    "approval.delay.safety": 0,
}


def policy(**changes: Any) -> Policy:
    """Return the shipped values of approval with changes; `__` stands for a dot, None takes a value out."""
    values = SHIPPED | {name.replace("__", "."): value for name, value in changes.items()}
    return Policy(DAY, {name: _value(name, value) for name, value in values.items() if value is not None})


def _value(name: str, value: Any) -> Value:
    unit = Unit.MINUTES if ".delay." in name else None if isinstance(value, bool) else Unit.COUNT
    return Value(name, value, Kind.HOUSE, "test", DAY, DAY, "test.yaml", unit)


def passphrase(name: str) -> Secret:
    """Return the passphrase of a user."""
    return Secret(f"a long secret of {name}")


def cheap_users(database: Database, clock: Clock) -> Users:
    """Return the users of a house, with hashes that cost nothing and their journal."""
    journal = Journal(database, clock)

    def note(tx: Tx, actor: str, verb: str, subject: str, body: dict[str, Any]) -> None:
        journal.append(tx, actor=actor, verb=verb, subject=subject, body=body)

    return Users(database, clock, note=note, cost=CHEAP)


def staff(users: Users) -> None:
    """Register an owner, an operator, two approvers and an auditor."""
    users.add("boss", [Role.OWNER], passphrase("boss"), by="boss")
    boss = users.sign_in("boss", passphrase("boss"))
    for name, role in (
        ("lin", Role.OPERATOR),
        ("wang", Role.APPROVER),
        ("zhao", Role.APPROVER),
        ("audit", Role.AUDITOR),
    ):
        users.add(name, [role], passphrase(name), by=boss)
